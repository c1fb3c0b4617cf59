using ActorPrune.Actors.Journal;
using ActorPrune.Actors.Journal.Sqlite;
using ActorPrune.Actors.TestKit.Journal;

namespace ActorPrune.Actors.Tests.Journal;

public sealed class StoreFactoryTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();
    private readonly StoreFactory factory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public void Without_a_url_the_store_lies_in_the_home()
    {
        using var store = factory.Open(null, new StoreOptions(directory.File("home")));

        store.Artifacts.Get(store.Artifacts.Put([1])).ShouldBe([1]);
        File.Exists(Path.Combine(directory.File("home"), "actorprune.db")).ShouldBeTrue();
        Directory.Exists(Path.Combine(directory.File("home"), "artifacts")).ShouldBeTrue();
        store.Url.ShouldBe($"sqlite:{Path.Combine(directory.File("home"), "actorprune.db")}");
    }

    [Fact]
    public void Two_homes_that_name_one_file_share_its_artifacts()
    {
        var url = $"sqlite:{directory.File("shared.db")}";
        using var one = factory.Open(url, new StoreOptions(directory.File("home-1")));
        using var two = factory.Open(url, new StoreOptions(directory.File("home-2")));

        two.Artifacts.Get(one.Artifacts.Put([1, 2])).ShouldBe([1, 2]);
    }

    [Theory]
    [InlineData("mysql://user:secret@host/db", "mysql:")]
    [InlineData("MYSQL://user:sec@ret/x@host/db", "mysql:")]
    [InlineData("mysql://host/db?password=secret", "mysql:")]
    [InlineData("actorprune.db", "sqlite:FILE")]
    [InlineData("sqlite:", "sqlite:FILE")]
    [InlineData(":x", "sqlite:FILE")]
    public void An_unknown_kind_of_store_is_refused_without_printing_a_password(string url, string expected)
    {
        var message = Should.Throw<FormatException>(() => factory.Open(url, new StoreOptions(directory.Path))).Message;

        message.ShouldContain(expected);
        message.ShouldNotContain("sec");
        Directory.GetFileSystemEntries(directory.Path).ShouldBeEmpty();
    }

    [Fact]
    public void A_kind_of_store_can_be_added()
    {
        JournalUrl? seen = null;
        factory.Register("memory", (url, options) =>
        {
            seen = url;
            return new Store(
                new SqliteJournal(SqliteJournalOptions.InMemory),
                new ActorPrune.Actors.Journal.Artifacts.FileArtifactStore(options.Home),
                url.ToString());
        });

        using var store = factory.Open("memory:here", new StoreOptions(directory.Path));

        seen.ShouldNotBeNull().Rest.ShouldBe("here");
        store.Journal.Experiments().ShouldBeEmpty();
    }

    [Fact]
    public void A_journal_that_cannot_be_opened_leaves_no_artifact_directory()
    {
        File.WriteAllText(directory.File("text.db"), string.Concat(Enumerable.Repeat("not a database\n", 100)));

        Should.Throw<JournalIncompatibleException>(() => factory.Open($"sqlite:{directory.File("text.db")}", new StoreOptions(directory.Path)));

        Directory.Exists(directory.File("artifacts")).ShouldBeFalse();
    }
}
