namespace ActorPrune.Host.Configuration.Hocon;

/// <summary>
/// What a configuration may cost. Past each of these is an error that names the limit: no text can hang or exhaust the host.
/// </summary>
public static class HoconLimits
{
    /// <summary>Bytes of one file, 1 MiB.</summary>
    public const int MaxFileBytes = 1 << 20;

    /// <summary>Objects and arrays within each other, in a file and in the resolved tree.</summary>
    public const int MaxNesting = 64;

    /// <summary>Files that include each other in a chain.</summary>
    public const int MaxIncludeDepth = 16;

    /// <summary>Includes of one document, all together.</summary>
    public const int MaxIncludes = 256;

    /// <summary>Values that are being resolved at the same time: the length of a chain of substitutions.</summary>
    public const int MaxResolutionDepth = 256;

    /// <summary>Values, elements and characters that resolving one document may touch.</summary>
    public const int MaxResolutionWork = 4_000_000;
}
