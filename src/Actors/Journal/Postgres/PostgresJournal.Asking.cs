using System.Collections.Immutable;

namespace ActorPrune.Actors.Journal.Postgres;

public sealed partial class PostgresJournal
{
    /// <summary>A job that a turn asks for, once or more often.</summary>
    /// <param name="Place">Its place in the queue, should it take a new one.</param>
    /// <param name="Priority">The largest that the turn asks for.</param>
    private sealed record Asked(JobRequest First, long Place, int Priority);

    private sealed record AskedJob(long Id, string Key, bool Open, bool Left);

    /// <summary>Queues the jobs that the store does not know yet. Returns their keys.</summary>
    /// <remarks>In the order of the keys, as they are locked: a key that another transaction inserts just now is waited for.</remarks>
    private static ImmutableHashSet<string> QueueNew(PostgresSession session, Turn turn)
    {
        var asked = Distinct(session, turn);
        var keys = asked.Keys.ToArray();
        var known = session.Query("SELECT key FROM job WHERE key = ANY ($1)", row => row.GetString(0), (object)keys).ToHashSet();
        var fresh = asked.Where(a => !known.Contains(a.Key)).Select(a => a.Value).ToList();
        return fresh.Count == 0 ? [] : [.. session.Query(
            """
            INSERT INTO job (key, kind, body, priority, position, experiment)
            SELECT n.key, n.kind, n.body, n.priority, n.position, $6
            FROM unnest($1, $2, $3, $4, $5) WITH ORDINALITY AS n (key, kind, body, priority, position, place)
            ORDER BY n.place ON CONFLICT (key) DO NOTHING RETURNING key
            """,
            row => row.GetString(0),
            fresh.Select(a => a.First.Spec.Key.Hex).ToArray(),
            fresh.Select(a => a.First.Spec.Kind).ToArray(),
            fresh.Select(a => PostgresColumns.Bytes(a.First.Spec.Body)).ToArray(),
            fresh.Select(a => a.Priority).ToArray(),
            fresh.Select(a => a.Place).ToArray(),
            turn.Lease.Actor.Experiment)];
    }

    /// <summary>The turn's jobs by key, in the order of the keys; their places follow the order of asking.</summary>
    private static SortedDictionary<string, Asked> Distinct(PostgresSession session, Turn turn)
    {
        var byKey = turn.Jobs.GroupBy(j => j.Spec.Key.Hex).ToList();
        var places = session.Query("SELECT nextval('number') FROM generate_series(1, $1)", row => row.GetInt64(0), byKey.Count);
        var asked = new SortedDictionary<string, Asked>(StringComparer.Ordinal);
        foreach (var (requests, place) in byKey.Zip(places.Order()))
        {
            asked[requests.Key] = new Asked(requests.First(), place, requests.Max(r => r.Priority));
        }

        return asked;
    }

