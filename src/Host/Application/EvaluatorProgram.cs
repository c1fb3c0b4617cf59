using System.Diagnostics;
using System.Globalization;

namespace ActorPrune.Host.Application;

/// <summary>How this program starts itself as an evaluator in a process of its own.</summary>
public static class EvaluatorProgram
{
    public const string Command = "evaluator";
    public const string Data = "--data";
    public const string Home = "--home";
    public const string Memory = "--memory";

    /// <summary>Variables with which PostgreSQL's clients find a server and its password: an evaluator opens no store.</summary>
    private const string DatabasePrefix = "PG";

    /// <summary>Nothing in it is secret: anybody on the machine can list it.</summary>
    /// <param name="home">Where it is kept what image files were found to be.</param>
    /// <param name="dataRoots">Folders where the data sets' files may lie; the first that holds the wanted content counts.</param>
    /// <param name="memoryGib">Decoded images are held in memory up to this.</param>
    public static ProcessStartInfo Starting(string home, IEnumerable<string> dataRoots, double memoryGib)
    {
        var program = Environment.ProcessPath ?? throw new InvalidOperationException("The system does not tell which program this is.");
        var muxer = Path.GetFileNameWithoutExtension(program) == "dotnet";
        var start = new ProcessStartInfo(
            program,
            [
                .. muxer ? (string[])[typeof(Engine).Assembly.Location] : [],
                Command,
                Home, home,
                .. dataRoots.SelectMany(root => (string[])[Data, root]),
                Memory, memoryGib.ToString("R", CultureInfo.InvariantCulture),
            ]);
        foreach (var secret in start.Environment.Keys.Where(k => k.StartsWith(DatabasePrefix, StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(secret);
        }

        return start;
    }
}
