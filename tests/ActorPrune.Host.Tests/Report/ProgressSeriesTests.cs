using System.Collections.Immutable;
using ActorPrune.Actors.Evolution;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Host.Report;
using ActorPrune.Host.Report.Html;

namespace ActorPrune.Host.Tests.Report;

public sealed class ProgressSeriesTests
{
    [Fact]
    public void Hypervolume_grows_as_computed_by_hand()
    {
        // In units of (1 - error) × (1 - MACs / base MACs), counted from the reference point (1, 1):
        // heavy alone (0.10, 0.80): 0.90 × 0.20 = 0.18; light alone (0.40, 0.20): 0.60 × 0.80 = 0.48.
        // Both: light's 0.48 and heavy's strip between errors 0.10 and 0.40: 0.30 × 0.20 = 0.06, together 0.54.
        // With the knee (0.15, 0.48): 0.48 + (0.40 - 0.15) × 0.52 + (0.15 - 0.10) × 0.20 = 0.62.
        // u1 has heavy, then heavy and knee: 0.85 × 0.52 + 0.05 × 0.20 = 0.452.
        Rounded(ProgressSeries.Of(Runs.FinishedState())).ShouldBe(
        [
            ("all islands", "1:0.54 2:0.62"),
            ("u1", "1:0.18 2:0.452"),
            ("u2", "1:0.48"),
        ]);
    }

    [Fact]
    public void Hypervolume_does_not_depend_on_the_order_of_reports()
    {
        var state = Runs.FinishedState();
        Rounded(ProgressSeries.Of(state with { History = [.. state.History.Reverse()] })).ShouldBe(Rounded(ProgressSeries.Of(state)));
    }

    [Fact]
    public void Candidates_beyond_the_reference_point_add_nothing()
    {
        var larger = Runs.Candidate("d", "1", error: 0.05, macs: 1_200_000, parameters: 1);
        var state = Runs.FinishedState() with { History = [new IslandProgress("u1", 1, 1, [larger], [], false)] };
        Rounded(ProgressSeries.Of(state))[0].ShouldBe(("all islands", "1:0"));
    }

    [Fact]
    public void Without_a_base_there_is_no_reference_point_and_no_line() =>
        ProgressSeries.Of(Runs.FinishedState() with { Base = null }).ShouldBeEmpty();

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.0912, 0.4077)]
    [InlineData(200_000, 40_552_448)]
    [InlineData(0.5, 0.5)]
    [InlineData(-3, 7)]
    public void An_axis_covers_its_values_with_a_few_ticks(double low, double high)
    {
        var axis = Axis.Over([high, low], 0, 100);
        axis.From.ShouldBeLessThanOrEqualTo(low);
        axis.To.ShouldBeGreaterThanOrEqualTo(high);
        axis.Ticks.Length.ShouldBeInRange(3, 12);
        axis.Ticks.ShouldAllBe(t => axis.At(t) > -1e-6 && axis.At(t) < 100 + 1e-6);
    }

    [Fact]
    public void Kept_channels_are_counted_after_the_filters_that_are_gone()
    {
        // Four filters of a first convolution feed a second of two; filter 1 of the first and none of the second are gone.
        var space = new SearchSpace(
            [new UnitGroup("a", 4, 1, 1), new UnitGroup("b", 2, 1, 1)], [new ChannelGroup("b", [0, 1, 2, 3], [4, 5])], ChannelMode.PerLayer);
        var filters = BitString.Of([true, false, true, true, true, true]);
        KeptUnits.Channels(space, new MaskGenome(filters, BitString.Of([true, true, false, true])))
            .ShouldBe([new KeptChannels("b", 4, 2, 2)]);
        KeptUnits.Channels(
            space with { Mode = ChannelMode.PerFilter },
            new MaskGenome(filters, BitString.Of([true, true, false, false, false, true, true, true])))
            .ShouldBe([new KeptChannels("b", 4, 1.5, 3)]);
    }

    [Fact]
    public void A_genome_of_another_space_shows_no_groups() => KeptUnits.Groups(Runs.Space, new CriterionGenome([])).ShouldBeEmpty();

    [Fact]
    public void A_criterion_genome_tells_how_many_stay_and_by_which_criterion() =>
        KeptUnits.Groups(Runs.Space, new CriterionGenome([new GroupChoice(2, "l1"), new GroupChoice(5, "fpgm")]))
            .ShouldBe([new KeptGroup("layer1.0.conv1", 4, 2, "l1"), new KeptGroup("layer2.0.conv1", 8, 5, "fpgm")]);

    private static (string, string)[] Rounded(ImmutableArray<Series> series) =>
        [.. series.Select(s => (s.Name, string.Join(' ', s.Values.Select(v => $"{v.Generation}:{Math.Round(v.Value, 9)}"))))];
}
