using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using ActorPrune.Actors.Evaluation;
using ActorPrune.Actors.Evaluation.Isolation;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.TestKit.Study;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Tests.Evaluation;

/// <summary>A real process that really crashes: the test evaluator does what a job's kind says.</summary>
public sealed class IsolatedEvaluatorTests : IDisposable
{
    /// <summary>Only what hangs needs this long, also on a machine that is busy with other things.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private const string SayReady = "echo '{\"type\":\"ready\"}'";

    private readonly BlockingCollection<Attempt> ended = [];
    private readonly ConcurrentQueue<string> log = [];
    private readonly MemoryArtifactStore artifacts = new();
    private readonly List<IsolatedEvaluator> evaluators = [];

    public void Dispose()
    {
        evaluators.ForEach(e => e.Dispose());
        ended.Dispose();
    }

    [Theory]
    [InlineData("crash", "The evaluator's process was ended by signal 11 (SIGSEGV) while it computed this job.")]
    [InlineData("abort", "The evaluator's process was ended by signal 6 (SIGABRT) while it computed this job.")]
    [InlineData("leave", "The evaluator's process ended with exit code 7 while it computed this job.")]
    [InlineData(
        "kill",
        "The evaluator's process was ended by signal 9 (SIGKILL) while it computed this job. "
        + "Probably memory ran out: the kernel ends a process in this way (the system's log tells), as does kill -9.")]
    public void A_job_that_ends_its_process_fails_with_the_reason_and_the_next_job_is_computed(string kind, string reason)
    {
        var evaluator = Begin();

        Compute(evaluator, kind).ShouldBeOfType<Attempt.Failed>().ShouldSatisfyAllConditions(
            f => f.Reason.ShouldBe(reason), f => f.Final.ShouldBeFalse("memory may have been short because of others"));
        Compute(evaluator, "plain").ShouldBeOfType<Attempt.Succeeded>();
    }

    [Fact]
    public void What_a_process_wrote_before_it_died_is_told()
    {
        Compute(Begin(), "complain").ShouldBeOfType<Attempt.Failed>().Reason.ShouldEndWith(" It had written: no room for 12 tensors");
        log.ShouldHaveSingleItem().ShouldContain("at layer 3");
    }

    [Fact]
    public void A_result_arrives_bit_for_bit()
    {
        var result = Compute(Begin(), "plain", "{\"ä\":\"\\\"\\n\"}").ShouldBeOfType<Attempt.Succeeded>().Result;

        BitConverter.DoubleToInt64Bits(result.Measures["third"]).ShouldBe(BitConverter.DoubleToInt64Bits(1.0 / 3));
        result.Measures["nothing"].ShouldBe(double.NaN);
        result.Detail.ShouldBe("{\"ä\":\"\\\"\\n\"}");
    }

