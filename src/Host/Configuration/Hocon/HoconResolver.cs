using System.Collections.Immutable;
using System.Text;

namespace ActorPrune.Host.Configuration.Hocon;

/// <summary>Replaces the substitutions of one document. Used once.</summary>
internal sealed class HoconResolver(ObjectNode root, Func<string, string?> environment)
{
    private readonly Dictionary<FieldNode, HoconValue?> known = [];
    private readonly List<Frame> frames = [];
    private int depth;
    private int work;

    public HoconObject Root() => Object(root);

    private HoconObject Object(ObjectNode node)
    {
        var fields = new List<HoconField>();
        foreach (var field in node.Fields.Values)
        {
            if (Whole(field, null) is { } value)
            {
                fields.Add(new HoconField(field.Name, field.Origin, value));
            }
        }

        return new HoconObject(fields, node.Origin);
    }

    private HoconValue? Value(Node node)
    {
        Spend(1, node.Origin);
        if (++depth > HoconLimits.MaxResolutionDepth)
        {
            throw new HoconException(node.Origin, $"substitutions lead more than {HoconLimits.MaxResolutionDepth} steps deep");
        }

        HoconValue? value = node switch
        {
            ScalarNode scalar => scalar.Value,
            ArrayNode array => new HoconArray([.. array.Elements.Select(Value).OfType<HoconValue>()], array.Origin),
            ObjectNode inner => Object(inner),
            SubstitutionNode substitution => Substituted(substitution),
            ConcatenationNode concatenation => Joined(concatenation),
            _ => throw new InvalidOperationException($"{node.GetType().Name} is resolved by its field"),
        };
        depth--;
        return value;
    }

    /// <summary>A field's value once all of its definitions are taken together.</summary>
    /// <param name="field">The field.</param>
    /// <param name="via">The substitution that asks, or null on the way down from the object that holds the field.</param>
    private HoconValue? Whole(FieldNode field, SubstitutionNode? via)
    {
        if (!known.TryGetValue(field, out var value))
        {
            value = First(field, field.Definitions.Count, via);
            known.Add(field, value);
        }

        return value;
    }

    /// <summary>The field's value from its first <paramref name="count"/> definitions: the latest counts, and objects merge.</summary>
    private HoconValue? First(FieldNode field, int count, SubstitutionNode? via)
    {
        HoconValue? result = null;
        var frame = frames.Count;
        for (var i = count - 1; i >= 0 && result is null or HoconObject; i--)
        {
            frames.Add(new Frame(field, i, via));
            var definition = field.Definitions[i].Value;
            var value = definition is AppendNode append ? Appended(append, First(field, i, null)) : Value(definition);
            frames.RemoveAt(frame);
            if (value is not null)
            {
                var isEnd = value is not HoconObject || definition is AppendNode;
                if (result is HoconObject upper)
                {
                    result = value is HoconObject lower ? Merged(lower, upper) : result;
                }
                else
                {
                    result = value;
                }

                if (isEnd)
                {
                    break;
                }
            }
        }

        return result;
    }

    private HoconArray Appended(AppendNode append, HoconValue? before)
    {
        var element = Value(append.Element);
        var elements = before switch
        {
            null => [],
            HoconArray array => array.Elements,
            _ => throw new HoconException(append.Origin, $"'+=' adds to an array, but the key holds {before.Description} (from {before.Origin})"),
        };
        Spend(elements.Length, append.Origin);
        return new HoconArray(element is null ? elements : elements.Add(element), append.Origin);
    }

    private HoconValue? Substituted(SubstitutionNode node)
    {
        var found = node.Scope.IsEmpty ? null : Lookup(root, node.Scope.AddRange(node.Path), 0, node);
        found ??= Lookup(root, node.Path, 0, node);
        if (found is not null)
        {
            return found;
        }

        if (environment(node.Name) is { } variable)
        {
            return new HoconScalar(variable, false, Origin.Of($"environment variable {node.Name}"));
        }

        return node.Optional ? null : throw new HoconException(
            node.Origin, $"${{{node.Name}}} is neither a key nor an environment variable (write ${{?{node.Name}}} if it may be missing)");
    }

