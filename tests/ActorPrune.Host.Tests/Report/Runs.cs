using System.Collections.Immutable;
using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Searches;
using ActorPrune.Host.Report;

namespace ActorPrune.Host.Tests.Report;

/// <summary>Hand-made runs: a base of 1,000,000 MACs, two islands, three candidates, all figures round.</summary>
internal static class Runs
{
    public static readonly DateTimeOffset Start = new(2030, 1, 2, 3, 4, 0, TimeSpan.Zero);

    public static readonly SearchSpace Space = new([new UnitGroup("layer1.0.conv1", 4, 1, 1), new UnitGroup("layer2.0.conv1", 8, 1, 1)], [], ChannelMode.None);

    public static readonly Evaluated Heavy = Candidate("a", "11111110 1111", error: 0.10, macs: 800_000, parameters: 900);

    public static readonly Evaluated Knee = Candidate("b", "01111000 1100", error: 0.15, macs: 480_000, parameters: 590);

    public static readonly Evaluated Light = Candidate("c", "10000000 1000", error: 0.40, macs: 200_000, parameters: 100);

    public static JobResult Base { get; } = Result(
        [("error", 0.09), ("testErrorLast", 0.104), ("testErrorBest", 0.1), ("macs", 1_000_000), ("params", 1000)]);

    public static RunModel Finished { get; } = Model(ExperimentStatus.Finished, FinishedState()) with
    {
        FinishedAt = Start.AddMinutes(72),
        Evaluations = new EvaluationCounts(8, 5, 2, 1, 7),
        Jobs =
        [
            Job(JobKinds.TrainBase, 600, Base),
            Job(JobKinds.Evaluate, 30, Result([("error", 0.15)], """{"errorInherited":0.8,"errorRecalibrated":0.3,"errorFineTuned":0.15}""")),
            Job(JobKinds.Evaluate, 3, null, "the network vanished: layer <conv1> has no filter"),
        ],
    };

    public static RunModel Model(ExperimentStatus status, ExperimentState state) => new()
    {
        Name = "quickstart",
        Status = status,
        Method = "cemba",
        Seed = 42,
        Network = "resnet20",
        Data = "shapes",
        Convention = "macs",
        Configuration = "experiment { seed = 42 }",
        Command = "actorprune run quickstart.conf --name quickstart",
        Environment = new RunEnvironment("Some CPU, 8 cores", "cpu", "Linux 6.1", "2.4.0", "float32", "0.1.0", 4),
        State = state,
        Space = Space,
        StartedAt = Start,
    };

    public static ExperimentState FinishedState() => ExperimentState.Empty with
    {
        Phase = ExperimentPhase.Finished,
        Base = Base,
        Islands = ImmutableSortedDictionary<string, IslandProgress>.Empty
            .Add("u1", new IslandProgress("u1", 2, 5, [], [], true)).Add("u2", new IslandProgress("u2", 1, 3, [], [], true)),
        Archive = [Heavy, Knee, Light],
        History =
        [
            new IslandProgress("u1", 1, 3, [Heavy], [new Migration("u1", "u2", 0, 2)], false),
            new IslandProgress("u2", 1, 3, [Light], [new Migration("u2", "u1", 0, 1)], true),
            new IslandProgress("u1", 2, 5, [Knee], [new Migration("u1", "u2", 1, 3)], true),
        ],
        Picks = ImmutableSortedDictionary<string, Evaluated>.Empty.Add("heavy", Heavy).Add("knee", Knee).Add("light", Light),
        Finals = ImmutableSortedDictionary<string, JobOutcome>.Empty
            .Add("heavy", Final("f1", 0.103, 0.101)).Add("knee", Final("f2", 0.109, 0.107)).Add("light", Final("f3", 0.3, 0.29)),
        Measurements = ImmutableSortedDictionary<string, JobOutcome>.Empty
            .Add("base", Time("m0", 3.4)).Add(Front.Id(Heavy), Time("m1", 3)).Add(Front.Id(Knee), Time("m2", 2)).Add(Front.Id(Light), Time("m3", 0.5)),
    };

    /// <summary>
    /// A candidate whose job key is 64 times <paramref name="digit"/>; <paramref name="bits"/> are its filter bits, blanks aside.
    /// </summary>
    public static Evaluated Candidate(string digit, string bits, double error, double macs, double parameters)
    {
        var filters = bits.Replace(" ", string.Empty, StringComparison.Ordinal).Select(b => b == '1').ToArray();
        return new Evaluated(
            new MaskGenome(BitString.Of(filters), null),
            new JobKey(string.Concat(Enumerable.Repeat(digit, 64))),
            Result([("error", error), ("macs", macs), ("params", parameters), ("filters", filters.Count(b => b) / (double)filters.Length)]).Measures,
            null);
    }

    public static JobOutcome Time(string key, double milliseconds) =>
        new(new JobKey(key), Result([("latencyMs", milliseconds)], """{"batch":1,"precision":"float32","threads":1}"""), null);

    public static JobResult Result((string Name, double Value)[] measures, string detail = "{}") => new(
        measures.ToImmutableSortedDictionary(m => m.Name, m => m.Value), ImmutableSortedDictionary<string, ArtifactId>.Empty, detail);

    public static JobRow Job(string kind, double seconds, JobResult? result, string? failure = null) => new(
        new JobSpec(kind, $$"""{"n":{{seconds}}}"""), failure is null ? JobStatus.Done : JobStatus.Failed, 1, result, failure, null, Start, seconds);

    private static JobOutcome Final(string key, double last, double best) =>
        new(new JobKey(key), Result([("testErrorLast", last), ("testErrorBest", best), ("latencyMs", 9)]), null);
}
