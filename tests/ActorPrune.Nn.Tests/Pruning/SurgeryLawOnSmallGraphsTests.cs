using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Random;
using ActorPrune.Nn.Coupling;
using ActorPrune.Nn.Graph;

namespace ActorPrune.Nn.Tests.Pruning;

public class SurgeryLawOnSmallGraphsTests
{
    public static TheoryData<string> Names() => [.. SmallGraphs.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_slimmed_network_gives_the_outputs_of_its_masked_original(string name)
    {
        var graph = SmallGraphs.All[name]();
        var coupling = ChannelCoupling.Of(graph, new CouplingOptions { Linear = true });
        coupling.Groups.ShouldNotBeEmpty();
        var (weights, image) = (Generated.Weights(graph), Generated.Image(graph));
        foreach (var mode in SurgeryLaw.Modes)
        {
            SurgeryLaw.ShouldHold(coupling, Generated.Least(coupling, mode), weights, image);
            SurgeryLaw.ShouldHold(coupling, Generated.Everything(coupling, mode), weights, image);
            for (var i = 0; i < 40; i++)
            {
                SurgeryLaw.ShouldHold(coupling, Generated.Plan(coupling, mode, CounterRandom.For(3, name, i, 0, "plan")), weights, image);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_slimmed_network_can_be_slimmed_again(string name)
    {
        for (var seed = 0; seed < 10; seed++)
        {
            var graph = SmallGraphs.All[name]();
            var (weights, image) = (Generated.Weights(graph), Generated.Image(graph));
            for (var round = 0; round < 3; round++)
            {
                var coupling = ChannelCoupling.Of(graph);
                var plan = Generated.Plan(coupling, ChannelMode.PerLayer, CounterRandom.For(seed, name, round, 0, "again"));
                (graph, var slimmed, _) = SurgeryLaw.ShouldHold(coupling, plan, weights, image);
                weights = slimmed!;
            }
        }
    }
}
