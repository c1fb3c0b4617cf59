using ActorPrune.Genetics.Random;

namespace ActorPrune.Genetics.Operators;

/// <summary>Operators on real genes between bounds.</summary>
public static class RealGenes
{
    /// <summary>The first parent with the genes between two random points taken from the second.</summary>
    /// <exception cref="ArgumentException">The parents have different lengths.</exception>
    public static double[] TwoPoint(ReadOnlySpan<double> first, ReadOnlySpan<double> second, CounterRandom random)
    {
        if (first.Length != second.Length)
        {
            throw new ArgumentException($"Parents of {first.Length} and {second.Length} genes cannot be crossed.", nameof(second));
        }

        var child = first.ToArray();
        var (a, b) = (random.NextInt(child.Length + 1), random.NextInt(child.Length + 1));
        var (from, to) = (Math.Min(a, b), Math.Max(a, b));
        second[from..to].CopyTo(child.AsSpan(from));
        return child;
    }

    /// <summary>
    /// Polynomial mutation (Deb, Agrawal: A niched-penalty approach for constraint handling in genetic algorithms. ICANNGA 1999; the
    /// bounded form of Deb's code): each gene with probability <paramref name="rate"/>; the larger <paramref name="eta"/>, the smaller the
    /// steps. Results stay within the bounds.
    /// </summary>
    /// <param name="bounds">Least and greatest value of a gene, by its index.</param>
    public static void Polynomial(Span<double> genes, Func<int, (double Low, double High)> bounds, double rate, double eta, CounterRandom random)
    {
        for (var i = 0; i < genes.Length; i++)
        {
            var (low, high) = bounds(i);
            if (!random.NextBool(rate) || !(high > low))
            {
                continue;
            }

            var (value, range) = (genes[i], high - low);
            var u = random.NextDouble();
            var power = 1 / (eta + 1);
            double step;
            if (u < 0.5)
            {
                var distance = 1 - ((value - low) / range);
                step = Math.Pow((2 * u) + ((1 - (2 * u)) * Math.Pow(distance, eta + 1)), power) - 1;
            }
            else
            {
                var distance = 1 - ((high - value) / range);
                step = 1 - Math.Pow((2 * (1 - u)) + (2 * (u - 0.5) * Math.Pow(distance, eta + 1)), power);
            }

            genes[i] = Math.Clamp(value + (step * range), low, high);
        }
    }
}
