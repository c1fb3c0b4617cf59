namespace ActorPrune.Host.Configuration.Hocon;

/// <summary>A text that is not HOCON, an include that cannot be read, or a substitution that leads nowhere.</summary>
public sealed class HoconException(Origin origin, string message)
    : ConfigurationException([new ConfigurationError(origin, "", message)])
{
    public Origin Origin { get; } = origin;
}
