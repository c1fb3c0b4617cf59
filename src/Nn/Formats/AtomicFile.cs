namespace ActorPrune.Nn.Formats;

/// <summary>Files that are there whole or not at all.</summary>
internal static class AtomicFile
{
    public static void Write(string path, ReadOnlyMemory<byte> bytes) => Write(path, file => file.Write(bytes.Span));

    /// <param name="write">Is handed a file that is empty.</param>
    public static void Write(string path, Action<Stream> write)
    {
        var part = $"{path}.{Guid.NewGuid():N}.part";
        try
        {
            using (var stream = new FileStream(part, FileMode.CreateNew, FileAccess.Write))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(part, path, overwrite: true);
        }
        catch
        {
            File.Delete(part);
            throw;
        }
    }
}
