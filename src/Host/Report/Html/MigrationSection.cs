using System.Collections.Immutable;
using static ActorPrune.Host.Report.Html.Tags;

namespace ActorPrune.Host.Report.Html;

/// <summary>Migrants between islands as a matrix, shaded by count.</summary>
internal static class MigrationSection
{
    public static Node? Of(RunModel model)
    {
        var parcels = model.State.History.SelectMany(p => p.Sent).ToArray();
        if (parcels.Length == 0)
        {
            return null;
        }

        var names = parcels.SelectMany(p => new[] { p.Source, p.Target }).Distinct().Order(StringComparer.Ordinal).ToArray();
        var counts = parcels.GroupBy(p => (p.Source, p.Target)).ToDictionary(g => g.Key, g => g.Sum(p => p.Migrants));
        var most = Math.Max(1, counts.Values.Max());
        var rows = names.Select(source => ImmutableArray.CreateRange<Node>(
            [E("strong").With(source), .. names.Select(target => Cell(counts.TryGetValue((source, target), out var n) ? n : null, most))]));
        return Section(
            "migration",
            "Migrants between islands",
            P(
                $"{Wording.Plural(counts.Values.Sum(), "migrant")} in {Wording.Plural(parcels.Length, "parcel")} over "
                + $"{Wording.Plural(parcels.Select(p => p.Epoch).Distinct().Count(), "epoch")}. "
                + "Rows send, columns receive; a dash is a pair that does not exchange."),
            Table(["from \\ to", .. names.Select(n => n.StartsWith('#') ? n : "#" + n)], rows));
    }

    private static Node Cell(int? migrants, int most) => migrants is { } count
        ? E("span").With(Bars.Share(count, most, "plain"), $"{count}")
        : Wording.Missing;
}
