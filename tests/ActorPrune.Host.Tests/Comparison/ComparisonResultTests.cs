using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;
using ActorPrune.Host.Comparison;
using ActorPrune.Host.Comparison.Output;
using ActorPrune.Host.Tests.Report;

namespace ActorPrune.Host.Tests.Comparison;

public sealed class ComparisonResultTests
{
    [Fact]
    public void A_summary_is_the_mean_with_the_samples_standard_deviation()
    {
        // By hand: mean 4, squares 4 + 0 + 4, over n - 1 = 2.
        var summary = Summary.Over([2, 4, 6]);
        (summary.Mean, summary.Spread, summary.Count, summary.Of).ShouldBe((4, 2, 3, 3));
        Summary.Over([0.1]).Percent().ShouldBe("10.00 %");
        Summary.Over([0.1, 0.2]).Percent(1).ShouldBe("15.0 ± 7.1 %");
    }

    [Fact]
    public void Seeds_without_a_figure_are_counted_and_said()
    {
        Summary.Over([0.1, null, double.NaN, 0.1]).Percent(1).ShouldBe("10.0 ± 0.0 % (2 of 4)");
        Summary.Over([null, null]).Percent().ShouldBe("–");
    }

    [Fact]
    public void The_table_holds_means_and_spreads_and_a_dash_where_no_network_removes_so_much() =>
        ComparisonTables.Methods(Comparisons.Small).Plain().Split('\n').Select(Cells)
            .ShouldBe(
            [
                "method|evaluations|computed|cached|hypervolume|error at 50 %, removed|error at 70 %, removed|hours",
                "nsga2|60|50|9|0.6500 ± 0.0707|14.00 ± 1.41 %, 52.0 %|22.00 ± 1.41 %, 72.0 %|0.100 ± 0.000",
                "random|60|50|9|0.5700 ± 0.0990|21.00 ± 1.41 %, 52.0 %|30.00 % (1 of 2), 72.0 %|0.100 ± 0.000",
                "magnitude|60|50|9|0.5500 ± 0.0000|12.00 ± 0.00 %, 52.0 %|–|0.100 ± 0.000",
            ]);

    [Fact]
    public void The_words_say_who_is_ahead_and_who_is_not()
    {
        Verdicts.Of(Comparisons.Small).ShouldBe(
        [
            "nsga2 is ahead of random in hypervolume: 0.6500 against 0.5700, larger with 1 of 2 seeds.",
            "With 50 % of the MACs removed no search is ahead of magnitude; the best of them is nsga2: test error 14.00 ± 1.41 % against "
            + "12.00 ± 0.00 %, smaller with 0 of 2 seeds (really removed: 52.0 % and 52.0 %).",
            "With 70 % of the MACs removed no search could be compared with magnitude, since a re-trained network is missing.",
        ]);
        Verdicts.Of(Comparisons.Of(
            Comparisons.Method("cemba", MethodKind.Search, Comparisons.Run(1, 0.4, (0.5, 0.1))),
            Comparisons.Method("random", MethodKind.Random, Comparisons.Run(1, 0.4)),
            Comparisons.Method("fpgm", MethodKind.Uniform, Comparisons.Run(1, 0.4, (0.5, 0.2)))))
            .Take(2).ShouldBe(
            [
                "cemba is not ahead of random in hypervolume: 0.4000 against 0.4000, larger with 0 of 1 seed.",
                "With 50 % of the MACs removed the best of the searches, cemba, is ahead of fpgm: test error 10.00 % against 20.00 %, smaller with 1 of 1 seed "
                + "(really removed: 52.0 % and 52.0 %).",
            ]);
    }

