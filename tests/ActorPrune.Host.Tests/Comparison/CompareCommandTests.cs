using ActorPrune.Host.Application;
using ActorPrune.Host.Tests.Commands;

namespace ActorPrune.Host.Tests.Comparison;

/// <summary>compare as a process, on two methods and two seeds.</summary>
public sealed class CompareCommandTests : IDisposable
{
    // Columns of compare.csv that hold times.
    private const int SearchSeconds = 8;
    private const int FinalSeconds = 9;

    private static readonly string[] Arguments =
        ["compare", "nsga2.conf", "random.conf", "--budget", "9", "--seeds", "2", "--at", "0.3,0.6", "--name", "duel"];

    private static readonly string[] Files =
    [
        "out/compare.json", "out/compare.csv", "out/compare.html", "results.md", "results-duel-hypervolume.svg", "results-duel-fronts.svg",
    ];

    private readonly Folder folder = new();

    public CompareCommandTests()
    {
        folder.Write("tiny.conf", Folder.Tiny);
        const string Tiny = "include required(file(\"tiny.conf\"))\npruning.channels = none\n";
        folder.Write("nsga2.conf", Tiny + "search.method = nsga2\nnsga2.population = 3");
        folder.Write("random.conf", Tiny + "search.method = random");
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_comparison_that_was_killed_and_called_again_ends_with_the_same_table()
    {
        string[] whole = [.. Arguments, "--home", "one", "-o", "out", "--results", "results.md"];
        var outcome = await HostProcess.Run(folder.Path, whole);
        outcome.ExitCode.ShouldBe(ExitCodes.Done, outcome.Errors);
        outcome.Output.ShouldContain("nsga2");
        outcome.Output.ShouldContain(" of random in hypervolume: ");
        outcome.Errors.ShouldContain("[4 of 4] random, seed 2: at most 9 evaluations; ");
        Files.ShouldAllBe(f => File.Exists(folder.Inside(f.Split('/', StringSplitOptions.None))));

        using (var killed = HostProcess.Start(folder.Path, [.. Arguments, "--home", "two", "-o", "again"]))
        {
            await killed.Until("[3 of 4]");
            killed.Signal(HostProcess.Kill);
            (await killed.End()).ExitCode.ShouldBe(128 + HostProcess.Kill);
        }

        var resumed = await HostProcess.Run(folder.Path, [.. Arguments, "--home", "two", "-o", "again"]);
        resumed.ExitCode.ShouldBe(ExitCodes.Done, resumed.Errors);
        resumed.Errors.ShouldNotContain("[2 of 4]");
        Figures("again").ShouldBe(Figures("out"));
        Figures("out").Length.ShouldBe(5);

        var finished = await HostProcess.Run(folder.Path, whole);
        finished.ExitCode.ShouldBe(ExitCodes.Done, finished.Errors);
        finished.Errors.ShouldNotContain(" of 4]");
        Figures("out").ShouldBe(Figures("again"));

        var shown = await HostProcess.Run(folder.Path, "show", "duel-nsga2-s1", "--home", "one");
        shown.Output.ShouldContain("at30");
        (await HostProcess.Run(folder.Path, "export", "duel-random-s1", "--home", "one", "--pick", "at30", "-o", "at30.safetensors"))
            .ExitCode.ShouldBe(ExitCodes.Done);
        var other = await HostProcess.Run(folder.Path, [.. Arguments, "--home", "one", "--set", "training.seed=2"]);
        other.ExitCode.ShouldBe(ExitCodes.BadInput);
        other.Errors.ShouldContain(
            "The name 'duel-nsga2-s1' is taken by another configuration, which differs in:\n  training.seed: 1 → 2\n");
    }

    [Fact]
    public async Task Ctrl_C_answers_with_the_command_and_code_130()
    {
        string[] slow = [.. Arguments, "--home", "a home", "--set", "training.base.epochs=5000", "--set", "training.base.batch=16"];
        using var running = HostProcess.Start(folder.Path, slow);
        await running.Until("Base network");
        running.Signal(HostProcess.Interrupt);

        var outcome = await running.End();

        outcome.ExitCode.ShouldBe(ExitCodes.Interrupted);
        outcome.Errors.ShouldContain(
            "Go on with: ./actorprune compare nsga2.conf random.conf --budget 9 --seeds 1,2 --at 0.3,0.6 --name duel "
            + "--set training.base.epochs=5000 --set training.base.batch=16 --home 'a home'\n");
        outcome.Output.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("--seeds: expected different whole numbers", "--seeds", "1,1")]
    [InlineData("--seeds: expected different whole numbers", "--seeds", "some")]
    [InlineData("--seeds: expected different whole numbers", "--seeds", "0")]
    [InlineData("--at: expected up to 16 different fractions", "--at", "0.3,1.5")]
    [InlineData("--at: expected up to 16 different fractions", "--at", "half")]
    [InlineData("--at: expected up to 16 different fractions", "--at", "0.3004,0.3001")]
    [InlineData("--budget: expected a whole number from 1", "--budget", "0")]
    [InlineData("--name: expected a name of 1 to 64 letters", "--name", "a b")]
    public async Task Bad_usage_ends_with_code_2_and_makes_no_home(string message, string option, string value)
    {
        var arguments = Arguments.Take(3).Concat(option == "--budget" ? [option, value] : ["--budget", "9", option, value]);
        var outcome = await HostProcess.Run(folder.Path, [.. arguments]);

        outcome.ExitCode.ShouldBe(ExitCodes.BadInput, outcome.Errors);
        outcome.Errors.ShouldContain(message);
        Path.Exists(folder.Home).ShouldBeFalse();
    }

    /// <summary>compare.csv without measured times.</summary>
    private string[] Figures(string directory) =>
    [
        .. File.ReadAllLines(folder.Inside(directory, "compare.csv"))
            .Select(l => string.Join(',', l.Split(',').Where((_, i) => i is not (SearchSeconds or FinalSeconds)))),
    ];
}
