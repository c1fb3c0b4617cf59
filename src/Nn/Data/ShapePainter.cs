using ActorPrune.Genetics.Random;

namespace ActorPrune.Nn.Data;

/// <summary>
/// Paints one image of <see cref="Shapes"/>, from back to front: a mottled gradient, smaller figures and strokes as clutter, the figure, strokes that
/// cover part of it, noise. Integers only. Points are in 256ths of a pixel.
/// </summary>
internal sealed class ShapePainter
{
    public const int Side = 32;
    private const int Plane = Side * Side;
    private const int Pixel = 256;

    /// <summary>Least sum over the channels of the differences between figure and background.</summary>
    private const int LeastContrast = 110;

    private readonly int[] canvas = new int[3 * Plane];
    private readonly CounterRandom random;

    private ShapePainter(CounterRandom random) => this.random = random;

    /// <summary>Draws a figure of class <paramref name="figure"/> into <paramref name="image"/>: 3×32×32, uint8.</summary>
    public static void Paint(CounterRandom random, int figure, Span<byte> image) => new ShapePainter(random).Paint(figure, image);

    private void Paint(int figure, Span<byte> image)
    {
        Background();
        var radius = Between(6 * Pixel, 11 * Pixel);
        var (x, y) = (Between(11 * Pixel, 21 * Pixel), Between(11 * Pixel, 21 * Pixel));
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
    private void Background()
    {
        var (from, to) = (Colour(), Colour());
        var angle = random.NextInt(FixedPoint.Turn);
        var (dx, dy) = (FixedPoint.Cos(angle), FixedPoint.Sin(angle));
        var mottle = Between(10, 50);
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
    private static int Bilinear(ReadOnlySpan<int> grid, int row, int column)
    {
        var (r, c, v, u) = (row >> 3, column >> 3, row & 7, column & 7);
        var at = (r * 5) + c;
        return (((((grid[at] * (8 - u)) + (grid[at + 1] * u)) * (8 - v)) + (((grid[at + 5] * (8 - u)) + (grid[at + 6] * u)) * v))) >> 6;
    }

    /// <summary>A figure, turned, stretched by up to a quarter, and sheared through the stretch's own direction.</summary>
    private void Figure(int figure, int x, int y, int radius, uint colour)
    {
        var (turn, axis) = (random.NextInt(FixedPoint.Turn), random.NextInt(FixedPoint.Turn));
        var stretch = Between(205, 256);
        var (st, ct, sa, ca) = (FixedPoint.Sin(turn), FixedPoint.Cos(turn), FixedPoint.Sin(axis), FixedPoint.Cos(axis));
        var shade = Between(-40, 40);
        Blend(x, y, radius, colour, shade, (dx, dy) =>
        {
            // Image → along and across the stretch's axis → the figure's own frame, in 1024ths of its radius.
            var along = (int)(((((long)dx * ca) + ((long)dy * sa)) * 1024 / radius) >> 14);
            var across = (int)(((((long)dy * ca) - ((long)dx * sa)) * 1024 / radius) >> 14) * 256 / stretch;
            return ShapeFigures.Holds(figure, ((along * ct) + (across * st)) >> 14, ((across * ct) - (along * st)) >> 14);
        });
    }

    /// <summary>A straight bar through the point, 4 to 14 pixels long and 1 to 3 wide.</summary>
    private void Stroke(int x, int y, uint colour)
    {
        var angle = random.NextInt(FixedPoint.Turn);
        var (s, c) = (FixedPoint.Sin(angle), FixedPoint.Cos(angle));
        var (length, width) = (Between(2 * Pixel, 7 * Pixel), Between(Pixel / 2, 3 * Pixel / 2));
        Blend(x, y, length + width, colour, 0, (dx, dy) =>
            Math.Abs((dx * c) + (dy * s)) >> 14 <= length && Math.Abs((dy * c) - (dx * s)) >> 14 <= width);
    }

    /// <summary>Lays <paramref name="colour"/> over the pixels within, by the share of 2×2 points that <paramref name="holds"/> accepts.</summary>
    private void Blend(int x, int y, int reach, uint colour, int shade, Func<int, int, bool> holds)
    {
        var (left, right) = (Math.Max(0, (x - reach) / Pixel), Math.Min(Side - 1, (x + reach) / Pixel));
        var (top, bottom) = (Math.Max(0, (y - reach) / Pixel), Math.Min(Side - 1, (y + reach) / Pixel));
        for (var row = top; row <= bottom; row++)
        {
            for (var column = left; column <= right; column++)
            {
                var (dx, dy) = ((column * Pixel) - x, (row * Pixel) - y);
                var covered = (holds(dx + 64, dy + 64) ? 1 : 0) + (holds(dx + 192, dy + 64) ? 1 : 0)
                    + (holds(dx + 64, dy + 192) ? 1 : 0) + (holds(dx + 192, dy + 192) ? 1 : 0);
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
    private void Develop(Span<byte> image)
    {
        var strength = Between(8, 40);
        for (var i = 0; i < canvas.Length; i += 2)
        {
            var word = random.NextUInt32();
            image[i] = (byte)Math.Clamp(canvas[i] + Noise(word, strength), 0, 255);
            image[i + 1] = (byte)Math.Clamp(canvas[i + 1] + Noise(word >> 16, strength), 0, 255);
        }
    }

    private static int Noise(uint word, int strength) => ((int)(word & 255) + (int)((word >> 8) & 255) - 255) * strength >> 8;

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

    private uint Colour() => random.NextUInt32();

    private static int Part(uint colour, int channel) => (int)(colour >> (8 * channel)) & 255;

    private int Between(int least, int most) => least + random.NextInt(most - least + 1);
}
