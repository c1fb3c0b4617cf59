using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using ActorPrune.Genetics.Random;
using ActorPrune.Nn.Formats;
using ActorPrune.Nn.Training;

namespace ActorPrune.Nn.Tests.Formats;

public class SafetensorsTests
{
    private static readonly SafetensorsFile Example = new(
        NamedTensors.From(
        [
            KeyValuePair.Create("b.weight", TensorData.Of([2, 3], [1f, 2f, 3f, 4f, 5f, 6.5f])),
            KeyValuePair.Create("b.steps", TensorData.Of([], [42L])),
            KeyValuePair.Create("a.empty", TensorData.Of([0, 4], ReadOnlySpan<float>.Empty)),
        ]),
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal).Add("note", "größer \"2\" \n"));

    [Fact]
    public void What_is_written_is_read()
    {
        var read = SafetensorsFile.Parse(Example.ToBytes(), "example");
        read.Tensors.Hash.ShouldBe(Example.Tensors.Hash);
        read.Metadata.ShouldBe(Example.Metadata);
        read.ToBytes().ShouldBe(Example.ToBytes());
    }

    [Fact]
    public void The_header_is_sorted_and_padded_and_the_data_aligned()
    {
        var bytes = Example.ToBytes();
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        (length % 8).ShouldBe(0);
        Encoding.UTF8.GetString(bytes, 8, length).TrimEnd(' ').ShouldBe(
            """{"__metadata__":{"note":"größer \"2\" \n"},"a.empty":{"dtype":"F32","shape":[0,4],"data_offsets":[8,8]},"b.steps":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"b.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[8,32]}}""");
    }

    [Fact]
    public void Half_precision_is_widened()
    {
        byte[] data = [0x00, 0x3C, 0x00, 0xC0, 0x80, 0x3F, 0x49, 0xC0];
        var header = """{"h":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"BF16","shape":[2],"data_offsets":[4,8]}}""";
        var read = SafetensorsFile.Parse(File(header, data), "halves");
        read.Tensors["h"].Floats.ToArray().ShouldBe([1f, -2f]);
        read.Tensors["b"].Floats.ToArray().ShouldBe([1f, -3.140625f]);
    }

    [Theory]
    [InlineData("""{"t":{"dtype":"F32","shape":[2],"data_offsets":[0,12]}}""", "tensor 't'", "cut or damaged")]
    [InlineData("""{"t":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}""", "tensor 't'", "needs 4 bytes, but has 8")]
    [InlineData("""{"t":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "tensor 't'", "gaps")]
    [InlineData("""{"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "end at 4", "8 bytes")]
    [InlineData("""{"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"u":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "tensor 'u'", "overlap")]
    [InlineData("""{"t":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", "tensor 't'", "8 to 0")]
    [InlineData("""{"t":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}""", "tensor 't'", "F32, F16, BF16 and I64")]
    [InlineData("""{"t":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", "tensor 't'", "'shape'")]
    [InlineData("""{"t":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}""", "tensor 't'", "beyond counting")]
    [InlineData("""{"t":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,2],"data_offsets":[0,8]}}""", "tensor 't'", "9 dimensions")]
    [InlineData("""{"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "not valid JSON", "t")]
    [InlineData("""{"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"stride":1}}""", "tensor 't'", "'stride'")]
    [InlineData("""{"t":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", "tensor 't'", "data offsets")]
    [InlineData("""{"t":{"shape":[2],"data_offsets":[0,8]}}""", "tensor 't'", "dtype")]
    [InlineData("""{"t":7}""", "tensor 't'", "not an object")]
    [InlineData("""{"__metadata__":{"a":1}}""", "'a'", "not a text")]
    [InlineData("""[]""", "header", "not an object")]
    [InlineData("""{"t":""", "not valid JSON", "")]
    public void A_wrong_header_is_refused_by_file_and_tensor(string header, string says, string also)
    {
        var message = Should.Throw<SafetensorsException>(() => SafetensorsFile.Parse(File(header, new byte[8]), "weights.safetensors")).Message;
        message.ShouldStartWith("weights.safetensors: ");
        message.ShouldContain(says);
        message.ShouldContain(also);
    }

    [Fact]
    public void A_cut_file_is_refused_at_every_length()
    {
        var bytes = Example.ToBytes();
        for (var length = 0; length < bytes.Length; length++)
        {
            Should.Throw<SafetensorsException>(() => SafetensorsFile.Parse(bytes.AsMemory(0, length), "cut"));
        }
    }

    [Fact]
    public void A_huge_header_length_is_refused_without_allocating_it()
    {
        var bytes = Example.ToBytes();
        foreach (var length in new[] { ulong.MaxValue, (ulong)long.MaxValue, 100_000_001UL, 99_000_000UL })
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
            var before = GC.GetAllocatedBytesForCurrentThread();
            Should.Throw<SafetensorsException>(() => SafetensorsFile.Parse(bytes, "huge"));
            (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1_000_000);
        }
    }

    [Fact]
    public void A_header_that_is_not_UTF8_is_refused()
    {
        var bytes = Example.ToBytes();
        bytes[bytes.AsSpan().IndexOf("note"u8)] = 0xFF;
        Should.Throw<SafetensorsException>(() => SafetensorsFile.Parse(bytes, "bad")).Message.ShouldContain("not UTF-8");
    }

    [Fact]
    public void Damaged_files_are_read_or_refused_and_nothing_else()
    {
        var random = CounterRandom.For(12, "safetensors", 0, 0, "mutations");
        var original = Example.ToBytes();
        var refused = 0;
        for (var i = 0; i < 6_000; i++)
        {
            var bytes = original.ToList();
            for (var edits = 1 + random.NextInt(3); edits > 0; edits--)
            {
                var at = random.NextInt(bytes.Count - 32);
                switch (random.NextInt(4))
                {
                    case 0:
                        bytes[at] ^= (byte)(1 << random.NextInt(8));
                        break;
                    case 1:
                        bytes[at] = (byte)"0123456789{}[],:\"\\-"[random.NextInt(19)];
                        break;
                    case 2:
                        bytes.RemoveRange(at, 1 + random.NextInt(8));
                        break;
                    default:
                        bytes.InsertRange(at, bytes.GetRange(random.NextInt(bytes.Count - 32), random.NextInt(32)));
                        break;
                }
            }

            try
            {
                var read = SafetensorsFile.Parse(bytes.ToArray(), "damaged");
                SafetensorsFile.Parse(read.ToBytes(), "again").Tensors.Hash.ShouldBe(read.Tensors.Hash);
            }
            catch (SafetensorsException)
            {
                refused++;
            }
        }

        refused.ShouldBeGreaterThan(3_000);
    }

    private static byte[] File(string header, byte[] data)
    {
        var text = Encoding.UTF8.GetBytes(header);
        var bytes = new byte[8 + text.Length + data.Length];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, text.Length);
        text.CopyTo(bytes, 8);
        data.CopyTo(bytes, 8 + text.Length);
        return bytes;
    }
}
