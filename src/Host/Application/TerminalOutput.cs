using Spectre.Console;
using Spectre.Console.Rendering;

namespace ActorPrune.Host.Application;

/// <summary>Results on standard output: tables with colours on a terminal (NO_COLOR respected), plain aligned lines elsewhere.</summary>
public static class TerminalOutput
{
    public static void Write(Func<IRenderable> styled, Func<string> plain)
    {
        if (Console.IsOutputRedirected)
        {
            Console.Out.WriteLine(plain().TrimEnd());
        }
        else
        {
            AnsiConsole.Write(styled());
            AnsiConsole.WriteLine();
        }
    }
}
