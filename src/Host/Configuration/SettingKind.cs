using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ActorPrune.Host.Configuration.Hocon;

namespace ActorPrune.Host.Configuration;

/// <summary>What a setting's value can be.</summary>
internal abstract record SettingKind
{
    /// <summary>For errors: "a whole number from 1 to 64".</summary>
    public abstract string Expected { get; }

    /// <summary>The value as JSON, or null if it is not what was expected.</summary>
    public abstract JsonNode? Read(HoconValue value);

    private protected static string? Text(HoconValue value) => value is HoconScalar { IsNull: false } scalar ? scalar.Text : null;

    internal sealed record Whole(long Low, long High) : SettingKind
    {
        public override string Expected => (Low, High) switch
        {
            (int.MinValue, int.MaxValue) => "a whole number",
            (_, long.MaxValue) => $"a whole number of at least {Low}",
            _ => $"a whole number from {Low} to {High}",
        };

        public override JsonNode? Read(HoconValue value) =>
            Text(value) is { } text && HoconUnits.Integer(text) is { } number && number >= Low && number <= High ? JsonValue.Create(number) : null;
    }

    /// <summary>A whole number, or "auto".</summary>
    internal sealed record WholeOrAuto(Whole Number) : SettingKind
    {
        public const string Auto = "auto";

        public override string Expected => $"{Number.Expected}, or {Auto}";

        public override JsonNode? Read(HoconValue value) => Text(value) == Auto ? JsonValue.Create(Auto) : Number.Read(value);
    }

    internal sealed record Real(double Low, double High) : SettingKind
    {
        public override string Expected => double.IsInfinity(High) ? "a number" : $"a number from {Low} to {High}";

        public override JsonNode? Read(HoconValue value) =>
            Text(value) is { } text && HoconUnits.Number(text) is { } number && number >= Low && number <= High ? JsonValue.Create(number) : null;
    }

    internal sealed record Switch : SettingKind
    {
        public override string Expected => "on or off (or true, false, yes, no)";

        public override JsonNode? Read(HoconValue value) =>
            Text(value) is { } text && HoconUnits.Boolean(text) is { } on ? JsonValue.Create(on) : null;
    }

    internal sealed record FreeText : SettingKind
    {
        private const int Longest = 4096;

        public override string Expected => $"a text of at most {Longest} characters";

        public override JsonNode? Read(HoconValue value) => Text(value) is { Length: <= Longest } text ? JsonValue.Create(text) : null;
    }

    internal sealed record Name : SettingKind
    {
        private const int Longest = 64;

        public override string Expected => $"a name of 1 to {Longest} letters, digits, '-', '_' and '.' that starts with a letter or digit";

        public override JsonNode? Read(HoconValue value) =>
            Text(value) is { } text && Accepts(text) ? JsonValue.Create(text) : null;

        public static bool Accepts(string text) => text.Length is > 0 and <= Longest && char.IsAsciiLetterOrDigit(text[0])
            && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
    }

    internal sealed record Choice(ImmutableArray<string> Choices) : SettingKind
    {
        public override string Expected => $"one of {string.Join(", ", Choices)}";

        public override JsonNode? Read(HoconValue value) => Text(value) is { } text && Choices.Contains(text) ? JsonValue.Create(text) : null;
    }

    internal sealed record Duration(TimeSpan Shortest, TimeSpan Longest) : SettingKind
    {
        public override string Expected =>
            $"a duration with its unit (200ms, 15s, 5m, 1h) from {DurationConverter.Write(Shortest)} to {DurationConverter.Write(Longest)}";

        public override JsonNode? Read(HoconValue value) =>
            Text(value) is { } text && HoconUnits.Duration(text) is { } span && span >= Shortest && span <= Longest
                ? JsonValue.Create(DurationConverter.Write(span)) : null;
    }

    internal sealed record List(SettingKind Element, int Least, int Most) : SettingKind
    {
        public override string Expected => Least == 0
            ? $"an array of at most {Most}, each {Element.Expected}"
            : $"an array of {Least} to {Most}, each {Element.Expected}";

        public override JsonNode? Read(HoconValue value)
        {
            if (value is not HoconArray array || array.Elements.Length < Least || array.Elements.Length > Most)
            {
                return null;
            }

            var elements = array.Elements.Select(Element.Read).ToArray();
            return elements.All(e => e is not null) ? new JsonArray(elements) : null;
        }
    }
}
