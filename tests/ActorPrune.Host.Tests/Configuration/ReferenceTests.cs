using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ActorPrune.Genetics.Searches;
using ActorPrune.Host.Configuration;
using ActorPrune.Host.Configuration.Hocon;

namespace ActorPrune.Host.Tests.Configuration;

public sealed class ReferenceTests
{
    private static readonly string[] Lines = File.ReadAllLines(SettingsReader.ReferencePath);

    [Fact]
    public void The_reference_and_the_schema_name_the_same_keys() =>
        Leaves(HoconDocument.Load(SettingsReader.ReferencePath).Resolve(_ => null), "").Select(l => l.Key)
            .ShouldBe(SettingsSchema.All.Keys, ignoreOrder: true);

    [Fact]
    public void Every_key_of_the_reference_has_a_comment_above_it()
    {
        var bare = Leaves(HoconDocument.Load(SettingsReader.ReferencePath).Resolve(_ => null), "")
            .Where(l => !Lines[First(l) - 2].TrimStart().StartsWith('#'))
            .Select(l => $"{l.Key} (line {First(l)})");
        bare.ShouldBeEmpty();

        // data.path is written twice: the environment may speak after the default.
        static int First((string Key, Origin Origin) leaf) => leaf.Key == "data.path" ? leaf.Origin.Line - 1 : leaf.Origin.Line;
    }

    [Fact]
    public void Comments_name_all_choices_of_a_key()
    {
        var fields = Leaves(HoconDocument.Load(SettingsReader.ReferencePath).Resolve(_ => null), "").ToDictionary(l => l.Key, l => l.Origin.Line);
        foreach (var setting in SettingsSchema.All.Values)
        {
            if (setting.Kind is SettingKind.Choice choice)
            {
                var comment = CommentAbove(fields[setting.Key]);
                choice.Choices.Where(c => !comment.Contains(c, StringComparison.Ordinal)).ShouldBeEmpty($"{setting.Key}: {comment}");
            }
        }
    }

    [Fact]
    public void Comments_say_operational_where_a_key_decides_nothing()
    {
        var fields = Leaves(HoconDocument.Load(SettingsReader.ReferencePath).Resolve(_ => null), "").ToDictionary(l => l.Key, l => l.Origin.Line);
        fields["data.path"]--;
        foreach (var setting in SettingsSchema.All.Values)
        {
            CommentAbove(fields[setting.Key]).Contains("Operational", StringComparison.Ordinal).ShouldBe(!setting.DecidesResults, setting.Key);
        }
    }

    [Fact]
    public void The_reference_and_the_methods_have_the_same_defaults()
    {
        var reader = new SettingsReader(HoconDocument.Load(SettingsReader.ReferencePath), _ => null);
        foreach (var method in SearchMethods.All)
        {
            var settings = reader.Parse($"search.method = {method.Name}", "x.conf", "x");
            var json = JsonNode.Parse(settings.ToJson())![method.Name]!.ToJsonString();
            JsonNode.Parse((settings with { Method = method.Defaults }).ToJson())![method.Name]!.ToJsonString().ShouldBe(json);
        }
    }

    [Fact]
    public void The_schema_has_no_key_that_is_also_a_section() =>
        SettingsSchema.Sections.Intersect(SettingsSchema.All.Keys).ShouldBeEmpty();

    [Fact]
    public void Comments_say_the_ranges_that_are_checked()
    {
        var reader = new SettingsReader(HoconDocument.Load(SettingsReader.ReferencePath), _ => null);
        var checkedKeys = 0;
        foreach (var (key, origin) in Leaves(HoconDocument.Load(SettingsReader.ReferencePath).Resolve(_ => null), ""))
        {
            // Ranges with other keys in them, of durations and of what lists hold are said in words.
            var kind = SettingsSchema.All[key].Kind;
            var said = Regex.Match(CommentAbove(origin.Line), @"(?<![\d./])(\d+(?:\.\d+)?) to (\d+(?:\.\d+)?)(?=[,;.]( |$))");
            if (kind is not (SettingKind.Whole or SettingKind.WholeOrAuto or SettingKind.Real) || !said.Success)
            {
                continue;
            }

            checkedKeys++;
            var (low, high) = (decimal.Parse(said.Groups[1].Value), decimal.Parse(said.Groups[2].Value));
            var step = kind is SettingKind.Real ? high / 100_000 : 1;
            foreach (var (value, right) in new[] { (low, true), (high, true), (low - step, false), (high + step, false) })
            {
                var section = key.Split('.')[0];
                var method = SearchMethods.All.Any(m => m.Name == section) ? section : "cemba";
                var errors = ErrorsOf(() => reader.Parse($"data.name = folder\nsearch.method = {method}\n{key} = {value}", "x.conf", "x"));
                errors.Any(e => e.Key == key && e.Message.Contains(" number from ", StringComparison.Ordinal))
                    .ShouldBe(!right, $"{key} = {value}, where the comment says {said.Value}");
            }
        }

        checkedKeys.ShouldBeGreaterThan(100);
    }

    private static IEnumerable<ConfigurationError> ErrorsOf(Action read)
    {
        try
        {
            read();
            return [];
        }
        catch (ConfigurationException e)
        {
            return e.Errors;
        }
    }

    private static string CommentAbove(int line)
    {
        var comment = new List<string>();
        for (var i = line - 2; i >= 0 && Lines[i].TrimStart().StartsWith('#'); i--)
        {
            comment.Insert(0, Lines[i].Trim(' ', '#'));
        }

        return string.Join(' ', comment);
    }

    private static IEnumerable<(string Key, Origin Origin)> Leaves(HoconObject section, string prefix) => section.Fields.SelectMany(f =>
        f.Value is HoconObject inner ? Leaves(inner, $"{prefix}{f.Name}.") : [(prefix + f.Name, f.Origin)]);
}
