using ActorPrune.Host.Application;
using ActorPrune.Host.Commands;
using ActorPrune.Host.Configuration;
using ActorPrune.Host.Configuration.Hocon;
using ActorPrune.Nn.Data;

namespace ActorPrune.Host.Tests.Commands;

/// <summary>inspect names all that is coupled, and no search can leave the range that it prints.</summary>
public sealed class InspectTests : IDisposable
{
    private readonly Folder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>
    /// ResNet-8 of 4, 8 and 16 channels. One of each group leaves 1, 2 and 3, since padding carries a stage's channels into the next; a
    /// convolution that may also drop input channels saves one more in stage 3, where the inner one reads 2.
    /// </summary>
    [Theory]
    [InlineData("per-layer")]
    [InlineData("per-filter")]
    public void A_bi_level_search_reaches_further_by_channels(string channels)
    {
        var lines = Inspected($"pruning.channels={channels}");
        lines.ShouldContain(l => l.StartsWith("Lower level", StringComparison.Ordinal));
        lines[^2].ShouldStartWith("Reachable by filters: 55902 to 848032 MACs (93.4 % fewer at most)");
        lines[^1].ShouldStartWith("Reachable by filters and channels: 55326 to 848032 MACs (93.5 % fewer at most)");
    }

    /// <summary>The same with half to a quarter of each group.</summary>
    [Fact]
    public void Ratios_of_EvoFC_bound_what_it_reaches_on_both_sides_and_it_has_no_lower_level()
    {
        var lines = Inspected("search.method=evofc", "evofc.ratio-floors=[0.5]", "evofc.ratio-max=0.75");
        lines.ShouldNotContain(l => l.Contains("Lower level", StringComparison.Ordinal) || l.Contains("and channels", StringComparison.Ordinal));
        lines[^1].ShouldStartWith("Reachable by filters: 73768 to 239696 MACs (71.7 % fewer at least, 91.3 % at most)");
    }

    [Fact]
    public void Depthwise_convolutions_stand_beside_the_channels_that_pass_through_them()
    {
        var lines = Inspected("network.name=mobilenetv2-cifar", "pruning.coupled=off");
        lines.ShouldContain(l => l.EndsWith(": features.0.0, through features.1.conv.0.0", StringComparison.Ordinal));
        lines.ShouldContain(l => l.EndsWith(": features.2.conv.0.0, through features.2.conv.1.0", StringComparison.Ordinal));
    }

    private string[] Inspected(params string[] set)
    {
        folder.Write("tiny.conf", Folder.Tiny);
        var settings = new SettingsReader(HoconDocument.Load(SettingsReader.ReferencePath), _ => null).Load(folder.Inside("tiny.conf"), set);
        var (definition, _) = Preparation.Of(settings, new DataSetCache(), folder.Home);
        using var output = new StringWriter();
        InspectCommand.Write(definition, output);
        return output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
