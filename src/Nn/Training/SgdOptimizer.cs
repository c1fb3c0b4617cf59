using ActorPrune.Nn.Torch;

namespace ActorPrune.Nn.Training;

/// <summary>
/// SGD with momentum as PyTorch computes it: d = g + decay·w; m = momentum·m + d; w −= rate·(Nesterov ? d + momentum·m : m). One
/// native call a step.
/// </summary>
internal sealed unsafe class SgdOptimizer : IDisposable
{
    private readonly nint[] parameters;
    private readonly nint[] handles;
    private readonly double[] decays;
    private readonly double momentum;
    private readonly bool nesterov;
    private readonly SortedDictionary<string, Tensor> momenta = new(StringComparer.Ordinal);

    public SgdOptimizer(NetworkModule module, Recipe recipe)
    {
        momentum = recipe.Momentum;
        nesterov = recipe.Nesterov && recipe.Momentum != 0;
        var trainable = module.Layout.Where(spec => spec.IsTrainable).ToArray();
        parameters = new nint[trainable.Length];
        handles = new nint[trainable.Length];
        decays = new double[trainable.Length];
        using var scope = torch.NewDisposeScope();
        try
        {
            for (var i = 0; i < trainable.Length; i++)
            {
                var spec = trainable[i];
                parameters[i] = module[spec.Name].Handle;
                decays[i] = recipe.DecayNorms || spec.Role is not (ParameterRole.NormWeight or ParameterRole.NormBias) ? recipe.WeightDecay : 0;
                if (momentum != 0)
                {
                    var buffer = torch.zeros(spec.Shape.AsSpan(), device: module.Options.Device).DetachFromDisposeScope();
                    momenta.Add(spec.Name, buffer);
                    handles[i] = buffer.Handle;
                }
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Adds the gradients of a replica of the module to the module's own, and clears them.</summary>
    public void Gather(NetworkModule replica)
    {
        Span<nint> others = stackalloc nint[parameters.Length];
        for (var i = 0; i < others.Length; i++)
        {
            others[i] = replica[replica.TrainableNames[i]].Handle;
        }

        fixed (nint* p = parameters)
        fixed (nint* o = others)
        {
            Native.Check(Native.ap_gather_gradients(p, o, parameters.Length));
        }
    }

    /// <summary>Moves the parameters along their gradients, and clears these.</summary>
    public void Step(double rate)
    {
        fixed (nint* p = parameters)
        fixed (nint* m = handles)
        fixed (double* d = decays)
        {
            Native.Check(Native.ap_sgd_step(p, m, d, parameters.Length, rate, momentum, nesterov ? 1 : 0));
        }
    }

    /// <summary>The momentum buffers, by their parameters' names.</summary>
    public NamedTensors State() =>
        NamedTensors.From(momenta.Select(pair => KeyValuePair.Create(pair.Key, TensorData.Of(pair.Value.shape, pair.Value.ToFloats()))));

    /// <exception cref="KeyNotFoundException">A buffer is missing.</exception>
    public void Load(NamedTensors state)
    {
        foreach (var (name, buffer) in momenta)
        {
            buffer.CopyFrom(state[name].Bytes.Span);
        }
    }

    public void Dispose()
    {
        foreach (var buffer in momenta.Values)
        {
            buffer.Dispose();
        }
    }
}
