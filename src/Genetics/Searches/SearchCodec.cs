using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ActorPrune.Genetics.Ports;
using ActorPrune.Genetics.Settings;

namespace ActorPrune.Genetics.Searches;

/// <summary>
/// Searches as text and back. The text holds an island's state only: its generation, each evaluated genome once, and lists that point at
/// them. Settings, space and seed come from the plans, so a text is read by a codec that was made from the same settings, problem and seed.
/// </summary>
public sealed class SearchCodec
{
    private readonly ImmutableDictionary<string, ISearch> prototypes;

    /// <summary>A codec for the islands of <paramref name="plans"/>.</summary>
    public SearchCodec(ImmutableArray<IslandPlan> plans) => prototypes = plans.ToImmutableDictionary(p => p.Name, p => p.Search);

    /// <summary>A codec for the islands that <see cref="SearchFactory.Create"/> makes of the same arguments.</summary>
    public SearchCodec(MethodSettings settings, IProblem problem, long seed)
        : this(SearchFactory.Create(settings, problem, seed))
    {
    }

    /// <summary>The state of <paramref name="search"/> as one line of JSON.</summary>
    /// <exception cref="ArgumentException">It is not one of this codec's islands.</exception>
    public string Write(ISearch search)
    {
        if (search is not IStoredSearch stored || !prototypes.ContainsKey(stored.Island))
        {
            throw new ArgumentException($"A {search.GetType().Name} that is none of the islands {Names} cannot be written.", nameof(search));
        }

        var evaluated = new EvaluatedTable();
        var state = stored.WriteState(evaluated);
        return new JsonObject { ["island"] = stored.Island, ["evaluated"] = evaluated.ToJson(), ["state"] = state }.ToJsonString();
    }

    /// <summary>Reads what <see cref="Write"/> writes.</summary>
    /// <exception cref="FormatException">The text is damaged, or belongs to another search; the message says what was expected.</exception>
    public ISearch Read(string text)
    {
        try
        {
            var document = JsonNode.Parse(text)!.AsObject();
            var island = document["island"]!.GetValue<string>();
            if (!prototypes.TryGetValue(island, out var prototype) || prototype is not IStoredSearch stored)
            {
                throw new FormatException($"The text is the state of an island '{island}'; this search has {Names}.");
            }

            return stored.ReadState(document["state"]!.AsObject(), EvaluatedTable.Parse(document["evaluated"]!.AsArray()));
        }
        catch (Exception error) when (error is System.Text.Json.JsonException or NullReferenceException or InvalidOperationException
            or ArgumentException)
        {
            throw new FormatException($"The text is not the state of one of the islands {Names}: {error.Message}", error);
        }
    }

    private string Names => string.Join(", ", prototypes.Keys.Order(StringComparer.Ordinal));
}

/// <summary>A search whose state can be written without its settings, and read by any state of the same island.</summary>
internal interface IStoredSearch : ISearch
{
    string Island { get; }

    JsonObject WriteState(EvaluatedTable evaluated);

    /// <summary>This island (its settings, space and seed) in the state that was written.</summary>
    ISearch ReadState(JsonObject state, EvaluatedTable evaluated);
}
