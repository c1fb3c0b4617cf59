using System.Collections.Immutable;

namespace ActorPrune.Host.Configuration.Hocon;

/// <summary>
/// One file's text as nodes (HOCON's specification, https://github.com/lightbend/config/blob/main/HOCON.md). Stricter where HOCON would
/// hide a slip: a plain value that is written twice for one key within one file, a key with blanks, and a missing include are errors.
/// </summary>
internal sealed class HoconParser(Cursor cursor, HoconIncludes includes, ImmutableArray<string> scope)
{
    private int nesting = scope.Length;

    /// <summary>The text's root object, with or without braces.</summary>
    public ObjectNode Root()
    {
        var root = new ObjectNode(cursor.Origin);
        cursor.SkipLines();
        if (cursor.Peek() == '[')
        {
            throw cursor.Expected("an object or a key at the root");
        }

        if (cursor.Peek() == '{')
        {
            Braced(root, scope);
            cursor.SkipLines();
        }
        else
        {
            Fields(root, scope);
        }

        return cursor.AtEnd ? root : throw cursor.Expected("a key or the end of the text");
    }

    /// <summary>The value of a "--set key=value" that is written in HOCON's grammar.</summary>
    public Node WholeValue()
    {
        var value = Value(scope);
        cursor.SkipLines();
        return cursor.AtEnd ? value : throw cursor.Expected("the end of the value");
    }

    private void Braced(ObjectNode target, ImmutableArray<string> path)
    {
        var opened = cursor.Origin;
        cursor.Take();
        Enter(1, opened);
        Fields(target, path);
        Leave(1);
        if (cursor.AtEnd || cursor.Peek() != '}')
        {
            throw cursor.Expected($"a key or '}}'{Opened('{', opened)}");
        }

        cursor.Take();
    }

    private void Fields(ObjectNode target, ImmutableArray<string> path)
    {
        cursor.SkipLines();
        while (!cursor.AtEnd && cursor.Peek() != '}')
        {
            if (AtInclude())
            {
                target.Merge(includes.Read(cursor, path));
            }
            else
            {
                Field(target, path);
            }

            if (!Separator() && !cursor.AtEnd && cursor.Peek() != '}')
            {
                throw cursor.Expected("a new line, ',' or '}' after the value");
            }
        }
    }

    /// <summary>Skips one comma and any newlines; false if there was neither.</summary>
    private bool Separator()
    {
        var separated = cursor.SkipLines();
        if (cursor.Peek() == ',')
        {
            cursor.Take();
            cursor.SkipLines();
            separated = true;
        }

        return separated;
    }

    private bool AtInclude()
    {
        const string Keyword = "include";
        if (!cursor.Sees(Keyword))
        {
            return false;
        }

        var ahead = Keyword.Length;
        while (cursor.Peek(ahead) is ' ' or '\t')
        {
            ahead++;
        }

        return ahead > Keyword.Length && (cursor.Peek(ahead) == '"' || char.IsAsciiLetter(cursor.Peek(ahead)));
    }

    private void Field(ObjectNode target, ImmutableArray<string> path)
    {
        var origin = cursor.Origin;
        var steps = HoconText.Path(cursor, "a key");
        var owner = target;
        Enter(steps.Count, origin);
        foreach (var step in steps[..^1])
        {
            var between = new ObjectNode(origin);
            owner.FieldOf(step, origin).Define(between, origin, this);
            owner = (ObjectNode)owner.Fields[step].Definitions[^1].Value;
        }

        var value = SeparatedValue(path.AddRange(steps), origin, steps);
        Leave(steps.Count);
        var field = owner.FieldOf(steps[^1], origin);
        RefuseSlip(field, value, origin, steps);
        field.Define(value, origin, this);
    }

    private Node SeparatedValue(ImmutableArray<string> path, Origin origin, List<string> steps)
    {
        cursor.TakeBlanks();
        var append = cursor.Sees("+=");
        if (append)
        {
            cursor.Skip(2);
        }
        else if (cursor.Peek() is '=' or ':')
        {
            cursor.Take();
        }
        else if (cursor.Peek() != '{')
        {
            throw cursor.Expected($"'=', ':', '+=' or '{{' after the key '{string.Join('.', steps)}'");
        }

        AllowBracketOnNextLine();
        var value = Value(path);
        return append ? new AppendNode(value, origin) : value;
    }

