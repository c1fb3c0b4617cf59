using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ActorPrune.Genetics.Ports;

namespace ActorPrune.Genetics.Searches;

/// <summary>
/// The history of an island's super-net: which state it is in, and how many candidates have been trained. Consolidated once a generation,
/// so that a search keeps one super-net a generation and one slice a candidate.
/// </summary>
/// <param name="Plan">What does not change.</param>
/// <param name="SuperNet">See <see cref="Inheritance"/>.</param>
/// <param name="Slices">See <see cref="Inheritance"/>.</param>
/// <param name="Trained">Candidates told so far.</param>
internal sealed record SuperNetChain(SuperNetPlan Plan, ArtifactId? SuperNet, ImmutableArray<ArtifactId> Slices, long Trained)
{
    public static SuperNetChain Start(SuperNetPlan plan) => new(plan, null, [], 0);

    /// <summary>How many candidates may inherit from the present state before it changes.</summary>
    public int Together(int generation) => Plan.Rule == WriteBack.Sequential ? 1 : generation;

    /// <summary>What the next candidates inherit.</summary>
    public Inheritance Next => new(Plan.Start, SuperNet, Slices, Plan.Rule, Consolidates, Plan.Shared ? new SharedTraining(Trained, Plan.Candidates) : null);

    private bool Consolidates => Plan.Rule switch
    {
        WriteBack.Sequential => Slices.Length >= Plan.Generation,
        WriteBack.Generation => Slices.Length > 0,
        _ => false,
    };

    /// <summary>After the candidates that inherited <see cref="Next"/> came back. Failed ones have nothing to write.</summary>
    public SuperNetChain After(ImmutableArray<Evaluated> results)
    {
        ImmutableArray<ArtifactId> written = Plan.Rule == WriteBack.None
            ? []
            : [.. results.Where(r => r.Artifacts.ContainsKey(ArtifactNames.Slice)).Select(r => r.Artifacts[ArtifactNames.Slice])];
        var whole = results
            .Where(r => r.Artifacts.ContainsKey(ArtifactNames.SuperNet))
            .Select(r => (ArtifactId?)r.Artifacts[ArtifactNames.SuperNet])
            .FirstOrDefault();

        // Where a whole state came back, all that stood beside the old one is in it.
        return whole is null
            ? this with { Slices = Slices.AddRange(written), Trained = Trained + results.Length }
            : this with { SuperNet = whole, Slices = written, Trained = Trained + results.Length };
    }

    public JsonObject Write() => new()
    {
        ["superNet"] = SuperNet?.Hex,
        ["slices"] = new JsonArray([.. Slices.Select(s => JsonValue.Create(s.Hex))]),
        ["trained"] = Trained,
    };

    public SuperNetChain Read(JsonObject written) => this with
    {
        SuperNet = written["superNet"] is { } id ? new ArtifactId(id.GetValue<string>()) : null,
        Slices = [.. written["slices"]!.AsArray().Select(s => new ArtifactId(s!.GetValue<string>()))],
        Trained = written["trained"]!.GetValue<long>(),
    };
}

/// <summary>How a method uses a super-net.</summary>
/// <param name="Start">Where it begins.</param>
/// <param name="Rule">How candidates change it.</param>
/// <param name="Shared">Candidates are parts of one training run; otherwise each has the recipe to itself.</param>
/// <param name="Generation">Candidates of a generation.</param>
/// <param name="Candidates">Candidates of the whole search on one island.</param>
internal sealed record SuperNetPlan(SuperNetStart Start, WriteBack Rule, bool Shared, int Generation, long Candidates);
