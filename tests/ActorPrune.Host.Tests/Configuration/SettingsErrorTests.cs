using ActorPrune.Host.Configuration;
using ActorPrune.Host.Configuration.Hocon;

namespace ActorPrune.Host.Tests.Configuration;

public sealed class SettingsErrorTests
{
    private static readonly SettingsReader Reader = new(HoconDocument.Load(SettingsReader.ReferencePath), _ => null);

    [Theory]
    [InlineData("\ntraining.base.epoch = 3", "x.conf:2: training.base.epoch: unknown key; the nearest known one is 'training.base.epochs'")]
    [InlineData(
        "training {\n  base {\n    learningRate = 3\n} }",
        "x.conf:3: training.base.learningRate: unknown key; the nearest known one is 'training.base.learning-rate'")]
    [InlineData("cembra { epochs = 3 }", "x.conf:1: cembra: unknown key; the nearest known one is 'cemba'")]
    [InlineData("seed = 3", "x.conf:1: seed: unknown key; the nearest known one is 'experiment.seed'")]
    [InlineData("experiment.seed.x = 3", "x.conf:1: experiment.seed: expected a whole number of at least 0, found an object")]
    [InlineData("experiment.seed = -1", "x.conf:1: experiment.seed: expected a whole number of at least 0, found '-1'")]
    [InlineData("training.base {\n epochs = many }", "x.conf:2: training.base.epochs: expected a number from 0 to 10000, found 'many'")]
    [InlineData("training.base.batch = 0", "x.conf:1: training.base.batch: expected a whole number from 1 to 65536, found '0'")]
    [InlineData("training.base.batch = 1.5", "x.conf:1: training.base.batch: expected a whole number from 1 to 65536, found '1.5'")]
    [InlineData("training.base.flip = 1", "x.conf:1: training.base.flip: expected on or off (or true, false, yes, no), found '1'")]
    [InlineData("training = 1", "x.conf:1: training: expected an object with keys, found '1'")]
    [InlineData(
        "search.method = tabu",
        "x.conf:1: search.method: expected one of cemba, evofc, deep-pruning-es, smoea, nsga2, random, magnitude, fpgm, found 'tabu'")]
    [InlineData("network.shortcut = c", "x.conf:1: network.shortcut: expected one of a, b, pool, found 'c'")]
    [InlineData("data.name = null", "x.conf:1: data.name: expected one of shapes, cifar10, cifar100, mnist, fashion-mnist, folder, "
        + "tiny-imagenet, ilsvrc2012, places365, found null")]
    [InlineData(
        "experiment.name = ../x",
        "x.conf:1: experiment.name: expected a name of 1 to 64 letters, digits, '-', '_' and '.' that starts with a letter or digit, "
            + "found '../x'")]
    [InlineData("evaluation.lease = 15", "x.conf:1: evaluation.lease: expected a duration with its unit (200ms, 15s, 5m, 1h) from 1s to 1h, found '15'")]
    [InlineData("evaluation.lease = 2h", "x.conf:1: evaluation.lease: expected a duration with its unit (200ms, 15s, 5m, 1h) from 1s to 1h, found '2h'")]
    [InlineData("evaluation.evaluators = 0", "x.conf:1: evaluation.evaluators: expected a whole number from 1 to 1024, or auto, found '0'")]
    [InlineData(
        "pruning.include = []",
        "x.conf:1: pruning.include: expected an array of 1 to 1000, each a text of at most 4096 characters, found an array of 0")]
    [InlineData("pruning.include = fc", "x.conf:1: pruning.include: expected an array of 1 to 1000, each a text of at most 4096 characters, found 'fc'")]
    [InlineData(
        "search.objectives = [\n error\n flops ]",
        "x.conf:3: search.objectives: expected an array of 2 to 4, each one of error, macs, params, filters, channels, latencyMs, "
            + "found 'flops' in the array")]
    [InlineData(
        "\n\"experiment.seed\" = 5",
        "x.conf:2: experiment.seed: unknown key: in quotes its dots are part of one name; write it without quotes")]
    [InlineData(
        "training { \"base.epochs\" = 5 }",
        "x.conf:1: training.base.epochs: unknown key: in quotes its dots are part of one name; write it without quotes")]
    [InlineData("search.objectives = [macs, params]", "x.conf:1: search.objectives: expected 'error' among the objectives")]
    [InlineData("search.objectives = [error, error]", "x.conf:1: search.objectives: expected each objective once")]
    [InlineData("\ncemba.epochs = 0", "x.conf:2: cemba.epochs: must be a whole number from 1 to 10000; it is 0.")]
    [InlineData("cemba {\n leaders = 13 }", "x.conf:2: cemba.leaders: must be a whole number from 1 to 12; it is 13.")]
    [InlineData("training.base.mode = load", "x.conf:1: training.base.mode: 'load' needs network.weights or network.file: expected the path of a file there")]
    [InlineData(
        "pruning.channels = none",
        "x.conf:1: pruning.channels: cemba prunes channels too: expected per-layer or per-filter (or another search.method)")]
    [InlineData(
        "evaluation.heartbeat = 10s",
        "x.conf:1: evaluation.heartbeat: expected at most half of evaluation.lease, so that one late heartbeat loses nothing")]
    [InlineData(
        "metrics.otlp = \"localhost:4318\"",
        "x.conf:1: metrics.otlp: expected empty, or the address of a collector such as http://localhost:4318, without a user")]
    [InlineData("training.final.milestones = [0.5, 0.2]", "x.conf:1: training.final.milestones: expected ascending fractions")]
    [InlineData("picks.at = [0.5, 1]", "x.conf:1: picks.at: expected an array of at most 16, each a number from 0.01 to 0.99, "
        + "found '1' in the array")]
    [InlineData("picks.at = [0.5, 0.5]", "x.conf:1: picks.at: expected each fraction once, to a tenth of a per cent")]
    [InlineData("training.base.epochs = ${other}", "x.conf:1: ${other} is neither a key nor an environment variable (write ${?other} if it may be missing)")]
    public void What_is_wrong_is_said_with_file_line_key_and_expectation(string conf, string message) =>
        Text.Error(() => Reader.Parse(conf, "x.conf", "x")).ShouldBe(message);

