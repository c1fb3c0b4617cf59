using ActorPrune.Actors.Kernel;

namespace ActorPrune.Actors.Tests.Kernel;

/// <summary>What the sample actors understand.</summary>
internal abstract record Order
{
    public sealed record Add(int By) : Order;

    public sealed record Get(ActorRef<int> ReplyTo) : Order;

    public sealed record Throw(Exception Cause) : Order;

    public sealed record Do(Action<IActorContext<Order>> What) : Order;

    public sealed record Note(string Text) : Order;
}

/// <summary>Counts, fails when told to, and tells a probe what happens to it.</summary>
internal class Counter(ActorRef<string>? diary = null, string name = "counter") : Actor<Order>
{
    protected int Value { get; set; }

    protected ActorRef<string>? Diary => diary;

    protected override void PreStart() => diary?.Tell($"{name} started");

    protected override void PostStop() => diary?.Tell($"{name} stopped");

    protected override void PreRestart(Exception cause)
    {
        diary?.Tell($"{name} restarts after {cause.Message}");
        base.PreRestart(cause);
    }

    protected override void Receive(Order message)
    {
        switch (message)
        {
            case Order.Add add:
                Value += add.By;
                break;
            case Order.Get get:
                get.ReplyTo.Tell(Value);
                break;
            case Order.Throw failure:
                throw failure.Cause;
            case Order.Do work:
                work.What(Context);
                break;
            case Order.Note note:
                diary?.Tell(note.Text);
                break;
        }
    }
}

internal static class Failures
{
    public static Order.Throw Boom { get; } = new(new InvalidOperationException("boom"));

    /// <summary>A parent hands the failure on to its child.</summary>
    public static Order.Do ForChild(string name) => new(context =>
        ((ActorRef<Order>)context.Children.Single(c => c.Path.EndsWith($"/{name}", StringComparison.Ordinal))).Tell(Boom));
}
