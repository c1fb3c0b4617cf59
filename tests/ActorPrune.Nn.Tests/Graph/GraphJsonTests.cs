using ActorPrune.Genetics.Random;
using ActorPrune.Nn.Graph;
using ActorPrune.Nn.Tests.Pruning;
using ActorPrune.Nn.Zoo;

namespace ActorPrune.Nn.Tests.Graph;

public class GraphJsonTests
{
    [Fact]
    public void Every_network_is_what_its_text_says()
    {
        foreach (var graph in NetworkZoo.Names.Select(n => NetworkZoo.Create(n, new NetworkOptions())).Concat(SmallGraphs.All.Values.Select(g => g())))
        {
            GraphJson.Parse(GraphJson.Write(graph)).ShouldBe(graph);
            GraphJson.Parse(GraphJson.Write(graph, indented: true)).ShouldBe(graph);
            GraphJson.Parse(GraphJson.ToNode(graph)).ShouldBe(graph);
        }
    }

    [Fact]
    public void Every_operation_has_a_name()
    {
        var unwritten = typeof(Op).GetNestedTypes().Where(t => t.IsSubclassOf(typeof(Op))).Except(
            NetworkZoo.Names.Select(n => NetworkZoo.Create(n, new NetworkOptions(Head: HeadKind.Hidden512)))
                .Concat(SmallGraphs.All.Values.Select(g => g())).SelectMany(g => g.Layers).Select(l => l.Op.GetType()));
        unwritten.ShouldBeEmpty("the round trip above covers every operation");
    }

    [Theory]
    [InlineData("\"op\":\"relu\"", "\"op\":\"gelu\"", "Layer 'a.bn.relu' is an unknown operation 'gelu'; known are input, conv2d")]
    [InlineData("\"version\":1", "\"version\":2", "version 2")]
    [InlineData("actorprune-graph", "onnx", "'onnx'")]
    [InlineData("\"stride\":2", "\"stride\":\"2\"", "Layer 'b' needs a whole number as 'stride'")]
    [InlineData("\"stride\":2,", "", "Layer 'b' lacks 'stride'")]
    [InlineData("\"stride\":2,", "\"stride\":2,\"dilation\":2,", "Layer 'b' has an unknown field 'dilation'")]
    [InlineData("\"stride\":2,", "\"stride\":2,\"stride\":2,", "not valid JSON")]
    [InlineData("\"inputs\":[\"a\"]", "\"inputs\":[\"z\"]", "reads 'z'")]
    [InlineData("\"inputs\":[\"a\"]", "\"inputs\":[0]", "not a layer's name")]
    [InlineData("\"in\":6", "\"in\":7", "Layer 'b' expects 7")]
    [InlineData("\"name\":\"b\"", "\"name\":\"a\"", "'a'")]
    public void A_wrong_text_is_refused_with_its_place(string what, string by, string says)
    {
        var text = GraphJson.Write(SmallGraphs.Plain());
        text.ShouldContain(what);
        Should.Throw<GraphException>(() => GraphJson.Parse(text.Replace(what, by, StringComparison.Ordinal))).Message.ShouldContain(says);
    }

    [Fact]
    public void Half_a_surrogate_pair_is_refused_wherever_it_stands()
    {
        var text = GraphJson.Write(SmallGraphs.Plain());
        foreach (var half in new[] { "\uD800", "\\ud800" })
        {
            foreach (var what in new[] { "plain", "\"name\":\"a", "\"inputs\":[\"a", "conv2d", "\"stride" })
            {
                Should.Throw<GraphException>(() => GraphJson.Parse(text.Replace(what, what + half, StringComparison.Ordinal)));
            }
        }
    }

    [Fact]
    public void Deep_nesting_is_refused() =>
        Should.Throw<GraphException>(() => GraphJson.Parse(new string('[', 100_000)));

    [Fact]
    public void Damaged_texts_are_read_or_refused_and_nothing_else()
    {
        var random = CounterRandom.For(11, "graph json", 0, 0, "mutations");
        var texts = SmallGraphs.All.Values.Select(g => GraphJson.Write(g())).ToArray();
        const string alphabet = "{}[]\",:0123456789-.eE\\unull\uD800\0 ab";
        var refused = 0;
        for (var i = 0; i < 4_000; i++)
        {
            var text = texts[i % texts.Length].ToCharArray().ToList();
            for (var edits = 1 + random.NextInt(3); edits > 0; edits--)
            {
                var at = random.NextInt(text.Count - 40);
                switch (random.NextInt(4))
                {
                    case 0:
                        text[at] = alphabet[random.NextInt(alphabet.Length)];
                        break;
                    case 1:
                        text.RemoveRange(at, 1 + random.NextInt(20));
                        break;
                    case 2:
                        text.InsertRange(at, text.GetRange(random.NextInt(text.Count - 40), random.NextInt(40)));
                        break;
                    default:
                        text.Insert(at, alphabet[random.NextInt(alphabet.Length)]);
                        break;
                }
            }

            try
            {
                GraphJson.Parse(string.Concat(text)).Validate();
            }
            catch (GraphException)
            {
                refused++;
            }
        }

        refused.ShouldBeGreaterThan(2_000);
    }
}
