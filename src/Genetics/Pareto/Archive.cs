using System.Collections.Immutable;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Searches;

namespace ActorPrune.Genetics.Pareto;

/// <summary>
/// The non-dominated of all that was ever added, by (error, MACs), in canonical order: error, MACs, job key. Which members it has does not
/// depend on the order in which they came. Candidates without both figures are not kept. Several with equal figures are, unless they are
/// one job.
/// </summary>
public sealed record Archive
{
    private static readonly ImmutableArray<string> Objectives = [MeasureNames.Error, MeasureNames.Macs];

    private Archive(ImmutableArray<Evaluated> members) => Members = members;

    public static Archive Empty { get; } = new([]);

    public ImmutableArray<Evaluated> Members { get; }

    public Archive AddRange(IEnumerable<Evaluated> candidates)
    {
        var entries = Members.Concat(candidates)
            .Select(c => (Candidate: c, Point: Dominance.Objectives(c, Objectives)))
            .Where(e => e.Point.All(double.IsFinite))
            .OrderBy(e => e.Point[0]).ThenBy(e => e.Point[1])
            .ThenBy(e => e.Candidate.Job.Hex, StringComparer.Ordinal).ThenBy(e => e.Candidate.Genome.Canonical, StringComparer.Ordinal);

        // In this order a point is dominated exactly if an earlier one with other figures has no more MACs.
        var kept = ImmutableArray.CreateBuilder<Evaluated>();
        var jobs = new HashSet<JobKey>();
        double[]? last = null;
        foreach (var (candidate, point) in entries)
        {
            if (last is null || point[1] < last[1] || point.AsSpan().SequenceEqual(last))
            {
                last = point;
                if (jobs.Add(candidate.Job))
                {
                    kept.Add(candidate);
                }
            }
        }

        return new Archive(kept.ToImmutable());
    }

    public bool Equals(Archive? other) => other is not null
        && Members.Select(m => (m.Job, m.Genome.Canonical)).SequenceEqual(other.Members.Select(m => (m.Job, m.Genome.Canonical)));

    public override int GetHashCode() => Members.IsEmpty ? 0 : HashCode.Combine(Members.Length, Members[0].Job, Members[^1].Job);
}
