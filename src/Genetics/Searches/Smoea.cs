using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Operators;
using ActorPrune.Genetics.Pareto;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Settings;

namespace ActorPrune.Genetics.Searches;

/// <summary>
/// SMOEA: Li, Sun, Huang, Chen: Sub-network multi-objective evolutionary algorithm for filter pruning (2022), arXiv 2211.01957. Its
/// abstract states that convolutions are pruned progressively in groups, and that the multi-objective problem of each group is posed on a
/// sub-network of the full model. All else is our reconstruction:
/// <code>
/// for each part of the groups, in order:
///     NSGA-II on the part's filter bits: minimise (relative error of the sub-network's output, parameters of the sub-network)
///     measure the validation error of the whole network for some members of the front
///     fix the knee of (error, parameters), or the smallest within an allowance; fine-tune the whole network; go on from its weights
/// </code>
/// What a sub-network is, the evaluator says (Nn/SubNetworks). This class is the part of the search that knows no state;
/// <see cref="SmoeaSearch"/> is the loop.
/// </summary>
internal sealed class Smoea(SmoeaSettings settings, SearchSpace space)
{
    /// <summary>Of a sub-network.</summary>
    public static readonly ImmutableArray<string> Objectives = [MeasureNames.Reconstruction, MeasureNames.Params];

    private readonly ImmutableArray<BitGroup> bits = BitGroup.Filters(space);
    private readonly ImmutableArray<ImmutableArray<int>> parts = SmoeaParts.Of(settings, space);

    /// <summary>Parts that the network really has.</summary>
    public int Parts => parts.Length;

    public SmoeaSettings Settings => settings;

    /// <summary>The genome of the unpruned network.</summary>
    public MaskGenome Everything => new(BitString.Filled(space.Units, true), null);

    public static ImmutableArray<IslandPlan> Create(SmoeaSettings settings, IProblem problem, long seed)
    {
        var method = new Smoea(settings, problem.Space);
        var names = Neighbourhood.Names("s", settings.Islands);
        return [.. names.Select((name, i) => new IslandPlan(
            name, new SmoeaSearch(name, method, Neighbourhood.Of(names, i, settings.Topology, settings.Degree, seed), seed)))];
    }

    /// <summary>The groups of a part, ascending.</summary>
    public ImmutableArray<int> GroupsOf(int part) => parts[part];

    public ImmutableArray<string> NamesOf(int part) => [.. GroupsOf(part).Select(g => space.Groups[g].Name)];

    /// <summary>A part's first population: <paramref name="around"/> itself, uniform seeds, random ones. Bits of other parts are those of
    /// <paramref name="around"/>.</summary>
    public ImmutableArray<Genome> First(int part, MaskGenome around, Draws draws)
    {
        var own = BitsOf(part);
        var seeding = new Seeding(settings.UniformSeeds, settings.DensityMin, settings.DensityMax, settings.SeedSlope);
        var seen = new HashSet<string>();
        return [.. Enumerable.Range(0, settings.Population).Select(i =>
        {
            var random = draws.For(i, "initial");
            return Novelty.Draw(seen, () => i == 0 ? around
                : Within(own, around, i <= settings.UniformSeeds
                    ? Masks.Seed(space.Units, own, seeding, i, random)
                    : Masks.Initial(
                        space.Units, own, settings.DensityMin + (random.NextDouble() * (settings.DensityMax - settings.DensityMin)),
                            settings.Guidance, random)));
        })];
    }

    /// <summary>Children of binary tournaments. Crossover, mutation and repair touch the part's bits alone.</summary>
    public ImmutableArray<Genome> Offspring(int part, ImmutableArray<Evaluated> population, Draws draws)
    {
        var own = BitsOf(part);
        var parents = new RankedPopulation(population, Objectives);
        var seen = population.Select(p => p.Genome.Canonical).ToHashSet();
        return [.. Enumerable.Range(0, settings.Population).Select(i =>
        {
            var random = draws.For(i, "breed");
            return Novelty.Draw(seen, () => new MaskGenome(
                Masks.Breed(Filters(parents.Tournament(random)), Filters(parents.Tournament(random)), own, own, settings.Variation, random),
                    null));
        })];
    }

    public ImmutableArray<Evaluated> Survivors(ImmutableArray<Evaluated> population, ImmutableArray<Evaluated> offspring) =>
        population.IsEmpty ? offspring : Survival.Best([.. population, .. offspring], Objectives, settings.Population);

    /// <summary>The non-dominated of a population by ascending sub-network error; of equal figures the first by canonical genome
    /// alone.</summary>
    public static ImmutableArray<Evaluated> Front(ImmutableArray<Evaluated> population)
    {
        var points = Dominance.Objectives(population, Objectives);
        var ranks = NonDominatedSorting.Ranks(points);
        return [.. Enumerable.Range(0, population.Length)
            .Where(i => ranks[i] == 0 && points[i].All(double.IsFinite))
            .OrderBy(i => points[i][0]).ThenBy(i => points[i][1]).ThenBy(i => population[i].Genome.Canonical, StringComparer.Ordinal)
            .DistinctBy(i => (points[i][0], points[i][1])).Select(i => population[i])];
    }

    /// <summary>The members of a front to measure: the largest hypervolume contributions. What prunes nothing of the part needs no
    /// measuring.</summary>
    public ImmutableArray<Evaluated> ToMeasure(ImmutableArray<Evaluated> front, MaskGenome around) => IndicatorSelection.Best(
        [.. front.Where(m => m.Genome.Canonical != around.Canonical)], Objectives, settings.Measured);

    /// <summary>The network to go on with after <paramref name="part"/>; null: the one from before. The allowance grows evenly with the
    /// parts.</summary>
    public Evaluated? Choose(int part, IEnumerable<Evaluated> measured, double unprunedError) =>
        SmoeaChoice.Of(measured, settings.Choice, unprunedError + (settings.MaxDrop * (part + 1) / Parts));

    private ImmutableArray<BitGroup> BitsOf(int part) => [.. GroupsOf(part).Select(g => bits[g])];

    private static MaskGenome Within(ImmutableArray<BitGroup> own, MaskGenome around, BitString drawn)
    {
        var filters = around.Filters.ToArray();
        foreach (var position in own.SelectMany(g => g.Positions))
        {
            filters[position] = drawn[position];
        }

        return new MaskGenome(BitString.Of(filters), null);
    }

    private static BitString Filters(Evaluated member) => ((MaskGenome)member.Genome).Filters;
}

/// <summary>How SMOEA splits what can be pruned.</summary>
public static class SmoeaParts
{
    /// <summary>
    /// Indices into <see cref="SearchSpace.Groups"/>, part by part in the order of pruning. A part's groups are consecutive, and parts
    /// differ in size by one group at most.
    /// </summary>
    public static ImmutableArray<ImmutableArray<int>> Of(SmoeaSettings settings, SearchSpace space)
    {
        var (parts, groups) = (Math.Min(settings.Groups, space.Groups.Length), space.Groups.Length);
        var forward = Enumerable.Range(0, parts).Select(part => (From: part * groups / parts, To: (part + 1) * groups / parts))
            .Select(p => Enumerable.Range(p.From, p.To - p.From).ToImmutableArray());
        return [.. settings.Order == GroupOrder.Forward ? forward : forward.Reverse()];
    }
}
