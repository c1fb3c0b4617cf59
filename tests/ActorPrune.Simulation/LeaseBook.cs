using ActorPrune.Actors.Journal;

namespace ActorPrune.Simulation;

/// <summary>
/// Who holds what by the rules of leases, kept beside the store from what it answers: a lease is exclusive until it lapses on true time, is
/// given back, or its node is declared dead, and tokens only grow. What the store grants or accepts is checked against it.
/// </summary>
/// <param name="now">True time in milliseconds.</param>
/// <param name="broken">Told what is wrong.</param>
internal sealed class LeaseBook<TKey>(Func<long> now, Action<string> broken)
    where TKey : notnull
{
    private readonly Dictionary<TKey, Holding> holdings = [];
    private long lastToken;

    /// <summary>Leases that ended although their holder had not ended them: taken over after a lapse, or freed.</summary>
    public Dictionary<TKey, int> Interruptions { get; } = [];

    public void Granted(TKey key, NodeId node, long token, TimeSpan lease)
    {
        if (holdings.TryGetValue(key, out var held))
        {
            if (held.Until > now())
            {
                broken($"{key} was leased to {node} (token {token}), but {held.Node} holds it under token {held.Token} for another "
                    + $"{held.Until - now()} ms");
            }

            Interrupted(key);
        }

        if (token <= lastToken)
        {
            broken($"{key} was leased to {node} under token {token}, but token {lastToken} was given out before");
        }

        lastToken = Math.Max(lastToken, token);
        holdings[key] = new Holding(node, token, now() + (long)lease.TotalMilliseconds);
    }

    public void Renewed(NodeId node, TimeSpan lease)
    {
        foreach (var (key, held) in holdings.Where(h => h.Value.Node == node).ToArray())
        {
            holdings[key] = held with { Until = now() + (long)lease.TotalMilliseconds };
        }
    }

    /// <summary>The store accepted a write of <paramref name="node"/> under <paramref name="token"/>.</summary>
    public void Accepted(string what, TKey key, NodeId node, long token)
    {
        if (!holdings.TryGetValue(key, out var held))
        {
            broken($"{what} was accepted from {node} under token {token}, but nobody holds {key}");
        }
        else if (held.Node != node || held.Token != token)
        {
            broken($"{what} was accepted from {node} under token {token}, but {key} is held by {held.Node} under token {held.Token}");
        }
    }

    /// <summary>Its holder is done with it.</summary>
    public void Ended(TKey key, NodeId node, long token)
    {
        if (holdings.TryGetValue(key, out var held) && held.Node == node && held.Token == token)
        {
            holdings.Remove(key);
        }
    }

    /// <summary>All that <paramref name="node"/> held under other tokens than <paramref name="except"/> is free.</summary>
    public void Freed(NodeId node, params IEnumerable<long> except)
    {
        foreach (var (key, _) in holdings.Where(h => h.Value.Node == node && !except.Contains(h.Value.Token)).ToArray())
        {
            holdings.Remove(key);
            Interrupted(key);
        }
    }

    private void Interrupted(TKey key) => Interruptions[key] = Interruptions.GetValueOrDefault(key) + 1;

    private readonly record struct Holding(NodeId Node, long Token, long Until);
}
