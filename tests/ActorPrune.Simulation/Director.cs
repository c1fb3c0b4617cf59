using ActorPrune.Actors.Journal;
using ActorPrune.Actors.TestKit.Simulation;
using ActorPrune.Actors.TestKit.Study;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Random;

namespace ActorPrune.Simulation;

/// <summary>Sets a scenario up and lets its faults happen. All in one thread, so the order of its dice is that of the run.</summary>
internal sealed class Director : IDisposable
{
    // Jobs take seconds here.
    private static readonly StragglerRule Impatience = new(Factor: 2, Least: TimeSpan.FromSeconds(2));

    private readonly Scenario scenario;
    private readonly CounterRandom random;
    private readonly PlantedFaults planted;
    private readonly Slot[] slots;
    private readonly BadJobs bad;
    private readonly CallFaults calls;
    private long interruptions;
    private bool inNested;
    private bool isOver;

    public Director(Scenario scenario, Plant plant, TextWriter? trace)
    {
        this.scenario = scenario;
        random = CounterRandom.For(scenario.Seed, "simulation", 0, 0, "dice");
        Cluster = new SimulatedCluster(scenario.Seed, new ToyStudy(scenario.Method, scenario.SearchSeed))
        {
            Duration = _ => Duration(),
            CheckpointFrom = TimeSpan.FromSeconds(4),
        };
        Witness = new Witness(Cluster.Clock, new Trace(Cluster.Clock, trace));
        planted = new PlantedFaults(plant, Cluster.StoreClock);
        calls = new CallFaults(scenario.Rates, random, Cluster.Clock, Witness.Trace, Tally);
        bad = new BadJobs(scenario.Poison, Tally);
        Cluster.OnEvaluate = (job, _) => bad.Evaluating(job);
        Cluster.KillsProcess = lease => bad.Kills(lease.Spec);
        Cluster.OnProcessKilled = Killed;
        Cluster.Trace = trace is null ? null : Witness.Trace.Write;
        slots = [.. scenario.Nodes.Select((plan, i) => new Slot($"node-{i + 1}", plan))];
        Array.ForEach(slots, s => After(s.Plan.JoinsAt, () => Begin(s)));
        foreach (var fault in scenario.Faults)
        {
            After(fault.At, () => Happen(fault));
        }

        After(scenario.Troubles, Mend);
    }

    public SimulatedCluster Cluster { get; }

    public Witness Witness { get; }

    public Tally Tally { get; } = new();

    /// <summary>Nothing goes wrong any more.</summary>
    public bool IsMended { get; private set; }

    /// <summary>Jobs that faults may have made to be computed again, at most. A node whose calls are lost may lose its lease by
    /// that.</summary>
    public long Excuses => interruptions + Tally[FaultKind.CallLost] + Tally[FaultKind.AnswerLost];

    /// <summary>Ends all troubles: everybody is there, nobody is held up, and the experiment runs.</summary>
    public void Mend()
    {
        if (IsMended)
        {
            return;
        }

        IsMended = true;
        Witness.Trace.Write("--", "all is mended");
        SetStatus(ExperimentStatus.Stopped, ExperimentStatus.Running);
        foreach (var slot in slots)
        {
            slot.Armed.Clear();
            slot.Cuts = 0;
            slot.Living?.Journal.Mend();
            slot.Living?.Continue();
            Begin(slot);
        }
    }

    /// <summary>All nodes leave in good order. False: one stays.</summary>
    public bool LeaveAll(TimeSpan limit)
    {
        // A process that has come back under its old name may have to wait for the row of the dead one to lapse.
        if (!Cluster.RunUntil(() => Array.TrueForAll(slots, s => s.Living is { Joins: > 0 }), limit))
        {
            return false;
        }

        isOver = true;
        Array.ForEach(slots, s => s.Living?.Leave());
        return Cluster.RunUntil(() => Array.TrueForAll(slots, s => s.Living is null), limit);
    }

    public void Dispose() => Cluster.Dispose();

    /// <summary>Whatever these had in hand may be computed again.</summary>
    private void Excuse(params IEnumerable<Slot> hit) => interruptions += hit.Sum(s => s.Plan.Evaluators);

    private void After(TimeSpan delay, Action action) =>
        Cluster.Clock.CreateTimer(_ => action(), null, delay, Timeout.InfiniteTimeSpan);

    private void Begin(Slot slot, NodeId? dead = null)
    {
        slot.ComesBack = false;
        if (isOver || slot.Living is { IsLeaving: false })
        {
            // It was begun early, when all was mended, or its time comes when all are leaving.
            return;
        }

        Witness.Trace.Write(slot.Name, "starts");
        slot.Process = Cluster.Start(new SimulatedNodeOptions
        {
            Name = slot.Name,
            Evaluators = slot.Plan.Evaluators,
            OwnsActors = slot.Plan.OwnsActors,
            Stragglers = scenario.Stragglers ? Impatience : null,
            ClockSkew = slot.Plan.ClockSkew,
            Dead = dead,
            Fault = call => slot.Fate = FateOf(slot, call),
            Notify = wake => calls.Notify(wake, IsMended),
            Layers = store => new RepeatingJournal(
                new WitnessJournal(planted.Layer(store, slot.Plan.ClockSkew, () => slot.Fate == Fault.After), slot.Name, Witness),
                call => calls.Repeat(call, IsMended)),
            Recover = planted.Recover(Cluster.Study),
        });
        if (slot.Cuts > 0)
        {
            slot.Process.Journal.Cut();
        }
    }

