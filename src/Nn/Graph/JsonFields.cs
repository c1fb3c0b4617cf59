using System.Text.Json;

namespace ActorPrune.Nn.Graph;

/// <summary>Reads the fields of one JSON object strictly: each has its type and range, and a field that nobody asked for is an
/// error.</summary>
internal sealed class JsonFields
{
    private readonly string owner;
    private readonly JsonElement element;
    private readonly HashSet<string> known = new(StringComparer.Ordinal);

    public JsonFields(string owner, JsonElement element)
    {
        this.owner = owner;
        this.element = element.ValueKind == JsonValueKind.Object ? element : throw Wrong($"is {element.ValueKind}, not an object");
    }

    public string Text(string name)
    {
        var value = Get(name);
        return value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong($"needs a text as '{name}'");
    }

    public int Whole(string name)
    {
        var value = Get(name);
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : throw Wrong($"needs a whole number as '{name}'");
    }

    public double Number(string name)
    {
        var value = Get(name);
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number)
            ? number
            : throw Wrong($"needs a number as '{name}'");
    }

    public bool Flag(string name) => Get(name).ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong($"needs true or false as '{name}'"),
    };

    public IReadOnlyList<JsonElement> Items(string name, int most)
    {
        var value = Get(name);
        if (value.ValueKind != JsonValueKind.Array)
        {
            throw Wrong($"needs a list as '{name}'");
        }

        var count = value.GetArrayLength();
        return count <= most ? [.. value.EnumerateArray()] : throw Wrong($"has {count} entries in '{name}'; at most {most} are allowed");
    }

    /// <summary>Refuses fields that were not read.</summary>
    public void Finish()
    {
        foreach (var property in element.EnumerateObject())
        {
            if (!known.Contains(property.Name))
            {
                throw Wrong($"has an unknown field '{property.Name}'; known are {string.Join(", ", known)}");
            }
        }
    }

    public GraphException Wrong(string what) => new($"{owner} {what}.");

    private JsonElement Get(string name)
    {
        known.Add(name);
        return element.TryGetProperty(name, out var value) ? value : throw Wrong($"lacks '{name}'");
    }
}
