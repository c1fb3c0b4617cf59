using System.Globalization;
using System.Numerics;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Simulation;

/// <summary>Which jobs are bad, by their keys alone: so the same ones in the run and in its reference.</summary>
/// <param name="Salt">Other jobs for another salt.</param>
/// <param name="Share">Of the jobs that are bad in some way, 0 to 1.</param>
internal sealed record Poison(uint Salt, double Share)
{
    private const int Kinds = 4;

    public BadJob Of(JobSpec job)
    {
        var mixed = BitOperations.RotateLeft(uint.Parse(job.Key.Hex.AsSpan(0, 8), NumberStyles.HexNumber) ^ Salt, 13) * 2654435761u;
        var place = mixed / (uint.MaxValue + 1.0);
        if (place >= Share)
        {
            return BadJob.No;
        }

        var kind = 1 + (int)(place / Share * Kinds);

        // Without a base there is no experiment.
        return job.Kind == JobKinds.TrainBase && kind <= (int)BadJob.FailsAlways ? BadJob.No : (BadJob)kind;
    }

    /// <summary>Whether its outcome is a failure.</summary>
    public bool Fails(JobSpec job) => Of(job) is BadJob.FailsForGood or BadJob.FailsAlways;
}

internal enum BadJob
{
    No,

    /// <summary>The first attempt says that trying again cannot help.</summary>
    FailsForGood,

    /// <summary>Every attempt fails.</summary>
    FailsAlways,

    /// <summary>The first attempt fails, later ones do not.</summary>
    FailsOnce,

    /// <summary>The first attempt takes its process along, later ones do not.</summary>
    KillsOnce,
}
