using ActorPrune.Host.Configuration.Hocon;
using static ActorPrune.Host.Tests.Configuration.Text;

namespace ActorPrune.Host.Tests.Configuration;

public sealed class HoconSyntaxTests
{
    [Theory]
    [InlineData("", "{}")]
    [InlineData("{}", "{}")]
    [InlineData("  # nothing\n // at all\n", "{}")]
    [InlineData("a = 1", "{a:1}")]
    [InlineData("{ a : 1 }", "{a:1}")]
    [InlineData("a = 1 # one\nb = 2 // two\n", "{a:1,b:2}")]
    [InlineData("a { b { c = 1 } }", "{a:{b:{c:1}}}")]
    [InlineData("a.b.c = 1, a.b.d = 2", "{a:{b:{c:1,d:2}}}")]
    [InlineData("\"a.b\".c = 1", "{a.b:{c:1}}")]
    [InlineData("a {\n b = 1\n}\na {\n c = 2\n}", "{a:{b:1,c:2}}")]
    [InlineData("{\n \"a\":\n {\n \"b\": [\n 1, 2 ] } }", "{a:{b:[1,2]}}")]
    [InlineData("a = [1, 2, 3,]", "{a:[1,2,3]}")]
    [InlineData("a = [\n 1\n 2 # two\n\n 3\n]", "{a:[1,2,3]}")]
    [InlineData("a = [], b = {},", "{a:[],b:{}}")]
    [InlineData("a = [[1], [2, 3]]", "{a:[[1],[2,3]]}")]
    [InlineData("a = [{ b = 1 }, { b = 2 }]", "{a:[{b:1},{b:2}]}")]
    [InlineData("include-me = 1\ninclude = 2", "{include-me:1,include:2}")]
    [InlineData("\uFEFFa = 1\r\nb = 2\r\n", "{a:1,b:2}")]
    public void Objects_and_arrays_are_read(string text, string expected) => Show(Resolve(text)).ShouldBe(expected);

    [Theory]
    [InlineData("a = some words here  # and a comment", "some words here")]
    [InlineData("a =   5e-4", "5e-4")]
    [InlineData("a = 1e+3", "1e+3")]
    [InlineData("a = \"tab\\t quote\\\" \\u00e9\"", "'tab\t quote\" é'")]
    [InlineData("a = \"# no comment\"", "'# no comment'")]
    [InlineData("a = \"\"", "''")]
    [InlineData("a = x\"y z\" w", "'xy z w'")]
    [InlineData("a = \"\"\"one \"two\"\n\\three\"\"\"", "'one \"two\"\n\\three'")]
    [InlineData("a = \"\"\"\"quoted\"\"\"\"", "'\"quoted\"'")]
    [InlineData("a = layer1.0.conv1", "layer1.0.conv1")]
    public void Texts_are_read(string text, string expected) => Show(Resolve(text).Field("a")!.Value).ShouldBe(expected);

    [Theory]
    [InlineData("a = [1] [2] [3]", "{a:[1,2,3]}")]
    [InlineData("a = { b = 1 } { c = 2, b = 3 }", "{a:{b:3,c:2}}")]
    [InlineData("a += 1, a += 2", "{a:[1,2]}")]
    [InlineData("a = [1]\na += 2\na += [3]", "{a:[1,2,[3]]}")]
    public void Arrays_and_objects_are_joined(string text, string expected) => Show(Resolve(text)).ShouldBe(expected);

    [Fact]
    public void Every_key_and_value_knows_its_place()
    {
        var field = Resolve("# first\na {\n  b = [1,\n    two]\n}").Field("a")!;
        var inner = ((HoconObject)field.Value).Field("b")!;
        field.Origin.ShouldBe(new Origin("test.conf", 2, 1));
        inner.Origin.ShouldBe(new Origin("test.conf", 3, 3));
        inner.Value.Origin.ShouldBe(new Origin("test.conf", 3, 7));
        ((HoconArray)inner.Value).Elements[1].Origin.ShouldBe(new Origin("test.conf", 4, 5));
    }

