namespace ActorPrune.Host.Application;

/// <summary>Where the data sets' files lie on this machine.</summary>
public static class DataRoot
{
    public const string Variable = "ACTORPRUNE_DATA";

    /// <summary>The folder that a configuration names, else the home's "data".</summary>
    public static string Of(string path, string home) => Path.GetFullPath(path.Length > 0 ? path : Path.Combine(home, "data"));

    /// <summary>Without a configuration: ACTORPRUNE_DATA, else the home's "data".</summary>
    public static string OfEnvironment(string home) => Of(Environment.GetEnvironmentVariable(Variable) ?? string.Empty, home);

    /// <summary>For a node: what its environment names, else the folder of the experiment's beginning if that is here too.</summary>
    public static string OfNode(string path, string home) =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? Of(named, home)
        : Directory.Exists(path) ? path
        : Of(string.Empty, home);

    /// <summary>
    /// For an experiment that goes on, perhaps on another machine or after the files moved: the folder of its beginning while that exists,
    /// else what the environment names now.
    /// </summary>
    public static string Again(string path, string home) => Of(path, home) is var named && Directory.Exists(named) ? named : OfEnvironment(home);
}
