using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace ActorPrune.Nn.Data;

/// <summary>The ten figures of <see cref="Shapes"/>, each inside the circle of radius <see cref="Radius"/> around the origin.</summary>
internal static class ShapeFigures
{
    /// <summary>Of the circle that holds every figure.</summary>
    public const int Radius = 1024;

    public static ImmutableArray<string> Names { get; } =
        ["disc", "ring", "crescent", "triangle", "square", "hexagon", "star", "cross", "arrow", "angle"];

    private static readonly (int X, int Y)[] Triangle = [(0, -1024), (887, 512), (-887, 512)];

    private static readonly (int X, int Y)[] Square = [(-724, -724), (724, -724), (724, 724), (-724, 724)];

    private static readonly (int X, int Y)[] Hexagon = [(1000, 0), (500, 866), (-500, 866), (-1000, 0), (-500, -866), (500, -866)];

    private static readonly (int X, int Y)[] Star =
    [
        (0, -1024), (253, -348), (974, -316), (409, 133), (602, 828), (0, 430), (-602, 828), (-409, 133), (-974, -316), (-253, -348),
    ];

    private static readonly (int X, int Y)[] Cross =
    [
        (-300, -970), (300, -970), (300, -300), (970, -300), (970, 300), (300, 300),
        (300, 970), (-300, 970), (-300, 300), (-970, 300), (-970, -300), (-300, -300),
    ];

    private static readonly (int X, int Y)[] Arrow =
        [(0, -1024), (760, -100), (260, -100), (260, 980), (-260, 980), (-260, -100), (-760, -100)];

    private static readonly (int X, int Y)[] Angle = [(-700, -740), (-180, -740), (-180, 220), (700, 220), (700, 740), (-700, 740)];

    /// <summary>Whether the point lies in the figure of class <paramref name="figure"/>; coordinates of at most ±20,000.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool Holds(int figure, int x, int y) => figure switch
    {
        0 => Disc(x, y, 960),
        1 => Disc(x, y, 1000) && !Disc(x, y, 560),
        2 => Disc(x, y, 1000) && !Disc(x - 460, y, 760),
        3 => Inside(Triangle, x, y),
        4 => Inside(Square, x, y),
        5 => Inside(Hexagon, x, y),
        6 => Inside(Star, x, y),
        7 => Inside(Cross, x, y),
        8 => Inside(Arrow, x, y),
        _ => Inside(Angle, x, y),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Disc(int x, int y, int radius) => (x * x) + (y * y) <= radius * radius;

    /// <summary>Even-odd rule, by the crossings of the ray to the right.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool Inside((int X, int Y)[] corners, int x, int y)
    {
        var inside = false;
        var b = corners[^1];
        foreach (var a in corners)
        {
            if ((a.Y > y) != (b.Y > y))
            {
                // x < a.X + (y − a.Y)(b.X − a.X) / (b.Y − a.Y), multiplied out so that no division rounds.
                var side = ((x - a.X) * (b.Y - a.Y)) - ((y - a.Y) * (b.X - a.X));
                inside ^= b.Y > a.Y ? side < 0 : side > 0;
            }

            b = a;
        }

        return inside;
    }
}
