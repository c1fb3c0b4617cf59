namespace ActorPrune.Host.Tests.Cluster;

/// <summary>A few images in CIFAR-10's binary format, of all ten classes and any colour.</summary>
internal static class TinyCifar
{
    public const int RecordBytes = 3073;
    private const int Records = 40;

    /// <returns>The folder, for ACTORPRUNE_DATA.</returns>
    public static string Write(string folder)
    {
        var data = Directory.CreateDirectory(Path.Combine(folder, "cifar-10-batches-bin")).FullName;
        foreach (var name in Enumerable.Range(1, 5).Select(i => $"data_batch_{i}.bin").Append("test_batch.bin"))
        {
            var bytes = Enumerable.Range(0, Records * RecordBytes).Select(i => i % RecordBytes == 0 ? i / RecordBytes % 10 : i * 7 % 251);
            File.WriteAllBytes(Path.Combine(data, name), [.. bytes.Select(b => (byte)b)]);
        }

        return folder;
    }
}
