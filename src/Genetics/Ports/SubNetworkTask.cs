using System.Collections.Immutable;

namespace ActorPrune.Genetics.Ports;

/// <summary>
/// What is run of a network when only some groups are in question: as little of it as reads or writes their units. Compared is what that
/// part hands on to the rest, with the genome's units and with all units of these groups.
/// </summary>
/// <param name="Groups">Ascending indices into <see cref="Genomes.SearchSpace.Groups"/>.</param>
/// <param name="Images">Training images that it is run on, at most.</param>
public sealed record SubNetworkTask(ImmutableArray<int> Groups, int Images)
{
    public bool Equals(SubNetworkTask? other) => other is not null && Images == other.Images && Groups.AsSpan()
        .SequenceEqual(other.Groups.AsSpan());

    public override int GetHashCode() => HashCode.Combine(Images, Groups.Length);
}
