using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Operators;
using ActorPrune.Genetics.Random;
using ActorPrune.Genetics.Tests.Support;

namespace ActorPrune.Genetics.Tests.Operators;

public sealed class ChannelMasksTests
{
    private static readonly SearchSpace PerLayer = ToyProblem.BiLevel().Space;
    private static readonly SearchSpace PerFilter = ToyProblem.BiLevel(ChannelMode.PerFilter).Space;

    [Fact]
    public void A_channel_is_available_where_it_and_in_per_filter_mode_its_filter_are_kept()
    {
        var filters = Bits("1010 0110");
        ChannelMasks.Available(PerLayer, filters).ShouldBe(Bits("111 1010"));
        ChannelMasks.Available(PerFilter, filters).ShouldBe(Bits("111 000 111 000", "0000 1010 1010 0000"));
    }

    [Fact]
    public void Equal_networks_have_equal_genomes()
    {
        var filters = Bits("1010 0110");
        ChannelMasks.Genome(PerLayer, filters, Bits("111 1111")).ShouldBe(new MaskGenome(filters, null));
        ChannelMasks.Genome(PerLayer, filters, Bits("110 1111")).ShouldBe(ChannelMasks.Genome(PerLayer, filters, Bits("110 1010")));
        ChannelMasks.Genome(PerLayer, filters, null).Channels.ShouldBeNull();
    }

    [Fact]
    public void A_response_carried_to_other_filters_keeps_its_bits_and_gains_what_is_new()
    {
        var adapted = ChannelMasks.Adapt(PerLayer, Bits("1010 1111"), Bits("101 1000"), Bits("1101 1111"), 0, Stream(0));
        adapted.ShouldBe(Bits("101 1101"));
        ChannelMasks.Adapt(PerLayer, Bits("1010 1111"), null, Bits("1101 1111"), 0, Stream(0)).ShouldBeNull();
        ChannelMasks.Adapt(PerLayer, Bits("1100 1111"), Bits("111 1000"), Bits("1000 1111"), 0, Stream(0))
            .ShouldBeNull("what was dropped is gone with its filter");
    }

    [Fact]
    public void A_convolution_that_would_lose_its_last_channel_keeps_one()
    {
        var adapted = ChannelMasks.Adapt(PerLayer, Bits("1110 1111"), Bits("111 1000"), Bits("0110 1111"), 0, Stream(1));
        adapted!.Count.ShouldBe(4);
        (adapted[4] ^ adapted[5]).ShouldBeTrue();
    }

    [Fact]
    public void In_per_filter_mode_every_kept_filter_has_a_channel()
    {
        for (var i = 0; i < 100; i++)
        {
            var filters = Bits("1110 1011");
            var empty = BitString.Filled(PerFilter.ChannelBits, false);
            var repaired = Masks.Repair(empty, ChannelMasks.Repaired(PerFilter, filters), 0, Stream(i));
            repaired.Count.ShouldBe(6);
            ChannelMasks.Restrict(PerFilter, filters, repaired).ShouldBe(repaired);
        }
    }

    [Fact]
    public void Importance_of_inputs_guides_which_channels_stay()
    {
        var space = PerLayer with
        {
            Channels = [PerLayer.Channels[0], PerLayer.Channels[1] with { Importance = [1, 4, 2, 3] }],
        };
        var filters = Bits("1011 1111");
        var repaired = Masks.Repair(Bits("100 0000"), ChannelMasks.Repaired(space, filters), 1, Stream(0));
        repaired.ShouldBe(Bits("100 0001"), "of the inputs that exist the fourth is the most important");
    }

    [Fact]
    public void Genomes_and_their_text_are_the_same_thing()
    {
        Genome[] genomes =
        [
            new MaskGenome(Bits("101"), null), new MaskGenome(Bits("101"), Bits("1 0000 1111")),
            new CriterionGenome([new GroupChoice(3, "l1"), new GroupChoice(16, "bn-scale")]),
        ];
        foreach (var genome in genomes)
        {
            GenomeText.Parse(GenomeText.Write(genome)).ShouldBe(genome);
            System.Text.Json.JsonSerializer.Deserialize<Genome>(System.Text.Json.JsonSerializer.Serialize(genome))!.Canonical.ShouldBe(genome.Canonical);
        }

        foreach (var damaged in new[] { "", "mask", "mask 3:zz", "mask 3:ff", "mask 3", "criterion l1", "criterion l1:x", "tree 1" })
        {
            Should.Throw<FormatException>(() => GenomeText.Parse(damaged), damaged);
        }
    }

    private static BitString Bits(params string[] parts)
    {
        var text = string.Concat(parts).Replace(" ", "", StringComparison.Ordinal);
        return BitString.Create(text.Length, i => text[i] == '1');
    }

    private static CounterRandom Stream(int i) => CounterRandom.For(12, "test", 0, i, "channels");
}
