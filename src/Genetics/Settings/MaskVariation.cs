namespace ActorPrune.Genetics.Settings;

/// <summary>How new masks are made from old ones.</summary>
/// <param name="Crossover">How two parents are mixed.</param>
/// <param name="CrossoverRate">Probability that they are mixed at all; otherwise the child starts as a copy of the first.</param>
/// <param name="MutationRate">Expected flips in each group of bits: every bit flips with rate / length of its group.</param>
/// <param name="ResizeRate">Probability, for each group, that its number of kept units takes a random step (our choice; 0 = never).</param>
/// <param name="Guidance">0: which bits change is blind. 1: the least important are dropped and the most important added (our
/// choice).</param>
public sealed record MaskVariation(Crossover Crossover, double CrossoverRate, double MutationRate, double ResizeRate, double Guidance);
