using System.Collections.Immutable;

namespace ActorPrune.Nn.Data;

/// <summary>The data sets that a configuration can name. A new one is a class and a line here.</summary>
public static class DataSetRegistry
{
    public static ImmutableArray<IDataSource> All { get; } =
    [
        new Cifar10(),
        new Cifar100(),
        new Mnist(),
        new FashionMnist(),
        ImageFolder.Own,
        ImageFolder.TinyImageNet,
        ImageFolder.Ilsvrc2012,
        ImageFolder.Places365,
        new Shapes(),
    ];

    /// <exception cref="DataException">There is none of that name; the message lists those that there are.</exception>
    public static IDataSource Find(string name) => All.FirstOrDefault(s => s.Name == name)
        ?? throw new DataException($"No data set is called \"{name}\". There are: {string.Join(", ", All.Select(s => s.Name))}. Set data.name to one of them.");

    /// <summary><see cref="Find"/>, then <see cref="IDataSource.Load"/>.</summary>
    public static DataSet Load(string name, DataSetOptions options, CancellationToken cancellation = default) =>
        Find(name).Load(options, cancellation);
}
