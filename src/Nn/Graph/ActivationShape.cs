namespace ActorPrune.Nn.Graph;

/// <summary>What one image becomes at a layer's output: C×H×W, or F features (<see cref="Flat"/>) with height and width 1.</summary>
/// <param name="Channels">C, or F where flat.</param>
/// <param name="Flat">The batch is N×F and no longer N×C×H×W.</param>
public readonly record struct ActivationShape(int Channels, int Height, int Width, bool Flat)
{
    /// <summary>Elements of one image.</summary>
    public long Elements => (long)Channels * Height * Width;

    public override string ToString() => Flat ? $"{Channels} features" : $"{Channels}×{Height}×{Width}";
}
