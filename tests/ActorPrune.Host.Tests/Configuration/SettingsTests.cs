using ActorPrune.Host.Configuration;
namespace ActorPrune.Host.Tests.Configuration;
public sealed class SettingsTests
{
    [Fact]
    public void Reference_binds()
    {
        var s = SettingsReader.Standard.Parse("", "x.conf", "x");
        s.ToJson().ShouldBe("");
    }
}
