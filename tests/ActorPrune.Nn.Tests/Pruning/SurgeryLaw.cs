using ActorPrune.Genetics.Genomes;
using ActorPrune.Nn.Coupling;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Pruning;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Tests.Pruning;

/// <summary>The law of surgery: slimmed network and masked original give the same outputs.</summary>
internal static class SurgeryLaw
{
    public const double Tolerance = 1e-9;

    public static SlimNetwork ShouldHold(ChannelCoupling coupling, PruningPlan plan, NamedTensors weights, Activation image)
    {
        var slim = Surgery.Apply(coupling, plan, weights);
        slim.Graph.Validate();
        ParameterShapes.Of(slim.Graph).Select(p => (p.Name, string.Join(',', p.Shape), p.Type)).Order()
            .ShouldBe(slim.Weights!.Select(t => (t.Key, string.Join(',', t.Value.Shape), t.Value.Type)).Order());

        var expected = MaskedOriginal.Run(coupling, plan, weights, image);
        var found = ReferenceForward.Run(slim.Graph, slim.Weights!, image);
        (found.Channels, found.Height, found.Width).ShouldBe((expected.Channels, expected.Height, expected.Width));
        var scale = expected.Values.Max(Math.Abs);
        scale.ShouldBeGreaterThan(0);
        expected.Values.Concat(found.Values).ShouldAllBe(v => double.IsFinite(v));
        var difference = expected.Values.Zip(found.Values, (a, b) => Math.Abs(a - b)).Max();
        (difference / scale).ShouldBeLessThan(Tolerance, $"{coupling.Graph.Name}, {plan.Mode}: {plan.Filters}");
        return slim;
    }

    public static IEnumerable<ChannelMode> Modes => [ChannelMode.None, ChannelMode.PerLayer, ChannelMode.PerFilter];
}
