using System.Text.RegularExpressions;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Journal;

/// <summary>
/// Artifacts in documents that are opaque to the store: every word of 64 hexadecimal digits counts as a name, so that too many are kept
/// rather than one too few.
/// </summary>
internal static partial class ArtifactWords
{
    internal static IEnumerable<ArtifactId> In(string document) => Hash().Matches(document).Select(match => new ArtifactId(match.Value));

    [GeneratedRegex("(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")]
    private static partial Regex Hash();
}
