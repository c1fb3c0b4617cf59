using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Operators;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Genetics.Tests.Support;

/// <summary>
/// A problem whose figures are formulas. Each filter kept lowers the error by its worth; a channel that is kept helps or harms, and some
/// harm only while a certain filter is away, so that the best channels depend on the filters.
/// </summary>
internal sealed class ToyProblem(SearchSpace space, ImmutableArray<double> worth, ImmutableArray<(double Worth, int Unless)> channels) : IProblem
{
    public SearchSpace Space => space;

    /// <summary>
    /// Two groups of four filters and two convolutions of three and four inputs: 15 bits, so that everything can be enumerated.
    /// </summary>
    public static ToyProblem BiLevel(ChannelMode mode = ChannelMode.PerLayer) => new(
        new SearchSpace(
            [new UnitGroup("a", 4, 1, 1), new UnitGroup("b", 4, 1, 1)],
            [
                new ChannelGroup("conv1", [-1, -1, -1], [0, 1, 2, 3]),
                new ChannelGroup("conv2", [0, 1, 2, 3], [4, 5, 6, 7]),
            ],
            mode),
        [0.08, 0.05, 0.03, 0.01, 0.09, 0.06, 0.04, 0.02],
        [(0.03, -1), (-0.02, -1), (-0.015, 5), (0.02, -1), (-0.025, 4), (0.015, -1), (-0.01, 6)]);

    /// <summary>Groups as wide as a small residual network's, without a lower level; early units of a group are worth more.</summary>
    public static ToyProblem Wide(bool withImportance = false, int multiple = 1)
    {
        int[] lengths = [16, 16, 32, 32, 64, 64];
        var worth = lengths.SelectMany((length, g) => Enumerable.Range(0, length).Select(i => Math.Pow(0.9, 32.0 * i / length) * (1 + (g % 3)))).ToArray();
        var total = worth.Sum();
        var offset = 0;
        var groups = lengths.Select((length, g) =>
        {
            ImmutableArray<double> own = [.. worth.AsSpan(offset, length)];
            offset += length;
            return new UnitGroup($"g{g}", length, 1, multiple) { Importance = withImportance ? own : null };
        });
        return new ToyProblem(new SearchSpace([.. groups], [], ChannelMode.None), [.. worth.Select(w => 0.8 * w / total)], []);
    }

    public JobSpec Evaluation(Genome genome, Inheritance? inheritance = null) => new(JobKinds.Evaluate, CanonicalJson.Write(new JsonObject
    {
        ["genome"] = genome.Phenotype.Canonical,
        ["inheritance"] = JsonSerializer.SerializeToNode(inheritance),
    }));

    public JobSpec SubNetwork(Genome genome, SubNetworkTask task, Inheritance? inheritance = null) =>
        new(JobKinds.SubNetwork, CanonicalJson.Write(new JsonObject
    {
        ["genome"] = genome.Canonical,
        ["task"] = JsonSerializer.SerializeToNode(task),
        ["inheritance"] = JsonSerializer.SerializeToNode(inheritance),
    }));

    /// <summary>What a sub-network yields: the worth of its groups' units that are gone, and how many stay.</summary>
    public ImmutableSortedDictionary<string, double> MeasurePart(Genome genome, SubNetworkTask task)
    {
        var filters = ((MaskGenome)genome).Filters;
        var starts = space.Groups.Select((_, g) => space.Groups.Take(g).Sum(before => before.Length)).ToArray();
        var units = task.Groups.SelectMany(g => Enumerable.Range(starts[g], space.Groups[g].Length)).ToArray();
        return ImmutableSortedDictionary<string, double>.Empty
            .Add(MeasureNames.Reconstruction, Math.Round(units.Where(u => !filters[u]).Sum(u => worth[u]), 9))
            .Add(MeasureNames.Params, units.Count(u => filters[u]));
    }

    public double Cost(Genome genome, string measure)
    {
        var kept = Kept(genome);
        return measure switch
        {
            MeasureNames.Filters => kept.Sum() / (double)space.Units,
            MeasureNames.Macs => Macs(genome, kept),
            _ => throw new ArgumentException($"No cost is called '{measure}'.", nameof(measure)),
        };
    }

    public ImmutableSortedDictionary<string, double> Measure(Genome genome)
    {
        var error = 0.9;
        var share = 1.0;
        if (genome is MaskGenome mask)
        {
            error -= Enumerable.Range(0, space.Units).Where(i => mask.Filters[i]).Sum(i => worth[i]);
            var available = ChannelMasks.Available(space, mask.Filters);
            var kept = mask.Channels ?? available;
            var columns = channels.Length;
            for (var i = 0; i < Math.Min(columns, kept.Length); i++)
            {
                error -= kept[i] && (channels[i].Unless < 0 || !mask.Filters[channels[i].Unless]) ? channels[i].Worth : 0;
            }

            share = available.Count == 0 ? 1 : kept.Count / (double)available.Count;
        }
        else
        {
            var offset = 0;
            foreach (var (group, choice) in space.Groups.Zip(((CriterionGenome)genome.Phenotype).Choices))
            {
                error -= worth.AsSpan(offset, choice.Keep).ToArray().Sum();
                offset += group.Length;
            }
        }

        return ImmutableSortedDictionary<string, double>.Empty
            .Add(MeasureNames.Error, Math.Round(error, 9))
            .Add(MeasureNames.Macs, Cost(genome, MeasureNames.Macs))
            .Add(MeasureNames.Filters, Cost(genome, MeasureNames.Filters))
            .Add(MeasureNames.Params, Kept(genome).Sum())
            .Add(MeasureNames.Channels, share);
    }

    private int[] Kept(Genome genome)
    {
        if (genome.Phenotype is CriterionGenome criterion)
        {
            return [.. criterion.Choices.Select(c => c.Keep)];
        }

        var filters = ((MaskGenome)genome).Filters;
        var offset = 0;
        return [.. space.Groups.Select(g =>
        {
            var start = offset;
            offset += g.Length;
            return Enumerable.Range(start, g.Length).Count(i => filters[i]);
        })];
    }

    /// <summary>Each group is a layer that reads the one before it; channels that are dropped thin it out.</summary>
    private double Macs(Genome genome, int[] kept)
    {
        var macs = 0.0;
        for (var g = 0; g < kept.Length; g++)
        {
            macs += 9.0 * kept[g] * (g == 0 ? 3 : kept[g - 1]);
        }

        return genome is MaskGenome { Channels: { } some, Filters: var u }
            ? macs * some.Count / ChannelMasks.Available(space, u).Count
            : macs;
    }
}
