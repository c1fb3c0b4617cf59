using System.Collections.Immutable;
using ActorPrune.Actors.Evaluation;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.Journal.Sqlite;
using ActorPrune.Actors.Kernel;
using ActorPrune.Actors.TestKit;
using ActorPrune.Actors.TestKit.Simulation;
using ActorPrune.Actors.TestKit.Study;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Actors.Tests.Evaluation;

public sealed partial class DevicePoolTests : IDisposable
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(10);
    private static readonly NodeId Here = new("here");

    private readonly ActorTestSystem system = ActorTestSystem.Deterministic();
    private readonly SqliteJournal journal;
    private readonly List<string> log = [];
    private readonly List<string> stuck = [];
    private readonly List<Runner> runners = [];
    private readonly MemoryArtifactStore artifacts = new();
    private readonly List<string> calls = [];

    /// <summary>Asked for each call that writes; a test may replace it at any time.</summary>
    private Func<string, Fault> fault = _ => Fault.None;

    public DevicePoolTests()
    {
        journal = new SqliteJournal(SqliteJournalOptions.InMemory, new SqliteJournalOptions { Clock = system.Clock });
        var asker = new ActorId("pool", "asker");
        journal.TryCreate("pool", "{}", "1.0", new OutgoingMessage(asker, "go", string.Empty));
        var lease = journal.ClaimActors(new NodeId("asker"), 1, TimeSpan.FromDays(1)).Single();
        journal.Commit(new Turn(lease, 0, [], [], [], [.. Enumerable.Range(0, 4).Select(i => new JobRequest(Job(i), 0))], null, null));
    }

    public void Dispose()
    {
        system.Dispose();
        journal.Dispose();
    }

    [Fact]
    public void Each_idle_evaluator_gets_a_job_and_what_it_yields_is_written()
    {
        Start(evaluators: 2);
        system.RunUntilIdle();
        Running().ShouldBe([Job(0).Key, Job(1).Key]);

        runners[1].Succeed();
        system.RunUntilIdle();

        Row(1).Status.ShouldBe(JobStatus.Done);
        Running().ShouldBe([Job(0).Key, Job(2).Key]);
    }

    [Fact]
    public void Results_that_were_finished_while_the_store_was_away_are_written_when_it_is_back()
    {
        Start(evaluators: 2);
        system.RunUntilIdle();
        fault = _ => Fault.Before;
        runners.ForEach(r => r.Succeed());
        system.Advance(TimeSpan.FromMinutes(5));
        Row(0).Status.ShouldBe(JobStatus.Leased);
        log.Count.ShouldBe(1, "it is said once");

        fault = _ => Fault.None;
        system.Advance(TimeSpan.FromSeconds(11));

        new[] { Row(0), Row(1) }.ShouldAllBe(r => r.Status == JobStatus.Done && r.Attempts == 1);
        Running().ShouldBe([Job(2).Key, Job(3).Key]);
    }

    [Fact]
    public void A_store_that_is_away_is_asked_less_and_less_often()
    {
        fault = _ => Fault.Before;
        Start(evaluators: 1);
        system.Advance(TimeSpan.FromMinutes(5));

        calls.Count.ShouldBeInRange(25, 40);
    }

    [Fact]
    public void A_result_whose_write_lost_its_answer_is_written_once()
    {
        Start(evaluators: 1);
        system.RunUntilIdle();
        var lost = 0;
        fault = call => call == nameof(IJournal.Complete) && lost++ == 0 ? Fault.After : Fault.None;
        runners[0].Succeed();
        system.Advance(TimeSpan.FromSeconds(5));

        Row(0).Status.ShouldBe(JobStatus.Done);
        Running().ShouldBe([Job(1).Key]);
    }

    [Fact]
    public void A_claim_whose_answer_was_lost_holds_a_job_up_for_a_moment_only()
    {
        var claims = 0;
        fault = call => call == nameof(IJournal.ClaimJob) && ++claims == 1 ? Fault.After : Fault.None;
        Start(evaluators: 1);
        system.Advance(TimeSpan.FromSeconds(5));

        Running().ShouldBe([Job(0).Key]);
    }

    [Fact]
    public void A_pool_that_is_started_again_frees_its_jobs_and_ignores_what_its_former_instance_began()
    {
        Start(evaluators: 1);
        system.RunUntilIdle();
        var mistakes = 0;
        fault = call => call == nameof(IJournal.ClaimJob) && mistakes++ == 0 ? throw new InvalidOperationException("a mistake")
            : Fault.None;
        runners[0].Succeed();
        system.Advance(TimeSpan.FromSeconds(5));

        system.Events.OfType<KernelEvent.ActorRestarting>().ShouldHaveSingleItem();
        runners.Count.ShouldBe(2);
        runners[0].Stopped.ShouldBeTrue();
        Running(from: 1).ShouldBe([Job(1).Key]);

        mistakes = 0;
        var former = runners[1];
        runners[1].Fail("unrelated", final: false);
        system.Advance(TimeSpan.FromSeconds(5));
        runners.Count.ShouldBe(3);
        var now = Running(from: 2).ShouldHaveSingleItem();
        former.SucceedAgain();
        system.Advance(TimeSpan.FromSeconds(1));
        Running(from: 2).ShouldHaveSingleItem().ShouldBe(now);
    }

    [Fact]
    public void A_job_that_fails_is_tried_as_often_as_allowed_and_one_that_can_never_succeed_once()
    {
        Start(evaluators: 1);
        system.RunUntilIdle();
        for (var attempt = 0; attempt < 3; attempt++)
        {
            Row(0).Status.ShouldBe(JobStatus.Leased);
            runners[0].Fail("diverged", final: false);
            system.RunUntilIdle();
        }

        Row(0).ShouldSatisfyAllConditions(r => r.Status.ShouldBe(JobStatus.Failed), r => r.Failure.ShouldBe("diverged"));
        runners[0].Fail("cannot be built", final: true);
        system.RunUntilIdle();
        Row(1).ShouldSatisfyAllConditions(r => r.Status.ShouldBe(JobStatus.Failed), r => r.Attempts.ShouldBe(1));
    }

    [Fact]
    public void A_result_that_no_journal_takes_is_a_failed_candidate()
    {
        Start(evaluators: 1);
        system.RunUntilIdle();
        runners[0].Succeed(new string('x', JournalLimits.BodyLength));
        system.RunUntilIdle();

        Row(0).Failure.ShouldNotBeNull().ShouldContain("at most");
        Running().ShouldBe([Job(1).Key]);
    }

    [Fact]
    public void A_machine_that_cannot_compute_hands_jobs_back_unharmed_tells_a_person_and_pauses()
    {
        Start(evaluators: 1);
        system.RunUntilIdle();
        for (var attempt = 1; attempt <= 5; attempt++)
        {
            runners[0].Unable("no libtorch");
            system.Advance(TimeSpan.FromSeconds(5));
            Running().ShouldBeEmpty();
            Row(0).Status.ShouldBe(JobStatus.Queued);
            system.Advance(TimeSpan.FromSeconds(6));
            Running().ShouldBe([Job(0).Key]);
        }

        stuck.ShouldBe(Enumerable.Repeat("no libtorch", 5));
    }

    [Fact]
    public void A_drained_pool_hands_back_what_ran_takes_no_more_and_answers_when_all_is_back()
    {
        var pool = Start(evaluators: 2);
        system.RunUntilIdle();
        var probe = system.Probe<Drained>();
        pool.Tell(new PoolMessage.Drain(probe.Ref));
        system.RunUntilIdle();
        runners.ShouldAllBe(r => r.Context!.Cancellation.IsCancellationRequested);
        runners[0].HandBack();
        probe.ExpectNoMessage(TimeSpan.FromSeconds(5));

        // The store goes away in between: the answer waits until the last result is written.
        fault = _ => Fault.Before;
        runners[1].Succeed();
        probe.ExpectNoMessage(TimeSpan.FromSeconds(30));
        fault = _ => Fault.None;
        probe.ExpectMessage(TimeSpan.FromSeconds(11));

        Row(0).ShouldSatisfyAllConditions(r => r.Status.ShouldBe(JobStatus.Queued), r => r.Failure.ShouldBeNull());
        Row(1).Status.ShouldBe(JobStatus.Done);
        system.Advance(TimeSpan.FromMinutes(1));
        Running().ShouldBeEmpty();
    }

    [Fact]
    public void A_result_of_a_job_that_was_taken_over_is_refused_and_dropped()
    {
        Start(evaluators: 1);
        system.RunUntilIdle();
        journal.Leave(Here);
        var taken = journal.ClaimJob(new NodeId("other"), Lease).ShouldNotBeNull();
        taken.Spec.Key.ShouldBe(Job(0).Key);
        runners[0].Succeed();
        system.RunUntilIdle();

        Row(0).ShouldSatisfyAllConditions(r => r.Status.ShouldBe(JobStatus.Leased), r => r.Node.ShouldBe(taken.Node));
        Running().ShouldBe([Job(1).Key]);
    }

    [Fact]
    public void A_checkpoint_is_kept_refused_once_the_job_is_lost_and_waits_for_a_store_that_is_away()
    {
        using var faulty = new FaultyJournal(journal, _ => fault(string.Empty));
        var lease = journal.ClaimJob(Here, Lease).ShouldNotBeNull();
        using var context = new JobContext(lease, new WorkRules(), faulty, new MemoryArtifactStore(), system.Clock);
        var (first, second) = (ArtifactId.Of([1]), ArtifactId.Of([2]));

        context.SaveCheckpoint(first);
        context.Checkpoint.ShouldBe(first);
        fault = _ => Fault.Before;
        context.SaveCheckpoint(second);
        context.Checkpoint.ShouldBe(first);
        context.Cancellation.IsCancellationRequested.ShouldBeFalse();
        fault = _ => throw new JournalUnavailableException("disk full") { Cause = UnavailableCause.Full };
        Should.Throw<JournalUnavailableException>(() => context.SaveCheckpoint(second));
        fault = _ => Fault.None;
        journal.Leave(Here);
        context.SaveCheckpoint(second);

        context.Cancellation.IsCancellationRequested.ShouldBeTrue();
        journal.ClaimJob(new NodeId("other"), Lease).ShouldNotBeNull().Checkpoint.ShouldBe(first);
    }

    [Fact]
    public void Only_the_last_checkpoint_of_a_job_takes_room_and_none_once_its_result_is_stored()
    {
        Start(evaluators: 1);
        system.RunUntilIdle();
        var context = runners[0].Context!;
        var (first, second) = (artifacts.Put([1]), artifacts.Put([2]));

        context.SaveCheckpoint(first);
        context.SaveCheckpoint(first);
        artifacts.Contains(first).ShouldBeTrue();
        context.SaveCheckpoint(second);
        (artifacts.Contains(first), artifacts.Contains(second)).ShouldBe((false, true));
        runners[0].Succeed();
        system.RunUntilIdle();

        artifacts.Contains(second).ShouldBeFalse();
    }

    [Fact]
    public void A_job_that_is_handed_back_keeps_its_checkpoint()
    {
        Start(evaluators: 1);
        system.RunUntilIdle();
        var checkpoint = artifacts.Put([1]);
        runners[0].Context!.SaveCheckpoint(checkpoint);
        runners[0].HandBack();
        system.RunUntilIdle();

        artifacts.Contains(checkpoint).ShouldBeTrue();
    }

    [Fact]
    public void Jobs_whose_experiment_was_stopped_are_taken_back_and_the_evaluators_stay()
    {
        Start(evaluators: 1);
        system.RunUntilIdle();
        runners[0].Context!.Cancellation.IsCancellationRequested.ShouldBeFalse();

        journal.SetStatus("pool", ExperimentStatus.Stopped, null);
        system.Advance(TimeSpan.FromSeconds(2));
        runners[0].Context!.Cancellation.IsCancellationRequested.ShouldBeTrue();
        runners[0].HandBack();
        system.RunUntilIdle();

        Row(0).Status.ShouldBe(JobStatus.Queued);
        Running().ShouldBeEmpty();
        journal.SetStatus("pool", ExperimentStatus.Running, null);
        system.Advance(TimeSpan.FromSeconds(2));
        Running().ShouldBe([Job(0).Key]);
    }

    [Fact]
    public void A_full_disk_is_told_to_a_person()
    {
        Start(evaluators: 1);
        system.RunUntilIdle();
        fault = _ => throw new JournalUnavailableException("disk full") { Cause = UnavailableCause.Full };
        runners[0].Succeed();
        system.RunUntilIdle();

        stuck.ShouldBe(["disk full"]);
    }

    private static JobSpec Job(int number) => new(JobKinds.Evaluate, $"{{\"number\":{number}}}");

    private JobRow Row(int number) => journal.FindJob(Job(number).Key)!;

    private JobKey[] Running(int from = 0) => [.. runners.Skip(from).Where(r => r.Context is not null).Select(r => r.Lease!.Spec.Key)];

    private ActorRef<PoolMessage> Start(int evaluators, int? isolateAfter = null) =>
        system.Spawn("pool", () => new DevicePool(Options(evaluators, isolateAfter)));

    private DevicePoolOptions Options(int evaluators, int? isolateAfter) => new()
    {
        Device = "cpu",
        Evaluators = evaluators,
        CreateEvaluator = () => throw new InvalidOperationException("the runner of this test makes none"),
        CreateRunner = (_, _, ended) =>
        {
            runners.Add(new Runner(ended));
            return runners[^1];
        },
        CreateIsolatedRunner = isolateAfter is null ? null : (_, _, ended) =>
        {
            isolated.Add(new Runner(ended));
            return isolated[^1];
        },
        Rules = experiment => experiment == "pool"
            ? new WorkRules { MaxAttempts = 3, IsolateAfter = isolateAfter ?? 2, CheckpointInterval = TimeSpan.FromSeconds(7) }
            : throw new InvalidOperationException($"There is no experiment '{experiment}'."),
        Stragglers = stragglers,
        Journal = new FaultyJournal(journal, call =>
        {
            calls.Add(call);
            return fault(call);
        }),
        Artifacts = artifacts,
        Node = Here,
        Lease = Lease,
        Clock = system.Clock,
        Log = log.Add,
        Stuck = stuck.Add,
    };

    /// <summary>An evaluator that does what the test says, when it says so.</summary>
    private sealed class Runner(Action<Attempt> ended) : IJobRunner
    {
        private Attempt? last;

        public JobLease? Lease { get; private set; }

        /// <summary>Null while it is idle.</summary>
        public IJobContext? Context { get; private set; }

        public bool Stopped { get; private set; }

        public void Start(JobLease lease, IJobContext context)
        {
            Context.ShouldBeNull("one job at a time");
            (Lease, Context) = (lease, context);
        }

        public void Stop() => Stopped = true;

        public void Succeed(string detail = "{}") => End(new Attempt.Succeeded(Lease!, Result(detail), 1));

        public JobResult Result(string detail = "{}") => new(
            ImmutableSortedDictionary<string, double>.Empty.Add(MeasureNames.Error, double.NaN),
            ImmutableSortedDictionary<string, ArtifactId>.Empty,
            detail);

        public void Fail(string reason, bool final) => End(new Attempt.Failed(Lease!, reason, final, 1));

        public void Unable(string reason) => End(new Attempt.Unable(Lease!, reason, 1));

        public void HandBack() => End(new Attempt.Cancelled(Lease!, 1));

        /// <summary>Tells once more how the last attempt ended.</summary>
        public void SucceedAgain() => ended(last!);

        private void End(Attempt attempt)
        {
            (Context, last) = (null, attempt);
            ended(attempt);
        }
    }
}
