using System.Text.RegularExpressions;

namespace ActorPrune.Actors.Journal;

/// <summary>Where a journal is: "sqlite:FILE", or "scheme://…" for a server.</summary>
/// <param name="Scheme">Lower case.</param>
/// <param name="Text">The whole URL as it was given. It may hold a password: print <see cref="ToString"/>, which does not.</param>
public sealed partial record JournalUrl(string Scheme, string Text)
{
    /// <summary>All after the scheme's colon.</summary>
    public string Rest => Text[(Scheme.Length + 1)..];

    /// <exception cref="FormatException">No scheme.</exception>
    public static JournalUrl Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var colon = text.IndexOf(':', StringComparison.Ordinal);

        // A scheme of one letter is a drive.
        if (colon < 2 || colon == text.Length - 1 || !text.Take(colon).All(char.IsAsciiLetter))
        {
            throw new FormatException($"Expected a journal's URL such as sqlite:FILE, found '{Hidden(text)}'.");
        }

        return new JournalUrl(text[..colon].ToLowerInvariant(), text);
    }

    /// <summary>The URL without a password.</summary>
    public override string ToString() => Hidden(Text);

    private static string Hidden(string text)
    {
        // A password may hold unescaped separators: the last @ ends it. Hiding too much of an odd URL is better than too little.
        var start = text.IndexOf("://", StringComparison.Ordinal) + 3;
        var at = start > 2 ? text.LastIndexOf('@') : -1;
        var colon = at > start ? text.IndexOf(':', start, at - start) : -1;
        return PasswordOption().Replace(colon > 0 ? $"{text[..colon]}:***{text[at..]}" : text, "$1***");
    }

    [GeneratedRegex("(password=)[^&;]*", RegexOptions.IgnoreCase)]
    private static partial Regex PasswordOption();
}
