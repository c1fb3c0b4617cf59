namespace ActorPrune.Nn.Zoo;

/// <summary>What a network of the zoo is built for.</summary>
/// <param name="Classes">Outputs of the last layer.</param>
/// <param name="InputChannels">Channels of the images.</param>
/// <param name="Height">Of the images, in pixels.</param>
/// <param name="Width">Of the images, in pixels.</param>
/// <param name="Shortcut">How residual networks for CIFAR change the number of channels; other networks do not read it.</param>
/// <param name="WidthMultiplier">Every number of channels between the image and the classes is multiplied by this and rounded (at least
/// 1).</param>
/// <param name="Head">What stands between a VGG's last pooling and its classes; other networks do not read it, and the zoo's "vgg…-fc512"
/// always have the hidden layer.</param>
public sealed record NetworkOptions(
    int Classes = 10,
    int InputChannels = 3,
    int Height = 32,
    int Width = 32,
    ShortcutKind Shortcut = ShortcutKind.Pad,
    double WidthMultiplier = 1,
    HeadKind Head = HeadKind.Linear)
{
    /// <summary><paramref name="channels"/> at this width.</summary>
    internal int Scale(int channels) => Math.Max(1, (int)Math.Round(channels * WidthMultiplier, MidpointRounding.AwayFromZero));
}

/// <summary>The shortcut where a residual stage begins (He et al. 2016, section 3.3).</summary>
public enum ShortcutKind
{
    /// <summary>Option A: without parameters, skips every second pixel and pads with zero channels.</summary>
    Pad,

    /// <summary>Option B: a 1×1 convolution with batch normalisation.</summary>
    Projection,

    /// <summary>As <see cref="Pad"/>, but averages two by two pixels where that skips: without parameters, too.</summary>
    PoolAndPad,
}

/// <summary>The end of a VGG.</summary>
public enum HeadKind
{
    /// <summary>One linear layer.</summary>
    Linear,

    /// <summary>A hidden layer of 512: linear, batch normalisation, ReLU, linear.</summary>
    Hidden512,
}
