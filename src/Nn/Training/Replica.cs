using System.Collections.Concurrent;
using ActorPrune.Nn.Torch;

namespace ActorPrune.Nn.Training;

/// <summary>
/// A copy of the network that is trained, with a thread of its own: data-parallel training (each replica learns from its part of a batch,
/// and the gradients are summed in a fixed order).
/// </summary>
internal sealed class Replica : IDisposable
{
    private readonly BlockingCollection<Action> work = [];
    private readonly Thread thread;

    public Replica(TrainingJob job)
    {
        Learner = new Learner(job);
        thread = new Thread(Run) { Name = "replica", IsBackground = true };
        thread.Start();
    }

    /// <summary>Touched by the replica's thread while work is under way, by its owner otherwise.</summary>
    public Learner Learner { get; }

    /// <summary>Starts <paramref name="part"/> on the replica's thread.</summary>
    public Task<T> Begin<T>(Func<Learner, T> part)
    {
        var done = new TaskCompletionSource<T>();
        work.Add(() =>
        {
            try
            {
                done.SetResult(part(Learner));
            }
#pragma warning disable CA1031 // handed to whoever waits for the part
            catch (Exception e)
#pragma warning restore CA1031
            {
                done.SetException(e);
            }
        });
        return done.Task;
    }

    public void Dispose()
    {
        work.CompleteAdding();
        thread.Join();
        work.Dispose();
        Learner.Dispose();
    }

    private void Run()
    {
        torch.set_num_threads(1);
        foreach (var part in work.GetConsumingEnumerable())
        {
            part();
        }
    }
}
