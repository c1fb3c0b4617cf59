using System.Collections.Immutable;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Settings;

namespace ActorPrune.Genetics.Searches;

/// <summary>Makes the islands of a search.</summary>
public static class SearchFactory
{
    /// <summary>
    /// The islands of <paramref name="settings"/>' method on <paramref name="problem"/>; equal arguments give equal islands. Pure.
    /// </summary>
    /// <exception cref="ArgumentException">A setting is out of range, or does not fit the problem; one line for each, naming the
    /// setting.</exception>
    public static ImmutableArray<IslandPlan> Create(MethodSettings settings, IProblem problem, long seed)
    {
        var errors = settings.Validate();
        errors = errors.IsEmpty ? settings.ValidateFor(problem.Space) : errors;
        return errors.IsEmpty
            ? SearchMethods.Named(settings.Method).Create(settings, problem, seed)
            : throw new ArgumentException(string.Join('\n', errors), nameof(settings));
    }
}
