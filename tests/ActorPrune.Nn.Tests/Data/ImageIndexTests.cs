using ActorPrune.Nn.Data;

namespace ActorPrune.Nn.Tests.Data;

/// <summary>A set that does not fit in memory is decoded by the first process that uses it, and looked at by later ones.</summary>
public sealed class ImageIndexTests : IDisposable
{
    private static readonly DateTime Then = new(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    private readonly ImageTree tree = ImageTree.Mixed();
    private readonly string indexes = Directory.CreateTempSubdirectory("actorprune-index-").FullName;

    public ImageIndexTests()
    {
        foreach (var file in Directory.EnumerateFiles(tree.Root, "*", SearchOption.AllDirectories))
        {
            File.SetLastWriteTimeUtc(file, Then);
        }
    }

    private DataSetOptions Streamed => tree.Any with { MemoryLimit = 0, MaxBadShare = 0.1, IndexDirectory = indexes };

    private string IndexFile => Directory.GetFiles(indexes).ShouldHaveSingleItem();

    public void Dispose()
    {
        tree.Dispose();
        Directory.Delete(indexes, recursive: true);
    }

    /// <summary>Another image under the same name, length and time: only reading it tells.</summary>
    private string Replace(string path)
    {
        var full = tree.PathOf(path);
        var bytes = File.ReadAllBytes(full);
        bytes[^1] ^= 1;
        tree.Write(path, bytes);
        File.SetLastWriteTimeUtc(full, Then);
        return full;
    }

    [Fact]
    public void What_was_found_once_is_not_read_again_and_is_the_same()
    {
        tree.Write("train/cat/0.png", "<html>not found</html>");
        var read = ImageFolder.Own.Load(Streamed);

        // Unreadable as it is now: only a process that does not read it can know its content.
        Replace("train/ant/0.png");
        var known = ImageFolder.Own.Load(Streamed);

        known.Hash.ShouldBe(read.Hash);
        known.Notes.ShouldBe(read.Notes);
        known.Train.Mean.ShouldBe(read.Train.Mean);
        known.Train.Std.ShouldBe(read.Train.Std);
        known.Train.Labels.ToArray().ShouldBe(read.Train.Labels.ToArray());
        known.Train.Image(1).ToArray().ShouldBe(read.Train.Image(1).ToArray());
        ImageFolder.Own.Load(Streamed with { IndexDirectory = "" }).Hash.ShouldNotBe(read.Hash);
    }

    [Fact]
    public void A_file_that_was_replaced_unnoticed_is_refused_when_it_is_read()
    {
        ImageFolder.Own.Load(Streamed);
        var replaced = Replace("train/ant/0.png");
        var set = ImageFolder.Own.Load(Streamed);
        Should.Throw<DataException>(() => set.Train.Image(0)).Message.ShouldContain($"{replaced}: is another file than when the data set "
            + "was checked");
    }

    [Fact]
    public void Files_that_are_new_changed_or_gone_are_seen()
    {
        ImageFolder.Own.Load(Streamed);
        tree.Write("train/ant/0.png", ImageTree.Png(0, 5));
        tree.Write("val/dog/9.png", ImageTree.Png(2, 6));
        File.Delete(tree.PathOf("train/cat/2.png"));

        for (var process = 0; process < 2; process++)
        {
            ImageFolder.Own.Load(Streamed).Hash.ShouldBe(ImageFolder.Own.Load(tree.Any).Hash);
        }
    }

    [Fact]
    public void Another_size_has_an_index_of_its_own_and_what_is_held_in_memory_has_none()
    {
        ImageFolder.Own.Load(tree.Any with { IndexDirectory = indexes });
        Directory.GetFiles(indexes).ShouldBeEmpty();
        ImageFolder.Own.Load(Streamed);
        ImageFolder.Own.Load(Streamed with { ImageSize = 7 }).Hash.ShouldBe(ImageFolder.Own.Load(tree.Any with { ImageSize = 7 }).Hash);
        Directory.GetFiles(indexes).Length.ShouldBe(2);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(60)]
    [InlineData(-1)]
    public void A_damaged_index_is_none(int damage)
    {
        var hash = ImageFolder.Own.Load(Streamed).Hash;
        var bytes = File.ReadAllBytes(IndexFile);
        bytes[damage < 0 ? ^1 : damage] ^= 1;
        File.WriteAllBytes(IndexFile, bytes);
        ImageFolder.Own.Load(Streamed).Hash.ShouldBe(hash);
        File.WriteAllBytes(IndexFile, bytes[..20]);
        ImageFolder.Own.Load(Streamed).Hash.ShouldBe(hash);

        // And it was made anew.
        Replace("train/ant/0.png");
        ImageFolder.Own.Load(Streamed).Hash.ShouldBe(hash);
    }

    [Fact]
    public void Where_no_index_can_be_kept_the_set_is_decoded_each_time()
    {
        var hash = ImageFolder.Own.Load(Streamed).Hash;
        var file = Path.Combine(indexes, "file");
        File.WriteAllText(file, "");
        ImageFolder.Own.Load(Streamed with { IndexDirectory = Path.Combine(file, "below") }).Hash.ShouldBe(hash);
    }
}
