using System.Collections.Immutable;

namespace ActorPrune.Host.Configuration.Hocon;

/// <summary>A resolved value: no substitution is left in it. Each remembers where it was written.</summary>
public abstract record HoconValue(Origin Origin)
{
    /// <summary>What people call it: "an object", "an array", "the text …".</summary>
    public abstract string Description { get; }

    /// <summary>Objects and arrays on the longest way down, this one included.</summary>
    internal abstract int Depth { get; }

    private protected static int Deeper(Origin origin, IEnumerable<HoconValue> children)
    {
        var depth = 1 + children.Select(c => c.Depth).DefaultIfEmpty(0).Max();
        return depth <= HoconLimits.MaxNesting
            ? depth
            : throw new HoconException(origin, $"objects and arrays are nested more than {HoconLimits.MaxNesting} deep");
    }
}

/// <summary>A text, number, boolean or null: HOCON leaves it to the reader which one it is.</summary>
/// <param name="Text">Without quotes and with escapes replaced.</param>
/// <param name="Quoted">Whether any part of it stood in quotes.</param>
/// <param name="Origin">Where it starts.</param>
public sealed record HoconScalar(string Text, bool Quoted, Origin Origin) : HoconValue(Origin)
{
    private const int Shown = 60;

    public bool IsNull => !Quoted && Text == "null";

    public override string Description => IsNull ? "null" : $"'{(Text.Length <= Shown ? Text : $"{Text[..Shown]}…")}'";

    internal override int Depth => 0;
}

/// <summary>An array.</summary>
public sealed record HoconArray : HoconValue
{
    public HoconArray(ImmutableArray<HoconValue> elements, Origin origin)
        : base(origin)
    {
        Elements = elements;
        Depth = Deeper(origin, elements);
    }

    public ImmutableArray<HoconValue> Elements { get; }

    public override string Description => "an array";

    internal override int Depth { get; }
}

/// <summary>An object, its fields in the order in which they were first written.</summary>
public sealed record HoconObject : HoconValue
{
    private readonly OrderedDictionary<string, HoconField> fields;

    public HoconObject(IEnumerable<HoconField> fields, Origin origin)
        : base(origin)
    {
        this.fields = new(fields.Select(f => KeyValuePair.Create(f.Name, f)), StringComparer.Ordinal);
        Depth = Deeper(origin, this.fields.Values.Select(f => f.Value));
    }

    public IReadOnlyList<HoconField> Fields => fields.Values;

    public override string Description => "an object";

    internal override int Depth { get; }

    public HoconField? Field(string name) => fields.GetValueOrDefault(name);
}

/// <summary>A key with its value.</summary>
/// <param name="Name">One step of a path.</param>
/// <param name="Origin">Where the key was written that gave the value.</param>
/// <param name="Value">What it holds.</param>
public sealed record HoconField(string Name, Origin Origin, HoconValue Value);
