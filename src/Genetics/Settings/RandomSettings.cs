using System.Collections.Immutable;

namespace ActorPrune.Genetics.Settings;

/// <summary>Settings of random search (RandomSearch).</summary>
public sealed record RandomSettings : MethodSettings
{
    private const int MostEvaluations = 10_000_000;

    public override string Method => "random";

    /// <summary>Genomes in all, 1 to 10 000 000.</summary>
    public int Evaluations { get; init; } = 420;

    /// <summary>Genomes that are asked for at a time, 1 to 10 000.</summary>
    public int Population { get; init; } = 20;

    /// <summary>What a genome says about a group.</summary>
    public Encoding Encoding { get; init; } = Encoding.Mask;

    /// <summary>For the ranked encoding: criteria that are drawn from.</summary>
    public ImmutableArray<string> Criteria { get; init; } = ["l1"];

    /// <summary>Fraction of kept filters: drawn uniformly from this to <see cref="DensityMax"/> for each genome.</summary>
    public double DensityMin { get; init; } = 0.3;

    /// <summary>See <see cref="DensityMin"/>.</summary>
    public double DensityMax { get; init; } = 1;

    /// <summary>How far importances guide which filters stay, 0 to 1. 0: blind.</summary>
    public double Guidance { get; init; }

    public override long PlannedEvaluations => Evaluations;

    private protected override (int Shortest, int Longest)? Lengths => (1, MostEvaluations);

    private protected override MethodSettings WithLength(int length) => this with { Evaluations = length };

    public override ImmutableArray<string> Validate() => new SettingErrors(Method)
        .Whole("evaluations", Evaluations, 1, MostEvaluations)
        .Whole("population", Population, 1, 10_000)
        .Names("criteria", Criteria, 1, 32)
        .Range("density-min", DensityMin, "density-max", DensityMax)
        .Real("guidance", Guidance, 0, 1)
        .Lines;
}
