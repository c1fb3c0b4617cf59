namespace ActorPrune.Nn.Data;

/// <summary>
/// A data set that cannot be used: missing, cut, altered, mislabelled, or too small for what is asked of it. The message names the file (or
/// the setting), what was expected, what was found, and what to do.
/// </summary>
public sealed class DataException : Exception
{
    public DataException(string message)
        : base(message)
    {
    }

    public DataException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
