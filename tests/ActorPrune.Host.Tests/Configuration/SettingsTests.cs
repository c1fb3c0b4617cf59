using System.Text.Json.Nodes;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Searches;
using ActorPrune.Genetics.Settings;
using ActorPrune.Host.Configuration;
using ActorPrune.Host.Configuration.Hocon;
using ActorPrune.Nn.Training;

namespace ActorPrune.Host.Tests.Configuration;

public sealed class SettingsTests
{
    private static readonly SettingsReader Reader = new(HoconDocument.Load(SettingsReader.ReferencePath), _ => null);

    public static TheoryData<string> ReadyExperiments =>
        [.. Directory.GetFiles(SettingsReader.Folder, "*.conf", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(SettingsReader.Folder, f)).Where(f => f != "reference.conf")];

    public static TheoryData<string> Methods => [.. SearchMethods.All.Select(m => m.Name)];

    [Fact]
    public void An_empty_configuration_has_the_defaults()
    {
        var settings = Reader.Parse("", "empty.conf", "empty");
        settings.Experiment.ShouldBe(new ExperimentSettings { Name = "empty", Seed = 1 });
        settings.Network.Shortcut.ShouldBe(ShortcutChoice.A);
        settings.Search.Objectives.ShouldBe([MeasureNames.Error, MeasureNames.Macs]);
        settings.Method.ShouldBe(new CembaSettings());
        settings.Pruning.Channels.ShouldBe(ChannelMode.PerLayer);
        settings.Evaluation.Evaluators.ShouldBeNull();
        settings.Evaluation.Lease.ShouldBe(TimeSpan.FromSeconds(15));
        settings.Training.Evaluation.Threads.ShouldBe(1);
    }

    [Fact]
    public void Each_key_reaches_its_setting()
    {
        const string Conf = """
            experiment { name = mine, seed = 42 }
            network { name = resnet56, shortcut = b, width = 0.5, weights = "runs/base.safetensors" }
            data { name = cifar10, path = /images, checksum = any, split-seed = 3, shapes.train = 500 }
            training.precision = bf16
            training.base { mode = load, threads = 4, epochs = 1.5, schedule = multi-step, milestones = [0.3, 0.6], nesterov = off }
            training.evaluation { validation-limit = 2000, steps = 20, flip = no }
            pruning { include = ["layer1.*", fc], channels = per-filter, multiple = 8, coupled = no }
            cost { convention = thop, latency.batch = 1 }
            search { method = nsga2, objectives = [error, latencyMs] }
            nsga2 { population = 30, encoding = ranked, criteria = [l1, fpgm], topology = fully-connected }
            picks.light = off
            evaluation { evaluators = 16, checkpoint-interval = 2m }
            """;
        var settings = Reader.Parse(Conf, "mine.conf", "other");
        settings.Experiment.ShouldBe(new ExperimentSettings { Name = "mine", Seed = 42 });
        settings.Network.ShouldBe(new NetworkSettings { Name = "resnet56", Shortcut = ShortcutChoice.B, Width = 0.5, Weights = "runs/base.safetensors" });
        (settings.Data.Name, settings.Data.Path, settings.Data.Checksum, settings.Data.SplitSeed, settings.Data.Shapes.Train)
            .ShouldBe(("cifar10", "/images", ChecksumChoice.Any, 3, 500));
        settings.Training.Precision.ShouldBe(PrecisionChoice.Bf16);
        (settings.Training.Base.Mode, settings.Training.Base.Threads).ShouldBe((BaseMode.Load, 4));
        var recipe = settings.Training.Base.Recipe;
        (recipe.Epochs, recipe.Schedule, recipe.Nesterov).ShouldBe((1.5, Schedule.MultiStep, false));
        recipe.Milestones.ShouldBe([0.3, 0.6]);
        (settings.Training.Evaluation.ValidationLimit, settings.Training.Evaluation.Recipe.Steps, settings.Training.Evaluation.Recipe.Flip)
            .ShouldBe((2000, 20, false));
        settings.Pruning.Include.ShouldBe(["layer1.*", "fc"]);
        (settings.Pruning.Channels, settings.Pruning.Multiple, settings.Pruning.Coupled).ShouldBe((ChannelMode.PerFilter, 8, false));
        (settings.Cost.Convention, settings.Cost.Latency.Batch).ShouldBe((ConventionChoice.Thop, 1));
        settings.Search.MeasuresLatency.ShouldBeTrue();
        var method = settings.Method.ShouldBeOfType<Nsga2Settings>();
        (method.Population, method.Encoding, method.Topology).ShouldBe((30, Encoding.Ranked, Topology.FullyConnected));
        method.Objectives.ShouldBe(["error", "latencyMs"], "nsga2.objectives follows search.objectives");
        method.Criteria.ShouldBe(["l1", "fpgm"]);
        settings.Picks.Light.ShouldBeFalse();
        (settings.Evaluation.Evaluators, settings.Evaluation.CheckpointInterval).ShouldBe((16, TimeSpan.FromMinutes(2)));
    }

