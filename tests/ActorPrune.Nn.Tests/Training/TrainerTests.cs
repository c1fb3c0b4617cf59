using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Tests.Torch;
using ActorPrune.Nn.Torch;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Tests.Training;

public class TrainerTests
{
    [Fact]
    public void A_tiny_network_learns_and_reports_an_error_for_every_epoch()
    {
        var outcome = Trainer.Run(TinyJobs.Job(new Recipe { Epochs = 12, Batch = 8, Crop = 0, LearningRate = 0.05 }), new SilentMonitor());

        outcome.Steps.ShouldBe(72);
        outcome.Epochs.Select(e => e.Epoch).ShouldBe(Enumerable.Range(1, 12));
        outcome.Epochs[^1].TrainLoss.ShouldBeLessThan(outcome.Epochs[0].TrainLoss);
        outcome.Error!.Value.ShouldBeLessThan(0.2);
        outcome.TestErrorLast.ShouldBe(outcome.Epochs[^1].TestError);
        outcome.TestErrorBest.ShouldBe(outcome.Epochs.Min(e => e.TestError));
        outcome.Diverged.ShouldBeFalse();
    }

    [Fact]
    public void Parts_of_a_run_one_after_the_other_see_the_images_and_rates_of_the_whole()
    {
        // Without momentum nothing but the weights goes from one step to the next.
        var recipe = new Recipe
        {
            Steps = 5, Batch = 8, Crop = 1, Cutout = 2, LearningRate = 0.05, Momentum = 0, Nesterov = false,
            Schedule = Schedule.Cosine, Warmup = 0.2
        };
        var graph = WithDropout(TestNetworks.Tiny());
        var job = TinyJobs.Job(recipe with { Steps = 15 }, graph: graph);
        var whole = Trainer.Run(job, new SilentMonitor());

        var weights = job.Weights;
        for (var part = 0; part < 3; part++)
        {
            var own = job with { Recipe = recipe, Weights = weights, Options = job.Options with { Part = new TrainingPart(part, 3) } };
            weights = Trainer.Run(own, new SilentMonitor()).Weights;
        }

        weights.Hash.ShouldBe(whole.Weights.Hash);
        var first = job with { Recipe = recipe };
        Trainer.Run(first, new SilentMonitor()).Weights.Hash.ShouldNotBe(
            Trainer.Run(first with { Options = job.Options with { Part = new TrainingPart(0, 3) } }, new SilentMonitor()).Weights.Hash,
            "the schedule is the whole run's");
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 1)]
    [InlineData(17, 1)]
    [InlineData(7, 3)]
    public void A_training_that_is_interrupted_and_resumed_ends_with_the_same_bits(int interruptAt, int threads)
    {
        var graph = WithDropout(TestNetworks.Tiny());
        var recipe = new Recipe { Epochs = 3, Batch = 8, Crop = 1, Cutout = 2, LearningRate = 0.05, Recalibration = 24, Warmup = 0.2 };
        var job = TinyJobs.Job(recipe, TinyJobs.Float32 with { MeasureStart = true, Threads = threads }, graph);
        var whole = Trainer.Run(job, new SilentMonitor());

        using var first = new RecordingMonitor(interruptAt);
        Should.Throw<OperationCanceledException>(() => Trainer.Run(job, first));
        using var second = new RecordingMonitor(0, first.Saved[^1]);
        var resumed = Trainer.Run(job, second);

        Checkpoint.Parse(first.Saved[^1]).Step.ShouldBe(interruptAt);
        resumed.Weights.Hash.ShouldBe(whole.Weights.Hash);
        (resumed with { Weights = whole.Weights, Epochs = whole.Epochs }).ShouldBe(whole);
        resumed.Epochs.ShouldBe(whole.Epochs);
    }

    [Fact]
    public void A_checkpoint_of_another_job_or_a_damaged_one_is_not_continued()
    {
        var job = TinyJobs.Job();
        using var first = new RecordingMonitor(2);
        Should.Throw<OperationCanceledException>(() => Trainer.Run(job, first));
        var other = job with { Options = job.Options with { Seed = 8 } };
        var damaged = first.Saved[^1].ToArray();
        damaged[^40] ^= 1;

        using var withOther = new RecordingMonitor(0, first.Saved[^1]);
        Trainer.Run(other, withOther).Weights.Hash.ShouldBe(Trainer.Run(other, new SilentMonitor()).Weights.Hash);
        using var withDamaged = new RecordingMonitor(0, damaged);
        Trainer.Run(job, withDamaged).Weights.Hash.ShouldBe(Trainer.Run(job, new SilentMonitor()).Weights.Hash);
    }

    [Fact]
    public void Replicas_take_the_same_steps_as_one_network_on_the_whole_batch()
    {
        // Without batch norm, whose statistics are those of a part, the sum of the parts' gradients is the whole batch's gradient.
        var graph = GraphBuilder.Start("plain", 2, 6, 6)
            .Conv("conv", 5, 3, padding: 1)
            .Relu("relu")
            .GlobalAvgPool("pool")
            .Flatten("flat")
            .Linear("fc", 3)
            .Build();
        var recipe = new Recipe { Epochs = 2, Batch = 8, Crop = 1, LearningRate = 0.05 };
        var one = Trainer.Run(TinyJobs.Job(recipe, TinyJobs.Float32, graph), new SilentMonitor());
        var three = Trainer.Run(TinyJobs.Job(recipe, TinyJobs.Float32 with { Threads = 3 }, graph), new SilentMonitor());

        foreach (var (name, tensor) in one.Weights)
        {
            var others = three.Weights[name].Floats.ToArray();
            tensor.Floats.ToArray().Zip(others).Max(p => Math.Abs(p.First - p.Second)).ShouldBeLessThan(1e-5f, name);
        }

        three.Weights.Hash.ShouldNotBe(WeightInitialisation.Draw(graph, 3).Hash);
        three.Error.ShouldBe(one.Error);
    }

    [Fact]
    public void Two_threads_at_once_compute_what_one_thread_computes()
    {
        var alone = Trainer.Run(TinyJobs.Job(), new SilentMonitor()).Weights.Hash;
        var hashes = new string[2];
        using var barrier = new Barrier(2);
        var threads = Enumerable.Range(0, 2).Select(i => new Thread(() =>
        {
            barrier.SignalAndWait();
            hashes[i] = Trainer.Run(TinyJobs.Job(), new SilentMonitor()).Weights.Hash;
        })).ToArray();
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());

        hashes.ShouldBe([alone, alone]);
    }

    [Fact]
    public void Mixed_precision_learns_too_and_is_repeatable()
    {
        var job = TinyJobs.Job(new Recipe { Epochs = 12, Batch = 8, Crop = 0, LearningRate = 0.05 }, TinyJobs.Float32 with { Precision = Precision.BFloat16 });
        var outcome = Trainer.Run(job, new SilentMonitor());

        outcome.Error!.Value.ShouldBeLessThan(0.2);
        Trainer.Run(job, new SilentMonitor()).Weights.Hash.ShouldBe(outcome.Weights.Hash);
    }

    [Fact]
    public void Recalibration_looks_at_images_as_they_are_trained_on()
    {
        // A wide black border makes the statistics of augmented images very different from those of plain ones.
        var recipe = new Recipe { Epochs = 20, Batch = 8, Crop = 4, LearningRate = 0.01 };
        var trained = Trainer.Run(TinyJobs.Job(recipe), new SilentMonitor()).Weights;

        double Distance(Recipe recalibration)
        {
            var job = TinyJobs.Job(recalibration with { Epochs = 0, Recalibration = 48 }) with { Weights = trained };
            var statistics = Trainer.Run(job, new SilentMonitor()).Weights;
            var name = trained.Keys.First(k => k.EndsWith(".running_mean", StringComparison.Ordinal));
            return trained[name].Floats.ToArray().Zip(statistics[name].Floats.ToArray()).Sum(p => Math.Abs(p.First - p.Second));
        }

        Distance(recipe).ShouldBeLessThan(0.5 * Distance(recipe with { Crop = 0 }));
    }

    [Fact]
    public void The_last_test_error_is_that_of_the_weights_that_are_handed_out()
    {
        var job = TinyJobs.Job(new Recipe { Epochs = 1, Batch = 8, Crop = 2, LearningRate = 0.02, Recalibration = 48 });
        var outcome = Trainer.Run(job, new SilentMonitor());

        using var module = new NetworkModule(job.Graph, outcome.Weights, new ModuleOptions(Precision.Float32, Device.Cpu));
        outcome.TestErrorLast.ShouldBe(ErrorMeter.Measure(module, job.Test!));
        outcome.TestErrorLast.ShouldNotBe(outcome.Epochs[^1].TestError);
    }

    [Fact]
    public void A_diverged_training_is_a_result_that_says_so()
    {
        var outcome = Trainer.Run(TinyJobs.Job(new Recipe { Epochs = 4, Batch = 8, LearningRate = 1e30, Schedule = Schedule.Constant }), new SilentMonitor());

        outcome.Diverged.ShouldBeTrue();
        outcome.Steps.ShouldBeLessThan(24);
        outcome.Error!.Value.ShouldBeGreaterThan(0.5);
        outcome.TestErrorLast.ShouldNotBeNull();
    }

    [Fact]
    public void The_error_is_measured_before_and_after_recalibration_and_recalibration_repairs_wrong_statistics()
    {
        var trained = Trainer.Run(TinyJobs.Job(new Recipe { Epochs = 12, Batch = 8, Crop = 0, LearningRate = 0.05 }), new SilentMonitor());
        var broken = trained.Weights
            .With("bn1.running_mean", TensorData.Of([4], [50f, -50, 50, -50]))
            .With("bn2.running_var", TensorData.Of([4], [1e-4f, 1e4f, 1e-4f, 1e4f]));
        var job = TinyJobs.Job(new Recipe { Recalibration = 48, Batch = 8, Crop = 0 }, TinyJobs.Float32 with { MeasureStart = true }) with { Weights = broken };

        var outcome = Trainer.Run(job, new SilentMonitor());

        outcome.Steps.ShouldBe(0);
        outcome.StartError!.Value.ShouldBeGreaterThan(0.5);
        outcome.RecalibratedError!.Value.ShouldBeLessThan(0.3);
        outcome.Error.ShouldBe(outcome.RecalibratedError);
    }

    [Fact]
    public void Looking_at_the_error_of_fresh_statistics_changes_nothing_of_a_training_that_does_not_recalibrate()
    {
        var recipe = new Recipe { Epochs = 1, Batch = 8, Crop = 1 };
        var plain = Trainer.Run(TinyJobs.Job(recipe), new SilentMonitor());
        var watched = Trainer.Run(TinyJobs.Job(recipe, TinyJobs.Float32 with { MeasureStart = true }), new SilentMonitor());

        plain.RecalibratedError.ShouldBeNull();
        watched.RecalibratedError.ShouldNotBeNull();
        watched.Weights.Hash.ShouldBe(plain.Weights.Hash);
        watched.Error.ShouldBe(plain.Error);
    }

    [Fact]
    public void Masked_kernels_stay_at_zero_in_what_the_network_computes()
    {
        var job = TinyJobs.Job();
        var values = Enumerable.Range(0, 16).Select(i => i % 3 == 0 ? 0f : 1f).ToArray();
        var masks = NamedTensors.From([KeyValuePair.Create("conv2", TensorData.Of([4, 4, 1, 1], values))]);
        var zeroed = job.Weights.With("conv2.weight", TensorData.Of(
            [4, 4, 3, 3], [.. job.Weights["conv2.weight"].Floats.ToArray().Select((w, i) => w * values[i / 9])]));
        job = job with { Weights = zeroed, Options = job.Options with { Masks = masks } };

        var trained = Trainer.Run(job, new SilentMonitor()).Weights["conv2.weight"].Floats.ToArray();

        trained.Where((_, i) => values[i / 9] == 0).ShouldAllBe(w => w == 0);
        trained.Where((_, i) => values[i / 9] == 1).ShouldAllBe(w => w != 0);
    }

    [Fact]
    public void Distillation_from_itself_pulls_towards_the_teacher()
    {
        var teacher = Trainer.Run(TinyJobs.Job(new Recipe { Epochs = 12, Batch = 8, Crop = 0, LearningRate = 0.05 }), new SilentMonitor());
        var recipe = new Recipe { Epochs = 12, Batch = 8, Crop = 0, LearningRate = 0.05, Distillation = 1 };
        var job = TinyJobs.Job(recipe) with { Teacher = new Teacher(TestNetworks.Tiny(), teacher.Weights) };

        Trainer.Run(job, new SilentMonitor()).Error!.Value.ShouldBeLessThan(0.3);
        Should.Throw<ArgumentException>(() => Trainer.Run(job with { Teacher = null }, new SilentMonitor())).Message.ShouldContain("no teacher");
    }

    private static NetworkGraph WithDropout(NetworkGraph graph)
    {
        var fc = graph.Layers[^1];
        return graph with { Layers = [.. graph.Layers[..^1], new("drop", new Op.Dropout(0.25), fc.Inputs), fc with { Inputs = [graph.Layers.Length - 1] }] };
    }
}
