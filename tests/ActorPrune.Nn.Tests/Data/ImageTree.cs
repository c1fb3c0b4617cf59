using ActorPrune.Nn.Data;

namespace ActorPrune.Nn.Tests.Data;

/// <summary>A folder of small image files, removed at the end of the test.</summary>
internal sealed class ImageTree : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("actorprune-images-").FullName;

    public DataSetOptions Any => new() { Root = Root, Checksum = Checksum.Any, ImageSize = 8 };

    /// <summary>Three classes of six training and two test images, alternately PNG and JPEG, colour and grey, of several sizes.</summary>
    public static ImageTree Mixed(string test = "val")
    {
        var tree = new ImageTree();
        foreach (var (name, label) in new[] { ("cat", 1), ("ant", 0), ("dog", 2) })
        {
            for (var i = 0; i < 8; i++)
            {
                var path = $"{(i < 6 ? "train" : test)}/{name}/{i}";
                _ = i % 2 == 0
                    ? tree.Write($"{path}.png", Png(label, i))
                    : tree.Write($"{path}{(i % 4 == 1 ? ".jpg" : ".JPEG")}", Jpeg(label, i));
            }
        }

        return tree;
    }

    /// <summary>A picture whose brightness tells the class, no two alike.</summary>
    public static byte[] Png(int label, int number) => number % 4 == 0
        ? TinyImages.Png(
            10 + number, 9, 0, 8, [.. Enumerable.Range(0, (10 + number) * 9).Select(p => (byte)((80 * label) + number + (p % 3)))])
        : TinyImages.Png(9, 10 + number, (y, x, c) => (80 * label) + number + ((x + y + c) % 3));

    public static byte[] Jpeg(int label, int number) => TinyImages.Jpeg(
        1 + (number % 3), 2, number % 4 == 1 ? [1] : [82, 71, 66], (y, x, c) => (80 * label) + number + y + x + c);

    public string PathOf(string path) => Path.Combine(Root, path);

    public string Write(string path, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(path))!);
        File.WriteAllBytes(PathOf(path), bytes);
        return PathOf(path);
    }

    public string Write(string path, string text) => Write(path, System.Text.Encoding.UTF8.GetBytes(text));

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
