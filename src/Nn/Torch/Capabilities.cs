using System.Text;
using System.Text.Json;

namespace ActorPrune.Nn.Torch;

/// <summary>Counters of the caching CPU allocator, over the whole process.</summary>
/// <param name="Allocations">Blocks asked for since the start.</param>
/// <param name="SystemAllocations">Those of them that no cache could serve.</param>
/// <param name="CachedBytes">Free, kept for the next request.</param>
/// <param name="LiveBytes">In use.</param>
/// <param name="CacheLimitBytes">The most that one thread keeps free for itself.</param>
public readonly record struct AllocatorStatistics(
    long Allocations, long SystemAllocations, long CachedBytes, long LiveBytes, long CacheLimitBytes)
{
    public static unsafe AllocatorStatistics Read()
    {
        AllocatorStatistics statistics;
        Native.ap_allocator_read(&statistics);
        return statistics;
    }

    /// <summary>Gives the calling thread's free blocks, and what the C library holds free, back to the system.</summary>
    public static void Trim() => Native.ap_allocator_trim();
}

/// <summary>Time of the calling thread inside libtorch.</summary>
public static class NativeTime
{
    public static TimeSpan Read() => TimeSpan.FromTicks(Native.ap_native_nanoseconds(0) / 100);

    /// <summary>What it was, and sets it to zero.</summary>
    public static TimeSpan Reset() => TimeSpan.FromTicks(Native.ap_native_nanoseconds(1) / 100);
}

/// <summary>What libtorch and the processor here can do.</summary>
/// <param name="Libtorch">Its version.</param>
/// <param name="Blas">The BLAS in use, with its own description.</param>
/// <param name="Avx512Bf16">bfloat16 dot products in hardware: mixed precision pays.</param>
/// <param name="AmxBf16">bfloat16 matrix tiles in hardware: mixed precision pays much.</param>
public sealed record Capabilities(
    string Libtorch, string Blas, bool OneDnn, bool OpenMp, bool Avx2, bool Avx512, bool Avx512Bf16, bool AmxBf16, bool Cuda, int CudaDevices)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Whether bfloat16 is faster than float32 on the CPU.</summary>
    public bool FastBf16 => Avx512Bf16 || AmxBf16;

    /// <summary>"cpu", then "cuda:0", …</summary>
    public IEnumerable<Device> Devices => Enumerable.Range(-1, CudaDevices + 1).Select(i => new Device(i));

    /// <exception cref="TorchException">The native library or libtorch could not be loaded: the message says what to do.</exception>
    public static unsafe Capabilities Read()
    {
        try
        {
            var bytes = new byte[65536];
            fixed (byte* buffer = bytes)
            {
                var length = Native.ap_capabilities(buffer, bytes.Length);
                if (length < 0 || length >= bytes.Length)
                {
                    throw Native.Failure();
                }

                return JsonSerializer.Deserialize<Capabilities>(Encoding.UTF8.GetString(bytes, 0, length), Json)
                    ?? throw new TorchException("The capability report was empty.");
            }
        }
        catch (DllNotFoundException e)
        {
            throw new TorchException(
                "libactorprune_torch.so or a library that it needs could not be loaded: apt-get install libtorch-dev libopenblas0-pthread, "
                + $"or point LIBTORCH at a PyTorch install, and build again. {e.Message.Split('\n')[0]}", e);
        }
    }
}
