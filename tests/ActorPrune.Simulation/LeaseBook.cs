using ActorPrune.Actors.Journal;

namespace ActorPrune.Simulation;

/// <summary>
/// Who holds what by the rules of leases, kept beside the store from what it answers: a lease is exclusive until it lapses on true time, is
/// given back, or its node is declared dead, and tokens only grow. A straggler has a second lease beside the first. What the store grants
/// or accepts is checked against it.
/// </summary>
/// <param name="now">True time in milliseconds.</param>
/// <param name="broken">Told what is wrong.</param>
internal sealed class LeaseBook<TKey>(Func<long> now, Action<string> broken)
    where TKey : notnull
{
    // The first lease, then the second if there is one; no key without a lease.
    private readonly Dictionary<TKey, Holding[]> holdings = [];
    private long lastToken;

    /// <summary>Leases that ended although their holder had not ended them: taken over after a lapse, or freed.</summary>
    public Dictionary<TKey, int> Interruptions { get; } = [];

    /// <summary>Second leases that were granted.</summary>
    public Dictionary<TKey, int> Seconds { get; } = [];

    public void Granted(TKey key, NodeId node, long token, TimeSpan lease)
    {
        foreach (var held in Of(key))
        {
            Lapse(key, held, node, token);
        }

        holdings[key] = [Grant(key, node, token, lease)];
    }

    /// <summary>A second lease, beside a first that stays good.</summary>
    public void GrantedSecond(TKey key, NodeId node, long token, TimeSpan lease)
    {
        var held = Of(key);
        if (held.Length == 0)
        {
            broken($"{key} was leased to {node} (token {token}) as a second, but nobody holds it");
        }

        foreach (var second in held.Skip(1))
        {
            Lapse(key, second, node, token);
        }

        Seconds[key] = Seconds.GetValueOrDefault(key) + 1;
        holdings[key] = [.. held.Take(1), Grant(key, node, token, lease)];
    }

    public void Renewed(NodeId node, TimeSpan lease)
    {
        foreach (var (key, held) in holdings.ToArray())
        {
            holdings[key] = [.. held.Select(h => h.Node == node ? h with { Until = now() + (long)lease.TotalMilliseconds } : h)];
        }
    }

    /// <summary>The store accepted a write of <paramref name="node"/> under <paramref name="token"/>.</summary>
    public void Accepted(string what, TKey key, NodeId node, long token)
    {
        var held = Of(key);
        if (held.Length == 0)
        {
            broken($"{what} was accepted from {node} under token {token}, but nobody holds {key}");
        }
        else if (!held.Any(h => h.Node == node && h.Token == token))
        {
            var holders = held.Select(h => $"{h.Node} under token {h.Token}");
            broken($"{what} was accepted from {node} under token {token}, but {key} is held by {string.Join(" and ", holders)}");
        }
    }

    /// <summary>A holder is done with it; another goes on.</summary>
    public void Ended(TKey key, NodeId node, long token) => Keep(key, [.. Of(key).Where(h => h.Node != node || h.Token != token)]);

    /// <summary>Nothing is left to be done: all leases end.</summary>
    public void Over(TKey key) => Keep(key, []);

    /// <summary>All that <paramref name="node"/> held under other tokens than <paramref name="except"/> is free.</summary>
    public void Freed(NodeId node, params IEnumerable<long> except)
    {
        foreach (var (key, held) in holdings.ToArray())
        {
            var kept = held.Where(h => h.Node != node || except.Contains(h.Token)).ToArray();
            Interrupted(key, held.Length - kept.Length);
            Keep(key, kept);
        }
    }

    private Holding[] Of(TKey key) => holdings.GetValueOrDefault(key) ?? [];

    private void Keep(TKey key, Holding[] held)
    {
        if (held.Length == 0)
        {
            holdings.Remove(key);
        }
        else
        {
            holdings[key] = held;
        }
    }

    private Holding Grant(TKey key, NodeId node, long token, TimeSpan lease)
    {
        if (token <= lastToken)
        {
            broken($"{key} was leased to {node} under token {token}, but token {lastToken} was given out before");
        }

        lastToken = Math.Max(lastToken, token);
        return new Holding(node, token, now() + (long)lease.TotalMilliseconds);
    }

    /// <summary>The lease must have lapsed, since it gives way to another.</summary>
    private void Lapse(TKey key, Holding held, NodeId node, long token)
    {
        if (held.Until > now())
        {
            broken($"{key} was leased to {node} (token {token}), but {held.Node} holds it under token {held.Token} for another "
                + $"{held.Until - now()} ms");
        }

        Interrupted(key, 1);
    }

    private void Interrupted(TKey key, int leases)
    {
        if (leases > 0)
        {
            Interruptions[key] = Interruptions.GetValueOrDefault(key) + leases;
        }
    }

    private readonly record struct Holding(NodeId Node, long Token, long Until);
}
