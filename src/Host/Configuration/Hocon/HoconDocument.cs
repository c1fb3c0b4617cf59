using System.Collections.Immutable;

namespace ActorPrune.Host.Configuration.Hocon;

/// <summary>A HOCON text that was read but whose substitutions still wait, so that other documents can be put under and over it.</summary>
public sealed class HoconDocument
{
    private readonly ObjectNode root;

    private HoconDocument(ObjectNode root) => this.root = root;

    /// <summary>Reads a file and those that it includes.</summary>
    /// <exception cref="HoconException">It cannot be read, or is not HOCON.</exception>
    public static HoconDocument Load(string path) => new(HoconIncludes.File(path, null, [], [], new IncludeCount()));

    /// <summary>Reads a text that includes nothing.</summary>
    /// <param name="text">The text.</param>
    /// <param name="source">What errors call it.</param>
    /// <exception cref="HoconException">It is not HOCON.</exception>
    public static HoconDocument Parse(string text, string source)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!HoconText.IsWellFormed(text))
        {
            throw new HoconException(Origin.Of(source), "the text holds half of a surrogate pair");
        }

        return new(Parser(text, source, hasLines: true).Root());
    }

    /// <summary>
    /// Reads "key=value" or "key+=element" of the command line. A value that starts with a bracket, a quote or "${" is HOCON; any other is taken letter for
    /// letter, so that a path or an address needs no second pair of quotes.
    /// </summary>
    /// <exception cref="HoconException">There is no key, no '=', or the value is not HOCON.</exception>
    public static HoconDocument Override(string assignment)
    {
        ArgumentNullException.ThrowIfNull(assignment);
        var source = $"--set {assignment}";
        var origin = Origin.Of(source);
        var split = assignment.IndexOf('=', StringComparison.Ordinal);
        if (split < 0 || !HoconText.IsWellFormed(assignment))
        {
            throw new HoconException(origin, "expected key=value");
        }

        var append = split > 0 && assignment[split - 1] == '+';
        var keyCursor = new Cursor(assignment[..(append ? split - 1 : split)].Trim(), source) { HasLines = false };
        var steps = HoconText.Path(keyCursor, "a key before '='");
        if (!keyCursor.AtEnd)
        {
            throw keyCursor.Expected("'=' after the key");
        }

        var text = assignment[(split + 1)..].Trim();
        Node value = text is ['[' or '{' or '"', ..] or ['$', '{', ..]
            ? Parser(text, source, hasLines: false).WholeValue()
            : new ScalarNode(new HoconScalar(text, false, origin));
        return Of(steps, append ? new AppendNode(value, origin) : value);
    }

    /// <summary>A document that gives one key one text.</summary>
    /// <param name="key">The key's parts.</param>
    /// <param name="text">Its value.</param>
    /// <param name="source">What errors call it.</param>
    internal static HoconDocument Of(IReadOnlyList<string> key, string text, string source) =>
        Of(key, new ScalarNode(new HoconScalar(text, true, Origin.Of(source))));

    private static HoconDocument Of(IReadOnlyList<string> key, Node value)
    {
        var origin = value.Origin;
        var root = new ObjectNode(origin);
        var owner = root;
        foreach (var step in key.SkipLast(1))
        {
            var inner = new ObjectNode(origin);
            owner.FieldOf(step, origin).Define(inner, origin, origin.Source);
            owner = inner;
        }

        owner.FieldOf(key[^1], origin).Define(value, origin, origin.Source);
        return new(root);
    }

    /// <summary>This document on top of another: objects merge, everything else hides what lies below.</summary>
    public HoconDocument Over(HoconDocument below)
    {
        ArgumentNullException.ThrowIfNull(below);
        var merged = below.root.Copy();
        merged.Merge(root.Copy());
        return new(merged);
    }

    /// <summary>Replaces the substitutions. A key that no document has is looked up in the environment.</summary>
    /// <param name="environment">The environment; null for the process's own.</param>
    /// <exception cref="HoconException">A substitution leads nowhere or back to itself, or what is joined does not fit
    /// together.</exception>
    public HoconObject Resolve(Func<string, string?>? environment = null) =>
        new HoconResolver(root, environment ?? Environment.GetEnvironmentVariable).Root();

    private static HoconParser Parser(string text, string source, bool hasLines) =>
        new(new Cursor(text, source) { HasLines = hasLines }, new HoconIncludes(null, [], new IncludeCount()), ImmutableArray<string>.Empty);
}
