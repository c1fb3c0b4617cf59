using System.Text.Json;
using System.Text.Json.Serialization;

namespace ActorPrune.Genetics.Genomes;

/// <summary>A <see cref="BitString"/> as its text form "length:hex".</summary>
public sealed class BitStringJsonConverter : JsonConverter<BitString>
{
    public override BitString Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        try
        {
            return BitString.Parse(reader.GetString() ?? throw new JsonException("Expected a bit string, found null."));
        }
        catch (FormatException error)
        {
            throw new JsonException(error.Message, error);
        }
    }

    public override void Write(Utf8JsonWriter writer, BitString value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
