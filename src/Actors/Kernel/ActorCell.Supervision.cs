namespace ActorPrune.Actors.Kernel;

/// <content>What becomes of a child that failed, as the actor's <see cref="SupervisorStrategy"/> has it.</content>
internal abstract partial class ActorCell
{
    // Failures that wait for what this actor's own parent decides.
    private readonly List<SystemMessage.ChildFailed> escalated = [];
    private readonly RestartHistory allForOneHistory = new();

    // Touched by the parent's thread only.
    private readonly RestartHistory history = new();
    private int restartsOrdered;

    private void Supervise(SystemMessage.ChildFailed failure)
    {
        var child = failure.Child;

        // All-for-one: an order to restart is on its way to the child already, because of a sibling.
        if (failure.RestartsSeen < child.restartsOrdered)
        {
            return;
        }

        var strategy = Options.SupervisorStrategy;
        Directive directive;
        try
        {
            directive = strategy.Decider(failure.Cause);
        }
        catch (Exception e)
        {
            Escalate(failure with { Cause = e });
            return;
        }

        switch (directive)
        {
            case Directive.Resume:
                ResumeChild(failure);
                break;
            case Directive.Restart:
                RestartChild(child, failure.Cause);
                break;
            case Directive.Stop:
                StopAfterFailure(child);
                break;
            default:
                Escalate(failure);
                break;
        }
    }

    private void ResumeChild(SystemMessage.ChildFailed failure)
    {
        if (failure.WhileStarting)
        {
            // There is no instance to go on with; and only a counted restart cannot become an endless loop.
            RestartChild(failure.Child, failure.Cause);
        }
        else
        {
            failure.Child.Order(new SystemMessage.Resume());
        }
    }

    private void RestartChild(ActorCell child, Exception cause)
    {
        var strategy = Options.SupervisorStrategy;
        var counted = strategy.IsAllForOne ? allForOneHistory : child.history;
        if (!counted.TryRestart(strategy, System.Clock, out var wait))
        {
            System.Publish(new KernelEvent.RestartLimitReached(child.Path, cause, counted.Count, strategy.Window));
            StopAfterFailure(child);
            return;
        }

        foreach (var affected in strategy.IsAllForOne ? Children() : [child])
        {
            System.Publish(new KernelEvent.ActorRestarting(affected.Path, cause, counted.Count, wait));
            affected.restartsOrdered++;
            affected.Order(new SystemMessage.Restart(cause, wait));
        }
    }

    private void StopAfterFailure(ActorCell child)
    {
        foreach (var affected in Options.SupervisorStrategy.IsAllForOne ? Children() : [child])
        {
            affected.Order(new SystemMessage.Stop());
        }
    }

    private void Escalate(SystemMessage.ChildFailed failure)
    {
        System.Publish(new KernelEvent.FailureEscalated(Path, failure.Child.Path, failure.Cause));
        escalated.Add(failure);
        if (state != State.Failed)
        {
            Suspend(failure.Cause);
        }
    }
}
