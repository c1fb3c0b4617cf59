using System.Collections.Immutable;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using ActorPrune.Genetics.Random;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Torch;

namespace ActorPrune.Nn.Training;

/// <summary>
/// Trains one network on one thread. The result depends on the job alone: a training that was interrupted and resumed from its checkpoint
/// ends with the same bits as one that was not.
/// </summary>
public sealed class Trainer : IDisposable
{
    private static readonly TimeSpan WorthSaving = TimeSpan.FromSeconds(3);
    // No epoch of the training has this number, so recalibration draws moves of its own.
    private const int RecalibrationEpoch = -1;

    // Images for the figure of a recipe that does not recalibrate: as many as the defaults of evaluations take.
    private const int DiagnosticRecalibration = 1024;

    private static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(0.4);

    private readonly TrainingJob job;
    private readonly ITrainingMonitor monitor;
    private readonly Batches training;
    private readonly Batches? validation;
    private readonly Batches? test;
    private readonly NetworkModule module;
    private readonly Learner learner;
    private readonly List<Replica> replicas = [];
    private readonly SgdOptimizer optimizer;
    private readonly int batch;
    private readonly int stepsPerEpoch;
    private readonly int steps;
    // Of the run that this training is a part of, or is.
    private readonly int firstStep;
    private readonly int allSteps;
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
        validation = job.Validation is null ? null : new Batches(job.Validation);
        test = job.Test is null ? null : new Batches(job.Test);
        batch = Math.Min(recipe.Batch, job.Training.Count);
        stepsPerEpoch = Batches.StepsPerEpoch(job.Training.Count, batch);
        steps = recipe.Steps > 0 ? recipe.Steps : (int)Math.Round(recipe.Epochs * stepsPerEpoch);
        firstStep = checked((int)((job.Options.Part?.Index ?? 0) * steps));
        allSteps = checked((int)((job.Options.Part?.Count ?? 1) * steps));
        hasDropout = job.Graph.Layers.Any(layer => layer.Op is Op.Dropout);
        learner = new Learner(job);
        module = learner.Module;
        try
        {
            optimizer = new SgdOptimizer(module, recipe);
            var parts = job.Options.Device.IsCuda ? 1 : Math.Clamp(job.Options.Threads, 1, batch);
            while (replicas.Count < parts - 1)
            {
                replicas.Add(new Replica(job));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Runs <paramref name="job"/> to its end on the calling thread.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; a checkpoint was saved if seconds of work would have been lost.</exception>
    /// <exception cref="ArgumentException">Weights do not fit the graph, or the recipe cannot be followed.</exception>
    public static TrainingOutcome Run(TrainingJob job, ITrainingMonitor monitor)
    {
        var threads = torch.get_num_threads();
        torch.set_num_threads(1);
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
        replicas.ForEach(r => r.Dispose());
        optimizer?.Dispose();
        learner.Dispose();
    }

    private TrainingOutcome Run()
    {
        try
        {
            if (!Resume())
            {
                MeasureStart();
            }

            // The checkpoint, or a recalibration that was taken back, has moved the module alone.
            SynchroniseReplicas();
            sinceSave.Restart();
            sinceReport.Restart();
            Learn();
            if (job.Recipe.Recalibration > 0 && steps > 0)
            {
                Recalibrate();
            }

            var error = steps == 0 && job.Options.MeasureStart ? recalibratedError ?? startError : Validate();
            var tested = epochs.Where(e => e.TestError is not null).Select(e => e.TestError).ToList();
            if (test is not null && job.Recipe.Recalibration > 0 && steps > 0)
            {
                // The last error is that of the weights that are handed out, statistics included.
                tested.Add(Error(test));
            }

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

    /// <summary>One step: its loss. Each replica has its part of the batch; gradients are summed in the order of the parts.</summary>
    private double Step()
    {
        var at = firstStep + step;
        var (epoch, position) = (at / stepsPerEpoch, at % stepsPerEpoch);
        var indices = Order(epoch).AsMemory(position * batch, batch);
        Announce(indices.Span);
        var shifts = Batches.Shifts(job.Recipe, job.Training, job.Options.Seed, epoch, position, batch);
        var dropoutSeed = hasDropout ? CounterRandom.For(job.Options.Seed, "dropout", epoch, position, "seed").NextUInt64() : 0;
        var parts = replicas.Count + 1;
        double Part(int part, Learner learner)
        {
            var (from, to) = (batch * part / parts, batch * (part + 1) / parts);
            using var scope = torch.NewDisposeScope();
            var own = indices.Span[from..to];
            var moves = shifts.IsEmpty ? [] : shifts.AsSpan()[from..to];
            var images = training.Make(own, moves, job.Recipe.Padding, job.Recipe.Cutout, module.InputType, job.Options.Device);
            return learner.Backward(images, training.Labels(own, job.Options.Device), dropoutSeed + (ulong)part, (to - from) / (double)batch);
        }

        var losses = Shared(Part);
        foreach (var replica in replicas)
        {
            optimizer.Gather(replica.Learner.Module);
        }

        optimizer.Step(LearningRate.At(job.Recipe, at, allSteps));
        SynchroniseReplicas();
        return losses.Sum();
    }

    /// <summary>Has the images of this step and of the next decoded, where that takes time.</summary>
    private void Announce(ReadOnlySpan<int> present)
    {
        if (training.ReadsAhead)
        {
            training.Announce(present);
            var next = firstStep + step + 1;
            training.Announce(
                next < firstStep + steps ? Order(next / stepsPerEpoch).AsSpan(next % stepsPerEpoch * batch, batch) : []);
        }
    }

    /// <summary>Runs one part of the work on each replica's thread and the first part here; results in the order of the parts.</summary>
    private T[] Shared<T>(Func<int, Learner, T> part)
    {
        var others = replicas.Select((replica, i) => replica.Begin(learner => part(i + 1, learner))).ToArray();
        try
        {
            return [part(0, learner), .. others.Select(o => o.GetAwaiter().GetResult())];
        }
        catch
        {
            // The others still use the tensors: nobody goes on before they are done.
            Task.WaitAll(others.Select(o => o.ContinueWith(_ => { }, TaskScheduler.Default)));
            throw;
        }
    }

    private void SynchroniseReplicas() => replicas.ForEach(r => r.Learner.Module.CopyFrom(module));

    private double Error(Batches images)
    {
        SynchroniseReplicas();
        var wrong = Shared((part, learner) => ErrorMeter.CountWrong(learner.Module, images, part, replicas.Count + 1, monitor.Cancellation));
        return wrong.Sum() / (double)images.Images.Count;
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
        double? error = test is null ? null : Error(test);
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
        if (steps == 0 ? job.Recipe.Recalibration > 0 : job.Options.MeasureStart)
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

    /// <summary>
    /// Batch-norm statistics as the mean over training images of the first epoch's order, augmented as in training: the weights were
    /// learned under statistics of such images, and those of plain ones differ enough (the crop's black border alone) to spoil a network
    /// that needs no repair.
    /// </summary>
    private void Recalibrate()
    {
        var images = Math.Min(job.Recipe.Recalibration > 0 ? job.Recipe.Recalibration : DiagnosticRecalibration, job.Training.Count);
        var size = Math.Min(batch, images);
        module.ResetStatistics();
        module.CumulativeStatistics = true;
        using var mode = torch.no_grad();
        var indices = Batches.Order(job.Options.Seed, 0, job.Training.Count);
        for (var start = 0; start + size <= images; start += size)
        {
            monitor.Cancellation.ThrowIfCancellationRequested();
            using var scope = torch.NewDisposeScope();
            var shifts = Batches.Shifts(job.Recipe, job.Training, job.Options.Seed, RecalibrationEpoch, start / size, size);
            var augmented = training.Make(
                indices.AsSpan(start, size), shifts.AsSpan(), job.Recipe.Padding, job.Recipe.Cutout, module.InputType, job.Options.Device);
            _ = module.Forward(augmented, training: true);
        }

        module.CumulativeStatistics = false;
    }

    private double? Validate() => validation is null ? null : Error(validation);

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
            var text = $"{layers}\n{job.Weights.Hash}\n{recipe}\n{string.Join(',', job.Recipe.Milestones)}\n"
                + $"{options.Precision} {options.Device} {options.Threads} {options.Seed} {options.Masks?.Hash} "
                + $"{options.MeasureStart} {options.Part}\n"
                + $"{job.Training.Count} {job.Validation?.Count} {job.Test?.Count} {job.Teacher?.Weights.Hash}";
            identity = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        }

        return identity;
    }
}
