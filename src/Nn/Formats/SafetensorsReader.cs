using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Formats;

/// <summary>Reads one file strictly: nothing is allocated for a tensor before its place in the file is known to exist.</summary>
internal sealed class SafetensorsReader(ReadOnlyMemory<byte> file, string name)
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Where a tensor lies in the data after the header.</summary>
    private sealed record Entry(string Name, string Type, ImmutableArray<long> Shape, long Begin, long End);

    public SafetensorsFile Read()
    {
        if (file.Length < 8)
        {
            throw Wrong($"{file.Length} bytes are too few: the header's length alone takes 8");
        }

        var length = BinaryPrimitives.ReadUInt64LittleEndian(file.Span);
        if (length > SafetensorsFile.MaximumHeader)
        {
            throw Wrong($"a header of {length} bytes is too long; at most {SafetensorsFile.MaximumHeader} are allowed. Is it a safetensors file?");
        }

        if (length > (ulong)(file.Length - 8))
        {
            throw Wrong($"the header should have {length} bytes, but only {file.Length - 8} follow: the file is cut");
        }

        var (entries, metadata) = Header(file.Slice(8, (int)length));
        var data = file[(8 + (int)length)..];
        CheckPlaces(entries, data.Length);
        return new SafetensorsFile(NamedTensors.From(entries.Select(e => KeyValuePair.Create(e.Name, Tensor(e, data)))), metadata);
    }

    private (List<Entry> Entries, ImmutableSortedDictionary<string, string> Metadata) Header(ReadOnlyMemory<byte> header)
    {
        try
        {
            // Decoded first, since the JSON reader checks texts only when they are asked for.
            var text = Utf8.GetString(header.Span);
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw Wrong($"the header is {document.RootElement.ValueKind}, not an object");
            }

            var entries = new List<Entry>();
            var metadata = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (property.Name == SafetensorsFile.MetadataKey)
                {
                    ReadMetadata(property.Value, metadata);
                }
                else
                {
                    entries.Add(ReadEntry(property.Name, property.Value));
                }
            }

            return (entries, metadata.ToImmutable());
        }
        catch (DecoderFallbackException exception)
        {
            throw new SafetensorsException($"{name}: the header is not UTF-8: {exception.Message}", exception);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new SafetensorsException($"{name}: the header is not valid JSON: {exception.Message}", exception);
        }
    }

    private void ReadMetadata(JsonElement element, ImmutableSortedDictionary<string, string>.Builder into)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw Wrong($"the metadata is {element.ValueKind}, not an object");
        }

        foreach (var property in element.EnumerateObject())
        {
            into[property.Name] = property.Value.ValueKind == JsonValueKind.String
                ? property.Value.GetString()!
                : throw Wrong($"the metadata '{property.Name}' is {property.Value.ValueKind}, not a text");
        }
    }

    private Entry ReadEntry(string tensor, JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw Wrong(tensor, $"is {element.ValueKind}, not an object");
        }

        foreach (var property in element.EnumerateObject())
        {
            if (property.Name is not ("dtype" or "shape" or "data_offsets"))
            {
                throw Wrong(tensor, $"has an unknown field '{property.Name}'; known are dtype, shape, data_offsets");
            }
        }

        if (!element.TryGetProperty("dtype", out var type) || type.ValueKind != JsonValueKind.String)
        {
            throw Wrong(tensor, "lacks a dtype");
        }

        var shape = Numbers(tensor, element, "shape");
        if (shape.Length > SafetensorsFile.MaximumRank)
        {
            throw Wrong(tensor, $"has {shape.Length} dimensions; at most {SafetensorsFile.MaximumRank} are read");
        }

        var offsets = Numbers(tensor, element, "data_offsets");
        return offsets.Length == 2
            ? new Entry(tensor, type.GetString()!, shape, offsets[0], offsets[1])
            : throw Wrong(tensor, $"has {offsets.Length} data offsets instead of 2");
    }

    private ImmutableArray<long> Numbers(string tensor, JsonElement element, string field)
    {
        if (!element.TryGetProperty(field, out var list) || list.ValueKind != JsonValueKind.Array)
        {
            throw Wrong(tensor, $"lacks a list '{field}'");
        }

        return [.. list.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt64(out var number) && number >= 0
            ? number
            : throw Wrong(tensor, $"needs whole numbers from 0 in '{field}'"))];
    }

    /// <summary>Tensors must lie one behind the other, from the first byte of the data to its last, each as long as its shape
    /// says.</summary>
    private void CheckPlaces(List<Entry> entries, long length)
    {
        var end = 0L;
        foreach (var entry in entries.OrderBy(e => e.Begin).ThenBy(e => e.End))
        {
            if (entry.Begin > entry.End || entry.End > length)
            {
                throw Wrong(entry.Name, $"lies at {entry.Begin} to {entry.End}, but the data has {length} bytes: the file is cut or damaged");
            }

            if (entry.Begin != end)
            {
                throw Wrong(entry.Name, $"begins at {entry.Begin}, but the one before it ends at {end}: tensors must neither overlap nor leave gaps");
            }

            if (entry.End - entry.Begin != Size(entry))
            {
                throw Wrong(
                    entry.Name,
                    $"of type {entry.Type} and shape [{string.Join(", ", entry.Shape)}] needs {Size(entry)} bytes, "
                    + $"but has {entry.End - entry.Begin}");
            }

            end = entry.End;
        }

        if (end != length)
        {
            throw Wrong($"the tensors end at {end}, but the data has {length} bytes");
        }
    }

    private long Size(Entry entry)
    {
        long size = entry.Type switch
        {
            "F32" => 4,
            "F16" or "BF16" => 2,
            "I64" => 8,
            _ => throw Wrong(entry.Name, $"has type '{entry.Type}'; F32, F16, BF16 and I64 are read"),
        };
        try
        {
            return entry.Shape.Aggregate(size, (product, side) => checked(product * side));
        }
        catch (OverflowException exception)
        {
            throw new SafetensorsException($"{name}: tensor '{entry.Name}' has a shape beyond counting.", exception);
        }
    }

    private static TensorData Tensor(Entry entry, ReadOnlyMemory<byte> data)
    {
        var bytes = data.Slice((int)entry.Begin, (int)(entry.End - entry.Begin));
        return entry.Type switch
        {
            "F32" => new TensorData(entry.Shape, TensorType.Float32, bytes),
            "I64" => new TensorData(entry.Shape, TensorType.Int64, bytes),
            "F16" => TensorData.Of(entry.Shape.AsSpan(), Widened(bytes.Span, half => (float)BitConverter.UInt16BitsToHalf(half))),
            _ => TensorData.Of(entry.Shape.AsSpan(), Widened(bytes.Span, brain => BitConverter.UInt32BitsToSingle((uint)brain << 16))),
        };
    }

    private static float[] Widened(ReadOnlySpan<byte> bytes, Func<ushort, float> widen)
    {
        var narrow = MemoryMarshal.Cast<byte, ushort>(bytes);
        var wide = new float[narrow.Length];
        for (var i = 0; i < wide.Length; i++)
        {
            wide[i] = widen(narrow[i]);
        }

        return wide;
    }

    private SafetensorsException Wrong(string what) => new($"{name}: {what}.");

    private SafetensorsException Wrong(string tensor, string what) => new($"{name}: tensor '{tensor}' {what}.");
}
