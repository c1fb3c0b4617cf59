using ActorPrune.Actors.Journal;

namespace ActorPrune.Actors.Cluster;

/// <summary>
/// Renews a node's heartbeat and all its leases from a thread of its own, so that neither native work nor a busy thread pool holds it up.
/// </summary>
public sealed class LeaseKeeper : IDisposable
{
    private readonly IJournal journal;
    private readonly NodeId node;
    private readonly TimeSpan lease;
    private readonly Action lost;
    private readonly Action<string>? log;
    private readonly ManualResetEventSlim stop = new();
    private readonly Thread thread;

    /// <param name="journal">The store.</param>
    /// <param name="node">Whose leases.</param>
    /// <param name="lease">How far ahead each renewal moves them.</param>
    /// <param name="interval">Time between renewals; well under <paramref name="lease"/>.</param>
    /// <param name="lost">Called, once, when the store says that the node was declared dead.</param>
    /// <param name="log">Told of what keeps renewals from being written other than a store that is away, which others say.</param>
    public LeaseKeeper(IJournal journal, NodeId node, TimeSpan lease, TimeSpan interval, Action lost, Action<string>? log = null)
    {
        this.journal = journal;
        this.node = node;
        this.lease = lease;
        this.lost = lost;
        this.log = log;
        thread = new Thread(() => Run(interval)) { Name = "lease keeper", IsBackground = true };
        thread.Start();
    }

    public void Dispose()
    {
        stop.Set();
        thread.Join();
        stop.Dispose();
    }

    private void Run(TimeSpan interval)
    {
        var retry = interval / 4;
        var wait = interval;
        var trouble = string.Empty;
        while (!stop.Wait(wait))
        {
            try
            {
                if (!journal.Renew(node, lease))
                {
                    lost();
                    return;
                }

                (wait, trouble) = (interval, string.Empty);
            }
            catch (JournalUnavailableException)
            {
                // Sooner than the next beat: the lease may be near its end. Should it lapse, fencing tokens protect what others took over.
                wait = retry;
            }
            catch (JournalIncompatibleException)
            {
                // A newer program has brought the store to its schema: this one can write nothing any more, and its actors say so.
                return;
            }
#pragma warning disable CA1031 // on a thread of its own it would end the process, and with it all that the evaluators have under way
            catch (Exception e)
#pragma warning restore CA1031
            {
                if (e.Message != trouble)
                {
                    log?.Invoke($"The leases of this node could not be renewed; it tries again. {e}");
                }

                (wait, trouble) = (retry, e.Message);
            }
        }
    }
}
