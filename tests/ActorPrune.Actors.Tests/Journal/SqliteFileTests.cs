using System.Collections.Immutable;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.Journal.Sqlite;
using ActorPrune.Actors.Journal.Sqlite.Native;
using ActorPrune.Actors.TestKit.Journal;

namespace ActorPrune.Actors.Tests.Journal;

/// <summary>What can be wrong with the file, its disk and the library, and what the user is told.</summary>
public sealed class SqliteFileTests : IDisposable
{
    private static readonly ActorId Root = new("alpha", "experiment");
    private readonly TemporaryDirectory directory = new();

    private string File => directory.File("journal.db");

    public void Dispose() => directory.Dispose();

    private static bool Create(IJournal journal, string name) =>
        journal.TryCreate(name, "{}", "1.0", new OutgoingMessage(new ActorId(name, "experiment"), "start", ""));

    [Fact]
    public void A_file_that_is_not_a_database_is_refused_by_name()
    {
        System.IO.File.WriteAllText(File, string.Concat(Enumerable.Repeat("front,error,macs\n", 200)));

        Should.Throw<JournalIncompatibleException>(() => new SqliteJournal(File)).Message
            .ShouldSatisfyAllConditions(m => m.ShouldContain(File), m => m.ShouldContain("not a SQLite database"));
    }

    [Fact]
    public void Another_programs_database_is_refused_and_left_alone()
    {
        using (var other = new SqliteConnection(File, TimeSpan.FromSeconds(1)))
        {
            other.Script("CREATE TABLE trials (id INTEGER)");
        }

        Should.Throw<JournalIncompatibleException>(() => new SqliteJournal(File)).Message.ShouldContain("another program");

        using var again = new SqliteConnection(File, TimeSpan.FromSeconds(1));
        again.Integer("SELECT count(*) FROM sqlite_master").ShouldBe(1);
    }

    [Fact]
    public void A_schema_from_the_future_is_refused_and_both_versions_are_named()
    {
        var known = SqliteMigrations.Embedded.Length;
        var future = SqliteMigrations.Embedded.Add(new SqliteMigration(known + 1, "later", "CREATE TABLE later (id INTEGER)"));
        new SqliteJournal(File, new SqliteJournalOptions(), future).Dispose();

        Should.Throw<JournalIncompatibleException>(() => new SqliteJournal(File)).Message
            .ShouldSatisfyAllConditions(m => m.ShouldContain($"version {known + 1}"), m => m.ShouldContain($"up to {known}"));
    }

    [Fact]
    public void A_program_whose_journal_a_newer_one_has_upgraded_meanwhile_writes_nothing_more()
    {
        using var old = new SqliteJournal(File);
        var known = SqliteMigrations.Embedded.Length;
        var future = SqliteMigrations.Embedded.Add(new SqliteMigration(known + 1, "later", "CREATE TABLE later (id INTEGER)"));
        using var newer = new SqliteJournal(File, new SqliteJournalOptions(), future);

        Should.Throw<JournalIncompatibleException>(() => Create(old, "alpha")).Message
            .ShouldSatisfyAllConditions(m => m.ShouldContain($"version {known + 1}"), m => m.ShouldContain($"version {known},"));

        Create(newer, "alpha").ShouldBeTrue();
    }

    [Fact]
    public void An_older_schema_is_brought_up_to_date_and_keeps_its_content()
    {
        using (var old = new SqliteJournal(File, new SqliteJournalOptions(), SqliteMigrations.Embedded[..1]))
        {
            Create(old, "alpha").ShouldBeTrue();
        }

        var next = SqliteMigrations.Embedded.Add(new SqliteMigration(
            SqliteMigrations.Embedded.Length + 1, "note", "ALTER TABLE experiment ADD COLUMN note TEXT NOT NULL DEFAULT 'none'"));
        using var upgraded = new SqliteJournal(File, new SqliteJournalOptions(), next);

        upgraded.Inbox(Root, 10).ShouldHaveSingleItem();
        upgraded.Writer.First("SELECT note FROM experiment", row => row.Text(0)).ShouldBe("none");
        upgraded.Writer.Query("SELECT version FROM migration ORDER BY version", row => (int)row.Integer(0))
            .ShouldBe(next.Select(m => m.Version));
    }

