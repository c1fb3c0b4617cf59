using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Random;
using ActorPrune.Nn.Cost;
using ActorPrune.Nn.Coupling;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Pruning;
using ActorPrune.Nn.Tests.Pruning;
using ActorPrune.Nn.Zoo;

namespace ActorPrune.Nn.Tests.Cost;

public class CostModelTests
{
    /// <summary>Published, rounded: ResNet-20 40.8 M and 0.27 M, ResNet-56 125.5 M and 0.85 M, ResNet-110 253 M and 1.73 M, VGG-16
    /// 313-314 M and 14.7 M.</summary>
    [Theory]
    [InlineData("resnet20", ShortcutKind.Pad, 40_551_040, 269_722)]
    [InlineData("resnet20", ShortcutKind.Projection, 40_813_184, 272_474)]
    [InlineData("resnet56", ShortcutKind.Pad, 125_485_696, 853_018)]
    [InlineData("resnet56", ShortcutKind.PoolAndPad, 125_485_696, 853_018)]
    [InlineData("resnet56", ShortcutKind.Projection, 125_747_840, 855_770)]
    [InlineData("resnet110", ShortcutKind.Pad, 252_887_680, 1_727_962)]
    [InlineData("vgg16", ShortcutKind.Pad, 313_201_664, 14_728_266)]
    [InlineData("vgg14", ShortcutKind.Pad, 313_201_664, 14_728_266)]
    [InlineData("vgg16-fc512", ShortcutKind.Pad, 313_463_808, 14_991_946)]
    public void The_zoo_costs_what_is_published(string name, ShortcutKind shortcut, long macs, long parameters)
    {
        var cost = CostModel.Of(NetworkZoo.Create(name, new NetworkOptions(Shortcut: shortcut)), CostConvention.Macs);
        (cost.Macs, cost.Params).ShouldBe((macs, parameters));
        (cost.NominalMacs, cost.NominalParams).ShouldBe((macs, parameters));
        cost.Layers.Sum(l => l.Macs).ShouldBe(macs);
    }

    /// <summary>torchvision prints 11,689,512, 21,797,672, 25,557,032 and 3,504,872 parameters; 1.81, 3.66, 4.09 and 0.30 G
    /// multiply-accumulates.</summary>
    [Theory]
    [InlineData("resnet18", 11_689_512, 1.81)]
    [InlineData("resnet34", 21_797_672, 3.66)]
    [InlineData("resnet50", 25_557_032, 4.09)]
    [InlineData("mobilenetv2", 3_504_872, 0.30)]
    public void The_networks_for_large_images_are_torchvisions(string name, long parameters, double gigaMacs)
    {
        var cost = CostModel.Of(NetworkZoo.Create(name, new NetworkOptions(Classes: 1000, Height: 224, Width: 224)), CostConvention.Macs);
        cost.Params.ShouldBe(parameters);
        (cost.Macs / 1e9).ShouldBe(gigaMacs, 0.006);
    }

    /// <summary>Usually printed as 2.24 M parameters and 88 M multiply-accumulates: torchvision's parameters less those of 990
    /// classes.</summary>
    [Fact]
    public void MobileNetV2s_CIFAR_form_has_the_same_parameters_and_more_to_multiply()
    {
        var cost = CostModel.Of(NetworkZoo.Create("mobilenetv2-cifar", new NetworkOptions()), CostConvention.Macs);
        (cost.Params, cost.Macs).ShouldBe((3_504_872 - (990 * 1281), 87_976_448));
        CostModel.Of(NetworkZoo.Create("mobilenetv2", new NetworkOptions()), CostConvention.Macs).Params.ShouldBe(cost.Params);
    }

    /// <summary>Huang et al. 2017, table 2: 1.0 M, 7.0 M (k = 12) and 0.8 M parameters.</summary>
    [Theory]
    [InlineData("densenet40", 1.0)]
    [InlineData("densenet100", 7.0)]
    [InlineData("densenet100-bc", 0.8)]
    public void Dense_networks_have_the_papers_parameters(string name, double millions) =>
        (CostModel.Of(NetworkZoo.Create(name, new NetworkOptions()), CostConvention.Macs).Params / 1e6).ShouldBe(millions, 0.06);

    /// <summary>By hand: a linear layer of 512·512 + 512, a normalisation of 2·512 and one of 512·10 + 10, instead of the last
    /// alone.</summary>
    [Fact]
    public void A_hidden_layer_of_512_adds_its_two_linear_layers()
    {
        var cost = CostModel.Of(NetworkZoo.Create("vgg16", new NetworkOptions(Head: HeadKind.Hidden512)), CostConvention.Macs);
        cost.Macs.ShouldBe(313_196_544 + (512 * 512) + (512 * 10));
    }

