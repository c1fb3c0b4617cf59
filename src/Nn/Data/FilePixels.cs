using System.Security.Cryptography;

namespace ActorPrune.Nn.Data;

/// <summary>An image file that was read and decoded once: what it must be found as again.</summary>
/// <param name="Content">The first half of its SHA-256.</param>
internal readonly record struct CheckedFile(string Path, UInt128 Content);

/// <summary>Images that are decoded from their files each time they are asked for.</summary>
internal sealed class FilePixels(CheckedFile[] files, ImageTransform transform) : IPixelSource
{
    public int Count => files.Length;

    public int ImageBytes => transform.ImageBytes;

    public bool IsSlow => true;

    public void Read(int index, Span<byte> into)
    {
        var path = files[index].Path;
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: was there when the data set was checked and cannot be read now: {e.Message}. Put it back, "
                + "then resume.", e);
        }

        if (ContentOf(bytes) != files[index].Content)
        {
            throw new DataException($"{path}: is another file than when the data set was checked. Put the old one back, or start anew "
                + "under another name.");
        }

        if (ImageFile.Decode(bytes, transform, into) is { } fault)
        {
            throw new DataException($"{path}: decoded when the data set was checked and does not now: {fault}. Is memory short?");
        }
    }

    public static UInt128 ContentOf(ReadOnlySpan<byte> file)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(file, digest);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(digest);
    }
}
