using System.Runtime.InteropServices;

namespace ActorPrune.Nn.Torch;

#pragma warning disable CA1707, CA1708, CA1724, CA1034, CS8981, IDE1006 // the names are PyTorch's and TorchSharp's

/// <summary>PyTorch's functions under PyTorch's names. Every tensor made belongs to the innermost scope of the calling thread.</summary>
public static unsafe class torch
{
    /// <summary>Opens a scope that owns all tensors made on this thread until it is disposed of.</summary>
    public static DisposeScope NewDisposeScope() => new();

    /// <summary>Switches autograd off on this thread until disposed of.</summary>
    public static GradMode no_grad() => new(false);

    /// <summary>Intra-op threads of the calling thread alone; a thread starts with 1.</summary>
    public static void set_num_threads(int threads) => Native.Check(Native.ap_set_num_threads(threads));

    public static int get_num_threads() => Native.ap_get_num_threads();

    public static Tensor zeros(ReadOnlySpan<long> shape, ScalarType dtype = ScalarType.Float32, Device? device = null) => full(shape, 0, dtype, device);

    public static Tensor ones(ReadOnlySpan<long> shape, ScalarType dtype = ScalarType.Float32, Device? device = null) => full(shape, 1, dtype, device);

    public static Tensor full(ReadOnlySpan<long> shape, double value, ScalarType dtype = ScalarType.Float32, Device? device = null)
    {
        fixed (long* sizes = shape)
        {
            return new Tensor(Native.ap_full(value, sizes, shape.Length, (int)dtype, (device ?? Device.Cpu).Index));
        }
    }

    /// <summary>Row-major values, copied.</summary>
    public static Tensor tensor(ReadOnlySpan<float> values, ReadOnlySpan<long> shape, Device? device = null) =>
        frombuffer(MemoryMarshal.AsBytes(values), ScalarType.Float32, shape, device);

    /// <summary>Row-major values, copied.</summary>
    public static Tensor tensor(ReadOnlySpan<long> values, ReadOnlySpan<long> shape, Device? device = null) =>
        frombuffer(MemoryMarshal.AsBytes(values), ScalarType.Int64, shape, device);

    /// <summary>Row-major bytes, copied.</summary>
    /// <exception cref="TorchException">Their number does not fit the shape and type.</exception>
    public static Tensor frombuffer(ReadOnlySpan<byte> bytes, ScalarType dtype, ReadOnlySpan<long> shape, Device? device = null)
    {
        fixed (byte* data = bytes)
        fixed (long* sizes = shape)
        {
            return new Tensor(Native.ap_from_bytes(data, bytes.Length, sizes, shape.Length, (int)dtype, (device ?? Device.Cpu).Index));
        }
    }

    public static Tensor cat(ReadOnlySpan<Tensor> tensors, int dimension)
    {
        var handles = new nint[tensors.Length];
        for (var i = 0; i < handles.Length; i++)
        {
            handles[i] = tensors[i].Handle;
        }

        fixed (nint* list = handles)
        {
            return new Tensor(Native.ap_cat(list, handles.Length, dimension));
        }
    }

    public static Tensor flatten(Tensor x) => new(Native.ap_flatten(x.Handle));

    /// <summary>Autograd as it is until disposed of; then as it was.</summary>
    public readonly ref struct GradMode
    {
        private readonly int before;

        internal GradMode(bool enabled) => before = Native.ap_set_grad_enabled(enabled ? 1 : 0);

        public void Dispose() => _ = Native.ap_set_grad_enabled(before);
    }

    public static class nn
    {
        public static class functional
        {
            /// <summary>x: N×C×H×W; weight: Out×(C/groups)×K×K.</summary>
            public static Tensor conv2d(Tensor x, Tensor weight, Tensor? bias = null, int stride = 1, int padding = 0, int groups = 1) =>
                new(Native.ap_conv2d(x.Handle, weight.Handle, bias?.Handle ?? 0, stride, padding, groups));

            /// <summary>x: N×In; weight: Out×In.</summary>
            public static Tensor linear(Tensor x, Tensor weight, Tensor? bias = null) => new(Native.ap_linear(x.Handle, weight.Handle, bias?.Handle ?? 0));

            /// <summary>In training, updates <paramref name="mean"/> and <paramref name="variance"/> in place.</summary>
            public static Tensor batch_norm(
                Tensor x, Tensor mean, Tensor variance, Tensor weight, Tensor bias, bool training, double momentum = 0.1, double eps = 1e-5) =>
                batch_norm(x, mean, variance, weight, bias, training, momentum, eps, null, Activation.None);

            /// <summary>Batch norm, then + <paramref name="residual"/>, then the activation, in one pass.</summary>
            internal static Tensor batch_norm(
                Tensor x, Tensor mean, Tensor variance, Tensor weight, Tensor bias,
                bool training, double momentum, double eps, Tensor? residual, Activation activation) =>
                new(Native.ap_batch_norm(
                    x.Handle, weight.Handle, bias.Handle, residual?.Handle ?? 0, mean.Handle, variance.Handle,
                    training ? 1 : 0, momentum, eps, (int)activation));

            public static Tensor relu(Tensor x) => new(Native.ap_relu(x.Handle));

            public static Tensor relu6(Tensor x) => new(Native.ap_relu6(x.Handle));

            public static Tensor max_pool2d(Tensor x, int kernel, int stride, int padding = 0) =>
                new(Native.ap_max_pool2d(x.Handle, kernel, stride, padding));

            public static Tensor avg_pool2d(Tensor x, int kernel, int stride, int padding = 0) =>
                new(Native.ap_avg_pool2d(x.Handle, kernel, stride, padding));

            /// <summary>N×C×1×1.</summary>
            public static Tensor global_avg_pool2d(Tensor x) => new(Native.ap_global_avg_pool(x.Handle));

            /// <summary>The mask depends on <paramref name="seed"/> alone, so that a step can be repeated.</summary>
            public static Tensor dropout(Tensor x, double p, ulong seed) => new(Native.ap_dropout(x.Handle, p, seed));

            public static Tensor pad_shortcut(Tensor x, int stride, int before, int after, bool pool) =>
                new(Native.ap_pad_shortcut(x.Handle, stride, before, after, pool ? 1 : 0));

            /// <summary>Output channel i is input channel <paramref name="indices"/>[i], zeros where it is -1.</summary>
            public static Tensor channel_select(Tensor x, ReadOnlySpan<long> indices)
            {
                fixed (long* list = indices)
                {
                    return new Tensor(Native.ap_channel_select(x.Handle, list, indices.Length));
                }
            }

            public static Tensor softmax(Tensor x, int dimension) => new(Native.ap_softmax(x.Handle, dimension));

            public static Tensor log_softmax(Tensor x, int dimension) => new(Native.ap_log_softmax(x.Handle, dimension));

            /// <summary>Mean over the batch; labels are int64.</summary>
            public static Tensor cross_entropy(Tensor logits, Tensor labels, double label_smoothing = 0) =>
                new(Native.ap_cross_entropy(logits.Handle, labels.Handle, label_smoothing));

            /// <summary>T² · KL(teacher ‖ student) at temperature T, mean over the batch (Hinton, Vinyals, Dean 2015).</summary>
            public static Tensor distillation(Tensor student, Tensor teacher, double temperature) =>
                new(Native.ap_distillation(student.Handle, teacher.Handle, temperature));

            public static Tensor mse_loss(Tensor x, Tensor y) => new(Native.ap_mse_loss(x.Handle, y.Handle));
        }
    }
}
