using ActorPrune.Nn.Data;
using ActorPrune.Nn.Torch;

namespace ActorPrune.Nn.Training;

/// <summary>Counts a network's wrong answers.</summary>
public static class ErrorMeter
{
    private const int Batch = 250;

    /// <summary>
    /// Fraction of the images whose largest logit is not their label's; an output with NaN is wrong. Evaluation mode, no gradients.
    /// </summary>
    /// <exception cref="OperationCanceledException">Between two batches.</exception>
    public static double Measure(NetworkModule module, ImageSet images, CancellationToken cancellation = default) =>
        Measure(module, new Batches(images), cancellation);

    internal static double Measure(NetworkModule module, Batches batches, CancellationToken cancellation) =>
        CountWrong(module, batches, 0, 1, cancellation) / (double)batches.Images.Count;

    /// <summary>
    /// Wrong answers in every <paramref name="stride"/>-th batch from the batch <paramref name="first"/>, for sharing a set out.
    /// </summary>
    internal static long CountWrong(NetworkModule module, Batches batches, int first, int stride, CancellationToken cancellation)
    {
        var count = batches.Images.Count;
        if (count == 0)
        {
            throw new ArgumentException("An error cannot be measured on an empty set of images.");
        }

        using var mode = torch.no_grad();
        var wrong = 0L;
        for (var start = first * Batch; start < count; start += stride * Batch)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = torch.NewDisposeScope();
            var part = Enumerable.Range(start, Math.Min(Batch, count - start)).ToArray();
            var images = batches.Make(part, [], 0, 0, module.InputType, module.Options.Device);
            if (batches.ReadsAhead && start + (stride * Batch) is var next && next < count)
            {
                batches.Announce([.. Enumerable.Range(next, Math.Min(Batch, count - next))]);
            }

            var logits = module.Forward(images, training: false);
            var missed = Native.ap_count_wrong(logits.Handle, batches.Labels(part, Device.Cpu).Handle);
            wrong += missed >= 0 ? missed : throw Native.Failure();
        }

        return wrong;
    }
}
