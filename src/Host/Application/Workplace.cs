using System.Text;
using ActorPrune.Actors.Evolution;
using ActorPrune.Actors.Journal;
using ActorPrune.Actors.Journal.Artifacts;
using ActorPrune.Actors.Telemetry;
using ActorPrune.Genetics.Ports;
using ActorPrune.Host.Report;
using ActorPrune.Nn.Data;
using ActorPrune.Nn.Study;

namespace ActorPrune.Host.Application;

/// <summary>
/// Where experiments live: a home with the journal, the artifacts and the runs, or another store with a home for the runs.
/// </summary>
public sealed class Workplace : IDisposable
{
    private readonly Store store;

    private Workplace(string home, Store store, EngineMeter meter, bool own)
    {
        Home = home;
        Place = own ? home : store.Url;
        Meter = meter;
        this.store = store with
        {
            Journal = new MeteredJournal(store.Journal, meter),
            Artifacts = new MeteredArtifactStore(store.Artifacts, meter),
        };
        Recovery = new ActorRecovery(Journal, e => new PruningStudy(StoredConfiguration.Parse(e.Configuration).Definition));
    }

    public string Home { get; }

    /// <summary>Where the experiments are, for people: the home, or the store's URL without a password.</summary>
    public string Place { get; }

    public IJournal Journal => store.Journal;

    public IArtifactArchive Artifacts => store.Artifacts;

    public ActorRecovery Recovery { get; }

    /// <summary>What this process does to the store, in figures; <see cref="MetricsExport"/> sends them.</summary>
    public EngineMeter Meter { get; }

    /// <summary><c>--home</c>, else ACTORPRUNE_HOME, else ~/.actorprune.</summary>
    public static string HomeOf(string? home) => Path.GetFullPath(
        home ?? (Environment.GetEnvironmentVariable("ACTORPRUNE_HOME") is { Length: > 0 } named ? named
        : Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify), ".actorprune")));

    /// <summary>Data sets that are loaded once in this process; what image files were found to be is kept in the home.</summary>
    public static DataSetCache Images(string home) => new(Path.Combine(home, "images"));

    /// <summary>Opens the store, making it where it is not there yet.</summary>
    /// <exception cref="JournalUnavailableException">The home or the store cannot be used.</exception>
    /// <exception cref="JournalIncompatibleException">The store belongs to another version.</exception>
    public static Workplace Open(string? home, string? url)
    {
        var directory = HomeOf(home);
        var meter = new EngineMeter();
        return new Workplace(directory, new StoreFactory().Open(url, new StoreOptions(directory, Retried: meter.CountRetry)), meter, own: url is null);
    }

    /// <summary>Opens the store if there is one; null, and nothing made, where there is none.</summary>
    /// <exception cref="JournalUnavailableException">See <see cref="Open"/>.</exception>
    /// <exception cref="JournalIncompatibleException">See <see cref="Open"/>.</exception>
    public static Workplace? OpenExisting(string? home, string? url)
    {
        return FileOf(home, url) is not { } file || JournalPlace.Exists(file) ? Open(home, url) : null;
    }

    /// <summary>The journal's file, there or not; null where it is none.</summary>
    public static string? FileOf(string? home, string? url) =>
        url is null ? Path.Combine(HomeOf(home), "actorprune.db") : JournalUrl.Parse(url).SqliteFile;

    /// <summary>The directory of a run's files, unless those are of an experiment of that name in another store.</summary>
    /// <exception cref="CommandException">They are.</exception>
    public string RunDirectory(string experiment) => Looked(experiment).Directory;

    /// <summary>
    /// <see cref="RunDirectory"/> for whoever writes there: it holds a note of its store from then on. One without a note is taken as this
    /// store's.
    /// </summary>
    /// <exception cref="CommandException">See <see cref="RunDirectory"/>.</exception>
    /// <exception cref="RunFileException">The note cannot be written.</exception>
    public string ClaimRunDirectory(string experiment)
    {
        var (directory, noted, ours) = Looked(experiment);
        if (noted is null || (noted.Created is null && ours.Created is not null))
        {
            Report.RunDirectory.WriteFile(RunNote.PathIn(directory), Encoding.UTF8.GetBytes(ours.ToString()));
        }

        return directory;
    }

    /// <summary>A run's directory, the note in it, and the note that it would have from here.</summary>
    private (string Directory, RunNote? Noted, RunNote Ours) Looked(string experiment)
    {
        var directory = Path.Combine(Home, "runs", experiment);
        var (noted, ours) = (RunNote.Read(directory), new RunNote(Address, Journal.Find(experiment)?.CreatedAt));
        if (noted is not null && !noted.IsOfSame(ours))
        {
            throw new CommandException(
                $"'{directory}' holds the files of experiment {experiment} of another store, {noted.Address}; this one is {Address}. Name that store "
                + $"(--db), or another home for this one's files (--home). If they are of the same store, remove '{RunNote.PathIn(directory)}'.",
                ExitCodes.BadInput);
        }

        return (directory, noted, ours);
    }

    /// <summary>The store's URL without a password; a file within the home without the home, which may be moved.</summary>
    private string Address => store.Url.StartsWith($"sqlite:{Home}/", StringComparison.Ordinal) ? $"sqlite:{store.Url[$"sqlite:{Home}/".Length..]}" : store.Url;

    /// <exception cref="CommandException">There is no such experiment.</exception>
    public Experiment Find(string name) =>
        Journal.Find(name) ?? throw CommandException.NoSuchExperiment(name, Journal.Experiments().Select(e => e.Name));

    public void Dispose()
    {
        store.Dispose();
        Meter.Dispose();
    }
}
