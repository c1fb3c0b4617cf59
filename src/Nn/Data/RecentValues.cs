namespace ActorPrune.Nn.Data;

/// <summary>
/// Values that take long to make, each made once, by whoever asks first, and kept while it is among those that were asked for last: a process
/// that serves one experiment after the other must not keep what all of them needed. A failure is not kept: want of memory or of a store
/// passes, files may come. Safe for several threads.
/// </summary>
/// <param name="most">How many are kept, at least 1.</param>
public sealed class RecentValues<TKey, TValue>(int most)
    where TKey : notnull
{
    private readonly Lock gate = new();
    private readonly Dictionary<TKey, LinkedListNode<Entry>> places = [];

    /// <summary>The one that was asked for last comes first.</summary>
    private readonly LinkedList<Entry> entries = new();

    /// <summary>The value of <paramref name="key"/>; <paramref name="make"/> must give equal values for equal keys.</summary>
    public TValue Get(TKey key, Func<TValue> make)
    {
        var entry = Find(key, make);
        try
        {
            return entry.Value.Value;
        }
        catch
        {
            Forget(key, entry);
            throw;
        }
    }

    /// <summary>Has it made anew at the next call.</summary>
    public void Forget(TKey key) => Forget(key, null);

    private Entry Find(TKey key, Func<TValue> make)
    {
        lock (gate)
        {
            if (places.TryGetValue(key, out var place))
            {
                entries.Remove(place);
            }
            else
            {
                places.Add(key, place = new LinkedListNode<Entry>(new Entry(key, new Lazy<TValue>(make))));
            }

            entries.AddFirst(place);
            while (entries.Count > most)
            {
                places.Remove(entries.Last!.Value.Key);
                entries.RemoveLast();
            }

            return place.Value;
        }
    }

    private void Forget(TKey key, Entry? only)
    {
        lock (gate)
        {
            if (places.TryGetValue(key, out var place) && (only is null || place.Value == only))
            {
                places.Remove(key);
                entries.Remove(place);
            }
        }
    }

    private sealed class Entry(TKey key, Lazy<TValue> value)
    {
        public TKey Key => key;

        public Lazy<TValue> Value => value;
    }
}
