using System.Security.Cryptography;
using System.Text;
using ActorPrune.Actors.Journal;
using Shouldly;

namespace ActorPrune.Actors.TestKit.Journal;

public abstract partial class JournalConformance
{
    [Fact]
    public void A_new_experiment_runs_and_its_first_message_waits_for_the_first_actor()
    {
        var first = new OutgoingMessage(Root("alpha"), "start", """{"seed":7}""");

        Journal.TryCreate("alpha", """{"population":30}""", "1.2", first).ShouldBeTrue();

        var found = Journal.Find("alpha").ShouldNotBeNull();
        found.Status.ShouldBe(ExperimentStatus.Running);
        found.Configuration.ShouldBe("""{"population":30}""");
        found.ConfigurationHash.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("""{"population":30}"""))));
        found.Engine.ShouldBe("1.2");
        found.CreatedAt.ShouldBe(Clock.GetUtcNow());
        found.Reason.ShouldBeNull();
        var mail = Inbox(Root("alpha")).ShouldHaveSingleItem();
        (mail.From, mail.To, mail.Kind, mail.Body).ShouldBe((null, first.To, first.Kind, first.Body));
    }

    [Fact]
    public void A_taken_name_changes_nothing()
    {
        Started("alpha");

        Journal.TryCreate("alpha", """{"other":1}""", "2.0", new OutgoingMessage(Root("alpha"), "again", "")).ShouldBeFalse();

        Journal.Find("alpha").ShouldNotBeNull().Configuration.ShouldBe("{}");
        Inbox(Root("alpha")).Select(m => m.Kind).ShouldBe(["start"]);
    }

    [Fact]
    public void Of_several_that_create_the_same_name_at_once_one_succeeds()
    {
        var created = Race(
            [OpenAnother(), OpenAnother(), Journal, Journal],
            j => j.TryCreate("alpha", "{}", "1.0", new OutgoingMessage(Root("alpha"), "start", "")));

        created.Count(c => c).ShouldBe(1);
        Inbox(Root("alpha")).Length.ShouldBe(1);
    }

    [Theory]
    [InlineData("")]
    [InlineData("with/slash")]
    public void A_name_that_cannot_be_part_of_an_address_is_refused(string name) =>
        Should.Throw<ArgumentException>(() => Journal.TryCreate(name, "{}", "1.0", new OutgoingMessage(Root(name), "start", "")));

    [Fact]
    public void Experiments_are_listed_in_the_order_of_their_creation()
    {
        Started("zeta");
        Started("alpha");

        Journal.Experiments().Select(e => e.Name).ShouldBe(["zeta", "alpha"]);
        Journal.Find("none").ShouldBeNull();
    }

    [Fact]
    public void A_status_is_kept_with_its_reason()
    {
        Started("alpha");

        Journal.SetStatus("alpha", ExperimentStatus.Failed, "no data").ShouldBeTrue();
        var failed = Journal.Find("alpha").ShouldNotBeNull();
        (failed.Status, failed.Reason).ShouldBe((ExperimentStatus.Failed, "no data"));

        Journal.SetStatus("alpha", ExperimentStatus.Running, null).ShouldBeTrue();
        var resumed = Journal.Find("alpha").ShouldNotBeNull();
        (resumed.Status, resumed.Reason).ShouldBe((ExperimentStatus.Running, null));

        Journal.SetStatus("none", ExperimentStatus.Stopped, null).ShouldBeFalse();
    }

    [Fact]
    public void Actors_and_jobs_of_a_stopped_experiment_are_handed_out_again_only_after_it_was_resumed()
    {
        Ask(Started("alpha"), ("g1", 0));
        Journal.TryCreate("beta", "{}", "1.0", new OutgoingMessage(Root("beta"), "start", "")).ShouldBeTrue();
        Journal.SetStatus("alpha", ExperimentStatus.Stopped, null);
        Journal.SetStatus("beta", ExperimentStatus.Stopped, null);

        Journal.ClaimJob(NodeA, Lease).ShouldBeNull();
        Journal.ClaimActors(NodeA, 10, Lease).ShouldBeEmpty();

        Journal.SetStatus("alpha", ExperimentStatus.Running, null);
        Journal.SetStatus("beta", ExperimentStatus.Running, null);
        ClaimJob().Spec.ShouldBe(Evaluation("g1"));
        Claim(Root("beta"), NodeA);
    }

    [Fact]
    public void A_job_that_a_running_experiment_wants_too_is_handed_out_although_the_other_was_stopped()
    {
        Ask(Started("alpha"), ("g1", 0));
        Ask(Started("beta"), ("g1", 0));
        Journal.SetStatus("alpha", ExperimentStatus.Stopped, null);

        ClaimJob().Spec.ShouldBe(Evaluation("g1"));
    }

    [Fact]
    public void A_node_that_serves_one_experiment_is_given_nothing_of_another()
    {
        Ask(Started("alpha"), ("g1", 9), ("shared", 5));
        Ask(Started("beta"), ("g2", 0), ("shared", 0));
        Journal.TryCreate("gamma", "{}", "1.0", new OutgoingMessage(Root("gamma"), "start", "")).ShouldBeTrue();

        Journal.ClaimActors(NodeB, 10, Lease, WorkScope.Of("beta")).ShouldBeEmpty();
        Journal.ClaimJob(NodeB, Lease, WorkScope.Of("beta")).ShouldNotBeNull().Spec.ShouldBe(Evaluation("shared"));
        Journal.ClaimJob(NodeB, Lease, WorkScope.Of("beta")).ShouldNotBeNull().Spec.ShouldBe(Evaluation("g2"));
        Journal.ClaimJob(NodeB, Lease, WorkScope.Of("beta")).ShouldBeNull();
        Journal.ClaimActors(NodeB, 10, Lease, WorkScope.Of("gamma")).Select(c => c.Actor).ShouldBe([Root("gamma")]);
        Journal.ClaimJob(NodeB, Lease).ShouldNotBeNull().Spec.ShouldBe(Evaluation("g1"));
    }

    [Fact]
    public void A_turn_that_finishes_the_experiment_takes_its_open_jobs_out_of_the_queue()
    {
        var lease = Started("alpha");
        Ask(lease, ("g1", 0));

        Commit(Nothing(lease, 0) with { Status = (ExperimentStatus.Finished, "done") });

        var finished = Journal.Find("alpha").ShouldNotBeNull();
        (finished.Status, finished.Reason).ShouldBe((ExperimentStatus.Finished, "done"));
        Journal.ClaimJob(NodeA, Lease).ShouldBeNull();
    }

    [Fact]
    public void A_job_asked_for_by_a_stopped_experiment_waits_for_its_resumption()
    {
        var lease = Started("alpha");
        Journal.SetStatus("alpha", ExperimentStatus.Stopped, null);
        Ask(lease, ("g1", 0));

        Journal.ClaimJob(NodeA, Lease).ShouldBeNull();
        Journal.SetStatus("alpha", ExperimentStatus.Running, null);
        ClaimJob().Spec.ShouldBe(Evaluation("g1"));
    }

    [Fact]
    public void Deleting_takes_the_actors_away_and_leaves_the_results()
    {
        var lease = Started("alpha");
        Ask(lease, ("g1", 0), ("g2", 0));
        Journal.Complete(ClaimJob(), Result(0.25), 1).ShouldBeTrue();

        Journal.Delete("alpha").ShouldBeTrue();
        Journal.Delete("alpha").ShouldBeFalse();

        Journal.Find("alpha").ShouldBeNull();
        Inbox(Root("alpha")).ShouldBeEmpty();
        Journal.Commit(Nothing(lease, 0)).ShouldBe(CommitOutcome.Fenced);
        Journal.ClaimJob(NodeA, Lease).ShouldBeNull();
        Journal.FindJob(Evaluation("g1").Key).ShouldNotBeNull().Status.ShouldBe(JobStatus.Done);

        Ask(Started("beta"), ("g1", 0));
        Outcomes(Root("beta")).ShouldHaveSingleItem().Result.ShouldNotBeNull().Measures["error"].ShouldBe(0.25);
    }

    [Fact]
    public void A_name_that_is_used_again_after_a_deletion_starts_empty_and_fences_the_old_leases()
    {
        var old = Started("alpha");
        Commit(Nothing(old, 0) with { Events = [new NewEvent("created", "{}")] });
        Journal.Delete("alpha");

        var renewed = Started("alpha");

        Journal.Load(Root("alpha")).Sequence.ShouldBe(0);
        Journal.Commit(Nothing(old, 0)).ShouldBe(CommitOutcome.Fenced);
        Journal.Release(old);
        Commit(Nothing(renewed, 0));
    }

    [Fact]
    public void A_running_job_whose_experiment_was_deleted_may_still_write_its_result()
    {
        Ask(Started("alpha"), ("g1", 0));
        var job = ClaimJob();
        Journal.Delete("alpha");

        Journal.Complete(job, Result(0.5), 1).ShouldBeTrue();

        Journal.FindJob(job.Spec.Key).ShouldNotBeNull().Status.ShouldBe(JobStatus.Done);
    }

    [Fact]
    public void A_job_that_all_askers_have_left_starts_at_the_end_of_the_queue_when_it_is_asked_for_again()
    {
        Ask(Started("alpha"), ("left", 9));
        Journal.Delete("alpha");

        Ask(Started("beta"), ("new", 0), ("left", 0));

        ClaimJob().Spec.ShouldBe(Evaluation("new"));
        var adopted = ClaimJob();
        (adopted.Spec, adopted.Experiment).ShouldBe((Evaluation("left"), "beta"));
        Journal.Counts("beta").Cached.ShouldBe(0);
    }
}
