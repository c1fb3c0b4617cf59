using ActorPrune.Host.Configuration.Hocon;
using static ActorPrune.Host.Tests.Configuration.Text;

namespace ActorPrune.Host.Tests.Configuration;

public sealed class HoconIncludeTests
{
    [Theory]
    [InlineData("include \"parts/inner.conf\"")]
    [InlineData("include file(\"parts/inner.conf\")")]
    [InlineData("include required(\"parts/inner.conf\")")]
    [InlineData("include required( file( \"parts/inner.conf\" ) )")]
    public void A_file_includes_others_relative_to_itself(string include)
    {
        using var folder = new Folder();
        folder.File("parts/inner.conf", "include \"deepest.conf\"\na = 1");
        folder.File("parts/deepest.conf", "a = 0, b = 1");
        var path = folder.File("outer.conf", $"{include}\nb = 2");
        Show(HoconDocument.Load(path).Resolve()).ShouldBe("{a:1,b:2}");
    }

    [Fact]
    public void A_file_that_is_included_in_an_object_looks_there_first()
    {
        using var folder = new Folder();
        folder.File("inner.conf", "x = 1, y = ${x}, z = ${far}");
        var path = folder.File("outer.conf", "far = 9, x = 8\na { include \"inner.conf\" }");
        Show(HoconDocument.Load(path).Resolve()).ShouldBe("{far:9,x:8,a:{x:1,y:1,z:9}}");
    }

    [Fact]
    public void A_value_from_an_include_names_the_included_file()
    {
        using var folder = new Folder();
        folder.File("inner.conf", "\n\na = 1");
        var path = folder.File("outer.conf", "include \"inner.conf\"");
        folder.Plain(HoconDocument.Load(path).Resolve().Field("a")!.Value.Origin.ToString()).ShouldBe("inner.conf:3");
    }

    [Fact]
    public void A_missing_include_is_refused_with_the_line_that_names_it()
    {
        using var folder = new Folder();
        var path = folder.File("outer.conf", "a = 1\ninclude \"nowhere.conf\"");
        folder.Plain(Error(() => HoconDocument.Load(path))).ShouldBe("outer.conf:2: there is no file 'nowhere.conf'");
    }

    [Fact]
    public void A_missing_file_is_refused_by_name() =>
        Error(() => HoconDocument.Load("nowhere/at-all.conf")).ShouldBe("nowhere/at-all.conf: there is no file 'nowhere/at-all.conf'");

    [Fact]
    public void Files_that_include_each_other_in_a_circle_are_refused()
    {
        using var folder = new Folder();
        var path = folder.File("a.conf", "include \"b.conf\"");
        folder.File("b.conf", "\ninclude \"a.conf\"");
        folder.Plain(Error(() => HoconDocument.Load(path))).ShouldBe("b.conf:2: the file includes itself: a.conf → b.conf → a.conf");
    }

    [Fact]
    public void One_file_may_be_included_twice_on_different_ways()
    {
        using var folder = new Folder();
        folder.File("common.conf", "a = 1");
        folder.File("left.conf", "include \"common.conf\"");
        var path = folder.File("outer.conf", "include \"left.conf\"\ninclude \"common.conf\"");
        Show(HoconDocument.Load(path).Resolve()).ShouldBe("{a:1}");
    }

    [Fact]
    public void Chains_and_numbers_of_includes_are_limited()
    {
        using var folder = new Folder();
        for (var i = 0; i < HoconLimits.MaxIncludeDepth; i++)
        {
            folder.File($"{i}.conf", $"include \"{i + 1}.conf\"");
        }

        var chain = folder.File($"{HoconLimits.MaxIncludeDepth}.conf", "");
        Error(() => HoconDocument.Load(chain.Replace($"{HoconLimits.MaxIncludeDepth}.conf", "0.conf", StringComparison.Ordinal)))
            .ShouldContain($"more than {HoconLimits.MaxIncludeDepth} files include each other");

        folder.File("empty.conf", "");
        var many = folder.File("many.conf", string.Concat(Enumerable.Repeat("include \"empty.conf\"\n", HoconLimits.MaxIncludes + 1)));
        folder.Plain(Error(() => HoconDocument.Load(many))).ShouldBe($"many.conf:{HoconLimits.MaxIncludes + 1}: more than {HoconLimits.MaxIncludes} includes");
    }

    [Fact]
    public void A_file_that_is_too_large_or_no_text_is_refused()
    {
        using var folder = new Folder();
        var large = folder.File("large.conf", new byte[HoconLimits.MaxFileBytes + 1]);
        folder.Plain(Error(() => HoconDocument.Load(large))).ShouldBe("large.conf: 'large.conf' is larger than 1 MiB, which no configuration is");
        var binary = folder.File("binary.conf", [0x61, 0x3D, 0xFF, 0xFE]);
        folder.Plain(Error(() => HoconDocument.Load(binary))).ShouldBe("binary.conf: 'binary.conf' is not UTF-8 text");
        var directory = Path.GetDirectoryName(large)!;
        Error(() => HoconDocument.Load(directory)).ShouldContain("cannot be read");
        Error(() => HoconDocument.Load("a\0b")).ShouldContain("cannot be the name of a file");
    }
}