    [Fact]
    public void Jobs_of_the_first_schema_are_without_suspicion()
    {
        // What the program of that schema left: this one cannot work on it before it is brought up to date.
        new SqliteJournal(File, new SqliteJournalOptions(), SqliteMigrations.Embedded[..1]).Dispose();
        using (var old = new SqliteConnection(File, TimeSpan.FromSeconds(1)))
        {
            old.Run(
                """
                INSERT INTO job (key, kind, status, wanted, priority, position, experiment, body)
                VALUES (?1, 'evaluate', 'queued', 1, 0, 1, 'alpha', '{}')
                """,
                new Genetics.Ports.JobSpec("evaluate", "{}").Key.Hex);
        }

        using var upgraded = new SqliteJournal(File);

        upgraded.ClaimJob(new NodeId("n"), TimeSpan.FromMinutes(1)).ShouldNotBeNull().Deaths.ShouldBe(0);
    }

    [Fact]
    public void A_migration_that_fails_half_way_leaves_the_file_as_it_was()
    {
        new SqliteJournal(File).Dispose();
        var broken = SqliteMigrations.Embedded.Add(new SqliteMigration(
            SqliteMigrations.Embedded.Length + 1, "broken", "CREATE TABLE half (id INTEGER); INSERT INTO nowhere VALUES (1);"));

        Should.Throw<InvalidOperationException>(() => new SqliteJournal(File, new SqliteJournalOptions(), broken));

        using var journal = new SqliteJournal(File);
        journal.Writer.Integer("SELECT count(*) FROM sqlite_master WHERE name = 'half'").ShouldBe(0);
    }

    [Fact]
    public void The_migrations_are_numbered_from_1_without_gaps() =>
        SqliteMigrations.Embedded.Select(m => m.Version).ShouldBe(Enumerable.Range(1, SqliteMigrations.Embedded.Length));

