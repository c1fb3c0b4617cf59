using System.Security.Cryptography;
using ActorPrune.Nn.Data;

namespace ActorPrune.Nn.Tests.Data;

public sealed class ShapesTests
{
    private static DataSet Load(int train, int test = 10, long seed = 1) =>
        new Shapes().Load(new DataSetOptions { TrainCount = train, TestCount = test, Seed = seed });

    private static string Digest(ImageSet set) => Convert.ToHexStringLower(SHA256.HashData(set.Pixels.Span));

    /// <summary>
    /// A changed digest means that people's stored results no longer belong to these images: raise <see cref="Shapes.Version"/> with it.
    /// </summary>
    [Fact]
    public void The_images_of_a_version_never_change()
    {
        Shapes.Version.ShouldBe(1);
        var set = Load(100, 20);
        Digest(set.Train).ShouldBe("b28a8c613546fed837b685bfb2f8d1156a5448cfa850408e346caedb155c8293");
        set.Train.Mean.ShouldBe([0.496f, 0.494f, 0.497f]);
        set.Train.Std.ShouldBe([0.246f, 0.246f, 0.247f]);
    }

    [Fact]
    public void A_larger_set_begins_with_the_smaller_and_has_a_hash_of_its_own()
    {
        var (small, large) = (Load(50), Load(120));
        large.Train.First(50).Pixels.ToArray().ShouldBe(small.Train.Pixels.ToArray());
        large.Hash.ShouldNotBe(small.Hash);
        Load(50).Hash.ShouldBe(small.Hash);
    }

    [Fact]
    public void Another_seed_and_the_test_part_show_other_images()
    {
        var (one, two) = (Load(50, 50), Load(50, 50, seed: 2));
        one.Hash.ShouldNotBe(two.Hash);
        var images = new[] { one.Train, one.Test, two.Train, two.Test }
            .SelectMany(s => Enumerable.Range(0, 50).Select(i => Convert.ToHexString(s.Image(i).Span)));
        images.Distinct().Count().ShouldBe(200);
    }

    [Fact]
    public void Classes_are_balanced_and_named()
    {
        var set = Load(205);
        set.Train.ClassCounts().Order().ShouldBe([20, 20, 20, 20, 20, 21, 21, 21, 21, 21]);
        set.ClassNames.Distinct().Count().ShouldBe(10);
        set.Shape.ShouldBe(new ImageShape(3, 32, 32, 10));
    }

    [Fact]
    public void The_constants_are_those_of_the_images()
    {
        var train = Load(2000).Train;
        var measured = Normalisation.Of(train.Pixels.Span, 3, 1024);
        for (var c = 0; c < 3; c++)
        {
            train.Mean[c].ShouldBe(measured.Mean[c], 0.02);
            train.Std[c].ShouldBe(measured.Std[c], 0.02);
        }
    }

    [Fact]
    public void The_nearest_mean_image_says_something_about_the_class_but_not_much()
    {
        var set = Load(4000, 1000);
        var means = Means(set.Train);
        var right = Enumerable.Range(0, set.Test.Count).Count(i => Nearest(means, Features(set.Test.Image(i).Span)) == set.Test.Labels.Span[i]);
        // Chance gives 100 of 1,000 with a standard deviation of 9.5.
        right.ShouldBeInRange(140, 400);
    }

    [Theory]
    [InlineData(9, 10, "data.shapes.train = 9")]
    [InlineData(10, 500_001, "data.shapes.test = 500001")]
    [InlineData(-1, 10, "data.shapes.train = -1")]
    public void Sizes_out_of_range_are_refused(int train, int test, string expected) =>
        Should.Throw<DataException>(() => Load(train, test)).Message.ShouldContain(expected);

    [Fact]
    public void Every_figure_lies_within_its_circle_and_differs_from_the_others()
    {
        var drawn = Enumerable.Range(0, 10).Select(figure => string.Concat(
            from y in Enumerable.Range(-40, 81)
            from x in Enumerable.Range(-40, 81)
            let inside = ShapeFigures.Holds(figure, x * 30, y * 30)
            where !inside || (x * x) + (y * y) <= (ShapeFigures.Radius * ShapeFigures.Radius / 900) + 1
                ? true
                : throw new InvalidOperationException($"{figure} at {x}, {y}")
            select inside ? '#' : '.')).ToList();
        drawn.Distinct().Count().ShouldBe(10);
        drawn.ShouldAllBe(d => d.Count(p => p == '#') > 500);
    }

    [Fact]
    public void The_integer_sine_is_within_a_600th_of_the_true_one()
    {
        for (var angle = -2 * FixedPoint.Turn; angle < 2 * FixedPoint.Turn; angle++)
        {
            ((double)FixedPoint.Sin(angle) / FixedPoint.One).ShouldBe(Math.Sin(angle * Math.Tau / FixedPoint.Turn), 1 / 600.0);
            ((double)FixedPoint.Cos(angle) / FixedPoint.One).ShouldBe(Math.Cos(angle * Math.Tau / FixedPoint.Turn), 1 / 600.0);
        }
    }

    /// <summary>How far each pixel is from the image's mean colour: where something stands out, whatever its colour.</summary>
    private static double[] Features(ReadOnlySpan<byte> image)
    {
        var features = new double[1024];
        for (var c = 0; c < 3; c++)
        {
            var plane = image.Slice(c * 1024, 1024);
            var mean = 0.0;
            foreach (var p in plane)
            {
                mean += p / 1024.0;
            }

            for (var i = 0; i < 1024; i++)
            {
                features[i] += Math.Abs(plane[i] - mean);
            }
        }

        return features;
    }

    private static double[][] Means(ImageSet set)
    {
        var means = Enumerable.Range(0, set.Classes).Select(_ => new double[1024]).ToArray();
        var counts = set.ClassCounts();
        for (var i = 0; i < set.Count; i++)
        {
            var label = set.Labels.Span[i];
            var features = Features(set.Image(i).Span);
            for (var f = 0; f < features.Length; f++)
            {
                means[label][f] += features[f] / counts[label];
            }
        }

        return means;
    }

    private static int Nearest(double[][] means, double[] features) =>
        Array.IndexOf(means, means.MinBy(m => m.Zip(features, (a, b) => (a - b) * (a - b)).Sum())!);
}
