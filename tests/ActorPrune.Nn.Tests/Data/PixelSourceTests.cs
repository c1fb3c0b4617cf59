using ActorPrune.Nn.Data;
using ActorPrune.Nn.Tests.Training;
using ActorPrune.Nn.Torch;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Tests.Data;

public sealed class PixelSourceTests
{
    private static ImageSet Streamed(ImageSet images, bool slow = true) => Streamed(images, new Source(images, slow));

    private static ImageSet Streamed(ImageSet images, Source source) => new(
        images.Channels,
        images.Height,
        images.Width,
        images.Classes,
        ReadOnlyMemory<byte>.Empty,
        images.Labels,
        images.Mean,
        images.Std,
        source);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Batches_of_a_source_are_those_of_the_images_in_memory(bool slow)
    {
        var images = TinyJobs.Images(20);
        var (held, streamed) = (new Batches(images), new Batches(Streamed(images, slow)));
        int[] indices = [7, 3, 19, 3];
        streamed.ReadsAhead.ShouldBe(slow);
        streamed.Announce([3, 19, 12]);
        var recipe = new Recipe { Crop = 1, Flip = true, Cutout = 2 };
        var shifts = Batches.Shifts(recipe, images, 1, 0, 0, 4);
        using var scope = torch.NewDisposeScope();
        for (var again = 0; again < 2; again++)
        {
            var made = streamed.Make(indices, shifts.AsSpan(), 1, 2, ScalarType.Float32, Device.Cpu);
            made.ToFloats().ShouldBe(held.Make(indices, shifts.AsSpan(), 1, 2, ScalarType.Float32, Device.Cpu).ToFloats());
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_training_on_a_slow_source_ends_with_the_same_bits_as_one_in_memory(int threads)
    {
        var recipe = new Recipe { Epochs = 3, Batch = 8, Crop = 1, LearningRate = 0.05, Recalibration = 24 };
        var job = TinyJobs.Job(recipe, TinyJobs.Float32 with { Threads = threads });
        var streamed = job with { Training = Streamed(job.Training), Validation = Streamed(job.Validation!), Test = Streamed(job.Test!) };
        var (a, b) = (Trainer.Run(job, new SilentMonitor()), Trainer.Run(streamed, new SilentMonitor()));
        b.Weights.Hash.ShouldBe(a.Weights.Hash);
        b.Error.ShouldBe(a.Error);
        b.Epochs.ShouldBe(a.Epochs);
    }

    [Fact]
    public void A_part_of_a_longer_training_reads_each_image_that_it_learns_from_once()
    {
        var recipe = new Recipe { Steps = 5, Batch = 8, LearningRate = 0.05 };
        var job = TinyJobs.Job(recipe, TinyJobs.Float32 with { Part = new TrainingPart(3, 9) });
        var source = new Source(job.Training, slow: true);
        var streamed = job with { Training = Streamed(job.Training, source) };

        Trainer.Run(streamed, new SilentMonitor()).Weights.Hash.ShouldBe(Trainer.Run(job, new SilentMonitor()).Weights.Hash);

        source.Reads.ShouldBe(5 * 8);
    }

    [Fact]
    public void Announced_images_are_read_once_and_no_more_of_them_than_the_limit_holds()
    {
        var source = new Counted(2000, imageBytes: 1 << 20);
        var ahead = new ReadAhead(source);
        ahead.Announce([.. Enumerable.Range(0, 2000)]);
        var pixels = new byte[2 << 20];
        ahead.Read([0, 1], pixels);
        (pixels[0], pixels[1 << 20]).ShouldBe(((byte)0, (byte)1));
        ahead.Read([1999, 1999], pixels);
        pixels[0].ShouldBe((byte)(1999 % 256));
        var held = (int)(ReadAhead.MostBytes >> 20);
        for (var i = 2; i < held; i++)
        {
            ahead.Read([i], pixels);
        }

        source.Reads.ShouldBe(held + 2);
    }

    [Fact]
    public void A_file_that_cannot_be_read_fails_the_batch_that_asks_for_it_and_no_other()
    {
        var ahead = new ReadAhead(new Counted(4, 8, broken: 2));
        ahead.Announce([1, 2, 3]);
        var pixels = new byte[16];
        ahead.Read([1, 3], pixels);
        Should.Throw<DataException>(() => ahead.Read([0, 2], new byte[16])).Message.ShouldBe("2 is broken");
    }

    [Fact]
    public void Images_kept_one_by_one_are_read_and_chosen_like_those_in_one_piece()
    {
        var images = TinyJobs.Images(6);
        var kept = new KeptPixels([.. Enumerable.Range(0, 6).Select(i => images.Image(i).ToArray())], images.ImageBytes);
        var set = new ImageSet(2, 6, 6, 3, ReadOnlyMemory<byte>.Empty, images.Labels, images.Mean, images.Std, kept);
        set.Subset([4, 0, 4]).Image(2).ToArray().ShouldBe(images.Image(4).ToArray());
        set.Subset([4, 0, 4]).Subset([1]).Image(0).ToArray().ShouldBe(images.Image(0).ToArray());
        set.First(2).Labels.ToArray().ShouldBe(images.First(2).Labels.ToArray());
        set.Normalised([0, 0], [1, 1]).Source.ShouldBeSameAs(kept);
        Should.Throw<ArgumentException>(() => set.Subset([6])).Message.ShouldContain("Index 6");
        Should.Throw<ArgumentException>(() => new ImageSet(2, 6, 6, 3, images.Pixels, images.Labels, images.Mean, images.Std, kept));
        Should.Throw<ArgumentException>(
            () => new ImageSet(2, 6, 5, 3, ReadOnlyMemory<byte>.Empty, images.Labels, images.Mean, images.Std, kept))
            .Message.ShouldContain("6 images of 72 bytes");
    }

    private sealed class Source(ImageSet images, bool slow) : IPixelSource
    {
        private int reads;

        public int Reads => Volatile.Read(ref reads);

        public int Count => images.Count;

        public int ImageBytes => images.ImageBytes;

        public bool IsSlow => slow;

        public void Read(int index, Span<byte> into)
        {
            Interlocked.Increment(ref reads);
            images.Image(index).Span.CopyTo(into);
        }
    }

    private sealed class Counted(int count, int imageBytes, int broken = -1) : IPixelSource
    {
        private int reads;

        public int Reads => Volatile.Read(ref reads);

        public int Count => count;

        public int ImageBytes => imageBytes;

        public bool IsSlow => true;

        public void Read(int index, Span<byte> into)
        {
            Interlocked.Increment(ref reads);
            into[0] = index == broken ? throw new DataException($"{index} is broken") : (byte)index;
        }
    }
}