    [Fact]
    public void Several_that_open_a_new_file_at_once_all_succeed()
    {
        using var start = new Barrier(6);
        var journals = new SqliteJournal[6];
        var threads = Enumerable.Range(0, 6).Select(i => new Thread(() =>
        {
            start.SignalAndWait();
            journals[i] = new SqliteJournal(File);
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());

        journals.ShouldAllBe(j => j != null);
        journals.Select(j => Create(j, "alpha")).Count(created => created).ShouldBe(1);
        foreach (var journal in journals)
        {
            journal.Dispose();
        }
    }

    [Fact]
    public void A_file_where_the_directory_should_be_is_a_clear_error()
    {
        System.IO.File.WriteAllText(directory.File("home"), "");
        var path = Path.Combine(directory.File("home"), "actorprune.db");

        var error = Should.Throw<JournalUnavailableException>(() => new SqliteJournal(path));

        error.Cause.ShouldBe(UnavailableCause.NotWritable);
        error.Message.ShouldSatisfyAllConditions(m => m.ShouldContain(directory.File("home")), m => m.ShouldContain("--home"));
    }

    [Fact]
    public void A_directory_where_the_file_should_be_is_a_clear_error()
    {
        Directory.CreateDirectory(File);

        var error = Should.Throw<JournalUnavailableException>(() => new SqliteJournal(File));

        error.Cause.ShouldBe(UnavailableCause.NotWritable);
        error.Message.ShouldContain(File);
    }

    [Fact]
    public void The_directory_of_a_new_journal_is_created()
    {
        using var journal = new SqliteJournal(Path.Combine(directory.File("a"), "b", "journal.db"));

        Create(journal, "alpha").ShouldBeTrue();
    }

    [Fact]
    public void A_full_disk_is_a_clear_error_and_the_earlier_commits_are_intact()
    {
        using (var journal = new SqliteJournal(File))
        {
            Create(journal, "alpha").ShouldBeTrue();
            var lease = journal.ClaimActors(new NodeId("n"), 1, TimeSpan.FromMinutes(1))[0];
            journal.Writer.Script($"PRAGMA max_page_count = {journal.Writer.Integer("PRAGMA page_count") + 5}");
            var large = new Turn(lease, 0, [], [new NewEvent("large", new string('x', 100_000))], [], [], null, null);

            var error = Should.Throw<JournalUnavailableException>(() => journal.Commit(large));

            error.Cause.ShouldBe(UnavailableCause.Full);
            error.Message.ShouldSatisfyAllConditions(m => m.ShouldContain(File), m => m.ShouldContain("free some space"));
            journal.Load(Root).Sequence.ShouldBe(0);

            journal.Writer.Script("PRAGMA max_page_count = 1000000");
            journal.Commit(large).ShouldBe(CommitOutcome.Committed);
        }

        using var again = new SqliteJournal(File);
        again.Load(Root).Sequence.ShouldBe(1);
        again.Inbox(Root, 10).Length.ShouldBe(1);
    }

    [Fact]
    public void A_reader_neither_waits_for_a_writer_nor_holds_one_up()
    {
        using var journal = new SqliteJournal(File, new SqliteJournalOptions { BusyTimeout = TimeSpan.FromMilliseconds(1) });
        Create(journal, "alpha");
        using var dashboard = new SqliteConnection(File, TimeSpan.FromMilliseconds(1));

        dashboard.Run("BEGIN");
        dashboard.Integer("SELECT count(*) FROM experiment").ShouldBe(1);
        Create(journal, "beta").ShouldBeTrue();
        dashboard.Integer("SELECT count(*) FROM experiment").ShouldBe(1);
        dashboard.Run("COMMIT");

        dashboard.Run("BEGIN IMMEDIATE");
        journal.Experiments().Length.ShouldBe(2);
        journal.ClaimJob(new NodeId("n"), TimeSpan.FromMinutes(1)).ShouldBeNull();
        dashboard.Run("COMMIT");
    }

    [Fact]
    public void A_lock_that_is_held_beyond_the_time_out_is_a_clear_error_and_the_call_may_be_repeated()
    {
        using var journal = new SqliteJournal(File, new SqliteJournalOptions { BusyTimeout = TimeSpan.FromMilliseconds(10) });
        using var holder = new SqliteConnection(File, TimeSpan.FromMilliseconds(10));
        holder.Run("BEGIN IMMEDIATE");

        var error = Should.Throw<JournalUnavailableException>(() => Create(journal, "alpha"));
        error.Cause.ShouldBe(UnavailableCause.Busy);
        error.Message.ShouldContain(File);

        holder.Run("COMMIT");
        Create(journal, "alpha").ShouldBeTrue();
    }

    [Fact]
    public void Without_a_given_clock_the_store_keeps_the_databases_time()
    {
        using var journal = new SqliteJournal(File);
        var before = DateTimeOffset.UtcNow;
        Create(journal, "alpha");
        var after = DateTimeOffset.UtcNow;

        journal.Experiments()[0].CreatedAt.ShouldBeInRange(before.AddMilliseconds(-2), after.AddMilliseconds(2));
    }

    [Fact]
    public void A_closed_journal_says_so()
    {
        var journal = new SqliteJournal(File);
        journal.Dispose();
        journal.Dispose();

        Should.Throw<ObjectDisposedException>(() => Create(journal, "alpha"));
        Should.Throw<ObjectDisposedException>(() => journal.Experiments());
        Should.Throw<ObjectDisposedException>(() => journal.OnChange(() => { }));
    }

    [Fact]
    public void A_missing_library_names_what_to_install() =>
        Should.Throw<JournalUnavailableException>(() => SqliteLibrary.Load(["libsqlite3.so.none"])).Message
            .ShouldSatisfyAllConditions(m => m.ShouldContain("libsqlite3.so.none"), m => m.ShouldContain("apt-get install libsqlite3-0"));

    [Fact]
    public void Commits_are_flushed_to_the_disk_unless_that_was_switched_off()
    {
        using var durable = new SqliteJournal(File);
        using var fast = new SqliteJournal(File, new SqliteJournalOptions { Durable = false });

        durable.Writer.Integer("PRAGMA synchronous").ShouldBe(2);
        fast.Writer.Integer("PRAGMA synchronous").ShouldBe(1);
    }
}
