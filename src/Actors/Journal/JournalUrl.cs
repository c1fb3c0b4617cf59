using System.Text.RegularExpressions;

namespace ActorPrune.Actors.Journal;

/// <summary>
/// Where a journal is: "sqlite:FILE", "postgresql://user@host/database", or Npgsql's list of keywords, "Host=…;Database=…".
/// </summary>
/// <param name="Scheme">Lower case; <see cref="Postgres"/> for all forms of PostgreSQL's addresses.</param>
/// <param name="Text">The whole URL as it was given. It may hold a password: print <see cref="ToString"/>, which does not.</param>
public sealed partial record JournalUrl(string Scheme, string Text)
{
    /// <summary>The scheme of PostgreSQL, however it is written.</summary>
    internal const string Postgres = "postgres";

    /// <summary>All after the scheme's colon; a list of keywords has none, and is given whole.</summary>
    public string Rest => IsKeywords(Text) ? Text : Text[(Text.IndexOf(':', StringComparison.Ordinal) + 1)..];

    /// <summary>Full path of SQLite's file, null for other journals. A shell does not expand the tilde behind the scheme.</summary>
    public string? SqliteFile => Scheme != "sqlite" ? null : Path.GetFullPath(Rest.StartsWith("~/", StringComparison.Ordinal)
        ? Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify), Rest[2..])
        : Rest);

    /// <exception cref="FormatException">No scheme.</exception>
    public static JournalUrl Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (IsKeywords(text))
        {
            return new JournalUrl(Postgres, text);
        }

        var colon = text.IndexOf(':', StringComparison.Ordinal);

        // A scheme of one letter is a drive.
        if (colon < 2 || colon == text.Length - 1 || !text.Take(colon).All(char.IsAsciiLetter))
        {
            throw new FormatException(
                $"Expected a journal's URL such as sqlite:FILE or postgresql://user@host/database, found '{Hidden(text)}'.");
        }

        var scheme = text[..colon].ToLowerInvariant();
        return new JournalUrl(scheme == "postgresql" ? Postgres : scheme, text);
    }

    /// <summary>The URL without a password.</summary>
    public override string ToString() => Hidden(Text);

    /// <summary>A list begins with a keyword and an equals sign, a URL with a scheme and a colon.</summary>
    private static bool IsKeywords(string text) => KeywordFirst().IsMatch(text);

    private static string Hidden(string text)
    {
        // A password among the parameters goes first: it may hold an @. That before the host may hold unescaped separators: the last @ ends
        // it. Hiding too much of an odd URL is better than too little.
        text = PasswordOption().Replace(text, "$1***");
        var start = text.IndexOf("://", StringComparison.Ordinal) + 3;
        var at = start > 2 ? text.LastIndexOf('@') : -1;
        var colon = at > start ? text.IndexOf(':', start, at - start) : -1;
        return colon > 0 ? $"{text[..colon]}:***{text[at..]}" : text;
    }

    [GeneratedRegex(@"^\s*[A-Za-z][A-Za-z _]*=")]
    private static partial Regex KeywordFirst();

    // In quotes a value may hold any separator, and the quote itself twice.
    [GeneratedRegex("""((?:pass[a-z _]*|pwd|psw)\s*=\s*)(?:"(?:[^"]|"")*"?|'(?:[^']|'')*'?|[^&;]*)""", RegexOptions.IgnoreCase)]
    private static partial Regex PasswordOption();
}
