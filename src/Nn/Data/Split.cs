using System.Collections.Immutable;
using ActorPrune.Genetics.Random;

namespace ActorPrune.Nn.Data;

/// <summary>
/// A training set cut in two: what networks learn from, and what searches judge them by. Stratified: both parts have the classes in the
/// whole's proportions, to within a few images. Indices refer to the whole.
/// </summary>
/// <param name="Train">Images to learn from, in ascending order.</param>
/// <param name="Validation">
/// Images to judge by; none of them is in <paramref name="Train"/>. Any first stretch has the classes' proportions, too.
/// </param>
public sealed record Split(ImmutableArray<int> Train, ImmutableArray<int> Validation)
{
    /// <summary>
    /// Cuts the images with these labels. The result depends on the labels and the settings alone. With equal seeds, a smaller validation
    /// set or limit chooses among the images that the larger one chose.
    /// </summary>
    /// <exception cref="DataException">There are too few images for the settings, or a setting is out of range.</exception>
    public static Split Of(ReadOnlySpan<int> labels, SplitSettings settings)
    {
        var validation = ValidationCount(labels.Length, settings);
        var rest = labels.Length - validation;
        var train = settings.TrainLimit ?? rest;
        if (train < 1)
        {
            throw new DataException($"data.train-limit = {train}: expected at least 1.");
        }

        if (train > rest)
        {
            throw new DataException(
                $"data.train-limit = {train:N0}, but only {rest:N0} of the {labels.Length:N0} training images are left after {validation:N0} were set aside "
                + "for validation. Lower data.train-limit or data.validation.");
        }

        var order = Order(labels, settings.Seed);
        return new Split(Ascending(order.AsSpan(validation, train)), [.. order.AsSpan(0, validation)]);
    }

    /// <summary>Cuts <paramref name="whole"/> and copies the parts.</summary>
    /// <exception cref="DataException">As above.</exception>
    public static (ImageSet Train, ImageSet Validation) Cut(ImageSet whole, SplitSettings settings)
    {
        var split = Of(whole.Labels.Span, settings);
        return (whole.Subset(split.Train.AsSpan()), whole.Subset(split.Validation.AsSpan()));
    }

    private static int ValidationCount(int images, SplitSettings settings)
    {
        if (settings.ValidationCount is { } count)
        {
            return count >= 1 && count < images
                ? count
                : throw new DataException(
                    $"data.validation = {count:N0} images of a training set of {images:N0}: "
                    + $"expected 1 to {Math.Max(1, images - 1):N0}, so that both parts have one.");
        }

        var fraction = settings.ValidationFraction;
        if (!(fraction > 0 && fraction < 1))
        {
            throw new DataException($"data.validation = {fraction}: expected a fraction above 0 and below 1, or a number of images.");
        }

        var rounded = (int)Math.Round(fraction * images, MidpointRounding.AwayFromZero);
        return rounded >= 1 && rounded < images
            ? rounded
            : throw new DataException(
                $"data.validation = {fraction} of a training set of {images:N0} images is {rounded:N0}, which leaves {images - rounded:N0} to learn from: "
                + "both parts need at least one. Use more images or another fraction.");
    }

    /// <summary>
    /// All indices in a random order of which every stretch has the whole's proportions: each class is shuffled, then its k-th of n images
    /// takes the place (k + ½) / n. Ties go to the lower class.
    /// </summary>
    private static int[] Order(ReadOnlySpan<int> labels, long seed)
    {
        var classes = new SortedDictionary<int, List<int>>();
        for (var i = 0; i < labels.Length; i++)
        {
            if (!classes.TryGetValue(labels[i], out var members))
            {
                classes[labels[i]] = members = [];
            }

            members.Add(i);
        }

        var places = new List<Place>(labels.Length);
        foreach (var (label, members) in classes)
        {
            CounterRandom.For(seed, "data", 0, label, "split").Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(members));
            places.AddRange(members.Select((index, k) => new Place((2L * k) + 1, members.Count, label, index)));
        }

        places.Sort();
        return [.. places.Select(p => p.Index)];
    }

    private static ImmutableArray<int> Ascending(ReadOnlySpan<int> indices)
    {
        var sorted = indices.ToArray();
        Array.Sort(sorted);
        return [.. sorted];
    }

    /// <summary>The fraction Odd / (2·Of), compared exactly: no two machines may round a tie differently.</summary>
    private readonly record struct Place(long Odd, long Of, int Label, int Index) : IComparable<Place>
    {
        public int CompareTo(Place other)
        {
            var order = (Odd * other.Of).CompareTo(other.Odd * Of);
            return order != 0 ? order : Label.CompareTo(other.Label);
        }
    }
}
