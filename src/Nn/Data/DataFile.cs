using System.Security.Cryptography;

namespace ActorPrune.Nn.Data;

/// <summary>A file of a data set, as it lies there.</summary>
internal static class DataFile
{
    /// <summary>By which publishers of data sets name their files; it proves nothing against intent.</summary>
    public static string Md5Of(ReadOnlySpan<byte> content) =>
        Convert.ToHexStringLower(CryptographicOperations.HashData(HashAlgorithmName.MD5, content));

    /// <summary>The file itself, or what it links to in the end: a link's own length is that of its target's name.</summary>
    public static FileInfo Behind(FileInfo file) => file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;

    /// <summary>The length of what <paramref name="path"/> names or links to, or the fault for which it cannot be read.</summary>
    public static (long Length, string? Fault) Look(string path)
    {
        try
        {
            if (Directory.Exists(path))
            {
                return (0, "expected a file, found a directory.");
            }

            var info = new FileInfo(path);
            if (!info.Exists && info.LinkTarget is null)
            {
                return (0, "is missing.");
            }

            var target = Behind(info);
            return target.Exists ? (target.Length, null) : (0, $"is a link to {target.FullName}, which is missing.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (0, $"cannot be looked at: {e.Message}");
        }
    }
}
