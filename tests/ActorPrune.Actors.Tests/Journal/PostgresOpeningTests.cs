using ActorPrune.Actors.Journal;
using ActorPrune.Actors.Journal.Postgres;
using ActorPrune.Actors.TestKit.Journal;

namespace ActorPrune.Actors.Tests.Journal;

/// <summary>What a user meets who opens a store that is not there, or not theirs.</summary>
[Collection(PostgresCollection.Name)]
public sealed class PostgresOpeningTests(PostgresServer server)
{
    private static JournalUnavailableException Refused(string url)
    {
        var refused = Should.Throw<JournalUnavailableException>(() => new PostgresJournal(url).Dispose());
        refused.ToString().ShouldNotContain("geheim");
        return refused;
    }

    [Fact]
    public void The_factory_opens_journal_and_artifacts_by_either_form_of_address()
    {
        var schema = server.NewSchema();
        using var directory = new TemporaryDirectory();
        var factory = new StoreFactory();
        var keywords =
            $"Host=127.0.0.1;Port={server.Port};Database={PostgresServer.Database};Username={PostgresServer.User};"
            + $"Password=\"{server.Password}\";Schema={schema}";
        using var one = factory.Open(server.Url(schema), new StoreOptions(directory.Path));
        using var two = factory.Open(keywords, new StoreOptions(directory.Path));

        two.Artifacts.Get(one.Artifacts.Put([1, 2])).ShouldBe([1, 2]);
        one.Journal.TryCreate("alpha", "{}", "1", new OutgoingMessage(new("alpha", "experiment"), "start", "")).ShouldBeTrue();
        two.Journal.Find("alpha").ShouldNotBeNull();
        one.Url.ShouldBe($"postgresql://{PostgresServer.User}@127.0.0.1:{server.Port}/{PostgresServer.Database}?schema={schema}");
        two.Url.ShouldBe(one.Url);
        one.ToString().ShouldNotContain("geheim");
        Directory.GetFileSystemEntries(directory.Path).ShouldBeEmpty();
    }

    [Fact]
    public void A_wrong_password_needs_a_person()
    {
        var url = server.Url(server.NewSchema());
        var refused = Refused(url.Replace(Uri.EscapeDataString(server.Password), "geheim-but-wrong", StringComparison.Ordinal));

        refused.NeedsPerson.ShouldBeTrue();
        refused.Message.ShouldContain("PGPASSWORD");
    }

    [Fact]
    public void A_database_that_does_not_exist_is_named() =>
        Refused(server.Url("s").Replace($"/{PostgresServer.Database}?", "/nowhere?", StringComparison.Ordinal)).Message
            .ShouldContain("createdb");

    [Fact]
    public void A_server_that_does_not_answer_is_named_at_once()
    {
        var refused = Refused("postgres://ann:geheim@127.0.0.1:1/d");

        refused.Cause.ShouldBe(UnavailableCause.Unreachable);
        refused.Message.ShouldContain("postgresql://ann@127.0.0.1:1/d");
    }

    [Fact]
    public void A_user_without_the_right_to_make_a_schema_is_told_and_may_use_one_that_is_theirs()
    {
        var schema = server.NewSchema();
        server.Execute($"CREATE ROLE guest LOGIN PASSWORD '{server.Password}'");
        server.Execute($"CREATE SCHEMA {schema} AUTHORIZATION guest");
        string Guest(string name) => server.Url(name).Replace($"//{PostgresServer.User}:", "//guest:", StringComparison.Ordinal);

        Refused(Guest(server.NewSchema())).Message.ShouldContain("grant CREATE");

        using var journal = new PostgresJournal(Guest(schema));
        journal.Experiments().ShouldBeEmpty();
    }
}
