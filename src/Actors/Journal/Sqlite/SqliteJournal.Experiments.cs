using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using ActorPrune.Actors.Journal.Sqlite.Native;

namespace ActorPrune.Actors.Journal.Sqlite;

public sealed partial class SqliteJournal
{
    private const string ExperimentColumns = "SELECT name, status, configuration, configuration_hash, engine, created_at, reason FROM experiment";

    public bool TryCreate(string name, string configuration, string engine, OutgoingMessage first)
    {
        JournalLimits.CheckExperiment(name);
        JournalLimits.CheckBody(configuration, "configuration");
        JournalLimits.CheckMessage(first, name);
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(configuration)));
        return Write(
            () =>
            {
                if (ExperimentId(name) is not null)
                {
                    return false;
                }

                writer.Run(
                    "INSERT INTO experiment (name, status, configuration, configuration_hash, engine, created_at) VALUES (?1, 'running', ?2, ?3, ?4, ?5)",
                    name, configuration, hash, engine, Now());
                Deliver(writer.LastInsertId, null, first);
                return true;
            },
            wake: true);
    }

    public Experiment? Find(string name) => Read(() => reader.First($"{ExperimentColumns} WHERE name = ?1", ReadExperiment, name));

    public ImmutableArray<Experiment> Experiments() => Read(() => reader.Query($"{ExperimentColumns} ORDER BY id", ReadExperiment));

    public ImmutableArray<Experiment> RunningExperiments() =>
        Read(() => reader.Query($"{ExperimentColumns} WHERE status = 'running' ORDER BY id", ReadExperiment));

    public bool SetStatus(string name, ExperimentStatus status, string? reason) => Write(
        () =>
        {
            if (ExperimentId(name) is not { } experiment)
            {
                return false;
            }

            ChangeStatus(experiment, status, reason);
            return true;
        },
        wake: true);

    public bool Delete(string name) => Write(
        () =>
        {
            if (ExperimentId(name) is not { } experiment)
            {
                return false;
            }

            // Its subscriptions go before their jobs' flags are computed again, so that nobody is handed a job that only it wanted.
            writer.Run("UPDATE experiment SET status = 'stopped' WHERE id = ?1", experiment);
            MarkWantedJobs(experiment);
            writer.Run("DELETE FROM experiment WHERE id = ?1", experiment);
            return true;
        },
        wake: true);

    private long? ExperimentId(string name) => writer.Integer("SELECT id FROM experiment WHERE name = ?1", name);

    private void ChangeStatus(long experiment, ExperimentStatus status, string? reason)
    {
        writer.Run("UPDATE experiment SET status = ?2, reason = ?3 WHERE id = ?1", experiment, Word(status), reason);
        MarkWantedJobs(experiment);
    }

    /// <summary>Restores job.wanted for the jobs that the experiment waits for, after its status changed.</summary>
    private void MarkWantedJobs(long experiment) => writer.Run(
        """
        UPDATE job
        SET wanted = EXISTS (
            SELECT 1 FROM subscription s JOIN actor a ON a.id = s.actor_id JOIN experiment e ON e.id = a.experiment_id
            WHERE s.job_id = job.id AND e.status = 'running')
        WHERE id IN (SELECT s.job_id FROM actor a JOIN subscription s ON s.actor_id = a.id WHERE a.experiment_id = ?1)
        """,
        experiment);

    private static Experiment ReadExperiment(SqliteStatement row) => new(
        row.Text(0), Status(row.Text(1)), row.Text(2), row.Text(3), row.Text(4), Time(row.Integer(5)), row.TextOrNull(6));

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
