using System.Collections.Immutable;
using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace ActorPrune.Host.Report;

/// <summary>A table that is printed with borders on a terminal and as aligned lines elsewhere.</summary>
/// <param name="Title">Above the table, or null.</param>
/// <param name="Headings">One for each column; '#' in front sets the column to the right; all empty: no heading is printed.</param>
/// <param name="Rows">As many cells a row as headings.</param>
public sealed record TextTable(string? Title, ImmutableArray<string> Headings, ImmutableArray<ImmutableArray<string>> Rows)
{
    private const string Gap = "  ";

    private bool HasHeadings => Headings.Any(h => h.Length > 0);

    /// <summary>Lines without a final line break; cells are kept on one line.</summary>
    public string Plain()
    {
        var lines = HasHeadings ? Rows.Insert(0, [.. Headings.Select(h => h.TrimStart('#'))]) : Rows;
        var clean = lines.Select(l => l.Select(OneLine).ToArray()).ToArray();
        var widths = Headings.Select((_, i) => clean.Max(l => l[i].Length)).ToArray();
        var text = new StringBuilder(Title is null ? string.Empty : Title + "\n");
        text.AppendJoin('\n', clean.Select(l => string.Join(Gap, l.Select((cell, i) => Padded(cell, i, widths[i]))).TrimEnd()));
        return text.ToString();
    }

    /// <summary>The table for a terminal; no cell is read as markup.</summary>
    public IRenderable Render()
    {
        var table = new Table { Border = HasHeadings ? TableBorder.Rounded : TableBorder.None, ShowHeaders = HasHeadings };
        if (Title is not null)
        {
            table.Title = new TableTitle(Markup.Escape(Title));
        }

        foreach (var heading in Headings)
        {
            var column = new TableColumn(new Text(heading.TrimStart('#'), new Style(decoration: Decoration.Bold)));
            table.AddColumn(heading.StartsWith('#') ? column.RightAligned() : column);
        }

        foreach (var row in Rows)
        {
            table.AddRow(row.Select(c => (IRenderable)new Text(OneLine(c))));
        }

        return table;
    }

    private string Padded(string cell, int column, int width) => Headings[column].StartsWith('#') ? cell.PadLeft(width) : cell.PadRight(width);

    /// <summary>A name or reason with line breaks or control characters must neither break the table nor steer the terminal.</summary>
    private static string OneLine(string cell) => string.Create(cell.Length, cell, (span, text) =>
    {
        for (var i = 0; i < text.Length; i++)
        {
            span[i] = char.IsControl(text[i]) ? ' ' : text[i];
        }
    });
}
