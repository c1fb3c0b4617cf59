namespace ActorPrune.Nn.Graph;

/// <summary>A network graph that does not hold together; the message names the layer, what it has and what it needs.</summary>
public sealed class GraphException : FormatException
{
    public GraphException()
    {
    }

    public GraphException(string message)
        : base(message)
    {
    }

    public GraphException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