    [Fact]
    public void The_kernel_is_told_to_take_the_evaluators_process_first() =>
        Compute(Begin(), "plain").ShouldBeOfType<Attempt.Succeeded>().Result.Measures["willing"].ShouldBe(1000);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData((3 << 20) + 5)]
    public void Blobs_go_through_the_parent_both_ways(int bytes)
    {
        var result = Compute(Begin(), "blob", $"{bytes}").ShouldBeOfType<Attempt.Succeeded>(log.FirstOrDefault()).Result;

        artifacts.Get(result.Artifacts["content"]).Length.ShouldBe(bytes);
    }

    [Theory]
    [InlineData("throw", "Failed False InvalidOperationException: why")]
    [InlineData("refuse", "Failed True why")]
    [InlineData("want", "Unable why")]
    public void What_a_job_throws_means_what_it_means_on_a_thread(string kind, string expected) => (Compute(Begin(), kind, "why") switch
    {
        Attempt.Failed failed => $"Failed {failed.Final} {failed.Reason}",
        Attempt.Unable unable => $"Unable {unable.Reason}",
        var other => other.ToString(),
    }).ShouldBe(expected);

    [Fact]
    public void What_else_writes_to_standard_output_does_not_disturb() => Compute(Begin(), "talk").ShouldBeOfType<Attempt.Succeeded>();

    [Fact]
    public void A_job_that_is_taken_back_saves_a_checkpoint_from_which_the_next_process_goes_on()
    {
        var evaluator = Begin();
        var context = Start(evaluator, "wait");
        context.Begun.Wait(Patience).ShouldBeTrue();
        context.Cancel();

        Next().ShouldBeOfType<Attempt.Cancelled>();
        var saved = context.Checkpoint.ShouldNotBeNull();
        artifacts.Get(saved).ShouldBe("half done"u8.ToArray());

        evaluator.Start(Lease("plain", "{}"), new Context(artifacts) { Checkpoint = saved });
        Next().ShouldBeOfType<Attempt.Succeeded>().Result.Detail.ShouldBe("half done");
    }

    [Fact]
    public void A_checkpoint_that_the_store_cannot_take_ends_the_attempt_without_blame()
    {
        var context = new Context(artifacts) { OnSave = () => throw new JournalUnavailableException("disk full") };
        Begin().Start(Lease("wait", "{}"), context);
        context.Begun.Wait(Patience).ShouldBeTrue();
        context.Cancel();

        Next().ShouldBeOfType<Attempt.Cancelled>();
    }

    [Fact]
    public void A_process_that_hangs_is_ended_by_a_stop_and_its_job_is_nobodys_failure()
    {
        var evaluator = Begin();
        var context = Start(evaluator, "hang");
        context.Begun.Wait(Patience).ShouldBeTrue();
        using var process = Process.GetProcessById(int.Parse(context.Said, CultureInfo.InvariantCulture));

        evaluator.Stop();

        Next().ShouldBeOfType<Attempt.Cancelled>();
        process.WaitForExit(Patience).ShouldBeTrue();
    }

    [Fact]
    public void Each_suspected_job_has_a_process_of_its_own()
    {
        var evaluator = Begin();
        var results = Enumerable.Range(0, 2).Select(_ => Compute(evaluator, "plain").ShouldBeOfType<Attempt.Succeeded>().Result).ToList();

        results.ShouldAllBe(r => r.Measures["computed"] == 1 && r.Measures["interval"] == 7);
        results[0].Measures["process"].ShouldNotBe(results[1].Measures["process"]);
    }

    [Fact]
    public void One_process_computes_unsuspected_jobs_until_one_ends_it()
    {
        var evaluator = Begin();
        double Process() => Compute(evaluator, "plain", deaths: 0).ShouldBeOfType<Attempt.Succeeded>().Result.Measures["process"];
        var first = Process();

        Process().ShouldBe(first);
        Compute(evaluator, "throw", deaths: 0).ShouldBeOfType<Attempt.Failed>();
        Process().ShouldBe(first, "an exception is no reason to begin anew");
        Compute(evaluator, "abort", deaths: 0).ShouldBeOfType<Attempt.Failed>();
        Process().ShouldNotBe(first);
    }

    [Fact]
    public void A_machine_that_cannot_start_the_process_blames_no_job()
    {
        Compute(Begin(() => new ProcessStartInfo("no-such-program-anywhere")), "plain").ShouldBeOfType<Attempt.Unable>()
            .Reason.ShouldStartWith("This machine cannot evaluate in a process of its own: ");
        Compute(Begin(() => Shell("echo broken installation >&2; exit 3")), "plain").ShouldBeOfType<Attempt.Unable>()
            .Reason.ShouldBe("This machine cannot evaluate in a process of its own: it ended with exit code 3 before it took the job. "
                + "broken installation");
        Compute(Begin(() => Shell($"echo 'This program is outdated.'; {SayReady}; read job")), "plain").ShouldBeOfType<Attempt.Unable>()
            .Reason.ShouldStartWith("This machine cannot evaluate in a process of its own: what the process writes first is not that it is ready.");
    }

    [Fact]
    public void A_process_that_never_gets_ready_is_ended_when_its_job_is_taken_back()
    {
        var context = Start(Begin(() => Shell("read nothing")), "plain");

        context.Cancel();

        Next().ShouldBeOfType<Attempt.Cancelled>();
    }

    [Theory]
    [InlineData("what?", "Expected a message between pool and evaluator")]
    [InlineData("null", "Expected a message, found null")]
    [InlineData(
        "{\"type\":\"compute\",\"Number\":1,\"Kind\":\"k\",\"Body\":\"b\",\"Checkpoint\":null,\"CheckpointInterval\":\"00:00:07\"}",
        "does not send messages 'Compute'")]
    [InlineData("{\"type\":\"ended\",\"How\":\"Succeeded\",\"Outcome\":null,\"Reason\":null,\"Final\":false,\"Seconds\":1}", "has an outcome")]
    [InlineData("{\"type\":\"ended\",\"How\":\"Succeeded\",\"Outcome\":\"{}\",\"Reason\":null,\"Final\":false,\"Seconds\":1}", "no outcome")]
    [InlineData("{\"type\":\"put\",\"Length\":-1}", "0 to")]
    [InlineData("{\"type\":\"put\",\"Length\":4}\\n{\"type\":\"ready\"}", "more bytes of a blob")]
    [InlineData("{\"type\":\"launch\"}", "Expected a message between pool and evaluator")]
    public void A_process_that_writes_nonsense_is_ended_and_its_job_has_failed(string line, string expected)
    {
        var written = line.Replace("\\\"", "\\\\\"", StringComparison.Ordinal);

        Compute(Begin(() => Shell($"{SayReady}; read job; printf '%b\\n' '{written}'; read more")), "plain").ShouldBeOfType<Attempt.Failed>()
            .Reason.ShouldContain(expected);
    }

    [Fact]
    public void A_process_that_writes_a_line_without_end_is_ended() =>
        Compute(Begin(() => Shell($"{SayReady}; read job; cat /dev/zero")), "plain").ShouldBeOfType<Attempt.Failed>()
            .Reason.ShouldContain($"at most {MessageChannel.LongestLine} bytes");

    private static JobLease Lease(string kind, string body, int deaths = 2) =>
        new(new JobSpec(kind, body), new NodeId("here"), 1, 1, null, "toy", deaths);

    private static ProcessStartInfo Shell(string script) => new("sh", ["-c", script]);

    private static ProcessStartInfo TestEvaluator() =>
        new("dotnet", [Path.Combine(AppContext.BaseDirectory, "ActorPrune.Actors.TestEvaluator.dll")]);

    private IsolatedEvaluator Begin(Func<ProcessStartInfo>? command = null)
    {
        evaluators.Add(new IsolatedEvaluator(
            "cpu/0", new IsolationOptions { Command = command ?? TestEvaluator, Log = log.Enqueue }, ended.Add));
        return evaluators[^1];
    }

    private Context Start(IsolatedEvaluator evaluator, string kind, string body = "{}", int deaths = 2)
    {
        var context = new Context(artifacts);
        evaluator.Start(Lease(kind, body, deaths), context);
        return context;
    }

    private Attempt Compute(IsolatedEvaluator evaluator, string kind, string body = "{}", int deaths = 2)
    {
        Start(evaluator, kind, body, deaths);
        return Next();
    }

    private Attempt Next() =>
        ended.TryTake(out var attempt, Patience) ? attempt : throw new Xunit.Sdk.XunitException($"No attempt ended within {Patience}.");

    private sealed class Context(IArtifactStore artifacts) : IJobContext, IDisposable
    {
        private readonly CancellationTokenSource cancellation = new();

        public CancellationToken Cancellation => cancellation.Token;

        public IArtifactStore Artifacts => artifacts;

        public ArtifactId? Checkpoint { get; set; }

        public TimeSpan CheckpointInterval => TimeSpan.FromSeconds(7);

        public Action? OnSave { get; init; }

        /// <summary>Set when the job has reported something.</summary>
        public ManualResetEventSlim Begun { get; } = new();

        public string Said { get; private set; } = string.Empty;

        public void SaveCheckpoint(ArtifactId checkpoint)
        {
            OnSave?.Invoke();
            Checkpoint = checkpoint;
        }

        public void Report(JobProgress progress)
        {
            Said = progress.Text;
            Begun.Set();
        }

        public void Cancel() => cancellation.Cancel();

        public void Dispose()
        {
            cancellation.Dispose();
            Begun.Dispose();
        }
    }
}
