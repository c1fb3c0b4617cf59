using System.Text.Json;
using System.Text.Json.Nodes;

namespace ActorPrune.Genetics.Searches;

/// <summary>Parcels as text and back: what travels between islands in messages.</summary>
public static class ParcelCodec
{
    /// <summary>One line of JSON.</summary>
    public static string Write(Parcel parcel)
    {
        var evaluated = new EvaluatedTable();
        var migrants = evaluated.Write(parcel.Migrants);
        return new JsonObject
        {
            ["source"] = parcel.Source,
            ["target"] = parcel.Target,
            ["epoch"] = parcel.Epoch,
            ["migrants"] = migrants,
            ["evaluated"] = evaluated.ToJson(),
        }.ToJsonString();
    }

    /// <exception cref="FormatException">Not what <see cref="Write"/> writes.</exception>
    public static Parcel Read(string text)
    {
        try
        {
            var document = JsonNode.Parse(text)!.AsObject();
            return new Parcel(
                document["source"]!.GetValue<string>(),
                document["target"]!.GetValue<string>(),
                document["epoch"]!.GetValue<int>(),
                EvaluatedTable.Parse(document["evaluated"]!.AsArray()).Read(document["migrants"]));
        }
        catch (Exception error) when (error is JsonException or NullReferenceException or InvalidOperationException or ArgumentException)
        {
            throw new FormatException($"The text is not a parcel of migrants: {error.Message}", error);
        }
    }
}
