using ActorPrune.Actors.Kernel;
using ActorPrune.Actors.TestKit;

namespace ActorPrune.Actors.Tests.Kernel;

/// <summary>The same kernel on real threads: what a seeded scheduler cannot show.</summary>
public class ThreadPoolTests
{
    private const int Senders = 8;
    private const int Each = 20_000;

    [Fact]
    public void Many_senders_are_handled_by_one_thread_at_a_time_none_is_lost_and_each_ones_order_is_kept()
    {
        using var test = ActorTestSystem.OnThreadPool();
        var overlaps = 0;
        var actor = test.Spawn("tally", () => new Tally(() => Interlocked.Increment(ref overlaps)), new ActorOptions { MailboxCapacity = Senders * Each });

        FromThreads(sender =>
        {
            for (var number = 0; number < Each; number++)
            {
                actor.Tell(new TallyMessage.Add(sender, number));
            }
        });

        var result = test.ResultOf(actor.Ask<(long Handled, long OutOfOrder)>(r => new TallyMessage.Get(r), TimeSpan.FromMinutes(1)), TimeSpan.FromMinutes(1));
        result.ShouldBe(((long)Senders * Each, 0L));
        overlaps.ShouldBe(0);
        test.System.DeadLetters.Count.ShouldBe(0);
    }

    [Fact]
    public void No_wake_up_is_lost_when_an_actor_goes_idle_between_messages()
    {
        // Ping-pong: both actors are idle before each message, so every message crosses the step from idle to scheduled.
        using var test = ActorTestSystem.OnThreadPool();
        var probe = test.Probe<int>();
        var pong = test.Spawn<(ActorRef<int> ReplyTo, int Number)>("pong", () => new Pong());
        var pings = Enumerable.Range(0, Senders).Select(i => test.Spawn($"ping-{i}", () => new Ping(pong, probe.Ref, 5_000))).ToList();
        pings.ForEach(p => p.Tell(0));

        for (var i = 0; i < Senders; i++)
        {
            probe.ExpectMessage(5_000, TimeSpan.FromMinutes(1));
        }
    }

