namespace ActorPrune.Nn.Criteria;

/// <summary>What a criterion looks at beside the weights.</summary>
public enum CriterionNeeds
{
    /// <summary>The weights alone.</summary>
    Weights,

    /// <summary>Gradients of the loss on training images: <see cref="FilterBank.Gradients"/>.</summary>
    Gradients,

    /// <summary>What the filters answer to training images: <see cref="FilterBank.Maps"/>.</summary>
    FeatureMaps,
}

/// <summary>
/// Judges the filters of one layer: a higher score stays longer. A criterion with <see cref="Needs"/> is asked once for each batch of the
/// <see cref="Calibration"/>, and the mean over the batches is the score.
/// </summary>
public abstract class Criterion
{
    /// <summary>As it stands in genomes and configurations: "l1".</summary>
    public abstract string Name { get; }

    /// <summary>What has to be measured before it can judge.</summary>
    public virtual CriterionNeeds Needs => CriterionNeeds.Weights;

    /// <summary>One finite score a filter, none below zero.</summary>
    /// <exception cref="ArgumentException"><paramref name="filters"/> come without what the criterion needs.</exception>
    public abstract double[] Score(FilterBank filters);

    /// <summary>To be thrown where <see cref="Needs"/> is not met.</summary>
    protected ArgumentException Lacking(FilterBank filters) =>
        new($"Criterion '{Name}' needs {Needs} of layer '{filters.Layer}' on training images, but none were measured.", nameof(filters));
}
