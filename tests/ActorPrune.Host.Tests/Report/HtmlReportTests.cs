using System.Collections.Immutable;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Searches;
using ActorPrune.Host.Report;

namespace ActorPrune.Host.Tests.Report;

public sealed partial class HtmlReportTests
{
    private static readonly DateTimeOffset Now = Runs.Start.AddHours(3);

    public static TheoryData<string> States => ["finished", "created", "based", "failed-base", "stopped", "one-member", "empty-front"];

    [Theory]
    [MemberData(nameof(States))]
    public void The_page_is_well_formed_in_every_state_of_a_run(string state)
    {
        var page = Parse(HtmlReport.Write(Model(state), Now));
        page.Root!.Name.LocalName.ShouldBe("html");
        page.Descendants("h1").Single().Value.ShouldBe("quickstart");
        page.Descendants("svg").Attributes().Select(a => a.Value).ShouldAllBe(v => !v.Contains("NaN") && !v.Contains('∞'));
    }

    [Theory]
    [MemberData(nameof(States))]
    public void The_page_loads_nothing_from_anywhere(string state)
    {
        var text = HtmlReport.Write(Model(state), Now);
        text.ShouldNotContain("http:");
        text.ShouldNotContain("https:");
        text.ShouldNotContain("url(");
        text.ShouldNotContain("@import");
        var page = Parse(text);
        page.Descendants().Attributes().ShouldAllBe(a => a.Name.LocalName != "src" && a.Name.LocalName != "href");
        page.Descendants().ShouldAllBe(e => e.Name.LocalName != "script" && e.Name.LocalName != "link");
    }

    [Fact]
    public void The_page_states_the_figures_of_the_picks_and_of_the_base()
    {
        var page = Parse(HtmlReport.Write(Runs.Finished, Now));
        page.Descendants("p").Single(p => p.Attribute("class")?.Value == "lead").Value.ShouldContain("52.0 % fewer MACs");
        var rows = Section(page, "picks").Descendants("tr").Select(Cells).ToArray();
        rows.ShouldContain("base|9.00 %|10.40 %|10.00 %|1.00 M|1000|3.40 ms");
        rows.ShouldContain("knee|15.00 %|10.90 %|10.70 %|480 k|590|2.00 ms");
    }

    [Fact]
    public void The_page_shows_what_each_pick_keeps_of_each_group()
    {
        var rows = Section(Parse(HtmlReport.Write(Runs.Finished, Now)), "layers").Descendants("tr").Select(Cells).ToArray();
        rows.ShouldBe(
        [
            "group|channels|heavy|knee|light",
            "layer1.0.conv1|4|4|3|1",
            "layer2.0.conv1|8|7|3|1",
            "all|12|11 (91.7 %)|6 (50.0 %)|2 (16.7 %)",
        ]);
    }

    [Fact]
    public void The_page_counts_migrants_from_island_to_island()
    {
        var rows = Section(Parse(HtmlReport.Write(Runs.Finished, Now)), "migration").Descendants("tr").Select(Cells).ToArray();
        rows.ShouldBe(["from \\ to|u1|u2", "u1|–|5", "u2|1|–"]);
    }

    [Fact]
    public void The_page_says_where_the_time_went_and_why_jobs_failed()
    {
        var page = Parse(HtmlReport.Write(Runs.Finished, Now));
        Section(page, "work").Value.ShouldContain("8 evaluations asked for: 5 computed, 2 answered from what was known already (25.0 %), 1 failed.");
        Section(page, "work").Descendants("tr").Select(Cells).ShouldContain("base network|10 min 0 s|94.8 %|1|0|0|10 min 0 s");
        Section(page, "failures").Descendants("tr").Select(Cells).ShouldContain("evaluations|1|the network vanished: layer <conv1> has no filter");
    }

