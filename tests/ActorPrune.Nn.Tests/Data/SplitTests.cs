using ActorPrune.Genetics.Random;
using ActorPrune.Nn.Data;

namespace ActorPrune.Nn.Tests.Data;

public sealed class SplitTests
{
    private static int[] Labels(int count, int classes, int seed = 1)
    {
        var random = CounterRandom.For(seed, "split", count, classes, "labels");
        // Squaring makes the low classes frequent: proportions that a plain random choice would miss.
        return [.. Enumerable.Range(0, count).Select(_ => (int)(random.NextDouble() * random.NextDouble() * classes))];
    }

    [Theory]
    [InlineData(1000, 10, 100)]
    [InlineData(997, 7, 311)]
    [InlineData(50, 10, 49)]
    [InlineData(2, 1, 1)]
    public void The_parts_are_disjoint_and_together_the_whole(int count, int classes, int validation)
    {
        var split = Split.Of(Labels(count, classes), new SplitSettings { ValidationCount = validation });
        split.Validation.Length.ShouldBe(validation);
        split.Train.Concat(split.Validation).Order().ShouldBe(Enumerable.Range(0, count));
        split.Train.ShouldBe(split.Train.Order());
    }

    [Theory]
    [InlineData(0.05, null)]
    [InlineData(0.3, 400)]
    [InlineData(0.8, 37)]
    public void Both_parts_have_the_classes_in_the_proportions_of_the_whole(double fraction, int? limit)
    {
        var labels = Labels(2000, 10);
        var split = Split.Of(labels, new SplitSettings { ValidationFraction = fraction, TrainLimit = limit });
        split.Validation.Length.ShouldBe((int)(2000 * fraction));
        split.Train.Length.ShouldBe(limit ?? 2000 - split.Validation.Length);
        foreach (var part in new[] { split.Train, split.Validation })
        {
            for (var c = 0; c < 10; c++)
            {
                var expected = labels.Count(l => l == c) * (double)part.Length / 2000;
                ((double)part.Count(i => labels[i] == c)).ShouldBe(expected, 2.0);
            }
        }
    }

    [Fact]
    public void Balanced_classes_stay_balanced()
    {
        int[] labels = [.. Enumerable.Range(0, 500).Select(i => i % 10)];
        var split = Split.Of(labels, new SplitSettings { ValidationCount = 100, TrainLimit = 200 });
        for (var c = 0; c < 10; c++)
        {
            split.Validation.Count(i => labels[i] == c).ShouldBe(10);
            split.Train.Count(i => labels[i] == c).ShouldBe(20);
        }
    }

    [Theory]
    [InlineData(8)]
    [InlineData(25)]
    [InlineData(60)]
    public void The_first_validation_images_have_all_classes_also_where_files_lie_class_by_class(int first)
    {
        int[] labels = [.. Enumerable.Range(0, 400).Select(i => i / 100)];
        var validation = Split.Of(labels, new SplitSettings { ValidationCount = 100 }).Validation;
        for (var c = 0; c < 4; c++)
        {
            ((double)validation.Take(first).Count(i => labels[i] == c)).ShouldBe(first / 4.0, 1.0);
        }
    }

    [Fact]
    public void The_split_depends_on_labels_and_seed_alone()
    {
        var labels = Labels(600, 10);
        var settings = new SplitSettings { Seed = 5, ValidationCount = 100 };
        var split = Split.Of(labels, settings);
        Split.Of([.. labels], settings with { }).Validation.ShouldBe(split.Validation);
        Split.Of(labels, settings with { ValidationCount = null, ValidationFraction = 1 / 6.0 }).Train.ShouldBe(split.Train);
        var other = Split.Of(labels, settings with { Seed = 6 });
        other.Validation.Intersect(split.Validation).Count().ShouldBeInRange(2, 40, "two independent choices of 100 in 600 share about 17");
    }

    [Fact]
    public void A_smaller_limit_chooses_among_the_images_of_the_larger()
    {
        var labels = Labels(600, 10);
        var large = Split.Of(labels, new SplitSettings { TrainLimit = 300 });
        var small = Split.Of(labels, new SplitSettings { TrainLimit = 120 });
        small.Validation.ShouldBe(large.Validation);
        small.Train.Except(large.Train).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(0.1, 100, null, "data.validation = 100 images of a training set of 100")]
    [InlineData(0.1, 0, null, "data.validation = 0 images")]
    [InlineData(0.001, null, null, "is 0, which leaves 100")]
    [InlineData(0.999, null, null, "is 100, which leaves 0")]
    [InlineData(1.0, null, null, "above 0 and below 1")]
    [InlineData(double.NaN, null, null, "above 0 and below 1")]
    [InlineData(0.1, null, 91, "train-limit = 91, but only 90 of the 100")]
    [InlineData(0.1, null, 0, "expected at least 1")]
    public void A_split_that_cannot_be_made_is_refused_with_the_numbers(double fraction, int? count, int? limit, string expected)
    {
        var settings = new SplitSettings { ValidationFraction = fraction, ValidationCount = count, TrainLimit = limit };
        Should.Throw<DataException>(() => Split.Of(Labels(100, 5), settings)).Message.ShouldContain(expected);
    }

    [Fact]
    public void An_image_set_is_cut_into_the_images_of_its_split()
    {
        var whole = new Shapes().Load(new DataSetOptions { TrainCount = 60, TestCount = 10 }).Train;
        var settings = new SplitSettings { ValidationCount = 20 };
        var (train, validation) = Split.Cut(whole, settings);
        var split = Split.Of(whole.Labels.Span, settings);
        train.Count.ShouldBe(40);
        validation.Image(7).ToArray().ShouldBe(whole.Image(split.Validation[7]).ToArray());
        train.Labels.Span[3].ShouldBe(whole.Labels.Span[split.Train[3]]);
    }
}
