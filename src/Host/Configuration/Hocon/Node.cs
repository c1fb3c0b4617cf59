using System.Collections.Immutable;

namespace ActorPrune.Host.Configuration.Hocon;

/// <summary>A value as it was written: substitutions still stand in it.</summary>
internal abstract record Node(Origin Origin);

internal sealed record ScalarNode(HoconScalar Value) : Node(Value.Origin);

internal sealed record ArrayNode(ImmutableArray<Node> Elements, Origin Origin) : Node(Origin);

/// <summary>
/// ${path} or ${?path}. A file that was included within an object looks there (<paramref name="Scope"/>) first, then at the root.
/// </summary>
internal sealed record SubstitutionNode(ImmutableArray<string> Path, bool Optional, ImmutableArray<string> Scope, Origin Origin) : Node(Origin)
{
    public string Name => string.Join('.', Path);
}

/// <summary>Values side by side: texts are joined with the blanks between them, arrays are strung together, objects merged.</summary>
internal sealed record ConcatenationNode(ImmutableArray<ConcatenationPart> Parts, Origin Origin) : Node(Origin);

internal readonly record struct ConcatenationPart(string Blank, Node Value);

/// <summary>key += element.</summary>
internal sealed record AppendNode(Node Element, Origin Origin) : Node(Origin);

/// <summary>An object while documents are being put on top of each other.</summary>
internal sealed record ObjectNode(Origin Origin) : Node(Origin)
{
    public OrderedDictionary<string, FieldNode> Fields { get; } = new(StringComparer.Ordinal);

    public FieldNode FieldOf(string name, Origin origin)
    {
        if (!Fields.TryGetValue(name, out var field))
        {
            field = new FieldNode(name, origin);
            Fields.Add(name, field);
        }

        return field;
    }

    /// <summary>Puts <paramref name="upper"/>, which must not be used afterwards, on top of this object.</summary>
    public void Merge(ObjectNode upper)
    {
        foreach (var field in upper.Fields.Values)
        {
            var mine = FieldOf(field.Name, field.Origin);
            foreach (var definition in field.Definitions)
            {
                mine.Define(definition.Value, field.Origin, definition.Writer);
            }
        }
    }

    /// <summary>A copy that shares nothing that <see cref="Merge"/> changes.</summary>
    public ObjectNode Copy()
    {
        var copy = new ObjectNode(Origin);
        foreach (var field in Fields.Values)
        {
            var mine = copy.FieldOf(field.Name, field.Origin);
            foreach (var definition in field.Definitions)
            {
                mine.Define(definition.Value is ObjectNode inner ? inner.Copy() : definition.Value, field.Origin, definition.Writer);
            }
        }

        return copy;
    }
}

/// <summary>One writing of a key.</summary>
/// <param name="Value">What was written.</param>
/// <param name="Writer">The reading of a file that wrote it: tells a slip within one file from one file that overrides another.</param>
internal readonly record struct Definition(Node Value, object Writer);

/// <summary>A key with all that was written for it and can still matter, the latest last.</summary>
internal sealed class FieldNode(string name, Origin origin)
{
    public string Name { get; } = name;

    /// <summary>The place of the latest writing.</summary>
    public Origin Origin { get; private set; } = origin;

    public List<Definition> Definitions { get; } = [];

    public void Define(Node value, Origin origin, object writer)
    {
        Origin = origin;
        if (value is ObjectNode upper && Definitions is [.., { Value: ObjectNode lower }])
        {
            lower.Merge(upper);
            return;
        }

        // A plain text or array hides all that came before: nothing can refer back to it.
        if (value is ScalarNode || (value is ArrayNode array && array.Elements.All(e => e is ScalarNode)))
        {
            Definitions.Clear();
        }

        Definitions.Add(new Definition(value, writer));
    }
}
