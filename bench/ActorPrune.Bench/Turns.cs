using System.Collections.Immutable;
using ActorPrune.Actors.Journal;

namespace ActorPrune.Bench;

/// <summary>Persistent actors that send to themselves: each turn reads the inbox and commits, as the engine does.</summary>
internal static class Turns
{
    private static readonly string Body = new('x', 300);

    public static IEnumerable<Case> Cases(int batch, params int[] clients) => clients.Select(count => new Case(
        count == 1 ? "1 client" : $"{count} clients",
        count,
        store =>
        {
            var leases = store.Actors("turns", count);
            return [.. leases.Select((lease, i) => Client(store.Processes[i], lease, batch))];
        }));

    private static Func<int> Client(IJournal journal, ActorLease lease, int batch)
    {
        var sequence = 0L;
        ImmutableArray<NewEvent> events = [.. Enumerable.Repeat(new NewEvent("told", Body), batch)];
        ImmutableArray<OutgoingMessage> messages = [.. Enumerable.Repeat(new OutgoingMessage(lease.Actor, "again", Body), batch)];
        return () =>
        {
            var mail = journal.Inbox(lease.Actor, 64);
            var turn = new Turn(lease, sequence, [.. mail.Select(m => m.Id)], events, messages, [], null, null);
            if (journal.Commit(turn) != CommitOutcome.Committed)
            {
                throw new InvalidOperationException("A turn was fenced that nobody competed with.");
            }

            sequence += events.Length;
            return batch;
        };
    }
}
