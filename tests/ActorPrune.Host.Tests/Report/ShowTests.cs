using System.Collections.Immutable;
using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Ports;
using ActorPrune.Host.Report;
using Spectre.Console;

namespace ActorPrune.Host.Tests.Report;

public sealed class ShowTests
{
    [Fact]
    public void A_finished_run_is_shown_as_exactly_the_promised_object()
    {
        var expected = $$"""
            {"name":"quickstart","status":"finished","method":"cemba","seed":42,"generation":2,
            "evaluations":{"requested":8,"computed":5,"cached":2,"failed":1,"attempts":7},
            "base":{"error":0.104,"searchError":0.09,"macs":1000000,"params":1000,"latencyMs":3.4},
            "front":[{"id":"aaaaaaaaaaaa","error":0.1,"macs":800000,"params":900,"latencyMs":3},
            {"id":"bbbbbbbbbbbb","error":0.15,"macs":480000,"params":590,"latencyMs":2},
            {"id":"cccccccccccc","error":0.4,"macs":200000,"params":100,"latencyMs":0.5}],
            "picks":{"heavy":{"id":"aaaaaaaaaaaa","searchError":0.1,"finalErrorLast":0.103,"finalErrorBest":0.101,"macs":800000,"params":900,"latencyMs":3},
            "knee":{"id":"bbbbbbbbbbbb","searchError":0.15,"finalErrorLast":0.109,"finalErrorBest":0.107,"macs":480000,"params":590,"latencyMs":2},
            "light":{"id":"cccccccccccc","searchError":0.4,"finalErrorLast":0.3,"finalErrorBest":0.29,"macs":200000,"params":100,"latencyMs":0.5} },
            "digest":"{{Front.Digest([Runs.Heavy, Runs.Knee, Runs.Light])}}"}
            """;
        ShowDocument.Of(Runs.Finished).ToJsonString().ShouldBe(expected.ReplaceLineEndings(string.Empty).Replace("} }", "}}", StringComparison.Ordinal));
    }

    [Fact]
    public void A_run_that_has_just_begun_has_null_for_every_missing_figure()
    {
        var shown = ShowDocument.Of(Runs.Model(ExperimentStatus.Running, ExperimentState.Empty));
        shown.ToJsonString().ShouldBe(
            """{"name":"quickstart","status":"running","method":"cemba","seed":42,"generation":0,"""
            + """ "evaluations":{"requested":0,"computed":0,"cached":0,"failed":0,"attempts":0},""".Trim()
            + """ "base":{"error":null,"searchError":null,"macs":null,"params":null,"latencyMs":null},"front":[],""".Trim()
            + $$""" "picks":{"heavy":null,"knee":null,"light":null},"digest":"{{Front.Digest([])}}"}""".Trim());
    }

    [Fact]
    public void Errors_before_and_after_recalibration_and_after_training_are_shown_where_jobs_report_them()
    {
        const string Detail = """{"errorInherited":0.8,"errorRecalibrated":0.3,"errorFineTuned":0.15}""";
        var evaluation = Runs.Job(JobKinds.Evaluate, 30, Runs.Result([], Detail));
        var state = Runs.FinishedState();
        var finals = state.Finals.SetItem("light", state.Finals["light"] with { Result = Runs.Result([],
            """{"errorInherited":0.7,"errorRecalibrated":0.6}""") });
        var knee = Runs.Knee with { Job = evaluation.Spec.Key };
        var shown = ShowDocument.Of(Runs.Finished with
        {
            Jobs = [evaluation],
            State = state with { Finals = finals, Archive = [knee], Picks = state.Picks.SetItem("knee", knee) },
        });
        foreach (var entry in new[] { shown["front"]![0]!, shown["picks"]!["knee"]! })
        {
            (entry["errorInherited"]!.GetValue<double>(), entry["errorRecalibrated"]!.GetValue<double>(),
                entry["errorFineTuned"]!.GetValue<double>())
                .ShouldBe((0.8, 0.3, 0.15));
        }

        shown["picks"]!["light"]!["errorInherited"]!.GetValue<double>().ShouldBe(0.7);
        shown["picks"]!["heavy"]!.AsObject().ContainsKey("errorInherited").ShouldBeFalse();
    }

    [Fact]
    public void The_cost_of_sub_networks_is_shown_beside_that_of_evaluations()
    {
        var run = Runs.Finished with
        {
            Jobs = [Runs.Job(JobKinds.SubNetwork, 0.2, Runs.Result([], "{}")), Runs.Job(JobKinds.SubNetwork, 0.4, Runs.Result([], "{}")),
                Runs.Job(JobKinds.Evaluate, 6, Runs.Result([], "{}"))],
        };
        ShowDocument.Of(run)["subNetworks"]!.ToJsonString()
            .ShouldBe("""{"evaluations":2,"seconds":0.30000000000000004,"fullSeconds":6,"ratio":0.05000000000000001}""");
        ShowText.Plain(run).ShouldContain("2 sub-network evaluations, 0.30 s each: 5.0 % of an evaluation's 6.0 s");
        ShowText.Plain(Runs.Finished).ShouldNotContain("sub-network");
    }

    [Fact]
    public void A_missing_or_failed_measurement_is_a_null_latency()
    {
        var state = Runs.FinishedState();
        var failed = state.Measurements.Remove("base")
            .SetItem(Front.Id(Runs.Knee), new JobOutcome(Runs.Knee.Job, null, "the device went away"));
        var shown = ShowDocument.Of(Runs.Finished with { State = state with { Measurements = failed } });
        shown["base"]!["latencyMs"].ShouldBeNull();
        shown["picks"]!["knee"]!["latencyMs"].ShouldBeNull();
        shown["front"]![0]!["latencyMs"]!.GetValue<long>().ShouldBe(3);
    }

