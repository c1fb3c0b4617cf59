using System.Buffers;
using System.Collections.Concurrent;

namespace ActorPrune.Nn.Data;

/// <summary>
/// Reads images of a slow source in parallel, and those of a batch to come while the present one is computed with. What it gives depends on
/// the source alone: what was announced is only there sooner. Safe for use from several threads.
/// </summary>
public sealed class ReadAhead(IPixelSource source)
{
    /// <summary>What was announced and not yet asked for takes at most this much; further announcements are ignored.</summary>
    public const long MostBytes = 256L << 20;

    /// <summary>As many images are decoded at once as there are processors, for all instances together.</summary>
    private static readonly TaskScheduler Decoders =
        new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, Environment.ProcessorCount).ConcurrentScheduler;

    private readonly ConcurrentDictionary<int, Task<byte[]>> announced = new();
    private long bytes;

    /// <summary>These will be asked for soon.</summary>
    public void Announce(ReadOnlySpan<int> indices)
    {
        if (!source.IsSlow)
        {
            return;
        }

        foreach (var index in indices)
        {
            if (Interlocked.Read(ref bytes) + source.ImageBytes > MostBytes)
            {
                return;
            }

            if (!announced.ContainsKey(index) && announced.TryAdd(index, Begin(index)))
            {
                Interlocked.Add(ref bytes, source.ImageBytes);
            }
        }
    }

    /// <summary>The images at <paramref name="indices"/>, one after the other, into <paramref name="into"/>.</summary>
    /// <exception cref="DataException">As <see cref="IPixelSource.Read"/>.</exception>
    public void Read(ReadOnlySpan<int> indices, Span<byte> into)
    {
        if (!source.IsSlow)
        {
            for (var i = 0; i < indices.Length; i++)
            {
                source.Read(indices[i], into.Slice(i * source.ImageBytes, source.ImageBytes));
            }

            return;
        }

        var tasks = new Task<byte[]>[indices.Length];
        for (var i = 0; i < tasks.Length; i++)
        {
            tasks[i] = Take(indices[i]) ?? Begin(indices[i]);
        }

        for (var i = 0; i < tasks.Length; i++)
        {
            var image = tasks[i].GetAwaiter().GetResult();
            image.AsSpan(0, source.ImageBytes).CopyTo(into[(i * source.ImageBytes)..]);
            ArrayPool<byte>.Shared.Return(image);
        }
    }

    private Task<byte[]>? Take(int index)
    {
        if (!announced.TryRemove(index, out var task))
        {
            return null;
        }

        Interlocked.Add(ref bytes, -source.ImageBytes);
        return task;
    }

    private Task<byte[]> Begin(int index) => Task.Factory.StartNew(
        () =>
        {
            var image = ArrayPool<byte>.Shared.Rent(source.ImageBytes);
            source.Read(index, image);
            return image;
        },
        CancellationToken.None,
        TaskCreationOptions.DenyChildAttach,
        Decoders);
}
