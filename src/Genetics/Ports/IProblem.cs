using ActorPrune.Genetics.Genomes;

namespace ActorPrune.Genetics.Ports;

/// <summary>What is searched: the space of genomes, and the job that measures one. Implementations are pure.</summary>
public interface IProblem
{
    /// <summary>The groups of genes that a genome of this problem has.</summary>
    SearchSpace Space { get; }

    /// <summary>The evaluation of <paramref name="genome"/> as a job in canonical form: equal genomes give equal keys.</summary>
    /// <param name="inheritance">Where its weights come from; null: from the base network.</param>
    /// <exception cref="ArgumentException">The genome belongs to another space.</exception>
    JobSpec Evaluation(Genome genome, Inheritance? inheritance = null);

    /// <summary>
    /// The run of a part of the network alone, as a job in canonical form: it yields <see cref="MeasureNames.Reconstruction"/>, and as
    /// <see cref="MeasureNames.Params"/> what the part holds.
    /// </summary>
    /// <param name="genome">The whole network's; outside of the task's groups it says what was decided before.</param>
    /// <param name="inheritance">Where the network's weights come from; null: from the base network.</param>
    /// <exception cref="ArgumentException">The genome belongs to another space.</exception>
    JobSpec SubNetwork(Genome genome, SubNetworkTask task, Inheritance? inheritance = null);

    /// <summary>
    /// The figures that follow from the genome alone, without running anything (<see cref="MeasureNames.Macs"/>,
    /// <see cref="MeasureNames.Params"/>, <see cref="MeasureNames.Filters"/>): for searches that aim at a stated cost.
    /// </summary>
    double Cost(Genome genome, string measure);
}
