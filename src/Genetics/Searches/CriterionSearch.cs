using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Operators;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Settings;

namespace ActorPrune.Genetics.Searches;

/// <summary>
/// Uniform pruning by one criterion, at stated costs. With "l1": Li, Kadav, Durdanovic, Samet, Graf: Pruning filters for efficient
/// ConvNets. ICLR 2017, arXiv 1608.08710. With "fpgm": He, Liu, Wang, Hu, Yang: Filter pruning via geometric median for deep convolutional
/// neural networks acceleration. CVPR 2019, doi 10.1109/CVPR.2019.00447. Every group keeps the same fraction of its filters; the fraction
/// is found by bisection on the cost. Our choice: since a uniform fraction reaches few costs, single groups may then keep one allowed step
/// more or less than uniform while that brings the cost nearer to the target. One generation, one island, named after the method.
/// </summary>
public sealed record CriterionSearch : IStoredSearch
{
    private const int Bisections = 40;

    private readonly Pareto.Archive archive;
    private readonly ImmutableArray<Genome> genomes;

    private CriterionSearch(string island, ImmutableArray<Genome> genomes, int generation, Pareto.Archive archive)
    {
        (Island, this.genomes, Generation, this.archive) = (island, genomes, generation, archive);
        Demand = generation == 0 ? new SearchDemand.Evaluations(genomes) : new SearchDemand.Nothing();
    }

    public string Island { get; }

    public SearchDemand Demand { get; }

    public int Generation { get; }

    public ImmutableArray<Evaluated> Archive => archive.Members;

    public static ImmutableArray<IslandPlan> Create(CriterionSettings settings, IProblem problem, long seed)
    {
        var search = new CriterionSearch(
            settings.Method, [.. settings.Targets.Select(t => Nearest(problem, settings.Criterion, t))], 0, Pareto.Archive.Empty);
        return [new IslandPlan(search.Island, search)];
    }

    /// <summary>The almost uniform genome whose MACs are nearest to <paramref name="fraction"/> of the base's.</summary>
    public static Genome Nearest(IProblem problem, string criterion, double fraction)
    {
        var groups = problem.Space.Groups;
        var target = fraction * problem.Cost(Choose(groups.Select(g => g.Length)), MeasureNames.Macs);
        var (low, high) = Bisection.Of(keep => Cost(Uniform(keep)) <= target, Bisections);

        // The cost is a staircase: the two steps on either side of the target are the candidates.
        var (below, above) = (Uniform(low), Uniform(high));
        var uniform = Distance(below) <= Distance(above) ? below : above;
        return Choose(Adjusted(uniform));

        int[] Uniform(double keep) => [.. groups.Select(g => KeepCounts.Nearest(g, keep * g.Length))];
        Genome Choose(IEnumerable<int> keep) => new CriterionGenome([.. keep.Select(k => new GroupChoice(k, criterion))]);
        double Cost(int[] keep) => problem.Cost(Choose(keep), MeasureNames.Macs);
        double Distance(int[] keep) => Math.Abs(Cost(keep) - target);

        int[] Adjusted(int[] start)
        {
            var (best, distance) = (start, Distance(start));
            while (distance > 0)
            {
                // Steepest descent; each group stays within one step of uniform, so it ends.
                var (next, nextDistance) = Steps(start, best).Select(s => (s, Distance(s))).DefaultIfEmpty((best, distance)).MinBy(s => s.Item2);
                if (nextDistance >= distance)
                {
                    break;
                }

                (best, distance) = (next, nextDistance);
            }

            return best;
        }

        IEnumerable<int[]> Steps(int[] uniform, int[] from)
        {
            for (var g = 0; g < groups.Length; g++)
            {
                var least = Math.Max(1, groups[g].Multiple);
                foreach (var keep in new[] { KeepCounts.Nearest(groups[g], uniform[g] - least), uniform[g], KeepCounts.Nearest(groups[g], uniform[g] + least) })
                {
                    if (keep != from[g])
                    {
                        var step = (int[])from.Clone();
                        step[g] = keep;
                        yield return step;
                    }
                }
            }
        }
    }

    public SearchTurn TellEvaluations(ImmutableArray<Evaluated> results)
    {
        Tellings.Check(Island, Demand, results);
        return new SearchTurn(new CriterionSearch(Island, genomes, 1, archive.AddRange(results)), []);
    }

    public SearchTurn TellImmigrants(ImmutableArray<Parcel> parcels) =>
        throw new InvalidOperationException($"Island {Island} was told immigrants, but uniform pruning never waits for any.");

    JsonObject IStoredSearch.WriteState(EvaluatedTable evaluated) => new() { ["generation"] = Generation, ["archive"] = evaluated.Write(Archive) };

    ISearch IStoredSearch.ReadState(JsonObject written, EvaluatedTable evaluated) => new CriterionSearch(
        Island, genomes, written["generation"]!.GetValue<int>(), Pareto.Archive.Empty.AddRange(evaluated.Read(written["archive"])));
}
