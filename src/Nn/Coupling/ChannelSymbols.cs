using ActorPrune.Nn.Graph;

namespace ActorPrune.Nn.Coupling;

/// <summary>
/// Gives every channel of every layer's output a symbol. Convolutions and linear layers make new ones, everything else passes on or joins
/// what it reads, so two channels carry the same symbol exactly if they can only vanish together. Joined symbols are kept in a union-find
/// forest.
/// </summary>
internal sealed class ChannelSymbols
{
    /// <summary>A channel that is zero for every image. In a sum it joins nothing: the sum is the other channel itself.</summary>
    public const int Zero = -1;

    private readonly NetworkGraph graph;
    private readonly List<int> parent = [];
    private readonly List<Trait> traits = [];
    private readonly int[][] channels;

    private ChannelSymbols(NetworkGraph graph)
    {
        this.graph = graph;
        channels = new int[graph.Layers.Length][];
    }

    /// <summary>What is known of a class of joined symbols; read at its root.</summary>
    internal sealed class Trait
    {
        public List<ProducedChannel> Producers { get; } = [];

        /// <summary>Why the class cannot be pruned; null if it can.</summary>
        public string? Fixed { get; set; }

        /// <summary>It meets others in a sum or product, or several layers read it.</summary>
        public bool Shared { get; set; }

        /// <summary>The layer that brought the symbol into being.</summary>
        public required int Origin { get; init; }
    }

    public static ChannelSymbols Of(NetworkGraph graph)
    {
        var symbols = new ChannelSymbols(graph);
        var shapes = ShapeInference.Infer(graph);
        for (var i = 0; i < graph.Layers.Length; i++)
        {
            symbols.channels[i] = symbols.Outputs(i, shapes);
        }

        symbols.Fix(graph.Layers.Length - 1, "the network's output");
        symbols.MarkReadTwice();
        return symbols;
    }

    /// <summary>Roots of all classes, in the order in which their first symbol came into being.</summary>
    public IEnumerable<int> Roots => Enumerable.Range(0, parent.Count).Where(s => parent[s] == s);

    public Trait this[int root] => traits[root];

    /// <summary>For each output channel of a layer the root of its class, or <see cref="Zero"/>.</summary>
    public int[] Channels(int layer) => Array.ConvertAll(channels[layer], s => s == Zero ? Zero : Find(s));

    private int[] Outputs(int index, IReadOnlyList<ActivationShape> shapes)
    {
        var layer = graph.Layers[index];
        int[] Read(int i) => channels[layer.Inputs[i]];
        return layer.Op switch
        {
            Op.Input input => Fresh(index, input.Channels, "the network's input"),
            Op.Conv2d { Groups: 1 } conv => Produced(index, conv.Out),
            Op.Conv2d conv when conv.Groups == conv.In => Depthwise(index, conv, Read(0)),
            Op.Conv2d conv => Grouped(index, conv, Read(0)),
            Op.Linear linear => Produced(index, linear.Out),
            Op.BatchNorm2d or Op.BatchNorm1d => Array.ConvertAll(Read(0), s => s == Zero ? Constant(index, "a normalised constant") : s),
            Op.Add => Sum(layer),
            Op.Mul => Product(layer),
            Op.Concat => [.. layer.Inputs.SelectMany(i => channels[i])],
            Op.Flatten => Spread(Read(0), shapes[layer.Inputs[0]].Height * shapes[layer.Inputs[0]].Width),
            Op.PadShortcut pad => [.. Enumerable.Repeat(Zero, pad.Before), .. Read(0), .. Enumerable.Repeat(Zero, pad.After)],
            Op.ChannelSelect select => [.. select.Indices.Select(i => i < 0 ? Zero : Read(0)[i])],
            _ => Read(0),
        };
    }

    private int[] Produced(int layer, int count)
    {
        var symbols = Fresh(layer, count, null);
        for (var channel = 0; channel < count; channel++)
        {
            traits[symbols[channel]].Producers.Add(new ProducedChannel(layer, channel));
        }

        return symbols;
    }

