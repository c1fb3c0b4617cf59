using System.Runtime.InteropServices;
using ActorPrune.Nn.Torch;

namespace ActorPrune.Nn.Data;

/// <summary>How an image file becomes an image of fixed size.</summary>
/// <param name="Height">Of the result.</param>
/// <param name="Width">Of the result.</param>
/// <param name="ShorterSide">The shorter side is resized to this, then the centre is cut out; 0 = stretched to the size.</param>
/// <param name="AsIs">Files must have that size already.</param>
internal sealed record ImageTransform(int Height, int Width, int ShorterSide, bool AsIs)
{
    /// <summary>Goes up with every change that alters a pixel of the result.</summary>
    private const int Version = 1;

    public int ImageBytes => 3 * Height * Width;

    /// <summary>Part of the hash of what comes out.</summary>
    public string Identity => $"rgb v{Version} {Height}x{Width} "
        + $"{(AsIs ? "as is" : ShorterSide > 0 ? $"shorter {ShorterSide}" : "stretched")}";
}

/// <summary>Decodes JPEG and PNG files by the native library: 8-bit red, green and blue, whatever their colours are.</summary>
internal static unsafe class ImageFile
{
    private const int Jpeg = 1;
    private const int Png = 2;
    private const int NotBuiltIn = 2;
    private const int NoMemory = 3;
    private const int LongestMessage = 512;

    /// <exception cref="DataException">The native library was built without a decoder.</exception>
    public static void RequireDecoders(string title)
    {
        var formats = Native.ap_image_formats();
        if (formats != (Jpeg | Png))
        {
            var (what, package) = formats switch
            {
                Png => ("JPEG", "libjpeg-dev"),
                Jpeg => ("PNG", "libpng-dev"),
                _ => ("JPEG and PNG", "libjpeg-dev libpng-dev"),
            };
            throw new DataException(
                $"{title}: this build cannot read {what} files. Install the libraries (apt-get install {package}), delete .build/ and "
                + "start again: that builds anew.");
        }
    }

    /// <summary>Width and height by the file's header, or why it does not decode.</summary>
    public static (int Width, int Height, string? Fault) Size(ReadOnlySpan<byte> file)
    {
        int width, height;
        var message = stackalloc byte[LongestMessage];
        fixed (byte* data = file)
        {
            var outcome = Native.ap_image_size(data, file.Length, &width, &height, message, LongestMessage);
            return (width, height, Fault(outcome, message));
        }
    }

    /// <summary>The image, 3×H×W, into <paramref name="pixels"/>; why it does not decode, or null.</summary>
    /// <exception cref="DataException">Memory is short, which is no fault of the file's.</exception>
    public static string? Decode(ReadOnlySpan<byte> file, ImageTransform transform, Span<byte> pixels)
    {
        if (pixels.Length < transform.ImageBytes)
        {
            throw new ArgumentException($"Expected room for {transform.ImageBytes} bytes, found {pixels.Length}.", nameof(pixels));
        }

        var message = stackalloc byte[LongestMessage];
        fixed (byte* data = file)
        fixed (byte* into = pixels)
        {
            var outcome = Native.ap_image_decode(
                data, file.Length, transform.Width, transform.Height, transform.ShorterSide, into, message, LongestMessage);
            return Fault(outcome, message);
        }
    }

    private static string? Fault(int outcome, byte* message) => outcome switch
    {
        0 => null,
        NotBuiltIn or NoMemory => throw new DataException($"{Marshal.PtrToStringUTF8((nint)message)}."),
        _ => Marshal.PtrToStringUTF8((nint)message),
    };
}
