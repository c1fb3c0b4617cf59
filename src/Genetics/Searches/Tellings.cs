using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;

namespace ActorPrune.Genetics.Searches;

/// <summary>Checks at the boundary between engine and search: what is told must be what was asked.</summary>
internal static class Tellings
{
    /// <exception cref="ArgumentException">Other genomes than asked, or in another order.</exception>
    /// <exception cref="InvalidOperationException">The search waits for something else.</exception>
    public static void Check(string island, SearchDemand demand, ImmutableArray<Evaluated> results)
    {
        if (demand is not SearchDemand.Evaluations asked)
        {
            throw new InvalidOperationException($"Island {island} was told evaluations, but waits for {Name(demand)}.");
        }

        if (!asked.Genomes.Select(g => g.Canonical).SequenceEqual(results.Select(r => r.Genome.Canonical)))
        {
            throw new ArgumentException(
                $"Island {island} asked for {asked.Genomes.Length} evaluations and was told {results.Length}, or in another order.",
                nameof(results));
        }
    }

    /// <exception cref="ArgumentException">Parcels of other islands, of another epoch, or in another order than asked.</exception>
    /// <exception cref="InvalidOperationException">The search waits for something else.</exception>
    public static void Check(string island, SearchDemand demand, ImmutableArray<Parcel> parcels)
    {
        if (demand is not SearchDemand.Immigrants asked)
        {
            throw new InvalidOperationException($"Island {island} was told immigrants, but waits for {Name(demand)}.");
        }

        var wanted = asked.Sources.Select(source => (source, island, asked.Epoch));
        if (!parcels.Select(p => (p.Source, p.Target, p.Epoch)).SequenceEqual(wanted))
        {
            throw new ArgumentException(
                $"Island {island} waits for parcels of epoch {asked.Epoch} from {string.Join(", ", asked.Sources)}, in this order; it was told "
                + $"{string.Join(", ", parcels.Select(p => $"{p.Source} to {p.Target} of epoch {p.Epoch}"))}.",
                nameof(parcels));
        }
    }

    private static string Name(SearchDemand demand) => demand switch
    {
        SearchDemand.Evaluations e => $"{e.Genomes.Length} evaluations",
        SearchDemand.Immigrants i => $"immigrants of epoch {i.Epoch}",
        _ => "nothing: its search is over",
    };
}

/// <summary>Attempts to breed something that was not there before.</summary>
internal static class Novelty
{
    /// <summary>
    /// Tries before a duplicate is accepted: it costs nothing but a place in the generation, since equal jobs are computed once.
    /// </summary>
    public const int Tries = 8;

    /// <summary>The first of up to eight genomes that <paramref name="seen"/> does not have, or the last; it is added.</summary>
    public static Genome Draw(HashSet<string> seen, Func<Genome> breed)
    {
        var genome = breed();
        for (var i = 1; i < Tries && seen.Contains(genome.Canonical); i++)
        {
            genome = breed();
        }

        seen.Add(genome.Canonical);
        return genome;
    }
}
