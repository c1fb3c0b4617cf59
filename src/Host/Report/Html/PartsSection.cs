using System.Collections.Immutable;
using ActorPrune.Genetics.Searches;
using static ActorPrune.Host.Report.Html.Tags;

namespace ActorPrune.Host.Report.Html;

/// <summary>For searches that prune part after part: each part's front over (sub-network error, weights), and what was chosen of
/// it.</summary>
internal static class PartsSection
{
    // A chart a part; with one layer a part, deep networks would have hundreds.
    private const int MostParts = 40;

    public static Node? Of(RunModel model)
    {
        var settled = model.State.History.Where(p => p.Decided is not null).Select(p => (p.Island, Part: p.Decided!))
            .OrderBy(s => s.Island, StringComparer.Ordinal).ThenBy(s => s.Part.Part).ToArray();
        if (settled.Length == 0)
        {
            return null;
        }

        var islands = settled.Select(s => s.Island).Distinct().Count();
        return Section(
            "parts",
            "Part after part",
            P(
                "The network was pruned in parts. For each, sub-networks were compared by how far what they hand on differs from the "
                + "unpruned one's, and by the weights that they hold. Some of the front were measured as whole networks; one was gone on with."),
            SubNetworkFigures.Of(model) is { } cost ? P($"{cost}.") : null,
            E("div").WithAll(settled.Take(MostParts).Select(s => Part(islands > 1 ? $"{s.Island}, " : string.Empty, s.Part))),
            settled.Length > MostParts ? Note($"The first {MostParts} of {settled.Length} parts.") : null);
    }

    private static Element Part(string island, PartReport part) => E("details").With(
        E("summary").With($"{island}part {part.Part + 1}: {string.Join("; ", part.Groups)}; {Chosen(part)}"),
        part.Front.IsEmpty ? null : Figure(
            ScatterChart.Draw(
                $"Sub-network error over weights of part {part.Part + 1}.",
                [.. part.Front.OrderBy(m => m.Chosen).Select(Point)],
                "weights of the sub-network",
                t => t == 0 ? "0" : Wording.Count(t),
                "relative error",
                t => $"{t:0.###}",
                staircase: true),
            "Left and down is better. Filled: gone on with."),
        Table(
            ["#sub-network error", "#weights", "#validation error", ""],
            part.Front.Select(m => ImmutableArray.Create<Node>(
                Wording.Percent(m.Reconstruction, 2), Wording.Count(m.Params), Wording.Percent(m.Error, 2), m.Chosen ? "gone on with"
                    : string.Empty))));

    private static Mark Point(PartMember member) => new(
        member.Params,
        member.Reconstruction,
        string.Empty,
        member.Chosen ? "knee" : "member",
        $"relative error {Wording.Percent(member.Reconstruction, 2)}, {Wording.Count(member.Params)} weights"
        + (member.Error is { } error ? $", validation error {Wording.Percent(error, 2)}" : string.Empty));

    private static string Chosen(PartReport part) => part.Front.FirstOrDefault(m => m.Chosen) is { } chosen
        ? $"{Wording.Count(chosen.Params)} of {Wording.Count(part.Front.Max(m => m.Params))} weights stay"
        : "left as it was";
}
