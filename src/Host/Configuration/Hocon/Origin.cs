namespace ActorPrune.Host.Configuration.Hocon;

/// <summary>Where a key or a value was written.</summary>
/// <param name="Source">A file as the user named it, "--set …", or "environment variable …".</param>
/// <param name="Line">Counted from 1; 0 where the source has no lines.</param>
/// <param name="Column">Counted from 1 in UTF-16 units; 0 where the source has no lines.</param>
public readonly record struct Origin(string Source, int Line, int Column)
{
    /// <summary>A source without lines: a command-line option or an environment variable.</summary>
    public static Origin Of(string source) => new(source, 0, 0);

    public override string ToString() => Line == 0 ? Source : $"{Source}:{Line}";
}
