using System.Collections.Concurrent;
using ActorPrune.Actors.Journal;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Evaluation.Isolation;

/// <summary>What a job in an evaluator's process may use: the parent's artifacts, checkpoints and ears, through the pipes.</summary>
internal sealed class ChildJob : IJobContext, IArtifactStore, IDisposable
{
    private readonly MessageChannel channel;
    private readonly CancellationTokenSource cancellation = new();
    private readonly BlockingCollection<EvaluatorMessage> answers = [];

    // A question and the blob behind it go out together, and its answer belongs to who asked.
    private readonly Lock asking = new();

    internal ChildJob(MessageChannel channel, EvaluatorMessage.Compute compute)
    {
        this.channel = channel;
        Number = compute.Number;
        Checkpoint = compute.Checkpoint is { } hex ? new ArtifactId(hex) : null;
        CheckpointInterval = compute.CheckpointInterval;

        // The parent holds the true lease: nothing is written under this one.
        Lease = new JobLease(new JobSpec(compute.Kind, compute.Body), new NodeId("parent"), 0, 1, Checkpoint, string.Empty);
    }

    internal int Number { get; }

    internal JobLease Lease { get; }

    public CancellationToken Cancellation => cancellation.Token;

    public IArtifactStore Artifacts => this;

    public ArtifactId? Checkpoint { get; private set; }

    public TimeSpan CheckpointInterval { get; }

    public void SaveCheckpoint(ArtifactId checkpoint)
    {
        Expect<EvaluatorMessage.Done>(new EvaluatorMessage.Save(checkpoint.Hex));
        Checkpoint = checkpoint;
    }

    public void Report(JobProgress progress)
    {
        lock (asking)
        {
            channel.Send(new EvaluatorMessage.Progress(progress));
        }
    }

    public ArtifactId Put(ReadOnlySpan<byte> content)
    {
        Expect<EvaluatorMessage.Done>(new EvaluatorMessage.Put(content.Length), content);
        return ArtifactId.Of(content);
    }

    public byte[] Get(ArtifactId id)
    {
        lock (asking)
        {
            var blob = Expect<EvaluatorMessage.Blob>(new EvaluatorMessage.Get(id.Hex));
            return MessageChannel.Assemble(blob.Length, answers.Take);
        }
    }

    public bool Contains(ArtifactId id) => Expect<EvaluatorMessage.Done>(new EvaluatorMessage.Contains(id.Hex)).Yes;

    public void Remove(ArtifactId id) => Expect<EvaluatorMessage.Done>(new EvaluatorMessage.Remove(id.Hex));

    public void Dispose()
    {
        cancellation.Dispose();
        answers.Dispose();
    }

    internal void Cancel() => cancellation.Cancel();

    /// <summary>Takes a part of an answer, on the thread that reads.</summary>
    internal void Hear(EvaluatorMessage answer) => answers.Add(answer);

    private T Expect<T>(EvaluatorMessage question, ReadOnlySpan<byte> content = default)
        where T : EvaluatorMessage
    {
        lock (asking)
        {
            channel.Send(question);
            channel.SendChunks(content);
            return answers.Take() switch
            {
                T answer => answer,
                EvaluatorMessage.Refused refused => throw Thrown(refused),
                var other => throw new InvalidDataException($"Expected an answer '{typeof(T).Name}', found '{other.GetType().Name}'."),
            };
        }
    }

    private static Exception Thrown(EvaluatorMessage.Refused refused) => refused.Why switch
    {
        Refusal.NoSuchArtifact => new ArtifactException(refused.Reason),
        Refusal.JournalUnavailable => new JournalUnavailableException(refused.Reason),
        _ => new ArtifactUnavailableException(refused.Reason) { DiskFull = refused.DiskFull },
    };
}
