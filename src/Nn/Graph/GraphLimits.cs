namespace ActorPrune.Nn.Graph;

/// <summary>What a graph may not exceed, so that no file or argument can make the program allocate without bound.</summary>
public static class GraphLimits
{
    public const int Layers = 10_000;

    /// <summary>Channels of any N×C×H×W activation.</summary>
    public const int Channels = 65_536;

    /// <summary>Features of any N×F activation.</summary>
    public const int Features = 1 << 20;

    /// <summary>Height and width of any activation.</summary>
    public const int Side = 8_192;

    /// <summary>Kernel size, stride and padding.</summary>
    public const int Kernel = 1_024;

    /// <summary>Elements of one weight.</summary>
    public const long WeightElements = 1L << 30;

    /// <summary>Characters of a layer's name.</summary>
    public const int Name = 256;
}