    /// <summary>
    /// JSON may break the line after ':'. Only a bracket may follow there: otherwise "key =" would swallow the next line's key.
    /// </summary>
    private void AllowBracketOnNextLine()
    {
        cursor.TakeBlanks();
        if (!cursor.AtEnd && cursor.Peek() != '\n')
        {
            return;
        }

        var error = cursor.Expected("a value");
        cursor.SkipLines();
        if (cursor.Peek() is not ('{' or '['))
        {
            throw error;
        }
    }

    private void RefuseSlip(FieldNode field, Node value, Origin origin, List<string> steps)
    {
        if (field.Definitions is [.., { Value: var earlier, Writer: var writer }] && writer == this
            && IsPlain(earlier) && IsPlain(value) && !(earlier is ObjectNode && value is ObjectNode))
        {
            throw new HoconException(origin, $"the key '{string.Join('.', steps)}' has a value already, from line {earlier.Origin.Line}: remove one");
        }

        static bool IsPlain(Node node) => node is ScalarNode or ObjectNode or ArrayNode;
    }

    private Node Value(ImmutableArray<string> path)
    {
        var origin = cursor.Origin;
        var parts = ImmutableArray.CreateBuilder<ConcatenationPart>();
        while (true)
        {
            var blank = cursor.TakeBlanks();
            if (Part(path) is not { } part)
            {
                break;
            }

            parts.Add(new ConcatenationPart(parts.Count == 0 ? "" : blank, part));
        }

        return parts.Count switch
        {
            0 => throw cursor.Expected("a value"),
            1 => parts[0].Value,
            _ when parts.All(p => p.Value is ScalarNode) => new ScalarNode(new HoconScalar(
                string.Concat(parts.Select(p => p.Blank + ((ScalarNode)p.Value).Value.Text)),
                parts.Any(p => ((ScalarNode)p.Value).Value.Quoted),
                origin)),
            _ => new ConcatenationNode(parts.ToImmutable(), origin),
        };
    }

    private Node? Part(ImmutableArray<string> path)
    {
        var origin = cursor.Origin;
        if (cursor.AtEnd || cursor.AtComment)
        {
            return null;
        }

        switch (cursor.Peek())
        {
            case '\n' or ',' or '}' or ']':
                return null;
            case '{':
                var node = new ObjectNode(origin);
                Braced(node, path);
                return node;
            case '[':
                return Array(path);
            case '"':
                return new ScalarNode(new HoconScalar(HoconText.Quoted(cursor), true, origin));
            case '$':
                return Substitution();
            default:
                var text = HoconText.Unquoted(cursor, untilDot: false);
                return text.Length > 0
                    ? new ScalarNode(new HoconScalar(text, false, origin))
                    : throw new HoconException(origin, $"{cursor.Found} must stand in quotes here");
        }
    }

    private ArrayNode Array(ImmutableArray<string> path)
    {
        var opened = cursor.Origin;
        cursor.Take();
        Enter(1, opened);
        var elements = ImmutableArray.CreateBuilder<Node>();
        cursor.SkipLines();
        while (!cursor.AtEnd && cursor.Peek() != ']')
        {
            elements.Add(Value(path));
            if (!Separator() && !cursor.AtEnd && cursor.Peek() != ']')
            {
                throw cursor.Expected("a new line, ',' or ']' after the element");
            }
        }

        if (cursor.AtEnd)
        {
            throw cursor.Expected($"']'{Opened('[', opened)}");
        }

        cursor.Take();
        Leave(1);
        return new ArrayNode(elements.ToImmutable(), opened);
    }

    private SubstitutionNode Substitution()
    {
        var origin = cursor.Origin;
        cursor.Take();
        if (cursor.Peek() != '{')
        {
            throw cursor.Expected("'{' after '$' (or put the '$' in quotes)");
        }

        cursor.Take();
        var optional = cursor.Peek() == '?';
        if (optional)
        {
            cursor.Take();
        }

        cursor.TakeBlanks();
        var path = HoconText.Path(cursor, "a key after '${'");
        cursor.TakeBlanks();
        if (cursor.Peek() != '}')
        {
            throw cursor.Expected("'}' after the key of the substitution");
        }

        cursor.Take();
        return new SubstitutionNode([.. path], optional, scope, origin);
    }

    private static string Opened(char bracket, Origin origin) => origin.Line == 0 ? "" : $" (for the '{bracket}' of line {origin.Line})";

    private void Enter(int levels, Origin origin)
    {
        nesting += levels;
        if (nesting > HoconLimits.MaxNesting)
        {
            throw new HoconException(origin, $"objects and arrays are nested more than {HoconLimits.MaxNesting} deep");
        }
    }

    private void Leave(int levels) => nesting -= levels;
}
