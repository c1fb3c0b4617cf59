using System.Runtime.CompilerServices;

namespace ActorPrune.Nn.Data;

/// <summary>A part of the plane around the origin, in 256ths of a pixel.</summary>
internal interface IArea
{
    bool Holds(int x, int y);
}

/// <summary>A figure of the given radius, turned, and pressed together across an axis of any direction.</summary>
/// <param name="figure">Class.</param>
/// <param name="radius">In 256ths of a pixel.</param>
/// <param name="turn">In 1024ths of a turn.</param>
/// <param name="axis">In 1024ths of a turn.</param>
/// <param name="stretch">Width across the axis, in 256ths of that along it.</param>
internal readonly struct TurnedFigure(int figure, int radius, int turn, int axis, int stretch) : IArea
{
    private readonly int sinTurn = FixedPoint.Sin(turn);
    private readonly int cosTurn = FixedPoint.Cos(turn);

    // From 256ths of a pixel to 1024ths of the radius, in 16384ths. Points lie at most a pixel beyond the radius, which is above a pixel:
    // the products stay below 1024·16384·2·2, within an int.
    private readonly int alongX = FixedPoint.Cos(axis) * ShapeFigures.Radius / radius;
    private readonly int alongY = FixedPoint.Sin(axis) * ShapeFigures.Radius / radius;
    private readonly int acrossX = -FixedPoint.Sin(axis) * ShapeFigures.Radius / radius * 256 / stretch;
    private readonly int acrossY = FixedPoint.Cos(axis) * ShapeFigures.Radius / radius * 256 / stretch;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool Holds(int x, int y)
    {
        var along = ((x * alongX) + (y * alongY)) >> 14;
        var across = ((x * acrossX) + (y * acrossY)) >> 14;
        return ShapeFigures.Holds(figure, ((along * cosTurn) + (across * sinTurn)) >> 14, ((across * cosTurn) - (along * sinTurn)) >> 14);
    }
}

/// <summary>A bar: |along| ≤ length and |across| ≤ width, in 256ths of a pixel.</summary>
internal readonly struct TurnedBar(int length, int width, int turn) : IArea
{
    private readonly int sin = FixedPoint.Sin(turn);
    private readonly int cos = FixedPoint.Cos(turn);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool Holds(int x, int y) =>
        Math.Abs((x * cos) + (y * sin)) >> 14 <= length && Math.Abs((y * cos) - (x * sin)) >> 14 <= width;
}
