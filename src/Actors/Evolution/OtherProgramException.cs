namespace ActorPrune.Actors.Evolution;

/// <summary>
/// What the journal holds of an experiment was decided by a program that searches otherwise than this one: the same search would ask for
/// other jobs. To go on would give genomes the figures of others, or wait for jobs that nobody asked for.
/// </summary>
public sealed class OtherProgramException(string experiment) : Exception(
    $"The experiment {experiment} was begun by a program that searches otherwise than this one, although its version is the same: "
    + "go on with that program, or start anew under another name.");
