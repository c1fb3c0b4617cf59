using System.Collections.Immutable;
using System.Runtime.InteropServices;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Ports;
using ActorPrune.Nn.Coupling;
using ActorPrune.Nn.Formats;
using ActorPrune.Nn.Pruning;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Study;

/// <summary>A trained candidate, and which units of the full network its weights are.</summary>
/// <param name="Filters">One bit a unit.</param>
internal sealed record Slice(BitString Filters, SlimNetwork Network)
{
    private const string FiltersNote = "filters";

    /// <summary>A network file with one more line of metadata.</summary>
    public byte[] ToBytes() => NetworkFile.ToBytes(Network, ImmutableSortedDictionary<string, string>.Empty.Add(FiltersNote, Filters.ToString()));

    /// <exception cref="FormatException">Not a network file, or not a slice's; the message names it.</exception>
    public static Slice Parse(byte[] file, string name) => SafetensorsFile.Parse(file, name).Metadata.TryGetValue(FiltersNote, out var filters)
        ? new Slice(BitString.Parse(filters), NetworkFile.Parse(file, name))
        : throw new FormatException($"{name}: the metadata hold no '{FiltersNote}', so the file does not say which part of a network it is.");
}

/// <summary>Writing slices back into the full-size network that they were cut out of.</summary>
internal static class SuperNetWeights
{
    /// <summary>Positions are carried through the surgery as float32, which counts exactly to 2^24.</summary>
    private const int LargestTensor = 1 << 24;

    /// <summary>
    /// The super-net with <paramref name="slices"/> in it. <see cref="WriteBack.Generation"/>: each weight that some of them have becomes
    /// the mean of theirs; otherwise they are written one after the other. Counts of batches are left as they are.
    /// </summary>
    /// <exception cref="ArgumentException">A slice was cut out of another network, or a tensor has more than 16.7 million
    /// elements.</exception>
    public static NamedTensors Written(ChannelCoupling coupling, NamedTensors superNet, ImmutableArray<Slice> slices, WriteBack rule)
    {
        if (slices.IsEmpty)
        {
            return superNet;
        }

        var positions = Positions(superNet);
        var sums = superNet.Where(t => t.Value.Type == TensorType.Float32).ToDictionary(t => t.Key, t => t.Value.Floats.ToArray());
        var writers = sums.ToDictionary(s => s.Key, s => new int[s.Value.Length]);
        foreach (var slice in slices)
        {
            var from = Surgery.Apply(coupling, new PruningPlan(slice.Filters, null, ChannelMode.None), positions).Weights!;
            foreach (var (name, sum) in sums)
            {
                Add(name, from[name], slice.Network.Weights![name], sum, writers[name], rule == WriteBack.Generation);
            }
        }

        return NamedTensors.From(superNet.Select(t => KeyValuePair.Create(t.Key, sums.TryGetValue(t.Key, out var sum)
            ? Mean(t.Value, sum, writers[t.Key], rule == WriteBack.Generation)
            : t.Value)));
    }

    /// <summary>
    /// Weights whose values are their own places in their tensors: what a slice of them says is where the slice comes from.
    /// </summary>
    private static NamedTensors Positions(NamedTensors weights) => NamedTensors.From(weights.Select(t => KeyValuePair.Create(t.Key,
        t.Value.Type != TensorType.Float32 ? t.Value
        : t.Value.Count <= LargestTensor ? TensorData.Of(t.Value.Shape.AsSpan(), [.. Enumerable.Range(0, (int)t.Value.Count).Select(i => (float)i)])
        : throw new ArgumentException($"'{t.Key}' has {t.Value.Count} elements; a super-net's tensors have at most {LargestTensor}.", nameof(weights)))));

    private static void Add(string name, TensorData places, TensorData slice, float[] sum, int[] writers, bool averaged)
    {
        if (!places.Shape.AsSpan().SequenceEqual(slice.Shape.AsSpan()))
        {
            throw new ArgumentException(
                $"A slice of another network: its '{name}' is [{string.Join(", ", slice.Shape)}], "
                + $"expected [{string.Join(", ", places.Shape)}].",
                nameof(slice));
        }

        var from = slice.Floats;
        var to = places.Floats;
        for (var i = 0; i < from.Length; i++)
        {
            var place = (int)to[i];
            sum[place] = averaged && writers[place] > 0 ? sum[place] + from[i] : from[i];
            writers[place]++;
        }
    }

    private static TensorData Mean(TensorData shape, float[] sum, int[] writers, bool averaged)
    {
        for (var i = 0; averaged && i < sum.Length; i++)
        {
            sum[i] /= Math.Max(1, writers[i]);
        }

        return new TensorData(shape.Shape, TensorType.Float32, MemoryMarshal.AsBytes(sum.AsSpan()).ToArray());
    }
}
