using System.Collections.Immutable;
using ActorPrune.Genetics.Settings;

namespace ActorPrune.Genetics.Searches;

/// <summary>From which islands of its level an island receives migrants, and to which it sends them. Islands are named prefix1 … prefixN.</summary>
internal sealed record Neighbourhood(ImmutableArray<string> Sources, ImmutableArray<string> Targets)
{
    public static ImmutableArray<string> Names(string prefix, int islands) => [.. Enumerable.Range(1, islands).Select(i => $"{prefix}{i}")];

    public static Neighbourhood Of(ImmutableArray<string> islands, int self, Topology topology) => islands.Length == 1 || topology == Topology.None
        ? new([], [])
        : topology == Topology.Ring
            ? new([islands[(self + islands.Length - 1) % islands.Length]], [islands[(self + 1) % islands.Length]])
            : new([.. islands.Where(i => i != islands[self])], [.. islands.Where(i => i != islands[self])]);
}
