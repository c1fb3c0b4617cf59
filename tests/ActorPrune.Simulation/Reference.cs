using System.Collections.Immutable;
using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.TestKit.Study;
using ActorPrune.Genetics.Pareto;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Searches;

namespace ActorPrune.Simulation;

/// <summary>What an experiment comes to where nothing goes wrong: its searches told in a plain loop, without actors and without a
/// store.</summary>
/// <param name="Status">Finished, or failed where no candidate can be evaluated.</param>
/// <param name="Digest">Of the front.</param>
/// <param name="Evaluations">Of whole networks, asked for by the islands; equal ones of one generation counted once.</param>
internal sealed record Reference(ExperimentStatus Status, string Digest, long Evaluations)
{
    public static Reference Of(IStudy study, Poison poison) => new Run(study, poison).ToEnd();

    private sealed class Run
    {
        private readonly MemoryArtifactStore artifacts = new();
        private readonly Dictionary<JobKey, JobResult?> results = [];
        private readonly Dictionary<(string Source, string Target, int Epoch), Parcel> parcels = [];
        private readonly Dictionary<(string Island, JobKey Job), Evaluated> discovered = [];
        private readonly SortedDictionary<string, ISearch> islands;
        private readonly IProblem problem;
        private readonly Poison poison;
        private long evaluations;

        public Run(IStudy study, Poison poison)
        {
            this.poison = poison;
            var baseResult = ToyEvaluator.Compute(study.Base, artifacts);
            problem = study.Problem(baseResult);
            islands = new(study.Islands(baseResult).ToDictionary(i => i.Name, i => i.Search), StringComparer.Ordinal);
        }

        public Reference ToEnd()
        {
            for (var moved = true; moved;)
            {
                moved = false;
                foreach (var name in islands.Keys.ToArray())
                {
                    moved |= Move(name);
                }
            }

            var archive = Archive.Empty.AddRange(discovered.Values).Members;
            return new Reference(
                archive.IsEmpty ? ExperimentStatus.Failed : ExperimentStatus.Finished, Front.Digest(archive), evaluations);
        }

        /// <summary>False: the island is at its end, or waits for others.</summary>
        private bool Move(string name)
        {
            SearchTurn turn;
            switch (islands[name].Demand)
            {
                case SearchDemand.Evaluations asked:
                    turn = islands[name].TellEvaluations(Evaluate(asked));
                    break;
                case SearchDemand.Immigrants asked when asked.Sources.All(s => parcels.ContainsKey((s, name, asked.Epoch))):
                    turn = islands[name].TellImmigrants([.. asked.Sources.Select(s => parcels[(s, name, asked.Epoch)])]);
                    break;
                default:
                    return false;
            }

            islands[name] = turn.Next;
            foreach (var member in turn.Next.Archive)
            {
                // An island reports a job once: of several genomes that mean one network, the first that came into its archive.
                discovered.TryAdd((name, member.Job), member);
            }

            foreach (var parcel in turn.Sent)
            {
                parcels.Add((parcel.Source, parcel.Target, parcel.Epoch), parcel);
            }

            return true;
        }

        private ImmutableArray<Evaluated> Evaluate(SearchDemand.Evaluations asked)
        {
            var jobs = asked.Genomes.Select(g => asked.SubNetwork is { } task
                ? problem.SubNetwork(g, task, asked.Inheritance)
                : problem.Evaluation(g, asked.Inheritance)).ToArray();
            evaluations += jobs.Where(j => j.Kind == JobKinds.Evaluate).DistinctBy(j => j.Key).Count();
            return [.. asked.Genomes.Zip(jobs, (genome, job) =>
            {
                if (!results.TryGetValue(job.Key, out var result))
                {
                    results.Add(job.Key, result = poison.Fails(job) ? null : ToyEvaluator.Compute(job, artifacts));
                }

                return new Evaluated(
                    genome,
                    job.Key,
                    result?.Measures ?? ImmutableSortedDictionary<string, double>.Empty,
                    result is null ? "poisoned" : null)
                {
                    Artifacts = result?.Artifacts ?? ImmutableSortedDictionary<string, ArtifactId>.Empty,
                };
            })];
        }
    }
}
