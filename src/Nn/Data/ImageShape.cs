namespace ActorPrune.Nn.Data;

/// <summary>What a network must take in and give out for a data set: C×H×W images, and a number of classes.</summary>
public sealed record ImageShape(int Channels, int Height, int Width, int Classes);
