using ActorPrune.Nn.Data;

namespace ActorPrune.Nn.Tests.Data;

public sealed class ImageSetTests
{
    private static ImageSet Set(int[] labels, byte[]? pixels = null, int classes = 3, float[]? mean = null, float[]? std = null) => new(
        2,
        1,
        2,
        classes,
        pixels ?? [.. Enumerable.Range(0, labels.Length * 4).Select(i => (byte)i)],
        labels,
        [.. mean ?? [0.5f, 0.5f]],
        [.. std ?? [0.2f, 0.2f]]);

    [Fact]
    public void A_subset_holds_the_chosen_images_in_the_order_asked_for()
    {
        var subset = Set([0, 1, 2, 1]).Subset([3, 0, 3]);
        subset.Count.ShouldBe(3);
        subset.Labels.ToArray().ShouldBe([1, 0, 1]);
        subset.Pixels.ToArray().ShouldBe(new byte[] { 12, 13, 14, 15, 0, 1, 2, 3, 12, 13, 14, 15 });
        subset.ClassCounts().ShouldBe([1, 2, 0]);
    }

    [Fact]
    public void The_first_images_share_the_memory_of_the_whole()
    {
        var whole = Set([0, 1, 2]);
        var first = whole.First(2);
        first.Labels.ToArray().ShouldBe([0, 1]);
        first.Pixels.Span.Overlaps(whole.Pixels.Span).ShouldBeTrue();
    }

    [Fact]
    public void Wrong_lengths_labels_and_constants_are_refused_at_construction()
    {
        Should.Throw<ArgumentException>(() => Set([0, 1], new byte[7])).Message.ShouldContain("8 bytes");
        Should.Throw<ArgumentException>(() => Set([])).Message.ShouldContain("at least one image");
        Should.Throw<ArgumentException>(() => Set([0, 3])).Message.ShouldContain("Label 3 of image 1 is outside 0 to 2");
        Should.Throw<ArgumentException>(() => Set([0, -1]));
        Should.Throw<ArgumentException>(() => Set([0], mean: [0.5f]));
        Should.Throw<ArgumentException>(() => Set([0], mean: [0.5f, float.NaN]));
        Should.Throw<ArgumentException>(() => Set([0], std: [0.2f, 0]));
        Should.Throw<ArgumentException>(() => Set([0], classes: 0));
        Should.Throw<ArgumentException>(() => Set([0, 1]).Subset([2])).Message.ShouldContain("Index 2");
        Should.Throw<ArgumentException>(() => Set([0, 1]).Subset([]));
        Should.Throw<ArgumentException>(() => Set([0, 1]).First(3));
    }

    [Fact]
    public void Normalisation_constants_are_the_mean_and_deviation_of_each_channel()
    {
        // Channel 0 holds 0, 255, 0, 255; channel 1 holds 51 throughout.
        var norm = Normalisation.Of([0, 255, 51, 51, 0, 255, 51, 51], channels: 2, plane: 2);
        norm.Mean.ShouldBe([0.5f, 0.2f]);
        norm.Std.ShouldBe([0.5f, 1f]);
    }

    [Fact]
    public void An_unknown_data_set_is_refused_with_the_names_that_there_are()
    {
        var refusal = Should.Throw<DataException>(() => DataSetRegistry.Find("cifar11")).Message;
        refusal.ShouldContain("cifar11");
        foreach (var source in DataSetRegistry.All)
        {
            refusal.ShouldContain(source.Name);
            DataSetRegistry.Find(source.Name).ShouldBeSameAs(source);
        }
    }

    [Fact]
    public void The_cache_loads_once_for_equal_options_and_tries_a_failed_load_again()
    {
        using var folder = new CifarFolder(1);
        var cache = new DataSetCache();
        Should.Throw<DataException>(() => cache.Get("cifar10", folder.Strict));
        File.Move(folder.PathOf("test_batch.bin"), folder.PathOf("kept"));
        Should.Throw<DataException>(() => cache.Get("cifar10", folder.Any));
        File.Move(folder.PathOf("kept"), folder.PathOf("test_batch.bin"));
        var loaded = cache.Get("cifar10", folder.Any);
        cache.Get("cifar10", folder.Any).ShouldBeSameAs(loaded);
    }
}
