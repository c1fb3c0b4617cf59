using ActorPrune.Actors.Journal;
using ActorPrune.Actors.TestKit.Simulation;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Simulation;

/// <summary>A line on which calls may reach the store twice, the second time perhaps much later. Only calls that a token guards: a driver
/// that repeated others would be wrong by itself.</summary>
/// <param name="inner">The store.</param>
/// <param name="repeat">Handed each such call after it was made.</param>
internal sealed class RepeatingJournal(IJournal inner, Action<Action> repeat) : JournalDecorator(inner)
{
    public override void Release(ActorLease lease)
    {
        Inner.Release(lease);
        repeat(() => Inner.Release(lease));
    }

    public override CommitOutcome Commit(Turn turn)
    {
        var outcome = Inner.Commit(turn);
        repeat(() => Inner.Commit(turn));
        return outcome;
    }

    public override bool Complete(JobLease lease, JobResult result, double seconds) =>
        Twice(() => Inner.Complete(lease, result, seconds));

    public override bool Fail(JobLease lease, string reason, int maxAttempts) => Twice(() => Inner.Fail(lease, reason, maxAttempts));

    public override bool Release(JobLease lease) => Twice(() => Inner.Release(lease));

    private bool Twice(Func<bool> call)
    {
        var taken = call();
        repeat(() => call());
        return taken;
    }
}
