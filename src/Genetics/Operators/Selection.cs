using System.Collections.Immutable;
using ActorPrune.Genetics.Pareto;
using ActorPrune.Genetics.Random;
using ActorPrune.Genetics.Searches;

namespace ActorPrune.Genetics.Operators;

/// <summary>
/// Members of a population with their rank and crowding distance (Deb et al. 2002, doi 10.1109/4235.996017, section III). Better: smaller
/// rank, then larger distance. Where both are equal the order of the population decides, never chance or time.
/// </summary>
public sealed class RankedPopulation
{
    private readonly int[] ranks;
    private readonly double[] crowding;

    public RankedPopulation(ImmutableArray<Evaluated> members, ImmutableArray<string> objectives)
    {
        Members = members;
        var points = Dominance.Objectives(members, objectives);
        ranks = NonDominatedSorting.Ranks(points);
        crowding = NonDominatedSorting.Crowding(points);
    }

    public ImmutableArray<Evaluated> Members { get; }

    public int Rank(int member) => ranks[member];

    /// <summary>Binary tournament: the better of two members drawn with replacement; of equals the first drawn.</summary>
    public Evaluated Tournament(CounterRandom random)
    {
        var (a, b) = (random.NextInt(Members.Length), random.NextInt(Members.Length));
        return Members[Compare(b, a) < 0 ? b : a];
    }

    /// <summary>All members, best first.</summary>
    public ImmutableArray<Evaluated> Ordered() => [.. Enumerable.Range(0, Members.Length).Order(Comparer<int>.Create(CompareTotally)).Select(i => Members[i])];

    private int Compare(int a, int b) => ranks[a] != ranks[b] ? ranks[a].CompareTo(ranks[b]) : crowding[b].CompareTo(crowding[a]);

    private int CompareTotally(int a, int b) => Compare(a, b) is var order && order != 0 ? order : a.CompareTo(b);
}

/// <summary>Who stays.</summary>
public static class Survival
{
    /// <summary>The best <paramref name="size"/> of parents and offspring (μ + λ); of equal genomes only the first takes part.</summary>
    public static ImmutableArray<Evaluated> Best(IEnumerable<Evaluated> candidates, ImmutableArray<string> objectives, int size)
    {
        ImmutableArray<Evaluated> distinct = [.. candidates.DistinctBy(c => c.Genome.Canonical)];
        return distinct.Length <= size ? distinct : [.. new RankedPopulation(distinct, objectives).Ordered().Take(size)];
    }

    /// <summary>
    /// The members with <paramref name="immigrants"/> among them: those that are there already are passed over, the others take free places
    /// up to <paramref name="capacity"/> and then those of the worst members. There are never more immigrants taken than places.
    /// </summary>
    public static ImmutableArray<Evaluated> Absorb(
        ImmutableArray<Evaluated> members, IEnumerable<Evaluated> immigrants, ImmutableArray<string> objectives, int capacity)
    {
        var known = members.Select(m => m.Genome.Canonical).ToHashSet();
        ImmutableArray<Evaluated> arriving = [.. immigrants.Where(i => known.Add(i.Genome.Canonical)).Take(capacity)];
        var room = capacity - arriving.Length;
        var staying = members.Length <= room ? members : [.. new RankedPopulation(members, objectives).Ordered().Take(room)];
        return [.. staying, .. arriving];
    }
}