    private HoconValue? Lookup(ObjectNode node, ImmutableArray<string> path, int step, SubstitutionNode via)
    {
        if (!node.Fields.TryGetValue(path[step], out var field))
        {
            return null;
        }

        if (step < path.Length - 1 && field.Definitions is [{ Value: ObjectNode inner }])
        {
            return Lookup(inner, path, step + 1, via);
        }

        var value = Reached(field, via);
        for (var i = step + 1; i < path.Length; i++)
        {
            value = (value as HoconObject)?.Field(path[i])?.Value;
        }

        return value;
    }

    /// <summary>
    /// A field that a substitution leads to. One that is being resolved means its earlier definitions if the substitution stands within it
    /// (<c>path = ${path}":more"</c>), and a cycle if other substitutions lie between.
    /// </summary>
    private HoconValue? Reached(FieldNode field, SubstitutionNode via)
    {
        var open = frames.FindLastIndex(f => f.Field == field);
        if (open < 0)
        {
            return Whole(field, via);
        }

        if (frames.Skip(open + 1).Any(f => f.Via is not null))
        {
            var chain = frames.Skip(open).Select(f => f.Via?.Name).OfType<string>().Prepend(via.Name).Append(via.Name).Distinct();
            throw new HoconException(via.Origin, $"${{{via.Name}}} leads back to itself: {string.Join(" → ", chain)} → {via.Name}");
        }

        return First(field, frames[open].Definition, null);
    }

    private HoconValue? Joined(ConcatenationNode node)
    {
        var values = node.Parts.Select(p => (p.Blank, Value: Value(p.Value))).Where(p => p.Value is not null).ToList();
        switch (values)
        {
            case []:
                return null;
            case [{ Value: { } only }]:
                return only;
        }

        if (values.All(v => v.Value is HoconScalar))
        {
            var text = new StringBuilder();
            foreach (var (blank, value) in values)
            {
                text.Append(text.Length == 0 ? "" : blank).Append(((HoconScalar)value!).Text);
                Spend(text.Length, node.Origin);
            }

            return new HoconScalar(text.ToString(), values.Any(v => ((HoconScalar)v.Value!).Quoted), node.Origin);
        }

        if (values.All(v => v.Value is HoconArray))
        {
            Spend(values.Sum(v => ((HoconArray)v.Value!).Elements.Length), node.Origin);
            return new HoconArray([.. values.SelectMany(v => ((HoconArray)v.Value!).Elements)], node.Origin);
        }

        return values.All(v => v.Value is HoconObject)
            ? values.Select(v => (HoconObject)v.Value!).Aggregate(Merged)
            : throw new HoconException(
                node.Origin, $"{string.Join(" and ", values.Select(v => v.Value!.Description))} cannot be joined: expected texts, arrays or objects only");
    }

    private HoconObject Merged(HoconObject lower, HoconObject upper)
    {
        Spend(lower.Fields.Count + upper.Fields.Count, upper.Origin);
        var fields = new OrderedDictionary<string, HoconField>(StringComparer.Ordinal);
        foreach (var field in lower.Fields.Concat(upper.Fields))
        {
            fields[field.Name] = fields.GetValueOrDefault(field.Name)?.Value is HoconObject below && field.Value is HoconObject above
                ? field with { Value = Merged(below, above) }
                : field;
        }

        return new HoconObject(fields.Values, upper.Origin);
    }

    private void Spend(int steps, Origin origin)
    {
        work += steps;
        if (work > HoconLimits.MaxResolutionWork)
        {
            throw new HoconException(origin, $"substitutions unfold to more than {HoconLimits.MaxResolutionWork:N0} values and characters");
        }
    }

    /// <summary>A definition of a field that is being resolved.</summary>
    private readonly record struct Frame(FieldNode Field, int Definition, SubstitutionNode? Via);
}
