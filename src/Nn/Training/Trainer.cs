using System.Collections.Immutable;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using ActorPrune.Genetics.Random;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Torch;
using static ActorPrune.Nn.Torch.torch.nn;

namespace ActorPrune.Nn.Training;

/// <summary>
/// Trains one network on one thread. The result depends on the job alone: a training that was interrupted and resumed from its checkpoint ends with the
/// same bits as one that was not.
/// </summary>
public sealed class Trainer : IDisposable
{
    private static readonly TimeSpan WorthSaving = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(0.4);

    private readonly TrainingJob job;
    private readonly ITrainingMonitor monitor;
    private readonly Batches training;
    private readonly Batches? test;
    private readonly NetworkModule module;
    private readonly NetworkModule? teacher;
    private readonly SgdOptimizer optimizer;
    private readonly int batch;
    private readonly int stepsPerEpoch;
    private readonly int steps;
    private readonly bool hasDropout;
    private readonly Stopwatch sinceSave = Stopwatch.StartNew();
    private readonly Stopwatch sinceReport = Stopwatch.StartNew();
    private readonly List<EpochFigures> epochs = [];
    private string? identity;
    private int imagesSinceReport;
    private int step;
    private double lossSum;
    private double lastLoss = double.NaN;
    private double? startError;
    private double? recalibratedError;
    private int[] order = [];
    private int orderEpoch = -1;

    private Trainer(TrainingJob job, ITrainingMonitor monitor)
    {
        this.job = job;
        this.monitor = monitor;
        var recipe = job.Recipe;
        if (job.Training.Count == 0 || recipe.Batch < 1)
        {
            throw new ArgumentException($"A training needs images and a batch of at least 1; it has {job.Training.Count} images and batch {recipe.Batch}.");
        }

        if (recipe.Distillation > 0 && job.Teacher is null)
        {
            throw new ArgumentException($"The recipe distils with weight {recipe.Distillation}, but there is no teacher.");
        }

        training = new Batches(job.Training);
        test = job.Test is null ? null : new Batches(job.Test);
        batch = Math.Min(recipe.Batch, job.Training.Count);
        stepsPerEpoch = Batches.StepsPerEpoch(job.Training.Count, batch);
        steps = recipe.Steps > 0 ? recipe.Steps : (int)Math.Round(recipe.Epochs * stepsPerEpoch);
        hasDropout = job.Graph.Layers.Any(layer => layer.Op is Op.Dropout);
        module = new NetworkModule(job.Graph, job.Weights, new ModuleOptions(job.Options.Precision, job.Options.Device, job.Options.Masks));
        optimizer = new SgdOptimizer(module, recipe);
        teacher = recipe.Distillation > 0
            ? new NetworkModule(job.Teacher!.Graph, job.Teacher.Weights, new ModuleOptions(job.Options.Precision, job.Options.Device))
            : null;
    }

    /// <summary>Runs <paramref name="job"/> to its end on the calling thread.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; a checkpoint was saved if seconds of work would have been lost.</exception>
    /// <exception cref="ArgumentException">Weights do not fit the graph, or the recipe cannot be followed.</exception>
    public static TrainingOutcome Run(TrainingJob job, ITrainingMonitor monitor)
    {
        var threads = torch.get_num_threads();
        torch.set_num_threads(job.Options.Threads);
        try
        {
            using var trainer = new Trainer(job, monitor);
            return trainer.Run();
        }
        finally
        {
            torch.set_num_threads(threads);
        }
    }

    public void Dispose()
    {
        optimizer.Dispose();
        module.Dispose();
        teacher?.Dispose();
    }

    private TrainingOutcome Run()
    {
        try
        {
            if (!Resume())
            {
                MeasureStart();
            }

            sinceSave.Restart();
            sinceReport.Restart();
            Learn();
            if (job.Recipe.Recalibration > 0 && steps > 0)
            {
                Recalibrate();
            }

            var error = steps == 0 && job.Options.MeasureStart ? recalibratedError ?? startError : Validate();
            var tested = epochs.Where(e => e.TestError is not null).Select(e => e.TestError).ToArray();
            return new TrainingOutcome(
                module.Weights(), [.. epochs], step, startError, recalibratedError, error, tested.LastOrDefault(), tested.Min(), HasDiverged);
        }
        catch (OperationCanceledException)
        {
            // Wherever it was cancelled, the state is that between two steps, but for statistics that recalibration resets first of all.
            if (step > 0 && sinceSave.Elapsed >= WorthSaving)
            {
                monitor.Save(Checkpoint().ToBytes());
            }

            throw;
        }
    }

    private bool HasDiverged => !double.IsFinite(lossSum);

    private void Learn()
    {
        while (true)
        {
            var isLast = step == steps || HasDiverged;
            if (epochs.Count < (isLast ? (step + stepsPerEpoch - 1) / stepsPerEpoch : step / stepsPerEpoch))
            {
                EndEpoch();
            }

            if (isLast)
            {
                return;
            }

            Pause();
            lastLoss = Step();
            lossSum += lastLoss;
            step++;
            imagesSinceReport += batch;
            Report();
        }
    }

    /// <summary>One step: its loss.</summary>
    private double Step()
    {
        var (epoch, position) = (step / stepsPerEpoch, step % stepsPerEpoch);
        using var scope = torch.NewDisposeScope();
        var indices = Order(epoch).AsSpan(position * batch, batch);
        var shifts = Batches.Shifts(job.Recipe, job.Training, job.Options.Seed, epoch, position, batch);
        var images = training.Make(indices, shifts.AsSpan(), job.Recipe.Crop, job.Recipe.Cutout, module.InputType, job.Options.Device);
        var labels = training.Labels(indices, job.Options.Device);
        var dropoutSeed = hasDropout ? CounterRandom.For(job.Options.Seed, "dropout", epoch, position, "seed").NextUInt64() : 0;
        var loss = Loss(images, labels, dropoutSeed);
        loss.backward();
        optimizer.Step(LearningRate.At(job.Recipe, step, steps));
        return loss.item();
    }

