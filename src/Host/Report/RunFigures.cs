using System.Collections.Immutable;
using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Pareto;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Searches;

namespace ActorPrune.Host.Report;

/// <summary>
/// The figures that every view of a run shares, taken from a <see cref="RunModel"/>. A figure that is missing or not finite is null.
/// </summary>
/// <param name="Base">The base network; its figures are null before it is there.</param>
/// <param name="Front">The non-dominated candidates in the archive's order.</param>
/// <param name="Picks">"heavy", "knee", "light" and then those by share of MACs removed, ascending, as far as they are chosen.</param>
/// <param name="Generation">Generations that the furthest island has completed.</param>
/// <param name="Digest">SHA-256 of the canonical front.</param>
public sealed record RunFigures(
    OriginFigures Base, ImmutableArray<MemberFigures> Front, ImmutableArray<PickFigures> Picks, int Generation, string Digest)
{
    /// <summary>The roles that any run may have, in the order in which they are always shown.</summary>
    public static ImmutableArray<string> Roles { get; } = ["heavy", "knee", "light"];

    private const string BaseRole = "base";

    public static RunFigures Of(RunModel model)
    {
        var state = model.State;
        var front = state.Archive.Select(e => MemberOf(e, state)).ToImmutableArray();
        var shares = state.Picks.Keys.Where(r => PickRole.Removed(r) is not null).OrderBy(PickRole.Removed);
        var picks = Roles.Where(state.Picks.ContainsKey).Concat(shares).Select(r => PickOf(r, state)).ToImmutableArray();
        var generation = state.Islands.Values.Select(i => i.Generation).DefaultIfEmpty(0).Max();
        return new RunFigures(BaseOf(state), front, picks, generation, Actors.Evolution.Front.Digest(state.Archive));
    }

    /// <summary>The roles that the front member <paramref name="id"/> was chosen for; one member may have several.</summary>
    public ImmutableArray<string> RolesOf(string id) => [.. Picks.Where(p => p.Member.Id == id).Select(p => p.Role)];

    public PickFigures? Pick(string role) => Picks.FirstOrDefault(p => p.Role == role);

    /// <summary>The named figure, or null where it is missing or not finite.</summary>
    internal static double? Figure(IReadOnlyDictionary<string, double>? measures, string name) =>
        measures is not null && measures.TryGetValue(name, out var value) && double.IsFinite(value) ? value : null;

    private static OriginFigures BaseOf(ExperimentState state)
    {
        var measures = state.Base?.Measures;
        return new OriginFigures(
            Figure(measures, MeasureNames.TestErrorLast),
            Figure(measures, MeasureNames.TestErrorBest),
            Figure(measures, MeasureNames.Error),
            Figure(measures, MeasureNames.Macs),
            Figure(measures, MeasureNames.Params),
            Latency(state, BaseRole, measures));
    }

    private static MemberFigures MemberOf(Evaluated member, ExperimentState state)
    {
        var id = Actors.Evolution.Front.Id(member);
        return new MemberFigures(
            id,
            member,
            Figure(member.Measures, MeasureNames.Error),
            Figure(member.Measures, MeasureNames.Macs),
            Figure(member.Measures, MeasureNames.Params),
            Latency(state, id, member.Measures),
            Figure(member.Measures, MeasureNames.Filters),
            Figure(member.Measures, MeasureNames.Channels));
    }

    private static PickFigures PickOf(string role, ExperimentState state)
    {
        JobOutcome? final = state.Finals.GetValueOrDefault(role);
        return new PickFigures(
            role,
            MemberOf(state.Picks[role], state),
            Figure(final?.Result?.Measures, MeasureNames.TestErrorLast),
            Figure(final?.Result?.Measures, MeasureNames.TestErrorBest),
            final?.Failure);
    }

    /// <summary>
    /// The measurement made for the report; where there is none, what the evaluation itself measured (time as an objective).
    /// </summary>
    private static double? Latency(ExperimentState state, string id, IReadOnlyDictionary<string, double>? own) =>
        Figure(state.Measurements.GetValueOrDefault(id)?.Result?.Measures, MeasureNames.LatencyMs) ?? Figure(own, MeasureNames.LatencyMs);
}

/// <summary>
/// The base network. Errors are fractions: the test errors on the test set, <paramref name="SearchError"/> on the validation split.
/// </summary>
public sealed record OriginFigures(
    double? TestErrorLast, double? TestErrorBest, double? SearchError, double? Macs, double? Params, double? LatencyMs);

/// <summary>
/// A member of the front. <paramref name="Error"/> is on the validation split; Filters and Channels are the fractions that stay.
/// </summary>
public sealed record MemberFigures(
    string Id, Evaluated Candidate, double? Error, double? Macs, double? Params, double? LatencyMs, double? Filters, double? Channels);

/// <summary>
/// A pick with its re-training. The final errors are on the test set; <paramref name="Failure"/> says why there are none.
/// </summary>
public sealed record PickFigures(string Role, MemberFigures Member, double? FinalErrorLast, double? FinalErrorBest, string? Failure);
