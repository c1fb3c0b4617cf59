using System.Collections.Immutable;
using ActorPrune.Genetics.Pareto;
using ActorPrune.Genetics.Random;
using ActorPrune.Genetics.Searches;
using ActorPrune.Genetics.Settings;

namespace ActorPrune.Genetics.Operators;

/// <summary>Who leaves an island, and whose places immigrants take.</summary>
internal static class Migration
{
    /// <summary>At most <paramref name="count"/> members, chosen by <paramref name="policy"/>; none of them a failed candidate.</summary>
    public static ImmutableArray<Evaluated> Emigrants(
        ImmutableArray<Evaluated> population, ImmutableArray<string> objectives, EmigrantSelection policy, int count, Draws draws)
    {
        ImmutableArray<Evaluated> able =
            [.. population.Where(m => Dominance.Objectives(m, objectives).All(double.IsFinite)).DistinctBy(m => m.Genome.Canonical)];
        return policy switch
        {
            EmigrantSelection.Hypervolume => IndicatorSelection.Best(able, objectives, count),
            EmigrantSelection.Best => [.. new RankedPopulation(able, objectives).Ordered().Take(count)],
            _ => [.. Shuffled(able, draws.For(0, "emigrants")).Take(count)],
        };
    }

    /// <summary>
    /// The population with <paramref name="immigrants"/> in it: those that are there already are passed over, the others take free places
    /// up to <paramref name="capacity"/>, and then members' places by <paramref name="policy"/>. There are never more immigrants taken than
    /// places.
    /// </summary>
    public static ImmutableArray<Evaluated> Replaced(
        ImmutableArray<Evaluated> population,
        ImmutableArray<Evaluated> immigrants,
        ImmutableArray<string> objectives,
        Replacement policy,
        int capacity,
        Draws draws) => policy switch
    {
        Replacement.Worst => Survival.Absorb(population, immigrants, objectives, capacity),
        Replacement.Fair => Survival.Best([.. population, .. immigrants], objectives, capacity),
        _ => Absorbed(Shuffled(population, draws.For(0, "replaced")), immigrants, capacity),
    };

    private static ImmutableArray<Evaluated> Absorbed(ImmutableArray<Evaluated> members, ImmutableArray<Evaluated> immigrants, int capacity)
    {
        var known = members.Select(m => m.Genome.Canonical).ToHashSet();
        ImmutableArray<Evaluated> arriving = [.. immigrants.Where(i => known.Add(i.Genome.Canonical)).Take(capacity)];
        return [.. members.Take(capacity - arriving.Length), .. arriving];
    }

    private static ImmutableArray<Evaluated> Shuffled(ImmutableArray<Evaluated> members, CounterRandom random)
    {
        var order = members.ToArray();
        random.Shuffle<Evaluated>(order);
        return [.. order];
    }
}
