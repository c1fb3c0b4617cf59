using System.Collections.Immutable;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.Journal.Postgres;
using ActorPrune.Actors.TestKit.Journal;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Tests.Journal;

/// <summary>What another transaction does to a job's two leases between two statements of a call.</summary>
[Collection(PostgresCollection.Name)]
public sealed class PostgresSecondLeaseTests : IDisposable
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);
    private static readonly NodeId NodeA = new("a");
    private static readonly NodeId NodeB = new("b");
    private static readonly ActorId Root = new("alpha", "experiment");

    private readonly PostgresServer server;
    private readonly string schema;
    private readonly ManualClock clock = new();
    private readonly PostgresJournal journal;
    private readonly PostgresJournal other;

    public PostgresSecondLeaseTests(PostgresServer server)
    {
        this.server = server;
        schema = server.NewSchema();
        journal = Open();
        other = Open();
    }

    public void Dispose()
    {
        journal.Dispose();
        other.Dispose();
    }

    [Theory]
    [InlineData("complete")]
    [InlineData("checkpoint")]
    [InlineData("release")]
    public void A_second_holder_that_becomes_the_first_in_the_middle_of_a_call_is_still_a_holder(string call)
    {
        var (first, second) = HeldTwice();
        var promoted = false;
        journal.Database.Seen = statement =>
        {
            if (!promoted && statement.CommandText.Contains("straggler", StringComparison.Ordinal))
            {
                promoted = true;
                other.Release(first).ShouldBeTrue();
            }
        };

        (call switch
        {
            "complete" => journal.Complete(second, Result, 1),
            "checkpoint" => journal.Checkpoint(second, ArtifactId.Of([1])),
            _ => journal.Release(second),
        }).ShouldBeTrue();

        promoted.ShouldBeTrue();
    }

    [Fact]
    public void A_lapsed_job_that_is_given_a_second_lease_in_the_middle_of_a_claim_stays_with_that()
    {
        var (_, second) = HeldTwice();
        clock.Advance(Lease * 2);

        // The claim has seen that both leases have lapsed. What others commit until it has the job's lock cannot be timed: a trigger does it.
        server.Execute(
            $"""
            CREATE FUNCTION {schema}.renew() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    UPDATE {schema}.straggler SET lease_until = lease_until + interval '1 hour' WHERE job_id = NEW.id;
                    RETURN NEW;
                END $$;
            CREATE TRIGGER renew BEFORE UPDATE OF token ON {schema}.job FOR EACH ROW EXECUTE FUNCTION {schema}.renew();
            """);
        journal.ClaimJob(new NodeId("c"), Lease).ShouldBeNull();
        server.Execute($"DROP TRIGGER renew ON {schema}.job");

        journal.Checkpoint(second, ArtifactId.Of([1])).ShouldBeTrue();
        journal.ClaimJob(new NodeId("c"), Lease).ShouldNotBeNull().Deaths.ShouldBe(2);
        journal.Checkpoint(second, ArtifactId.Of([1])).ShouldBeFalse();
    }

    private static JobResult Result =>
        new(ImmutableSortedDictionary<string, double>.Empty, ImmutableSortedDictionary<string, ArtifactId>.Empty, "{}");

    private PostgresJournal Open() => new(server.Url(schema), new PostgresJournalOptions { Clock = clock });

    /// <summary>A job that node A takes unusually long for, and node B computes too.</summary>
    private (JobLease First, JobLease Second) HeldTwice()
    {
        journal.TryCreate("alpha", "{}", "1", new OutgoingMessage(Root, "start", "")).ShouldBeTrue();
        var actor = journal.ClaimActors(NodeA, 1, Lease).ShouldHaveSingleItem();
        var jobs = Enumerable.Range(0, 4).Select(i => new JobRequest(new JobSpec(JobKinds.Evaluate, $"{i}"), -i));
        journal.Commit(new Turn(actor, 0, [], [], [], [.. jobs], null, null)).ShouldBe(CommitOutcome.Committed);
        for (var i = 0; i < 3; i++)
        {
            journal.Complete(journal.ClaimJob(NodeA, Lease)!, Result, 1).ShouldBeTrue();
        }

        var first = journal.ClaimJob(NodeA, Lease).ShouldNotBeNull();
        clock.Advance(TimeSpan.FromSeconds(20));
        return (first, journal.ClaimStraggler(NodeB, Lease, new StragglerRule(3, TimeSpan.FromSeconds(10))).ShouldNotBeNull());
    }
}
