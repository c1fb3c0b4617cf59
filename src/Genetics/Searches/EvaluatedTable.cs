using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ActorPrune.Genetics.Genomes;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Genetics.Searches;

/// <summary>
/// Each evaluated genome of a state once. Populations, archive and memory overlap widely, so they are written as indices into this table,
/// and genomes in short text forms.
/// </summary>
internal sealed class EvaluatedTable
{
    private readonly List<Evaluated> rows = [];
    private readonly Dictionary<(JobKey, string), int> index = [];

    public JsonArray Write(ImmutableArray<Evaluated> members) => [.. members.Select(m => (JsonNode)IndexOf(m))];

    public ImmutableArray<Evaluated> Read(JsonNode? indices) => [.. indices!.AsArray().Select(i => rows[i!.GetValue<int>()])];

    public JsonArray ToJson() => [.. rows.Select(WriteRow)];

    /// <exception cref="FormatException">A row is damaged.</exception>
    public static EvaluatedTable Parse(JsonArray written)
    {
        var table = new EvaluatedTable();
        foreach (var row in written)
        {
            table.IndexOf(ReadRow(row!.AsObject()));
        }

        return table;
    }

    private int IndexOf(Evaluated member)
    {
        var key = (member.Job, member.Genome.Canonical);
        if (!index.TryGetValue(key, out var at))
        {
            at = rows.Count;
            rows.Add(member);
            index.Add(key, at);
        }

        return at;
    }

    private static JsonNode WriteRow(Evaluated member)
    {
        var row = new JsonObject { ["genome"] = GenomeText.Write(member.Genome), ["job"] = member.Job.Hex };
        if (member.Failure is not null)
        {
            row["failure"] = member.Failure;
        }

        if (!member.Artifacts.IsEmpty)
        {
            row["artifacts"] = new JsonObject(member.Artifacts.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)JsonValue.Create(p.Value.Hex))));
        }

        // JSON has no infinities, and a diverged training may well report one: such figures are written as text.
        row["measures"] = new JsonObject(member.Measures.Select(p =>
            KeyValuePair.Create(p.Key, (JsonNode?)(double.IsFinite(p.Value) ? JsonValue.Create(p.Value) : JsonValue.Create(p.Value.ToString("R"))))));
        return row;
    }

    private static Evaluated ReadRow(JsonObject row) => new(
        GenomeText.Parse(row["genome"]!.GetValue<string>()),
        new JobKey(row["job"]!.GetValue<string>()),
        row["measures"]!.AsObject().ToImmutableSortedDictionary(p => p.Key, p => ReadFigure(p.Value!.AsValue()), StringComparer.Ordinal),
        row["failure"]?.GetValue<string>())
    {
        Artifacts = row["artifacts"] is JsonObject artifacts
            ? artifacts.ToImmutableSortedDictionary(p => p.Key, p => new ArtifactId(p.Value!.GetValue<string>()), StringComparer.Ordinal)
            : ImmutableSortedDictionary<string, ArtifactId>.Empty,
    };

    private static double ReadFigure(JsonValue value) => value.TryGetValue(out double figure) ? figure : double.Parse(value.GetValue<string>());
}
