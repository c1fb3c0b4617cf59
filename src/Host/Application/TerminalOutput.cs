using ActorPrune.Host.Report;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace ActorPrune.Host.Application;

/// <summary>
/// Results on standard output: tables on a terminal that is wide enough for them (NO_COLOR respected), plain aligned lines elsewhere. In a
/// narrow terminal a table's cells would be broken in the middle of words and numbers; plain lines only wrap.
/// </summary>
public static class TerminalOutput
{
    /// <summary>What borders and padding add to plain lines of at most ten columns.</summary>
    private const int Frame = 12;

    public static void Write(Func<IRenderable> styled, Func<string> plain)
    {
        var text = plain().TrimEnd();
        if (Console.IsOutputRedirected || AnsiConsole.Profile.Width < Width(text) + Frame)
        {
            Console.Out.WriteLine(text);
        }
        else
        {
            AnsiConsole.Write(styled());
            AnsiConsole.WriteLine();
        }
    }

    /// <summary>Where a file stands now; nothing for a device or pipe, which may be standard output itself and holds the content alone.</summary>
    public static void Written(string path)
    {
        if (!RunDirectory.IsStream(path))
        {
            Console.Out.WriteLine(Path.GetFullPath(path));
        }
    }

    private static int Width(string text) => text.Split('\n').Max(l => l.Length);
}
