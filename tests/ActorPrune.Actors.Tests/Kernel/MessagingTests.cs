using ActorPrune.Actors.Kernel;
using ActorPrune.Actors.TestKit;

namespace ActorPrune.Actors.Tests.Kernel;

public class MessagingTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Messages_of_one_sender_to_one_receiver_arrive_in_the_order_of_sending(long seed)
    {
        using var test = ActorTestSystem.Deterministic(seed);
        var probe = test.Probe<(int Sender, int Number)>();
        for (var sender = 0; sender < 5; sender++)
        {
            var itself = sender;
            var actor = test.Spawn($"sender-{sender}", () => new Counter());
            for (var number = 0; number < 50; number++)
            {
                var its = number;
                actor.Tell(new Order.Do(_ => probe.Ref.Tell((itself, its))));
            }
        }

        var received = Enumerable.Range(0, 250).Select(_ => probe.ExpectMessage()).ToList();

        received.GroupBy(m => m.Sender).Select(g => g.Select(m => m.Number)).ShouldAllBe(numbers => numbers.SequenceEqual(Enumerable.Range(0, 50)));
        received.Select(m => m.Sender).ShouldNotBe(received.Select(m => m.Sender).Order(), "the senders' messages should be interleaved");
    }

    [Fact]
    public void The_same_seed_gives_the_same_interleaving_and_different_seeds_give_different_ones()
    {
        var runs = new long[] { 7, 7, 8, 9, 10 }.Select(Interleaving).ToList();

        runs[1].ShouldBe(runs[0]);
        runs.Distinct().Count().ShouldBe(4);

        static string Interleaving(long seed)
        {
            using var test = ActorTestSystem.Deterministic(seed);
            var probe = test.Probe<string>();
            foreach (var name in new[] { "a", "b", "c", "d" })
            {
                var actor = test.Spawn(name, () => new Counter(probe.Ref, name));
                for (var i = 0; i < 10; i++)
                {
                    actor.Tell(new Order.Note($"{name}{i}"));
                }
            }

            return string.Join(' ', Enumerable.Range(0, 44).Select(_ => probe.ExpectMessage()));
        }
    }

    [Theory]
    [InlineData(false, 5)]
    [InlineData(true, 4)]
    public void Where_messages_are_conflated_one_that_equals_the_last_waiting_one_adds_nothing(bool conflates, int expected)
    {
        using var test = ActorTestSystem.Deterministic();
        var actor = test.Spawn("counter", () => new Counter(), new ActorOptions { Conflates = conflates });
        actor.Tell(new Order.Add(1));
        actor.Tell(new Order.Add(1));
        actor.Tell(new Order.Add(2));
        actor.Tell(new Order.Add(1));

        test.ResultOf(actor.Ask<int>(r => new Order.Get(r), TimeSpan.FromMinutes(1))).ShouldBe(expected);

        // What has been handled is no reason to drop what comes after it.
        actor.Tell(new Order.Add(1));
        test.RunUntilIdle();
        actor.Tell(new Order.Add(1));
        test.ResultOf(actor.Ask<int>(r => new Order.Get(r), TimeSpan.FromMinutes(1))).ShouldBe(expected + 2);
    }

    [Fact]
    public void An_ask_is_answered_and_its_continuations_do_not_run_inside_the_replying_actor()
    {
        using var test = ActorTestSystem.Deterministic();
        var actor = test.Spawn("counter", () => new Counter());
        var replying = false;
        bool? continuedInside = null;

        var answer = actor.Ask<int>(
            replyTo => new Order.Do(_ =>
            {
                replying = true;
                replyTo.Tell(42);
                replying = false;
            }),
            TimeSpan.FromSeconds(1));
        var continued = answer.ContinueWith(
            _ => continuedInside = replying, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

        test.ResultOf(answer).ShouldBe(42);
        test.Await(continued);
        continuedInside.ShouldBe(false);
    }

    [Fact]
    public void An_ask_without_a_reply_fails_after_its_timeout_and_names_path_and_message_type()
    {
        using var test = ActorTestSystem.Deterministic();
        var actor = test.Spawn("silent", () => new Counter());

        var answer = actor.Ask<int>(_ => new Order.Add(1), TimeSpan.FromSeconds(3));

        test.Advance(TimeSpan.FromSeconds(3) - TimeSpan.FromTicks(1));
        answer.IsCompleted.ShouldBeFalse();
        test.Advance(TimeSpan.FromTicks(1));
        var error = Should.Throw<AskTimeoutException>(() => test.ResultOf(answer));
        error.Path.ShouldBe("actor://test/user/silent");
        error.MessageType.ShouldBe(typeof(Order.Add));
        error.Message.ShouldContain("actor://test/user/silent");
        error.Message.ShouldContain("Add");
        error.Message.ShouldContain("3 s");
    }

    [Fact]
    public void A_late_reply_and_a_second_reply_are_dead_letters()
    {
        using var test = ActorTestSystem.Deterministic();
        ActorRef<int>? late = null;
        var actor = test.Spawn("late", () => new Counter());
        var answer = actor.Ask<int>(replyTo => new Order.Do(_ => late = replyTo), TimeSpan.FromSeconds(1));
        test.Advance(TimeSpan.FromSeconds(1));
        answer.IsFaulted.ShouldBeTrue();

        late!.Tell(5);

        test.DeadLetters.ShouldBe([new DeadLetter(5, late.Path, DeadLetterReason.LateReply)]);
        var twice = actor.Ask<int>(
            replyTo => new Order.Do(_ =>
            {
                replyTo.Tell(1);
                replyTo.Tell(2);
            }),
            TimeSpan.FromSeconds(1));
        test.ResultOf(twice).ShouldBe(1);
        test.DeadLetters.Select(d => d.Message).ShouldBe([5, 2]);
    }

    [Fact]
    public void Messages_to_a_stopped_actor_are_counted_and_shown_to_observers_until_they_unsubscribe()
    {
        using var test = ActorTestSystem.Deterministic();
        var seen = new List<DeadLetter>();
        var probe = test.Probe<string>();
        var actor = test.Spawn("gone", () => new Counter());
        test.System.Stop(actor);
        probe.ExpectTerminated(actor);
        var subscription = test.System.DeadLetters.Subscribe(seen.Add);

        actor.Tell(new Order.Add(1));
        subscription.Dispose();
        actor.Tell(new Order.Add(2));

        test.System.DeadLetters.Count.ShouldBe(2);
        seen.ShouldBe([new DeadLetter(new Order.Add(1), actor.Path, DeadLetterReason.Terminated)]);
    }

    [Fact]
    public void Messages_that_still_wait_when_an_actor_stops_are_dead_letters()
    {
        using var test = ActorTestSystem.Deterministic();
        var actor = test.Spawn("stopping", () => new Counter());
        actor.Tell(new Order.Do(context => context.StopSelf()));
        actor.Tell(new Order.Add(1));
        actor.Tell(new Order.Add(2));

        test.RunUntilIdle();

        test.DeadLetters.Select(d => d.Message).ShouldBe([new Order.Add(1), new Order.Add(2)]);
    }

    [Fact]
    public void A_full_mailbox_drops_the_newest_message_and_reports_the_first_of_each_series()
    {
        using var test = ActorTestSystem.Deterministic();
        var probe = test.Probe<string>();
        var actor = test.Spawn("small", () => new Counter(probe.Ref), new ActorOptions { MailboxCapacity = 3 });
        test.RunUntilIdle();
        for (var i = 1; i <= 5; i++)
        {
            actor.Tell(new Order.Note($"{i}"));
        }

        probe.ExpectMessages("counter started", "1", "2", "3");
        probe.ExpectNoMessage();
        test.DeadLetters.ShouldBe([
            new DeadLetter(new Order.Note("4"), actor.Path, DeadLetterReason.MailboxFull),
            new DeadLetter(new Order.Note("5"), actor.Path, DeadLetterReason.MailboxFull),
        ]);
        test.Events.OfType<KernelEvent.MailboxOverflowed>().ShouldBe([new KernelEvent.MailboxOverflowed(actor.Path, 3)]);
    }

    [Fact]
    public void A_full_mailbox_still_takes_system_messages_and_terminations()
    {
        using var test = ActorTestSystem.Deterministic();
        var probe = test.Probe<string>();
        var gone = test.Spawn("gone", () => new Counter());
        test.System.Stop(gone);
        var small = test.Spawn("small", () => new Counter(probe.Ref), new ActorOptions { MailboxCapacity = 1 });
        test.RunUntilIdle();

        small.Tell(new Order.Do(context =>
        {
            context.Self.Tell(new Order.Note("fills the mailbox"));
            context.Self.Tell(new Order.Note("dropped"));
            context.Watch(gone, new Order.Note("it is gone"));
        }));
        probe.ExpectMessages("counter started", "fills the mailbox", "it is gone");
        test.DeadLetters.ShouldHaveSingleItem().Message.ShouldBe(new Order.Note("dropped"));

        small.Tell(new Order.Do(context =>
        {
            context.Self.Tell(new Order.Note("fills the mailbox"));
            context.StopSelf();
        }));
        probe.ExpectMessage("counter stopped");
    }

    [Fact]
    public void An_adapter_translates_and_equals_only_itself()
    {
        using var test = ActorTestSystem.Deterministic();
        var probe = test.Probe<string>();
        var adapter = probe.Ref.ContravariantMap<int>(n => $"number {n}");

        adapter.Tell(7);

        probe.ExpectMessage("number 7");
        adapter.Equals(probe.Ref).ShouldBeFalse();
        probe.Ref.Equals(adapter).ShouldBeFalse();
        adapter.Equals(adapter).ShouldBeTrue();
        adapter.Path.ShouldBe(probe.Ref.Path);
    }

    [Fact]
    public void A_narrowed_reference_equals_the_original()
    {
        using var test = ActorTestSystem.Deterministic();
        var actor = test.Spawn("counter", () => new Counter());
        ActorRef narrow = actor.Narrow<Order.Add>();

        narrow.ShouldBe((ActorRef)actor);
        actor.Equals(narrow).ShouldBeTrue();
        narrow.GetHashCode().ShouldBe(actor.GetHashCode());
        actor.Narrow<Order.Add>().Tell(new Order.Add(3));
        test.ResultOf(actor.Ask<int>(r => new Order.Get(r), TimeSpan.FromSeconds(1))).ShouldBe(3);
    }

    [Fact]
    public void An_actor_spawned_again_under_its_name_is_another_one()
    {
        using var test = ActorTestSystem.Deterministic();
        var probe = test.Probe<string>();
        var first = test.Spawn("same", () => new Counter());
        test.System.Stop(first);
        probe.ExpectTerminated(first);
        test.RunUntilIdle();

        var second = test.Spawn("same", () => new Counter());

        second.Path.ShouldBe(first.Path);
        second.ShouldNotBe(first);
        first.Tell(new Order.Add(1));
        test.ResultOf(second.Ask<int>(r => new Order.Get(r), TimeSpan.FromSeconds(1))).ShouldBe(0);
    }
}
