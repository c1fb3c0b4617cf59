using System.Text.Json;
using System.Text.Json.Serialization;
using ActorPrune.Host.Configuration.Hocon;

namespace ActorPrune.Host.Configuration;

/// <summary>Durations in JSON as in configurations: a whole number of the largest unit that fits, "15s".</summary>
internal sealed class DurationConverter : JsonConverter<TimeSpan>
{
    private static readonly (string Name, long Ticks)[] Units =
    [
        ("d", TimeSpan.TicksPerDay), ("h", TimeSpan.TicksPerHour), ("m", TimeSpan.TicksPerMinute), ("s", TimeSpan.TicksPerSecond),
        ("ms", TimeSpan.TicksPerMillisecond),
    ];

    /// <summary>The one text of <paramref name="span"/>; below a millisecond in microseconds.</summary>
    public static string Write(TimeSpan span)
    {
        var unit = Units.FirstOrDefault(u => span.Ticks % u.Ticks == 0, (Name: "us", Ticks: TimeSpan.TicksPerMicrosecond));
        return $"{(decimal)span.Ticks / unit.Ticks}{unit.Name}";
    }

    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        HoconUnits.Duration(reader.GetString() ?? "") ?? throw new JsonException("expected a duration");

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) => writer.WriteStringValue(Write(value));
}

/// <summary>A number, or "auto" for null.</summary>
internal sealed class AutoConverter : JsonConverter<int?>
{
    public override bool HandleNull => true;

    public override int? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Number ? reader.GetInt32() : null;

    public override void Write(Utf8JsonWriter writer, int? value, JsonSerializerOptions options)
    {
        if (value is { } number)
        {
            writer.WriteNumberValue(number);
        }
        else
        {
            writer.WriteStringValue(SettingKind.WholeOrAuto.Auto);
        }
    }
}
