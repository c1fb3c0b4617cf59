using System.Collections.Immutable;
using ActorPrune.Genetics.Genomes;
using static ActorPrune.Host.Report.Html.Tags;

namespace ActorPrune.Host.Report.Html;

/// <summary>What each pick keeps, group by group, and the base network's layers.</summary>
internal static class LayersSection
{
    public static Node? Of(RunModel model, RunFigures figures)
    {
        var kept = model.Space is { } space ? Groups(space, figures) : null;
        var table = Layers(model);
        return kept is null && table is null ? null : Section(
            "layers",
            "What stays, layer by layer",
            kept is null ? null : P(
                "Channels that belong together (all layers that meet in a residual sum, for instance) are kept or removed together: one row each. The pale "
                + "bar is the base network, the full bar is what stays; lengths compare between rows."),
            kept,
            model.Space is { } channels ? Channels(channels, figures) : null,
            table);
    }

    private static Element? Groups(SearchSpace space, RunFigures figures)
    {
        var picks = figures.Picks.Select(p => (p.Role, Kept: KeptUnits.Groups(space, p.Member.Candidate.Genome))).Where(p => !p.Kept.IsEmpty).ToArray();
        if (picks.Length == 0 || space.Groups.IsEmpty)
        {
            return null;
        }

        var longest = space.Groups.Max(g => g.Length);
        var rows = space.Groups.Select((group, i) => ImmutableArray.CreateRange<Node>(
            [Code(group.Name), $"{group.Length}", .. picks.Select(p => Cell(p.Kept[i], longest, p.Role))]));
        var sums = ImmutableArray.CreateRange<Node>(
            ["all", $"{space.Units}", .. picks.Select(p => Total(p.Kept))]);
        return Table(["group", "#channels", .. picks.Select(p => p.Role)], rows.Append(sums));
    }

    private static Element Cell(KeptGroup kept, int longest, string role) => E("span").With(
        Bars.Kept(kept.After, kept.Before, longest, role), kept.Criterion is null ? $"{kept.After}" : $"{kept.After} by {kept.Criterion}");

    private static Element Total(ImmutableArray<KeptGroup> kept)
    {
        var (after, before) = (kept.Sum(k => k.After), kept.Sum(k => k.Before));
        return E("span").With($"{after} ({Wording.Percent(before == 0 ? null : (double)after / before)})");
    }

    /// <summary>The lower level of a bi-level search; null where there is none.</summary>
    private static Element? Channels(SearchSpace space, RunFigures figures)
    {
        var picks = figures.Picks.Select(p => (p.Role, Kept: KeptUnits.Channels(space, p.Member.Candidate.Genome))).Where(p => !p.Kept.IsEmpty).ToArray();
        if (picks.Length == 0)
        {
            return null;
        }

        var longest = space.Channels.Max(c => c.Inputs.Length);
        var rows = space.Channels.Select((group, i) => ImmutableArray.CreateRange<Node>(
            [Code(group.Name), $"{group.Inputs.Length}", .. picks.Select(p => Cell(p.Kept[i], longest, p.Role))]));
        return E("div").With(
            E("h3").With("Input channels"),
            P(
                space.Mode == ChannelMode.PerFilter
                    ? "Each filter reads its own set of input channels. The bar and first figure are nominal: the mean over the kept "
                      + "filters. The second is what a dense kernel gains: channels that at least one filter reads still have to be "
                      + "computed."
                    : "A convolution drops an input channel for all of its filters, so what is dropped is physically gone."),
            Table(["convolution", "#inputs", .. picks.Select(p => p.Role)], rows));
    }

    private static Element Cell(KeptChannels kept, int longest, string role) => E("span").With(
        Bars.Kept(kept.Nominal, kept.Before, longest, role),
        kept.Nominal == kept.Realisable ? $"{kept.Realisable}" : $"{kept.Nominal:0.0} / {kept.Realisable}");

    private static Element? Layers(RunModel model) => model.Layers.IsEmpty ? null : E("details").With(
        E("summary").With($"The base network's {Wording.Plural(model.Layers.Length, "layer")}"),
        Table(
            ["layer", "kind", "#in", "#out", "#MACs", "#params"],
            model.Layers.Select(l => ImmutableArray.Create<Node>(
                Code(l.Name), l.Kind, $"{l.In}", $"{l.Out}", Wording.Count(l.Macs), Wording.Count(l.Params)))));
}
