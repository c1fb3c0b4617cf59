namespace ActorPrune.Actors.Journal;

/// <summary>What every journal refuses before it writes anything, with <see cref="ArgumentException"/>.</summary>
public static class JournalLimits
{
    /// <summary>Characters in the name of an experiment, a role or a node.</summary>
    public const int NameLength = 200;

    /// <summary>
    /// Characters in a configuration, a message, an event, a snapshot, a job or a result. Weights are artifacts, never bodies.
    /// </summary>
    public const int BodyLength = 64 * 1024 * 1024;

    /// <summary>How long a node whose heartbeat lapsed is still listed, unless it comes back; then the next one that joins takes it
    /// away.</summary>
    public static readonly TimeSpan LongestSilence = TimeSpan.FromDays(1);

    /// <summary>An experiment's name is the part of an actor's address before the first slash.</summary>
    internal static void CheckExperiment(string name)
    {
        CheckName(name, "experiment");
        if (name.Contains('/', StringComparison.Ordinal))
        {
            throw new ArgumentException($"The name of an experiment has no slash, found '{name}'.");
        }
    }

    internal static void CheckName(string name, string what)
    {
        if (string.IsNullOrEmpty(name) || name.Length > NameLength)
        {
            throw new ArgumentException($"The name of the {what} has 1 to {NameLength} characters, found {name?.Length ?? 0}.");
        }
    }

    internal static void CheckBody(string body, string what)
    {
        ArgumentNullException.ThrowIfNull(body);
        if (body.Length > BodyLength)
        {
            throw new ArgumentException(
                $"The {what} has {body.Length} characters, at most {BodyLength} go into the journal: put large data into the artifact store.");
        }
    }

    internal static void CheckMessage(OutgoingMessage message, string experiment)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.To.Experiment != experiment)
        {
            throw new ArgumentException(
                $"A message of experiment '{experiment}' goes to an actor of the same experiment, found '{message.To}'.");
        }

        CheckName(message.To.Role, "role");
        CheckName(message.Kind, "message kind");
        CheckBody(message.Body, $"message '{message.Kind}'");
    }

    internal static void Check(Turn turn)
    {
        ArgumentNullException.ThrowIfNull(turn);
        foreach (var message in turn.Messages)
        {
            CheckMessage(message, turn.Lease.Actor.Experiment);
        }

        foreach (var item in turn.Events)
        {
            CheckName(item.Kind, "event kind");
            CheckBody(item.Body, $"event '{item.Kind}'");
        }

        foreach (var job in turn.Jobs)
        {
            CheckName(job.Spec.Kind, "job kind");
            CheckBody(job.Spec.Body, $"job '{job.Spec.Kind}'");
        }

        if (turn.Snapshot is { } snapshot)
        {
            CheckBody(snapshot, "snapshot");
        }
    }
}
