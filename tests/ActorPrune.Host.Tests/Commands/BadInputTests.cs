using ActorPrune.Actors.Journal;
using ActorPrune.Host.Application;
using ActorPrune.Host.Commands;
using ActorPrune.Host.Configuration;
using ActorPrune.Host.Configuration.Hocon;
using ActorPrune.Nn.Data;

namespace ActorPrune.Host.Tests.Commands;

/// <summary>Bad input: exit code 2, one message with the place, the key and what was expected, and nothing is written.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly Folder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("shortcut = a", "shortcat = a", "bad.conf:1: network.shortcat: unknown key; the nearest known one is 'network.shortcut'")]
    [InlineData("width = 0.25", "width = wide", "bad.conf:1: network.width: expected a number from 0.0625 to 16, found 'wide'")]
    [InlineData("train = 300", "train = 9", "bad.conf:3: data.shapes.train: expected a whole number from 10 to 500000, found '9'")]
    [InlineData("name = resnet8", "name = lenet5", "bad.conf:1: network.name: expected one of resnet8, resnet20")]
    [InlineData(
        "method = cemba",
        "method = luck",
        "bad.conf:9: search.method: expected one of cemba, evofc, deep-pruning-es, smoea, nsga2, random, magnitude, fpgm, found 'luck'")]
    [InlineData(
        "train = 300",
        "train = 10, seed = 2",
        "bad.conf:3: data.shapes.train: ",
        "data.validation=0.01",
        "--set data.validation=0.01: data.validation")]
    [InlineData("data.name = shapes", "data { name = shapes, train-limit = 280 }", "bad.conf:2: data.train-limit")]
    [InlineData("data.name = shapes", "data.name = cifar10", "bad.conf:2: data.name: CIFAR-10 (binary version): found none of its files")]
    [InlineData("data.name = shapes", "data { name = cifar10, path = gone }", "bad.conf:2: data.path: CIFAR-10 (binary version): found none of its files")]
    [InlineData("shortcut = a", "shortcut = a, weights = gone.safetensors", "bad.conf:1: network.weights: cannot read 'gone.safetensors'")]
    [InlineData("shortcut = a", "shortcut = a, weights = bad.conf", "bad.conf:1: network.weights: ")]
    [InlineData("search.method", "pruning.include = [nothing]\nsearch.method", "bad.conf:9: pruning.include: The pattern 'nothing' matches no")]
    [InlineData("search.method", "pruning.exclude = [nothing]\nsearch.method", "bad.conf:9: pruning.exclude: The pattern 'nothing' matches no")]
    [InlineData("search.method", "pruning.exclude = [\"*\"]\nsearch.method", "bad.conf:9: pruning.exclude: expected that some layer stays")]
    [InlineData(
        "method = cemba",
        "method = nsga2\nnsga2.objectives = [error, latencyMS]",
        "bad.conf:10: nsga2.objectives: expected some of search.objectives (error, macs), each once; found error, latencyMS")]
    [InlineData("method = cemba", "method = evofc\nevofc.criteria = [saliency-l1, taylor]", "bad.conf:10: evofc.criteria: 'taylor' judges the trained base")]
    [InlineData("method = cemba", "method = magnitude\nmagnitude.criterion = luck", "bad.conf:10: magnitude.criterion: expected criteria among l1")]
    public void A_setting_that_does_not_fit_is_refused_by_file_line_and_key(
        string right, string wrong, string message, string? set = null, string? instead = null)
    {
        var text = Folder.Tiny.Replace(right, wrong, StringComparison.Ordinal);
        text.ShouldNotBe(Folder.Tiny);
        folder.Write("bad.conf", text);

        var error = Should.Throw<ConfigurationException>(() => Prepare("bad.conf", set is null ? [] : [set]));

        // Names in messages are as the user typed them: here with the folder in front.
        error.Message.Replace(folder.Path + Path.DirectorySeparatorChar, string.Empty, StringComparison.Ordinal)
            .Replace(" cannot read '" + folder.Path, " cannot read '", StringComparison.Ordinal).ShouldStartWith(instead ?? message);
        error.Errors.Length.ShouldBe(1);
    }

    [Fact]
    public async Task An_experiment_that_another_version_wrote_does_not_hide_the_others()
    {
        folder.Write("tiny.conf", Folder.Tiny);
        (await HostProcess.Run(folder.Path, "submit", "tiny.conf")).ExitCode.ShouldBe(ExitCodes.Done);
        using (var workplace = Workplace.Open(folder.Inside("home"), null))
        {
            workplace.Journal.TryCreate("odd", "{}", "9.9", new OutgoingMessage(new ActorId("odd", "experiment"), "start", "")).ShouldBeTrue();
        }

        var listed = await HostProcess.Run(folder.Path, "list");

        listed.ExitCode.ShouldBe(ExitCodes.Done, listed.Errors);
        listed.Output.ShouldContain("odd   running  ?");
        listed.Output.ShouldContain("tiny  running  cemba");
        listed.Messages.ShouldBe(["odd: its stored configuration cannot be read: Expected the settings and the definition of an experiment."]);
        (await HostProcess.Run(folder.Path, "show", "odd")).ExitCode.ShouldBe(ExitCodes.Failed);
    }

    [Fact]
    public void A_cut_file_of_CIFAR_10_is_refused_by_name_under_the_key_of_its_folder()
    {
        var data = Directory.CreateDirectory(folder.Inside("data", "cifar-10-batches-bin")).FullName;
        foreach (var name in Enumerable.Range(1, 5).Select(i => $"data_batch_{i}.bin").Append("test_batch.bin"))
        {
            File.WriteAllBytes(Path.Combine(data, name), new byte[1000]);
        }

        folder.Write("bad.conf", Folder.Tiny.Replace(
            "data.name = shapes", $"data {{ name = cifar10, path = \"{folder.Inside("data")}\" }}", StringComparison.Ordinal));

        var error = Should.Throw<ConfigurationException>(() => Prepare("bad.conf"));

        error.Message.ShouldContain("bad.conf:2: data.path: CIFAR-10 (binary version) cannot be used");
        error.Message.ShouldContain("data_batch_3.bin: expected the published file of 30,730,000 bytes, found 1,000 bytes");
    }

    [Theory]
    [InlineData("bad.conf:1: network.name: expected one of", "run", "bad.conf")]
    [InlineData("missing.conf:1: there is no file 'gone.conf'", "run", "missing.conf")]
    [InlineData("gone.conf: there is no file 'gone.conf'", "run", "gone.conf")]
    [InlineData("--name: expected a name of 1 to 64 letters", "run", "tiny.conf", "--name", "../up")]
    [InlineData("--evaluators: expected a whole number from 1 to 1024, found 'all'", "run", "tiny.conf", "--evaluators", "all")]
    [InlineData("--set nothing: expected key=value", "run", "tiny.conf", "--set", "nothing")]
    [InlineData("Unrecognized command or argument 'frobnicate'.", "frobnicate")]
    [InlineData("Unrecognized command or argument '--frob'.", "run", "tiny.conf", "--frob")]
    [InlineData("Required argument 'CONF' missing for command: 'run'.", "run")]
    [InlineData("--home: expected a directory, found an empty text", "list", "--home", "")]
    [InlineData("-o: expected a file, found an empty text", "report", "tiny", "-o", "")]
    [InlineData("--samples: expected a file, found an empty text", "export", "tiny", "--samples", "")]
    [InlineData("-o: expected a directory, found an empty text", "compare", "tiny.conf", "--budget", "9", "-o", "")]
    [InlineData("--results: expected a file, found an empty text", "compare", "tiny.conf", "--budget", "9", "--results", "")]
    [InlineData("There are no experiments in", "show", "nothing")]
    [InlineData("There are no experiments in", "resume", "nothing")]
    public async Task The_process_ends_with_code_2_and_one_message_and_makes_no_home(string message, params string[] arguments)
    {
        folder.Write("tiny.conf", Folder.Tiny);
        folder.Write("bad.conf", Folder.Tiny.Replace("resnet8", "lenet", StringComparison.Ordinal));
        folder.Write("missing.conf", "include \"gone.conf\"");

        var outcome = await HostProcess.Run(folder.Path, arguments);

        outcome.ExitCode.ShouldBe(ExitCodes.BadInput);
        var told = outcome.Messages.Where(l => !l.StartsWith("See: ", StringComparison.Ordinal)).ToArray();
        told.Length.ShouldBe(1, outcome.Errors);
        told[0].ShouldStartWith(message);
        outcome.Output.ShouldBeEmpty();
        Path.Exists(folder.Home).ShouldBeFalse();
    }

    [Fact]
    public async Task To_look_at_a_home_that_is_not_there_makes_none()
    {
        var list = await HostProcess.Run(folder.Path, "list");

        list.ExitCode.ShouldBe(ExitCodes.Done);
        list.Output.ShouldStartWith("name");
        list.Messages.ShouldHaveSingleItem().ShouldStartWith($"There are no experiments in {folder.Home}: ");
        list.Output.ShouldEndWith("\n");
        Path.Exists(folder.Home).ShouldBeFalse();
    }

    [Fact]
    public async Task A_home_that_cannot_be_one_is_told_from_one_that_is_not_there_yet()
    {
        (await HostProcess.Run(folder.Path, "doctor")).Output.ShouldContain($"ok    journal: {folder.Home}: not there yet");
        folder.Write("home", "a file");

        var list = await HostProcess.Run(folder.Path, "list");
        list.ExitCode.ShouldBe(ExitCodes.Failed);
        list.Messages.ShouldHaveSingleItem().ShouldContain($"'{folder.Home}' is not a directory");
        var doctor = await HostProcess.Run(folder.Path, "doctor");
        doctor.ExitCode.ShouldBe(ExitCodes.Failed);
        doctor.Output.ShouldContain("not   journal: ");
    }

    [Fact]
    public async Task To_look_at_a_journal_below_the_users_own_folder_makes_none()
    {
        var user = new Dictionary<string, string> { ["HOME"] = folder.Path };
        using var list = HostProcess.Start(folder.Path, user, "list", "--db", "sqlite:~/mine.db");
        (await list.End()).ExitCode.ShouldBe(ExitCodes.Done);
        File.Exists(folder.Inside("mine.db")).ShouldBeFalse();
    }

    [Fact]
    public void An_error_that_nobody_foresaw_is_one_line_too()
    {
        Interruption.Guard(() => throw new IOException("Input/output error")).ShouldBe(ExitCodes.Failed);
        Interruption.Guard(() => throw new UnauthorizedAccessException("no")).ShouldBe(ExitCodes.Failed);
        Interruption.Guard(() => throw new ArgumentException("odd")).ShouldBe(ExitCodes.Failed);
    }

    private void Prepare(string file, params string[] set)
    {
        // Whether real images are on this machine must not matter here.
        var reader = new SettingsReader(HoconDocument.Load(SettingsReader.ReferencePath), _ => null);
        var settings = reader.Load(folder.Inside(file), set);
        Preparation.Of(settings, new DataSetCache(), DataRoot.Of(settings.Data.Path, folder.Home));
    }
}
