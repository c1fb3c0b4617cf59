using ActorPrune.Genetics.Random;
using ActorPrune.Nn.Data;

namespace ActorPrune.Nn.Tests.Data;

/// <summary>A folder with small files of the CIFAR-10 format, removed at the end of the test.</summary>
public sealed class CifarFolder : IDisposable
{
    public const int RecordBytes = 3073;

    public static readonly string[] Names =
        ["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin"];

    public CifarFolder(int recordsPerFile = 20, string inside = "cifar-10-batches-bin")
    {
        Root = Directory.CreateTempSubdirectory("actorprune-cifar-").FullName;
        Folder = Path.Combine(Root, inside);
        Directory.CreateDirectory(Folder);
        for (var f = 0; f < Names.Length; f++)
        {
            File.WriteAllBytes(PathOf(Names[f]), Records(f, recordsPerFile));
        }
    }

    public string Root { get; }

    public string Folder { get; }

    public DataSetOptions Any => new() { Root = Root, Checksum = Checksum.Any };

    public DataSetOptions Strict => new() { Root = Root };

    public string PathOf(string name) => Path.Combine(Folder, name);

    public void Change(string name, Func<byte[], byte[]> change) => File.WriteAllBytes(PathOf(name), change(File.ReadAllBytes(PathOf(name))));

    public static byte[] Records(int file, int count)
    {
        var bytes = new byte[count * RecordBytes];
        var random = CounterRandom.For(7, "cifar", file, count, "test");
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)(i % RecordBytes == 0 ? (i / RecordBytes + file) % 10 : random.NextInt(256));
        }

        return bytes;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
