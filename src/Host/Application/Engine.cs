using System.Reflection;

namespace ActorPrune.Host.Application;

/// <summary>The version of the engine; an experiment is only continued by the version that began it.</summary>
public static class Engine
{
    public static string Version { get; } = typeof(Engine).Assembly.GetName().Version!.ToString(3);
}
