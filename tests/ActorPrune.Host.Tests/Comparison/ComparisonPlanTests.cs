using System.Collections.Immutable;
using ActorPrune.Genetics.Settings;
using ActorPrune.Host.Application;
using ActorPrune.Host.Comparison;
using ActorPrune.Host.Configuration;
using ActorPrune.Host.Configuration.Hocon;
using ActorPrune.Host.Tests.Commands;

namespace ActorPrune.Host.Tests.Comparison;

public sealed class ComparisonPlanTests : IDisposable
{
    private static readonly SettingsReader Reader = new(HoconDocument.Load(SettingsReader.ReferencePath), _ => null);

    private readonly Folder folder = new();

    public ComparisonPlanTests()
    {
        folder.Write("tiny.conf", Folder.Tiny);
        Write("nsga2", "nsga2.population = 10\npruning.channels = none");
        Write("cemba", string.Empty);
        Write("random", "pruning.channels = none");
        Write("magnitude", "pruning.channels = none\nmagnitude.macs = [0.5, 0.9]");
        Write("evofc", "pruning { channels = none, include = [\"*.conv1\"] }\ntraining.evaluation { steps = 80 }");
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Every_method_and_seed_is_an_ordinary_experiment_within_the_budget()
    {
        var plan = Plan(["nsga2", "random", "magnitude"], budget: 35);

        plan.Runs.Select(r => r.Experiment).ShouldBe(
            ["c-nsga2-s1", "c-random-s1", "c-magnitude-s1", "c-nsga2-s7", "c-random-s7", "c-magnitude-s7"]);
        plan.Runs.Select(r => r.Settings.Experiment.Name).ShouldBe(plan.Runs.Select(r => r.Experiment));
        plan.Runs.Select(r => r.Settings.Experiment.Seed).ShouldBe([1, 1, 1, 7, 7, 7]);
        plan.Methods.Select(m => (m.Kind, m.Planned)).ShouldBe([(MethodKind.Search, 30), (MethodKind.Random, 35), (MethodKind.Uniform, 4)]);
        ((Nsga2Settings)plan.Runs[0].Settings.Method).Generations.ShouldBe(2);
        ((CriterionSettings)plan.Runs[2].Settings.Method).Macs.ShouldBe([0.3, 0.5, 0.7, 0.9]);
        plan.Runs.ShouldAllBe(r => !r.Settings.Picks.Heavy && !r.Settings.Picks.Knee && !r.Settings.Picks.Light);
        plan.Runs.ShouldAllBe(r => r.Settings.Picks.At.SequenceEqual(new[] { 0.3, 0.5, 0.7 }));
        plan.Notes.ShouldBeEmpty();
    }

    [Fact]
    public void Each_seed_may_be_the_trainings_too_and_then_nobody_else_sets_it()
    {
        Plan(["nsga2", "random"]).Runs.ShouldAllBe(r => r.Settings.Training.Seed == 1);
        var runs = Plan(["nsga2", "random"], trainingSeeds: true).Runs;

        runs.Select(r => r.Settings.Training.Seed).ShouldBe([1, 1, 7, 7]);
        runs[3].Command.ShouldContain(" --set training.seed=7");
        Refusal(() => Plan(["nsga2"], 60, true, "training.seed=3")).ShouldContain("--set training.seed=3: with --training-seeds each seed is");
    }

    [Fact]
    public void A_single_experiment_can_be_run_again_by_a_command_of_its_own()
    {
        var command = Plan(["nsga2"], budget: 35).Runs[1].Command;

        command.ShouldStartWith("./actorprune run ");
        command.ShouldEndWith(" --name c-nsga2-s7 --set picks.heavy=off --set picks.knee=off --set picks.light=off "
            + "--set 'picks.at=[0.3,0.5,0.7]' --set picks.widened=3 --set nsga2.generations=2 --set experiment.seed=7");
    }

    [Fact]
    public void What_belongs_to_a_method_may_differ_and_is_said()
    {
        Plan(["cemba", "random", "evofc"]).Notes.ShouldBe(
        [
            "pruning.channels is \"per-layer\" for cemba; \"none\" for random, evofc.",
            "pruning.include is [\"*\"] for cemba, random; [\"*.conv1\"] for evofc.",
            "The candidates of evofc share one training run, so that its training.evaluation is its own (steps 80).",
        ]);
        Plan(["evofc", "random"]).Notes.Length.ShouldBe(2);
    }

    [Theory]
    [InlineData("network.width = 0.5", "network.width: 0.25 in", "0.5 in")]
    [InlineData("training.evaluation.learning-rate = 0.5", "training.evaluation.learning-rate: 0.02 in", "0.5 in")]
    [InlineData("training.base.epochs = 9", "training.base.epochs: 1 in", "9 in")]
    [InlineData("training.final.batch = 9", "training.final.batch: 32 in", "9 in")]
    [InlineData("pruning.multiple = 8", "pruning.multiple: 1 in", "8 in")]
    [InlineData("data.split-seed = 8", "data.split-seed: 1 in", "8 in")]
    public void What_has_to_be_equal_is_refused_with_its_key_and_both_values(string change, params string[] told)
    {
        Write("random", $"pruning.channels = none\n{change}");

        var refusal = Refusal(() => Plan(["nsga2", "random"]));

        refusal.ShouldStartWith("These configurations cannot be compared, since they differ in what has to be equal:\n  ");
        refusal.ShouldContain(told[0] + $" {folder.Inside("nsga2.conf")}, " + told[1] + $" {folder.Inside("random.conf")}");
        var equal = Plan(["nsga2", "random"], set: [change.Replace(" ", string.Empty, StringComparison.Ordinal)]);
        equal.Methods.Length.ShouldBe(2, "--set makes them equal");
    }

    [Fact]
    public void A_budget_that_is_too_small_is_refused_with_the_least_that_the_method_needs() =>
        Refusal(() => Plan(["random", "nsga2"], budget: 9)).ShouldContain(
            "nsga2.conf: A budget of 9 evaluations is too small for nsga2 with these settings: its shortest search asks for 10.");

    [Fact]
    public void A_name_that_leaves_no_room_for_method_and_seed_is_refused_by_its_option()
    {
        var request = new ComparisonRequest(new string('n', 60), [folder.Inside("nsga2.conf")], 60, [1], [0.5], []);

        Refusal(() => ComparisonPlan.Of(request, Reader)).ShouldStartWith($"--name {request.Name}: one of its experiments would be called");
    }

    [Theory]
    [InlineData("experiment.seed=3")]
    [InlineData("picks.knee=on")]
    [InlineData("search.method=random")]
    public void What_compare_decides_itself_cannot_be_set(string set) =>
        Refusal(() => Plan(["nsga2"], set: [set])).ShouldStartWith($"--set {set}: ");

    [Fact]
    public void Two_configurations_of_one_method_go_by_their_own_names_and_one_twice_is_refused()
    {
        folder.Write("wide.conf", File.ReadAllText(folder.Inside("nsga2.conf")) + "\nnsga2.mutation-rate = 2");
        Plan(["nsga2", "wide", "random"]).Methods.Select(m => m.Label).ShouldBe(["nsga2", "wide", "random"]);
        Refusal(() => Plan(["nsga2", "nsga2"])).ShouldContain("have the same method and name, 'nsga2'");
    }

    private static string Refusal(Func<ComparisonPlan> plan)
    {
        var error = Should.Throw<CommandException>(plan);
        error.ExitCode.ShouldBe(ExitCodes.BadInput);
        return error.Message;
    }

    private void Write(string method, string rest) => folder.Write(
        $"{method}.conf", $"include required(file(\"tiny.conf\"))\nsearch.method = {method}\ncemba.upper-population = 3\n{rest}");

    private ComparisonPlan Plan(string[] names, long budget = 60, bool trainingSeeds = false, params ImmutableArray<string> set)
    {
        var files = names.Select(n => folder.Inside($"{n}.conf"));
        return ComparisonPlan.Of(
            new ComparisonRequest("c", [.. files], budget, [1, 7], [0.3, 0.5, 0.7], set.IsDefault ? [] : set, trainingSeeds), Reader);
    }
}
