using ActorPrune.Nn.Data;
using ActorPrune.Nn.Tests.Torch;
using ActorPrune.Nn.Torch;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Tests.Training;

public class TrainingPartsTests
{
    [Fact]
    public void Schedules_take_the_values_that_their_formulas_give()
    {
        var recipe = new Recipe { LearningRate = 0.4 };
        LearningRate.At(recipe with { Schedule = Schedule.Constant }, 99, 100).ShouldBe(0.4);
        LearningRate.At(recipe with { Schedule = Schedule.Cosine }, 0, 100).ShouldBe(0.4);
        LearningRate.At(recipe with { Schedule = Schedule.Cosine }, 50, 100).ShouldBe(0.2, 1e-12);
        LearningRate.At(recipe with { Schedule = Schedule.Cosine }, 75, 100).ShouldBe(0.2 * (1 - Math.Sqrt(0.5)), 1e-12);
        var multiStep = recipe with { Schedule = Schedule.MultiStep };
        LearningRate.At(multiStep, 49, 100).ShouldBe(0.4);
        LearningRate.At(multiStep, 50, 100).ShouldBe(0.04, 1e-12);
        LearningRate.At(multiStep, 75, 100).ShouldBe(0.004, 1e-12);
        var oneCycle = recipe with { Schedule = Schedule.OneCycle, Warmup = 0.2 };
        LearningRate.At(oneCycle, 0, 100).ShouldBe(0.04, 1e-12);
        LearningRate.At(oneCycle, 10, 100).ShouldBe(0.22, 1e-12);
        LearningRate.At(oneCycle, 20, 100).ShouldBe(0.4, 1e-12);
        LearningRate.At(oneCycle, 60, 100).ShouldBe(0.2, 1e-12);
        LearningRate.At(oneCycle, 99, 100).ShouldBe(0.005, 1e-12);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_step_of_sgd_is_the_formula_of_momentum_with_decay(bool nesterov)
    {
        var graph = TestNetworks.Tiny();
        var recipe = new Recipe { Momentum = 0.9, WeightDecay = 0.01, Nesterov = nesterov };
        using var module = new NetworkModule(graph, WeightInitialisation.Draw(graph, 1), new ModuleOptions(Precision.Float32, Device.Cpu));
        using var optimizer = new SgdOptimizer(module, recipe);
        var images = new Batches(TinyJobs.Images(6));
        var names = new[] { "conv1.weight", "bn1.bias", "fc.weight" };
        var expected = names.ToDictionary(n => n, n => module[n].ToFloats());
        var momenta = names.ToDictionary(n => n, n => new float[expected[n].Length]);
        for (var step = 0; step < 3; step++)
        {
            using var scope = torch.NewDisposeScope();
            int[] indices = [0, 1, 2, 3, 4, 5];
            torch.nn.functional.cross_entropy(
                module.Forward(images.Make(indices, [], 0, 0, ScalarType.Float32, Device.Cpu), true), images.Labels(indices, Device.Cpu)).backward();
            foreach (var name in names)
            {
                var (w, m, g) = (expected[name], momenta[name], module[name].grad!.ToFloats());
                for (var i = 0; i < w.Length; i++)
                {
                    var d = g[i] + (0.01f * w[i]);
                    m[i] = (0.9f * m[i]) + d;
                    w[i] -= 0.1f * (nesterov ? d + (0.9f * m[i]) : m[i]);
                }
            }

            optimizer.Step(0.1);
            foreach (var name in names)
            {
                module[name].ToFloats().Zip(expected[name], (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(1e-6f, $"{name}, step {step}");
                module[name].grad.ShouldBeNull();
            }
        }
    }

    [Fact]
    public void An_augmented_batch_equals_one_made_pixel_by_pixel()
    {
        var images = TinyJobs.Images(20);
        var recipe = new Recipe { Crop = 2, Flip = true, Cutout = 3 };
        int[] indices = [19, 3, 3, 7, 11, 0, 5, 12];
        var shifts = Batches.Shifts(recipe, images, 5, 2, 9, indices.Length);
        shifts.Select(s => s.Flip).Distinct().Count().ShouldBe(2);
        using var scope = torch.NewDisposeScope();
        var batch = new Batches(images).Make(indices, shifts.AsSpan(), recipe.Crop, recipe.Cutout, ScalarType.Float32, Device.Cpu);

        batch.is_channels_last.ShouldBeTrue();
        batch.ToFloats().ShouldBe(Reference(images, indices, [.. shifts], recipe));
    }

    [Fact]
    public void A_resized_crop_equals_one_interpolated_pixel_by_pixel()
    {
        var images = TinyJobs.Images(20);
        var recipe = new Recipe { ResizedCrop = 0.08, Cutout = 2 };
        int[] indices = [19, 3, 3, 7, 11, 0, 5, 12];
        var shifts = Batches.Shifts(recipe, images, 5, 2, 9, indices.Length);
        shifts.Select(s => s.Flip).Distinct().Count().ShouldBe(2);
        shifts.ShouldContain(s => s.Height < images.Height && s.Width < images.Width);
        using var scope = torch.NewDisposeScope();
        var batch = new Batches(images).Make(indices, shifts.AsSpan(), recipe.Padding, recipe.Cutout, ScalarType.Float32, Device.Cpu);

        var expected = Reference(images, indices, [.. shifts], recipe);
        batch.ToFloats().Zip(expected, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(1e-5f);
    }

    [Fact]
    public void A_resized_crop_of_all_of_an_image_is_the_image()
    {
        var images = TinyJobs.Images(4);
        Shift whole = new(0, 0, 0, 0, 0, images.Height, images.Width);
        using var scope = torch.NewDisposeScope();
        var batches = new Batches(images);

        var cropped = batches.Make([0, 1, 2, 3], [whole, whole, whole, whole], 0, 0, ScalarType.Float32, Device.Cpu);

        cropped.ToFloats().ShouldBe(batches.Make([0, 1, 2, 3], [], 0, 0, ScalarType.Float32, Device.Cpu).ToFloats());
        Should.Throw<ArgumentException>(() => batches.Make([0], [whole with { Dy = 1 }], 0, 0, ScalarType.Float32, Device.Cpu))
            .Message.ShouldContain("no window");
    }

    [Fact]
    public void Windows_lie_in_the_image_with_the_area_and_the_ratios_asked_for()
    {
        var images = new ImageSet(1, 60, 90, 1, new byte[60 * 90], new[] { 0 }, [0f], [1f]);

        var windows = Batches.Shifts(new Recipe { ResizedCrop = 0.25 }, images, 1, 0, 0, 4000);

        foreach (var w in windows)
        {
            w.Dy.ShouldBeInRange(0, 60 - w.Height);
            w.Dx.ShouldBeInRange(0, 90 - w.Width);

            // Sides are whole pixels.
            ((double)w.Width / w.Height).ShouldBeInRange(0.73, 1.37);
            (w.Height * w.Width / 5400.0).ShouldBeInRange(0.24, 1);
        }

        // A square of 60 is two thirds of this image: larger areas often don't fit, and are drawn again.
        windows.Average(w => w.Height * w.Width / 5400.0).ShouldBeInRange(0.44, 0.54);
        windows.Count(w => w.Width > w.Height).ShouldBeInRange(1900, 2500);
        windows.Select(w => w.Dy).Distinct().Count().ShouldBeGreaterThan(20);
    }

    [Fact]
    public void Orders_and_shifts_are_those_of_their_epoch_and_step()
    {
        var images = TinyJobs.Images(20);
        Batches.Order(1, 0, 500).ShouldNotBe(Batches.Order(1, 1, 500));
        Batches.Order(1, 0, 500).Order().ShouldBe(Enumerable.Range(0, 500));
        Batches.Order(1, 3, 500).ShouldBe(Batches.Order(1, 3, 500));
        Batches.Shifts(new Recipe(), images, 1, 0, 0, 20).ShouldNotBe(Batches.Shifts(new Recipe(), images, 1, 0, 1, 20));
        Batches.Shifts(new Recipe { Crop = 0, Flip = false }, images, 1, 0, 0, 20).ShouldBeEmpty();
    }

    [Fact]
    public void A_cut_or_changed_checkpoint_is_refused()
    {
        var weights = WeightInitialisation.Draw(TestNetworks.Tiny(), 1);
        var checkpoint = new Checkpoint(
            "job", 3, 1.25, 0.5, null, [new EpochFigures(1, double.NaN, 0.25)], weights, weights.Without("bn1.num_batches_tracked"));
        var bytes = checkpoint.ToBytes();
        var read = Checkpoint.Parse(bytes);

        read.Weights.Hash.ShouldBe(weights.Hash);
        (read with { Weights = weights, Momenta = weights, Epochs = [] }).ShouldBe(checkpoint with { Momenta = weights, Epochs = [] });
        for (var cut = 0; cut < bytes.Length; cut += 61)
        {
            Should.Throw<FormatException>(() => Checkpoint.Parse(bytes.AsMemory(0, cut)));
            var changed = bytes.ToArray();
            changed[cut] ^= 4;
            Should.Throw<FormatException>(() => Checkpoint.Parse(changed));
        }
    }

    [Fact]
    public void Named_tensors_hash_by_name_shape_and_content_and_refuse_bytes_that_do_not_fit()
    {
        var a = TensorData.Of([2, 3], [1f, 2, 3, 4, 5, 6]);
        var b = TensorData.Of([3, 2], [1f, 2, 3, 4, 5, 6]);
        var tensors = NamedTensors.Empty.With("b", a).With("a", b);

        tensors.Keys.ShouldBe(["a", "b"]);
        tensors.Hash.ShouldBe(NamedTensors.Empty.With("a", b).With("b", a).Hash);
        tensors.Hash.ShouldNotBe(tensors.With("b", b).Hash);
        tensors.Hash.ShouldNotBe(tensors.Without("a").Hash);
        Should.Throw<ArgumentException>(() => tensors.With("c", new TensorData([2, 2], TensorType.Float32, new byte[12]))).Message.ShouldContain("16 bytes");
        Should.Throw<KeyNotFoundException>(() => tensors["x"]).Message.ShouldContain("'x'");
    }

    [Fact]
    public void Latency_is_measured_with_the_threads_asked_for_and_leaves_the_thread_as_it_was()
    {
        var graph = TestNetworks.Tiny();
        var latency = LatencyMeter.Measure(graph, WeightInitialisation.Draw(graph, 1), new LatencySetting(4, Precision.Float32, Device.Cpu, 2, 2, 5));

        latency.FastestMs.ShouldBeGreaterThan(0);
        latency.MedianMs.ShouldBeInRange(latency.FastestMs, latency.SlowestMs);
        torch.get_num_threads().ShouldBe(1);
    }

    private static float[] Reference(ImageSet images, int[] indices, Shift[] shifts, Recipe recipe)
    {
        var result = new List<float>();
        for (var n = 0; n < indices.Length; n++)
        {
            var s = shifts[n];
            for (var c = 0; c < images.Channels; c++)
            {
                for (var y = 0; y < images.Height; y++)
                {
                    for (var x = 0; x < images.Width; x++)
                    {
                        var mirrored = s.Flip == 1 ? images.Width - 1 - x : x;
                        var pixel = s.Height > 0
                            ? Interpolated(images, indices[n], c, s, y, mirrored)
                            : PixelOrBlack(images, indices[n], c, y + s.Dy - recipe.Padding, mirrored + s.Dx - recipe.Padding);
                        var (top, left) = (s.CutY - (recipe.Cutout / 2), s.CutX - (recipe.Cutout / 2));
                        var cut = y >= top && y < top + recipe.Cutout && x >= left && x < left + recipe.Cutout;
                        result.Add(cut ? 0 : ((pixel / 255f) - images.Mean[c]) / images.Std[c]);
                    }
                }
            }
        }

        return [.. result];
    }

    private static float PixelOrBlack(ImageSet images, int image, int channel, int y, int x) =>
        y >= 0 && y < images.Height && x >= 0 && x < images.Width
            ? images.Pixels.Span[(((image * images.Channels) + channel) * images.Height * images.Width) + (y * images.Width) + x]
            : 0;

    /// <summary>The sum over all pixels of the window, weighted by how near they are along each axis.</summary>
    private static float Interpolated(ImageSet images, int image, int channel, Shift window, int y, int x)
    {
        var atY = Math.Clamp(((y + 0.5) * window.Height / images.Height) - 0.5, 0, window.Height - 1);
        var atX = Math.Clamp(((x + 0.5) * window.Width / images.Width) - 0.5, 0, window.Width - 1);
        var sum = 0.0;
        for (var i = 0; i < window.Height; i++)
        {
            for (var j = 0; j < window.Width; j++)
            {
                var weight = Math.Max(0, 1 - Math.Abs(i - atY)) * Math.Max(0, 1 - Math.Abs(j - atX));
                sum += weight * PixelOrBlack(images, image, channel, window.Dy + i, window.Dx + j);
            }
        }

        return (float)sum;
    }
}
