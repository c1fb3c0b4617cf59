using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.TestKit.Study;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Settings;

namespace ActorPrune.Actors.Tests.Evolution;

public sealed class DeciderTests
{
    private const int Orders = 25;

    public static TheoryData<string> Methods => [.. ToyStudy.SmallMethods.Select(m => m.Method)];

    [Theory]
    [MemberData(nameof(Methods))]
    public void The_front_does_not_depend_on_the_order_in_which_results_and_parcels_arrive(string method)
    {
        var stages = Enumerable.Range(0, Orders).Select(order => new DeciderStage(Study(method), order).Play()).ToArray();

        stages.ShouldAllBe(s => s.Experiment.Phase == ExperimentPhase.Finished);
        stages.Select(s => s.Digest).Distinct().ShouldHaveSingleItem();
        stages[0].Experiment.Archive.Length.ShouldBeGreaterThan(2);
        stages.Select(s => string.Join(' ', s.Experiment.Picks.Select(p => $"{p.Key}={p.Value.Job}"))).Distinct().ShouldHaveSingleItem();
        stages.Select(s => string.Join(' ', s.Asked.Select(a => a.Key.Hex).Order(StringComparer.Ordinal))).Distinct()
            .ShouldHaveSingleItem();
        stages[0].Statuses.ShouldBe([(ExperimentStatus.Finished, null)]);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Another_seed_gives_another_front(string method) =>
        new DeciderStage(Study(method, seed: 2), 0).Play().Digest.ShouldNotBe(new DeciderStage(Study(method), 0).Play().Digest);

    [Theory]
    [MemberData(nameof(Methods))]
    public void Replaying_the_events_gives_the_state_back(string method)
    {
        var stage = new DeciderStage(Study(method), 3);
        for (var asked = 5; stage.Play(s => s.Asked.Count >= asked).Experiment.Phase < ExperimentPhase.Finished; asked += 7)
        {
            stage.Replays().ShouldAllBe(r => r.Now == r.Replayed);
        }

        stage.Replays().ShouldAllBe(r => r.Now == r.Replayed);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void An_actor_that_was_put_away_as_a_snapshot_goes_on_as_if_nothing_had_happened(string method)
    {
        var expected = new DeciderStage(Study(method), 0).Play();

        foreach (var order in Enumerable.Range(0, 10))
        {
            var stage = new DeciderStage(Study(method), order) { SnapshotRate = order < 5 ? 1 : 0.2 }.Play();

            stage.Digest.ShouldBe(expected.Digest);
            stage.Experiment.Phase.ShouldBe(ExperimentPhase.Finished);
            stage.Asked.Count.ShouldBe(expected.Asked.Count);
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Results_and_parcels_that_come_twice_change_nothing(string method)
    {
        var once = new DeciderStage(Study(method), 0).Play();
        var twice = new DeciderStage(Study(method), 0) { Duplicates = true }.Play();

        twice.Digest.ShouldBe(once.Digest);
        twice.Asked.Count.ShouldBe(once.Asked.Count);
        twice.Experiment.History.Length.ShouldBe(once.Experiment.History.Length);
        twice.Replays().ShouldAllBe(r => r.Now == r.Replayed);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Failed_candidates_and_figures_that_are_not_finite_neither_stop_the_search_nor_enter_the_front(string method)
    {
        static DeciderStage Ill(string method, long order, double snapshots) => new(Study(method), order)
        {
            SnapshotRate = snapshots,
            Failing = job => job.Kind == JobKinds.Evaluate && job.Key.Hex[0] is '0' or '1' or '2',
            Measured = (job, result) => job.Kind != JobKinds.Evaluate ? result : job.Key.Hex[0] switch
            {
                '3' => result with { Measures = result.Measures.SetItem(MeasureNames.Error, double.NaN) },
                '4' => result with { Measures = result.Measures.SetItem(MeasureNames.Error, double.PositiveInfinity) },
                '5' or '6' or '7' => result with
                {
                    Measures = result.Measures.SetItem(MeasureNames.LatencyMs, double.NaN).SetItem("spread", double.NegativeInfinity),
                },
                _ => result,
            },
        };

        var stages = Enumerable.Range(0, 8).Select(order => Ill(method, order, order % 2).Play()).ToArray();

        stages.ShouldAllBe(s => s.Experiment.Phase == ExperimentPhase.Finished);
        stages.Select(s => s.Digest).Distinct().ShouldHaveSingleItem();
        stages[0].Experiment.Archive.ShouldAllBe(
            e => e.Failure == null && double.IsFinite(e[MeasureNames.Error]) && "01234".IndexOf(e.Job.Hex[0]) < 0);
        stages[0].Replays().ShouldAllBe(r => r.Now == r.Replayed);
    }

    [Fact]
    public void A_base_that_cannot_be_had_fails_the_experiment_and_says_why()
    {
        var stage = new DeciderStage(Study("nsga2"), 0) { Failing = job => job.Kind == JobKinds.TrainBase }.Play();

        stage.Experiment.Phase.ShouldBe(ExperimentPhase.Failed);
        stage.Statuses.ShouldHaveSingleItem().ShouldBe((ExperimentStatus.Failed, "The base network could not be had: out of memory"));
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(1.0)]
    public void A_base_that_was_mended_and_tried_again_lets_the_experiment_go_on(double snapshots)
    {
        var study = Study("nsga2");
        var stage = new DeciderStage(study, 0) { Failing = job => job.Kind == JobKinds.TrainBase, SnapshotRate = snapshots }.Play();

        stage.Post(Addresses.Experiment(DeciderStage.Name), stage.OutcomeOf(study.Base));
        stage.Play().Experiment.Phase.ShouldBe(ExperimentPhase.Failed, "it failed again");
        stage.Failing = _ => false;
        stage.Post(Addresses.Experiment(DeciderStage.Name), stage.OutcomeOf(study.Base));
        stage.Play();

        stage.Experiment.Phase.ShouldBe(ExperimentPhase.Finished);
        stage.Statuses.Select(s => s.Status).ShouldBe([ExperimentStatus.Failed, ExperimentStatus.Failed, ExperimentStatus.Finished]);
        stage.Digest.ShouldBe(new DeciderStage(study, 0).Play().Digest);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void An_experiment_of_which_every_candidate_failed_has_failed(string method)
    {
        var stage = new DeciderStage(Study(method), 0) { Failing = job => job.Kind == JobKinds.Evaluate }.Play();

        stage.Experiment.Phase.ShouldBe(ExperimentPhase.Failed);
        stage.Statuses.ShouldHaveSingleItem().Reason.ShouldNotBeNull().ShouldStartWith("No candidate could be evaluated");
    }

    [Fact]
    public void Picks_and_measurements_that_fail_are_kept_with_their_reasons()
    {
        var stage = new DeciderStage(Study("random"), 0) { Failing = job => job.Kind is JobKinds.TrainFinal or JobKinds.Measure }.Play();

        stage.Experiment.Phase.ShouldBe(ExperimentPhase.Finished);
        stage.Experiment.Finals.Keys.ShouldBe(["heavy", "knee", "light"]);
        stage.Experiment.Finals.Values.Concat(stage.Experiment.Measurements.Values).ShouldAllBe(o => o.Failure == "out of memory");
        stage.Experiment.Measurements.Count.ShouldBe(stage.Experiment.Archive.Length + 1);
    }

    [Fact]
    public void Members_with_a_share_of_the_MACs_removed_are_re_trained_where_the_study_asks_for_them()
    {
        var asking = new ToyStudy(ToyStudy.SmallMethods[1], 1) { PickRoles = ["at30", "at50"] };
        var stage = new DeciderStage(asking, 0).Play();

        var whole = stage.Experiment.Base!.Measures[MeasureNames.Macs];
        stage.Experiment.Picks.ShouldNotBeEmpty();
        stage.Experiment.Picks.Keys.ShouldBeSubsetOf(["at30", "at50"]);
        stage.Experiment.Picks.ShouldAllBe(p => 1 - (p.Value[MeasureNames.Macs] / whole) > (p.Key == "at30" ? 0.29 : 0.49));
        stage.Experiment.Finals.Keys.ShouldBe(stage.Experiment.Picks.Keys);
        stage.Digest.ShouldBe(new DeciderStage(Study("nsga2"), 0).Play().Digest, "picks do not change a front");
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Members_are_widened_up_to_the_wanted_shares_in_whatever_order_their_results_arrive(string method)
    {
        var plain = new DeciderStage(Widening(method, 0), 0).Play().Experiment;
        var stages = Enumerable.Range(0, 10)
            .Select(order => new DeciderStage(Widening(method, 3), order) { SnapshotRate = order < 5 ? 0 : 1 }.Play()).ToArray();

        stages.ShouldAllBe(s => s.Experiment.Phase == ExperimentPhase.Finished);
        stages.Select(s => s.Digest).Distinct().ShouldHaveSingleItem();
        stages.ShouldAllBe(s => s.Replays().All(r => r.Now == r.Replayed));
        var fitted = stages[0].Experiment;
        fitted.Fitting.ShouldNotBeEmpty();
        fitted.Picks.ShouldAllBe(p => fitted.Archive.Contains(p.Value));

        // The front may only become better.
        plain.Fitting.ShouldBeEmpty();
        plain.Archive.ShouldAllBe(before => fitted.Archive.Any(now =>
            now[MeasureNames.Error] <= before[MeasureNames.Error] && now[MeasureNames.Macs] <= before[MeasureNames.Macs]));
        plain.Picks.ShouldAllBe(p => fitted.Picks[p.Key][MeasureNames.Error] <= p.Value[MeasureNames.Error]);
    }

    [Fact]
    public void Without_the_widened_networks_picks_are_the_searchs_own()
    {
        var plain = new DeciderStage(Widening("random", 0), 0).Play();
        var searched = plain.Asked.Where(j => j.Kind == JobKinds.Evaluate).Select(j => j.Key).ToHashSet();
        var stage = new DeciderStage(Widening("random", 3), 0)
        {
            Failing = job => job.Kind == JobKinds.Evaluate && !searched.Contains(job.Key),
        }.Play();

        stage.Experiment.Fitting.ShouldNotBeEmpty();
        stage.Experiment.Phase.ShouldBe(ExperimentPhase.Finished);
        stage.Digest.ShouldBe(plain.Digest);
    }

    [Fact]
    public void A_failure_that_was_tried_again_is_replaced_while_its_generation_is_not_complete()
    {
        var study = Study("random");
        var decider = new IslandDecider(DeciderStage.Name, "random", study);
        var stage = new DeciderStage(study, 0);
        var island = Addresses.Island(DeciderStage.Name, "random");
        var state = Apply(IslandState.Empty, MessageKinds.StartIsland, Body.Write(new StartIsland(stage.OutcomeOf(study.Base).Result!)));
        var key = state.Awaited[0];
        var good = stage.OutcomeOf(study.Problem(state.Base!).Evaluation(
            ((Genetics.Searches.SearchDemand.Evaluations)state.Search!.Demand).Genomes[0]));

        state = Apply(state, JobMessages.Outcome, new JobOutcome(key, null, "out of memory").ToJson());
        state = Apply(state, JobMessages.Outcome, good.ToJson());
        state.Outcomes[key.Hex].Result.ShouldNotBeNull();
        decider.Decide(state, Mail(JobMessages.Outcome, new JobOutcome(key, null, "too late").ToJson())).ShouldBeEmpty();
        decider.Decide(state, Mail(JobMessages.Outcome, good.ToJson())).ShouldBeEmpty();

        IslandState Apply(IslandState from, string kind, string body) =>
            decider.Decide(from, Mail(kind, body)).Aggregate(from, (s, e) => decider.Apply(s, e).State);
        Envelope Mail(string kind, string body) => new(1, null, island, kind, body);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void What_a_program_that_searches_otherwise_has_stored_is_refused(string method)
    {
        // Another seed draws other genomes, as another operator would.
        var (study, otherwise) = (Study(method), Study(method, seed: 2));
        var stage = new DeciderStage(study, 0);
        var island = study.Islands(stage.OutcomeOf(study.Base).Result!)[0].Name;
        var (decider, other) = (new IslandDecider(DeciderStage.Name, island, study), new IslandDecider(DeciderStage.Name, island, otherwise));
        List<NewEvent> events = [new(MessageKinds.StartIsland, Body.Write(new StartIsland(stage.OutcomeOf(study.Base).Result!)))];
        var state = Replay(decider);

        // The unpruned network alone, which smoea asks for first, is the same in any search.
        for (; state.Awaited.Length == 1; state = Replay(decider))
        {
            events.Add(Failure(state.Awaited[0]));
        }

        state.Awaited.ShouldNotBeEmpty();
        events.Add(Failure(state.Awaited[^1]));

        decider.ReadSnapshot(decider.WriteSnapshot(state)).Awaited.ShouldBe(state.Awaited);
        Should.Throw<OtherProgramException>(() => other.ReadSnapshot(decider.WriteSnapshot(state)))
            .Message.ShouldContain($"{DeciderStage.Name} was begun by a program that searches otherwise");
        Should.Throw<OtherProgramException>(() => Replay(other));

        IslandState Replay(IslandDecider by) => events.Aggregate(IslandState.Empty, (s, e) => by.Apply(s, e).State);
        static NewEvent Failure(JobKey key) => new("outcome", new JobOutcome(key, null, "out of memory").ToJson());
    }

    [Fact]
    public void An_outcome_of_an_earlier_generation_is_ignored()
    {
        var study = Study("nsga2");
        var stage = new DeciderStage(study, 0) { Failing = job => job.Key.Hex[0] < '4' && job.Kind == JobKinds.Evaluate }.Play();
        var failed = stage.Asked.Where(stage.Failing).ToArray();
        failed.ShouldNotBeEmpty();
        var before = stage.Replays().ToArray();

        stage.Failing = _ => false;
        foreach (var actor in stage.Actors.ToArray())
        {
            Array.ForEach(failed, job => stage.Post(actor, stage.OutcomeOf(job)));
        }

        stage.Play().Replays().ShouldBe(before);
    }

    [Fact]
    public void An_experiments_snapshot_does_not_grow_with_its_history()
    {
        var shorter = new DeciderStage(new ToyStudy(new Nsga2Settings { Population = 4, Generations = 5 }, 1), 0).Play();
        var longer = new DeciderStage(new ToyStudy(new Nsga2Settings { Population = 4, Generations = 200 }, 1), 0).Play();
        longer.Experiment.History.Length.ShouldBeGreaterThan(150);

        var lengths = new[] { shorter, longer }.Select(s => Snapshot(s).Length / s.Experiment.Archive.Length).ToArray();

        lengths[1].ShouldBeLessThan(2 * lengths[0]);
        JsonNode.Parse(Snapshot(longer))!["History"]!.AsArray().ShouldBeEmpty();
        var owner = new ExperimentDecider(DeciderStage.Name, Study("nsga2"));
        var report = new NewEvent(MessageKinds.Progress, Body.Write(longer.Experiment.History[0]));
        owner.Apply(longer.Experiment with { History = [] }, report).State.History.ShouldBeEmpty("nor does the state of who only decides");

        static string Snapshot(DeciderStage stage) => stage.Replays().Single(r => r.Actor == Addresses.Experiment(DeciderStage.Name)).Now;
    }

    [Fact]
    public void A_fronts_digest_takes_figures_that_are_not_finite_and_leaves_measured_times_out()
    {
        var member = new DeciderStage(Study("random"), 0).Play().Experiment.Archive[0];
        string Digest(string measure, double value) => Front.Digest([member with { Measures = member.Measures.SetItem(measure, value) }]);

        Digest("spread", double.NaN).ShouldNotBe(Digest("spread", double.PositiveInfinity));
        Digest(MeasureNames.LatencyMs, 1).ShouldBe(Digest(MeasureNames.LatencyMs, 2));
    }

    private static ToyStudy Widening(string method, int members) => new(ToyStudy.SmallMethods.Single(m => m.Method == method), 1)
    {
        PickRoles = ["at20", "at35", "at50", "at65"],
        WidenedPicks = members,
    };

    private static ToyStudy Study(string method, long seed = 1) => new(ToyStudy.SmallMethods.Single(m => m.Method == method), seed);
}
