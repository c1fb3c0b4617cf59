namespace ActorPrune.Host.Configuration;

/// <summary>The range of a number, or of each number of a list; both ends are included.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class BetweenAttribute(double low, double high) : Attribute
{
    public double Low { get; } = low;

    public double High { get; } = high;
}

/// <summary>The range of a duration, written as in a configuration; both ends are included.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class LastsAttribute(string shortest, string longest) : Attribute
{
    public string Shortest { get; } = shortest;

    public string Longest { get; } = longest;
}

/// <summary>The texts that a text, or each element of a list, can be.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class OneOfAttribute(params string[] choices) : Attribute
{
    public string[] Choices { get; } = choices;
}

/// <summary>How many elements a list can have.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class CountAttribute(int least, int most) : Attribute
{
    public int Least { get; } = least;

    public int Most { get; } = most;
}

/// <summary>A name that can also be that of a folder: 1 to 64 letters, digits, '-', '_' and '.', a letter or digit first.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NameAttribute : Attribute;

/// <summary>Says how or where an experiment is computed, never what comes out: it may change when an experiment goes on.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class OperationalAttribute : Attribute;
