namespace ActorPrune.Nn.Torch;

/// <summary>
/// Owns the tensors that its thread makes while it is the innermost scope. Leaving it frees all of them except those that were moved out.
/// There are no finalizers: what no scope owns is owned by whoever detached it.
/// </summary>
public sealed class DisposeScope : IDisposable
{
    [ThreadStatic]
    private static DisposeScope? innermost;

    private readonly List<Tensor> owned = [];
    private readonly DisposeScope? outer;
    private readonly int thread = Environment.CurrentManagedThreadId;
    private bool left;

    internal DisposeScope()
    {
        outer = innermost;
        innermost = this;
    }

    internal static DisposeScope? Innermost => innermost;

    internal DisposeScope? Outer => outer;

    /// <summary>Number of tensors that will be freed here.</summary>
    public int Count => owned.Count;

    /// <exception cref="InvalidOperationException">Another thread opened it, or an inner scope is still open.</exception>
    public void Dispose()
    {
        if (left)
        {
            return;
        }

        if (thread != Environment.CurrentManagedThreadId || innermost != this)
        {
            throw new InvalidOperationException("A dispose scope must be left on the thread that opened it, after the scopes inside it.");
        }

        innermost = outer;
        left = true;
        foreach (var tensor in owned)
        {
            tensor.FreeFromScope();
        }

        owned.Clear();
    }

    internal int Add(Tensor tensor)
    {
        owned.Add(tensor);
        return owned.Count - 1;
    }

    internal void Remove(int position)
    {
        var last = owned[^1];
        owned[position] = last;
        last.ScopePosition = position;
        owned.RemoveAt(owned.Count - 1);
    }
}
