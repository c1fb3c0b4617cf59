namespace ActorPrune.Nn.Training;

/// <summary>The learning rate of each step.</summary>
public static class LearningRate
{
    /// <summary>
    /// The rate at <paramref name="step"/> (0-based) of <paramref name="steps"/>. Over the warm-up it rises linearly from a tenth of the
    /// peak; then cosine goes to 0 along half a period (Loshchilov and Hutter 2017), one-cycle linearly to 0, multi-step falls by Gamma at
    /// each milestone.
    /// </summary>
    public static double At(Recipe recipe, int step, int steps)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(step, steps);
        var warmup = (int)Math.Round(recipe.Warmup * steps);
        if (step < warmup)
        {
            return recipe.LearningRate * (0.1 + (0.9 * step / warmup));
        }

        var progress = (double)(step - warmup) / (steps - warmup);
        return recipe.LearningRate * recipe.Schedule switch
        {
            Schedule.Constant => 1,
            Schedule.MultiStep => Math.Pow(recipe.Gamma, recipe.Milestones.Count(milestone => step >= milestone * steps)),
            Schedule.Cosine => 0.5 * (1 + Math.Cos(Math.PI * progress)),
            Schedule.OneCycle => 1 - progress,
            _ => throw new ArgumentException($"Schedule {recipe.Schedule} is unknown."),
        };
    }
}
