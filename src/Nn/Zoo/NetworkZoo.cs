using System.Collections.Immutable;
using ActorPrune.Nn.Graph;

namespace ActorPrune.Nn.Zoo;

/// <summary>The networks that can be asked for by name.</summary>
public static class NetworkZoo
{
    /// <summary>A network of the zoo.</summary>
    /// <param name="Name">As it is asked for.</param>
    /// <param name="MinimumSide">Smallest image height and width.</param>
    private sealed record Entry(string Name, int MinimumSide, Func<string, NetworkOptions, NetworkGraph> Build);

    private static readonly ImmutableArray<Entry> Entries =
    [
        .. CifarResNet.Depths.Select(depth => new Entry($"resnet{depth}", CifarResNet.MinimumSide, (name, o) => CifarResNet.Build(name, depth, o))),
        .. Vgg.Depths.Select(depth => new Entry($"vgg{depth}", Vgg.MinimumSide, (name, o) => Vgg.Build(name, depth, o))),
        .. Vgg.Depths.Select(depth => new Entry(
            $"vgg{depth}-fc512", Vgg.MinimumSide, (name, o) => Vgg.Build(name, depth, o with { Head = HeadKind.Hidden512 }))),
        .. DenseNet.Variants.Select(v => new Entry(v.Name, DenseNet.MinimumSide, (name, o) => DenseNet.Build(name, v, o))),
        .. ImageNetResNet.Variants.Select(v => new Entry(v.Name, ImageNetResNet.MinimumSide, (name, o) => ImageNetResNet.Build(name, v, o))),
        new Entry("mobilenetv2", MobileNetV2.MinimumSide, MobileNetV2.Build),
        new Entry(MobileNetV2.CifarName, MobileNetV2.CifarMinimumSide, MobileNetV2.Build),
    ];

    private static readonly Dictionary<string, Entry> ByName = Entries.ToDictionary(e => e.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>All names, in the order in which to list them.</summary>
    public static ImmutableArray<string> Names { get; } = [.. Entries.Select(e => e.Name)];

    /// <summary>Builds the network <paramref name="name"/>; upper and lower case are the same.</summary>
    /// <exception cref="ArgumentException">No such network (the message lists the nearest), or options that it cannot be built
    /// with.</exception>
    public static NetworkGraph Create(string name, NetworkOptions options)
    {
        if (!ByName.TryGetValue(name, out var entry))
        {
            var nearest = Names.Where(n => Distance(n, name.ToLowerInvariant()) <= 2).ToArray();
            var hint = nearest.Length > 0 ? $" Did you mean {string.Join(" or ", nearest)}?" : "";
            throw new ArgumentException($"There is no network '{name}' in the zoo.{hint} Known are {string.Join(", ", Names)}.", nameof(name));
        }

        if (options.Height < entry.MinimumSide || options.Width < entry.MinimumSide)
        {
            throw new ArgumentException(
                $"Network '{entry.Name}' needs images of at least {entry.MinimumSide}×{entry.MinimumSide} pixels, not {options.Height}×{options.Width}.",
                nameof(options));
        }

        if (options.Classes < 1 || options.InputChannels < 1 || !(options.WidthMultiplier > 0 && options.WidthMultiplier <= 16))
        {
            throw new ArgumentException(
                $"Network '{entry.Name}' needs at least one class and one input channel, and a width multiplier above 0 and up to 16; " +
                $"found {options.Classes} classes, {options.InputChannels} input channels, width multiplier {options.WidthMultiplier}.",
                nameof(options));
        }

        try
        {
            return entry.Build(entry.Name, options);
        }
        catch (GraphException exception)
        {
            throw new ArgumentException($"Network '{entry.Name}' cannot be built with these options: {exception.Message}", nameof(options), exception);
        }
    }

    /// <summary>Edits between two names (Levenshtein 1966); names longer than 64 characters are taken as far away.</summary>
    private static int Distance(string a, string b)
    {
        if (b.Length > 64)
        {
            return int.MaxValue;
        }

        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(change, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
