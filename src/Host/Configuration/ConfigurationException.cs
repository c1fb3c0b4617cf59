using System.Collections.Immutable;
using ActorPrune.Host.Configuration.Hocon;

namespace ActorPrune.Host.Configuration;

/// <summary>One thing that is wrong with a configuration.</summary>
/// <param name="Origin">Where.</param>
/// <param name="Key">The full key, or empty where the text could not be read at all.</param>
/// <param name="Message">What was found and what was expected.</param>
public sealed record ConfigurationError(Origin Origin, string Key, string Message)
{
    public override string ToString() => Key.Length == 0 ? $"{Origin}: {Message}" : $"{Origin}: {Key}: {Message}";
}

/// <summary>A configuration that cannot be used. The message holds every error, one a line: file:line: key: what was expected.</summary>
public class ConfigurationException(ImmutableArray<ConfigurationError> errors)
    : Exception(string.Join('\n', errors))
{
    /// <summary>At least one, in the order of the keys' places.</summary>
    public ImmutableArray<ConfigurationError> Errors { get; } = errors;
}
