using System.Collections.Immutable;
using System.Globalization;

namespace ActorPrune.Genetics.Genomes;

/// <summary>Genomes as the line of text that <see cref="Genome.Canonical"/> is, and back.</summary>
public static class GenomeText
{
    public static string Write(Genome genome) => genome.Canonical;

    /// <exception cref="FormatException">Not a genome's canonical text.</exception>
    public static Genome Parse(string text)
    {
        var words = text.Split(' ');
        return words switch
        {
            ["mask", var filters] => new MaskGenome(BitString.Parse(filters), null),
            ["mask", var filters, var channels] => new MaskGenome(BitString.Parse(filters), BitString.Parse(channels)),
            ["criterion", .. var choices] => new CriterionGenome([.. choices.Select(ParseChoice)]),
            ["ratio", .. var genes] => new RatioGenome([.. genes.Select(ParseGene)]),
            _ => throw new FormatException($"Expected 'mask …', 'criterion …' or 'ratio …' for a genome, found '{text[..Math.Min(text.Length, 40)]}'."),
        };
    }

    private static RatioGene ParseGene(string text)
    {
        var parts = text.Split(':', 3);
        return parts.Length == 3 && Real(parts[0], out var ratio) && Real(parts[1], out var criterion)
            ? new RatioGene(ratio, criterion, ParseChoice(parts[2]))
            : throw new FormatException($"Expected 'ratio:gene:criterion:keep' for a group's genes, found '{text}'.");
    }

    private static bool Real(string text, out double value) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);

    private static GroupChoice ParseChoice(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon > 0 && int.TryParse(text.AsSpan(colon + 1), out var keep)
            ? new GroupChoice(keep, text[..colon])
            : throw new FormatException($"Expected 'criterion:keep' for a group's choice, found '{text}'.");
    }
}
