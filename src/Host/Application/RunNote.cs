using System.Globalization;

namespace ActorPrune.Host.Application;

/// <summary>
/// In a run's directory: whose files they are, for names are unique within a store only. A store may go by several addresses; the moment in which
/// it took the experiment tells whether it is the same one.
/// </summary>
/// <param name="Address">The store's address, without a password.</param>
/// <param name="Created">When the experiment was created there; null while it is not.</param>
internal sealed record RunNote(string Address, DateTimeOffset? Created)
{
    private const string FileName = "store";

    public static string PathIn(string directory) => Path.Combine(directory, FileName);

    /// <summary>Null where there is none: files from before there were notes.</summary>
    public static RunNote? Read(string directory)
    {
        var path = PathIn(directory);
        if (!File.Exists(path))
        {
            return null;
        }

        var lines = File.ReadAllLines(path);
        return new RunNote(
            lines.ElementAtOrDefault(0) ?? string.Empty,
            DateTimeOffset.TryParse(lines.ElementAtOrDefault(1), CultureInfo.InvariantCulture, out var created) ? created : null);
    }

    public bool IsOfSame(RunNote other) => Created is not null && other.Created is not null ? Created == other.Created : Address == other.Address;

    public override string ToString() => Created is { } created ? $"{Address}\n{created.ToString("O", CultureInfo.InvariantCulture)}\n" : $"{Address}\n";
}
