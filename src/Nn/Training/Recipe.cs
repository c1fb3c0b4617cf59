using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace ActorPrune.Nn.Training;

/// <summary>How a network is trained: all of it is part of a job's key.</summary>
public sealed record Recipe
{
    /// <summary>Passes over the training split; used where <see cref="Steps"/> is 0.</summary>
    public double Epochs { get; init; }

    /// <summary>SGD steps; 0 = by <see cref="Epochs"/>.</summary>
    public int Steps { get; init; }

    /// <summary>Images a step.</summary>
    public int Batch { get; init; } = 128;

    /// <summary>Peak learning rate.</summary>
    public double LearningRate { get; init; } = 0.1;

    public double Momentum { get; init; } = 0.9;

    public bool Nesterov { get; init; } = true;

    public double WeightDecay { get; init; } = 5e-4;

    /// <summary>Whether weight decay also acts on batch norm's scale and shift, as PyTorch's plain SGD does.</summary>
    public bool DecayNorms { get; init; } = true;

    public Schedule Schedule { get; init; } = Schedule.Cosine;

    /// <summary>Fractions of all steps at which <see cref="Schedule.MultiStep"/> multiplies the rate by <see cref="Gamma"/>.</summary>
    public ImmutableArray<double> Milestones { get; init; } = [0.5, 0.75];

    public double Gamma { get; init; } = 0.1;

    /// <summary>Fraction of all steps over which the rate rises linearly from a tenth of the peak (one-cycle's first phase).</summary>
    public double Warmup { get; init; }

    /// <summary>0 = hard labels.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>Weight of the distillation term against the base network's outputs; 0 = none (Hinton et al. 2015).</summary>
    public double Distillation { get; init; }

    /// <summary>Temperature of the distillation term.</summary>
    public double DistillationTemperature { get; init; } = 4;

    /// <summary>Zero padding before a random crop back to the image's size; 0 = no crop.</summary>
    public int Crop { get; init; } = 4;

    /// <summary>
    /// Least share of the image's area that a random crop of a side ratio between 3/4 and 4/3 takes, which is then resized to the image's
    /// size (Szegedy et al. 2015, section 6); it takes the place of <see cref="Crop"/>. 0 = none. Left out of a job's key where it is 0.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double ResizedCrop { get; init; }

    /// <summary>Pixels of padding that a crop's corner counts from.</summary>
    [JsonIgnore]
    public int Padding => ResizedCrop > 0 ? 0 : Crop;

    /// <summary>Random horizontal flip.</summary>
    public bool Flip { get; init; } = true;

    /// <summary>Side of a random square that is set to zero (DeVries and Taylor 2017); 0 = none.</summary>
    public int Cutout { get; init; }

    /// <summary>Training images over which batch-norm statistics are computed anew before validation; 0 = none.</summary>
    public int Recalibration { get; init; }
}

/// <summary>The learning rate over the steps of a training, after the warm-up.</summary>
public enum Schedule
{
    Constant,
    MultiStep,
    Cosine,

    /// <summary>Linear up over the warm-up, linear down to zero (Smith 2018).</summary>
    OneCycle,
}
