using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Settings;
using ActorPrune.Nn.Cost;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Study;

/// <summary>
/// All that determines an experiment's results, with nothing left to be decided: precision and device are resolved, the data set is named
/// by the hash of its content. It holds no path and nothing about the machine.
/// </summary>
public sealed record StudyDefinition
{
    /// <summary>Seed of the search.</summary>
    public required long Seed { get; init; }

    /// <summary>Method and its settings.</summary>
    [JsonConverter(typeof(MethodSettingsConverter))]
    public required MethodSettings Method { get; init; }

    public required NetworkSpec Network { get; init; }

    /// <summary>
    /// Of a network that was brought along: its graph (<see cref="GraphJson"/>), for those who decide and have no artifacts at hand; null
    /// for one of the zoo.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Graph { get; init; }

    public required DataSpec Data { get; init; }

    public required PruningSpec Pruning { get; init; }

    public required CostConvention CostConvention { get; init; }

    /// <summary>"fp32" or "bf16".</summary>
    public required string Precision { get; init; }

    /// <summary>Device class: "cpu" or "cuda". Floats differ between classes, so results are never shared between them.</summary>
    public required string Device { get; init; }

    /// <summary>Seed of initial weights, batch order and augmentation.</summary>
    public required long TrainingSeed { get; init; }

    public required BaseSpec Base { get; init; }

    /// <summary>The fine-tuning of every candidate.</summary>
    public required TrainingSpec Evaluation { get; init; }

    /// <summary>A candidate is validated on at most this many images of the validation split; 0 = all.</summary>
    public int ValidationLimit { get; init; }

    /// <summary>Whether evaluations also report the error of inherited weights, before and after recalibration.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool MeasureStart { get; init; }

    /// <summary>The re-training of the picks.</summary>
    public required TrainingSpec Final { get; init; }

    public required LatencySpec Latency { get; init; }

    /// <summary>
    /// Which picks are re-trained: some of "heavy", "knee", "light", "at30", … (<see cref="Genetics.Pareto.PickRole"/>).
    /// </summary>
    public required ImmutableArray<string> Picks { get; init; }

    /// <summary>How many members are widened for each pick at a share of MACs (<see cref="Genetics.Searches.BudgetFit"/>).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int WidenedPicks { get; init; }

    /// <summary>The base network's graph.</summary>
    /// <exception cref="ArgumentException">There is no such network, or it does not fit the images.</exception>
    /// <exception cref="GraphException">The graph that was brought along is none.</exception>
    public NetworkGraph BaseGraph() => Graph is { } text ? GraphJson.Parse(text) : NetworkStructure.GraphOf(Network);

    public string ToJson() => JsonSerializer.Serialize(this, StudyJson.Options);

    /// <exception cref="JsonException">Not a study definition.</exception>
    public static StudyDefinition Parse(string json) =>
        JsonSerializer.Deserialize<StudyDefinition>(json, StudyJson.Options) ?? throw new JsonException("Expected a study definition, found null.");
}

/// <summary>A network of the zoo, or one that somebody brought along.</summary>
/// <param name="Name">"resnet20"; of one brought along, the file's name.</param>
/// <param name="Shortcut">"a", "b" or "pool", for residual networks for CIFAR.</param>
/// <param name="Width">Factor on all channel counts.</param>
/// <param name="File">
/// Of a network that was brought along: SHA-256 of the artifact that holds it (<see cref="Formats.NetworkFile"/>); null for one of the zoo.
/// </param>
public sealed record NetworkSpec(
    string Name,
    string Shortcut,
    double Width,
    int Classes,
    int Channels,
    int Height,
    int ImageWidth,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? File = null);

/// <summary>A data set and how it is split.</summary>
/// <param name="Name">"cifar10", "shapes", "folder".</param>
/// <param name="Hash">SHA-256 of its content: what an evaluator loads must match it.</param>
/// <param name="Validation">Fraction of the training images that is held back for the search.</param>
/// <param name="SplitSeed">Which ones.</param>
/// <param name="TrainLimit">At most this many training images are used; 0 = all.</param>
/// <param name="Strict">Only the published files are accepted.</param>
/// <param name="Shapes">For drawn data: what to draw; null otherwise.</param>
/// <param name="Labels">"coarse" for superclasses; null for classes, so that older bodies mean what they meant.</param>
/// <param name="Images">For image files: what they are brought to; null otherwise.</param>
public sealed record DataSpec(
    string Name,
    string Hash,
    double Validation,
    long SplitSeed,
    int TrainLimit,
    bool Strict,
    ShapesSpec? Shapes,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Labels = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ImagesSpec? Images = null);

/// <summary>How image files become images of one size.</summary>
/// <param name="Size">Side of the square; 0 = the data set's customary one, or as they are.</param>
/// <param name="Stretch">Stretched to it; else the shorter side is resized and the centre cut out.</param>
/// <param name="ShorterSide">What the shorter side is resized to; 0 = the customary one.</param>
public sealed record ImagesSpec(int Size, bool Stretch, int ShorterSide);

/// <summary>Size and seed of the drawn data set.</summary>
public sealed record ShapesSpec(int Train, int Test, long Seed);

/// <summary>Which channels may go.</summary>
/// <param name="Include">Patterns of layer names, <c>*</c> for any run of characters.</param>
/// <param name="Exclude">Taken out again.</param>
/// <param name="Coupled">Whether channels that meet in residual sums may go, together.</param>
/// <param name="Minimum">At least this many units of a group stay.</param>
/// <param name="Multiple">Kept counts are multiples of this.</param>
/// <param name="Channels">The lower level of bi-level methods.</param>
public sealed record PruningSpec(
    ImmutableArray<string> Include, ImmutableArray<string> Exclude, bool Coupled, int Minimum, int Multiple, ChannelMode Channels);

/// <summary>A kind of training.</summary>
/// <param name="Threads">Replicas that share each batch, a thread each: the floats depend on them, so they are part of every key.</param>
public sealed record TrainingSpec(Recipe Recipe, int Threads);

/// <summary>Where the base network comes from.</summary>
/// <param name="Mode">See <see cref="BaseMode"/>.</param>
/// <param name="Weights">For <see cref="BaseMode.Load"/>: SHA-256 of the weights file, which lies in the artifact store.</param>
public sealed record BaseSpec(BaseMode Mode, string? Weights, TrainingSpec Training);

public enum BaseMode
{
    /// <summary>Trained from random weights.</summary>
    Train,

    /// <summary>Loaded, and used as it is.</summary>
    Load,

    /// <summary>Random weights as they are.</summary>
    Random,
}

/// <summary>How time is measured.</summary>
/// <param name="Batch">Images a forward pass.</param>
/// <param name="Threads">Intra-op threads.</param>
/// <param name="Precision">"fp32" or "bf16".</param>
/// <param name="Repeats">Passes whose median counts, after a warm-up.</param>
/// <param name="Objective">Whether each evaluation measures it, as an objective.</param>
public sealed record LatencySpec(int Batch, int Threads, string Precision, int Repeats, bool Objective);
