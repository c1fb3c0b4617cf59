using System.Collections.Immutable;
using System.Text.Json;
using ActorPrune.Actors.Journal.Sqlite.Native;

namespace ActorPrune.Actors.Journal.Sqlite;

public sealed partial class SqliteJournal
{
    internal const string RenewActors = "UPDATE actor SET lease_until = ?2 WHERE owner = ?1";

    internal const string RenewJobs = "UPDATE job SET lease_until = ?2 WHERE node = ?1 AND status = 'leased'";

    private const string RenewStragglers = "UPDATE straggler SET lease_until = ?2 WHERE node = ?1";

    private const string AllNodes =
        """
        SELECT id, name, host, process, process_start, roles, engine, description, experiment, joined_at, seen_at, heartbeat_until
        FROM node ORDER BY joined_at, id
        """;

    public bool Join(NodeInfo node, TimeSpan lease)
    {
        ArgumentNullException.ThrowIfNull(node);
        JournalLimits.CheckName(node.Id.Value, "node");
        JournalLimits.CheckName(node.Name, "node");
        var length = Milliseconds(lease);
        return Write(
            () =>
            {
                var now = Now();
                var named = writer.First(
                    "SELECT id, heartbeat_until FROM node WHERE name = ?1", row => (Tuple<string, long>)new(row.Text(0), row.Integer(1)), node.Name);
                if (named is not null && named.Item1 != node.Id.Value)
                {
                    if (named.Item2 > now)
                    {
                        return false;
                    }

                    // Taking over the name of a node whose heartbeat lapsed declares that one dead.
                    Forget(named.Item1, died: true);
                }

                var silent = writer.Query(
                    "SELECT id FROM node WHERE heartbeat_until < ?1 AND id <> ?2",
                    row => row.Text(0),
                    now - Milliseconds(JournalLimits.LongestSilence), node.Id.Value);
                foreach (var gone in silent)
                {
                    Forget(gone, died: true);
                }

                writer.Run(
                    """
                    INSERT OR REPLACE INTO node
                        (id, name, host, process, process_start, roles, engine, description, experiment, joined_at, seen_at,
                        heartbeat_until)
                    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?11, ?9, ?9, ?10)
                    """,
                    node.Id.Value, node.Name, node.Host, node.Process, node.ProcessStart, JsonSerializer.Serialize(node.Roles), node.Engine,
                    node.Description, now, now + length, node.Experiment);
                return true;
            },
            wake: true);
    }

    public bool Renew(NodeId node, TimeSpan lease)
    {
        var length = Milliseconds(lease);
        return Write(
            () =>
            {
                var now = Now();
                var until = now + length;
                if (writer.Run("UPDATE node SET seen_at = ?3, heartbeat_until = ?2 WHERE id = ?1", node.Value, until, now) == 0)
                {
                    return false;
                }

                // Leases that lapsed but that nobody took over are still this node's.
                writer.Run(RenewActors, node.Value, until);
                writer.Run(RenewJobs, node.Value, until);
                writer.Run(RenewStragglers, node.Value, until);
                return true;
            },
            wake: false);
    }

    public void Leave(NodeId node) => _ = Write(
        () =>
        {
            Forget(node.Value, died: false);
            return true;
        },
        wake: true);

    public void DeclareDead(NodeId node) => _ = Write(
        () =>
        {
            Forget(node.Value, died: true);
            return true;
        },
        wake: true);

    public ImmutableArray<NodeRow> Nodes() => Read(() =>
    {
        var now = Now(reader);
        return reader.Query(AllNodes, row => ReadNode(row, now));
    });

    public Activity Activity(TimeSpan window)
    {
        var length = Milliseconds(window);
        return Read(() =>
        {
            var now = Now(reader);
            var jobs = reader.Query(
                "SELECT node, kind, experiment, started_at, attempts FROM job WHERE status = 'leased' ORDER BY started_at",
                row => (
                    Node: row.Text(0),
                    Job: new JobInFlight(row.Text(1), row.Text(2), Time(row.Integer(3)), checked((int)row.Integer(4)))))
                .ToLookup(j => j.Node, j => j.Job);
            return new Activity(Time(now), [.. reader.Query(AllNodes, row => ReadNode(row, now)).Select(node =>
            {
                var id = node.Info.Id.Value;
                var since = Time(now) - node.JoinedAt;
                return new NodeActivity(
                    node,
                    [.. jobs[id]],
                    (int)reader.Integer("SELECT count(*) FROM actor WHERE owner = ?1", id)!.Value,
                    reader.Integer(
                        "SELECT count(*) FROM job WHERE node = ?1 AND status = 'done' AND completed_at > ?2", id, now - length)!.Value,
                    since < window ? since : window);
            })]);
        });
    }

    private void Forget(string node, bool died)
    {
        writer.Run("DELETE FROM node WHERE id = ?1", node);
        writer.Run("UPDATE actor SET owner = NULL, lease_until = 0 WHERE owner = ?1", node);
        foreach (var (job, token) in LeasesOf(node))
        {
            writer.Run("UPDATE job SET deaths = deaths + ?2 WHERE id = ?1", job, died ? 1 : 0);
            EndLease(job, token);
        }
    }

    private static NodeRow ReadNode(SqliteStatement row, long now) => new(
        new NodeInfo(
            new NodeId(row.Text(0)), row.Text(1), row.Text(2), checked((int)row.Integer(3)), row.Integer(4),
            JsonSerializer.Deserialize<ImmutableArray<string>>(row.Text(5)), row.Text(6), row.Text(7)) { Experiment = row.TextOrNull(8) },
        Time(row.Integer(9)),
        Time(row.Integer(11)),
        row.Integer(11) > now) { SeenAt = Time(row.Integer(10)) };
}
