using ActorPrune.Actors.Journal.Artifacts;
using ActorPrune.Genetics.Ports;
using Shouldly;

namespace ActorPrune.Actors.TestKit.Journal;

/// <summary>What every <see cref="IArtifactArchive"/> promises. A test class of an implementation derives from it.</summary>
public abstract class ArtifactStoreConformance : IDisposable
{
    /// <summary>Opens the test's own store, empty at first; every call names the same one, as another process would.</summary>
    protected abstract IArtifactArchive Open();

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1024 * 1024)]
    [InlineData((3 * 1024 * 1024) + 17)]
    public void A_blob_comes_back_as_it_was_put_also_to_another_process(int length)
    {
        var content = new byte[length];
        new Random(length).NextBytes(content);

        var id = Open().Put(content);

        id.ShouldBe(ArtifactId.Of(content));
        Open().Contains(id).ShouldBeTrue();
        Open().Get(id).AsSpan().SequenceEqual(content).ShouldBeTrue();
    }

    [Fact]
    public void Putting_the_same_again_changes_nothing()
    {
        var store = Open();
        var id = store.Put([1, 2, 3]);

        Open().Put([1, 2, 3]).ShouldBe(id);

        store.Get(id).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public void A_blob_that_is_not_there_is_refused_by_name()
    {
        var id = ArtifactId.Of([9]);

        Open().Contains(id).ShouldBeFalse();
        Should.Throw<ArtifactException>(() => Open().Get(id)).Message.ShouldContain(id.Hex);
    }

    [Fact]
    public void A_removed_blob_is_gone_and_may_be_put_again()
    {
        var store = Open();
        var (id, other) = (store.Put([1]), store.Put([2]));

        store.Remove(id);

        Open().Contains(id).ShouldBeFalse();
        Should.Throw<ArtifactException>(() => Open().Get(id));
        store.Get(other).ShouldBe([2]);
        store.Put([1]).ShouldBe(id);
        Open().Get(id).ShouldBe([1]);
    }

    [Fact]
    public void All_blobs_are_listed_with_their_lengths()
    {
        var store = Open();
        var (empty, large) = (store.Put([]), store.Put(new byte[3 * 1024 * 1024]));
        store.Remove(store.Put([1]));

        Open().All().ShouldBe([new StoredArtifact(empty, 0), new StoredArtifact(large, 3 * 1024 * 1024)], ignoreOrder: true);
    }

    [Fact]
    public void Removing_what_is_not_there_is_no_error() => Open().Remove(ArtifactId.Of([9]));

    [Fact]
    public void Several_that_put_the_same_blob_at_once_all_succeed()
    {
        var content = new byte[2 * 1024 * 1024];
        new Random(7).NextBytes(content);
        var ids = Side.BySide(Enumerable.Range(0, 4).Select(_ => Open()).ToList(), store => store.Put(content));

        ids.ShouldAllBe(id => id == ArtifactId.Of(content));
        Open().Get(ids[0]).AsSpan().SequenceEqual(content).ShouldBeTrue();
    }
}
