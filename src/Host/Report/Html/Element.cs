using System.Collections.Immutable;
using System.Text;

namespace ActorPrune.Host.Report.Html;

/// <summary>A piece of a page. Text is escaped when it is written, so that no value can ever become markup.</summary>
internal abstract record Node
{
    public static implicit operator Node(string text) => new TextNode(text);

    public abstract void Write(StringBuilder page);
}

internal sealed record TextNode(string Text) : Node
{
    public override void Write(StringBuilder page) => Escape(page, Text);

    /// <summary>
    /// Escapes for element text and quoted attributes; what no page may hold (control characters, lone surrogates) becomes U+FFFD.
    /// </summary>
    public static void Escape(StringBuilder page, string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            switch (rune.Value)
            {
                case '&':
                    page.Append("&amp;");
                    break;
                case '<':
                    page.Append("&lt;");
                    break;
                case '>':
                    page.Append("&gt;");
                    break;
                case '"':
                    page.Append("&quot;");
                    break;
                case '\'':
                    page.Append("&#39;");
                    break;
                case '\t' or '\n':
                    page.Append((char)rune.Value);
                    break;
                case '\r':
                    break;
                case < 0x20 or (>= 0x7F and < 0xA0) or 0xFFFE or 0xFFFF:
                    page.Append('\uFFFD');
                    break;
                default:
                    page.Append(rune.ToString());
                    break;
            }
        }
    }
}

/// <summary>An element; immutable. The page is written so that it is well-formed XML and HTML5 at once.</summary>
internal sealed record Element(string Name, ImmutableArray<(string Name, string Value)> Attributes, ImmutableArray<Node> Children) : Node
{
    private static readonly HashSet<string> Void = ["meta", "br", "hr", "col"];

    /// <summary>An element without children.</summary>
    public static Element Of(string name, params ImmutableArray<(string Name, string Value)> attributes) => new(name, attributes, []);

    /// <summary>This element with more children; null stands for nothing.</summary>
    public Element With(params ImmutableArray<Node?> children) => this with { Children = Children.AddRange(children.OfType<Node>()) };

    /// <summary>This element with more children.</summary>
    public Element WithAll(IEnumerable<Node?> children) => With([.. children]);

    public override void Write(StringBuilder page)
    {
        page.Append('<').Append(Name);
        foreach (var (name, value) in Attributes)
        {
            page.Append(' ').Append(name).Append("=\"");
            TextNode.Escape(page, value);
            page.Append('"');
        }

        // "<div/>" would be read by HTML as an opening tag: only void elements are closed in place.
        if (Void.Contains(Name))
        {
            page.Append("/>");
            return;
        }

        page.Append('>');
        foreach (var child in Children)
        {
            child.Write(page);
        }

        page.Append("</").Append(Name).Append('>');
    }
}

/// <summary>The elements that the sections are made of.</summary>
internal static class Tags
{
    public static Element E(string name, params ImmutableArray<(string Name, string Value)> attributes) => Element.Of(name, attributes);

    public static Element P(params ImmutableArray<Node?> children) => E("p").With(children);

    public static Element Note(params ImmutableArray<Node?> children) => E("p", ("class", "note")).With(children);

    public static Element Code(string text) => E("code").With(text);

    /// <summary>A section with a heading that can be linked to.</summary>
    public static Element Section(string id, string heading, params ImmutableArray<Node?> children) =>
        E("section", ("id", id)).With(E("h2").With(heading)).With(children);

    public static Element Figure(Node chart, string caption) => E("figure").With(chart, E("figcaption").With(caption));

    /// <summary>A table; columns whose heading starts with '#' hold figures and are set to the right.</summary>
    public static Element Table(ImmutableArray<string> headings, IEnumerable<ImmutableArray<Node>> rows)
    {
        var head = E("tr").WithAll(headings.Select(h => h.StartsWith('#')
            ? E("th", ("scope", "col"), ("class", "n")).With(h[1..])
            : E("th", ("scope", "col")).With(h)));
        var body = rows.Select(row => E("tr").WithAll(row.Select((cell, i) => headings[i].StartsWith('#')
            ? E("td", ("class", "n")).With(cell)
            : E("td").With(cell))));
        return E("div", ("class", "scroll")).With(E("table").With(E("thead").With(head), E("tbody").WithAll(body)));
    }
}
