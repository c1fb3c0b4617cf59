using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace ActorPrune.Actors.Journal.Postgres;

public sealed partial class PostgresJournal
{
    private const string ExperimentColumns =
        "SELECT name, status, configuration, configuration_hash, engine, created_at, reason FROM experiment";

    public bool TryCreate(string name, string configuration, string engine, OutgoingMessage first)
    {
        JournalLimits.CheckExperiment(name);
        JournalLimits.CheckBody(configuration, "configuration");
        JournalLimits.CheckMessage(first, name);
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(configuration)));
        return Write(
            session =>
            {
                // Waits for another that creates the same name at this moment.
                if (session.Integer(
                    $"""
                    INSERT INTO experiment (name, status, configuration, configuration_hash, engine, created_at)
                    VALUES ($1, 'running', $2, $3, $4, {PostgresSession.Now(5)}) ON CONFLICT (name) DO NOTHING RETURNING id
                    """,
                    name, PostgresColumns.Bytes(configuration), hash, engine, session.Clock) is not { } experiment)
                {
                    return false;
                }

                LockActors(session, experiment, [first.To.Role]);
                Deliver(session, experiment, null, [first]);
                return true;
            },
            wake: true);
    }

    public Experiment? Find(string name) => Read(session => session.First($"{ExperimentColumns} WHERE name = $1", ReadExperiment, name));

    public ImmutableArray<Experiment> Experiments() => Read(session => session.Query($"{ExperimentColumns} ORDER BY id", ReadExperiment));

    public ImmutableArray<Experiment> RunningExperiments() =>
        Read(session => session.Query($"{ExperimentColumns} WHERE status = 'running' ORDER BY id", ReadExperiment));

    public bool SetStatus(string name, ExperimentStatus status, string? reason) => Write(
        session =>
        {
            if (session.Integer("SELECT id FROM experiment WHERE name = $1 FOR NO KEY UPDATE", name) is not { } experiment)
            {
                return false;
            }

            LockJobs(session, AwaitedKeys(session, experiment));
            ChangeStatus(session, experiment, status, reason);
            return true;
        },
        wake: true);

    public bool Delete(string name) => Write(
        session =>
        {
            if (session.Integer("SELECT id FROM experiment WHERE name = $1 FOR UPDATE", name) is not { } experiment)
            {
                return false;
            }

            // Its subscriptions go before their jobs' flags are computed again, so that nobody is handed a job that only it wanted.
            LockJobs(session, AwaitedKeys(session, experiment));
            ChangeStatus(session, experiment, ExperimentStatus.Stopped, null);
            session.Run("SELECT id FROM actor WHERE experiment_id = $1 ORDER BY id FOR UPDATE", experiment);
            session.Run("DELETE FROM experiment WHERE id = $1", experiment);
            return true;
        },
        wake: true);

    /// <summary>The jobs that the experiment waits for. Under the exclusive lock of the experiment there can only become fewer.</summary>
    private static ImmutableArray<string> AwaitedKeys(PostgresSession session, long experiment) => session.Query(
        """
        SELECT DISTINCT j.key FROM actor a JOIN subscription s ON s.actor_id = a.id JOIN job j ON j.id = s.job_id WHERE a.experiment_id = $1
        """,
        row => row.GetString(0),
        experiment);

    /// <summary>Under the exclusive lock of the experiment and those of the jobs that it waits for.</summary>
    private static void ChangeStatus(PostgresSession session, long experiment, ExperimentStatus status, string? reason)
    {
        session.Defer(
            "UPDATE experiment SET status = $2, reason = $3::bytea WHERE id = $1",
            experiment, Word(status), reason is null ? null : PostgresColumns.Bytes(reason));

        // Of two experiments that change at once and share a job, the second to lock it sees what the first has become.
        session.Defer(
            """
            UPDATE job
            SET wanted = EXISTS (
                SELECT 1 FROM subscription s JOIN actor a ON a.id = s.actor_id JOIN experiment e ON e.id = a.experiment_id
                WHERE s.job_id = job.id AND e.status = 'running')
            WHERE id IN (SELECT s.job_id FROM actor a JOIN subscription s ON s.actor_id = a.id WHERE a.experiment_id = $1)
            """,
            experiment);
    }

    private static Experiment ReadExperiment(NpgsqlDataReader row) => new(
        row.GetString(0), Status(row.GetString(1)), row.Body(2), row.GetString(3), row.GetString(4), row.Time(5), row.BodyOrNull(6));

    private static string Word(ExperimentStatus status) => status switch
    {
        ExperimentStatus.Running => "running",
        ExperimentStatus.Finished => "finished",
        ExperimentStatus.Stopped => "stopped",
        ExperimentStatus.Failed => "failed",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "Not a status of an experiment."),
    };

    private static ExperimentStatus Status(string word) => word switch
    {
        "running" => ExperimentStatus.Running,
        "finished" => ExperimentStatus.Finished,
        "stopped" => ExperimentStatus.Stopped,
        "failed" => ExperimentStatus.Failed,
        _ => throw new JournalIncompatibleException($"The journal holds an experiment of the unknown status '{word}'."),
    };
}
