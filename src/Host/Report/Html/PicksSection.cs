using System.Collections.Immutable;
using ActorPrune.Genetics.Ports;
using static ActorPrune.Host.Report.Html.Tags;

namespace ActorPrune.Host.Report.Html;

/// <summary>The picks' errors: at search time, step by step, and after re-training by both customs of counting.</summary>
internal static class PicksSection
{
    public static Node? Of(RunModel model, RunFigures figures)
    {
        if (figures.Picks.IsEmpty)
        {
            return null;
        }

        var origin = figures.Base;
        return Section(
            "picks",
            "The picks, re-trained",
            P(
                "Each pick is trained again with the final recipe. Both test errors are given because publications differ: last is the error after the last "
                + "epoch, best the smallest of all epochs, which is chosen by looking at the test set and therefore flatters."),
            Table(
                ["pick", "#search error", "#test error, last", "#test error, best", "#MACs", "#params", "#ms"],
                [
                    [
                        "base", Wording.Percent(origin.SearchError, 2), Wording.Percent(origin.TestErrorLast, 2), Wording.Percent(origin.TestErrorBest, 2),
                        Wording.Count(origin.Macs), Wording.Count(origin.Params), Wording.Milliseconds(origin.LatencyMs),
                    ],
                    .. figures.Picks.Select(Row),
                ]),
            Note("The search error is on the validation split, the others are on the test set, which no decision of the search ever sees."),
            E("div").WithAll(figures.Picks.Where(p => p.Failure is not null).Select(p =>
                E("p", ("class", "alarm")).With($"The re-training of {p.Role} failed: {p.Failure}"))),
            Course(model, figures));
    }

    private static ImmutableArray<Node> Row(PickFigures pick) =>
    [
        Role(pick.Role),
        Wording.Percent(pick.Member.Error, 2),
        Wording.Percent(pick.FinalErrorLast, 2),
        Wording.Percent(pick.FinalErrorBest, 2),
        Wording.Count(pick.Member.Macs),
        Wording.Count(pick.Member.Params),
        Wording.Milliseconds(pick.Member.LatencyMs),
    ];

    /// <summary>Where a candidate's error went between inheriting weights and being judged; null where no evaluation says so.</summary>
    private static Element? Course(RunModel model, RunFigures figures)
    {
        var adaptation = new Adaptation(model);
        var rows = figures.Picks.Select(p => (p.Role, Detail: adaptation.OfPick(p))).Where(r => r.Detail is not null).ToArray();
        return rows.Length == 0 ? null : E("div").With(
            E("h3").With("From inherited weights to the end of training"),
            Table(
                ["pick", "#inherited weights", "#batch norm recalibrated", "#fine-tuned"],
                rows.Select(r => ImmutableArray.Create<Node>(
                    Role(r.Role), Wording.Percent(r.Detail!.ErrorInherited, 2), Wording.Percent(r.Detail.ErrorRecalibrated, 2),
                    Wording.Percent(r.Detail.ErrorFineTuned, 2)))),
            Note("Validation errors of the re-training. Recalibration computes the batch-norm statistics of the smaller network anew; no weight changes."));
    }

    internal static Element Role(string role) => E("span", ("class", $"role {role}")).With(role);
}
