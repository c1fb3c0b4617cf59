using ActorPrune.Host.Report;

namespace ActorPrune.Host.Comparison;

/// <summary>What the figures say in words: who is ahead of what it has to beat, and who is not.</summary>
public static class Verdicts
{
    public static IEnumerable<string> Of(ComparisonResult result)
    {
        var searches = result.Methods.Where(m => m.Kind == MethodKind.Search).ToArray();
        var random = result.Methods.FirstOrDefault(m => m.Kind == MethodKind.Random);
        foreach (var search in searches)
        {
            yield return random is null
                ? $"{search.Label} was not compared with random search."
                : AgainstRandom(search, random);
        }

        foreach (var target in result.At)
        {
            foreach (var uniform in result.Methods.Where(m => m.Kind == MethodKind.Uniform))
            {
                yield return AgainstUniform(searches, uniform, target);
            }
        }

        foreach (var run in result.Methods.SelectMany(m => m.Runs.Where(r => r.Failure is not null).Select(r => (m.Label, Run: r))))
        {
            yield return $"{run.Label} with seed {run.Run.Seed} failed: {run.Run.Failure}";
        }
    }

    private static string AgainstRandom(MethodResult search, MethodResult random)
    {
        if (search.Hypervolume.Mean is not { } own || random.Hypervolume.Mean is not { } other)
        {
            return $"{search.Label} could not be compared with {random.Label} in hypervolume, since a front is missing.";
        }

        var pairs = Pairs(search, random, r => r.Hypervolume);
        return $"{search.Label} is {(own > other ? "ahead" : "not ahead")} of {random.Label} in hypervolume: "
            + $"{own:0.0000} against {other:0.0000}, larger with {pairs.Count(p => p.Own > p.Other)} of {Wording.Plural(pairs.Length, "seed")}.";
    }

    private static string AgainstUniform(MethodResult[] searches, MethodResult uniform, double target)
    {
        var place = $"With {Wording.Percent(target, 0)} of the MACs removed";
        var best = searches.Where(s => s.ErrorLast(target).Mean is not null).MinBy(s => s.ErrorLast(target).Mean);
        if (best?.ErrorLast(target) is not { Mean: { } own } figures || uniform.ErrorLast(target) is not { Mean: { } other } theirs)
        {
            return $"{place} no search could be compared with {uniform.Label}, since a re-trained network is missing.";
        }

        var verdict = own < other
            ? $"{place} the best of the searches, {best.Label}, is ahead of {uniform.Label}"
            : $"{place} no search is ahead of {uniform.Label}; the best of them is {best.Label}";
        var pairs = Pairs(best, uniform, r => r.For(target)?.ErrorLast);
        return $"{verdict}: test error {figures.Percent()} against {theirs.Percent()}, smaller with {pairs.Count(p => p.Own < p.Other)} of "
            + $"{Wording.Plural(pairs.Length, "seed")} (really removed: {Removed(best)} and {Removed(uniform)}).";

        string Removed(MethodResult method) => Wording.Percent(method.Removed(target).Mean);
    }

    /// <summary>The figures of two methods seed by seed, where both have one.</summary>
    private static (double? Own, double? Other)[] Pairs(MethodResult own, MethodResult other, Func<ComparedRun, double?> figure) =>
        [.. own.Runs.Zip(other.Runs, (a, b) => (Own: figure(a), Other: figure(b))).Where(p => p.Own is not null && p.Other is not null)];
}
