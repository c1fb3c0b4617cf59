using System.Collections.Immutable;

namespace ActorPrune.Genetics.Ports;

/// <summary>
/// Where a candidate's weights come from when not from the base network as it is: a super-net, a full-size network whose weights candidates
/// take over and, once trained a little, give back (Chen et al. 2024). The super-net of this moment is <paramref name="SuperNet"/> with
/// <paramref name="Slices"/> written into it, so that it is known exactly without a file for each of its states.
/// </summary>
/// <param name="Start">What the super-net was before anything was written.</param>
/// <param name="SuperNet">A later whole state of it, or null while there is none.</param>
/// <param name="Slices">Trained candidates that were not yet in that state, in the order of writing.</param>
/// <param name="Rule">How they are written.</param>
/// <param name="Consolidate">The result shall hold the super-net with the slices in it as <see cref="ArtifactNames.SuperNet"/>.</param>
/// <param name="Place">The candidate's part of one training run that all share; null: a training of its own.</param>
public sealed record Inheritance(
    SuperNetStart Start, ArtifactId? SuperNet, ImmutableArray<ArtifactId> Slices, WriteBack Rule, bool Consolidate, SharedTraining? Place);

/// <summary>Learning rate and order of images are those of step (candidate · steps) of a run of (candidates · steps).</summary>
/// <param name="Candidate">From 0.</param>
/// <param name="Candidates">In all.</param>
public sealed record SharedTraining(long Candidate, long Candidates);

/// <summary>What a super-net is at first.</summary>
public enum SuperNetStart
{
    /// <summary>Random weights, drawn from the training seed, as the paper has it.</summary>
    Random,

    /// <summary>The base network's. Our choice.</summary>
    Base,
}

/// <summary>How trained candidates change the super-net.</summary>
public enum WriteBack
{
    /// <summary>One candidate after the other: each inherits what the one before has written, as in the authors' code.</summary>
    Sequential,

    /// <summary>
    /// A generation's candidates inherit from the same super-net and are written together: each weight becomes the mean over those that
    /// have it. Our choice: so that they can be trained side by side.
    /// </summary>
    Generation,

    /// <summary>Never: all candidates inherit from the super-net's start. Our choice.</summary>
    None,
}

/// <summary>Names of artifacts in results that searches know.</summary>
public static class ArtifactNames
{
    /// <summary>The trained weights of a candidate, with what of the full network they are.</summary>
    public const string Slice = "slice";

    /// <summary>A whole super-net.</summary>
    public const string SuperNet = "superNet";
}
