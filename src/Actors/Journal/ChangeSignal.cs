using System.Collections.Immutable;

namespace ActorPrune.Actors.Journal;

/// <summary>The callbacks that wait for a journal's changes. Raising it holds no lock while they run.</summary>
internal sealed class ChangeSignal
{
    private ImmutableArray<Listener> listeners = [];

    internal bool HasListeners => !listeners.IsEmpty;

    internal IDisposable Add(Action wake)
    {
        var listener = new Listener(this, wake);
        ImmutableInterlocked.Update(ref listeners, (all, one) => all.Add(one), listener);
        return listener;
    }

    internal void Raise()
    {
        foreach (var listener in listeners)
        {
            listener.Call();
        }
    }

    private sealed class Listener(ChangeSignal signal, Action wake) : IDisposable
    {
        private volatile bool gone;

        internal void Call()
        {
            if (gone)
            {
                return;
            }

            try
            {
                wake();
            }
#pragma warning disable CA1031 // the commit that raised this stands: its caller must not take a listener's failure for a failed commit
            catch (Exception)
#pragma warning restore CA1031
            {
                // A wake-up may be lost, says the port: whoever waits also polls.
            }
        }

        public void Dispose()
        {
            gone = true;
            ImmutableInterlocked.Update(ref signal.listeners, (all, one) => all.Remove(one), this);
        }
    }
}
