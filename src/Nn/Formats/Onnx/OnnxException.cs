namespace ActorPrune.Nn.Formats.Onnx;

/// <summary>An ONNX file that is not one, or holds what is not read; the message names the file and, where there is one, the
/// node.</summary>
public sealed class OnnxException : FormatException
{
    public OnnxException()
    {
    }

    public OnnxException(string message)
        : base(message)
    {
    }

    public OnnxException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
