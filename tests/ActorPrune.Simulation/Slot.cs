using ActorPrune.Actors.TestKit.Simulation;

namespace ActorPrune.Simulation;

/// <summary>One place of the cluster: a machine with the process that runs there now, if any.</summary>
internal sealed class Slot(string name, NodePlan plan)
{
    public string Name => name;

    public NodePlan Plan => plan;

    /// <summary>Null before the first start.</summary>
    public SimulatedNode? Process { get; set; }

    /// <summary>A process that is at work: it may be paused.</summary>
    public SimulatedNode? Living => Process is { IsGone: false } living ? living : null;

    /// <summary>How many faults keep its line to the store cut at present.</summary>
    public int Cuts { get; set; }

    /// <summary>Fate of the call that is under way.</summary>
    public Fault Fate { get; set; }

    /// <summary>Faults that wait for one of its next writes, with the number of writes to let pass.</summary>
    public List<(PlannedFault Fault, int Pass)> Armed { get; } = [];

    /// <summary>Told that it comes back, so that it is not started twice.</summary>
    public bool ComesBack { get; set; }
}
