using ActorPrune.Actors.Journal;
using ActorPrune.Actors.Journal.Postgres;
using ActorPrune.Actors.TestKit.Journal;

namespace ActorPrune.Actors.Tests.Journal;

[Collection(PostgresCollection.Name)]
public sealed class PostgresSchemaTests : IDisposable
{
    private static readonly PostgresMigration Later =
        new(PostgresMigrations.Embedded.Length + 1, "later", "ALTER TABLE experiment ADD COLUMN later text");

    private readonly PostgresServer server;
    private readonly string schema;
    private readonly List<PostgresJournal> opened = [];

    public PostgresSchemaTests(PostgresServer server)
    {
        this.server = server;
        schema = server.NewSchema();
    }

    public void Dispose() => opened.ForEach(o => o.Dispose());

    private PostgresJournal Open(params PostgresMigration[] more)
    {
        var journal = new PostgresJournal(
            PostgresAddress.Parse(JournalUrl.Parse(server.Url(schema))), new PostgresJournalOptions(),
            [.. PostgresMigrations.Embedded, .. more]);
        opened.Add(journal);
        return journal;
    }

    private static bool Create(PostgresJournal journal, string name) =>
        journal.TryCreate(name, "{}", "1", new OutgoingMessage(new(name, "experiment"), "start", ""));

    private long Ask(string sql) => server.Ask(sql.Replace("@", $"{schema}.", StringComparison.Ordinal));

    [Fact]
    public void Migrations_are_numbered_without_gaps_and_recorded()
    {
        Open();

        PostgresMigrations.Embedded.Select(m => m.Version).ShouldBe(Enumerable.Range(1, PostgresMigrations.Embedded.Length));
        Ask("SELECT count(*) FROM @journal_migration").ShouldBe(PostgresMigrations.Embedded.Length);
    }

    [Fact]
    public void Several_that_open_a_new_store_at_once_make_it_once()
    {
        opened.AddRange(Side.BySide(Enumerable.Range(0, 4).ToList(), _ => new PostgresJournal(server.Url(schema))));

        Ask("SELECT count(*) FROM @journal_migration").ShouldBe(PostgresMigrations.Embedded.Length);
        Create(opened[3], "alpha").ShouldBeTrue();
    }

    [Fact]
    public void A_newer_program_brings_the_store_to_its_schema_and_keeps_what_is_in_it()
    {
        Create(Open(), "alpha").ShouldBeTrue();

        Open(Later).Find("alpha").ShouldNotBeNull();

        Ask("SELECT count(later) + count(*) FROM @experiment").ShouldBe(1);
    }

    [Fact]
    public void Jobs_of_an_older_schema_are_without_suspicion()
    {
        // What the program of that schema left: this one cannot work on it before it is brought up to date.
        new PostgresJournal(
            PostgresAddress.Parse(JournalUrl.Parse(server.Url(schema))), new PostgresJournalOptions(), PostgresMigrations.Embedded[..2]).Dispose();
        var key = new Genetics.Ports.JobSpec("evaluate", "{}").Key.Hex;
        server.Execute(
            $$"""
            INSERT INTO {{schema}}.job (key, kind, wanted, priority, position, experiment, body)
            VALUES ('{{key}}', 'evaluate', true, 0, 1, 'alpha', convert_to('{}', 'UTF8'))
            """);

        Open().ClaimJob(new NodeId("n"), TimeSpan.FromMinutes(1)).ShouldNotBeNull().Deaths.ShouldBe(0);
    }

    [Fact]
    public void An_older_program_refuses_a_newer_schema_and_says_what_to_do()
    {
        Open(Later);

        var refused = Should.Throw<JournalIncompatibleException>(() => Open());

        refused.Message.ShouldContain($"schema version {Later.Version}");
        refused.Message.ShouldContain("newer ActorPrune");
        refused.Message.ShouldNotContain("geheim");
    }

    [Fact]
    public void A_program_whose_store_was_upgraded_under_it_writes_nothing_more()
    {
        var older = Open();
        Create(older, "alpha").ShouldBeTrue();
        Open(Later);

        Should.Throw<JournalIncompatibleException>(() => Create(older, "beta")).Message.ShouldContain("start the newer ActorPrune");

        older.Experiments().Select(e => e.Name).ShouldBe(["alpha"]);
    }

    [Fact]
    public void A_migration_that_fails_leaves_nothing_of_itself()
    {
        Create(Open(), "alpha").ShouldBeTrue();

        Should.Throw<Exception>(() => Open(Later with { Sql = $"{Later.Sql}; SELECT nonsense" }));

        Ask("SELECT count(*) FROM @journal_migration").ShouldBe(PostgresMigrations.Embedded.Length);
        Open(Later).Find("alpha").ShouldNotBeNull();
    }

    [Fact]
    public void A_schema_of_another_program_is_refused_and_left_alone()
    {
        server.Execute($"CREATE SCHEMA {schema} AUTHORIZATION {PostgresServer.User}; CREATE TABLE {schema}.theirs (id int)");

        Should.Throw<JournalIncompatibleException>(() => Open()).Message.ShouldContain("another program");

        Ask($"SELECT count(*) FROM pg_tables WHERE schemaname = '{schema}'").ShouldBe(1);
    }

    [Fact]
    public void Two_schemas_of_one_database_know_nothing_of_each_other()
    {
        Create(Open(), "alpha").ShouldBeTrue();
        using var other = new PostgresJournal(server.Url(server.NewSchema()));

        other.Experiments().ShouldBeEmpty();
        Create(other, "alpha").ShouldBeTrue();
    }

    [Fact]
    public void A_schema_that_was_dropped_under_a_program_is_named()
    {
        var journal = Open();
        Create(journal, "alpha").ShouldBeTrue();
        server.Execute($"DROP SCHEMA {schema} CASCADE");

        Should.Throw<JournalIncompatibleException>(() => journal.Find("alpha")).Message.ShouldContain("changed or dropped");
    }
}
