namespace ActorPrune.Nn.Data;

/// <summary>Integer trigonometry: the same on every machine and runtime, which a mathematical library's is not.</summary>
internal static class FixedPoint
{
    /// <summary>Angles are counted in 1024ths of a turn.</summary>
    public const int Turn = 1024;

    /// <summary>Sines are in 16384ths.</summary>
    public const int One = 1 << 14;

    /// <summary>
    /// Sine of <paramref name="angle"/>, by Bhaskara I's rational approximation (7th century): 16·a·(π−a) / (5π² − 4a(π−a)),
    /// error below 0.0017.
    /// </summary>
    public static int Sin(int angle)
    {
        const int Half = Turn / 2;
        var a = angle & (Turn - 1);
        var negative = a >= Half;
        a &= Half - 1;
        var product = a * (Half - a);
        var sine = (int)((long)One * 16 * product / ((5 * Half * Half) - (4 * product)));
        return negative ? -sine : sine;
    }

    public static int Cos(int angle) => Sin(angle + (Turn / 4));
}
