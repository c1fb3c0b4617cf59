using System.ComponentModel;
using System.Diagnostics;

namespace ActorPrune.Host.Comparison;

/// <summary>The commit of the source tree that the program was built in.</summary>
internal static class SourceCommit
{
    private const string Solution = "ActorPrune.sln";

    /// <summary>
    /// The hash, with "and changes" where sources or configurations were changed since; null where the program lies in no source tree, or
    /// there is no git.
    /// </summary>
    public static string? Describe()
    {
        // Any other repository that it may have been copied into says nothing about it.
        if (Git("rev-parse", "--show-toplevel") is not { } top
            || !File.Exists(Path.Combine(top, Solution))
            || Git("rev-parse", "HEAD") is not { } hash)
        {
            return null;
        }

        var changes = Git("status", "--porcelain", "--untracked-files=no", "--", ":/src", ":/hocon");
        return changes is { Length: > 0 } ? $"{hash} and changes" : hash;
    }

    private static string? Git(params string[] arguments)
    {
        try
        {
            var start = new ProcessStartInfo("git", ["-C", AppContext.BaseDirectory, .. arguments])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using var git = Process.Start(start)!;
            git.ErrorDataReceived += (_, _) => { };
            git.BeginErrorReadLine();
            var output = git.StandardOutput.ReadToEnd();
            git.WaitForExit();
            return git.ExitCode == 0 ? output.Trim() : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