    [Theory]
    [InlineData("[1, 2]", 1, "expected an object or a key at the root, found '['")]
    [InlineData("a = 1\nb", 2, "expected '=', ':', '+=' or '{' after the key 'b', found the end of the text")]
    [InlineData("a b = 1", 1, "expected '=', ':', '+=' or '{' after the key 'a', found 'b'")]
    [InlineData("a =\nb = 1", 1, "expected a value, found the end of the line")]
    [InlineData("a = ,", 1, "expected a value, found ','")]
    [InlineData("a {\n b = 1\n", 3, "expected a key or '}' (for the '{' of line 1), found the end of the text")]
    [InlineData("a = [1,\n2", 2, "expected ']' (for the '[' of line 1), found the end of the text")]
    [InlineData("a = [1,,2]", 1, "expected a value, found ','")]
    [InlineData("a = 1,,b = 2", 1, "expected a key, found ','")]
    [InlineData("a = 1 }", 1, "expected a key or the end of the text, found '}'")]
    [InlineData("{ a = 1 } b = 2", 1, "expected a key or the end of the text, found 'b'")]
    [InlineData("a = 1 ]", 1, "expected a new line, ',' or '}' after the value, found ']'")]
    [InlineData("a = \"open\nb = 1", 1, "this text has no closing '\"' on its line")]
    [InlineData("\n\na = \"\"\"open\n\n", 3, "this text has no closing \"\"\"")]
    [InlineData("a = \"\\q\"", 1, "expected one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX, found 'q'")]
    [InlineData("a = \"\\u12\"", 1, "expected four hexadecimal digits after \\u, found '1'")]
    [InlineData("a = \"\\ud800\"", 1, "the text holds half of a surrogate pair")]
    [InlineData("device = cuda:0", 1, "':' must stand in quotes here")]
    [InlineData("a = x*y", 1, "'*' must stand in quotes here")]
    [InlineData("a..b = 1", 1, "expected the next part of the key after '.', found '.'")]
    [InlineData(".a = 1", 1, "expected a key, found '.'")]
    [InlineData("a = $b", 1, "expected '{' after '$' (or put the '$' in quotes), found 'b'")]
    [InlineData("a = ${b", 1, "expected '}' after the key of the substitution, found the end of the text")]
    [InlineData("a = x\0y", 1, "the control character U+0000 must stand in quotes here")]
    [InlineData("a = 1\nb = 2\na = 3", 3, "the key 'a' has a value already, from line 1: remove one")]
    [InlineData("a { b = 1\n b = 2 }", 2, "the key 'b' has a value already, from line 1: remove one")]
    [InlineData("a.b = 1\na = 2", 2, "the key 'a' has a value already, from line 1: remove one")]
    [InlineData("a = x\na += 1", 2, "'+=' adds to an array, but the key holds 'x' (from test.conf:1)")]
    [InlineData("a = [1] x", 1, "an array and 'x' cannot be joined: expected texts, arrays or objects only")]
    [InlineData("include \"other.conf\"", 1, "only a file can include others")]
    [InlineData("include other", 1, "expected \"file\", file(\"file\") or required(file(\"file\")) after 'include', found 'o'")]
    public void A_slip_is_refused_with_its_line(string text, int line, string message) =>
        Error(() => Resolve(text)).ShouldBe($"test.conf:{line}: {message}");

    [Fact]
    public void Nesting_beyond_the_limit_is_refused_in_every_form()
    {
        const int TooDeep = HoconLimits.MaxNesting + 1;
        string[] texts =
        [
            "a = " + new string('[', 100_000),
            string.Concat(Enumerable.Repeat("a{", 100_000)),
            string.Join('.', Enumerable.Repeat("a", TooDeep)) + " = 1",
            "a0 = { x = 1 }\n" + string.Join('\n', Enumerable.Range(1, TooDeep).Select(i => $"a{i} = {{ x = ${{a{i - 1}}} }}")),
        ];
        foreach (var text in texts)
        {
            Error(() => Resolve(text)).ShouldContain($"more than {HoconLimits.MaxNesting}");
        }
    }
}
