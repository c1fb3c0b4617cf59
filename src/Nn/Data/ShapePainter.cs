using System.Runtime.CompilerServices;
using ActorPrune.Genetics.Random;

namespace ActorPrune.Nn.Data;

/// <summary>
/// Paints one image of <see cref="Shapes"/>, from back to front: a mottled gradient, smaller figures and strokes as clutter, the figure,
/// strokes that cover part of it, noise. Integers only. Points are in 256ths of a pixel.
/// </summary>
internal sealed class ShapePainter
{
    public const int Side = 32;
    private const int Plane = Side * Side;
    private const int Pixel = 256;

    /// <summary>Least sum over the channels of the differences between figure and background.</summary>
    private const int LeastContrast = 130;

    private readonly int[] canvas = new int[3 * Plane];
    private readonly CounterRandom random;

    private ShapePainter(CounterRandom random) => this.random = random;

    /// <summary>Draws a figure of class <paramref name="figure"/> into <paramref name="image"/>: 3×32×32, uint8.</summary>
    public static void Paint(CounterRandom random, int figure, Span<byte> image) => new ShapePainter(random).Paint(figure, image);

    private void Paint(int figure, Span<byte> image)
    {
        Background();
        var radius = Between(13 * Pixel / 2, 23 * Pixel / 2);
        var (x, y) = (Between(12 * Pixel, 20 * Pixel), Between(12 * Pixel, 20 * Pixel));
        for (var n = Between(1, 4); n > 0; n--)
        {
            if (random.NextInt(2) == 0)
            {
                Stroke(Between(0, Side * Pixel), Between(0, Side * Pixel), Colour());
            }
            else
            {
                var small = Between(radius / 4, radius / 2);
                Figure(random.NextInt(10), Between(0, Side * Pixel), Between(0, Side * Pixel), small, Colour());
            }
        }

        Figure(figure, x, y, radius, Against(x, y));
        for (var n = random.NextInt(3); n > 0; n--)
        {
            Stroke(x + Between(-radius, radius), y + Between(-radius, radius), Colour());
        }

        Develop(image);
    }

    /// <summary>A gradient between two colours in a random direction, mottled by bilinear noise on a 4×4 grid.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Background()
    {
        var from = Colour();
        var to = Mix(from, Colour());
        var angle = random.NextInt(FixedPoint.Turn);
        var (dx, dy) = (FixedPoint.Cos(angle), FixedPoint.Sin(angle));
        var mottle = Between(5, 40);
        Span<int> grid = stackalloc int[3 * 25];
        foreach (ref var cell in grid)
        {
            cell = Between(-mottle, mottle);
        }

        for (var row = 0; row < Side; row++)
        {
            for (var column = 0; column < Side; column++)
            {
                // −22.7 to 22.7 pixels along the gradient, as 0 to 256.
                var along = Math.Clamp(128 + ((((column - 16) * dx) + ((row - 16) * dy)) * 128 / (23 * FixedPoint.One)), 0, 256);
                for (var c = 0; c < 3; c++)
                {
                    canvas[(c * Plane) + (row * Side) + column] =
                        (((Part(from, c) * (256 - along)) + (Part(to, c) * along)) >> 8) + Bilinear(grid[(c * 25)..], row, column);
                }
            }
        }
    }

    /// <summary>A 5×5 grid, spread over the image: cells of 8×8 pixels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Bilinear(ReadOnlySpan<int> grid, int row, int column)
    {
        var (r, c, v, u) = (row >> 3, column >> 3, row & 7, column & 7);
        var at = (r * 5) + c;
        return (((((grid[at] * (8 - u)) + (grid[at + 1] * u)) * (8 - v)) + (((grid[at + 5] * (8 - u)) + (grid[at + 6] * u)) * v))) >> 6;
    }

    private void Figure(int figure, int x, int y, int radius, uint colour)
    {
        var (turn, axis) = (random.NextInt(FixedPoint.Turn), random.NextInt(FixedPoint.Turn));
        var stretch = Between(205, 256);
        var shade = Between(-40, 40);
        Blend(x, y, radius, colour, shade, new TurnedFigure(figure, radius, turn, axis, stretch));
    }

    /// <summary>A straight bar through the point, 4 to 14 pixels long and 1 to 3 wide.</summary>
    private void Stroke(int x, int y, uint colour)
    {
        var angle = random.NextInt(FixedPoint.Turn);
        var (length, width) = (Between(2 * Pixel, 7 * Pixel), Between(Pixel / 2, 3 * Pixel / 2));
        Blend(x, y, length + width, colour, 0, new TurnedBar(length, width, angle));
    }

    /// <summary>
    /// Lays <paramref name="colour"/> over the pixels within, by the share of 2×2 points that <paramref name="area"/> holds.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Blend<T>(int x, int y, int reach, uint colour, int shade, T area)
        where T : struct, IArea
    {
        var (left, right) = (Math.Max(0, (x - reach) / Pixel), Math.Min(Side - 1, (x + reach) / Pixel));
        var (top, bottom) = (Math.Max(0, (y - reach) / Pixel), Math.Min(Side - 1, (y + reach) / Pixel));
        for (var row = top; row <= bottom; row++)
        {
            for (var column = left; column <= right; column++)
            {
                var (dx, dy) = ((column * Pixel) - x, (row * Pixel) - y);
                var covered = (area.Holds(dx + 64, dy + 64) ? 1 : 0) + (area.Holds(dx + 192, dy + 64) ? 1 : 0)
                    + (area.Holds(dx + 64, dy + 192) ? 1 : 0) + (area.Holds(dx + 192, dy + 192) ? 1 : 0);
                for (var c = 0; covered > 0 && c < 3; c++)
                {
                    ref var at = ref canvas[(c * Plane) + (row * Side) + column];
                    var paint = Part(colour, c) + (shade * dy / reach);
                    at += (paint - at) * covered / 4;
                }
            }
        }
    }

    /// <summary>Adds triangular noise and clips to 0..255.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Develop(Span<byte> image)
    {
        var strength = Between(8, 38);
        for (var i = 0; i < canvas.Length; i += 4)
        {
            var word = random.NextUInt32();
            for (var j = i; j < i + 4; j++, word >>= 8)
            {
                var noise = (((int)(word & 15) + (int)((word >> 4) & 15) - 15) * strength) >> 4;
                image[j] = (byte)Math.Clamp(canvas[j] + noise, 0, 255);
            }
        }
    }

    /// <summary>A colour that stands out from what lies at the point.</summary>
    private uint Against(int x, int y)
    {
        var at = (y / Pixel * Side) + (x / Pixel);
        while (true)
        {
            var colour = Colour();
            var contrast = 0;
            for (var c = 0; c < 3; c++)
            {
                contrast += Math.Abs(Part(colour, c) - canvas[(c * Plane) + at]);
            }

            if (contrast >= LeastContrast)
            {
                return colour;
            }
        }
    }

    private static uint Mix(uint a, uint b) => ((a >> 1) & 0x7F7F7F7F) + ((b >> 1) & 0x7F7F7F7F);

    private uint Colour() => random.NextUInt32();

    private static int Part(uint colour, int channel) => (int)(colour >> (8 * channel)) & 255;

    private int Between(int least, int most) => least + random.NextInt(most - least + 1);
}
