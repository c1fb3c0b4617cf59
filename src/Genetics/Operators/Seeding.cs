using System.Collections.Immutable;

namespace ActorPrune.Genetics.Operators;

/// <summary>
/// The individuals of a first population that prune by a plan and not by chance (our choice): evenly spaced densities, densest first. With
/// a slope the first keeps the same fraction of every group, the second more of the later groups, the third more of the earlier ones, and
/// so on in turn: what is the better way differs between networks, and small steps from uniform pruning rarely find it.
/// </summary>
/// <param name="Count">Number of seeds.</param>
/// <param name="Least">Density of the last one.</param>
/// <param name="Most">Density that the first one is a step below.</param>
/// <param name="Slope">How much of its density a group at the end gains, and one at the beginning loses, 0 to 1.</param>
public readonly record struct Seeding(int Count, double Least, double Most, double Slope)
{
    /// <summary>The fraction of each group that the <paramref name="number"/>th seed keeps, 0 to 1.</summary>
    /// <param name="number">1 to <see cref="Count"/>.</param>
    /// <param name="groups">Number of groups, in the order of the network.</param>
    public ImmutableArray<double> Densities(int number, int groups)
    {
        var density = Most - ((Most - Least) * number / Count);
        var slope = Slope * ((number - 1) % 3) switch { 0 => 0, 1 => 1, _ => -1 };
        return [.. Enumerable.Range(0, groups).Select(g => Math.Clamp(density * (1 + (slope * Place(g, groups))), 0, 1))];
    }

    /// <summary>-1 for the first group, 1 for the last; 0 for a single one.</summary>
    private static double Place(int group, int groups) => groups == 1 ? 0 : (2.0 * group / (groups - 1)) - 1;
}