    private int[] Fresh(int layer, int count, string? reason)
    {
        var symbols = new int[count];
        for (var i = 0; i < count; i++)
        {
            symbols[i] = parent.Count;
            parent.Add(parent.Count);
            traits.Add(new Trait { Origin = layer, Fixed = reason });
        }

        return symbols;
    }

    private int Constant(int layer, string reason) => Fresh(layer, 1, reason)[0];

    /// <summary>Each input channel has filters of its own, which go with it: the symbols pass through, repeated where there are
    /// several.</summary>
    private int[] Depthwise(int layer, Op.Conv2d conv, int[] input)
    {
        var each = conv.Out / conv.In;
        var output = new int[conv.Out];
        for (var i = 0; i < output.Length; i++)
        {
            // A bias would make the constant something else than zero, so it is a channel of its own that always stays.
            output[i] = input[i / each] == Zero ? Constant(layer, "a convolved constant") : input[i / each];
        }

        return output;
    }

    /// <summary>
    /// The groups must stay equal in size. So channel j of every group's input is one unit, and so is filter j of every group: whatever
    /// is removed, each group loses as much as the others.
    /// </summary>
    private int[] Grouped(int layer, Op.Conv2d conv, int[] input)
    {
        JoinAcross(input, conv.Groups);
        if (input.Contains(Zero))
        {
            Fix(graph.Layers[layer].Inputs[0], $"read by the grouped convolution '{graph.Layers[layer].Name}' together with constant channels");
        }

        var output = Produced(layer, conv.Out);
        JoinAcross(output, conv.Groups);
        return output;
    }

    private void JoinAcross(int[] symbols, int groups)
    {
        var each = symbols.Length / groups;
        for (var i = each; i < symbols.Length; i++)
        {
            Join(symbols[i % each], symbols[i]);
        }
    }

    private int[] Sum(Layer layer)
    {
        var output = (int[])channels[layer.Inputs[0]].Clone();
        foreach (var input in layer.Inputs)
        {
            var other = channels[input];
            for (var i = 0; i < output.Length; i++)
            {
                output[i] = output[i] == Zero ? other[i] : Join(output[i], other[i]);
            }
        }

        Share(output);
        return output;
    }

    private int[] Product(Layer layer)
    {
        var (left, right) = (channels[layer.Inputs[0]], channels[layer.Inputs[1]]);
        var output = new int[left.Length];
        for (var i = 0; i < output.Length; i++)
        {
            output[i] = left[i] == Zero || right[i] == Zero ? Zero : Join(left[i], right[i]);
        }

        Share(left);
        Share(right);
        return output;
    }

    private static int[] Spread(int[] symbols, int area)
    {
        var output = new int[symbols.Length * area];
        for (var i = 0; i < output.Length; i++)
        {
            output[i] = symbols[i / area];
        }

        return output;
    }

    private void Share(int[] symbols)
    {
        foreach (var symbol in symbols)
        {
            if (symbol != Zero)
            {
                traits[Find(symbol)].Shared = true;
            }
        }
    }

    private void Fix(int layer, string reason)
    {
        foreach (var symbol in channels[layer])
        {
            if (symbol != Zero)
            {
                traits[Find(symbol)].Fixed ??= reason;
            }
        }
    }

    private void MarkReadTwice()
    {
        var readers = new int[graph.Layers.Length];
        foreach (var input in graph.Layers.SelectMany(l => l.Inputs))
        {
            if (++readers[input] == 2)
            {
                Share(channels[input]);
            }
        }
    }

    private int Find(int symbol)
    {
        while (parent[symbol] != symbol)
        {
            parent[symbol] = parent[parent[symbol]];
            symbol = parent[symbol];
        }

        return symbol;
    }

    /// <summary>Makes two symbols one. The older one stays the root, so that the order of roots is the order of the network.</summary>
    private int Join(int a, int b)
    {
        if (a == Zero || b == Zero)
        {
            return a == Zero ? b : a;
        }

        (a, b) = (Find(a), Find(b));
        if (a == b)
        {
            return a;
        }

        var (root, child) = a < b ? (a, b) : (b, a);
        parent[child] = root;
        traits[root].Producers.AddRange(traits[child].Producers);
        traits[root].Fixed ??= traits[child].Fixed;
        traits[root].Shared |= traits[child].Shared;
        return root;
    }
}
