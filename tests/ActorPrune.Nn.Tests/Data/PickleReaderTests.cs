using System.Text;
using ActorPrune.Genetics.Random;
using ActorPrune.Nn.Data;

namespace ActorPrune.Nn.Tests.Data;

public sealed class PickleReaderTests
{
    private static PickleWriter Pickle => new();

    private static string Refusal(byte[] pickle) => Should.Throw<FormatException>(() => PickleReader.Read(pickle)).Message;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Dictionaries_texts_numbers_lists_and_arrays_of_bytes_are_read_as_values(bool modern)
    {
        var pickle = new PickleWriter(modern).Raw((byte)'}', (byte)'(').Text("a").Numbers([0, 255, 256, 65536, -1]).Text("b").Text("word")
            .Text("c").Array([1, 2, 3, 4, 5, 6], 2, 3).Raw((byte)'u').End();
        var read = PickleReader.Read(pickle).ShouldBeOfType<Dictionary<string, object?>>();
        read["a"].ShouldBe(new List<object?> { 0L, 255L, 256L, 65536L, -1L });
        (read["b"] is string text ? text : Encoding.Latin1.GetString(((ReadOnlyMemory<byte>)read["b"]!).Span)).ShouldBe("word");
        var array = read["c"].ShouldBeOfType<PickledArray>();
        array.Shape.ShouldBe([2, 3]);
        array.Bytes.ToArray().ShouldBe(new byte[] { 1, 2, 3, 4, 5, 6 });
    }

    [Theory]
    [InlineData("os", "system")]
    [InlineData("posix", "system")]
    [InlineData("builtins", "eval")]
    [InlineData("__builtin__", "apply")]
    [InlineData("numpy", "load")]
    [InlineData("numpy.core.multiarray", "scalar")]
    public void A_name_that_is_not_part_of_an_array_is_refused_with_its_offset_and_never_called(string module, string name)
    {
        foreach (var modern in (bool[])[false, true])
        {
            var witness = Path.Combine(Path.GetTempPath(), $"actorprune-pickle-{Guid.NewGuid():N}");
            var pickle = new PickleWriter(modern).Global(module, name).Text($"touch {witness}").Raw(0x85, (byte)'R').End();
            var refusal = Refusal(pickle);
            refusal.ShouldContain($"names {module}.{name}");
            refusal.ShouldContain(modern ? "at byte " : "at byte 2 ");
            File.Exists(witness).ShouldBeFalse();
        }
    }

    [Fact]
    public void Instructions_beyond_the_ones_that_arrays_need_are_refused_by_name_and_offset()
    {
        foreach (var code in "ioP\u0081Q\u0092\u0082F2")
        {
            Refusal(Pickle.Raw((byte)'N', (byte)code).End()).ShouldContain($"at byte 3 it has the instruction 0x{(int)code:x2}");
        }
    }

    [Fact]
    public void Other_protocols_types_orders_and_lengths_are_refused()
    {
        Refusal([0x80, 5, (byte)'N', (byte)'.']).ShouldContain("pickle protocol 5");
        Refusal(Pickle.Array(new byte[8], 1, 1, "i8").End()).ShouldContain("array of type 'i8'");
        Refusal(Pickle.Array(new byte[4], 2, 2, fortran: true).End()).ShouldContain("column by column");
        Refusal(Pickle.Array(new byte[5], 2, 2).End()).ShouldContain("shape (2, 2) with 5 bytes");
        Refusal(Pickle.Array(new byte[5], -2, 2).End()).ShouldContain("shape");
        Refusal([]).ShouldContain("cut, or no pickle");
        Refusal(Pickle.Raw((byte)'T', 0xFF, 0xFF, 0xFF, 0xFF, 1).End()).ShouldContain("needs 4,294,967,295 more bytes");
        Refusal(Pickle.Raw((byte)'h', 7).End()).ShouldContain("value 7, which was not kept");
        Refusal(Pickle.Raw((byte)'R').End()).ShouldContain("at byte 2");
    }

    [Fact]
    public void Bytes_as_python_3_writes_them_under_protocol_2_are_read_without_a_call()
    {
        var array = Pickle.Array([1, 200, 255, 4], 2, 2, latin1: true).End();
        PickleReader.Read(array).ShouldBeOfType<PickledArray>().Bytes.ToArray().ShouldBe(new byte[] { 1, 200, 255, 4 });
        Refusal(Pickle.Global("_codecs", "encode").Text("a").Text("rot13").Raw(0x86, (byte)'R').End()).ShouldContain("calls a function");
        Refusal(Pickle.Global("_codecs", "decode").Text("a").Text("latin1").Raw(0x86, (byte)'R').End()).ShouldContain("_codecs.decode");
    }

    [Fact]
    public void A_file_that_makes_more_values_than_any_data_set_is_refused()
    {
        var nested = new byte[5_000_000];
        nested.AsSpan().Fill((byte)']');
        Refusal(Pickle.Raw(nested).End()).ShouldContain("makes more than 4,000,000 values");
    }

    [Fact]
    public void Damaged_pickles_give_a_refusal_or_a_value_and_nothing_else()
    {
        var good = PickleWriter.Cifar(CifarFolder.Records(0, 2), ["labels"]);
        var random = CounterRandom.For(3, "pickle", 0, 0, "damage");
        var refused = 0;
        for (var round = 0; round < 4000; round++)
        {
            var bytes = good[..(random.NextInt(4) == 0 ? random.NextInt(good.Length) : good.Length)];
            for (var n = random.NextInt(4); n > 0 && bytes.Length > 0; n--)
            {
                // Mostly among the instructions: most of the rest is pixels.
                bytes[random.NextInt(Math.Min(bytes.Length, 200))] = (byte)random.NextInt(256);
            }

            try
            {
                PickleReader.Read(bytes);
            }
            catch (FormatException)
            {
                refused++;
            }
        }

        refused.ShouldBeGreaterThan(1000);
    }
}
