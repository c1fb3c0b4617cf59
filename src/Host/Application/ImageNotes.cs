using System.Collections.Immutable;
using ActorPrune.Nn.Data;

namespace ActorPrune.Host.Application;

/// <summary>What whoever runs a network has to know of the images that it was trained on.</summary>
/// <param name="ClassNames">Of class 0, 1, …; empty where there are more than <see cref="MostClasses"/>.</param>
/// <param name="Mean">Per channel, in units of 0..1: what an image is centred by.</param>
/// <param name="Std">Per channel, in units of 0..1: what it is divided by then.</param>
public sealed record ImageNotes(ImmutableArray<string> ClassNames, ImmutableArray<float> Mean, ImmutableArray<float> Std)
{
    /// <summary>Names of more classes would make every stored configuration large.</summary>
    public const int MostClasses = 10_000;

    public static ImageNotes Of(DataSet set) =>
        new(set.ClassNames.Length <= MostClasses ? set.ClassNames : [], set.Train.Mean, set.Train.Std);

    /// <summary>
    /// Those that the experiment was begun with; else of its data set, where that is here and can be loaded without decoding image
    /// files. Null: not known.
    /// </summary>
    public static ImageNotes? Find(StoredConfiguration stored, string home)
    {
        var spec = stored.Definition.Data;
        if (stored.Beginning.Images is not null || spec.Images is not null)
        {
            return stored.Beginning.Images;
        }

        try
        {
            var set = DataSetRegistry.Load(spec.Name, Preparation.OptionsOf(spec, DataRoot.Again(stored.Settings.Data.Path, home)));
            return set.Hash == spec.Hash ? Of(set) : null;
        }
        catch (DataException)
        {
            return null;
        }
    }
}
