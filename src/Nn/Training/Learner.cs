using ActorPrune.Nn.Torch;
using static ActorPrune.Nn.Torch.torch.nn;

namespace ActorPrune.Nn.Training;

/// <summary>A network with the loss that it learns by. Belongs to one thread at a time.</summary>
internal sealed class Learner : IDisposable
{
    private readonly Recipe recipe;
    private readonly NetworkModule? teacher;

    public Learner(TrainingJob job)
    {
        recipe = job.Recipe;
        Module = new NetworkModule(job.Graph, job.Weights, new ModuleOptions(job.Options.Precision, job.Options.Device, job.Options.Masks));
        try
        {
            teacher = recipe.Distillation > 0
                ? new NetworkModule(job.Teacher!.Graph, job.Teacher.Weights, new ModuleOptions(job.Options.Precision, job.Options.Device))
                : null;
        }
        catch
        {
            Module.Dispose();
            throw;
        }
    }

    public NetworkModule Module { get; }

    /// <summary>Leaves the gradients of the mean loss times <paramref name="weight"/> in the module's parameters.</summary>
    /// <param name="images">N×C×H×W.</param>
    /// <param name="labels">N, int64.</param>
    /// <param name="dropoutSeed">Of this step and part.</param>
    /// <param name="weight">The part's share of the batch.</param>
    /// <returns>The weighted loss.</returns>
    public double Backward(Tensor images, Tensor labels, ulong dropoutSeed, double weight)
    {
        var loss = Loss(images, labels, dropoutSeed);
        loss = weight == 1 ? loss : loss * weight;
        loss.backward();
        return loss.item();
    }

    public void Dispose()
    {
        Module.Dispose();
        teacher?.Dispose();
    }

    private Tensor Loss(Tensor images, Tensor labels, ulong dropoutSeed)
    {
        var logits = Module.Forward(images, training: true, dropoutSeed);
        var loss = functional.cross_entropy(logits, labels, recipe.LabelSmoothing);
        if (teacher is null)
        {
            return loss;
        }

        Tensor taught;
        using (torch.no_grad())
        {
            taught = teacher.Forward(images, training: false);
        }

        return (loss * (1 - recipe.Distillation)) + (functional.distillation(logits, taught, recipe.DistillationTemperature) * recipe.Distillation);
    }
}
