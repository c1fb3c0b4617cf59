using System.Collections.Immutable;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Random;
using ActorPrune.Genetics.Settings;

namespace ActorPrune.Simulation;

/// <summary>
/// Draws what a seed stands for. A seed has some kinds of fault and lacks others, so that rare combinations come up and none hides another
/// (swarm testing: Groce, Zhang, Eide, Chen, Regehr. ISSTA 2012).
/// </summary>
internal sealed class ScenarioDraw
{
    private const int MostNodes = 4;
    private const int MostEvents = 5;
    private const double Calm = 0.05;
    private const double Large = 0.02;

    private static readonly TimeSpan LongestTroubles = TimeSpan.FromMinutes(4);
    private static readonly FaultKind[] Events =
        [FaultKind.Crash, FaultKind.Pause, FaultKind.SlowCall, FaultKind.Outage, FaultKind.Cut, FaultKind.Leave, FaultKind.Stop];

    private readonly long seed;
    private readonly CounterRandom random;

    private ScenarioDraw(long seed)
    {
        this.seed = seed;
        random = CounterRandom.For(seed, "simulation", 0, 0, "scenario");
    }

    public static Scenario Of(long seed) => new ScenarioDraw(seed).Draw();

    private Scenario Draw()
    {
        var method = Method(random.NextBool(Large) ? 3 : 1);
        var longest = TimeSpan.FromSeconds(1 + random.NextInt(6));
        var nodes = Nodes();
        var work = longest * (0.5 * (method.PlannedEvaluations + 15)) / nodes.Sum(n => n.Evaluators);
        var troubles = TimeSpan.FromSeconds(Math.Clamp(work.TotalSeconds * 1.2, 15, LongestTroubles.TotalSeconds));
        var calm = random.NextBool(Calm);
        return new Scenario(
            seed,
            method,
            1 + random.NextInt(1_000_000),
            nodes,
            calm ? [] : [.. Events.Where(_ => random.NextBool()).SelectMany(kind => Faults(kind, troubles, nodes.Length))],
            calm ? new FaultRates(0, 0, 0, 0, 0) : new FaultRates(Rate(0.06), Rate(0.06), Rate(0.1), Rate(0.5), Rate(0.5)),
            new Poison(random.NextUInt32(), random.NextBool(0.4) ? 0.3 * random.NextDouble() : 0),
            longest,
            random.NextBool(),
            troubles);
    }

    /// <summary>Half of the seeds have none of this kind.</summary>
    private double Rate(double most) => random.NextBool() ? most * random.NextDouble() : 0;

    private int From(int least, int most) => least + random.NextInt(most - least + 1);

    private ImmutableArray<NodePlan> Nodes()
    {
        var count = From(1, MostNodes);
        var nodes = Enumerable.Range(0, count).Select(i => new NodePlan(
            From(i == 0 ? 1 : 0, 4),
            i == 0 || random.NextBool(0.7),
            random.NextBool() ? TimeSpan.FromSeconds(From(-3600, 3600)) : TimeSpan.Zero,
            i == 0 || random.NextBool() ? TimeSpan.Zero : TimeSpan.FromSeconds(random.NextInt(40)))).ToArray();

        // A node that does nothing is none: give it the role that all have.
        return [.. nodes.Select(n => n.Evaluators == 0 && !n.OwnsActors ? n with { OwnsActors = true } : n)];
    }

    private IEnumerable<PlannedFault> Faults(FaultKind kind, TimeSpan troubles, int nodes) =>
        Enumerable.Range(0, From(1, MostEvents)).Select(_ => new PlannedFault(
            kind,
            TimeSpan.FromMilliseconds(random.NextInt((int)troubles.TotalMilliseconds)),
            random.NextInt(nodes),
            Length(kind),
            random.NextBool(0.7) || kind == FaultKind.SlowCall ? From(1, 8) : 0,
            random.NextBool())).ToArray();

    /// <summary>Pauses and cuts mostly outlast the lease of 15 s.</summary>
    private TimeSpan Length(FaultKind kind) => TimeSpan.FromMilliseconds(kind switch
    {
        FaultKind.Pause or FaultKind.Cut => From(1_000, 60_000),
        FaultKind.SlowCall => From(100, 20_000),
        FaultKind.Outage => From(500, 40_000),
        _ => From(500, 30_000),
    });

    private MethodSettings Method(int scale) => random.NextInt(7) switch
    {
        0 => new CembaSettings
        {
            UpperIslands = From(1, 2), LowerIslands = From(1, 2), Epochs = From(1, 2), UpperPopulation = From(2, 4) * scale,
            UpperGenerations = 1, LowerPopulation = From(2, 3), LowerGenerations = From(0, 1), Leaders = From(1, 2), Exchange = From(0, 1),
        },
        1 => new Nsga2Settings
        {
            Population = From(2, 5) * scale, Generations = From(1, 3), Islands = From(1, 3), MigrationInterval = From(1, 2),
            Migrants = From(0, 2), Topology = Links(), Encoding = random.NextBool() ? Encoding.Mask : Encoding.Ranked,
        },
        2 => new RandomSettings { Evaluations = From(6, 24) * scale, Population = From(2, 8) * scale },
        3 or 4 => new EvoFcSettings
        {
            Population = From(2, 4) * scale, Generations = From(1, 3), Islands = From(1, 2), MigrationInterval = From(1, 2),
            Migrants = From(0, 2), Topology = Links(), Start = (SuperNetStart)random.NextInt(2), WriteBack = (WriteBack)random.NextInt(3),
            Inheritance = (InheritanceKind)random.NextInt(3),
        },
        5 => new DeepPruningEsSettings
        {
            Population = From(5, 8) * scale, Generations = From(1, 3), Islands = From(1, 3), MigrationInterval = 1, Migrants = From(0, 2),
            Topology = Links(),
        },
        6 when random.NextBool(0.7) => new SmoeaSettings
        {
            Groups = From(1, 3), Population = From(2, 4) * scale, Generations = From(0, 2), Measured = From(1, 2), FineTune = From(0, 2),
            Islands = From(1, 2), Migrants = From(0, 2), Topology = Links(),
        },
        _ => random.NextBool() ? new MagnitudeSettings { Points = From(2, 9) } : new FpgmSettings { Points = From(2, 9) },
    };

    private Topology Links() => random.NextInt(3) switch { 0 => Topology.Ring, 1 => Topology.FullyConnected, _ => Topology.Star };
}
