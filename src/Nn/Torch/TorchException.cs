namespace ActorPrune.Nn.Torch;

/// <summary>libtorch refused an operation: its message, without the C++ stack.</summary>
public sealed class TorchException : Exception
{
    public TorchException(string message)
        : base(message)
    {
    }

    public TorchException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
