namespace ActorPrune.Nn.Torch;

/// <summary>Element types of tensors; the numbers are those of the native header.</summary>
public enum ScalarType
{
    Byte = 0,
    Int64 = 1,
    Float32 = 2,
    BFloat16 = 3,
}

/// <summary>Where a tensor lives: the CPU, or CUDA device <see cref="Index"/>.</summary>
/// <param name="Index">-1 = CPU.</param>
public readonly record struct Device(int Index)
{
    public static Device Cpu { get; } = new(-1);

    public bool IsCuda => Index >= 0;

    /// <summary>"cpu", "cuda" (the first) or "cuda:2".</summary>
    /// <exception cref="ArgumentException">It is none of these.</exception>
    public static Device Parse(string text) => text switch
    {
        "cpu" => Cpu,
        "cuda" => new Device(0),
        _ when text.StartsWith("cuda:", StringComparison.Ordinal)
            && int.TryParse(text.AsSpan(5), out var index)
            && index is >= 0 and < 128 => new Device(index),
        _ => throw new ArgumentException($"'{text}' is not a device; expected \"cpu\", \"cuda\" or \"cuda:N\"."),
    };

    public override string ToString() => IsCuda ? $"cuda:{Index}" : "cpu";
}
