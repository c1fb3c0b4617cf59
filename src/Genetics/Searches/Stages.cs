using System.Text.Json.Nodes;

namespace ActorPrune.Genetics.Searches;

/// <summary>Stages of a search in its written state.</summary>
internal static class Stages
{
    /// <exception cref="FormatException">Not the name of a stage.</exception>
    public static T Parse<T>(JsonNode? written)
        where T : struct, Enum
    {
        var name = written!.GetValue<string>();
        return Enum.TryParse<T>(name, out var stage) && Enum.IsDefined(stage)
            ? stage
            : throw new FormatException($"Expected one of {string.Join(", ", Enum.GetNames<T>())} for a stage, found '{name}'.");
    }
}
