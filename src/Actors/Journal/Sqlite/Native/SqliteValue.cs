namespace ActorPrune.Actors.Journal.Sqlite.Native;

/// <summary>A value bound to a parameter of a statement.</summary>
internal readonly struct SqliteValue
{
    private SqliteValue(SqliteValueKind kind, long integer, double real, string? text) =>
        (Kind, Integer, Real, Text) = (kind, integer, real, text);

    internal SqliteValueKind Kind { get; }

    internal long Integer { get; }

    internal double Real { get; }

    internal string? Text { get; }

    public static implicit operator SqliteValue(long value) => new(SqliteValueKind.Integer, value, 0, null);

    public static implicit operator SqliteValue(double value) => new(SqliteValueKind.Real, 0, value, null);

    public static implicit operator SqliteValue(string? value) =>
        value is null ? default : new(SqliteValueKind.Text, 0, 0, value);
}

internal enum SqliteValueKind
{
    Null,
    Integer,
    Real,
    Text,
}
