using System.Collections.Immutable;
using ActorPrune.Actors.Evolution;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace ActorPrune.Host.Report;

/// <summary>What <c>show NAME</c> prints for people: tables on a terminal, aligned plain lines otherwise.</summary>
public static class ShowText
{
    // More would scroll the picks off the screen; --json and front.csv hold all of it.
    private const int MostRows = 30;

    /// <summary>Lines for pipes and files: no colours, no borders, columns aligned by spaces.</summary>
    public static string Plain(RunModel model) => string.Join("\n\n", Blocks(model).Select(b => b.Plain())) + "\n";

    /// <summary>Tables for a terminal.</summary>
    public static IRenderable Render(RunModel model) => new Rows(Blocks(model).Select(b => b.Render()));

    private static IEnumerable<TextTable> Blocks(RunModel model)
    {
        var figures = RunFigures.Of(model);
        yield return Summary(model, figures);
        if (!figures.Picks.IsEmpty)
        {
            yield return Picks(figures);
        }

        if (!figures.Front.IsEmpty)
        {
            yield return Members(figures);
        }
    }

    private static TextTable Summary(RunModel model, RunFigures figures)
    {
        var counts = model.Evaluations;
        var origin = figures.Base;
        ImmutableArray<string>[] parts = SubNetworkFigures.Of(model) is { } cost ? [["sub-networks", cost.ToString()]] : [];
        return new TextTable(
            null,
            ["", ""],
            [
                [model.Name, Wording.Status(model.Status) + (model.Reason is { Length: > 0 } reason ? $": {reason}" : string.Empty)],
                ["result", Headline.Of(model, figures)],
                ["search", $"{model.Method}, seed {model.Seed}, {Wording.Plural(figures.Generation, "generation")}{Phase(model.State.Phase)}"],
                [
                    "evaluations",
                    $"{counts.Requested} requested, {counts.Computed} computed, {counts.Cached} cached, {counts.Failed} failed, {counts.Attempts} started",
                ],
                .. parts,
                [
                    "base",
                    $"test error {Wording.Percent(origin.TestErrorLast, 2)}, {Wording.Count(origin.Macs)} MACs ({model.Convention}), "
                    + $"{Wording.Count(origin.Params)} params, {Wording.Milliseconds(origin.LatencyMs)}",
                ],
                ["digest", figures.Digest],
            ]);
    }

    private static TextTable Picks(RunFigures figures) => new(
        "Picks (search error: validation split; final errors: test set)",
        ["pick", "#search error", "#final, last", "#final, best", "MACs", "params", "#ms", "time"],
        [.. figures.Picks.Select(p => ImmutableArray.Create(
            p.Role,
            Wording.Percent(p.Member.Error, 2),
            Wording.Percent(p.FinalErrorLast, 2),
            Wording.Percent(p.FinalErrorBest, 2),
            Wording.Fewer(p.Member.Macs, figures.Base.Macs, "MACs"),
            Wording.Fewer(p.Member.Params, figures.Base.Params, "params"),
            Wording.Milliseconds(p.Member.LatencyMs),
            Wording.Faster(p.Member.LatencyMs, figures.Base.LatencyMs)))]);

    private static TextTable Members(RunFigures figures)
    {
        var more = figures.Front.Length > MostRows ? $", the first {MostRows} of {figures.Front.Length}" : string.Empty;
        return new TextTable(
            $"Front by validation error{more}",
            ["id", "#error", "#MACs", "#removed", "#params", "#ms", "pick"],
            [.. figures.Front.OrderBy(m => m.Error).ThenBy(m => m.Macs).Take(MostRows).Select(m => ImmutableArray.Create(
                m.Id,
                Wording.Percent(m.Error, 2),
                Wording.Count(m.Macs),
                Wording.Percent(Wording.Removed(m.Macs, figures.Base.Macs)),
                Wording.Count(m.Params),
                Wording.Milliseconds(m.LatencyMs),
                string.Join(", ", figures.RolesOf(m.Id))))]);
    }

    private static string Phase(ExperimentPhase phase) => phase switch
    {
        ExperimentPhase.Base => ", preparing the base network",
        ExperimentPhase.Search => ", searching",
        ExperimentPhase.Fitting => ", evaluating widened networks for the picks",
        ExperimentPhase.Final => ", re-training the picks",
        ExperimentPhase.Measurement => ", measuring times",
        _ => string.Empty,
    };
}
