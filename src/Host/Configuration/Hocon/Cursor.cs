namespace ActorPrune.Host.Configuration.Hocon;

/// <summary>A place in a text that knows its line and column.</summary>
internal sealed class Cursor(string text, string source)
{
    /// <summary>What <see cref="Peek"/> gives past the end; a NUL within the text is refused by whoever meets it there.</summary>
    public const char End = '\0';

    private int position;
    private int line = 1;
    private int lineStart;

    public bool AtEnd => position >= text.Length;

    /// <summary>A source without lines ("--set …") has origins without lines.</summary>
    public bool HasLines { get; init; } = true;

    public Origin Origin => HasLines ? new Origin(source, line, position - lineStart + 1) : Origin.Of(source);

    public char Peek(int ahead = 0) => position + ahead < text.Length ? text[position + ahead] : End;

    public bool Sees(string expected) => string.CompareOrdinal(text, position, expected, 0, expected.Length) == 0;

    public char Take()
    {
        var taken = text[position++];
        if (taken == '\n')
        {
            line++;
            lineStart = position;
        }

        return taken;
    }

    public void Skip(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Take();
        }
    }

    /// <summary>Takes the blanks before the line's next word, and gives them back.</summary>
    public string TakeBlanks()
    {
        var start = position;
        while (!AtEnd && IsBlank(Peek()))
        {
            Take();
        }

        return text[start..position];
    }

    /// <summary>Skips blanks, newlines and comments; true if a newline was among them.</summary>
    public bool SkipLines()
    {
        var newline = false;
        while (true)
        {
            TakeBlanks();
            if (!AtEnd && Peek() == '\n')
            {
                newline = true;
                Take();
            }
            else if (AtComment)
            {
                while (!AtEnd && Peek() != '\n')
                {
                    Take();
                }
            }
            else
            {
                return newline;
            }
        }
    }

    public bool AtComment => Peek() == '#' || (Peek() == '/' && Peek(1) == '/');

    /// <summary>How an error names what stands here.</summary>
    public string Found => AtEnd ? "the end of the text" : Peek() switch
    {
        '\n' => "the end of the line",
        var c when char.IsControl(c) => $"the control character U+{(int)c:X4}",
        var c => $"'{c}'",
    };

    public HoconException Expected(string what) => new(Origin, $"expected {what}, found {Found}");

    private static bool IsBlank(char c) => c != '\n' && (char.IsWhiteSpace(c) || c == '\uFEFF');
}