    [Fact]
    public void Picks_by_share_of_MACs_removed_follow_the_others_in_the_order_of_the_shares()
    {
        var state = Runs.FinishedState();
        var picked = state with
        {
            Picks = state.Picks.Add("at50", Runs.Knee).Add("at7.5", Runs.Heavy),
            Finals = state.Finals.Add("at50", state.Finals["knee"]),
        };
        var shown = ShowDocument.Of(Runs.Finished with { State = picked })["picks"]!.AsObject();
        shown.Select(p => p.Key).ShouldBe(["heavy", "knee", "light", "at7.5", "at50"]);
        shown["at50"]!["finalErrorLast"]!.GetValue<double>().ShouldBe(0.109);
        ShowText.Plain(Runs.Finished with { State = picked }).ShouldContain("knee, at50");
        var alone = picked with { Picks = picked.Picks.RemoveRange(["heavy", "knee", "light"]) };
        Headline.Of(Runs.Finished with { State = alone }).ShouldStartWith("resnet20 on shapes, at7.5: 20.0 % fewer MACs");
    }

    [Fact]
    public void A_latency_that_the_search_itself_measured_stands_in_for_a_measurement()
    {
        var timed = Runs.Knee with { Measures = Runs.Knee.Measures.Add("latencyMs", 1.25) };
        var shown = ShowDocument.Of(Runs.Model(ExperimentStatus.Running, ExperimentState.Empty with { Archive = [timed] }));
        shown["front"]![0]!["latencyMs"]!.GetValue<double>().ShouldBe(1.25);
    }

    [Fact]
    public void The_re_training_of_a_pick_that_failed_leaves_its_final_errors_null()
    {
        var state = Runs.FinishedState();
        var shown = ShowDocument.Of(Runs.Finished with
        {
            State = state with { Finals = state.Finals.SetItem("knee", new JobOutcome(Runs.Knee.Job, null, "out of memory")) },
        });
        shown["picks"]!["knee"]!["finalErrorLast"].ShouldBeNull();
        shown["picks"]!["knee"]!["searchError"]!.GetValue<double>().ShouldBe(0.15);
    }

    [Fact]
    public void The_headline_says_what_the_knee_saves_and_costs() =>
        Headline.Of(Runs.Finished).ShouldBe(
            "resnet20 on shapes, knee: 52.0 % fewer MACs, 41.0 % fewer params, test error 10.9 % (base 10.4 %), 1.7× faster.");

    [Fact]
    public void The_headline_of_a_failed_run_says_why() =>
        Headline.Of(Runs.Model(ExperimentStatus.Failed, ExperimentState.Empty) with { Reason = "The base network could not be had." })
            .ShouldBe("resnet20 on shapes: failed: The base network could not be had.");

    [Fact]
    public void Plain_text_aligns_figures_and_holds_no_escape_sequences()
    {
        var text = ShowText.Plain(Runs.Finished with { Name = "evil\u001b[31m\nname" });
        text.ShouldNotContain("\u001b");
        text.ShouldContain("52.0 % fewer MACs");
        var front = text.Split('\n').SkipWhile(l => !l.StartsWith("Front", StringComparison.Ordinal)).Skip(1).Take(4).ToArray();
        front.ShouldBe(
        [
            "id              error   MACs  removed  params        ms  pick",
            "aaaaaaaaaaaa  10.00 %  800 k   20.0 %     900   3.00 ms  heavy",
            "bbbbbbbbbbbb  15.00 %  480 k   52.0 %     590   2.00 ms  knee",
            "cccccccccccc  40.00 %  200 k   80.0 %     100  0.500 ms  light",
        ], ignoreOrder: false);
    }

    [Fact]
    public void A_terminal_shows_names_that_look_like_markup_as_they_are()
    {
        using var written = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(written) });
        console.Profile.Width = 200;
        console.Write(ShowText.Render(Runs.Finished with { Name = "[red]x[/]" }));
        written.ToString().ShouldContain("[red]x[/]");
        written.ToString().ShouldContain("│ knee");
    }

    [Fact]
    public void The_list_shows_one_aligned_line_for_each_experiment()
    {
        var running = Runs.Model(ExperimentStatus.Running, ExperimentState.Empty) with { Name = "b" };
        var table = ExperimentList.Table([ListedExperiment.Of(Runs.Finished), ListedExperiment.Of(running)], Runs.Start.AddHours(50));
        table.Plain().Split('\n').ShouldBe(
        [
            "name        status    method  network   data    generation  evaluations  best error      age",
            "quickstart  finished  cemba   resnet20  shapes           2            8      10.0 %  2 d 2 h",
            "b           running   cemba   resnet20  shapes           0            0           –  2 d 2 h",
        ]);
    }

    [Theory]
    [InlineData(480_000, "52.0 % fewer MACs")]
    [InlineData(1_100_000, "10.0 % more MACs")]
    [InlineData(1_000_000, "the same MACs")]
    public void Savings_are_worded_by_their_direction(double macs, string expected) => Wording.Fewer(macs, 1_000_000, "MACs").ShouldBe(expected);

    [Theory]
    [InlineData(2, "1.7× faster")]
    [InlineData(6.8, "2.0× slower")]
    [InlineData(3.4, "as fast as the base")]
    public void Times_are_worded_by_their_ratio(double milliseconds, string expected) => Wording.Faster(milliseconds, 3.4).ShouldBe(expected);

    [Fact]
    public void Counts_keep_three_digits_and_a_prefix() =>
        new double?[] { 40_552_448, 1000, 12_345, 0.5e9, null }.Select(Wording.Count).ShouldBe(["40.6 M", "1000", "12.3 k", "500 M", "–"]);
}
