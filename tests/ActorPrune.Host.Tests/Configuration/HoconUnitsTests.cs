using ActorPrune.Host.Configuration.Hocon;

namespace ActorPrune.Host.Tests.Configuration;

public sealed class HoconUnitsTests
{
    [Theory]
    [InlineData("200ms", 200)]
    [InlineData("10s", 10_000)]
    [InlineData("10 seconds", 10_000)]
    [InlineData("1.5 m", 90_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("2 days", 172_800_000)]
    [InlineData("0s", 0)]
    public void Durations_carry_a_unit(string text, double milliseconds) =>
        HoconUnits.Duration(text)!.Value.TotalMilliseconds.ShouldBe(milliseconds);

    [Theory]
    [InlineData("15")]
    [InlineData("s")]
    [InlineData("")]
    [InlineData("5 lightyears")]
    [InlineData("1e300d")]
    [InlineData("1m30s")]
    public void What_is_no_duration_is_none(string text) => HoconUnits.Duration(text).ShouldBeNull();

    [Theory]
    [InlineData("0", 0)]
    [InlineData("512k", 524_288)]
    [InlineData("10 kB", 10_000)]
    [InlineData("4GiB", 4_294_967_296)]
    [InlineData("1.5M", 1_572_864)]
    [InlineData("7b", 7)]
    public void Sizes_are_bytes(string text, long bytes) => HoconUnits.Size(text).ShouldBe(bytes);

    [Theory]
    [InlineData("-1")]
    [InlineData("many")]
    [InlineData("1e30T")]
    [InlineData("4 gigs")]
    public void What_is_no_size_is_none(string text) => HoconUnits.Size(text).ShouldBeNull();

    [Theory]
    [InlineData("on", true)]
    [InlineData("yes", true)]
    [InlineData("true", true)]
    [InlineData("off", false)]
    [InlineData("no", false)]
    [InlineData("false", false)]
    [InlineData("maybe", null)]
    [InlineData("1", null)]
    public void Booleans_have_three_spellings(string text, bool? expected) => HoconUnits.Boolean(text).ShouldBe(expected);

    [Theory]
    [InlineData("5e-4", 5e-4)]
    [InlineData("-.5", -0.5)]
    [InlineData("NaN", null)]
    [InlineData("1e999", null)]
    [InlineData("1,000", null)]
    public void Numbers_are_finite(string text, double? expected) => HoconUnits.Number(text).ShouldBe(expected);
}
