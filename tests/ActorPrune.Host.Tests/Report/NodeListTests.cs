using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ActorPrune.Actors.Journal;
using ActorPrune.Host.Report;

namespace ActorPrune.Host.Tests.Report;

public sealed class NodeListTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void Nodes_are_shown_with_what_they_do_at_what_rate_and_when_a_silent_one_was_last_seen()
    {
        var text = NodeList.Plain(new Activity(Now, [Busy(), Silent()]));

        var lines = text.Split('\n');
        lines[1].ShouldSatisfyAllConditions(
            l => l.ShouldStartWith("busy"), l => l.ShouldContain("alive"), l => l.ShouldContain("30 min 0 s"), l => l.ShouldContain("2 × cpu"),
            l => l.ShouldContain("box"), l => l.ShouldNotContain("boot"), l => l.ShouldEndWith("240"));
        lines[2].ShouldContain("lapsed, last seen 40.0 s ago");
        lines[2].ShouldContain("islands; quickstart alone");
        text.ShouldContain("Being computed");
        lines[^1].ShouldSatisfyAllConditions(l => l.ShouldContain("evaluate"), l => l.ShouldContain("12.0 s"), l => l.ShouldEndWith("2"));
    }

    [Fact]
    public void The_object_for_machines_holds_the_same_in_seconds_and_by_the_stores_clock()
    {
        var document = JsonNode.Parse(NodeList.Json(new Activity(Now, [Busy(), Silent()])))!;

        document["now"]!.GetValue<string>().ShouldBe("2026-01-02T03:04:05Z");
        var busy = document["nodes"]![0]!;
        busy["jobs"]![0]!["seconds"]!.GetValue<double>().ShouldBe(12);
        busy["perHour"]!.GetValue<double>().ShouldBe(240);
        document["nodes"]![1]!["alive"]!.GetValue<bool>().ShouldBeFalse();
        document["nodes"]![1]!["seenAt"]!.GetValue<string>().ShouldBe("2026-01-02T03:03:25Z");
    }

    [Fact]
    public void A_store_without_nodes_says_how_one_joins() =>
        NodeList.Plain(new Activity(Now, [])).ShouldContain("./actorprune node");

    private static NodeActivity Busy() => new(
        Row("busy", true, ["islands", "evaluators"], null), [new JobInFlight("evaluate", "quickstart", Now.AddSeconds(-12), 2)], 3, 120,
        TimeSpan.FromMinutes(30));

    private static NodeActivity Silent() => new(Row("silent", false, ["islands"], "quickstart"), [], 1, 0, TimeSpan.FromMinutes(30));

    private static NodeRow Row(string name, bool alive, ImmutableArray<string> roles, string? experiment) => new(
        new NodeInfo(new NodeId(name), name, "box/boot/namespace", 1, 1, roles, "0.1.0", alive ? "2 × cpu" : "no evaluators") { Experiment = experiment },
        Now.AddMinutes(-30), Now, alive) { SeenAt = alive ? Now : Now.AddSeconds(-40) };
}
