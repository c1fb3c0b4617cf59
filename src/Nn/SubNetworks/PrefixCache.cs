namespace ActorPrune.Nn.SubNetworks;

/// <summary>
/// What networks hand into their sub-networks, kept for all evaluators of a process: each batch is computed by whoever wants it first. Up
/// to <paramref name="limit"/> bytes, weights included: where settings are wanted that do not fit beside each other, those that nobody is
/// in go, the one that was used longest ago first, and batches that do not fit at all are computed again each time. So the limit costs time
/// and never changes a result. Safe for several threads.
/// </summary>
internal sealed class PrefixCache(long limit)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Entry> entries = new(StringComparer.Ordinal);
    private long uses;

    /// <summary>Bytes that are kept, or spoken for.</summary>
    public long Bytes
    {
        get
        {
            lock (gate)
            {
                return entries.Values.Sum(e => e.Bytes);
            }
        }
    }

    /// <summary>The setting of that key, made by the first who asks. It stays until the caller disposes of the place.</summary>
    /// <param name="key">Of all that determines the values.</param>
    public Place Enter(string key, Func<SubNetworkSetting> make)
    {
        Entry entry;
        lock (gate)
        {
            if (!entries.TryGetValue(key, out entry!))
            {
                entries.Add(key, entry = new Entry(new Lazy<SubNetworkSetting>(make)));
            }

            entry.Users++;
            entry.LastUse = ++uses;
        }

        try
        {
            var setting = entry.Setting.Value;
            lock (gate)
            {
                MakeRoom(entry, setting);
            }

            return new Place(this, entry, setting);
        }
        catch
        {
            // Want of memory passes: the next attempt makes it again.
            Leave(entry);
            lock (gate)
            {
                if (entries.TryGetValue(key, out var known) && known == entry)
                {
                    entries.Remove(key);
                }
            }

            throw;
        }
    }

    /// <summary>Frees what nobody is in.</summary>
    public void Clear()
    {
        lock (gate)
        {
            foreach (var (key, entry) in entries.Where(e => e.Value.Users == 0).ToList())
            {
                entry.Free();
                entries.Remove(key);
            }
        }
    }

    /// <summary>Decides how many batches of a setting are kept: as many as fit beside those that others use now. It only ever becomes
    /// more.</summary>
    private void MakeRoom(Entry entry, SubNetworkSetting setting)
    {
        entry.BatchBytes = setting.BatchBytes;
        entry.OwnBytes = setting.WeightBytes;
        var wanted = entry.OwnBytes + (entry.BatchBytes * setting.Batches);
        var others = entries.Where(e => e.Value != entry).ToList();
        foreach (var idle in others.Where(e => e.Value.Users == 0).OrderBy(e => e.Value.LastUse))
        {
            if (others.Sum(e => e.Value.Bytes) + wanted <= limit)
            {
                break;
            }

            idle.Value.Free();
            entries.Remove(idle.Key);
            others.Remove(idle);
        }

        var room = limit - others.Sum(e => e.Value.Bytes) - entry.OwnBytes;
        entry.Kept = Math.Max(entry.Kept, (int)Math.Clamp(room / Math.Max(1, entry.BatchBytes), 0, setting.Batches));
    }

    private void Leave(Entry entry)
    {
        lock (gate)
        {
            entry.Users--;
        }
    }

    /// <summary>One user's hold on a setting. Belongs to one thread.</summary>
    internal sealed class Place : IDisposable
    {
        private readonly PrefixCache cache;
        private readonly Entry entry;
        private PrefixRun? run;
        private bool left;

        internal Place(PrefixCache cache, Entry entry, SubNetworkSetting setting) =>
            (this.cache, this.entry, Setting) = (cache, entry, setting);

        public SubNetworkSetting Setting { get; }

        /// <summary>Lends the values of a batch to <paramref name="use"/>.</summary>
        public void With(int batch, Action<PrefixValues> use)
        {
            if (Kept(batch) is { } kept)
            {
                use(Value(batch, kept));
                return;
            }

            using var values = Compute(batch);
            use(values);
        }

        public void Dispose()
        {
            if (!left)
            {
                left = true;
                run?.Dispose();
                cache.Leave(entry);
            }
        }

        private Lazy<PrefixValues>? Kept(int batch)
        {
            lock (cache.gate)
            {
                if (batch >= entry.Kept)
                {
                    return null;
                }

                if (!entry.Batches.TryGetValue(batch, out var values))
                {
                    entry.Batches.Add(batch, values = new Lazy<PrefixValues>(() => Compute(batch)));
                }

                return values;
            }
        }

        private PrefixValues Value(int batch, Lazy<PrefixValues> kept)
        {
            try
            {
                return kept.Value;
            }
            catch
            {
                // A Lazy remembers its failure; the next attempt must not.
                lock (cache.gate)
                {
                    if (entry.Batches.TryGetValue(batch, out var known) && known == kept)
                    {
                        entry.Batches.Remove(batch);
                    }
                }

                throw;
            }
        }

        private PrefixValues Compute(int batch) => (run ??= Setting.OpenPrefix()).Compute(batch);
    }

    /// <summary>Guarded by the cache's lock, but for what the Lazy values compute.</summary>
    internal sealed class Entry(Lazy<SubNetworkSetting> setting)
    {
        public Lazy<SubNetworkSetting> Setting => setting;

        public Dictionary<int, Lazy<PrefixValues>> Batches { get; } = [];

        public int Users { get; set; }

        public long LastUse { get; set; }

        public long OwnBytes { get; set; }

        public long BatchBytes { get; set; }

        /// <summary>Batches below this number are kept.</summary>
        public int Kept { get; set; }

        public long Bytes => OwnBytes + (BatchBytes * Kept);

        public void Free()
        {
            foreach (var values in Batches.Values.Where(v => v.IsValueCreated))
            {
                values.Value.Dispose();
            }

            Batches.Clear();
        }
    }
}
