using System.Runtime.InteropServices;

namespace ActorPrune.Nn.Torch;

/// <summary>The C ABI of Native/actorprune_torch.h, function by function.</summary>
internal static unsafe partial class Native
{
    private const string Library = "actorprune_torch";

    /// <summary>
    /// OpenMP reads its settings when it is loaded, which is after this. Its threads would spin for milliseconds at every barrier; where
    /// other evaluators want the same cores, that makes two threads many times slower than one. A user's own setting stays.
    /// </summary>
    static Native() => _ = setenv("GOMP_SPINCOUNT", "2000", 0);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);

    [LibraryImport(Library)]
    internal static partial nint ap_last_error();

    [LibraryImport(Library)]
    internal static partial long ap_live_handles();

    [LibraryImport(Library)]
    internal static partial int ap_set_num_threads(int threads);

    [LibraryImport(Library)]
    internal static partial int ap_get_num_threads();

    [LibraryImport(Library)]
    internal static partial long ap_native_nanoseconds(int reset);

    [LibraryImport(Library)]
    internal static partial int ap_capabilities(byte* buffer, int length);

    [LibraryImport(Library)]
    internal static partial int ap_set_grad_enabled(int enabled);

    [LibraryImport(Library)]
    internal static partial void ap_allocator_read(AllocatorStatistics* statistics);

    [LibraryImport(Library)]
    internal static partial void ap_allocator_trim();

    [LibraryImport(Library)]
    internal static partial nint ap_from_bytes(void* data, long bytes, long* shape, int rank, int type, int device);

    [LibraryImport(Library)]
    internal static partial nint ap_full(double value, long* shape, int rank, int type, int device);

    [LibraryImport(Library)]
    internal static partial int ap_copy_to_bytes(nint tensor, void* data, long bytes);

    [LibraryImport(Library)]
    internal static partial int ap_copy_from_bytes(nint tensor, void* data, long bytes);

    [LibraryImport(Library)]
    internal static partial int ap_copy_(nint tensor, nint source);

    [LibraryImport(Library)]
    internal static partial void ap_free(nint tensor);

    [LibraryImport(Library)]
    internal static partial int ap_rank(nint tensor);

    [LibraryImport(Library)]
    internal static partial long ap_size(nint tensor, int dimension);

    [LibraryImport(Library)]
    internal static partial int ap_type(nint tensor);

    [LibraryImport(Library)]
    internal static partial int ap_device(nint tensor);

    [LibraryImport(Library)]
    internal static partial int ap_is_channels_last(nint tensor);

    [LibraryImport(Library)]
    internal static partial nint ap_to(nint tensor, int type, int device, int channelsLast);

    [LibraryImport(Library)]
    internal static partial nint ap_detach(nint tensor);

    [LibraryImport(Library)]
    internal static partial nint ap_clone(nint tensor);

    [LibraryImport(Library)]
    internal static partial int ap_set_requires_grad(nint tensor, int value);

    [LibraryImport(Library)]
    internal static partial int ap_grad(nint tensor, nint* grad);

    [LibraryImport(Library)]
    internal static partial int ap_clear_grad(nint tensor);

    [LibraryImport(Library)]
    internal static partial int ap_backward(nint loss);

    [LibraryImport(Library)]
    internal static partial int ap_item(nint tensor, double* value);

    [LibraryImport(Library)]
    internal static partial nint ap_conv2d(nint x, nint weight, nint bias, int stride, int padding, int groups);

    [LibraryImport(Library)]
    internal static partial nint ap_linear(nint x, nint weight, nint bias);

    [LibraryImport(Library)]
    internal static partial nint ap_batch_norm(
        nint x, nint weight, nint bias, nint residual, nint mean, nint variance, int training, double momentum, double epsilon, int activation);

    [LibraryImport(Library)]
    internal static partial nint ap_relu(nint x);

    [LibraryImport(Library)]
    internal static partial nint ap_relu6(nint x);

    [LibraryImport(Library)]
    internal static partial nint ap_abs(nint x);

    [LibraryImport(Library)]
    internal static partial nint ap_sqrt(nint x);

    [LibraryImport(Library)]
    internal static partial nint ap_max_pool2d(nint x, int kernel, int stride, int padding);

    [LibraryImport(Library)]
    internal static partial nint ap_avg_pool2d(nint x, int kernel, int stride, int padding);

    [LibraryImport(Library)]
    internal static partial nint ap_global_avg_pool(nint x);

    [LibraryImport(Library)]
    internal static partial nint ap_add(nint x, nint y);

    [LibraryImport(Library)]
    internal static partial nint ap_sub(nint x, nint y);

    [LibraryImport(Library)]
    internal static partial nint ap_mul(nint x, nint y);

    [LibraryImport(Library)]
    internal static partial nint ap_div(nint x, nint y);

    [LibraryImport(Library)]
    internal static partial nint ap_mul_scalar(nint x, double y);

    [LibraryImport(Library)]
    internal static partial nint ap_add_scalar(nint x, double y);

    [LibraryImport(Library)]
    internal static partial nint ap_cat(nint* tensors, int count, int dimension);

    [LibraryImport(Library)]
    internal static partial nint ap_flatten(nint x);

    [LibraryImport(Library)]
    internal static partial nint ap_reshape(nint x, long* shape, int rank);

    [LibraryImport(Library)]
    internal static partial nint ap_dropout(nint x, double p, ulong seed);

    [LibraryImport(Library)]
    internal static partial nint ap_pad_shortcut(nint x, int stride, int before, int after, int pool);

    [LibraryImport(Library)]
    internal static partial nint ap_channel_select(nint x, long* indices, int count);

    [LibraryImport(Library)]
    internal static partial nint ap_sum(nint x, long* dimensions, int count);

    [LibraryImport(Library)]
    internal static partial nint ap_mean(nint x, long* dimensions, int count);

    [LibraryImport(Library)]
    internal static partial nint ap_argmax(nint x, int dimension);

    [LibraryImport(Library)]
    internal static partial nint ap_softmax(nint x, int dimension);

    [LibraryImport(Library)]
    internal static partial nint ap_log_softmax(nint x, int dimension);

    [LibraryImport(Library)]
    internal static partial nint ap_cross_entropy(nint logits, nint labels, double smoothing);

    [LibraryImport(Library)]
    internal static partial nint ap_distillation(nint student, nint teacher, double temperature);

    [LibraryImport(Library)]
    internal static partial nint ap_mse_loss(nint x, nint y);

    [LibraryImport(Library)]
    internal static partial nint ap_batch(
        byte* pixels, int channels, int height, int width, int* indices, int count, int* shifts, int pad, int cutout, float* table, int type, int device);

    [LibraryImport(Library)]
    internal static partial int ap_sgd_step(
        nint* parameters, nint* momenta, double* decays, int count, double rate, double momentum, int nesterov);

    [LibraryImport(Library)]
    internal static partial int ap_gather_gradients(nint* parameters, nint* others, int count);

    [LibraryImport(Library)]
    internal static partial long ap_count_wrong(nint logits, nint labels);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint ap_script_save(
        string source, string[] names, nint[] values, int[] kinds, int count, string[] files, string[] texts, int fileCount);

    [LibraryImport(Library)]
    internal static partial nint ap_script_forward(byte* file, long bytes, nint x);

    [LibraryImport(Library)]
    internal static partial int ap_image_formats();

    [LibraryImport(Library)]
    internal static partial int ap_image_size(byte* data, long bytes, int* width, int* height, byte* message, int capacity);

    [LibraryImport(Library)]
    internal static partial int ap_image_decode(
        byte* data, long bytes, int width, int height, int shorter, byte* pixels, byte* message, int capacity);

    /// <summary>The message of the calling thread's last failure, as the exception to throw.</summary>
    internal static TorchException Failure() =>
        new(Marshal.PtrToStringUTF8(ap_last_error()) is { Length: > 0 } text ? text : "libtorch failed without a message.");

    /// <exception cref="TorchException"><paramref name="status"/> says that the call failed.</exception>
    internal static void Check(int status)
    {
        if (status != 0)
        {
            throw Failure();
        }
    }
}
