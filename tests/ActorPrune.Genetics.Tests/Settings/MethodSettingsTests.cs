using System.Text.Json.Nodes;
using ActorPrune.Genetics.Searches;
using ActorPrune.Genetics.Settings;
using ActorPrune.Genetics.Tests.Support;

namespace ActorPrune.Genetics.Tests.Settings;

public sealed class MethodSettingsTests
{
    public static TheoryData<string> Names { get; } = [.. SearchMethods.All.Select(m => m.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Defaults_are_valid_and_survive_being_written(string name)
    {
        var defaults = SearchMethods.Named(name).Defaults;
        defaults.Method.ShouldBe(name);
        defaults.Validate().ShouldBeEmpty();
        var written = MethodSettingsJson.Write(defaults);
        written["method"]!.GetValue<string>().ShouldBe(name);
        MethodSettingsJson.Write(MethodSettingsJson.Read(written)).ToJsonString().ShouldBe(written.ToJsonString());
        MethodSettingsJson.Write(MethodSettingsJson.Read(name, [])).ToJsonString().ShouldBe(written.ToJsonString(), "missing keys take their defaults");
    }

    [Fact]
    public void Keys_and_enumerations_are_in_kebab_case()
    {
        var read = (CembaSettings)MethodSettingsJson.Read("cemba", JsonNode.Parse(
            """{"upper-islands": 3, "topology": "fully-connected", "crossover": "two-point", "upper-objective": "macs", "guidance": 0.5}""")!.AsObject());
        (read.UpperIslands, read.Topology, read.Crossover, read.UpperObjective, read.Guidance)
            .ShouldBe((3, Topology.FullyConnected, Crossover.TwoPoint, UpperObjective.Macs, 0.5));
        MethodSettingsJson.Write(read).ToJsonString().ShouldContain("\"topology\":\"fully-connected\"");
    }

    [Theory]
    [InlineData("cemba", """{"epoch": 3}""", "epoch")]
    [InlineData("cemba", """{"epochs": "many"}""", "cemba.epochs")]
    [InlineData("cemba", """{"topology": "torus"}""", "cemba.topology")]
    [InlineData("cemba", """{"topology": 1}""", "cemba.topology")]
    [InlineData("cemba", """{"epochs": 0}""", "cemba.epochs must be a whole number from 1")]
    [InlineData("cemba", """{"leaders": 13}""", "cemba.leaders must be a whole number from 1 to 12; it is 13")]
    [InlineData("cemba", """{"sparse-density-min": 0.9}""", "cemba.sparse-density-min (0.9) must not be above cemba.sparse-density-max (0.65)")]
    [InlineData("cemba", """{"channel-density-max": 0}""", "cemba.channel-density-max must be a number above 0")]
    [InlineData("nsga2", """{"objectives": ["error"]}""", "nsga2.objectives must list from 2 to 3 names")]
    [InlineData("nsga2", """{"objectives": ["error", "error"]}""", "nsga2.objectives names something twice")]
    [InlineData("nsga2", """{"crossover-rate": 1.5}""", "nsga2.crossover-rate must be a number from 0 to 1; it is 1.5")]
    [InlineData("nsga2", """{"topology": "random", "islands": 3, "degree": 64}""", "nsga2.degree must be a whole number from 1 to 63; it is 64")]
    [InlineData("deep-pruning-es", """{"population": 3}""", "deep-pruning-es.population must be a whole number from 4")]
    [InlineData("deep-pruning-es", """{"migrants": 4}""", "deep-pruning-es.migrants must be a whole number from 0 to 3; it is 4")]
    [InlineData("evofc", """{"ratio-floors": [0.2, 0.4]}""", "evofc.ratio-floors must list one number unless ratio-floor is stages")]
    [InlineData("evofc", """{"ratio-max": 0.5, "ratio-floors": [0.5]}""", "evofc.ratio-floors must list numbers from 0 to below ratio-max (0.5)")]
    [InlineData("evofc", """{"write-back": "never"}""", "evofc.write-back")]
    [InlineData("smoea", """{"groups": 0}""", "smoea.groups must be a whole number from 1 to 1000; it is 0")]
    [InlineData("smoea", """{"measured": 2, "migrants": 4}""", "smoea.migrants must be a whole number from 0 to 3; it is 4")]
    [InlineData("smoea", """{"max-drop": 1.5}""", "smoea.max-drop must be a number from 0 to 1; it is 1.5")]
    [InlineData("smoea", """{"order": "sideways"}""", "smoea.order")]
    [InlineData("random", """{"criteria": null}""", "random.criteria")]
    [InlineData("random", """{"evaluations": -1}""", "random.evaluations")]
    [InlineData("magnitude", """{"macs": [0.5, 1.5]}""", "magnitude.macs must list fractions")]
    [InlineData("fpgm", """{"criterion": "two words"}""", "fpgm.criterion must be")]
    public void What_is_wrong_is_named(string method, string section, string expected) =>
        Should.Throw<ArgumentException>(() => MethodSettingsJson.Read(method, JsonNode.Parse(section)!.AsObject())).Message.ShouldContain(expected);

    [Fact]
    public void A_degree_beyond_the_other_islands_is_no_error_for_any_method()
    {
        foreach (var settings in new IslandSettings[] { new Nsga2Settings(), new DeepPruningEsSettings(), new EvoFcSettings(), new SmoeaSettings() })
        {
            (settings with { Islands = 2, Topology = Topology.Random }).Validate().ShouldBeEmpty(settings.Method);
        }

        new CembaSettings { UpperIslands = 2, LowerIslands = 2, Topology = Topology.Random }.Validate().ShouldBeEmpty();
    }

    [Fact]
    public void An_unknown_method_lists_the_known_ones()
    {
        var message = Should.Throw<ArgumentException>(() => SearchMethods.Named("tabu")).Message;
        message.ShouldContain("'tabu'");
        message.ShouldContain("cemba, evofc, deep-pruning-es, smoea, nsga2, random, magnitude, fpgm");
        Should.Throw<ArgumentException>(() => MethodSettingsJson.Read([])).Message.ShouldContain("'method' must name");
    }

    [Fact]
    public void The_factory_reports_every_setting_that_is_wrong()
    {
        var message = Should.Throw<ArgumentException>(
            () => SearchFactory.Create(new CembaSettings { Epochs = 0, Guidance = 2 }, ToyProblem.BiLevel(), 1)).Message;
        message.ShouldContain("cemba.epochs");
        message.ShouldContain("cemba.guidance");
    }

    [Fact]
    public void Planned_evaluations_are_counted_before_anything_runs()
    {
        new Nsga2Settings { Population = 10, Generations = 5, Islands = 2 }.PlannedEvaluations.ShouldBe(120);
        new MagnitudeSettings { Points = 7 }.PlannedEvaluations.ShouldBe(7);
        new MagnitudeSettings { Macs = [0.5] }.PlannedEvaluations.ShouldBe(1);

        // Upper: 2 × 12 × (1 + 5 × 2). Lower: 2 islands × 5 epochs × 4 leaders × (3 + 4).
        new CembaSettings().PlannedEvaluations.ShouldBe(264 + 280);
    }
}
