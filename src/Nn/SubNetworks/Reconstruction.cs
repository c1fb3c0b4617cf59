using ActorPrune.Genetics.Genomes;
using ActorPrune.Nn.Torch;

namespace ActorPrune.Nn.SubNetworks;

/// <summary>
/// How well a pruned sub-network does what the unpruned one does: for each of its outputs ‖y′ − y‖ / ‖y‖ over all images, y
/// being the values of the unpruned one, and of these the mean. 0 is perfect. Values are those of the first layers behind the pruned ones
/// before their normalisation, so no activation hides an error; batch norms inside keep their running statistics. Sums are taken in float32
/// for a batch and in float64 over batches, one batch after the other, on one thread.
/// </summary>
internal static class Reconstruction
{
    /// <summary>Mean relative error of the sub-network with these units, and the weights that it holds.</summary>
    /// <exception cref="ArgumentException">See <see cref="SubNetworkSetting.Candidate"/>.</exception>
    /// <exception cref="OperationCanceledException">Between two batches.</exception>
    public static (double Error, long Params) Measure(PrefixCache.Place place, BitString filters, CancellationToken cancellation)
    {
        using var mode = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var (module, parameters) = place.Setting.Candidate(filters);
        using var owned = module;
        var outputs = place.Setting.Span.Outputs.Length;
        var (differences, squares) = (new double[outputs], new double[outputs]);
        for (var batch = 0; batch < place.Setting.Batches; batch++)
        {
            cancellation.ThrowIfCancellationRequested();
            place.With(batch, values =>
            {
                using var inner = torch.NewDisposeScope();
                var found = module.Evaluate(values.Inputs.AsSpan());
                for (var i = 0; i < outputs; i++)
                {
                    differences[i] += Square(Float(found[i]) - Float(values.Outputs[i]));
                    squares[i] += values.Squares[i];
                }
            });
        }

        return (Enumerable.Range(0, outputs).Average(i => Relative(differences[i], squares[i])), parameters);
    }

    /// <summary>The sum of squares. Its intermediate values belong to the current scope.</summary>
    public static double Square(Tensor x)
    {
        var values = Float(x);
        return (values * values).sum().item();
    }

    /// <summary>Against an output that is zero for every image any difference is a complete one.</summary>
    private static double Relative(double difference, double square) => square > 0 ? Math.Sqrt(difference / square) : difference == 0 ? 0
        : 1;

    private static Tensor Float(Tensor x) => x.dtype == ScalarType.Float32 ? x : x.to(ScalarType.Float32);
}
