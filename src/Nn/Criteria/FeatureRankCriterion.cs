namespace ActorPrune.Nn.Criteria;

/// <summary>
/// Mean rank of a filter's feature maps over images: a map of low rank says little (Lin, Ji, Wang, Zhang, Zhang, Tian, Shao: HRank,
/// Filter Pruning using High-Rank Feature Map, CVPR 2020, section 3.2). As in the authors' code the maps are taken behind the activation,
/// and behind the residual sum where the filter feeds one. A linear layer's map is a single number: its rank is 1 where it is not zero.
/// </summary>
public sealed class FeatureRankCriterion : Criterion
{
    public override string Name => "hrank";

    public override CriterionNeeds Needs => CriterionNeeds.FeatureMaps;

    public override double[] Score(FilterBank filters)
    {
        var maps = filters.Maps ?? throw Lacking(filters);
        var (images, count) = ((int)maps.Shape[0], (int)maps.Shape[1]);
        if (count != filters.Count || images < 1)
        {
            throw new ArgumentException(
                $"Layer '{filters.Layer}' has {filters.Count} filters, but {images} × {count} maps.", nameof(filters));
        }

        var (rows, columns) = maps.Shape.Length == 4 ? ((int)maps.Shape[2], (int)maps.Shape[3]) : (1, 1);
        var area = rows * columns;
        var scores = new double[count];
        for (var i = 0; i < images * count; i++)
        {
            scores[i % count] += MatrixRank.Of(maps.Floats.Slice(i * area, area), rows, columns);
        }

        return Array.ConvertAll(scores, s => s / images);
    }
}
