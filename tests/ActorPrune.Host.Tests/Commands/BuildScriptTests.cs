using System.Diagnostics;

namespace ActorPrune.Host.Tests.Commands;

/// <summary>When the launcher builds the program again, and against which libtorch: scripts/stale.sh, scripts/libtorch.sh.</summary>
public sealed class BuildScriptTests : IDisposable
{
    private readonly Folder folder = new();

    public BuildScriptTests()
    {
        foreach (var file in (string[])[
            "src/Program.cs", "src/obj/made.cs", "hocon/reference.conf", "hocon/mine.conf", "Directory.Build.props", "global.json",
            ".build/host/actorprune.dll"])
        {
            Write(file);
        }
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("src/Program.cs", true)]
    [InlineData("src/Another.cs", true)]
    [InlineData("hocon/reference.conf", true)]
    [InlineData("global.json", true)]
    [InlineData("hocon/mine.conf", false)]
    [InlineData("hocon/another.conf", false)]
    [InlineData("hocon/.mine.conf.swp", false)]
    [InlineData("src/.Program.cs.swp", false)]
    [InlineData("src/Program.cs~", false)]
    [InlineData("src/obj/made.cs", false)]
    public async Task Only_what_the_program_is_built_from_makes_it_stale(string file, bool stale)
    {
        await Bash("ingredients \"$root\" >\"$root/.build/stamp\"; touch -d '1 minute' \"$root/.build/stamp\"");
        (await Stale()).ShouldBeFalse();

        Write(file);
        File.SetLastWriteTimeUtc(folder.Inside(file), DateTime.UtcNow.AddMinutes(2));

        (await Stale()).ShouldBe(stale);
    }

    [Fact]
    public async Task The_libtorch_of_the_last_build_holds_until_another_is_named()
    {
        (await Bash("echo \"[$LIBTORCH]\"")).ShouldBe("[]");
        File.WriteAllText(folder.Inside(".build", "libtorch"), "/opt/torch\n");

        (await Bash("echo \"[$LIBTORCH]\"")).ShouldBe("[/opt/torch]");
        (await Bash("echo \"[$LIBTORCH]\"", "/other")).ShouldBe("[/other]");
        (await Bash("echo \"[$LIBTORCH]\"", "")).ShouldBe("[]");
    }

    private async Task<bool> Stale() => await Bash("stale \"$root\" && echo yes || echo no") == "yes";

    private async Task<string> Bash(string command, string? libtorch = null)
    {
        var start = new ProcessStartInfo(
            "bash", ["-c", $"root=$1; source \"$2/libtorch.sh\"; source \"$2/stale.sh\"; {command}", "bash", folder.Path, Scripts()])
        {
            RedirectStandardOutput = true,
        };
        start.Environment.Remove("LIBTORCH");
        if (libtorch is not null)
        {
            start.Environment["LIBTORCH"] = libtorch;
        }

        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output.Trim();
    }

    private void Write(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder.Inside(file))!);
        folder.Write(file, "");
    }

    private static string Scripts()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "ActorPrune.sln")))
        {
            at = at.Parent!;
        }

        return Path.Combine(at.FullName, "scripts");
    }
}
