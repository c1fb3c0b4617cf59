using System.Text.Json.Nodes;
using ActorPrune.Actors.Cluster;
using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.TestKit.Study;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Settings;

namespace ActorPrune.Actors.TestNode;

/// <summary>
/// An experiment on real stores, nodes and threads whose fitness is a formula and takes a time that depends on the candidate alone.
/// </summary>
internal static class SyntheticExperiment
{
    public const string Name = "cluster";
    private const string Engine = "synthetic";

    /// <summary>Jobs take from nothing to this, evenly by their keys.</summary>
    private static readonly TimeSpan LongestJob = TimeSpan.FromMilliseconds(400);

    private static readonly ToyStudy Study = new(
        new CembaSettings
        {
            Epochs = 4, UpperPopulation = 8, UpperGenerations = 2, LowerPopulation = 4, LowerGenerations = 1, Leaders = 2, Exchange = 2,
        },
        1);

    /// <summary>Puts the experiment into the store, where nodes find it.</summary>
    public static bool Submit(Store store) => store.Journal.TryCreate(
        Name, "{}", Engine, new OutgoingMessage(Addresses.Experiment(Name), MessageKinds.Start, string.Empty));

    /// <summary>Joins the store as the program's node does.</summary>
    public static Node Start(Store store, string name, int evaluators, TimeSpan lease) => Node.Start(
        store.Journal, store.Artifacts, Recovery(store), new NodeOptions
        {
            Name = name,
            Roles = [NodeRoles.Islands, NodeRoles.Evaluators],
            Engine = Engine,
            Device = "cpu",
            Evaluators = evaluators,
            CreateEvaluator = () => new ToyEvaluator(TakeTime),
            Lease = lease,
            Heartbeat = lease / 4,
            Log = Console.Error.WriteLine,
            Stuck = Console.Error.WriteLine,
            Lost = Console.Error.WriteLine,
        });

    public static bool IsFinished(Store store) => store.Journal.Find(Name)?.Status == ExperimentStatus.Finished;

    /// <summary>The front, its digest and how many evaluations were computed for it.</summary>
    public static JsonObject Result(Store store)
    {
        var archive = Recovery(store).Read(Name).Archive;
        return new JsonObject
        {
            ["digest"] = Front.Digest(archive),
            ["computed"] = store.Journal.Counts(Name).Computed,
            ["front"] = Front.Document(archive),
        };
    }

    private static ActorRecovery Recovery(Store store) => new(store.Journal, _ => Study);

    private static void TakeTime(JobSpec job, IJobContext context)
    {
        var share = Convert.ToInt32(job.Key.Hex[..4], 16) / 65536.0;
        if (context.Cancellation.WaitHandle.WaitOne(LongestJob * share))
        {
            context.Cancellation.ThrowIfCancellationRequested();
        }
    }
}