    [Fact]
    public void The_page_shows_errors_before_and_after_recalibration_where_the_evaluation_tells()
    {
        var evaluation = Runs.Job(JobKinds.Evaluate, 30, Runs.Result([], """{"errorInherited":0.8,"errorRecalibrated":0.3,"errorFineTuned":0.15}"""));
        var knee = Runs.Knee with { Job = evaluation.Spec.Key };
        var state = Runs.FinishedState();
        var page = Parse(HtmlReport.Write(
            Runs.Finished with { Jobs = [evaluation], State = state with { Picks = state.Picks.SetItem("knee", knee) } }, Now));
        Section(page, "picks").Descendants("tr").Select(Cells).ShouldContain("knee|80.00 %|30.00 %|15.00 %");
    }

    [Fact]
    public void The_page_shows_each_candidates_error_before_its_training_where_evaluations_tell()
    {
        var evaluation = Runs.Job(JobKinds.Evaluate, 30,
            Runs.Result([], """{"errorInherited":0.8,"errorRecalibrated":0.3,"errorFineTuned":0.15}"""));
        var page = Parse(HtmlReport.Write(
            Runs.Finished with { Jobs = [evaluation], State = Runs.FinishedState() with { Archive = [Runs.Knee with { Job = evaluation.Spec.Key }] } }, Now));
        var row = Section(page, "front").Descendants("tr").Select(Cells)
            .Single(r => r.StartsWith(evaluation.Spec.Key.Hex[..12], StringComparison.Ordinal));
        row.ShouldEndWith("|80.00 %|30.00 %");
    }

    [Fact]
    public void The_page_shows_each_part_with_what_was_measured_and_chosen_and_what_sub_networks_cost()
    {
        var part = new PartReport(0, ["conv1", "conv2"], [new PartMember(0, 900, null, false), new PartMember(0.25, 300, 0.125, true)]);
        var progress = new IslandProgress("s1", 1, 1, [], [], false) { Decided = part };
        var page = Parse(HtmlReport.Write(
            Runs.Finished with
            {
                Jobs = [Runs.Job(JobKinds.SubNetwork, 0.5, Runs.Result([], "{}")), Runs.Job(JobKinds.Evaluate, 5, Runs.Result([], "{}"))],
                State = Runs.FinishedState() with { History = [progress, progress with { Decided = new PartReport(1, ["conv3"], []) }] },
            },
            Now));
        var section = Section(page, "parts");
        section.Descendants("tr").Select(Cells).ShouldContain("25.00 %|300|12.50 %|gone on with");
        section.Descendants("svg").Count().ShouldBe(1);
        section.Descendants("summary").Select(s => s.Value)
            .ShouldBe(["part 1: conv1; conv2; 300 of 900 weights stay", "part 2: conv3; left as it was"]);
        section.Value.ShouldContain("10.0 % of an evaluation's 5.0 s");
        Section(page, "work").Descendants("tr").Select(Cells)
            .ShouldContain(r => r.StartsWith("sub-network evaluations|", StringComparison.Ordinal));
    }

    [Fact]
    public void The_page_says_how_to_get_the_same_again()
    {
        var section = Section(Parse(HtmlReport.Write(Runs.Finished, Now)), "reproduce").Value;
        foreach (var part in new[]
        {
            Runs.Finished.Command, Runs.Finished.Configuration, Front.Digest(Runs.Finished.State.Archive),
            "2.4.0", "Some CPU, 8 cores", "batch 1, float32, 1 thread"
        })
        {
            section.ShouldContain(part);
        }
    }

