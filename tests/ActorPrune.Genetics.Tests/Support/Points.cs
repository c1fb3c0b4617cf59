using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Searches;

namespace ActorPrune.Genetics.Tests.Support;

/// <summary>Candidates of which only the figures matter.</summary>
internal static class Points
{
    public static Evaluated At(double error, double macs, string name = "")
    {
        var genome = new CriterionGenome([new GroupChoice(1, $"e{error}m{macs}{name}")]);
        var measures = ImmutableSortedDictionary<string, double>.Empty.Add(MeasureNames.Error, error).Add(MeasureNames.Macs, macs);
        return new Evaluated(genome, new JobSpec(JobKinds.Evaluate, genome.Canonical).Key, measures, null);
    }

    public static Evaluated Failed(string name) => At(0, 0, name) with { Measures = ImmutableSortedDictionary<string, double>.Empty, Failure = "diverged" };
}
