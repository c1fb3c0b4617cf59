namespace ActorPrune.Nn.Data;

/// <summary>
/// Loads each data set once for all evaluators of a process: they share its memory, which nobody writes to. Holds those that were asked for
/// last. Safe for use from several threads.
/// </summary>
/// <param name="indexDirectory">See <see cref="DataSetOptions.IndexDirectory"/>.</param>
public sealed class DataSetCache(string indexDirectory = "")
{
    private const int Most = 4;

    private readonly RecentValues<(string Name, DataSetOptions Options), DataSet> loaded = new(Most);

    /// <summary>
    /// The data set, loaded at the first call, by its memory limit and allowance for bad images; a failed load is tried again at the next.
    /// </summary>
    /// <exception cref="DataException">As <see cref="DataSetRegistry.Load"/>.</exception>
    public DataSet Get(string name, DataSetOptions options) => loaded.Get(
        (name, options.Identity), () => DataSetRegistry.Load(name, options with { IndexDirectory = indexDirectory }));

    /// <summary>Has the data set loaded anew at the next call.</summary>
    public void Forget(string name, DataSetOptions options) => loaded.Forget((name, options.Identity));
}
