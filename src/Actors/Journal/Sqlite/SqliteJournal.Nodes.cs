using System.Collections.Immutable;
using System.Text.Json;
using ActorPrune.Actors.Journal.Sqlite.Native;

namespace ActorPrune.Actors.Journal.Sqlite;

public sealed partial class SqliteJournal
{
    internal const string RenewActors = "UPDATE actor SET lease_until = ?2 WHERE owner = ?1";

    internal const string RenewJobs = "UPDATE job SET lease_until = ?2 WHERE node = ?1 AND status = 'leased'";

    private const string RenewStragglers = "UPDATE straggler SET lease_until = ?2 WHERE node = ?1";

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

                writer.Run(
                    """
                    INSERT OR REPLACE INTO node
                        (id, name, host, process, process_start, roles, engine, description, joined_at, heartbeat_until)
                    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                    """,
                    node.Id.Value, node.Name, node.Host, node.Process, node.ProcessStart, JsonSerializer.Serialize(node.Roles), node.Engine,
                    node.Description, now, now + length);
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
                var until = Now() + length;
                if (writer.Run("UPDATE node SET heartbeat_until = ?2 WHERE id = ?1", node.Value, until) == 0)
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
        return reader.Query(
            """
            SELECT id, name, host, process, process_start, roles, engine, description, joined_at, heartbeat_until
            FROM node ORDER BY joined_at, id
            """,
            row => ReadNode(row, now));
    });

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
            JsonSerializer.Deserialize<ImmutableArray<string>>(row.Text(5)), row.Text(6), row.Text(7)),
        Time(row.Integer(8)),
        Time(row.Integer(9)),
        row.Integer(9) > now);
}
