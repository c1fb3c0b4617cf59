using System.Collections.Immutable;
using System.Runtime.InteropServices;
using ActorPrune.Nn.Coupling;
using ActorPrune.Nn.Graph;

namespace ActorPrune.Nn.Pruning;

/// <summary>Writes the slimmed graph that a layout describes.</summary>
internal sealed class SlimGraph
{
    private readonly ChannelCoupling coupling;
    private readonly NetworkGraph graph;
    private readonly SlimLayout layout;
    private readonly ImmutableArray<Layer>.Builder layers;
    private readonly int[] place;
    private readonly List<(int Layer, int[] Channels, int Place)> selections = [];
    private readonly HashSet<string> added = new(StringComparer.Ordinal);

    public SlimGraph(ChannelCoupling coupling, SlimLayout layout)
    {
        this.coupling = coupling;
        this.layout = layout;
        graph = coupling.Graph;
        place = new int[graph.Layers.Length];
        layers = ImmutableArray.CreateBuilder<Layer>(graph.Layers.Length + 16);
    }

    /// <summary>By layer of the whole network: the layer of the slimmed one that has its values. Known once it was built.</summary>
    public IReadOnlyList<int> Places => place;

    public NetworkGraph Build()
    {
        for (var i = 0; i < graph.Layers.Length; i++)
        {
            place[i] = Place(i);
        }

        return new NetworkGraph(graph.Name, layers.ToImmutable());
    }

    private int Place(int index)
    {
        var layer = graph.Layers[index];
        if (layer.Op is Op.ChannelSelect select)
        {
            var indices = Array.ConvertAll(layout.Outputs[index], c => Find(layer.Inputs[0], select.Indices[c]));
            return IsAll(indices, layout.Outputs[layer.Inputs[0]].Length) && index < graph.Layers.Length - 1
                ? place[layer.Inputs[0]]
                : Append(layer.Name, new Op.ChannelSelect(ImmutableCollectionsMarshal.AsImmutableArray(indices)), [place[layer.Inputs[0]]]);
        }

        var inputs = new int[layer.Inputs.Length];
        for (var i = 0; i < inputs.Length; i++)
        {
            inputs[i] = Aligned(index, i);
        }

        return Append(layer.Name, Slim(index), inputs);
    }

    private Op Slim(int index)
    {
        var written = layout.Outputs[index];
        return graph.Layers[index].Op switch
        {
            Op.Conv2d { Groups: 1 } conv => conv with { In = layout.Reads[index][0].Length, Out = written.Length },
            Op.Conv2d conv when conv.Groups == conv.In =>
                conv with { In = layout.Reads[index][0].Length, Out = written.Length, Groups = layout.Reads[index][0].Length },
            Op.Conv2d conv => conv with { In = layout.Reads[index][0].Length, Out = written.Length },
            Op.Linear linear => linear with { In = layout.Reads[index][0].Length, Out = written.Length },
            Op.BatchNorm2d norm => norm with { Features = written.Length },
            Op.BatchNorm1d norm => norm with { Features = written.Length },
            Op.PadShortcut pad => Slim(pad, written, layout.Reads[index][0].Length),
            var op => op,
        };
    }

    private static Op.PadShortcut Slim(Op.PadShortcut pad, int[] written, int read)
    {
        var before = written.Count(c => c < pad.Before);
        return pad with { Before = before, After = written.Length - before - read };
    }

    /// <summary>Where layer <paramref name="reader"/> finds exactly the channels that it reads from its input number
    /// <paramref name="input"/>.</summary>
    private int Aligned(int reader, int input)
    {
        var source = graph.Layers[reader].Inputs[input];
        var wanted = layout.Reads[reader][input];
        if (wanted.AsSpan().SequenceEqual(layout.Outputs[source]))
        {
            return place[source];
        }

        foreach (var selection in selections)
        {
            if (selection.Layer == source && selection.Channels.AsSpan().SequenceEqual(wanted))
            {
                return selection.Place;
            }
        }

        var indices = Array.ConvertAll(wanted, c => Find(source, c));
        var name = Unused(graph.Layers[reader].Inputs.Length > 1 ? $"{graph.Layers[reader].Name}.select{input}" : $"{graph.Layers[reader].Name}.select");
        var at = Append(name, new Op.ChannelSelect(ImmutableCollectionsMarshal.AsImmutableArray(indices)), [place[source]]);
        selections.Add((source, wanted, at));
        return at;
    }

    /// <summary>Position of an original channel among those that its layer still writes; -1, zeros, for a channel that is not there any
    /// more.</summary>
    private int Find(int layer, int channel) => channel < 0 ? -1 : Math.Max(-1, Array.BinarySearch(layout.Outputs[layer], channel));

    private static bool IsAll(int[] indices, int length)
    {
        if (indices.Length != length)
        {
            return false;
        }

        for (var i = 0; i < indices.Length; i++)
        {
            if (indices[i] != i)
            {
                return false;
            }
        }

        return true;
    }

    private string Unused(string name)
    {
        while (!added.Add(name) || coupling.Graph.Layers.Any(l => l.Name == name))
        {
            name += "_";
        }

        return name;
    }

    private int Append(string name, Op op, int[] inputs)
    {
        layers.Add(new Layer(name, op, ImmutableCollectionsMarshal.AsImmutableArray(inputs)));
        return layers.Count - 1;
    }
}
