using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.TestKit.Simulation;
using ActorPrune.Actors.TestKit.Study;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Random;
using ActorPrune.Genetics.Settings;

namespace ActorPrune.Actors.Tests.Cluster;

/// <summary>Whole experiments on nodes that fail. Every failure prints its seed; the same seed gives the same run.</summary>
public sealed class SimulationTests
{
    private static readonly Lazy<Dictionary<string, string>> References = new(() => ToyStudy.SmallMethods.ToDictionary(m => m.Method, m =>
    {
        using var cluster = new SimulatedCluster(0, new ToyStudy(m, 1));
        cluster.Start();
        cluster.RunToEnd();
        return cluster.Digest;
    }));

    public static TheoryData<string> Methods => [.. ToyStudy.SmallMethods.Select(m => m.Method)];

    [Theory]
    [MemberData(nameof(Methods))]
    public void The_front_does_not_depend_on_the_number_of_evaluators_or_nodes(string method)
    {
        foreach (var (seed, evaluators) in new[] { (1, new[] { 1 }), (2, [4]), (3, [1, 3]), (4, [2, 0, 5]) })
        {
            using var cluster = Cluster(method, seed);
            Array.ForEach(evaluators, e => cluster.Start(e));
            cluster.RunToEnd();

            ShouldBeExact(cluster, method);
            cluster.Begun.Values.ShouldAllBe(begun => begun == 1, $"each job is computed once (seed {seed})");
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void A_node_that_dies_at_any_of_its_writes_costs_nothing_but_time(string method)
    {
        var writes = 0;
        using (var cluster = Cluster(method, 1))
        {
            cluster.Start(fault: _ =>
            {
                writes++;
                return Fault.None;
            });
            cluster.RunToEnd();
        }

        // Every boundary of the beginning, where all is new, then a spread over the rest.
        writes.ShouldBeGreaterThan(100);
        foreach (var fatal in Enumerable.Range(1, 8).Concat(Enumerable.Range(0, 10).Select(i => 9 + (i * (writes - 9) / 10))))
        {
            foreach (var how in new[] { Fault.Before, Fault.After })
            {
                using var cluster = Cluster(method, fatal);
                var count = 0;
                SimulatedNode? first = null;
                first = cluster.Start(fault: _ =>
                {
                    if (++count != fatal)
                    {
                        return Fault.None;
                    }

                    first!.Crash();
                    return how;
                });
                cluster.RunUntil(() => count >= fatal || cluster.Status != ExperimentStatus.Running);
                cluster.Start();
                cluster.RunToEnd();

                ShouldBeExact(cluster, method);

                // Of the dead node at most what ran when it died is computed again.
                cluster.Begun.Values.Count(begun => begun > 1).ShouldBeLessThanOrEqualTo(2, $"write {fatal}, {how}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void A_store_that_goes_away_at_any_moment_changes_nothing_in_the_front(string method)
    {
        for (var seed = 1; seed <= 10; seed++)
        {
            using var cluster = Cluster(method, seed);
            var random = CounterRandom.For(seed, "faults", 0, 0, "store");
            var nodes = Enumerable.Range(0, 2).Select(_ => cluster.Start(fault: _ => random.NextInt(8) switch
            {
                0 => Fault.Before,
                1 => Fault.After,
                _ => Fault.None,
            })).ToArray();
            cluster.RunToEnd(TimeSpan.FromHours(12));

            ShouldBeExact(cluster, method);
            nodes.SelectMany(n => n.Failures).ShouldAllBe(f => f is JournalUnavailableException);
        }
    }

    [Fact]
    public void An_outage_that_a_lease_survives_keeps_finished_results_and_repeats_no_job()
    {
        for (var seed = 1; seed <= 10; seed++)
        {
            using var cluster = Cluster("nsga2", seed);
            var node = cluster.Start(evaluators: 4);
            cluster.RunUntil(() => cluster.Begun.Count >= 6).ShouldBeTrue();
            node.Journal.Cut();
            var end = cluster.Clock.GetUtcNow() + TimeSpan.FromSeconds(12);
            cluster.RunUntil(() => cluster.Clock.GetUtcNow() >= end);
            node.Journal.Mend();
            cluster.RunToEnd();

            ShouldBeExact(cluster, "nsga2");
            cluster.Begun.Values.ShouldAllBe(begun => begun == 1, $"seed {seed}");
            node.Joins.ShouldBe(1);
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void A_node_that_was_paused_beyond_its_lease_is_refused_joins_again_and_goes_on(string method)
    {
        for (var seed = 1; seed <= 6; seed++)
        {
            using var cluster = Cluster(method, seed);
            var sleeper = cluster.Start();
            cluster.RunUntil(() => cluster.Begun.Count > 2 + seed).ShouldBeTrue();
            sleeper.Pause();
            var other = cluster.Start();
            var wake = cluster.Clock.GetUtcNow() + TimeSpan.FromSeconds(40);
            cluster.RunUntil(() => cluster.Clock.GetUtcNow() >= wake || cluster.Status != ExperimentStatus.Running);

            // Somebody has taken the silent node's row away, as a reaper or a node of the same name does.
            cluster.Store.Leave(sleeper.Id);
            var old = sleeper.Id;
            sleeper.Continue();
            cluster.RunUntil(() => sleeper.Joins == 2).ShouldBeTrue();
            other.Crash();
            cluster.RunToEnd();

            sleeper.Id.ShouldNotBe(old);
            ShouldBeExact(cluster, method);
        }
    }

    [Fact]
    public void A_job_or_actor_that_came_back_to_the_same_node_after_a_pause_goes_on_there()
    {
        for (var seed = 1; seed <= 6; seed++)
        {
            using var cluster = Cluster("cemba", seed);
            var node = cluster.Start();
            cluster.RunUntil(() => cluster.Begun.Count > 2 + seed).ShouldBeTrue();
            node.Pause();
            var wake = cluster.Clock.GetUtcNow() + TimeSpan.FromSeconds(40);
            cluster.RunUntil(() => cluster.Clock.GetUtcNow() >= wake);
            node.Continue();
            cluster.RunToEnd();

            ShouldBeExact(cluster, "cemba");
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Nodes_that_are_killed_again_and_again_come_to_the_same_front(string method)
    {
        for (var seed = 1; seed <= 7; seed++)
        {
            using var cluster = Cluster(method, seed);
            var random = CounterRandom.For(seed, "kills", 0, 0, "when");
            cluster.Start();
            for (var kills = 0; kills < 12 && cluster.Status == ExperimentStatus.Running; kills++)
            {
                var at = cluster.Clock.GetUtcNow() + TimeSpan.FromSeconds(2 + random.NextInt(30));
                cluster.RunUntil(() => cluster.Clock.GetUtcNow() >= at || cluster.Status != ExperimentStatus.Running);
                cluster.Nodes[^1].Crash();
                cluster.Start();
            }

            cluster.RunToEnd();
            ShouldBeExact(cluster, method);
            cluster.Store.Jobs(SimulatedCluster.Experiment).ShouldAllBe(
                j => j.Failure == null, "a job that was interrupted has not failed");
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Jobs_that_a_slow_node_takes_unusually_long_for_are_begun_elsewhere_too_and_each_result_counts_once(string method)
    {
        var begunTwice = 0;
        for (var seed = 1; seed <= 6; seed++)
        {
            using var cluster = Cluster(method, seed);
            var slow = cluster.Start(ownsActors: false);
            var other = cluster.Start();
            for (var pauses = 0; pauses < 8 && cluster.Status == ExperimentStatus.Running; pauses++)
            {
                // Long enough to be late, and too short for its leases to lapse: it comes back to results that may have been written.
                var before = cluster.Begun.Count;
                cluster.RunUntil(() => cluster.Begun.Count > before + 3 || cluster.Status != ExperimentStatus.Running);
                slow.Pause();
                var wake = cluster.Clock.GetUtcNow() + TimeSpan.FromSeconds(13);
                cluster.RunUntil(() => cluster.Clock.GetUtcNow() >= wake);
                slow.Continue();
            }

            cluster.RunToEnd();
            ShouldBeExact(cluster, method);
            cluster.Store.Jobs(SimulatedCluster.Experiment).ShouldAllBe(j => j.Status == JobStatus.Done);
            begunTwice += other.Log.Count(line => line.Contains("takes another node unusually long"));
        }

        begunTwice.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void A_candidate_that_fails_for_good_is_tried_as_often_as_allowed_and_the_search_goes_on()
    {
        using var cluster = Cluster("nsga2", 1);
        cluster.OnEvaluate = (job, _) =>
        {
            if (job.Kind == JobKinds.Evaluate && job.Key.Hex[0] < '4')
            {
                throw job.Key.Hex[0] < '2' ? new EvaluationException("cannot be built") : new InvalidOperationException("diverged");
            }
        };
        cluster.Start();
        cluster.RunToEnd();

        cluster.Status.ShouldBe(ExperimentStatus.Finished);
        var failed = cluster.Store.Jobs(SimulatedCluster.Experiment).Where(j => j.Failure is not null).ToArray();
        failed.ShouldNotBeEmpty();
        failed.ShouldAllBe(j => cluster.Begun[j.Spec.Key] == (j.Spec.Key.Hex[0] < '2' ? 1 : 3));
        failed.ShouldAllBe(j => j.Failure == (j.Spec.Key.Hex[0] < '2' ? "cannot be built" : "InvalidOperationException: diverged"));
    }

    [Fact]
    public void A_job_that_is_begun_again_and_again_without_an_outcome_is_named_to_a_person()
    {
        using var cluster = Cluster("random", 1);
        for (var kills = 0; kills < 4; kills++)
        {
            var node = cluster.Start();
            cluster.RunUntil(() => cluster.Begun.Values.DefaultIfEmpty(0).Max() > kills).ShouldBeTrue();
            node.Crash();
        }

        var last = cluster.Start();
        cluster.RunToEnd();

        last.Log.ShouldContain(line => line.StartsWith(
            $"Job train-base {cluster.Study.Base.Key.Hex.Substring(0, 12)} is started for time 5"));
    }

    [Fact]
    public void An_actor_that_cannot_go_on_fails_the_experiment_with_the_reason()
    {
        using var cluster = new SimulatedCluster(1, new BrokenStudy(new ToyStudy(new RandomSettings(), 1)));
        cluster.Start();
        cluster.RunToEnd();

        var experiment = cluster.Store.Find(SimulatedCluster.Experiment)!;
        experiment.Status.ShouldBe(ExperimentStatus.Failed);
        experiment.Reason.ShouldBe("toy/experiment: InvalidOperationException: no islands today");
    }

    [Fact]
    public void Following_an_experiment_reads_each_event_once()
    {
        using var cluster = Cluster("nsga2", 1);
        using var counting = new FaultyJournal(cluster.Store);
        var reader = new ActorRecovery(counting, _ => cluster.Study);
        cluster.Start();
        cluster.RunUntil(() =>
        {
            reader.Read(SimulatedCluster.Experiment);
            return cluster.Status != ExperimentStatus.Running;
        });

        var state = reader.Read(SimulatedCluster.Experiment);
        var events = cluster.Store.Events(Addresses.Experiment(SimulatedCluster.Experiment));
        state.History.Length.ShouldBe(events.Count(e => e.Kind == MessageKinds.Progress));
        counting.EventsRead.ShouldBe(events.Length);
    }

    private static SimulatedCluster Cluster(string method, long seed) =>
        new(seed, new ToyStudy(ToyStudy.SmallMethods.Single(m => m.Method == method), 1));

    private static void ShouldBeExact(SimulatedCluster cluster, string method)
    {
        cluster.Status.ShouldBe(ExperimentStatus.Finished, $"seed {cluster.Seed}");
        cluster.Digest.ShouldBe(References.Value[method], $"seed {cluster.Seed}");
    }
}
