namespace ActorPrune.Nn.Data;

/// <summary>
/// Pixels that are not held in one piece: decoded when they are asked for, or kept image by image. Reading the same image twice gives the
/// same bytes. Safe for use from several threads.
/// </summary>
public interface IPixelSource
{
    /// <summary>Number of images.</summary>
    int Count { get; }

    /// <summary>Bytes of one image: C·H·W.</summary>
    int ImageBytes { get; }

    /// <summary>Whether reading takes time enough for it to be worth while to begin early (<see cref="ReadAhead"/>).</summary>
    bool IsSlow { get; }

    /// <summary>The pixels of one image, C×H×W, into the first <see cref="ImageBytes"/> of <paramref name="into"/>.</summary>
    /// <exception cref="DataException">Its file cannot be read any more, or is another one than it was.</exception>
    void Read(int index, Span<byte> into);
}

/// <summary>Some images of a source, in an order of their own; nothing is copied.</summary>
internal sealed class ChosenPixels(IPixelSource whole, int[] indices) : IPixelSource
{
    public int Count => indices.Length;

    public int ImageBytes => whole.ImageBytes;

    public bool IsSlow => whole.IsSlow;

    public void Read(int index, Span<byte> into) => whole.Read(indices[index], into);
}

/// <summary>Decoded images, each in memory of its own: together they may have more bytes than one array can.</summary>
internal sealed class KeptPixels(byte[][] images, int imageBytes) : IPixelSource
{
    public int Count => images.Length;

    public int ImageBytes => imageBytes;

    public bool IsSlow => false;

    public void Read(int index, Span<byte> into) => images[index].CopyTo(into);
}
