using ActorPrune.Actors.Kernel;
using Xunit.Sdk;

namespace ActorPrune.Actors.TestKit;

/// <summary>
/// Stands for an actor in tests: give <see cref="Ref"/> to the actor under test and say what you expect to arrive. A failed expectation
/// tells what was expected, what has arrived and what the system reported.
/// </summary>
public sealed class TestProbe<TMessage> : IWatcher
{
    private const int MostInReport = 20;
    private readonly Lock gate = new();
    private readonly ActorTestSystem system;
    private readonly Queue<TMessage> waiting = new();
    private readonly List<TMessage> taken = [];
    private readonly HashSet<ActorRef> terminated = [];
    private readonly string name;

    internal TestProbe(ActorTestSystem system, string name)
    {
        this.system = system;
        this.name = name;
        Ref = new ProbeRef(this, system.System, name);
    }

    public ActorRef<TMessage> Ref { get; }

    /// <summary>Messages that have arrived and that no expectation has taken.</summary>
    public int Count
    {
        get
        {
            lock (gate)
            {
                return waiting.Count;
            }
        }
    }

    /// <summary>Takes the next message, waiting for it if need be.</summary>
    public TMessage ExpectMessage(TimeSpan? patience = null) => Next("a message", patience);

    /// <summary>Takes the next message, which must equal <paramref name="expected"/>.</summary>
    public void ExpectMessage(TMessage expected, TimeSpan? patience = null)
    {
        var message = Next($"{expected}", patience);
        if (!EqualityComparer<TMessage>.Default.Equals(message, expected))
        {
            throw Unexpected($"{expected}", message);
        }
    }

    /// <summary>Takes the next message, which must be a <typeparamref name="TDerived"/>.</summary>
    public TDerived ExpectMessage<TDerived>(TimeSpan? patience = null)
        where TDerived : TMessage
    {
        var message = Next($"a {typeof(TDerived).Name}", patience);
        return message is TDerived derived ? derived : throw Unexpected($"a {typeof(TDerived).Name}", message);
    }

    /// <summary>Takes the next messages in order, which must equal <paramref name="expected"/>.</summary>
    public void ExpectMessages(params TMessage[] expected)
    {
        ArgumentNullException.ThrowIfNull(expected);
        foreach (var message in expected)
        {
            ExpectMessage(message);
        }
    }

    /// <summary>Nothing waits here, and nothing arrives while the clock moves on by <paramref name="within"/> (default: what is ready
    /// runs).</summary>
    /// <exception cref="InvalidOperationException">On the thread pool, where absence cannot be told from slowness.</exception>
    public void ExpectNoMessage(TimeSpan? within = null)
    {
        system.Advance(within ?? TimeSpan.Zero);
        if (Count > 0)
        {
            throw new XunitException($"Expected no message at the probe '{name}' within {within ?? TimeSpan.Zero}. {Arrived()}");
        }
    }

    /// <summary>Takes messages until <paramref name="wanted"/> holds for one, which is returned; the others are dropped.</summary>
    public TMessage FishForMessage(Func<TMessage, bool> wanted, TimeSpan? patience = null)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        while (true)
        {
            var message = Next("a message that fits", patience);
            if (wanted(message))
            {
                return message;
            }
        }
    }

    /// <summary>Lets <see cref="ExpectTerminated"/> hear of the actor's end also when it comes before the expectation.</summary>
    public void Watch(ActorRef actor)
    {
        ArgumentNullException.ThrowIfNull(actor);
        var cell = actor.Cell ?? throw new ArgumentException($"{actor.Path} is no actor.", nameof(actor));
        cell.AddWatcher(this);
    }

    /// <summary>The actor stops, or has stopped.</summary>
    public void ExpectTerminated(ActorRef actor, TimeSpan? patience = null)
    {
        Watch(actor);
        if (!system.RunUntil(() => HasTerminated(actor), patience))
        {
            throw new XunitException($"Expected {actor} to stop within {patience ?? ActorTestSystem.DefaultPatience}, but it did not. {system.Report()}");
        }
    }

    /// <summary>Whether a watched actor has stopped by now.</summary>
    public bool HasTerminated(ActorRef actor)
    {
        ArgumentNullException.ThrowIfNull(actor);
        lock (gate)
        {
            return terminated.Contains(actor.Cell?.Ref ?? actor);
        }
    }

    void IWatcher.Terminated(ActorRef actor)
    {
        lock (gate)
        {
            terminated.Add(actor);
        }

        system.SignalChange();
    }

    private void Arrive(TMessage message)
    {
        lock (gate)
        {
            waiting.Enqueue(message);
        }

        system.SignalChange();
    }

    private TMessage Next(string expected, TimeSpan? patience)
    {
        if (!system.RunUntil(() => Count > 0, patience))
        {
            throw new XunitException(
                $"Expected {expected} at the probe '{name}' within {patience ?? ActorTestSystem.DefaultPatience}, but nothing came. {Arrived()}");
        }

        lock (gate)
        {
            var message = waiting.Dequeue();
            taken.Add(message);
            return message;
        }
    }

    private XunitException Unexpected(string expected, TMessage found) =>
        new($"Expected {expected} at the probe '{name}', but {found} came. {Arrived()}");

    private string Arrived()
    {
        lock (gate)
        {
            var before = string.Join(", ", taken.TakeLast(MostInReport).Select(m => $"{m}").DefaultIfEmpty("nothing"));
            var now = string.Join(", ", waiting.Take(MostInReport).Select(m => $"{m}").DefaultIfEmpty("nothing"));
            return $"Taken so far (the last {MostInReport}): {before}. Still waiting here: {now}. {system.Report()}";
        }
    }

    private sealed class ProbeRef(TestProbe<TMessage> owner, ActorSystem system, string name) : ActorRef<TMessage>(
        system, $"{system.Root}/probe/{name}", system.NextIncarnation())
    {
        public override void Tell(TMessage message) => owner.Arrive(message);
    }
}
