using System.Text;
using ActorPrune.Genetics.Random;
using ActorPrune.Host.Configuration;
using ActorPrune.Host.Configuration.Hocon;

namespace ActorPrune.Host.Tests.Configuration;

/// <summary>Whatever the text: a value or a <see cref="ConfigurationException"/> that names a place, and an end.</summary>
public sealed class HoconFuzzTests
{
    private static readonly string[] Pieces =
    [
        "a", "b", "a.b", "\"", "\"\"\"", "{", "}", "[", "]", "=", ":", "+=", ",", "\n", "${a}", "${?b}", "${a.b}", "${", "}", "include ", "\"x\"",
        "include \"x\"", "required(", "file(", ")", "#", "//", " ", "\t", "\\", "\\u", "\ud800", "\0", "1", "5e-4", "on", "null", "é", "😀", "$",
        "search.method", "cemba", "cemba.epochs", "training.base", "picks", "migration", "synchronous", ".",
    ];

    private static readonly SettingsReader Reader = new(HoconDocument.Load(SettingsReader.ReferencePath), _ => null);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Random_pieces_give_a_value_or_an_error(long seed)
    {
        for (var i = 0; i < 4_000; i++)
        {
            var random = CounterRandom.For(seed, "fuzz", 0, i, "pieces");
            var text = new StringBuilder();
            for (var n = random.NextInt(40); n >= 0; n--)
            {
                text.Append(Pieces[random.NextInt(Pieces.Length)]);
            }

            Survives(text.ToString(), bind: i % 40 == 0);
        }
    }

    [Fact]
    public void Mutations_of_a_real_configuration_give_a_value_or_an_error()
    {
        var original = File.ReadAllText(Path.Combine(SettingsReader.Folder, "quickstart.conf"));
        var values = 0;
        for (var i = 0; i < 300; i++)
        {
            var random = CounterRandom.For(7, "fuzz", 0, i, "mutations");
            var text = new StringBuilder(original);
            for (var n = random.NextInt(3); n >= 0; n--)
            {
                var at = random.NextInt(text.Length);
                switch (random.NextInt(3))
                {
                    case 0:
                        text.Remove(at, Math.Min(1 + random.NextInt(5), text.Length - at));
                        break;
                    case 1:
                        text.Insert(at, Pieces[random.NextInt(Pieces.Length)]);
                        break;
                    default:
                        text[at] = (char)random.NextInt(256);
                        break;
                }
            }

            values += Survives(text.ToString(), bind: true) ? 1 : 0;
        }

        values.ShouldBeInRange(20, 280, "some mutations hit comments, others do not");
    }

    private static bool Survives(string text, bool bind)
    {
        try
        {
            if (bind)
            {
                Reader.Parse(text, "fuzz.conf", "fuzz").ToJson().ShouldNotBeEmpty();
            }
            else
            {
                HoconDocument.Parse(text, "fuzz.conf").Resolve(_ => null);
            }

            return true;
        }
        catch (ConfigurationException e)
        {
            e.Errors.ShouldNotBeEmpty();
            e.Errors.ShouldAllBe(error => error.Origin.Source.Length > 0);
            return false;
        }
        catch (Exception e) when (e is not ShouldAssertException)
        {
            throw new InvalidOperationException($"{e.GetType().Name} for: {text}", e);
        }
    }
}