    private Tensor Loss(Tensor images, Tensor labels, ulong dropoutSeed)
    {
        var logits = module.Forward(images, training: true, dropoutSeed);
        var loss = functional.cross_entropy(logits, labels, job.Recipe.LabelSmoothing);
        if (teacher is null)
        {
            return loss;
        }

        Tensor taught;
        using (torch.no_grad())
        {
            taught = teacher.Forward(images, training: false);
        }

        var weight = job.Recipe.Distillation;
        return (loss * (1 - weight)) + (functional.distillation(logits, taught, job.Recipe.DistillationTemperature) * weight);
    }

    private int[] Order(int epoch)
    {
        if (orderEpoch != epoch)
        {
            order = Batches.Order(job.Options.Seed, epoch, job.Training.Count);
            orderEpoch = epoch;
        }

        return order;
    }

    private void EndEpoch()
    {
        var done = ((step - 1) % stepsPerEpoch) + 1;
        double? error = test is null ? null : ErrorMeter.Measure(module, test, monitor.Cancellation);
        epochs.Add(new EpochFigures(((step - 1) / stepsPerEpoch) + 1, lossSum / done, error));
        lossSum = HasDiverged ? lossSum : 0;
    }

    /// <summary>Between two steps: whether to stop, whether to save.</summary>
    private void Pause()
    {
        monitor.Cancellation.ThrowIfCancellationRequested();
        if (step > 0 && monitor.IsCheckpointDue(sinceSave.Elapsed))
        {
            monitor.Save(Checkpoint().ToBytes());
            sinceSave.Restart();
        }
    }

    private void Report()
    {
        if (sinceReport.Elapsed < ReportEvery && step < steps)
        {
            return;
        }

        var rate = imagesSinceReport / Math.Max(1e-9, sinceReport.Elapsed.TotalSeconds);
        monitor.Report(new TrainingProgress(step, steps, ((step - 1) / stepsPerEpoch) + 1, lastLoss, epochs.LastOrDefault()?.TestError, rate));
        imagesSinceReport = 0;
        sinceReport.Restart();
    }

    private void MeasureStart()
    {
        if (job.Options.MeasureStart)
        {
            startError = Validate();
        }

        // With steps to come, the statistics of the start are only of interest for this figure: they are computed anew at the end.
        if (job.Recipe.Recalibration > 0 && (job.Options.MeasureStart || steps == 0))
        {
            var before = module.Weights();
            Recalibrate();
            recalibratedError = job.Options.MeasureStart ? Validate() : null;
            if (steps > 0)
            {
                module.Load(before);
            }
        }
    }

    /// <summary>Batch-norm statistics as the mean over unaugmented training images, of the first epoch's order.</summary>
    private void Recalibrate()
    {
        var images = Math.Min(job.Recipe.Recalibration, job.Training.Count);
        var size = Math.Min(batch, images);
        module.ResetStatistics();
        module.CumulativeStatistics = true;
        using var mode = torch.no_grad();
        var indices = Batches.Order(job.Options.Seed, 0, job.Training.Count);
        for (var start = 0; start + size <= images; start += size)
        {
            monitor.Cancellation.ThrowIfCancellationRequested();
            using var scope = torch.NewDisposeScope();
            _ = module.Forward(training.Make(indices.AsSpan(start, size), [], 0, 0, module.InputType, job.Options.Device), training: true);
        }

        module.CumulativeStatistics = false;
    }

    private double? Validate() => job.Validation is null ? null : ErrorMeter.Measure(module, job.Validation, monitor.Cancellation);

    private Checkpoint Checkpoint() =>
        new(Identity(), step, lossSum, startError, recalibratedError, [.. epochs], module.Weights(), optimizer.State());

    private bool Resume()
    {
        if (monitor.Checkpoint is not { } bytes)
        {
            return false;
        }

        Checkpoint saved;
        try
        {
            saved = Training.Checkpoint.Parse(bytes);
        }
        catch (FormatException)
        {
            // The start gives the same result, only later.
            return false;
        }

        if (saved.Job != Identity() || saved.Step > steps)
        {
            return false;
        }

        module.Load(saved.Weights);
        optimizer.Load(saved.Momenta);
        (step, lossSum, startError, recalibratedError) = (saved.Step, saved.LossSum, saved.StartError, saved.RecalibratedError);
        epochs.AddRange(saved.Epochs);
        return true;
    }

    /// <summary>Tells this training from others, so that no checkpoint is continued by a job that it does not belong to.</summary>
    private string Identity()
    {
        if (identity is null)
        {
            var layers = string.Join('\n', job.Graph.Layers.Select(layer => $"{layer.Name}({string.Join(',', layer.Inputs)})"));
            var (recipe, options) = (job.Recipe with { Milestones = [] }, job.Options);
            var text = $"{layers}\n{job.Weights.Hash}\n{recipe}\n{string.Join(',', job.Recipe.Milestones)}\n{options.Precision} {options.Device} {options.Threads} "
                + $"{options.Seed} {options.Masks?.Hash} {options.MeasureStart}\n{job.Training.Count} {job.Validation?.Count} {job.Test?.Count} {job.Teacher?.Weights.Hash}";
            identity = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        }

        return identity;
    }
}
