using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace ActorPrune.Actors.TestKit.Journal;

/// <summary>
/// A private PostgreSQL on loopback with a database whose owner is no superuser and logs in by password. It is stopped and removed when it
/// is disposed. PostgreSQL refuses to run as root: there the account "postgres" of the package is used.
/// </summary>
/// <remarks>Nothing is flushed to the disk, for speed, unless it is durable: a killed server finds its files in the system's cache all the
/// same.</remarks>
public sealed class PostgresServer : IDisposable
{
    public const string User = "actorprune";
    public const string Database = "experiments";

    private const string Missing =
        "The tests of the PostgreSQL journal need PostgreSQL 13 or later: install the package 'postgresql' (apt-get install postgresql).";

    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(60);

    private readonly string binaries = FindBinaries();
    private readonly string directory;
    private readonly bool isRoot = Environment.UserName == "root";
    private readonly bool isDurable;
    private int schemas;

    public PostgresServer()
        : this(isDurable: false)
    {
    }

    private PostgresServer(bool isDurable)
    {
        this.isDurable = isDurable;
        directory = Directory.CreateTempSubdirectory("actorprune-pg-").FullName;
        try
        {
            Port = FreePort();
            Create();
            Start();
            Execute("postgres", "postgres", $"CREATE ROLE {User} LOGIN PASSWORD '{Password}'");
            Execute("postgres", "postgres", $"CREATE DATABASE {Database} OWNER {User}");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>A server that flushes each commit to the disk and keeps PostgreSQL's own settings, as a user's does.</summary>
    public static PostgresServer Durable() => new(isDurable: true);

    public int Port { get; }

    /// <summary>Also the superuser's. It holds characters that a URL must escape.</summary>
    public string Password { get; } = $"geheim@/:{Guid.NewGuid():N}";

    /// <summary>Of the server's first process, the parent of all its others.</summary>
    public int ProcessId =>
        int.Parse(File.ReadLines(Path.Combine(Data, "postmaster.pid")).First(), CultureInfo.InvariantCulture);

    /// <summary>A schema that nobody else uses.</summary>
    public string NewSchema() => $"test_{Interlocked.Increment(ref schemas)}";

    /// <summary>The address of a schema; through another port if a line stands between.</summary>
    public string Url(string schema, int? port = null) =>
        $"postgresql://{User}:{Uri.EscapeDataString(Password)}@127.0.0.1:{port ?? Port}/{Database}?schema={schema}";

    /// <summary>Runs a statement as the superuser in the journal's database.</summary>
    public void Execute(string sql) => Execute("postgres", Database, sql);

    /// <summary>The first column of the first row.</summary>
    public long Ask(string sql)
    {
        using var connection = Connect("postgres", Database);
        using var command = new NpgsqlCommand(sql, connection);
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    /// <summary>As kill -9 of the server's first process: no shutdown, no flush; all sessions end where they are.</summary>
    public void Kill()
    {
        using var postmaster = Process.GetProcessById(ProcessId);
        postmaster.Kill();
        postmaster.WaitForExit();
    }

    /// <summary>
    /// A crash that loses the log since the last checkpoint, as one can that comes before the log reached the disk; then starts it. Its
    /// transactions are numbered from <paramref name="transaction"/> again.
    /// </summary>
    public void Crash(long transaction)
    {
        Succeed(Run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", Data));
        Succeed(Run("pg_resetwal", "-f", "-x", transaction.ToString(CultureInfo.InvariantCulture), "-D", Data));
        Start();
    }

    /// <summary>Starts it, again after <see cref="Kill"/>: then it recovers what was committed.</summary>
    public void Start()
    {
        var options = $"-p {Port} -k {directory} -c listen_addresses=127.0.0.1 -c max_connections=100 -c restart_after_crash=on "
            + (isDurable ? "" : "-c fsync=off -c full_page_writes=off -c shared_buffers=32MB");
        var started = Stopwatch.StartNew();

        // Right after a kill the sessions of the dead server may still hold its memory: then the start fails and is tried again.
        while (Run("pg_ctl", "start", "-w", "-D", Data, "-l", Path.Combine(directory, "log"), "-o", options) is { } failure)
        {
            if (started.Elapsed > LongestStart)
            {
                throw new InvalidOperationException(
                    $"PostgreSQL did not start: {failure}\n{File.ReadAllText(Path.Combine(directory, "log"))}");
            }
        }
    }

    public void Dispose()
    {
        if (File.Exists(Path.Combine(Data, "postmaster.pid")))
        {
            Run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", Data);
        }

        NpgsqlConnection.ClearAllPools();
        Directory.Delete(directory, recursive: true);
    }

    private string Data => Path.Combine(directory, "data");

    private void Create()
    {
        var password = Path.Combine(directory, "password");
        File.WriteAllText(password, Password);
        if (isRoot)
        {
            Succeed(Launch("chown", ["-R", "postgres", directory]));
        }

        Succeed(Run(
            "initdb", "-D", Data, "-U", "postgres", "-A", "scram-sha-256", "--pwfile", password, "-E", "UTF8", "--locale=C", "--no-sync"));
        File.Delete(password);
    }

    private static void Succeed(string? failure)
    {
        if (failure is not null)
        {
            throw new InvalidOperationException($"PostgreSQL could not be set up: {failure}");
        }
    }

    private void Execute(string user, string database, string sql)
    {
        using var connection = Connect(user, database);
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    private NpgsqlConnection Connect(string user, string database)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = Port,
            Username = user,
            Password = Password,
            Database = database,
            Pooling = false,
        }.ConnectionString);
        connection.Open();
        return connection;
    }

    /// <summary>Runs one of PostgreSQL's programs, as its own user where this process is root. Null when it succeeded.</summary>
    private string? Run(string program, params string[] arguments)
    {
        var path = Path.Combine(binaries, program);
        return isRoot
            ? Launch("setpriv", ["--reuid=postgres", "--regid=postgres", "--init-groups", path, .. arguments])
            : Launch(path, arguments);
    }

    private string? Launch(string program, string[] arguments)
    {
        // Output goes to a file: a server that is left running keeps it open, and reading a pipe would wait for the server's end.
        var output = Path.Combine(directory, "output");
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = directory };
        string[] shell = ["-c", "out=$1; shift; exec \"$@\" >\"$out\" 2>&1 </dev/null", "sh", output, program, .. arguments];
        foreach (var argument in shell)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start) ?? throw new InvalidOperationException($"Could not start {program}.");
        process.WaitForExit();
        return process.ExitCode == 0 ? null : $"{program} ended with exit code {process.ExitCode}: {File.ReadAllText(output)}";
    }

    private static string FindBinaries()
    {
        const string Packages = "/usr/lib/postgresql";
        var versions = Directory.Exists(Packages) ? Directory.GetDirectories(Packages) : [];
        var folders = versions
            .OrderByDescending(v => int.TryParse(Path.GetFileName(v), CultureInfo.InvariantCulture, out var number) ? number : 0)
            .Select(v => Path.Combine(v, "bin"))
            .Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries));
        return folders.FirstOrDefault(f => File.Exists(Path.Combine(f, "initdb")) && File.Exists(Path.Combine(f, "pg_ctl")))
            ?? throw new InvalidOperationException(Missing);
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
