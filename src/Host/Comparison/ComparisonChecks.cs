using System.Collections.Immutable;
using ActorPrune.Host.Application;
using ActorPrune.Host.Configuration;

namespace ActorPrune.Host.Comparison;

/// <summary>
/// What methods under comparison must have in common: network, data, precision, training of base, candidates and picks, the counting of
/// cost, the least and the multiple of filters that stay. What belongs to a method may differ, and is named: which layers it prunes and
/// whether it has a lower level, what it minimises, and the training of candidates where that is one run of all of them.
/// </summary>
internal static class ComparisonChecks
{
    private const string Candidates = "training.evaluation.";
    private const string None = "(none)";

    private static readonly ImmutableHashSet<string> OfTheMethod =
        ["pruning.channels", "pruning.include", "pruning.exclude", "pruning.coupled", "search.objectives"];

    /// <summary>One line for each respect in which the methods differ and may.</summary>
    /// <exception cref="CommandException">They differ in what must be equal: all the keys, with their values.</exception>
    public static ImmutableArray<string> Notes(ImmutableArray<ComparedMethod> methods)
    {
        // The training of candidates is compared with that of a method that has no schedule of its own.
        var standard = methods.FirstOrDefault(m => !m.Settings.Method.SharesOneTraining) ?? methods[0];
        var differences = methods
            .SelectMany(m => Shared(standard, m).Select(d => (Method: m, Difference: d)))
            .ToLookup(d => Allowed(standard, d.Method, d.Difference.Key));
        var wrong = differences[false].Select(d =>
            $"  {d.Difference.Key}: {d.Difference.Old ?? None} in {standard.File}, {d.Difference.New ?? None} in {d.Method.File}")
            .ToArray();
        if (wrong.Length > 0)
        {
            throw new CommandException(
                $"These configurations cannot be compared, since they differ in what has to be equal:\n{string.Join('\n', wrong)}\n"
                + "Make them equal; --set key=value does so for all of them at once.",
                ExitCodes.BadInput);
        }

        var own = differences[true].Where(d => !d.Difference.Key.StartsWith(Candidates, StringComparison.Ordinal))
            .GroupBy(d => d.Difference.Key)
            .Select(g => ByValue(g.Key, g.First().Difference.Old!, [.. g.Select(d => (d.Method.Label, d.Difference.New!))], methods));
        var schedules = methods.Where(m => m.Settings.Method.SharesOneTraining).Select(m => Schedule(m, [.. Shared(standard, m)]));
        return [.. own, .. schedules];
    }

    /// <summary>The keys that decide results and are neither a method's own nor the seed's.</summary>
    private static IEnumerable<SettingDifference> Shared(ComparedMethod standard, ComparedMethod other) =>
        standard.Settings.DifferencesTo(other.Settings).Where(d => d.Key is not ("search.method" or "experiment.seed")
            && !d.Key.StartsWith(standard.Settings.Search.Method + ".", StringComparison.Ordinal)
            && !d.Key.StartsWith(other.Settings.Search.Method + ".", StringComparison.Ordinal));

    private static bool Allowed(ComparedMethod standard, ComparedMethod other, string key) => OfTheMethod.Contains(key)
        || (key.StartsWith(Candidates, StringComparison.Ordinal)
            && (standard.Settings.Method.SharesOneTraining || other.Settings.Method.SharesOneTraining));

    private static string ByValue(
        string key, string standard, ImmutableArray<(string Label, string Value)> others, ImmutableArray<ComparedMethod> methods)
    {
        string Of(ComparedMethod method) => others.Where(o => o.Label == method.Label).Select(o => o.Value).FirstOrDefault(standard);
        var values = methods.GroupBy(Of).Select(g => $"{g.Key} for {string.Join(", ", g.Select(m => m.Label))}");
        return $"{key} is {string.Join("; ", values)}.";
    }

    private static string Schedule(ComparedMethod method, ImmutableArray<SettingDifference> differences)
    {
        var own = differences.Where(d => d.Key.StartsWith(Candidates, StringComparison.Ordinal)).ToArray();
        return $"The candidates of {method.Label} share one training run, so that its training.evaluation is its own"
            + (own.Length == 0 ? "." : $" ({string.Join(", ", own.Select(d => $"{d.Key[Candidates.Length..]} {d.New}"))}).");
    }
}
