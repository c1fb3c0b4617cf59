using ActorPrune.Nn.Formats;
using ActorPrune.Nn.Training;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ActorPrune.Nn.Tests.Formats;

/// <summary>ONNX Runtime: a reader and an arithmetic that share nothing with ours.</summary>
internal static class OtherRuntime
{
    /// <summary>Logits (N×classes) of images (N×C×H×W).</summary>
    public static float[] Run(byte[] onnx, TensorData images)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        using var session = new InferenceSession(onnx, options);
        var input = new DenseTensor<float>(images.Floats.ToArray(), [.. images.Shape.Select(s => (int)s)]);
        using var results = session.Run([NamedOnnxValue.CreateFromTensor(session.InputMetadata.Keys.Single(), input)]);
        return results.Single().AsTensor<float>().ToArray();
    }

    /// <summary>That it gives the outputs of <paramref name="proof"/>, for all images at once and for the first alone.</summary>
    public static void ShouldAgree(byte[] onnx, ExportProof proof)
    {
        var expected = proof.Outputs.Floats.ToArray();
        Differ(expected, Run(onnx, proof.Images)).ShouldBeLessThan(proof.Format.Tolerance * proof.Largest);
        var classes = expected.Length / (int)proof.Images.Shape[0];
        var pixels = (int)(proof.Images.Count / proof.Images.Shape[0]);
        var first = TensorData.Of([1, .. proof.Images.Shape.Skip(1)], proof.Images.Floats[..pixels]);
        Differ(expected[..classes], Run(onnx, first)).ShouldBeLessThan(proof.Format.Tolerance * proof.Largest);
    }

    private static double Differ(float[] expected, float[] found)
    {
        found.Length.ShouldBe(expected.Length);
        return expected.Zip(found, (a, b) => Math.Abs((double)a - b)).Max();
    }
}
