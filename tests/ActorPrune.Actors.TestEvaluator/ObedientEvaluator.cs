using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.TestEvaluator;

/// <summary>Does what a job's kind says, however bad that is for its process.</summary>
internal sealed partial class ObedientEvaluator : IEvaluator
{
    private const int Kill = 9;

    private int computed;

    public JobResult Evaluate(JobSpec job, IJobContext context)
    {
        computed++;
        switch (job.Kind)
        {
            case "crash":
                // In native code: a null that managed code touches would only be an exception.
                _ = Length(0);
                break;
            case "abort":
                Abort();
                break;
            case "kill":
                _ = Signal(Environment.ProcessId, Kill);
                break;
            case "leave":
                Leave(7);
                break;
            case "complain":
                Console.Error.WriteLine("no room for 12 tensors\nat layer 3");
                Console.Error.Flush();
                Abort();
                break;
            case "throw":
                throw new InvalidOperationException(job.Body);
            case "refuse":
                throw new EvaluationException(job.Body);
            case "want":
                throw new ArtifactUnavailableException(job.Body);
            case "hang":
                Begin(context);
                _ = Pause();
                break;
            case "wait":
                Begin(context);
                context.Cancellation.WaitHandle.WaitOne();
                context.SaveCheckpoint(context.Artifacts.Put("half done"u8));
                context.Cancellation.ThrowIfCancellationRequested();
                break;
            case "talk":
                Console.Out.WriteLine("to nobody");
                _ = Say("natively, to nobody either");
                _ = Flush(0);
                break;
        }

        return job.Kind == "blob" ? Blobs(job, context) : Result(job, context, ImmutableSortedDictionary<string, ArtifactId>.Empty);
    }

    public void Dispose()
    {
    }

    private static void Begin(IJobContext context) =>
        context.Report(new JobProgress(0.5, Environment.ProcessId.ToString(CultureInfo.InvariantCulture), double.NaN));

    /// <summary>Stores what the body says how much of, reads it again, and asks for what is not there.</summary>
    private JobResult Blobs(JobSpec job, IJobContext context)
    {
        var content = new byte[int.Parse(job.Body, CultureInfo.InvariantCulture)];
        new Random(1).NextBytes(content);
        var id = context.Artifacts.Put(content);
        if (!context.Artifacts.Get(id).AsSpan().SequenceEqual(content) || !context.Artifacts.Contains(id))
        {
            throw new InvalidOperationException("what was stored is not what is there");
        }

        var gone = context.Artifacts.Put("gone"u8);
        context.Artifacts.Remove(gone);
        try
        {
            context.Artifacts.Get(gone);
        }
        catch (ArtifactException)
        {
            return Result(job, context, ImmutableSortedDictionary<string, ArtifactId>.Empty.Add("content", id));
        }

        throw new InvalidOperationException("what was removed is there");
    }

    private JobResult Result(JobSpec job, IJobContext context, ImmutableSortedDictionary<string, ArtifactId> artifacts) => new(
        ImmutableSortedDictionary<string, double>.Empty
            .Add("third", 1.0 / 3).Add("nothing", double.NaN).Add("computed", computed).Add("process", Environment.ProcessId)
            .Add("interval", context.CheckpointInterval.TotalSeconds)
            .Add("willing", double.Parse(File.ReadAllText("/proc/self/oom_score_adj"), CultureInfo.InvariantCulture)),
        artifacts,
        context.Checkpoint is { } saved ? Encoding.UTF8.GetString(context.Artifacts.Get(saved)) : job.Body);

    [LibraryImport("libc", EntryPoint = "strlen")]
    private static partial nint Length(nint text);

    [LibraryImport("libc", EntryPoint = "abort")]
    private static partial void Abort();

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void Leave(int status);

    [LibraryImport("libc", EntryPoint = "pause")]
    private static partial int Pause();

    [LibraryImport("libc", EntryPoint = "puts", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Say(string text);

    [LibraryImport("libc", EntryPoint = "fflush")]
    private static partial int Flush(nint stream);
}
