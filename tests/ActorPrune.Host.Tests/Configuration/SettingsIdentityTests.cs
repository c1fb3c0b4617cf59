using ActorPrune.Host.Configuration;
using ActorPrune.Host.Configuration.Hocon;

namespace ActorPrune.Host.Tests.Configuration;

public sealed class SettingsIdentityTests
{
    private static readonly SettingsReader Reader = new(HoconDocument.Load(SettingsReader.ReferencePath), _ => null);

    [Theory]
    [InlineData("experiment.name = other")]
    [InlineData("data.path = /elsewhere")]
    [InlineData("evaluation { evaluators = 7, lease = 60s, heartbeat = 10s, max-attempts = 9, checkpoint-interval = 5m }")]
    [InlineData("metrics.otlp = \"http://collector:4318\"")]
    [InlineData("nsga2.population = 99")]
    [InlineData("random.evaluations = 3")]
    public void What_does_not_decide_results_may_change(string change)
    {
        var (before, after) = (Read(""), Read(change));
        after.Identity.ShouldBe(before.Identity);
        before.DifferencesTo(after).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("experiment.seed = 2", "experiment.seed: 1 → 2")]
    [InlineData("training.evaluation.learning-rate = 0.5", "training.evaluation.learning-rate: 0.02 → 0.5")]
    [InlineData("training.base.threads = 1", "training.base.threads: 2 → 1")]
    [InlineData("data.shapes.train = 99", "data.shapes.train: 10000 → 99")]
    [InlineData("pruning.exclude = [fc]", "pruning.exclude: [] → [\"fc\"]")]
    [InlineData("picks.at = [0.5]", "picks.at: [] → [0.5]")]
    [InlineData("cemba.epochs = 9", "cemba.epochs: 5 → 9")]
    public void What_decides_results_is_listed_with_its_old_and_new_value(string change, string difference)
    {
        var (before, after) = (Read(""), Read(change));
        after.Identity.ShouldNotBe(before.Identity);
        before.DifferencesTo(after).Select(d => d.ToString()).ShouldBe([difference]);
    }

    [Fact]
    public void Another_method_brings_its_own_keys()
    {
        var differences = Read("").DifferencesTo(Read("search.method = magnitude")).Select(d => d.ToString()).ToList();
        differences.ShouldContain("cemba.epochs: 5 → (none)");
        differences.ShouldContain("magnitude.points: (none) → 9");
        differences.ShouldContain("search.method: \"cemba\" → \"magnitude\"");
    }

    [Fact]
    public void The_identity_holds_no_path()
    {
        var settings = Read("data.path = /secret/images\nnetwork.weights = /secret/base.safetensors");
        settings.Identity.ShouldNotContain("secret");
        settings.Identity.ShouldContain("\"network.weights\":\"base.safetensors\"");
        settings.ToJson().ShouldContain("/secret/base.safetensors");
    }

    [Fact]
    public void Drawn_images_play_no_part_where_others_are_used() =>
        Read("data { name = cifar10, shapes.train = 99 }").Identity.ShouldBe(Read("data.name = cifar10").Identity);

    private static Settings Read(string conf) => Reader.Parse(conf, "x.conf", "x");
}
