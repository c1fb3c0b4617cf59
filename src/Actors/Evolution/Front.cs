using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Searches;

namespace ActorPrune.Actors.Evolution;

/// <summary>The canonical form of a front: what two runs must agree on to the byte. It holds no measured time.</summary>
public static class Front
{
    private const int IdDigits = 12;

    /// <summary>A front member's short name: the first digits of the key of the job that measured it.</summary>
    public static string Id(Evaluated member) => member.Job.Hex[..IdDigits];

    /// <summary>SHA-256 of the canonical front.</summary>
    public static string Digest(ImmutableArray<Evaluated> archive) =>
        Convert.ToHexStringLower(SHA256.HashData(CanonicalJson.Bytes(Document(archive))));

    /// <summary>The front as a document: for each member its id, genome and deterministic figures, in the archive's order.</summary>
    public static JsonArray Document(ImmutableArray<Evaluated> archive) => new([.. archive.Select(Member)]);

    private static JsonObject Member(Evaluated member)
    {
        var entry = new JsonObject { ["id"] = Id(member), ["genome"] = member.Genome.Canonical };
        foreach (var (name, value) in member.Measures.Where(m => m.Key != MeasureNames.LatencyMs))
        {
            // JSON has no infinities, and a figure that is no objective of the front may be one: such figures are written as text.
            entry[name] = double.IsFinite(value)
                ? JsonValue.Create(value)
                : JsonValue.Create(value.ToString("R", CultureInfo.InvariantCulture));
        }

        return entry;
    }
}