    /// <summary>Subscribes the actor to the jobs that the turn asks for, or delivers their outcomes; all are there and locked.</summary>
    /// <param name="session">The turn's transaction.</param>
    /// <param name="actor">Who asks.</param>
    /// <param name="turn">What it asks for.</param>
    /// <param name="queued">Keys that this turn has just queued.</param>
    private static void Ask(PostgresSession session, HeldActor actor, Turn turn, ImmutableHashSet<string> queued)
    {
        // What failed before this experiment asked for it may have been mended since: it is queued anew, with its count of failures at 0.
        var keys = turn.Jobs.Select(j => j.Spec.Key.Hex).Distinct().ToArray();
        session.Defer(
            """
            UPDATE job j SET status = 'queued', outcome = NULL, node = NULL, lease_until = NULL, failed_attempts = 0
            WHERE j.key = ANY ($1) AND j.status = 'failed' AND NOT EXISTS (
                SELECT 1 FROM actor a JOIN request r ON r.actor_id = a.id WHERE a.experiment_id = $2 AND r.job_id = j.id)
            """,
            keys, actor.Experiment);

        // A queued job that all who asked have left (their experiments were deleted) counts as new, and so does one that had failed.
        var jobs = session.Query(
            """
            SELECT j.id, j.key, j.status IN ('queued', 'leased'),
                j.status = 'queued' AND NOT EXISTS (SELECT 1 FROM subscription s WHERE s.job_id = j.id)
            FROM job j WHERE j.key = ANY ($1)
            """,
            row => new AskedJob(row.GetInt64(0), row.GetString(1), row.GetBoolean(2), row.GetBoolean(3)),
            (object)keys).ToDictionary(j => j.Key);

        var adopted = jobs.Values.Where(j => j.Left && !queued.Contains(j.Key)).ToList();
        Adopt(session, turn, adopted);
        Record(session, actor, turn, jobs);
        Subscribe(session, actor, turn, [.. jobs.Values.Where(j => j.Open)]);
        var known = turn.Jobs.Select(j => jobs[j.Spec.Key.Hex]).Where(j => !j.Open).Distinct().Select(j => j.Id).ToArray();
        if (known.Length > 0)
        {
            // An outcome that lies in the inbox already answers this request too.
            session.Defer(
                """
                INSERT INTO message (actor_id, job_id, kind, body)
                SELECT $1, j.id, $2, j.outcome FROM unnest($3) WITH ORDINALITY AS k (id, place) JOIN job j ON j.id = k.id
                ORDER BY k.place ON CONFLICT (actor_id, job_id) WHERE job_id IS NOT NULL DO NOTHING
                """,
                actor.Id, JobMessages.Outcome, known);
        }
    }

    /// <summary>Gives left jobs a new place in the queue, in the order of asking, and this experiment as the first to ask.</summary>
    private static void Adopt(PostgresSession session, Turn turn, List<AskedJob> left)
    {
        if (left.Count == 0)
        {
            return;
        }

        var asked = Distinct(session, turn);
        session.Defer(
            """
            UPDATE job j SET priority = a.priority, position = a.position, experiment = $4
            FROM unnest($1, $2, $3) AS a (id, priority, position) WHERE j.id = a.id
            """,
            left.Select(j => j.Id).ToArray(),
            left.Select(j => asked[j.Key].Priority).ToArray(),
            left.Select(j => asked[j.Key].Place).ToArray(),
            turn.Lease.Actor.Experiment);
    }

    /// <summary>One row for each asking. The first for a job that is new, or was left by all, is the one that it is computed for.</summary>
    private static void Record(PostgresSession session, HeldActor actor, Turn turn, Dictionary<string, AskedJob> jobs)
    {
        var first = jobs.Values.Where(j => j.Left).Select(j => j.Key).ToHashSet();
        session.Defer(
            """
            INSERT INTO request (actor_id, job_id, cached)
            SELECT $1, r.job_id, r.cached FROM unnest($2, $3) WITH ORDINALITY AS r (job_id, cached, place) ORDER BY r.place
            """,
            actor.Id, turn.Jobs.Select(j => jobs[j.Spec.Key.Hex].Id).ToArray(),
            turn.Jobs.Select(j => !first.Remove(j.Spec.Key.Hex)).ToArray());
    }

    private static void Subscribe(PostgresSession session, HeldActor actor, Turn turn, ImmutableArray<AskedJob> open)
    {
        if (open.IsEmpty)
        {
            return;
        }

        var ids = open.Select(j => j.Id).ToArray();
        var priorities = turn.Jobs.GroupBy(j => j.Spec.Key.Hex).ToDictionary(g => g.Key, g => g.Max(r => r.Priority));

        // An outcome can still lie in the inbox of a job that is open again: another experiment had its failure retried.
        session.Defer("DELETE FROM message WHERE actor_id = $1 AND job_id = ANY ($2)", actor.Id, ids);
        session.Defer(
            "INSERT INTO subscription (job_id, actor_id) SELECT id, $2 FROM unnest($1) AS j (id) ON CONFLICT DO NOTHING", ids, actor.Id);
        session.Defer(
            """
            UPDATE job j SET priority = greatest(j.priority, a.priority), wanted = j.wanted OR $3
            FROM unnest($1, $2) AS a (id, priority) WHERE j.id = a.id
            """,
            ids, open.Select(j => priorities[j.Key]).ToArray(), actor.Runs);
    }
}
