using System.Collections.Immutable;
using ActorPrune.Genetics.Random;
using ActorPrune.Genetics.Settings;

namespace ActorPrune.Genetics.Searches;

/// <summary>
/// From which islands of its level an island receives migrants, and to which it sends them. Islands are named prefix1 … prefixN.
/// </summary>
internal sealed record Neighbourhood(ImmutableArray<string> Sources, ImmutableArray<string> Targets)
{
    public static ImmutableArray<string> Names(string prefix, int islands) => [.. Enumerable.Range(1, islands).Select(i => $"{prefix}{i}")];

    /// <summary>Whether migrants come or go at all.</summary>
    public bool Exist => !Sources.IsEmpty || !Targets.IsEmpty;

    /// <summary>The neighbours of <paramref name="islands"/>[<paramref name="self"/>].</summary>
    /// <param name="degree">For <see cref="Topology.Random"/>: from how many others each island receives; all others where there are
    /// fewer.</param>
    /// <param name="seed">For <see cref="Topology.Random"/>.</param>
    public static Neighbourhood Of(ImmutableArray<string> islands, int self, Topology topology, int degree, long seed)
    {
        var all = Enumerable.Range(0, islands.Length).ToArray();
        return new([.. all.Where(i => Sends(i, self)).Select(i => islands[i])], [.. all.Where(i => Sends(self, i)).Select(i => islands[i])]);

        bool Sends(int from, int to) => from != to && topology switch
        {
            Topology.Ring => to == (from + 1) % islands.Length,
            Topology.FullyConnected => true,
            Topology.Star => from == 0 || to == 0,
            Topology.Random => Drawn(to).Contains(from),
            _ => false,
        };

        IEnumerable<int> Drawn(int to)
        {
            var others = all.Where(i => i != to).ToArray();
            CounterRandom.For(seed, islands[to], 0, 0, "topology").Shuffle<int>(others);
            return others.Take(degree);
        }
    }
}
