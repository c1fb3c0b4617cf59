using System.Globalization;
using System.Text;

namespace ActorPrune.Host.Configuration.Hocon;

/// <summary>Reads the texts of HOCON: quoted, triple-quoted and unquoted, and the steps of a path.</summary>
internal static class HoconText
{
    // The characters that HOCON keeps for its own grammar. '+' is free where no '=' follows it.
    private const string Reserved = "$\"{}[]:=,#`^?!@*&\\";

    /// <summary>"text" on one line, with JSON's escapes, or """text""" with none.</summary>
    public static string Quoted(Cursor cursor)
    {
        var origin = cursor.Origin;
        var text = cursor.Sees("\"\"\"") ? Triple(cursor, origin) : Single(cursor, origin);
        return IsWellFormed(text) ? text : throw new HoconException(origin, "the text holds half of a surrogate pair");
    }

    /// <summary>The characters up to a blank or to one that means something; empty if there is none.</summary>
    public static string Unquoted(Cursor cursor, bool untilDot)
    {
        var text = new StringBuilder();
        while (!cursor.AtEnd && IsFree(cursor) && !(untilDot && cursor.Peek() == '.'))
        {
            text.Append(cursor.Take());
        }

        return text.ToString();
    }

    /// <summary>Steps that are joined by dots, each quoted or not.</summary>
    public static List<string> Path(Cursor cursor, string expected)
    {
        var steps = new List<string>();
        while (true)
        {
            if (!cursor.AtEnd && cursor.Peek() == '"')
            {
                steps.Add(Quoted(cursor));
            }
            else if (Unquoted(cursor, untilDot: true) is { Length: > 0 } step)
            {
                steps.Add(step);
            }
            else
            {
                throw cursor.Expected(steps.Count == 0 ? expected : "the next part of the key after '.'");
            }

            if (steps.Count > HoconLimits.MaxNesting)
            {
                throw new HoconException(cursor.Origin, $"the key has more than {HoconLimits.MaxNesting} parts");
            }

            if (cursor.Peek() != '.')
            {
                return steps;
            }

            cursor.Take();
        }
    }

    internal static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsFree(Cursor cursor)
    {
        var c = cursor.Peek();
        return !char.IsWhiteSpace(c) && !char.IsControl(c) && c != '\uFEFF' && !Reserved.Contains(c) && !cursor.AtComment
            && !(c == '+' && cursor.Peek(1) == '=');
    }

    private static string Triple(Cursor cursor, Origin origin)
    {
        cursor.Skip(3);
        var text = new StringBuilder();
        while (!cursor.AtEnd)
        {
            // Of more than three quotes in a row the last three close, and those before them belong to the text.
            if (cursor.Sees("\"\"\"") && cursor.Peek(3) != '"')
            {
                cursor.Skip(3);
                return text.ToString();
            }

            text.Append(cursor.Take());
        }

        throw new HoconException(origin, "this text has no closing \"\"\"");
    }

    private static string Single(Cursor cursor, Origin origin)
    {
        cursor.Take();
        var text = new StringBuilder();
        while (!cursor.AtEnd && cursor.Peek() != '\n')
        {
            var c = cursor.Take();
            switch (c)
            {
                case '"':
                    return text.ToString();
                case '\\':
                    text.Append(Escape(cursor));
                    break;
                default:
                    text.Append(c);
                    break;
            }
        }

        throw new HoconException(origin, "this text has no closing '\"' on its line");
    }

    private static char Escape(Cursor cursor)
    {
        const string Expected = "one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX";
        if (cursor.AtEnd)
        {
            throw cursor.Expected(Expected);
        }

        switch (cursor.Peek())
        {
            case '"' or '\\' or '/':
                return cursor.Take();
            case 'b':
                cursor.Take();
                return '\b';
            case 'f':
                cursor.Take();
                return '\f';
            case 'n':
                cursor.Take();
                return '\n';
            case 'r':
                cursor.Take();
                return '\r';
            case 't':
                cursor.Take();
                return '\t';
            case 'u':
                cursor.Take();
                Span<char> digits = [cursor.Peek(), cursor.Peek(1), cursor.Peek(2), cursor.Peek(3)];
                if (!ushort.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
                {
                    throw cursor.Expected("four hexadecimal digits after \\u");
                }

                cursor.Skip(4);
                return (char)code;
            default:
                throw cursor.Expected(Expected);
        }
    }
}
