using System.Collections.Immutable;
using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Ports;
using Shouldly;

namespace ActorPrune.Actors.TestKit.Journal;

/// <summary>
/// What every <see cref="IJournal"/> promises. A test class of an implementation derives from it and says how an instance is opened; each
/// test gets an empty store. Instances that a test opens are disposed when it ends.
/// </summary>
public abstract partial class JournalConformance : IDisposable
{
    protected static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);
    protected static readonly TimeSpan BeyondLease = TimeSpan.FromSeconds(31);
    protected static readonly NodeId NodeA = new("node-a");
    protected static readonly NodeId NodeB = new("node-b");

    private readonly List<IJournal> opened = [];
    private readonly Lazy<IJournal> journal;

    protected JournalConformance() => journal = new Lazy<IJournal>(OpenAnother);

    /// <summary>The clock of the store under test.</summary>
    protected ManualClock Clock { get; } = new();

    protected IJournal Journal => journal.Value;

    /// <summary>Opens an instance on this test's own store; every call names the same store, as another process would.</summary>
    protected abstract IJournal Open(TimeProvider clock);

    protected IJournal OpenAnother()
    {
        var another = Open(Clock);
        opened.Add(another);
        return another;
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        opened.ForEach(o => o.Dispose());
        opened.Clear();
    }

    // ---- the words that the tests are written in

    protected static ActorId Root(string experiment) => new(experiment, "experiment");

    protected static JobSpec Evaluation(string genome) => new(JobKinds.Evaluate, $"{{\"genome\":\"{genome}\"}}");

    protected static JobResult Result(double error) => new(
        ImmutableSortedDictionary<string, double>.Empty.Add(MeasureNames.Error, error),
        ImmutableSortedDictionary<string, ArtifactId>.Empty.Add("weights", ArtifactId.Of(BitConverter.GetBytes(error))),
        "{}");

    protected static Turn Nothing(ActorLease lease, long sequence) => new(lease, sequence, [], [], [], [], null, null);

    /// <summary>Creates an experiment and claims its first actor for <paramref name="node"/>.</summary>
    protected ActorLease Started(string experiment = "alpha", NodeId? node = null)
    {
        Journal.TryCreate(experiment, "{}", "1.0", new OutgoingMessage(Root(experiment), "start", "{}")).ShouldBeTrue();
        return Claim(Root(experiment), node ?? NodeA);
    }

    /// <summary>Claims all free actors with mail, which must be <paramref name="actor"/> alone.</summary>
    protected ActorLease Claim(ActorId actor, NodeId node, IJournal? through = null)
    {
        var claimed = (through ?? Journal).ClaimActors(node, 10, Lease);
        claimed.Select(c => c.Actor).ShouldBe([actor]);
        return claimed[0];
    }

    protected void Ask(ActorLease lease, params ReadOnlySpan<(string Genome, int Priority)> jobs)
    {
        var requests = jobs.ToArray().Select(j => new JobRequest(Evaluation(j.Genome), j.Priority)).ToImmutableArray();
        Commit(Nothing(lease, Journal.Load(lease.Actor).Sequence) with { Jobs = requests });
    }

    protected void Commit(Turn turn) => Journal.Commit(turn).ShouldBe(CommitOutcome.Committed);

    protected JobLease ClaimJob(NodeId? node = null) => Journal.ClaimJob(node ?? NodeA, Lease).ShouldNotBeNull();

    protected ImmutableArray<Envelope> Inbox(ActorId actor) => Journal.Inbox(actor, 1000);

    protected ImmutableArray<JobOutcome> Outcomes(ActorId actor) =>
        [.. Inbox(actor).Where(m => m.Kind == JobMessages.Outcome).Select(m => JobOutcome.Parse(m.Body))];

    protected static NodeInfo Node(NodeId id, string name) =>
        new(id, name, "host/boot", 100, 4711, ["islands", "evaluators"], "1.0", "cpu, 2 evaluators");

    /// <summary>See <see cref="Side"/>.</summary>
    protected static TResult[] Race<T, TResult>(IReadOnlyList<T> arguments, Func<T, TResult> work) => Side.BySide(arguments, work);
}
