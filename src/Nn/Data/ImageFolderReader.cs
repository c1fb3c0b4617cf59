using System.Buffers;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace ActorPrune.Nn.Data;

/// <summary>Opens, hashes and decodes every file of an image folder, and keeps what fits.</summary>
internal sealed class ImageFolderReader(
    string name, FolderLayout layout, FolderSurvey survey, ImageTransform transform, DataSetOptions options, CancellationToken cancellation)
{
    /// <summary>
    /// Up to this the images of a part are one array, which is cut for validation by copying; beyond it each image is an array of its own.
    /// </summary>
    private const long LargestArray = 1L << 30;

    private const long LargestFile = 256 << 20;

    /// <summary>Bad images that a message names.</summary>
    private const int Named = 10;

    private FolderLayout Layout { get; } = layout;

    private FolderSurvey Survey { get; } = survey;

    private ImageTransform Transform { get; } = transform;

    private DataSetOptions Options { get; } = options;

    private CancellationToken Cancellation { get; } = cancellation;

    // Images that are held have to be decoded in any case.
    private readonly ImageIndex? index = options.IndexDirectory.Length == 0 || Fits(survey, transform, options) ? null
        : ImageIndex.Open(
            options.IndexDirectory, survey.Folder, $"{transform.Identity} {(layout.Normalisation is null ? "measured" : "published")}");

    public DataSet Load()
    {
        var train = new Part(Survey.Train, this);
        var test = new Part(Survey.Test, this);
        train.Read();
        test.Read();
        if (index is not null && train.ReadAnew + test.ReadAnew > 0)
        {
            index.Save([.. train.Found, .. test.Found]);
        }

        var notes = Judge(train, test);
        var norm = Layout.Normalisation ?? train.Measured();
        return new DataSet(name, Survey.ClassNames, Hash(train, test), train.AsSet(norm), test.AsSet(norm)) { Notes = notes };
    }

    private bool InMemory => Fits(Survey, Transform, Options);

    private static bool Fits(FolderSurvey survey, ImageTransform transform, DataSetOptions options) =>
        (long)(survey.Train.Length + survey.Test.Length) * transform.ImageBytes <= options.MemoryLimit;

    /// <summary>Names and counts the images that do not decode.</summary>
    /// <exception cref="DataException">They are more than the setting allows, or a class has no other.</exception>
    private ImmutableArray<string> Judge(Part train, Part test)
    {
        var files = Survey.Train.Length + Survey.Test.Length;
        List<string> bad = [.. train.Bad, .. test.Bad];
        if (bad.Count == 0)
        {
            return [];
        }

        var list = string.Concat(bad.Take(Named).Select(b => $"\n  {b}")) + (bad.Count > Named ? $"\n  and {bad.Count - Named:N0} "
            + "more" : "");
        var share = bad.Count / (double)files;
        if (share > Options.MaxBadShare)
        {
            throw new DataException(
                $"{Layout.Edition.Title}: {bad.Count:N0} of {files:N0} images do not decode ({share:P2}; "
                + $"data.max-bad-share = {Options.MaxBadShare} allows {Options.MaxBadShare:P2}). "
                + $"Replace or remove them, or raise data.max-bad-share to leave them out:{list}");
        }

        foreach (var part in new[] { train, test })
        {
            part.RequireClasses();
        }

        return [$"{Layout.Edition.Title}: {bad.Count:N0} of {files:N0} images do not decode and are left out:{list}"];
    }

    private string Hash(Part train, Part test)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Line(string text) => hash.AppendData(Encoding.UTF8.GetBytes($"{text}\n"));
        Line(name);
        Line(Transform.Identity);
        foreach (var className in Survey.ClassNames)
        {
            Line(className);
        }

        foreach (var (title, part) in new[] { ("train", train), ("test", test) })
        {
            Line(title);
            foreach (var (content, label) in part.Contents)
            {
                Line($"{label} {content:x32}");
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>One file's bytes, or why they are not to be had.</summary>
    private static (byte[]? Bytes, string? Fault) Open(string path)
    {
        try
        {
            var info = new FileInfo(path);
            return info.Length > LargestFile ? (null, $"has more than {LargestFile:N0} bytes, which is not "
                + "accepted") : (File.ReadAllBytes(path), null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, $"cannot be read: {e.Message}");
        }
    }

    /// <summary>Training or test images, while they are read: each file writes its own place.</summary>
    private sealed class Part(ImmutableArray<LabelledFile> files, ImageFolderReader reader)
    {
        private readonly UInt128[] contents = new UInt128[files.Length];
        private readonly string?[] faults = new string?[files.Length];
        private readonly long[] sums = new long[6];
        private readonly IndexedImage?[] found = new IndexedImage?[reader.index is null ? 0 : files.Length];
        private int readAnew;
        private byte[]? whole;
        private byte[][]? kept;
        private int[] good = [];

        public IEnumerable<string> Bad =>
            files.Select((f, i) => (f.Path, Fault: faults[i])).Where(b => b.Fault is not null).Select(b => $"{b.Path}: {b.Fault}");

        /// <summary>Files that no former process had found.</summary>
        public int ReadAnew => readAnew;

        /// <summary>For the index.</summary>
        public IEnumerable<KeyValuePair<string, IndexedImage>> Found =>
            found.Select((f, i) => (files[i].Path, Found: f)).Where(f => f.Found is not null).Select(f => KeyValuePair.Create(f.Path, f.Found!));

        public IEnumerable<(UInt128 Content, int Label)> Contents => good.Select(i => (contents[i], files[i].Label));

        private int ImageBytes => reader.Transform.ImageBytes;

        public void Read()
        {
            var bytes = (long)files.Length * ImageBytes;
            if (reader.InMemory)
            {
                (whole, kept) = bytes <= LargestArray ? (new byte[bytes], null) : ((byte[]?)null, new byte[files.Length][]);
            }

            var parallel = new ParallelOptions
            {
                MaxDegreeOfParallelism = Environment.ProcessorCount,
                CancellationToken = reader.Cancellation,
            };
            try
            {
                Parallel.For(0, files.Length, parallel, reader.index is null ? i => ReadOne(i) : FindOne);
            }
            catch (AggregateException e) when (e.InnerExceptions[0] is DataException fault)
            {
                throw new DataException(fault.Message, e);
            }

            good = [.. Enumerable.Range(0, files.Length).Where(i => faults[i] is null)];
            if (good.Length == 0)
            {
                throw new DataException($"{reader.Layout.Edition.Title}: none of the {files.Length:N0} images decodes. The first: "
                    + $"{Bad.First()}.");
            }
        }

        public void RequireClasses()
        {
            var left = good.Select(i => files[i].Label).ToHashSet();
            foreach (var file in files)
            {
                if (!left.Contains(file.Label))
                {
                    throw new DataException(
                        $"{reader.Layout.Edition.Title}: of class {reader.Survey.ClassNames[file.Label]} no image decodes ({file.Path} "
                        + "is one of them). Replace them.");
                }
            }
        }

        /// <summary>Of the images that decode. Sums over integers: the order in which they were added plays no part.</summary>
        public Normalisation Measured()
        {
            var n = (double)good.Length * ImageBytes / 3;
            return Normalisation.OfSums(sums.AsSpan(0, 3), sums.AsSpan(3, 3), n);
        }

        public ImageSet AsSet(Normalisation norm)
        {
            var labels = good.Select(i => files[i].Label).ToArray();
            var (classes, t) = (reader.Survey.ClassNames.Length, reader.Transform);
            if (whole is null)
            {
                IPixelSource source = kept is { } images
                    ? new KeptPixels([.. good.Select(i => images[i])], ImageBytes)
                    : new FilePixels([.. good.Select(i => new CheckedFile(files[i].Path, contents[i]))], t);
                return new ImageSet(3, t.Height, t.Width, classes, ReadOnlyMemory<byte>.Empty, labels, norm.Mean, norm.Std, source);
            }

            for (var to = 0; to < good.Length; to++)
            {
                if (good[to] != to)
                {
                    whole.AsSpan(good[to] * ImageBytes, ImageBytes).CopyTo(whole.AsSpan(to * ImageBytes));
                }
            }

            return new ImageSet(3, t.Height, t.Width, classes, whole.AsMemory(0, good.Length * ImageBytes), labels, norm.Mean, norm.Std);
        }

        /// <summary>As it was found by a former process, else by reading it.</summary>
        private void FindOne(int i)
        {
            // Looked at before it is read: a file that changes meanwhile is then another one the next time.
            var look = ImageIndex.Look(files[i].Path);
            if (look is { } same && reader.index!.Find(files[i].Path, same) is { } known)
            {
                (found[i], contents[i], faults[i]) = (known, known.Content, known.Fault);
                Add(known.Sums);
                return;
            }

            Interlocked.Increment(ref readAnew);
            if (ReadOne(i) is { } own && look is { } at)
            {
                found[i] = new IndexedImage(at.Length, at.Changed, contents[i], faults[i], own);
            }
        }

        /// <summary>The image's sums, empty where none are wanted or it does not decode; null where the file could not be read, which may
        /// pass.</summary>
        private long[]? ReadOne(int i)
        {
            var (file, fault) = Open(files[i].Path);
            if (file is null)
            {
                faults[i] = fault;
                return null;
            }

            contents[i] = FilePixels.ContentOf(file);
            if (reader.Transform.AsIs)
            {
                faults[i] = RequireSize(files[i].Path, file);
            }

            return faults[i] is null ? Decode(i, file) : [];
        }

        private long[] Decode(int i, byte[] file)
        {
            var rented = whole is null && kept is null ? ArrayPool<byte>.Shared.Rent(ImageBytes) : null;
            try
            {
                var pixels = rented is not null ? rented.AsSpan(0, ImageBytes)
                    : whole is not null ? whole.AsSpan(i * ImageBytes, ImageBytes)
                    : (kept![i] = new byte[ImageBytes]);
                faults[i] = ImageFile.Decode(file, reader.Transform, pixels);
                var own = faults[i] is null ? Sums(pixels) : [];
                Add(own);
                return own;
            }
            finally
            {
                if (rented is not null)
                {
                    ArrayPool<byte>.Shared.Return(rented);
                }
            }
        }

        private long[] Sums(ReadOnlySpan<byte> pixels)
        {
            if (reader.Layout.Normalisation is not null)
            {
                return [];
            }

            var plane = ImageBytes / 3;
            var own = new long[sums.Length];
            for (var c = 0; c < 3; c++)
            {
                (own[c], own[3 + c]) = Normalisation.Sums(pixels.Slice(c * plane, plane));
            }

            return own;
        }

        private void Add(long[] own)
        {
            for (var c = 0; c < own.Length; c++)
            {
                Interlocked.Add(ref sums[c], own[c]);
            }
        }

        /// <exception cref="DataException">It is of another size than the first: no accident of one file.</exception>
        private string? RequireSize(string path, byte[] file)
        {
            var (width, height, fault) = ImageFile.Size(file);
            return fault is null && (width, height) != (reader.Transform.Width, reader.Transform.Height)
                ? throw new DataException(
                    $"{path}: is {width}×{height} pixels, expected {reader.Transform.Width}×{reader.Transform.Height} as the first "
                    + $"image of {reader.Survey.Folder}. "
                    + "Set data.image-size to the size that all images are to be brought to.")
                : fault;
        }
    }
}