    [Fact]
    public void A_method_that_failed_has_no_figures_and_its_reason_is_told()
    {
        var result = Comparisons.Of(
            Comparisons.Method("evofc", MethodKind.Search, Comparisons.Run(1, null), Comparisons.Run(2, 0.4)),
            Comparisons.Method("nsga2", MethodKind.Search, Comparisons.Run(1, null), Comparisons.Run(2, null)),
            Comparisons.Method("random", MethodKind.Random, Comparisons.Run(1, 0.3), Comparisons.Run(2, 0.3)));

        ComparisonTables.Methods(result).Plain().ShouldContain("0.4000 (1 of 2)");
        var words = Verdicts.Of(result).ToArray();
        words.ShouldContain("evofc is ahead of random in hypervolume: 0.4000 against 0.3000, larger with 1 of 1 seed.");
        words.ShouldContain("nsga2 could not be compared with random in hypervolume, since a front is missing.");
        words.ShouldContain("nsga2 with seed 2 failed: no candidate could be evaluated");
        Verdicts.Of(Comparisons.Of(Comparisons.Small.Methods[0])).First().ShouldBe("nsga2 was not compared with random search.");
    }

    [Fact]
    public void Hypervolume_is_the_share_of_the_box_up_to_guessing_and_the_bases_cost()
    {
        var reference = ReferencePoint.Guessing(10);
        reference.ShouldBe(new ReferencePoint(0.9, 1));
        reference.Share([new FrontPoint(0, 0)]).ShouldBe(1);
        reference.Share([new FrontPoint(0.45, 0.5)]).ShouldBe(0.25, 1e-12);
        reference.Share([new FrontPoint(0.1, 1), new FrontPoint(0.95, 0.1)]).ShouldBe(0);
        ReferencePoint.Guessing(200).Error.ShouldBe(0.995);
    }

    [Fact]
    public void A_runs_figures_come_from_its_state()
    {
        var state = Runs.FinishedState() with
        {
            Picks = ImmutableSortedDictionary<string, Genetics.Searches.Evaluated>.Empty.Add("at50", Runs.Knee).Add("at70", Runs.Light),
            Finals = Runs.FinishedState().Finals.Clear().Add("at50", Runs.FinishedState().Finals["knee"]),
        };

        var run = ComparedRun.Of(Runs.Finished with { State = state }, [0.5, 0.7, 0.9], new ReferencePoint(1, 1));

        // Members at (0.10, 0.8), (0.15, 0.48) and (0.40, 0.2): 0.2·0.9 + 0.32·0.85 + 0.28·0.6.
        run.Hypervolume!.Value.ShouldBe(0.62, 1e-9);
        run.Progress.ShouldBe([new ProgressPoint(6, run.Progress[0].Hypervolume), new ProgressPoint(8, run.Hypervolume.Value)]);
        run.At.Select(a => (a.Target, a.ErrorLast, a.ErrorBest)).ShouldBe([(0.5, 0.109, 0.107), (0.7, null, null)]);
        run.For(0.5)!.Removed!.Value.ShouldBe(0.52, 1e-9);
        run.SearchSeconds.ShouldBe(33);
        var created = Runs.Model(ExperimentStatus.Running, ExperimentState.Empty);
        ComparedRun.Of(created, [0.5], new ReferencePoint(1, 1)).Hypervolume.ShouldBeNull();
    }

    [Fact]
    public void The_files_hold_every_run()
    {
        var csv = ComparisonFiles.Csv(Comparisons.Small).TrimEnd('\n').Split('\n');
        csv.Length.ShouldBe(7);
        csv.Select(l => l.Count(','.Equals)).Distinct().ShouldHaveSingleItem();
        csv[1].ShouldStartWith("nsga2,1,small-x-s1,60,50,9,1,0.7,360,1800,0.52,0.23,0.13,0.12,0.72");
        csv[5].ShouldEndWith(",,,,", customMessage: "magnitude has no network at 70 %");

        var json = JsonNode.Parse(ComparisonFiles.Json(Comparisons.Small))!;
        json["reference"]!["error"]!.GetValue<double>().ShouldBe(0.9);
        json["methods"]!.AsArray().Count.ShouldBe(3);
        json["methods"]![2]!["at"]![1]!["errorLast"]!["mean"].ShouldBeNull();
        json["methods"]![0]!["runs"]![1]!["front"]!.AsArray().Count.ShouldBe(2);
        json["verdicts"]!.AsArray().Count.ShouldBe(3);
        json["commit"]!.GetValue<string>().ShouldBe("0123abcd");
    }

    /// <summary>The cells of an aligned line.</summary>
    private static string Cells(string line) =>
        string.Join('|', line.Split("  ", StringSplitOptions.RemoveEmptyEntries).Select(c => c.Trim()));
}
