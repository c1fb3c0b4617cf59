namespace ActorPrune.Genetics.Settings;

/// <summary>
/// Settings of methods that evolve by generations on one or several islands (IslandSearch). Several islands are our choice for all of them.
/// </summary>
public abstract record IslandSettings : MethodSettings
{
    private const int MostGenerations = 100_000;

    /// <summary>Generations, the initial population not counted; 0 to 100 000.</summary>
    public virtual int Generations { get; init; } = 20;

    /// <summary>Islands, 1 to 64; one is the plain method.</summary>
    public int Islands { get; init; } = 1;

    /// <summary>Generations between two exchanges of migrants, 1 to 100 000.</summary>
    public virtual int MigrationInterval { get; init; } = 5;

    /// <summary>Individuals that an island sends to each neighbour; 0 for no exchange.</summary>
    public int Migrants { get; init; } = 2;

    /// <summary>Which individuals leave.</summary>
    public EmigrantSelection Emigrants { get; init; } = EmigrantSelection.Hypervolume;

    /// <summary>Which islands are neighbours.</summary>
    public Topology Topology { get; init; } = Topology.Ring;

    /// <summary>For the random topology: from how many others an island receives, 1 to 63; all others where there are fewer.</summary>
    public int Degree { get; init; } = 2;

    private protected override (int Shortest, int Longest)? Lengths => (0, MostGenerations);

    private protected override MethodSettings WithLength(int length) => this with { Generations = length };

    /// <summary>The checks that these settings share.</summary>
    private protected SettingErrors Shared(int population) => new SettingErrors(Method)
        .Whole("generations", Generations, 0, MostGenerations)
        .Whole("islands", Islands, 1, 64)
        .Whole("migration-interval", MigrationInterval, 1, 100_000)
        .Whole("migrants", Migrants, 0, Math.Max(0, population))
        .Whole("degree", Degree, 1, 63);
}

/// <summary>Which individuals leave an island.</summary>
public enum EmigrantSelection
{
    /// <summary>The best by hypervolume contribution.</summary>
    Hypervolume,

    /// <summary>The best by rank, then crowding distance.</summary>
    Best,

    /// <summary>Any, all with the same probability.</summary>
    Random,
}

/// <summary>Whose places immigrants take.</summary>
public enum Replacement
{
    /// <summary>The worst members', whatever the immigrants are worth.</summary>
    Worst,

    /// <summary>The worst members', where the immigrants are better by rank and crowding distance.</summary>
    Fair,

    /// <summary>Any members', all with the same probability.</summary>
    Random,
}