    [Fact]
    public void Overrides_go_on_top_in_their_order()
    {
        var settings = Reader.Parse(
            "experiment.seed = 2",
            "x.conf",
            "x",
            "experiment.seed=3",
            "experiment.seed = 4",
            "data.path=/a b/c:d#e",
            "pruning.include=[\"fc\", conv1]",
            "pruning.include+=conv2",
            "pruning.include += \"conv3\"",
            "pruning.exclude+=bn1",
            "network.weights=");
        settings.Experiment.Seed.ShouldBe(4);
        settings.Data.Path.ShouldBe("/a b/c:d#e");
        settings.Pruning.Include.ShouldBe(["fc", "conv1", "conv2", "conv3"]);
        settings.Pruning.Exclude.ShouldBe(["bn1"]);
        settings.Network.Weights.ShouldBeEmpty();
    }

    [Fact]
    public void The_experiment_is_called_like_its_file()
    {
        using var folder = new Folder();
        Reader.Load(folder.File("my-run.conf", "")).Experiment.Name.ShouldBe("my-run");
        Reader.Load(folder.File("my-other.conf", "experiment.name = named")).Experiment.Name.ShouldBe("named");
        Reader.Load(folder.File("third.conf", ""), "experiment.name=set").Experiment.Name.ShouldBe("set");
    }

    [Fact]
    public void The_data_folder_comes_from_the_environment_unless_it_is_named()
    {
        var reader = new SettingsReader(HoconDocument.Load(SettingsReader.ReferencePath), Text.Environment(("ACTORPRUNE_DATA", "/images")));
        reader.Parse("", "x.conf", "x").Data.Path.ShouldBe("/images");
        reader.Parse("data.path = /mine", "x.conf", "x").Data.Path.ShouldBe("/mine");
    }

    [Theory]
    [MemberData(nameof(ReadyExperiments))]
    public void Every_ready_experiment_can_be_read(string file)
    {
        var settings = Reader.Load(Path.Combine(SettingsReader.Folder, file));
        settings.Experiment.Name.ShouldBe(Path.GetFileNameWithoutExtension(file));
        settings.Method.Validate().ShouldBeEmpty();
        if (Path.GetDirectoryName(file) is not "paper")
        {
            settings.Method.PlannedEvaluations.ShouldBeLessThanOrEqualTo(550, "the methods are compared under one budget");
        }
    }

