using System.Diagnostics;
using ActorPrune.Actors.Journal.Artifacts;
using ActorPrune.Actors.TestKit.Journal;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Tests.Journal;

public sealed class FileArtifactStoreTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();
    private readonly FileArtifactStore store;

    public FileArtifactStoreTests() => store = new FileArtifactStore(directory.File("artifacts"));

    public void Dispose() => directory.Dispose();

    private string PathOf(ArtifactId id) => Path.Combine(store.Directory, id.Hex[..2], id.Hex);

    private string[] Drafts() => Directory.GetFiles(Path.Combine(store.Directory, "tmp"));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3_000_000)]
    public void A_blob_comes_back_as_it_was_also_through_another_instance(int length)
    {
        var content = new byte[length];
        new Random(7).NextBytes(content);

        var id = store.Put(content);

        id.ShouldBe(ArtifactId.Of(content));
        store.Contains(id).ShouldBeTrue();
        new FileArtifactStore(store.Directory).Get(id).ShouldBe(content);
        Drafts().ShouldBeEmpty();
    }

    [Fact]
    public void Putting_the_same_content_again_writes_nothing()
    {
        var id = store.Put([1, 2, 3]);
        var written = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(PathOf(id), written);

        store.Put([1, 2, 3]).ShouldBe(id);

        File.GetLastWriteTimeUtc(PathOf(id)).ShouldBe(written);
    }

    [Fact]
    public void A_missing_blob_says_where_it_was_looked_for()
    {
        var id = ArtifactId.Of([9]);

        store.Contains(id).ShouldBeFalse();
        Should.Throw<ArtifactException>(() => store.Get(id)).Message.ShouldContain(PathOf(id));
    }

    [Fact]
    public void A_damaged_blob_is_whole_again_once_somebody_puts_it()
    {
        var id = store.Put([1, 2, 3]);
        File.WriteAllBytes(PathOf(id), [1, 2, 4]);

        store.Put([1, 2, 3]).ShouldBe(id);

        store.Get(id).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public void A_damaged_blob_is_refused_by_name()
    {
        var id = store.Put([1, 2, 3]);
        File.WriteAllBytes(PathOf(id), [1, 2, 4]);

        Should.Throw<ArtifactException>(() => store.Get(id)).Message
            .ShouldSatisfyAllConditions(m => m.ShouldContain(PathOf(id)), m => m.ShouldContain("damaged"));
    }

    [Fact]
    public void A_cut_blob_is_refused_and_healed_by_putting_it_again()
    {
        var id = store.Put([1, 2, 3]);
        File.WriteAllBytes(PathOf(id), [1, 2]);
        Should.Throw<ArtifactException>(() => store.Get(id));

        store.Put([1, 2, 3]).ShouldBe(id);

        store.Get(id).ShouldBe([1, 2, 3]);
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("AB00000000000000000000000000000000000000000000000000000000000000")]
    public void A_name_that_is_no_hash_never_becomes_a_path(string? name) =>
        Should.Throw<ArtifactException>(() => store.Get(new ArtifactId(name!)));

    [Fact]
    public void The_same_content_may_be_put_by_several_at_once()
    {
        var content = new byte[100_000];
        using var start = new Barrier(4);
        var ids = new ArtifactId[4];
        var threads = Enumerable.Range(0, 4).Select(i => new Thread(() =>
        {
            var own = new FileArtifactStore(store.Directory);
            start.SignalAndWait();
            ids[i] = own.Put(content);
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());

        ids.ShouldAllBe(id => id == ArtifactId.Of(content));
        store.Get(ids[0]).ShouldBe(content);
        Drafts().ShouldBeEmpty();
    }

    [Fact]
    public void Drafts_of_dead_processes_are_removed_and_those_of_living_ones_kept()
    {
        using var dead = Process.Start(new ProcessStartInfo("dotnet", "--version") { RedirectStandardOutput = true })!;
        dead.StandardOutput.ReadToEnd();
        dead.WaitForExit();
        var folder = Path.Combine(store.Directory, "tmp");
        string Draft(string name, int days = 0)
        {
            var path = Path.Combine(folder, name);
            File.WriteAllText(path, "a part");
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddDays(-days));
            return path;
        }

        Draft($"{FileArtifactStore.Place}-{dead.Id}-a");
        Draft($"{FileArtifactStore.Place}-{Environment.ProcessId}-old", days: 2);
        var living = Draft($"{FileArtifactStore.Place}-{Environment.ProcessId}-b");

        // Whose process ids say nothing here: another container's, and those of a program that did not name the place yet.
        Draft($"0123456789ab-{dead.Id}-old", days: 2);
        Draft($"{dead.Id}-old", days: 2);
        var elsewhere = Draft($"0123456789ab-{dead.Id}-c");
        var earlier = Draft($"{dead.Id}-d");

        _ = new FileArtifactStore(store.Directory);

        Drafts().ShouldBe([living, elsewhere, earlier], ignoreOrder: true);
    }

    [Fact]
    public void A_file_where_the_directory_should_be_is_a_clear_error()
    {
        var path = directory.File("taken");
        File.WriteAllText(path, "");

        var error = Should.Throw<ArtifactUnavailableException>(() => new FileArtifactStore(path));

        error.DiskFull.ShouldBeFalse();
        error.Message.ShouldContain(path);
    }

    [Fact]
    public void A_blob_that_cannot_be_written_is_a_clear_error_and_leaves_no_draft()
    {
        var id = ArtifactId.Of([5]);
        File.WriteAllText(Path.Combine(store.Directory, id.Hex[..2]), "in the way");

        Should.Throw<ArtifactUnavailableException>(() => store.Put([5])).Message.ShouldContain(PathOf(id));
        Drafts().ShouldBeEmpty();
    }

    [Fact]
    public void A_full_disk_is_told_apart()
    {
        // The device that is always full raises the real exception where there is one.
        var full = File.Exists("/dev/full")
            ? Should.Throw<IOException>(() =>
            {
                using var file = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.None, bufferSize: 0);
                file.WriteByte(1);
            })
            : new IOException("No space left on device", 28);

        var error = ArtifactFailure.Of(full, "somewhere");

        error.DiskFull.ShouldBeTrue();
        error.Message.ShouldContain("free some space");
    }
}
