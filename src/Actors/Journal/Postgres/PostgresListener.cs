using Npgsql;

namespace ActorPrune.Actors.Journal.Postgres;

/// <summary>
/// Hears of other processes' commits on a connection of its own. When that is lost it is opened again, and until then the wake-ups are
/// given on suspicion: notifications that came meanwhile are gone for good.
/// </summary>
internal sealed class PostgresListener : IDisposable
{
    /// <summary>A connection that is silent for so long is asked whether it still lives.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    /// <summary>
    /// The first notification wakes at once; those of this time after it wake once, together. Each wake-up makes a node ask for work, and
    /// in a large cluster somebody commits every few milliseconds.
    /// </summary>
    private static readonly TimeSpan Gap = TimeSpan.FromMilliseconds(20);

    private readonly string connectionString;
    private readonly string channel;
    private readonly string self;
    private readonly Action wake;
    private readonly TimeSpan poll;
    private readonly CancellationTokenSource stop = new();
    private readonly Task loop;

    /// <param name="connectionString">Of the store.</param>
    /// <param name="channel">An SQL identifier.</param>
    /// <param name="self">The payload of this instance's own notifications, which wake nobody again.</param>
    /// <param name="wake">Called for each notification of another.</param>
    /// <param name="poll">Time between wake-ups, and attempts to connect, while the connection is away.</param>
    internal PostgresListener(string connectionString, string channel, string self, Action wake, TimeSpan poll)
    {
        // A pool would hand the connection, which listens, to others.
        this.connectionString = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString;
        this.channel = channel;
        this.self = self;
        this.wake = wake;
        this.poll = poll;
        loop = Task.Run(Run);
    }

    public void Dispose()
    {
        stop.Cancel();
        loop.Wait();
        stop.Dispose();
    }

    private async Task Run()
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await Listen().ConfigureAwait(false);
            }
            catch (Exception e) when (PostgresFailure.Concerns(e) || e is OperationCanceledException or InvalidOperationException)
            {
                // A hint only: the next real call says what is wrong.
            }

            wake();
            await Task.Delay(poll, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task Listen()
    {
        await using var connection = new NpgsqlConnection(connectionString);
        var heard = false;
        connection.Notification += (_, news) => heard |= news.Payload != self;
        await connection.OpenAsync(stop.Token).ConfigureAwait(false);
        await Execute(connection, $"LISTEN {channel}").ConfigureAwait(false);

        // What was committed before this line was not heard.
        wake();
        while (true)
        {
            if (!await connection.WaitAsync(Silence, stop.Token).ConfigureAwait(false))
            {
                await Execute(connection, "SELECT 1").ConfigureAwait(false);
            }

            while (heard)
            {
                heard = false;
                wake();
                var start = TimeProvider.System.GetTimestamp();
                while (Gap - TimeProvider.System.GetElapsedTime(start) is { TotalMilliseconds: >= 1 } left)
                {
                    await connection.WaitAsync(left, stop.Token).ConfigureAwait(false);
                }
            }
        }
    }

    private async Task Execute(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(stop.Token).ConfigureAwait(false);
    }
}
