using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using ActorPrune.Actors.Journal;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace ActorPrune.Host.Report;

/// <summary>What <c>nodes</c> prints: who is there, and what each does. All times are by the store's clock.</summary>
public static class NodeList
{
    /// <summary>The time over which rates are taken; a younger node's over its life.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromHours(1);

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static string Plain(Activity activity) => string.Join("\n\n", Blocks(activity).Select(b => b.Plain()));

    public static IRenderable Render(Activity activity) => new Rows(Blocks(activity).Select(b => b.Render()));

    /// <summary>One object: "now", and for each node what the table shows, with its jobs. Times are ISO 8601, durations seconds.</summary>
    public static string Json(Activity activity) => new JsonObject
    {
        ["now"] = activity.Now.UtcDateTime,
        ["nodes"] = new JsonArray([.. activity.Nodes.Select(n => new JsonObject
        {
            ["name"] = n.Node.Info.Name,
            ["id"] = n.Node.Info.Id.Value,
            ["alive"] = n.Node.Alive,
            ["joinedAt"] = n.Node.JoinedAt.UtcDateTime,
            ["seenAt"] = n.Node.SeenAt.UtcDateTime,
            ["roles"] = new JsonArray([.. n.Node.Info.Roles.Select(r => JsonValue.Create(r))]),
            ["host"] = HostOf(n),
            ["process"] = n.Node.Info.Process,
            ["engine"] = n.Node.Info.Engine,
            ["evaluators"] = n.Node.Info.Description,
            ["experiment"] = n.Node.Info.Experiment,
            ["actors"] = n.Actors,
            ["jobs"] = new JsonArray([.. n.Jobs.Select(j => new JsonObject
            {
                ["kind"] = j.Kind,
                ["experiment"] = j.Experiment,
                ["seconds"] = Math.Round((activity.Now - j.StartedAt).TotalSeconds, 3),
                ["attempt"] = j.Attempt,
            })]),
            ["completed"] = n.Completed,
            ["perHour"] = Math.Round(n.Rate, 1),
        })]),
    }.ToJsonString(Indented);

    private static IEnumerable<TextTable> Blocks(Activity activity)
    {
        if (activity.Nodes.IsEmpty)
        {
            yield return new TextTable(null, [string.Empty], [["No node is there: ./actorprune node joins."]]);
            yield break;
        }

        yield return new TextTable(
            null,
            ["name", "state", "since", "roles", "host", "engine", "evaluators", "#islands", "#jobs", "#an hour"],
            [.. activity.Nodes.Select(n => ImmutableArray.Create(
                n.Node.Info.Name,
                State(n, activity.Now),
                Wording.Duration(activity.Now - n.Node.JoinedAt),
                string.Join(", ", n.Node.Info.Roles) + (n.Node.Info.Experiment is { } only ? $"; {only} alone" : string.Empty),
                HostOf(n),
                n.Node.Info.Engine,
                n.Node.Info.Description,
                $"{n.Actors}",
                $"{n.Completed}",
                $"{n.Rate:F0}"))]);
        var jobs = activity.Nodes.SelectMany(n => n.Jobs.Select(j => (n.Node.Info.Name, Job: j))).ToList();
        if (jobs.Count > 0)
        {
            yield return new TextTable(
                "Being computed",
                ["node", "job", "experiment", "#for", "#attempt"],
                [.. jobs.Select(j => ImmutableArray.Create(
                    j.Name, j.Job.Kind, j.Job.Experiment, Wording.Duration(activity.Now - j.Job.StartedAt), $"{j.Job.Attempt}"))]);
        }
    }

    private static string State(NodeActivity node, DateTimeOffset now) =>
        node.Node.Alive ? "alive" : $"lapsed, last seen {Wording.Duration(now - node.Node.SeenAt)} ago";

    /// <summary>The machine; boot and process-id namespace say nothing to people.</summary>
    private static string HostOf(NodeActivity node) => node.Node.Info.Host.Split('/')[0];
}
