using System.Text.Json;
using System.Text.Json.Nodes;

namespace ActorPrune.Nn.Graph;

/// <summary>The operations' names and fields in JSON.</summary>
internal static class OpJson
{
    /// <summary>An operation in JSON: its name, its fields written, and itself read back.</summary>
    private sealed record Kind(string Name, Type Type, Action<Op, JsonObject> Write, Func<JsonFields, Op> Read);

    private static readonly Kind[] Kinds =
    [
        Of<Op.Input>(
            "input",
            (o, j) => (j["channels"], j["height"], j["width"]) = (o.Channels, o.Height, o.Width),
            f => new(f.Whole("channels"), f.Whole("height"), f.Whole("width"))),
        Of<Op.Conv2d>(
            "conv2d",
            (o, j) =>
            {
                (j["in"], j["out"], j["kernel"], j["stride"]) = (o.In, o.Out, o.Kernel, o.Stride);
                (j["padding"], j["groups"], j["bias"]) = (o.Padding, o.Groups, o.Bias);
            },
            f => new(f.Whole("in"), f.Whole("out"), f.Whole("kernel"), f.Whole("stride"), f.Whole("padding"), f.Whole("groups"), f.Flag("bias"))),
        Of<Op.BatchNorm2d>(
            "batch_norm2d",
            (o, j) => (j["features"], j["epsilon"], j["momentum"]) = (o.Features, o.Epsilon, o.Momentum),
            f => new(f.Whole("features"), f.Number("epsilon"), f.Number("momentum"))),
        Of<Op.BatchNorm1d>(
            "batch_norm1d",
            (o, j) => (j["features"], j["epsilon"], j["momentum"]) = (o.Features, o.Epsilon, o.Momentum),
            f => new(f.Whole("features"), f.Number("epsilon"), f.Number("momentum"))),
        Of<Op.Relu>("relu", (_, _) => { }, _ => new()),
        Of<Op.Relu6>("relu6", (_, _) => { }, _ => new()),
        Of<Op.MaxPool2d>(
            "max_pool2d",
            (o, j) => (j["kernel"], j["stride"], j["padding"]) = (o.Kernel, o.Stride, o.Padding),
            f => new(f.Whole("kernel"), f.Whole("stride"), f.Whole("padding"))),
        Of<Op.AvgPool2d>(
            "avg_pool2d",
            (o, j) => (j["kernel"], j["stride"], j["padding"]) = (o.Kernel, o.Stride, o.Padding),
            f => new(f.Whole("kernel"), f.Whole("stride"), f.Whole("padding"))),
        Of<Op.GlobalAvgPool>("global_avg_pool", (_, _) => { }, _ => new()),
        Of<Op.Linear>(
            "linear",
            (o, j) => (j["in"], j["out"], j["bias"]) = (o.In, o.Out, o.Bias),
            f => new(f.Whole("in"), f.Whole("out"), f.Flag("bias"))),
        Of<Op.Add>("add", (_, _) => { }, _ => new()),
        Of<Op.Concat>("concat", (_, _) => { }, _ => new()),
        Of<Op.Mul>("mul", (_, _) => { }, _ => new()),
        Of<Op.Flatten>("flatten", (_, _) => { }, _ => new()),
        Of<Op.Dropout>("dropout", (o, j) => j["probability"] = o.Probability, f => new(f.Number("probability"))),
        Of<Op.PadShortcut>(
            "pad_shortcut",
            (o, j) => (j["stride"], j["before"], j["after"], j["pool"]) = (o.Stride, o.Before, o.After, o.Pool),
            f => new(f.Whole("stride"), f.Whole("before"), f.Whole("after"), f.Flag("pool"))),
        Of<Op.ChannelSelect>(
            "channel_select",
            (o, j) => j["indices"] = new JsonArray([.. o.Indices.Select(i => JsonValue.Create(i))]),
            f => new([.. f.Items("indices", GraphLimits.Features).Select(item =>
                item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var index) ? index : throw f.Wrong("needs whole numbers as 'indices'"))])),
    ];

    private static readonly Dictionary<string, Kind> ByName = Kinds.ToDictionary(k => k.Name, StringComparer.Ordinal);

    private static readonly Dictionary<Type, Kind> ByType = Kinds.ToDictionary(k => k.Type);

    /// <summary>The operation's name: "conv2d".</summary>
    public static string NameOf(Op op) => ByType[op.GetType()].Name;

    public static void Write(Op op, JsonObject into) => ByType[op.GetType()].Write(op, into);

    public static Op Read(string kind, JsonFields fields) => ByName.TryGetValue(kind, out var known)
        ? known.Read(fields)
        : throw fields.Wrong($"is an unknown operation '{kind}'; known are {string.Join(", ", Kinds.Select(k => k.Name))}");

    private static Kind Of<T>(string name, Action<T, JsonObject> write, Func<JsonFields, T> read)
        where T : Op => new(name, typeof(T), (op, json) => write((T)op, json), fields => read(fields));
}
