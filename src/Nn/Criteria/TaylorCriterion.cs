using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Criteria;

/// <summary>
/// Squared first-order change of the loss when a filter's output is set to zero (Molchanov, Mallya, Tyree, Frosio, Kautz: Importance
/// Estimation for Neural Network Pruning, CVPR 2019, equation 8 and section 3.2: "Taylor FO" on a gate behind batch normalisation). The
/// gate z = 1 multiplies what the filter puts out: ∂E/∂z is γ·∂E/∂γ + β·∂E/∂β where a batch normalisation reads the
/// layer, and Σ w·∂E/∂w + b·∂E/∂b over the filter's own parameters where none does. Squared for each batch, then averaged, as in
/// the paper.
/// </summary>
/// <remarks>
/// Our choice: batch normalisation uses its running statistics. With those of the batch the sum over the filter's own weights would be
/// zero whatever the filter, since normalisation takes out its scale.
/// </remarks>
public sealed class TaylorCriterion : Criterion
{
    public override string Name => "taylor";

    public override CriterionNeeds Needs => CriterionNeeds.Gradients;

    public override double[] Score(FilterBank filters)
    {
        var gradients = filters.Gradients ?? throw Lacking(filters);
        var scores = new double[filters.Count];
        for (var i = 0; i < scores.Length; i++)
        {
            var gate = filters.Scale is { } scale
                ? Product(scale, gradients.Scale, i) + Product(filters.Shift, gradients.Shift, i)
                : Sum(filters[i], gradients[i]) + Product(filters.Bias, gradients.Bias, i);
            scores[i] = gate * gate;
        }

        return scores;
    }

    private static double Product(TensorData? value, TensorData? gradient, int filter) =>
        value is { } v && gradient is { } g ? (double)v.Floats[filter] * g.Floats[filter] : 0;

    private static double Sum(ReadOnlySpan<float> values, ReadOnlySpan<float> gradients)
    {
        var sum = 0.0;
        for (var i = 0; i < values.Length; i++)
        {
            sum += (double)values[i] * gradients[i];
        }

        return sum;
    }
}
