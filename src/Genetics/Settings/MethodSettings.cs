using System.Collections.Immutable;
using System.Text.Json.Serialization;
using ActorPrune.Genetics.Genomes;

namespace ActorPrune.Genetics.Settings;

/// <summary>
/// All that a search method can be told. Each method has one record of its own; properties are its settings, and their names in
/// configurations are the property names in kebab case. A setting that a paper's text does not state carries "our choice" in its comment.
/// </summary>
public abstract record MethodSettings
{
    /// <summary>Name of the method in configurations: "cemba", "nsga2", …</summary>
    [JsonIgnore]
    public abstract string Method { get; }

    /// <summary>
    /// An upper bound of the evaluations that all islands together ask for. Equal candidates are asked for again but computed once, so that
    /// fewer may be computed.
    /// </summary>
    [JsonIgnore]
    public abstract long PlannedEvaluations { get; }

    /// <summary>
    /// True where <c>training.evaluation</c> describes one training run that all candidates share, so that it belongs to the method and
    /// cannot be that of other methods.
    /// </summary>
    [JsonIgnore]
    public virtual bool SharesOneTraining => false;

    /// <summary>
    /// The numbers that the setting may have which says how long the search goes on (generations, epochs, evaluations); null where nothing
    /// does, since the candidates are listed.
    /// </summary>
    private protected virtual (int Shortest, int Longest)? Lengths => null;

    /// <summary>
    /// These settings with a search as long as a budget allows: of all its lengths the largest with no more than <paramref name="budget"/>
    /// <see cref="PlannedEvaluations"/>. Settings that list their candidates stay as they are.
    /// </summary>
    /// <exception cref="ArgumentException">Even the shortest search asks for more; the message says for how many.</exception>
    public MethodSettings Within(long budget)
    {
        if (Lengths is not { } lengths)
        {
            return this;
        }

        var (shortest, longest) = lengths;
        var least = WithLength(shortest).PlannedEvaluations;
        if (least > budget)
        {
            throw new ArgumentException(
                $"A budget of {budget} evaluations is too small for {Method} with these settings: its shortest search asks for {least}.",
                nameof(budget));
        }

        // A longer search never asks for less, so the lengths that fit are those up to some number.
        while (shortest < longest)
        {
            var middle = shortest + ((longest - shortest + 1) / 2);
            (shortest, longest) = WithLength(middle).PlannedEvaluations <= budget ? (middle, longest) : (shortest, middle - 1);
        }

        return WithLength(shortest);
    }

    /// <summary>These settings with another of their <see cref="Lengths"/>.</summary>
    private protected virtual MethodSettings WithLength(int length) => this;

    /// <summary>
    /// What is wrong with the values by themselves, one line each, beginning with the setting's name ("cemba.epochs …"). Empty: nothing.
    /// </summary>
    public abstract ImmutableArray<string> Validate();

    /// <summary>What is wrong with the values for this space; only asked when <see cref="Validate"/> finds nothing.</summary>
    public virtual ImmutableArray<string> ValidateFor(SearchSpace space) => [];
}

/// <summary>How the bits of two parents are mixed.</summary>
public enum Crossover
{
    /// <summary>Every bit comes from either parent with probability one half.</summary>
    Uniform,

    /// <summary>Between two random points inside each group the bits are exchanged.</summary>
    TwoPoint,

    /// <summary>
    /// Whole groups are exchanged, each with probability one half: layers keep the sets that were tested together. Our choice.
    /// </summary>
    Group,
}

/// <summary>What a genome says about a group of filters.</summary>
public enum Encoding
{
    /// <summary>One bit for each filter.</summary>
    Mask,

    /// <summary>
    /// How many filters stay and which criterion ranks them; the weights decide which ones. A far smaller space. Our choice.
    /// </summary>
    Ranked,
}

/// <summary>Which islands of one level send migrants to which.</summary>
public enum Topology
{
    /// <summary>Each to the next, the last to the first.</summary>
    Ring,

    /// <summary>Each to all others.</summary>
    FullyConnected,

    /// <summary>The first to all others, and all others to the first.</summary>
    Star,

    /// <summary>Each receives from some others that the seed chooses once for all.</summary>
    Random,

    /// <summary>No exchange.</summary>
    None,
}

/// <summary>What the upper level of a bi-level search minimises beside the error.</summary>
public enum UpperObjective
{
    /// <summary>The fraction of filters that stay, as the paper has it.</summary>
    Filters,

    /// <summary>Multiply-accumulates. Our choice.</summary>
    Macs,
}
