namespace ActorPrune.Host.Application;

/// <summary>Text that a shell reads back as it is.</summary>
public static class ShellText
{
    /// <summary><paramref name="word"/> itself where no shell reads anything into it, in quotes elsewhere.</summary>
    public static string Quoted(string word) =>
        word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "-_./=:,+@%".Contains(c, StringComparison.Ordinal))
        ? word
        : $"'{word.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    /// <summary>" --option value", or nothing without a value.</summary>
    public static string Option(string option, string? value) => value is null ? string.Empty : $" {option} {Quoted(value)}";
}
