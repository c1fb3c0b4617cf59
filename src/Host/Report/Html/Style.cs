namespace ActorPrune.Host.Report.Html;

/// <summary>
/// The report's style sheet. Line colours are Okabe and Ito's, which people with any colour vision tell apart, lightened on dark.
/// </summary>
internal static class Style
{
    public const string Sheet = """

        :root {
          --ground: #ffffff; --panel: #f6f7f9; --ink: #1c2330; --soft: #5b6472; --rule: #dde1e7; --track: #e3e7ed;
          --heavy: #0072b2; --knee: #d55e00; --light: #00805e; --member: #8a94a3; --main: #1c2330; --bad: #b3261e;
          --c0: #0072b2; --c1: #d55e00; --c2: #00805e; --c3: #a8498a; --c4: #a87c00; --c5: #3d8fc4;
          --c6: #6b6b6b; --c7: #8c564b;
        }
        @media screen and (prefers-color-scheme: dark) {
          :root {
            --ground: #14181f; --panel: #1d232d; --ink: #e6e9ee; --soft: #a1aab8; --rule: #333c49; --track: #333c49;
            --heavy: #56b4e9; --knee: #ff9b57; --light: #3ccfa4; --member: #7d8898; --main: #e6e9ee; --bad: #ff8a80;
            --c0: #56b4e9; --c1: #ff9b57; --c2: #3ccfa4; --c3: #dd8fc0; --c4: #e6c04a; --c5: #9fd0ef;
            --c6: #b5b5b5; --c7: #d0a49c;
          }
        }
        * { box-sizing: border-box; }
        html { background: var(--ground); }
        body { margin: 0; color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
        main { max-width: 920px; margin: 0 auto; padding: 40px 24px 80px; }
        h1 { font-size: 1.9rem; line-height: 1.2; margin: 0; overflow-wrap: anywhere; }
        h2 { font-size: 1.25rem; margin: 52px 0 10px; padding-bottom: 6px; border-bottom: 1px solid var(--rule); break-after: avoid; }
        h3 { font-size: 1rem; margin: 26px 0 8px; break-after: avoid; }
        p { margin: 8px 0 14px; max-width: 74ch; }
        .meta, .note, figcaption { color: var(--soft); font-size: .9rem; }
        .meta { margin: 6px 0 0; }
        .lead { font-size: 1.3rem; line-height: 1.4; margin: 26px 0 20px; max-width: 48ch; overflow-wrap: anywhere; }
        .status { display: inline-block; border: 1px solid currentColor; border-radius: 99px; padding: 0 10px; font-size: .8rem; margin-right: 8px; }
        .status.failed, .alarm { color: var(--bad); }
        .cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(250px, 1fr)); gap: 14px; }
        .card { background: var(--panel); border-radius: 10px; padding: 14px 18px 16px; border-top: 4px solid var(--soft); break-inside: avoid; }
        .card.heavy { border-color: var(--heavy); } .card.knee { border-color: var(--knee); } .card.light { border-color: var(--light); }
        .card h3 { margin: 0; } .card p { margin: 2px 0 10px; }
        .card .big { font-size: 1.3rem; font-weight: 650; line-height: 1.15; display: block; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 18px; margin: 0; }
        dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
        .card dl { font-size: .88rem; gap: 4px 10px; } .card dd { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
        .scroll { overflow-x: auto; margin: 10px 0 16px; }
        table { border-collapse: collapse; width: 100%; font-size: .9rem; }
        th { text-align: left; font-weight: 600; color: var(--soft); border-bottom: 1px solid var(--soft); white-space: nowrap; }
        th, td { padding: 5px 12px 5px 0; vertical-align: middle; }
        td { border-bottom: 1px solid var(--rule); overflow-wrap: anywhere; }
        th.n, td.n { text-align: right; padding-left: 12px; padding-right: 0; white-space: nowrap; font-variant-numeric: tabular-nums; }
        th.n + th:not(.n), td.n + td:not(.n) { padding-left: 18px; }
        tr { break-inside: avoid; } thead { display: table-header-group; }
        code, pre { font: .87em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
        pre { background: var(--panel); border-radius: 8px; padding: 12px 16px; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
        summary { cursor: pointer; margin: 10px 0; }
        figure { margin: 16px 0; break-inside: avoid; }
        svg.chart { display: block; width: 100%; height: auto; }
        svg.chart text { font-family: inherit; font-size: 12px; fill: var(--soft); }
        svg.chart text.title { font-size: 13px; } svg.chart text.label { font-size: 13px; font-weight: 650; fill: var(--ink); }
        svg.bar { display: inline-block; width: 140px; height: 12px; vertical-align: middle; margin-right: 8px; }
        .grid { stroke: var(--rule); } .axis { stroke: var(--soft); } .track { fill: var(--track); }
        .stairs { fill: none; stroke: var(--member); stroke-width: 1.5; }
        .dot { stroke: var(--ground); stroke-width: 1.5; fill: var(--member); }
        .dot.base { fill: var(--ground); stroke: var(--ink); stroke-width: 2; }
        .dot.heavy, .fill.heavy { fill: var(--heavy); } .dot.knee, .fill.knee { fill: var(--knee); } .dot.light, .fill.light { fill: var(--light); }
        .fill.plain { fill: var(--c0); }
        .line { fill: none; stroke-width: 1.75; stroke-linejoin: round; } .line.main { stroke: var(--main); stroke-width: 3; } .point.main { fill: var(--main); }
        .line.c0 { stroke: var(--c0); } .line.c1 { stroke: var(--c1); } .line.c2 { stroke: var(--c2); }
        .line.c3 { stroke: var(--c3); } .line.c4 { stroke: var(--c4); } .line.c5 { stroke: var(--c5); }
        .point.c0 { fill: var(--c0); } .point.c1 { fill: var(--c1); } .point.c2 { fill: var(--c2); }
        .point.c3 { fill: var(--c3); } .point.c4 { fill: var(--c4); } .point.c5 { fill: var(--c5); }
        .line.c6 { stroke: var(--c6); } .point.c6 { fill: var(--c6); } .line.c7 { stroke: var(--c7); } .point.c7 { fill: var(--c7); }
        .line.thin { stroke-width: 1; } .line.dashed { stroke-dasharray: 6 4; } .band { opacity: .16; }
        .band.c0 { fill: var(--c0); } .band.c1 { fill: var(--c1); } .band.c2 { fill: var(--c2); } .band.c3 { fill: var(--c3); }
        .band.c4 { fill: var(--c4); } .band.c5 { fill: var(--c5); } .band.c6 { fill: var(--c6); } .band.c7 { fill: var(--c7); }
        .key { list-style: none; padding: 0; margin: 4px 0; display: flex; flex-wrap: wrap; gap: 2px 18px; font-size: .9rem; color: var(--soft); }
        .key svg { width: 24px; height: 10px; margin-right: 6px; }
        .role { font-weight: 650; } .role.heavy { color: var(--heavy); } .role.knee { color: var(--knee); } .role.light { color: var(--light); }
        @media print {
          @page { margin: 16mm; }
          body { font-size: 10.5pt; } main { max-width: none; padding: 0; }
          * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
          .scroll { overflow: visible; } h2 { margin-top: 28px; }
        }

        """;
}