    [Fact]
    public void A_files_name_that_no_experiment_can_have_is_blamed_on_the_name_and_not_on_a_line()
    {
        using var folder = new Folder();
        var path = folder.File("my exp.conf", "network.name = resnet8");
        folder.Plain(Text.Error(() => Reader.Load(path))).ShouldStartWith(
            "my exp.conf (its name is the experiment's, unless --name or experiment.name gives another): experiment.name: expected a name of 1 to 64");
        Reader.Load(path, "experiment.name=mine").Experiment.Name.ShouldBe("mine");
    }

    [Fact]
    public void All_errors_are_reported_at_once()
    {
        var error = Should.Throw<ConfigurationException>(() => Reader.Parse("speed = 1\ndata.validation = 2\npicks.knee = perhaps", "x.conf", "x"));
        error.Errors.Select(e => (e.Key, e.Origin.Line)).ShouldBe([("data.validation", 2), ("picks.knee", 3), ("speed", 1)], ignoreOrder: true);
        error.Message.Split('\n').Length.ShouldBe(3);
    }

    [Theory]
    [InlineData("experiment.sed=3", "--set experiment.sed=3: experiment.sed: unknown key; the nearest known one is 'experiment.seed'")]
    [InlineData("experiment.seed=x", "--set experiment.seed=x: experiment.seed: expected a whole number of at least 0, found 'x'")]
    [InlineData(
        "\"experiment.seed\"=3",
        "--set \"experiment.seed\"=3: experiment.seed: unknown key: in quotes its dots are part of one name; write it without quotes")]
    [InlineData("experiment.seed", "--set experiment.seed: expected key=value")]
    [InlineData("=3", "--set =3: expected a key before '=', found the end of the text")]
    [InlineData("a b=3", "--set a b=3: expected '=' after the key, found ' '")]
    [InlineData("pruning.include=[fc", "--set pruning.include=[fc: expected ']', found the end of the text")]
    public void A_wrong_override_is_named(string set, string message) =>
        Text.Error(() => Reader.Parse("", "x.conf", "x", set)).ShouldBe(message);

    [Fact]
    public void A_wrong_value_in_an_include_names_the_included_file()
    {
        using var folder = new Folder();
        folder.File("base.conf", "\n\ndata.validation = 2");
        var path = folder.File("x.conf", "include \"base.conf\"");
        folder.Plain(Text.Error(() => Reader.Load(path))).ShouldBe("base.conf:3: data.validation: expected a number from 0.01 to 0.5, found '2'");
    }

    [Fact]
    public void A_wrong_value_from_the_environment_names_the_variable()
    {
        var reader = new SettingsReader(HoconDocument.Load(SettingsReader.ReferencePath), Text.Environment(("SEED", "x")));
        Text.Error(() => reader.Parse("experiment.seed = ${SEED}", "x.conf", "x"))
            .ShouldBe("environment variable SEED: experiment.seed: expected a whole number of at least 0, found 'x'");
    }

    [Fact]
    public void A_reference_without_a_key_is_refused_by_that_key()
    {
        var reader = new SettingsReader(HoconDocument.Parse("experiment.seed = 1", "reference.conf"), _ => null);
        Text.Error(() => reader.Parse("", "x.conf", "x"))
            .ShouldContain("cemba.epochs: has no value: reference.conf, which holds the defaults, must name every key");
    }

    [Fact]
    public void A_later_check_can_still_name_the_line()
    {
        var settings = Reader.Parse("\nnetwork.name = resnet21", "x.conf", "x");
        settings.Refuse("network.name", "there is no such network").Message.ShouldBe("x.conf:2: network.name: there is no such network");
        Settings.FromJson(settings.ToJson()).Refuse("network.name", "there is no such network").Message
            .ShouldBe("the stored settings: network.name: there is no such network");
    }
}