    [Fact]
    public void Messages_sent_while_an_actor_stops_are_either_handled_or_dead_letters()
    {
        using var test = ActorTestSystem.OnThreadPool();
        var probe = test.Probe<int>();
        var handled = 0;
        var actor = test.Spawn("stopping", () => new CountsInto(() => Interlocked.Increment(ref handled)));

        FromThreads(sender =>
        {
            for (var number = 0; number < Each; number++)
            {
                actor.Tell(number);
                if (sender == 0 && number == Each / 2)
                {
                    test.System.Stop(actor);
                }
            }
        });

        probe.ExpectTerminated(actor);
        (Volatile.Read(ref handled) + test.System.DeadLetters.Count).ShouldBe((long)Senders * Each);
        test.System.DeadLetters.Count.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void A_parent_finds_the_name_free_whenever_it_hears_that_its_child_is_gone()
    {
        using var test = ActorTestSystem.OnThreadPool();
        var probe = test.Probe<string>();
        test.Spawn("parent", () => new RespawnsOften(5_000, probe.Ref));

        probe.ExpectMessage("done", TimeSpan.FromMinutes(1));
        test.Events.OfType<KernelEvent.ActorFailed>().ShouldBeEmpty();
    }

    [Fact]
    public void A_busy_actor_does_not_starve_others()
    {
        // The actor feeds itself for ever; with a bounded turn the question still comes through, and the stop does, even on one thread.
        using var thread = new OneThread();
        using var test = ActorTestSystem.OnThreadPool(new ActorSystemOptions { Dispatcher = thread });
        var busy = test.Spawn("busy", () => new FeedsItself());
        var other = test.Spawn("other", () => new Counter());
        busy.Tell(1);

        test.ResultOf(other.Ask<int>(r => new Order.Get(r), TimeSpan.FromMinutes(1))).ShouldBe(0);
    }

    [Fact]
    public void Actors_that_wait_in_turns_on_threads_of_their_own_leave_the_thread_pool_free()
    {
        // As many at once as there are threads, each waiting for what a thread of the pool gives.
        const int Threads = 3;
        using var dispatcher = new DedicatedThreadDispatcher("waits", Threads);
        using var test = ActorTestSystem.OnThreadPool(new ActorSystemOptions { Dispatcher = dispatcher });
        var probe = test.Probe<bool>();
        using var together = new Barrier(Threads);
        for (var i = 0; i < Threads; i++)
        {
            test.Spawn($"waits-{i}", () => new Counter()).Tell(new Order.Do(_ =>
            {
                together.SignalAndWait(TimeSpan.FromMinutes(1)).ShouldBeTrue();
                Task.Run(() => probe.Ref.Tell(Thread.CurrentThread.IsThreadPoolThread)).Wait(TimeSpan.FromMinutes(1)).ShouldBeTrue();
                probe.Ref.Tell(Thread.CurrentThread.IsThreadPoolThread);
            }));
        }

        var seen = Enumerable.Range(0, 2 * Threads).Select(_ => probe.ExpectMessage(TimeSpan.FromMinutes(1))).ToList();
        seen.Count(isPool => isPool).ShouldBe(Threads);
        test.Events.OfType<KernelEvent.ActorFailed>().ShouldBeEmpty();
    }

    [Fact]
    public void What_comes_to_a_dispatcher_after_its_end_is_done_all_the_same()
    {
        var dispatcher = new DedicatedThreadDispatcher("ends", 1);
        using var test = ActorTestSystem.OnThreadPool(new ActorSystemOptions { Dispatcher = dispatcher });
        var actor = test.Spawn("counter", () => new Counter());
        actor.Tell(new Order.Add(1));
        dispatcher.Dispose();
        actor.Tell(new Order.Add(1));

        test.ResultOf(actor.Ask<int>(r => new Order.Get(r), TimeSpan.FromMinutes(1))).ShouldBe(2);
    }

    [Fact]
    public void A_real_timer_and_a_restart_with_back_off_work_on_the_systems_clock()
    {
        using var test = ActorTestSystem.OnThreadPool();
        var probe = test.Probe<string>();
        var actor = test.Spawn("counter", () => new Counter(probe.Ref));
        actor.Tell(Failures.Boom);
        actor.Tell(new Order.Do(c => c.Timers.StartSingle("t", TimeSpan.FromMilliseconds(1), new Order.Note("tick"))));

        probe.ExpectMessages("counter started", "counter restarts after boom", "counter stopped", "counter started", "tick");
    }

    [Fact]
    public void Coordinated_shutdown_ends_a_real_system()
    {
        using var test = ActorTestSystem.OnThreadPool();
        var probe = test.Probe<string>();
        test.Spawn("counter", () => new Counter(probe.Ref));
        test.Await(test.System.CoordinatedShutdown.RunAsync("test"));

        probe.ExpectMessages("counter started", "counter stopped");
        test.System.WhenTerminated.IsCompleted.ShouldBeTrue();
    }

    [Fact]
    public void A_failed_expectation_says_what_was_expected_and_what_had_arrived()
    {
        using var test = ActorTestSystem.OnThreadPool();
        var probe = test.Probe<string>("listener");
        probe.Ref.Tell("one");
        probe.ExpectMessage("one");

        var nothing = Should.Throw<Xunit.Sdk.XunitException>(() => probe.ExpectMessage("two", TimeSpan.FromMilliseconds(1)));
        nothing.Message.ShouldContain("Expected two at the probe 'listener'");
        nothing.Message.ShouldContain("Taken so far (the last 20): one");
        probe.Ref.Tell("three");
        probe.Ref.Tell("four");
        var other = Should.Throw<Xunit.Sdk.XunitException>(() => probe.ExpectMessage("two"));
        other.Message.ShouldContain("but three came");
        other.Message.ShouldContain("Still waiting here: four");
    }

    private static void FromThreads(Action<int> work)
    {
        using var together = new Barrier(Senders);
        var threads = Enumerable.Range(0, Senders).Select(sender => new Thread(() =>
        {
            together.SignalAndWait();
            work(sender);
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
    }

    private abstract record TallyMessage
    {
        public sealed record Add(int Sender, int Number) : TallyMessage;

        public sealed record Get(ActorRef<(long Handled, long OutOfOrder)> ReplyTo) : TallyMessage;
    }

    /// <summary>Plain fields, deliberately without any synchronisation: the kernel has to see to it.</summary>
    private sealed class Tally(Action overlap) : Actor<TallyMessage>
    {
        private readonly int[] last = [.. Enumerable.Repeat(-1, Senders)];
        private long handled;
        private long outOfOrder;
        private int inside;

        protected override void Receive(TallyMessage message)
        {
            if (Interlocked.Exchange(ref inside, 1) == 1)
            {
                overlap();
            }

            // Long enough that a second thread, if the kernel let one in, would be seen.
            Thread.SpinWait(30);
            if (message is TallyMessage.Add add)
            {
                handled++;
                outOfOrder += add.Number == last[add.Sender] + 1 ? 0 : 1;
                last[add.Sender] = add.Number;
                if (add.Number % 100 == 0)
                {
                    Thread.Yield();
                }
            }
            else if (message is TallyMessage.Get get)
            {
                get.ReplyTo.Tell((handled, outOfOrder));
            }

            Interlocked.Exchange(ref inside, 0);
        }
    }

    private sealed class Pong : Actor<(ActorRef<int> ReplyTo, int Number)>
    {
        protected override void Receive((ActorRef<int> ReplyTo, int Number) message) => message.ReplyTo.Tell(message.Number + 1);
    }

    private sealed class Ping(ActorRef<(ActorRef<int> ReplyTo, int Number)> pong, ActorRef<int> done, int rounds) : Actor<int>
    {
        protected override void Receive(int number)
        {
            if (number == rounds)
            {
                done.Tell(number);
            }
            else
            {
                pong.Tell((Context.Self, number));
            }
        }
    }

    private sealed class CountsInto(Action count) : Actor<int>
    {
        protected override void Receive(int message) => count();
    }

    private sealed class RespawnsOften(int times, ActorRef<string> done) : Actor<int>
    {
        protected override void PreStart() => Respawn(0);

        protected override void Receive(int gone)
        {
            if (gone == times)
            {
                done.Tell("done");
            }
            else
            {
                Respawn(gone);
            }
        }

        private void Respawn(int gone)
        {
            var child = Context.Spawn("child", () => new Counter());
            Context.Watch(child, gone + 1);
            Context.Stop(child);
        }
    }

    private sealed class FeedsItself : Actor<int>
    {
        protected override void Receive(int message) => Context.Self.Tell(message);
    }

    /// <summary>First come, first served, on a single thread: an actor that never gave up its turn would block all others.</summary>
    private sealed class OneThread : IDispatcher, IDisposable
    {
        private readonly System.Collections.Concurrent.BlockingCollection<Action> work = [];

        public OneThread()
        {
            var thread = new Thread(() =>
            {
                foreach (var piece in work.GetConsumingEnumerable())
                {
                    piece();
                }
            }) { IsBackground = true };
            thread.Start();
        }

        public void Schedule(Action piece) => work.Add(piece);

        public void Dispose() => work.CompleteAdding();
    }
}
