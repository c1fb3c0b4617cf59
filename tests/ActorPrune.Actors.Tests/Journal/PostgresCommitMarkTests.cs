using System.Collections.Immutable;
using System.Globalization;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.Journal.Postgres;
using ActorPrune.Actors.TestKit.Journal;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Tests.Journal;

/// <summary>
/// The server crashes at a commit, before any record of the transaction reached its disk, and comes back: it numbers its transactions from
/// below again, and the lost one's number is nobody's, or another's.
/// </summary>
public sealed class PostgresCommitMarkTests : IDisposable
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    // The server stops, loses its log and starts while the commit waits.
    private static readonly TimeSpan LongestCrash = TimeSpan.FromMinutes(2);
    private static readonly NodeId Node = new("n");
    private static readonly ActorId Root = new("alpha", "experiment");

    private readonly PostgresServer server = new();
    private readonly string schema;
    private readonly FailingLine line;
    private readonly PostgresJournal journal;

    // Straight to the server.
    private readonly PostgresJournal witness;
    private Func<ReadOnlyMemory<byte>, LineFault> plan = _ => LineFault.None;

    public PostgresCommitMarkTests()
    {
        schema = server.NewSchema();
        line = new FailingLine(server.Port, piece => plan(piece));
        witness = new PostgresJournal(server.Url(schema));
        journal = new PostgresJournal(
            $"{server.Url(schema, line.Port)}&sslmode=disable",
            new PostgresJournalOptions { Patience = LongestCrash });
        witness.TryCreate("alpha", "{}", "1", new OutgoingMessage(Root, "start", "")).ShouldBeTrue();
        var lease = witness.ClaimActors(Node, 1, Lease).ShouldHaveSingleItem();
        var job = new JobRequest(new JobSpec(JobKinds.Evaluate, "1"), 0);
        witness.Commit(new Turn(lease, 0, [], [], [], [job], null, null)).ShouldBe(CommitOutcome.Committed);
    }

    public void Dispose()
    {
        journal.Dispose();
        witness.Dispose();
        line.Dispose();
        server.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_lost_transaction_whose_number_is_given_out_again_is_not_taken_for_committed(bool reused)
    {
        // What the crash may not lose.
        server.Execute("CHECKPOINT");
        var crashed = 0L;
        plan = piece =>
        {
            if (crashed > 0 || piece.Span.IndexOf("COMMIT\0"u8) < 0)
            {
                return LineFault.None;
            }

            crashed = server.Ask("SELECT backend_xid::text::bigint FROM pg_stat_activity WHERE backend_xid IS NOT NULL");
            server.Crash(crashed);
            if (reused)
            {
                server.Execute("CREATE TABLE another (number integer)");
                server.Ask($"SELECT (pg_xact_status('{crashed}') = 'committed')::integer").ShouldBe(1);
            }

            return LineFault.Before;
        };

        var job = journal.ClaimJob(Node, Lease).ShouldNotBeNull();

        crashed.ShouldBeGreaterThan(0);
        job.Attempt.ShouldBe(1);
        witness.Jobs("alpha").ShouldHaveSingleItem().Status.ShouldBe(JobStatus.Leased);
        var result = new JobResult(
            ImmutableSortedDictionary<string, double>.Empty, ImmutableSortedDictionary<string, ArtifactId>.Empty, "{}");
        journal.Complete(job, result, 1).ShouldBeTrue();
    }

    [Fact]
    public void Marks_of_writers_of_the_past_are_taken_away_when_a_node_joins()
    {
        const string Made = "INSERT INTO {0}.commit_mark VALUES (gen_random_uuid(), gen_random_uuid(), now() - interval '{1} hours')";
        server.Execute(string.Format(CultureInfo.InvariantCulture, Made, schema, 1));
        server.Execute(string.Format(CultureInfo.InvariantCulture, Made, schema, 25));
        var marks = server.Ask($"SELECT count(*) FROM {schema}.commit_mark");

        witness.Join(new NodeInfo(Node, "n", "h", 1, 1, [], "1", ""), Lease).ShouldBeTrue();

        // One goes, and the joining transaction writes into a row that its process has already.
        server.Ask($"SELECT count(*) FROM {schema}.commit_mark").ShouldBe(marks - 1);
    }
}
