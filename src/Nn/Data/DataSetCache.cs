using System.Collections.Concurrent;

namespace ActorPrune.Nn.Data;

/// <summary>
/// Loads each data set once for all evaluators of a process: they share its memory, which nobody writes to. Holds what it loaded until it
/// is let go of itself. Safe for use from several threads.
/// </summary>
/// <param name="indexDirectory">See <see cref="DataSetOptions.IndexDirectory"/>.</param>
public sealed class DataSetCache(string indexDirectory = "")
{
    private readonly ConcurrentDictionary<(string Name, DataSetOptions Options), Lazy<DataSet>> loaded = new();

    /// <summary>
    /// The data set, loaded at the first call, by its memory limit and allowance for bad images; a failed load is tried again at the next.
    /// </summary>
    /// <exception cref="DataException">As <see cref="DataSetRegistry.Load"/>.</exception>
    public DataSet Get(string name, DataSetOptions options)
    {
        var key = (name, options.Identity);
        var entry = loaded.GetOrAdd(key, _ => new Lazy<DataSet>(() => DataSetRegistry.Load(name, options with { IndexDirectory = indexDirectory })));
        try
        {
            return entry.Value;
        }
        catch
        {
            loaded.TryRemove(KeyValuePair.Create(key, entry));
            throw;
        }
    }

    /// <summary>Has the data set loaded anew at the next call.</summary>
    public void Forget(string name, DataSetOptions options) => loaded.TryRemove((name, options.Identity), out _);
}