    [Theory]
    [MemberData(nameof(ReadyExperiments))]
    public void Every_ready_experiment_fits_its_network(string file)
    {
        var settings = Reader.Load(Path.Combine(SettingsReader.Folder, file));
        var (classes, side) = settings.Data.Name switch
        {
            "cifar100" => (100, 32),
            "ilsvrc2012" => (1000, 224),
            "places365" => (365, 224),
            _ => (10, 32),
        };
        var structure = StructureOf(settings, classes, side);
        structure.Coupling.UnitCount.ShouldBePositive();
        settings.Method.ValidateFor(structure.Coupling.Space(settings.Pruning.Channels)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("deep-pruning-es-resnet56.conf", 56)]
    [InlineData("deep-pruning-es-resnet110.conf", 110)]
    public void The_papers_networks_of_DeepPruningES_have_one_mask_a_stage(string file, int depth)
    {
        var structure = StructureOf(Reader.Load(Path.Combine(SettingsReader.Folder, "paper", file)), 10, 32);
        var blocks = (depth - 2) / 6;
        structure.Coupling.Groups.Where(g => g.Layers.Length > 1).Select(g => (g.Layers.Length, g.Units.Length))
            .ShouldBe([(1 + blocks, 16), (1 + blocks, 32), (1 + blocks, 64)]);
    }

    [Theory]
    [InlineData("evofc-resnet56.conf", 371)]
    [InlineData("evofc-vgg16-cifar100.conf", 371)]
    [InlineData("evofc-resnet34-ilsvrc2012.conf", 4754)]
    [InlineData("evofc-mobilenetv2-places365.conf", 6692)]
    public void The_papers_searches_of_EvoFC_cost_one_training_by_their_recipe_as_published(string file, int stepsPerEpoch)
    {
        var settings = Reader.Load(Path.Combine(SettingsReader.Folder, "paper", file));
        var (whole, share) = (settings.Training.Final.Recipe, settings.Training.Evaluation.Recipe);
        share.Steps.ShouldBe((int)(whole.Epochs * stepsPerEpoch / settings.Method.PlannedEvaluations));
        (share with { Steps = 0, Epochs = whole.Epochs }).ShouldBe(whole with { Milestones = share.Milestones });
        share.Milestones.ShouldBe(whole.Milestones);
        (whole.LearningRate, whole.Momentum, whole.Nesterov, whole.WeightDecay, whole.Warmup).ShouldBe((0.1, 0.9, false, 1e-4, 0));
        settings.Training.Base.Recipe.ShouldBe(whole with { Milestones = settings.Training.Base.Recipe.Milestones });
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Settings_survive_JSON(string method)
    {
        var settings = Reader.Parse(
            $"search.method = {method}\nevaluation {{ evaluators = 3, lease = 1500ms, heartbeat = 500ms }}\n"
            + "network.weights = \"a \\\"b\\\" é\\n.safetensors\"\n"
            + "training.base { learning-rate = 1e-300, weight-decay = 0.1, milestones = [] }\nexperiment.seed = 9223372036854775807",
            "x.conf",
            "x");
        var json = settings.ToJson();
        var again = Settings.FromJson(json);
        again.ToJson().ShouldBe(json);
        again.ShouldBe(settings);
        again.Method.GetType().ShouldBe(settings.Method.GetType());
        again.Identity.ShouldBe(settings.Identity);
        again.Experiment.Seed.ShouldBe(long.MaxValue);
        JsonNode.Parse(json)!["evaluation"]!["lease"]!.GetValue<string>().ShouldBe("1500ms");
    }

    private static Nn.Study.NetworkStructure StructureOf(Settings settings, int classes, int side) => Nn.Study.NetworkStructure.Of(
        Nn.Study.NetworkStructure.GraphOf(new Nn.Study.NetworkSpec(
            settings.Network.Name, settings.Network.Shortcut == ShortcutChoice.B ? "b" : "a", settings.Network.Width, classes, 3, side, side)),
        new Nn.Study.PruningSpec(
            settings.Pruning.Include,
            settings.Pruning.Exclude,
            settings.Pruning.Coupled,
            settings.Pruning.Minimum,
            settings.Pruning.Multiple,
            settings.Pruning.Channels));

    [Theory]
    [InlineData("{\"search\":{\"method\":\"swarm\"}}")]
    [InlineData("{\"search\":")]
    [InlineData("{\"tabu\":{}}")]
    public void Stored_settings_that_are_damaged_are_refused_by_name(string json) =>
        Text.Error(() => Settings.FromJson(json)).ShouldStartWith("the stored settings:1: ");
}
