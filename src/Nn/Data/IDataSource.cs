namespace ActorPrune.Nn.Data;

/// <summary>A kind of data set that can be loaded by name: an entry of <see cref="DataSetRegistry"/>.</summary>
public interface IDataSource
{
    /// <summary>The name in a configuration: lower case.</summary>
    string Name { get; }

    /// <summary>One line for people.</summary>
    string Summary { get; }

    /// <summary>What is known before any file is read; null where only the files tell.</summary>
    ImageShape? Shape { get; }

    /// <summary>Loads (or draws) the whole data set, and checks all of it. No network access.</summary>
    /// <exception cref="DataException">It cannot be used; the message says why and what to do.</exception>
    DataSet Load(DataSetOptions options, CancellationToken cancellation = default);

    /// <summary>One line on what is there; looks no closer than is quick.</summary>
    /// <exception cref="DataException">It is not there, or cannot be used.</exception>
    string Describe(DataSetOptions options)
    {
        var loaded = Load(options);
        return $"{loaded.Train.Count} + {loaded.Test.Count} images, content {loaded.Hash[..12]}";
    }
}
