using System.Text.Json;
using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Evaluation.Isolation;

/// <summary>
/// One job between a pool and an evaluator's process, on the pool's side: hands it over and answers what the process asks for.
/// </summary>
internal sealed class JobConversation(MessageChannel channel, JobLease lease, IJobContext context, int number)
{
    /// <returns>How the attempt ended; null when the process did instead.</returns>
    /// <exception cref="InvalidDataException">What the process writes is no message, or none that fits here.</exception>
    /// <exception cref="IOException">The process ended while it was written to.</exception>
    internal Attempt? Run()
    {
        channel.Send(new EvaluatorMessage.Compute(
            number, lease.Spec.Kind, lease.Spec.Body, context.Checkpoint?.Hex, context.CheckpointInterval));

        // Whoever cancels must not wait for a process that may hang.
        using var cancelling = context.Cancellation.Register(() => _ = Task.Run(Cancel));
        while (channel.Read() is { } message)
        {
            switch (message)
            {
                case EvaluatorMessage.Ended ended:
                    return Read(ended);
                case EvaluatorMessage.Progress progress:
                    context.Report(progress.Report);
                    break;
                default:
                    if (!Answer(message))
                    {
                        return null;
                    }

                    break;
            }
        }

        return null;
    }

    private void Cancel()
    {
        try
        {
            channel.Send(new EvaluatorMessage.Cancel(number));
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // It has ended meanwhile.
        }
    }

    /// <returns>False when the process ended in the middle of its question.</returns>
    private bool Answer(EvaluatorMessage question)
    {
        try
        {
            switch (question)
            {
                case EvaluatorMessage.Get get:
                    var content = context.Artifacts.Get(new ArtifactId(get.Artifact));
                    channel.Send(new EvaluatorMessage.Blob(content.Length));
                    channel.SendChunks(content);
                    return true;
                case EvaluatorMessage.Put put:
                    context.Artifacts.Put(MessageChannel.Assemble(put.Length, channel.Read));
                    break;
                case EvaluatorMessage.Contains contains:
                    channel.Send(new EvaluatorMessage.Done(context.Artifacts.Contains(new ArtifactId(contains.Artifact))));
                    return true;
                case EvaluatorMessage.Remove remove:
                    context.Artifacts.Remove(new ArtifactId(remove.Artifact));
                    break;
                case EvaluatorMessage.Save save:
                    context.SaveCheckpoint(new ArtifactId(save.Checkpoint));
                    break;
                default:
                    throw new InvalidDataException($"An evaluator does not send messages '{question.GetType().Name}'.");
            }

            channel.Send(new EvaluatorMessage.Done(Yes: true));
        }
        catch (EndOfStreamException)
        {
            return false;
        }
        catch (ArtifactException e)
        {
            channel.Send(new EvaluatorMessage.Refused(Refusal.NoSuchArtifact, e.Message, DiskFull: false));
        }
        catch (ArtifactUnavailableException e)
        {
            channel.Send(new EvaluatorMessage.Refused(Refusal.ArtifactsUnavailable, e.Message, e.DiskFull));
        }
        catch (JournalUnavailableException e)
        {
            channel.Send(new EvaluatorMessage.Refused(Refusal.JournalUnavailable, e.Message, DiskFull: false));
        }

        return true;
    }

    private Attempt Read(EvaluatorMessage.Ended ended) => ended switch
    {
        { How: Ending.Succeeded, Outcome: { } outcome } => new Attempt.Succeeded(lease, ResultIn(outcome), ended.Seconds),
        { How: Ending.Failed, Reason: { } reason } => new Attempt.Failed(lease, reason, ended.Final, ended.Seconds),
        { How: Ending.Unable, Reason: { } reason } => new Attempt.Unable(lease, reason, ended.Seconds),
        { How: Ending.Cancelled } => new Attempt.Cancelled(lease, ended.Seconds),
        _ => throw new InvalidDataException("An attempt that succeeded has an outcome, one that did not a reason."),
    };

    private JobResult ResultIn(string outcome)
    {
        try
        {
            return JobOutcome.Parse(outcome) is { Result: { } result } parsed && parsed.Key == lease.Spec.Key
                ? result
                : throw new InvalidDataException("The evaluator's process gave the outcome of another job.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"The evaluator's process gave no outcome: {e.Message}", e);
        }
    }
}