    [Fact]
    public void Each_convention_counts_what_it_says()
    {
        // 8×8 image of 2 channels; conv 2→4, 3×3, bias; BN; ReLU; max pooling 2; global mean of 4×4; linear 4→3.
        var graph = GraphBuilder.Start("tiny", 2, 8, 8).Conv("conv", 4, 3, bias: true).BatchNorm("bn").Relu("relu").MaxPool("pool", 2, 2)
            .GlobalAvgPool("mean").Flatten().Linear("fc", 3).Build();
        long Cost(CostConvention convention) => CostModel.Of(graph, convention).Macs;
        const int conv = 4 * 64 * 2 * 9;
        Cost(CostConvention.Macs).ShouldBe(conv + 12);
        Cost(CostConvention.Thop).ShouldBe(conv + 256 + (4 * 256) + (4 * 64) + (17 * 4) + (7 * 3));
        Cost(CostConvention.EvoFc).ShouldBe((2 * conv) + 256 + (2 * 256) + 256 + 256 + 64 + (2 * 12) + 3);
    }

    [Fact]
    public void Activation_memory_counts_all_outputs_and_the_most_that_are_alive_at_once()
    {
        var x = GraphBuilder.Start("memory", 1, 2, 2).Conv("a", 2, 1);
        var graph = x.Conv("b", 3, 1).Conv("c", 2, 1).Add("sum", x).GlobalAvgPool().Flatten().Linear("fc", 1).Build();
        var cost = CostModel.Of(graph, CostConvention.Macs);
        cost.Activations.ShouldBe(4 + 8 + 12 + 8 + 8 + 2 + 2 + 1);
        cost.PeakActivations.ShouldBe(8 + 12 + 8);
        cost.ActivationBytes(batch: 10).ShouldBe(45 * 40);
        cost.PeakActivationBytes(batch: 10, bytesPerElement: 2).ShouldBe(28 * 20);
    }

    [Fact]
    public void Zeroed_kernels_lower_the_nominal_figures_and_leave_the_realisable_ones()
    {
        var graph = NetworkZoo.Create("resnet8", new NetworkOptions());
        var coupling = ChannelCoupling.Of(graph);
        var random = CounterRandom.For(5, "nominal", 0, 0, "bits");
        var bits = BitString.Create(coupling.Space(ChannelMode.PerFilter).ChannelBits, _ => random.NextBool());
        var slim = Surgery.Apply(coupling, new PruningPlan(BitString.Filled(coupling.UnitCount, true), bits, ChannelMode.PerFilter));
        var (cost, whole) = (CostModel.Of(slim, CostConvention.Macs), CostModel.Of(graph, CostConvention.Macs));
        cost.Macs.ShouldBe(whole.Macs, "some filter reads each channel");
        var convolutions = coupling.Space(ChannelMode.PerFilter).Channels.Select(c => c.Name).ToHashSet();
        var kernels = whole.Layers.Where(l => convolutions.Contains(l.Name)).Sum(l => l.Macs);
        ((double)(whole.Macs - cost.NominalMacs) / kernels).ShouldBe(0.5, 0.02);
        var zeroed = slim.Masks.Values.Sum(m => (long)(m.Out * m.In) - m.Count);
        (cost.Params - cost.NominalParams).ShouldBe(9 * zeroed);
    }

    [Theory]
    [InlineData(ChannelMode.None)]
    [InlineData(ChannelMode.PerLayer)]
    [InlineData(ChannelMode.PerFilter)]
    public void A_plans_cost_is_the_slimmed_networks(ChannelMode mode)
    {
        var graph = NetworkZoo.Create("resnet20", new NetworkOptions(WidthMultiplier: 0.5));
        var coupling = ChannelCoupling.Of(graph);
        var weights = Generated.Weights(graph);
        for (var i = 0; i < 5; i++)
        {
            var plan = Generated.Plan(coupling, mode, CounterRandom.For(4, "cost", i, 0, "plan"));
            var slim = Surgery.Apply(coupling, plan, weights);
            var cost = PlanCost.Of(coupling, plan, CostConvention.Macs);
            cost.Params.ShouldBe(ParameterShapes.Of(slim.Graph).Where(p => p.Trained).Sum(p => slim.Weights![p.Name].Count));
            cost.Macs.ShouldBe(CostModel.Of(slim, CostConvention.Macs).Macs);
            var zeros = slim.Masks.Keys.Sum(name => slim.Weights![$"{name}.weight"].Floats.ToArray().Count(v => v == 0));
            (cost.Params - cost.NominalParams).ShouldBe(zeros);
        }
    }
}
