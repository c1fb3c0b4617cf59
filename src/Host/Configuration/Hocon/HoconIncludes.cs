using System.Collections.Immutable;
using System.Text;

namespace ActorPrune.Host.Configuration.Hocon;

/// <summary>Reads files and those that they include, each relative to the file that names it.</summary>
/// <param name="directory">Where the including file lies; null for a text that lies nowhere and so cannot include.</param>
/// <param name="chain">Full paths of the files that are being read, the outermost first.</param>
/// <param name="count">Includes so far, of the whole document.</param>
internal sealed class HoconIncludes(string? directory, ImmutableArray<string> chain, IncludeCount count)
{
    /// <summary>Reads a file with all that it includes.</summary>
    public static ObjectNode File(string path, Origin? includedAt, ImmutableArray<string> scope, ImmutableArray<string> chain, IncludeCount count)
    {
        var at = includedAt ?? Origin.Of(path);
        var full = FullPath(path, at);
        if (chain.Contains(full))
        {
            throw new HoconException(at, $"the file includes itself: {string.Join(" → ", chain.Add(full).Select(Path.GetFileName))}");
        }

        if (chain.Length >= HoconLimits.MaxIncludeDepth)
        {
            throw new HoconException(at, $"more than {HoconLimits.MaxIncludeDepth} files include each other in a chain");
        }

        var text = Text(full, path, at);
        var nested = new HoconIncludes(Path.GetDirectoryName(path), chain.Add(full), count);
        return new HoconParser(new Cursor(text, path), nested, scope).Root();
    }

    /// <summary>
    /// Reads the include that the cursor stands on: <c>include "f"</c>, <c>include file("f")</c> or either in <c>required(…)</c>.
    /// </summary>
    public ObjectNode Read(Cursor cursor, ImmutableArray<string> scope)
    {
        var at = cursor.Origin;
        cursor.Skip("include".Length);
        cursor.TakeBlanks();
        var open = 0;
        foreach (var wrapper in (string[])["required(", "file("])
        {
            if (cursor.Sees(wrapper))
            {
                cursor.Skip(wrapper.Length);
                cursor.TakeBlanks();
                open++;
            }
        }

        if (cursor.Peek() != '"')
        {
            throw cursor.Expected("\"file\", file(\"file\") or required(file(\"file\")) after 'include'");
        }

        var name = HoconText.Quoted(cursor);
        for (; open > 0; open--)
        {
            cursor.TakeBlanks();
            if (cursor.Peek() != ')')
            {
                throw cursor.Expected("')' after the file's name");
            }

            cursor.Take();
        }

        if (++count.Value > HoconLimits.MaxIncludes)
        {
            throw new HoconException(at, $"more than {HoconLimits.MaxIncludes} includes");
        }

        return directory is null
            ? throw new HoconException(at, "only a file can include others")
            : File(Path.Combine(directory, name), at, scope, chain, count);
    }

    private static string FullPath(string path, Origin at)
    {
        try
        {
            return Path.GetFullPath(path);
        }
        catch (Exception e) when (e is ArgumentException or IOException or NotSupportedException)
        {
            throw new HoconException(at, $"'{path}' cannot be the name of a file");
        }
    }

    private static string Text(string full, string path, Origin at)
    {
        try
        {
            using var stream = new FileStream(full, FileMode.Open, FileAccess.Read);
            var bytes = new byte[HoconLimits.MaxFileBytes + 1];
            var read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return read <= HoconLimits.MaxFileBytes
                ? new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes, 0, read)
                : throw new HoconException(at, $"'{path}' is larger than {HoconLimits.MaxFileBytes >> 20} MiB, which no configuration is");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new HoconException(at, $"there is no file '{path}'");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HoconException(at, $"'{path}' cannot be read: {e.Message}");
        }
        catch (DecoderFallbackException)
        {
            throw new HoconException(at, $"'{path}' is not UTF-8 text");
        }
    }
}

/// <summary>A number that several readers count up together.</summary>
internal sealed class IncludeCount
{
    public int Value { get; set; }
}
