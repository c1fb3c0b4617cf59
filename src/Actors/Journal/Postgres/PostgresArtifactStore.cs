using System.Security.Cryptography;
using ActorPrune.Actors.Journal.Artifacts;
using ActorPrune.Genetics.Ports;
using Npgsql;
using NpgsqlTypes;

namespace ActorPrune.Actors.Journal.Postgres;

/// <summary>
/// Artifacts in the database of a <see cref="PostgresJournal"/>, in chunks of 1 MiB, so that every node finds them. A blob is written in
/// one transaction, chunks and all: whatever crashed, it is there whole or not at all. It has at most <see cref="Array.MaxLength"/> bytes.
/// </summary>
/// <param name="journal">Whose database. The store ends with it.</param>
public sealed class PostgresArtifactStore(PostgresJournal journal) : IArtifactArchive
{
    private const int ChunkLength = 1024 * 1024;

    private readonly PostgresDatabase database = journal.Database;

    public ArtifactId Put(ReadOnlySpan<byte> content)
    {
        var id = ArtifactId.Of(content);
        if (Contains(id))
        {
            return id;
        }

        // Transactions may be run again, on a span they cannot: what is written is cut before.
        var length = content.Length;
        var chunks = new List<byte[]>();
        for (var start = 0; start < length; start += ChunkLength)
        {
            chunks.Add(content.Slice(start, Math.Min(ChunkLength, length - start)).ToArray());
        }

        return Guarded(id, () => database.Write(
            session =>
            {
                // Waits for another that puts the same blob at this moment, and leaves it the work.
                if (session.Run(
                    "INSERT INTO artifact (hash, length, created_at) VALUES ($1, $2, now()) ON CONFLICT (hash) DO NOTHING",
                    id.Hex, (long)length) == 1)
                {
                    Copy(session, id, chunks);
                }

                return id;
            },
            _ => true));
    }

    public byte[] Get(ArtifactId id)
    {
        var content = Guarded(id, () => database.Read(session => Content(session, Checked(id)), oneState: true))
            ?? throw new ArtifactException(
                $"The artifact {id} is missing in '{database.Display}': name the journal with which it was stored with --db, or restore it "
                + "from a backup.");
        return Convert.ToHexStringLower(SHA256.HashData(content)) == id.Hex
            ? content
            : throw new ArtifactException(
                $"The artifact {id} in '{database.Display}' is damaged: its {content.Length} bytes do not have the hash that it is named "
                + "by. Restore it from a backup; without one start anew in another schema: what is stored as done is not computed again.");
    }

    public bool Contains(ArtifactId id) => Guarded(
        id, () => database.Read(session => session.Integer("SELECT 1::bigint FROM artifact WHERE hash = $1", Checked(id).Hex)) is not null);

    public void Remove(ArtifactId id)
    {
        try
        {
            database.Write(session => session.Run("DELETE FROM artifact WHERE hash = $1", Checked(id).Hex), removed => removed > 0);
        }
        catch (JournalUnavailableException)
        {
            // It takes room until somebody looks again.
        }
    }

    public IEnumerable<StoredArtifact> All()
    {
        try
        {
            return database.Read(session => session.Query(
                "SELECT hash, length FROM artifact", row => new StoredArtifact(new ArtifactId(row.GetString(0)), row.GetInt64(1))));
        }
        catch (JournalUnavailableException e)
        {
            throw new ArtifactUnavailableException($"The artifacts cannot be listed: {e.Message}", e);
        }
    }

    private static ArtifactId Checked(ArtifactId id) => id.Hex is { Length: 64 } hex && hex.All(char.IsAsciiHexDigitLower)
        ? id
        : throw new ArtifactException($"An artifact is named by 64 lower-case hexadecimal digits, found '{id.Hex}'.");

    private static void Copy(PostgresSession session, ArtifactId id, List<byte[]> chunks)
    {
        using var copy = session.Connection.BeginBinaryImport("COPY artifact_chunk (hash, number, content) FROM STDIN (FORMAT binary)");
        for (var number = 0; number < chunks.Count; number++)
        {
            copy.StartRow();
            copy.Write(id.Hex, NpgsqlDbType.Text);
            copy.Write(number, NpgsqlDbType.Integer);
            copy.Write(chunks[number], NpgsqlDbType.Bytea);
        }

        copy.Complete();
    }

    private static byte[]? Content(PostgresSession session, ArtifactId id)
    {
        if (session.Integer("SELECT length FROM artifact WHERE hash = $1", id.Hex) is not { } length)
        {
            return null;
        }

        // What does not fit is cut off or left zero: the hash tells.
        var content = new byte[length];
        var filled = 0;
        session.Query(
            "SELECT content FROM artifact_chunk WHERE hash = $1 ORDER BY number",
            row =>
            {
                var chunk = row.GetFieldValue<byte[]>(0);
                var fits = Math.Min(chunk.Length, content.Length - filled);
                chunk.AsSpan(0, fits).CopyTo(content.AsSpan(filled));
                filled += fits;
                return fits;
            },
            id.Hex);
        return content;
    }

    private static T Guarded<T>(ArtifactId id, Func<T> call)
    {
        try
        {
            return call();
        }
        catch (JournalUnavailableException e)
        {
            throw new ArtifactUnavailableException($"The artifact {id} cannot be read or written: {e.Message}", e)
            {
                DiskFull = e.Cause == UnavailableCause.Full,
            };
        }
    }
}
