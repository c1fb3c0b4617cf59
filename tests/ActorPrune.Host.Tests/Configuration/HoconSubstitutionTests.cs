using ActorPrune.Host.Configuration.Hocon;
using static ActorPrune.Host.Tests.Configuration.Text;

namespace ActorPrune.Host.Tests.Configuration;

public sealed class HoconSubstitutionTests
{
    [Theory]
    [InlineData("a = 1, b = ${a}", "{a:1,b:1}")]
    [InlineData("b = ${a}, a = 1", "{b:1,a:1}")]
    [InlineData("a { b = 1 }, c = ${a.b}", "{a:{b:1},c:1}")]
    [InlineData("a { b = 1, c = ${a.b} }", "{a:{b:1,c:1}}")]
    [InlineData("a { x = 1, y = 2 }, b = ${a} { y = 3 }", "{a:{x:1,y:2},b:{x:1,y:3}}")]
    [InlineData("a { x = 1 }, b = ${a}, b { y = 2 }, c = ${b.x}", "{a:{x:1},b:{x:1,y:2},c:1}")]
    [InlineData("a = [1], b = ${a} [2]", "{a:[1],b:[1,2]}")]
    [InlineData("a = [1], a = ${a} [2]", "{a:[1,2]}")]
    [InlineData("a = x, a = ${a}y", "{a:xy}")]
    [InlineData("a = ${?a} x", "{a:x}")]
    [InlineData("a = 1, a = ${?nothing}", "{a:1}")]
    [InlineData("a = ${?nothing}", "{}")]
    [InlineData("a = [${?nothing}, 1]", "{a:[1]}")]
    [InlineData("a = run of ${name}, name = x", "{a:run of x,name:x}")]
    [InlineData("\"k.l\" = 1, a = ${\"k.l\"}", "{k.l:1,a:1}")]
    public void A_substitution_is_replaced_by_what_it_names(string text, string expected) => Show(Resolve(text)).ShouldBe(expected);

    [Fact]
    public void What_no_key_names_is_looked_up_in_the_environment()
    {
        var value = Resolve("path = none\npath = ${?DATA}", ("DATA", "/images")).Field("path")!.Value;
        Show(value).ShouldBe("/images");
        value.Origin.ToString().ShouldBe("environment variable DATA");
        Show(Resolve("path = none\npath = ${?DATA}")).ShouldBe("{path:none}");
        Show(Resolve("DATA = mine, path = ${DATA}", ("DATA", "/images"))).ShouldBe("{DATA:mine,path:mine}");
    }

    [Theory]
    [InlineData("a = 1\nb = ${c}", 2, "${c} is neither a key nor an environment variable (write ${?c} if it may be missing)")]
    [InlineData("a = ${a}", 1, "${a} is neither a key nor an environment variable (write ${?a} if it may be missing)")]
    [InlineData("a = ${b}\nb = ${a}", 2, "${a} leads back to itself: a → b → a")]
    [InlineData("a = ${b}\nb = ${c}\nc = ${a.x}", 3, "${a.x} leads back to itself: a.x → b → c → a.x")]
    [InlineData("a { b = ${c} }\nc = ${a}", 2, "${a} leads back to itself: a → c → a")]
    public void A_substitution_that_leads_nowhere_is_refused(string text, int line, string message) =>
        Error(() => Resolve(text)).ShouldBe($"test.conf:{line}: {message}");

    [Fact]
    public void What_is_put_on_top_hides_merges_and_is_seen_by_substitutions_below()
    {
        var below = HoconDocument.Parse("a { x = 1, y = [1] }, copy = ${a.x}", "below.conf");
        var above = HoconDocument.Parse("a { x = 2 }, a.y += 3", "above.conf");
        Show(above.Over(below).Resolve()).ShouldBe("{a:{x:2,y:[1,3]},copy:2}");
        Show(below.Resolve()).ShouldBe("{a:{x:1,y:[1]},copy:1}", "putting a document on top changes neither");
    }

    [Fact]
    public void A_chain_beyond_the_limit_is_refused()
    {
        var text = string.Join('\n', Enumerable.Range(0, 100_00).Select(i => $"a{i} = ${{a{i + 1}}}"));
        Error(() => Resolve(text)).ShouldContain($"more than {HoconLimits.MaxResolutionDepth} steps deep");
    }

    [Theory]
    [InlineData("a0 = xxxxxxxx", "{0}{0}")]
    [InlineData("a0 = [1, 2]", "{0} {0}")]
    [InlineData("a0 = {{ x = 1 }}", "{{ l = {0}, r = {0} }} {{ l = {0}, r = {0} }}")]
    public void Doubling_again_and_again_ends_with_an_error(string first, string doubled)
    {
        var lines = Enumerable.Range(1, 50).Select(i => $"a{i} = " + string.Format(null, doubled, $"${{a{i - 1}}}"));
        Error(() => Resolve(string.Format(null, first) + "\n" + string.Join('\n', lines))).ShouldContain("substitutions unfold to more than");
    }
}
