namespace ActorPrune.Nn.Formats;

/// <summary>A safetensors file that is not one; the message names the file and, where there is one, the tensor.</summary>
public sealed class SafetensorsException : FormatException
{
    public SafetensorsException()
    {
    }

    public SafetensorsException(string message)
        : base(message)
    {
    }

    public SafetensorsException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
