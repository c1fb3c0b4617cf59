using ActorPrune.Nn.Coupling;
using ActorPrune.Nn.Pruning;

namespace ActorPrune.Nn.Cost;

/// <summary>What a plan would cost, without weights: for searches that ask thousands of times.</summary>
public static class PlanCost
{
    /// <summary>The cost of the network that <see cref="Surgery.Apply"/> would make.</summary>
    /// <exception cref="ArgumentException">The plan belongs to another network.</exception>
    public static NetworkCost Of(ChannelCoupling coupling, PruningPlan plan, CostConvention convention) =>
        CostModel.Of(Surgery.Apply(coupling, plan), convention);
}