    private void Happen(PlannedFault fault)
    {
        if (IsMended)
        {
            return;
        }

        var slot = slots[fault.Node];
        if (fault.Write > 0 && fault.Kind is FaultKind.Crash or FaultKind.Pause or FaultKind.SlowCall)
        {
            slot.Armed.Add((fault, fault.Write - 1));
            return;
        }

        switch (fault.Kind)
        {
            case FaultKind.Crash:
                Crash(slot, fault);
                break;
            case FaultKind.Pause when slot.Living is { } living:
                Note(fault, slot, $"is paused for {fault.Length.TotalSeconds:F1} s");
                living.Pause();
                After(fault.Length, living.Continue);
                break;
            case FaultKind.Outage:
                Note(fault, null, $"the store is away for {fault.Length.TotalSeconds:F1} s");
                Array.ForEach(slots, s => Cut(s, fault.Length));
                break;
            case FaultKind.Cut:
                Note(fault, slot, $"loses its line for {fault.Length.TotalSeconds:F1} s");
                Cut(slot, fault.Length);
                break;
            case FaultKind.Leave when slot.Living is { } living:
                Note(fault, slot, "is asked to leave");
                living.Leave();
                ComeBack(slot, fault.Length, null);
                break;
            case FaultKind.Stop when Cluster.Status == ExperimentStatus.Running:
                Note(fault, null, $"a user stops the experiment for {fault.Length.TotalSeconds:F1} s");
                SetStatus(ExperimentStatus.Running, ExperimentStatus.Stopped);
                After(fault.Length, () => SetStatus(ExperimentStatus.Stopped, ExperimentStatus.Running));
                break;
        }
    }

    private void Note(PlannedFault fault, Slot? slot, string what)
    {
        Tally.Count(fault.Kind);
        Witness.Trace.Write(slot?.Name ?? "--", $"** {what}");
        Excuse(slot is null ? slots : [slot]);
    }

    private void SetStatus(ExperimentStatus from, ExperimentStatus to)
    {
        if (Cluster.Status == from)
        {
            Witness.Trace.Write("--", $"the experiment is set from {from} to {to}");
            Cluster.Store.SetStatus(SimulatedCluster.Experiment, to, null);
        }
    }

    private void Crash(Slot slot, PlannedFault fault)
    {
        if (slot.Living is { } living)
        {
            Note(fault, slot, $"dies and comes back in {fault.Length.TotalSeconds:F1} s");
            living.Crash();
            ComeBack(slot, fault.Length, fault.Flag ? living.Id : null);
        }
    }

    private void ComeBack(Slot slot, TimeSpan delay, NodeId? dead)
    {
        if (!slot.ComesBack)
        {
            slot.ComesBack = true;
            After(delay, () => Begin(slot, dead));
        }
    }

    private void Cut(Slot slot, TimeSpan length)
    {
        slot.Cuts++;
        slot.Living?.Journal.Cut();
        After(length, () =>
        {
            if (slot.Cuts > 0 && --slot.Cuts == 0)
            {
                slot.Living?.Journal.Mend();
            }
        });
    }

    /// <summary>Decides about one write of a node; what hits the whole process happens here too.</summary>
    private Fault FateOf(Slot slot, string call)
    {
        for (var i = 0; i < slot.Armed.Count; i++)
        {
            var (fault, pass) = slot.Armed[i];
            slot.Armed[i] = (fault, pass - 1);
            if (pass <= 0 && !inNested)
            {
                slot.Armed.RemoveAt(i);
                return InWrite(slot, fault, call);
            }
        }

        return IsMended ? Fault.None : calls.FateOf(slot, call);
    }

    private Fault InWrite(Slot slot, PlannedFault fault, string call)
    {
        if (slot.Living is not { } living)
        {
            return Fault.None;
        }

        if (fault.Kind == FaultKind.Crash)
        {
            Witness.Trace.Write(slot.Name, $"** in {call}, which {(fault.Flag ? "takes effect" : "is lost")}:");
            Crash(slot, fault);
            return fault.Flag ? Fault.After : Fault.Before;
        }

        // The others go on meanwhile; with a slow call so does the rest of this process.
        var isPause = fault.Kind == FaultKind.Pause;
        Note(fault, slot, $"{(isPause ? "is paused" : "hangs")} in {call} for {fault.Length.TotalSeconds:F1} s");
        if (isPause)
        {
            living.Pause();
        }

        inNested = true;
        var end = Cluster.Clock.GetUtcNow() + fault.Length;
        Cluster.RunUntil(
            () => Cluster.Clock.GetUtcNow() >= end || living.IsGone || IsMended || Witness.Violation is not null, fault.Length);
        inNested = false;
        living.Continue();
        return Fault.None;
    }

    private TimeSpan Duration()
    {
        var usual = TimeSpan.FromMilliseconds(200 + random.NextInt((int)scenario.LongestJob.TotalMilliseconds));
        return random.NextBool(0.03) ? usual * 8 : usual;
    }

    private void Killed(SimulatedNode node)
    {
        var slot = slots.Single(s => s.Name == node.Name);
        Tally.Count(FaultKind.JobKilled);
        Excuse(slot);
        Witness.Trace.Write(slot.Name, "** is killed by its job");
        ComeBack(slot, TimeSpan.FromSeconds(1 + random.NextInt(10)), random.NextBool() ? node.Id : null);
    }
}
