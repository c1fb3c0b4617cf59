using System.Collections.Concurrent;
using ActorPrune.Actors.Evaluation;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.TestKit.Study;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Tests.Evaluation;

public sealed class EvaluatorThreadTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public void An_evaluator_is_made_used_and_disposed_of_on_its_own_thread()
    {
        var threads = new ConcurrentQueue<string>();
        void Note() => threads.Enqueue($"{Environment.CurrentManagedThreadId} {Thread.CurrentThread.Name} {Thread.CurrentThread.IsBackground}");
        var evaluator = new Scripted(_ => Note()) { OnDispose = Note };
        using var ended = new BlockingCollection<Attempt>();
        using (var thread = new EvaluatorThread("cpu/0", () =>
        {
            Note();
            return evaluator;
        }, ended.Add))
        {
            thread.Start(Lease, Context());
            Next(ended).ShouldBeOfType<Attempt.Succeeded>();
            thread.Start(Lease, Context());
            Next(ended).ShouldBeOfType<Attempt.Succeeded>();
        }

        threads.Count.ShouldBe(4);
        threads.Distinct().ShouldHaveSingleItem().ShouldEndWith("evaluator cpu/0 True");
        threads.First().ShouldNotStartWith($"{Environment.CurrentManagedThreadId} ");
    }

    [Fact]
    public void Several_evaluators_compute_at_the_same_time()
    {
        using var together = new Barrier(3);
        using var ended = new BlockingCollection<Attempt>();
        var threads = Enumerable.Range(0, 3).Select(i => new EvaluatorThread(
            $"cpu/{i}", () => new Scripted(_ => together.SignalAndWait(Patience).ShouldBeTrue()), ended.Add)).ToList();

        threads.ForEach(t => t.Start(Lease, Context()));

        Enumerable.Range(0, 3).Select(_ => Next(ended)).ShouldAllBe(a => a is Attempt.Succeeded);
        threads.ForEach(t => t.Dispose());
    }

    [Fact]
    public void A_thread_that_is_told_to_stop_lets_the_present_attempt_end()
    {
        using var begun = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        using var ended = new BlockingCollection<Attempt>();
        var thread = new EvaluatorThread("cpu/0", () => new Scripted(_ =>
        {
            begun.Set();
            go.Wait(Patience).ShouldBeTrue();
        }), ended.Add);
        thread.Start(Lease, Context());
        begun.Wait(Patience).ShouldBeTrue();

        thread.Stop();
        ended.Count.ShouldBe(0);
        go.Set();

        Next(ended).ShouldBeOfType<Attempt.Succeeded>();
        thread.Dispose();
    }

    public static TheoryData<Exception, string> Endings => new()
    {
        { new EvaluationException("cannot be built"), "Failed True cannot be built" },
        { new TimeoutException("no answer"), "Failed False TimeoutException: no answer" },
        { new OperationCanceledException("not by the engine"), "Failed False OperationCanceledException: not by the engine" },
        { new JournalUnavailableException("away"), "Cancelled" },
        { new ArtifactUnavailableException("disk full"), "Unable disk full" },
        { new EvaluatorUnableException("no images here"), "Unable no images here" },
        { new DllNotFoundException("libtorch"), "Unable This machine cannot evaluate: DllNotFoundException: libtorch" },
        { new ArtifactException("damaged"), "Failed False ArtifactException: damaged" },
    };

    [Theory]
    [MemberData(nameof(Endings))]
    public void What_a_job_throws_decides_whether_the_job_or_the_machine_is_to_blame(Exception thrown, string expected)
    {
        using var ended = new BlockingCollection<Attempt>();
        using var thread = new EvaluatorThread("cpu/0", () => new Scripted(_ => throw thrown), ended.Add);

        thread.Start(Lease, Context());

        Text(Next(ended)).ShouldBe(expected);
    }

    [Fact]
    public void A_job_that_was_taken_back_is_neither_done_nor_failed()
    {
        using var ended = new BlockingCollection<Attempt>();
        using var context = Context();
        using var thread = new EvaluatorThread("cpu/0", () => new Scripted(c =>
        {
            context.Cancel();
            c.Cancellation.ThrowIfCancellationRequested();
        }), ended.Add);

        thread.Start(Lease, context);

        Next(ended).ShouldBeOfType<Attempt.Cancelled>();
    }

    [Fact]
    public void A_machine_that_cannot_make_an_evaluator_blames_no_job_and_tries_anew_for_the_next()
    {
        var makings = 0;
        using var ended = new BlockingCollection<Attempt>();
        using var thread = new EvaluatorThread(
            "cpu/0", () => ++makings == 1 ? throw new InvalidOperationException("no device") : new Scripted(_ => { }), ended.Add);

        thread.Start(Lease, Context());
        Text(Next(ended)).ShouldBe("Unable This machine cannot evaluate: InvalidOperationException: no device");
        thread.Start(Lease, Context());
        Next(ended).ShouldBeOfType<Attempt.Succeeded>();
    }

    private static JobLease Lease => new(new JobSpec(JobKinds.Evaluate, "{}"), new NodeId("here"), 1, 1, null, "toy");

    private static JobContext Context() => new(Lease, new WorkRules(), null!, new MemoryArtifactStore(), TimeProvider.System);

    private static Attempt Next(BlockingCollection<Attempt> ended) =>
        ended.TryTake(out var attempt, Patience) ? attempt : throw new Xunit.Sdk.XunitException($"No attempt ended within {Patience}.");

    private static string Text(Attempt attempt) => attempt switch
    {
        Attempt.Failed failed => $"Failed {failed.Final} {failed.Reason}",
        Attempt.Unable unable => $"Unable {unable.Reason}",
        _ => attempt.GetType().Name,
    };

    private sealed class Scripted(Action<IJobContext> script) : IEvaluator
    {
        public Action? OnDispose { get; init; }

        public JobResult Evaluate(JobSpec job, IJobContext context)
        {
            script(context);
            return new JobResult(
                System.Collections.Immutable.ImmutableSortedDictionary<string, double>.Empty,
                System.Collections.Immutable.ImmutableSortedDictionary<string, ArtifactId>.Empty,
                "{}");
        }

        public void Dispose() => OnDispose?.Invoke();
    }
}
