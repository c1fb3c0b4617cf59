using ActorPrune.Genetics.Random;
using ActorPrune.Nn.Data;

namespace ActorPrune.Nn.Tests.Data;

public sealed class ImageFileTests
{
    private static byte[] Decoded(byte[] file, int width, int height, int shorter = 0)
    {
        var pixels = new byte[3 * width * height];
        ImageFile.Decode(file, new ImageTransform(height, width, shorter, AsIs: false), pixels).ShouldBeNull();
        return pixels;
    }

    private static string Fault(byte[] file)
    {
        var pixels = new byte[3 * 8 * 8];
        var fault = ImageFile.Decode(file, new ImageTransform(8, 8, 0, AsIs: false), pixels).ShouldNotBeNull();
        ImageFile.Decode(file, new ImageTransform(8, 8, 8, AsIs: false), pixels).ShouldBe(fault);
        return fault;
    }

    [Fact]
    public void A_png_of_any_colour_type_becomes_red_green_and_blue_planes()
    {
        // Two pixels: (10, 20, 30) and (200, 100, 0), or grey 10 and 200.
        byte[] colour = [10, 200, 20, 100, 30, 0], grey = [10, 200, 10, 200, 10, 200];
        Decoded(TinyImages.Png(2, 1, 2, 8, [10, 20, 30, 200, 100, 0]), 2, 1).ShouldBe(colour);
        Decoded(TinyImages.Png(2, 1, 6, 8, [10, 20, 30, 255, 200, 100, 0, 0]), 2, 1).ShouldBe(colour);
        Decoded(TinyImages.Png(2, 1, 2, 16, [10, 1, 20, 2, 30, 3, 200, 4, 100, 5, 0, 6]), 2, 1).ShouldBe(colour);
        Decoded(TinyImages.Png(2, 1, 3, 8, [1, 0], [200, 100, 0, 10, 20, 30]), 2, 1).ShouldBe(colour);
        Decoded(TinyImages.Png(2, 1, 0, 8, [10, 200]), 2, 1).ShouldBe(grey);
        Decoded(TinyImages.Png(2, 1, 4, 8, [10, 255, 200, 9]), 2, 1).ShouldBe(grey);
        Decoded(TinyImages.Png(2, 1, 0, 1, [0b01000000]), 2, 1).ShouldBe(new byte[] { 0, 255, 0, 255, 0, 255 });
    }

    [Fact]
    public void A_jpeg_in_grey_colour_or_ink_becomes_red_green_and_blue_planes()
    {
        static byte[] Planes(int r, int g, int b) =>
            [.. Enumerable.Repeat((byte)r, 64), .. Enumerable.Repeat((byte)g, 64), .. Enumerable.Repeat((byte)b, 64)];

        Decoded(TinyImages.Jpeg(1, 1, [1], (_, _, _) => 77), 8, 8).ShouldBe(Planes(77, 77, 77));
        Decoded(TinyImages.Jpeg(1, 1, [1, 2, 3], (_, _, c) => c == 0 ? 90 : 128), 8, 8).ShouldBe(Planes(90, 90, 90));
        Decoded(TinyImages.Jpeg(1, 1, [82, 71, 66], (_, _, c) => 50 * (c + 1)), 8, 8).ShouldBe(Planes(50, 100, 150));
        // Cyan, magenta, yellow, black as Adobe stores them: 255 is no ink.
        Decoded(TinyImages.Jpeg(1, 1, [1, 2, 3, 4], (_, _, c) => c == 2 ? 0 : 255), 8, 8).ShouldBe(Planes(255, 255, 0));
        Decoded(TinyImages.Jpeg(1, 1, [1, 2, 3, 4], (_, _, c) => c == 3 ? 128 : 255), 8, 8).ShouldBe(Planes(128, 128, 128));
    }

    [Fact]
    public void The_size_is_read_from_the_header()
    {
        ImageFile.Size(TinyImages.Png(5, 3, (_, _, _) => 0)).ShouldBe((5, 3, null));
        ImageFile.Size(TinyImages.Jpeg(3, 2, [1], (_, _, _) => 0)).ShouldBe((24, 16, null));
        ImageFile.Size("GIF89a"u8).Fault.ShouldBe("is neither a JPEG nor a PNG file");
    }

    [Fact]
    public void At_its_own_size_an_image_is_cut_from_the_centre_without_any_change()
    {
        var file = TinyImages.Png(9, 4, (y, x, c) => (y * 60) + (x * 5) + c);
        var pixels = Decoded(file, 4, 4, shorter: 4);
        for (var i = 0; i < 48; i++)
        {
            // 5 columns too many: half of them, to even, on the left.
            pixels[i].ShouldBe((byte)((i % 16 / 4 * 60) + (((i % 4) + 2) * 5) + (i / 16)));
        }
    }

