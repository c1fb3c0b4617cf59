using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Operators;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.TestKit.Study;

/// <summary>
/// Two groups of six filters and the channels of two convolutions, with figures that are formulas: each filter kept lowers the error by its
/// worth, each channel kept by its own, which is negative for some. Small enough that a search finds a front within a few dozen
/// evaluations.
/// </summary>
public sealed class ToyProblem : IProblem
{
    private const int Width = 6;
    private static readonly ImmutableArray<int> Units = [.. Enumerable.Range(0, 2 * Width)];

    public SearchSpace Space { get; } = new(
        [new UnitGroup("a", Width, 1, 1), new UnitGroup("b", Width, 1, 1)],
        [new ChannelGroup("conv1", [-1, -1, -1], [.. Units[..Width]]), new ChannelGroup("conv2", [.. Units[..Width]], [.. Units[Width..]])],
        ChannelMode.PerLayer);

    public JobSpec Evaluation(Genome genome, Inheritance? inheritance = null) => new(JobKinds.Evaluate, CanonicalJson.Write(Body(genome, inheritance)));

    public JobSpec SubNetwork(Genome genome, SubNetworkTask task, Inheritance? inheritance = null)
    {
        var body = Body(genome, inheritance);
        body["task"] = JsonSerializer.SerializeToNode(task);
        return new JobSpec(JobKinds.SubNetwork, CanonicalJson.Write(body));
    }

    public double Cost(Genome genome, string measure) =>
        Measure(genome).TryGetValue(measure, out var value)
            ? value
            : throw new ArgumentException($"No cost is called '{measure}'.", nameof(measure));

    /// <summary>Error, MACs, params, and the kept fractions of filters and channels.</summary>
    public ImmutableSortedDictionary<string, double> Measure(Genome genome)
    {
        var mask = Mask(genome);
        var available = ChannelMasks.Available(Space, mask.Filters);
        var channels = mask.Channels ?? available;
        var (first, second) = (Kept(mask.Filters, 0), Kept(mask.Filters, Width));
        var error = 0.9
            - Enumerable.Range(0, Space.Units).Where(i => mask.Filters[i]).Sum(i => 0.1 / (1 + (i % Width)))
            - Enumerable.Range(0, channels.Length).Where(i => channels[i]).Sum(i => 0.01 * ((i % 4) - 1));
        return ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, new Dictionary<string, double>
        {
            [MeasureNames.Error] = Math.Round(error, 9),
            [MeasureNames.Macs] = (27 * first) + (9 * first * second) + channels.Count,
            [MeasureNames.Params] = (3 * first) + (first * second),
            [MeasureNames.Filters] = (first + second) / (double)Space.Units,
            [MeasureNames.Channels] = available.Count == 0 ? 1 : channels.Count / (double)available.Count,
        });
    }

    /// <summary>Of each group the first filters stay, whatever the criterion.</summary>
    private MaskGenome Mask(Genome genome) => genome.Phenotype is CriterionGenome choices
        ? new MaskGenome(BitString.Of([.. choices.Choices.SelectMany(c => Enumerable.Range(0, Width).Select(i => i < c.Keep))]), null)
        : (MaskGenome)genome;

    /// <summary>What a sub-network job yields: the worth of what is gone, and the params of what stays.</summary>
    public ImmutableSortedDictionary<string, double> MeasurePart(Genome genome)
    {
        var whole = Measure(genome);
        var all = Measure(new MaskGenome(BitString.Filled(Space.Units, true), null));
        return ImmutableSortedDictionary<string, double>.Empty
            .Add(MeasureNames.Reconstruction, Math.Abs(whole[MeasureNames.Error] - all[MeasureNames.Error]))
            .Add(MeasureNames.Params, whole[MeasureNames.Params]);
    }

    private static JsonObject Body(Genome genome, Inheritance? inheritance)
    {
        var body = new JsonObject { ["genome"] = genome.Phenotype.Canonical };
        if (inheritance is not null)
        {
            body["inheritance"] = new JsonObject
            {
                ["start"] = inheritance.Start.ToString(),
                ["superNet"] = inheritance.SuperNet?.Hex,
                ["slices"] = new JsonArray([.. inheritance.Slices.Select(s => JsonValue.Create(s.Hex))]),
                ["consolidate"] = inheritance.Consolidate,
            };
        }

        return body;
    }

    private static int Kept(BitString filters, int from) => Enumerable.Range(from, Width).Count(i => filters[i]);
}
