namespace ActorPrune.Genetics.Operators;

/// <summary>Where on the way from 0 to 1 a rising cost begins to exceed what is allowed.</summary>
internal static class Bisection
{
    /// <summary>The two ends of the interval that is left after <paramref name="steps"/> halvings.</summary>
    /// <param name="fits">Whether a fraction is still allowed; none is above one that is not.</param>
    public static (double Low, double High) Of(Func<double, bool> fits, int steps)
    {
        var (low, high) = (0.0, 1.0);
        for (var i = 0; i < steps; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = fits(middle) ? (middle, high) : (low, middle);
        }

        return (low, high);
    }
}