    [Fact]
    public void No_value_becomes_markup()
    {
        const string Evil = "<script>alert('x')</script> & \"q\" \u0000\u001b \ud800";
        var evil = Runs.Finished with
        {
            Name = Evil,
            Reason = Evil,
            Method = Evil,
            Network = Evil,
            Data = Evil,
            Convention = Evil,
            Configuration = Evil,
            Command = Evil,
            Objectives = [Evil],
            Environment = new RunEnvironment(Evil, Evil, Evil, Evil, Evil, Evil, 1),
            Jobs = [Runs.Job(Evil, 1, null, Evil)],
            Layers = [new BaseLayer(Evil, Evil, 1, 2, 3, 4)],
            Space = new SearchSpace([Runs.Space.Groups[0] with { Name = Evil }, Runs.Space.Groups[1]], [], ChannelMode.None),
            State = Runs.FinishedState() with { History = [new IslandProgress(Evil, 1, 1, [Runs.Heavy], [new Migration(Evil, "#u2", 0, 1)], true)] },
        };
        var text = HtmlReport.Write(evil, Now);
        text.ShouldNotContain("<script");
        var page = Parse(text);
        page.Descendants("h1").Single().Value.ShouldBe("<script>alert('x')</script> & \"q\" \ufffd\ufffd \ufffd");
        page.Descendants("script").ShouldBeEmpty();
    }

    [Fact]
    public void A_measured_time_as_objective_gets_a_chart_of_its_own_and_a_warning()
    {
        var page = Parse(HtmlReport.Write(Runs.Finished with { Objectives = ["error", "macs", "latencyMs"] }, Now));
        Section(page, "front").Descendants("svg").Count().ShouldBe(2);
        Section(page, "front").Value.ShouldContain("Time is an objective");
        Section(page, "reproduce").Value.ShouldContain("the front is exact on one store only");
    }

    [Fact]
    public void A_run_without_any_measured_time_shows_dashes_and_one_chart()
    {
        var page = Parse(HtmlReport.Write(
            Runs.Finished with { State = Runs.FinishedState() with { Measurements = ImmutableSortedDictionary<string, JobOutcome>.Empty } }, Now));
        Section(page, "front").Descendants("svg").Count().ShouldBe(1);
        Section(page, "front").Descendants("tr").Select(Cells).ShouldContain("bbbbbbbbbbbb|knee|15.00 %|480 k|52.0 %|590|–|–");
    }

    [Fact]
    public void A_failed_base_network_is_told_with_its_reason() =>
        Parse(HtmlReport.Write(Model("failed-base"), Now)).Descendants("p").Select(p => p.Value).ShouldContain("Failed: The data set is cut.");

    private static RunModel Model(string state) => state switch
    {
        "finished" => Runs.Finished,
        "created" => Runs.Model(ExperimentStatus.Running, ExperimentState.Empty) with { Space = null },
        "based" => Runs.Model(ExperimentStatus.Running, ExperimentState.Empty with { Phase = ExperimentPhase.Search, Base = Runs.Base }),
        "failed-base" => Runs.Model(ExperimentStatus.Failed, ExperimentState.Empty with { Phase = ExperimentPhase.Failed })
            with { Reason = "The data set is cut." },
        "stopped" => Runs.Model(
            ExperimentStatus.Stopped,
            Runs.FinishedState() with { Phase = ExperimentPhase.Search, Picks = ImmutableSortedDictionary<string, Evaluated>.Empty }),
        "one-member" => Runs.Model(ExperimentStatus.Running, ExperimentState.Empty with { Archive = [Runs.Knee] }),
        "empty-front" => Runs.Model(
            ExperimentStatus.Failed,
            Runs.FinishedState() with { Archive = [], Picks = ImmutableSortedDictionary<string, Evaluated>.Empty, History = [] }),
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "No such state."),
    };

    private static XElement Section(XDocument page, string id) => page.Descendants("section").Single(s => s.Attribute("id")?.Value == id);

    private static string Cells(XElement row) => string.Join('|', row.Elements().Select(c => Blanks().Replace(c.Value, " ").Trim()));

    private static XDocument Parse(string page)
    {
        using var reader = XmlReader.Create(new StringReader(page), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore, XmlResolver = null });
        return XDocument.Load(reader);
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
