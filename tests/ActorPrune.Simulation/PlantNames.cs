using System.Collections.Immutable;

namespace ActorPrune.Simulation;

/// <summary>Planted faults as the command line says them: "no-fence".</summary>
internal static class PlantNames
{
    public static ImmutableArray<string> All { get; } = [.. Enum.GetValues<Plant>().Where(p => p != Plant.None).Select(Of)];

    public static string Of(Plant plant) =>
        string.Concat(plant.ToString().Select((c, i) => char.IsUpper(c) && i > 0 ? $"-{c}" : $"{c}")).ToLowerInvariant();

    public static bool TryParse(string text, out Plant plant)
    {
        plant = Enum.GetValues<Plant>().FirstOrDefault(p => p != Plant.None && Of(p) == text);
        return plant != Plant.None;
    }
}
