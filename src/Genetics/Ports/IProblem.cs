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
    /// The figures that follow from the genome alone, without running anything (<see cref="MeasureNames.Macs"/>,
    /// <see cref="MeasureNames.Params"/>, <see cref="MeasureNames.Filters"/>): for searches that aim at a stated cost.
    /// </summary>
    double Cost(Genome genome, string measure);
}