    [Theory]
    [InlineData(17, 11, 5, 4, 0)]
    [InlineData(5, 7, 12, 9, 0)]
    [InlineData(40, 23, 8, 8, 10)]
    [InlineData(6, 9, 16, 16, 16)]
    [InlineData(64, 3, 2, 2, 3)]
    public void Resizing_is_linear_interpolation_over_all_that_a_pixel_covers(int width, int height, int toWidth, int toHeight, int shorter)
    {
        var random = CounterRandom.For(width, "resize", height, 0, "test");
        var source = Enumerable.Range(0, width * height * 3).Select(_ => random.NextInt(256)).ToArray();
        var pixels = Decoded(TinyImages.Png(width, height, (y, x, c) => source[(((y * width) + x) * 3) + c]), toWidth, toHeight, shorter);
        var least = Math.Min(width, height);
        var (fullWidth, fullHeight) = shorter == 0 ? (toWidth, toHeight) : (shorter * width / least, shorter * height / least);
        var (left, top) = ((int)Math.Round((fullWidth - toWidth) / 2.0), (int)Math.Round((fullHeight - toHeight) / 2.0));
        for (var c = 0; c < 3; c++)
        {
            for (var y = 0; y < toHeight; y++)
            {
                for (var x = 0; x < toWidth; x++)
                {
                    var expected = Weights(height, fullHeight, top + y).SelectMany(
                        v => Weights(width, fullWidth, left + x),
                        (v, h) => v.Weight * h.Weight * source[(((v.At * width) + h.At) * 3) + c]).Sum();
                    ((double)pixels[(c * toWidth * toHeight) + (y * toWidth) + x]).ShouldBe(expected, 1.01, $"channel {c}, row {y}, "
                        + $"column {x}");
                }
            }
        }
    }

    private static List<(int At, double Weight)> Weights(int source, int target, int at)
    {
        var scale = source / (double)target;
        var reach = Math.Max(1, scale);
        double Weight(int i) => Math.Max(0, 1 - (Math.Abs(i + 0.5 - ((at + 0.5) * scale)) / reach));
        var all = Enumerable.Range(0, source).Select(i => (At: i, Weight: Weight(i))).ToList();
        var sum = all.Sum(w => w.Weight);
        return [.. all.Where(w => w.Weight > 0).Select(w => (w.At, w.Weight / sum))];
    }

    [Fact]
    public void What_does_not_decode_is_said_in_words()
    {
        var png = TinyImages.Png(8, 8, (y, x, c) => (y * x) + c);
        var jpeg = TinyImages.Jpeg(4, 4, [1, 2, 3], (y, x, c) => (40 * y) + (13 * x) + c);
        Fault([]).ShouldBe("is empty");
        Fault("<html>"u8.ToArray()).ShouldBe("is neither a JPEG nor a PNG file");
        Fault(png[..^20]).ShouldNotBeEmpty();
        Fault(jpeg[..^20]).ShouldContain("JPEG");
        Fault(jpeg[..30]).ShouldNotBeEmpty();

        var changed = png.ToArray();
        changed[50] ^= 0x40;
        Fault(changed).ShouldNotBeEmpty();
        Fault(TinyImages.Png(100_000, 1, 0, 8, [])).ShouldContain("100000x1 pixels; accepted are sides of at most 32768");
        Fault(TinyImages.Png(30_000, 30_000, 0, 8, [])).ShouldContain("30000x30000 pixels");
    }

    [Fact]
    public void Damaged_files_give_words_or_pixels_and_nothing_else()
    {
        byte[][] good = [
            TinyImages.Png(8, 8, (y, x, c) => (y * x) + c),
            TinyImages.Png(8, 8, 3, 8, new byte[64], [1, 2, 3]),
            TinyImages.Jpeg(2, 2, [1, 2, 3], (y, x, c) => (40 * y) + (13 * x) + c),
            TinyImages.Jpeg(2, 2, [1, 2, 3, 4], (y, x, c) => (40 * y) + (13 * x) + c)];
        var random = CounterRandom.For(9, "images", 0, 0, "damage");
        var pixels = new byte[3 * 4 * 4];
        var refused = 0;
        for (var round = 0; round < 6000; round++)
        {
            var bytes = good[round % 4].ToArray();
            bytes = bytes[..(random.NextInt(4) == 0 ? random.NextInt(bytes.Length) : bytes.Length)];
            for (var n = random.NextInt(4); n > 0 && bytes.Length > 0; n--)
            {
                bytes[random.NextInt(bytes.Length)] = (byte)random.NextInt(256);
            }

            var fault = ImageFile.Decode(bytes, new ImageTransform(4, 4, round % 2 * 5, AsIs: false), pixels);
            fault.ShouldNotBe("");
            refused += fault is null ? 0 : 1;
        }

        refused.ShouldBeGreaterThan(2000);
    }

    [Fact]
    public void Too_small_a_place_for_the_pixels_is_refused() =>
        Should.Throw<ArgumentException>(
            () => ImageFile.Decode(TinyImages.Png(2, 2, (_, _, _) => 0), new ImageTransform(2, 2, 0, AsIs: false), new byte[11]))
            .Message.ShouldContain("12 bytes");
}
