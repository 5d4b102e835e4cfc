"""The report as one HTML file: no request leaves it, and nothing that AgentOps sent is read as markup."""

from __future__ import annotations

from markupsafe import Markup

from .content import Drawing, Figure, Link, Report, Table

#: The file's own policy: its inline script and style, and nothing from anywhere.
_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
_STYLE = """
body { font: 15px/1.5 system-ui, "Pretendard", "Noto Sans KR", sans-serif; color: #1B2330; background: #fff;
  max-width: 1080px; margin: 0 auto; padding: 28px 24px 60px; font-variant-numeric: tabular-nums; }
h1 { font-size: 1.5rem; margin: 0 0 10px; } h2 { font-size: 1.1rem; margin: 30px 0 6px; }
dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: 2px 18px; margin: 0; }
dt { color: #556072; } dd { margin: 0; overflow-wrap: anywhere; }
.note { border-left: 3px solid #D97706; padding: 4px 12px; background: #FDF4EA; margin: 10px 0; }
.figures { display: grid; gap: 12px; margin: 20px 0 0;
  grid-template-columns: repeat(auto-fill, minmax(160px, 1fr)); }
.figures > div { border: 1px solid #D9DEE7; border-radius: 8px; padding: 10px 14px; }
.figures b { display: block; font-size: 1.4rem; line-height: 1.3; } small { color: #556072; }
.chart { height: 300px; } p.said { color: #556072; margin: 2px 0; font-size: 0.88rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: 0.9rem; }
th, td { text-align: left; padding: 6px 10px 6px 0; border-top: 1px solid #E3E7EE; vertical-align: top;
  overflow-wrap: anywhere; }
th { font-weight: 600; white-space: nowrap; } a { color: #2458BD; }
@media print { .chart { break-inside: avoid; } body { max-width: none; } }
"""
_DRAW = """
for (const place of document.querySelectorAll(".chart")) {
  const figure = JSON.parse(document.getElementById(place.dataset.figure).textContent);
  const layout = { ...figure.layout, height: 300, autosize: true, paper_bgcolor: "#fff", plot_bgcolor: "#fff",
    font: { ...(figure.layout.font ?? {}), color: "#1B2330" } };
  Plotly.newPlot(place, figure.data, layout, { responsive: true, displaylogo: false, displayModeBar: false });
}
"""


def to_html(report: Report, *, plotly_js: str) -> bytes:
    """The file, UTF-8.

    Args:
        plotly_js: the script that draws; it becomes a part of the file.
    """
    page = Markup(
        '<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>'
        "<style>{style}</style></head><body><main><h1>{title}</h1><dl class=facts>{facts}</dl>{notes}"
        '<section class="figures">{figures}</section>{drawings}{tables}<h2>{formulas}</h2>'
        "<dl class=facts>{definitions}</dl></main>"
        "<script>{plotly}</script><script>{draw}</script></body></html>"
    ).format(
        language=report.language,
        policy=_POLICY,
        title=report.title,
        style=Markup(_STYLE),  # noqa: S704 - ours
        facts=_joined(
            Markup("<dt>{}</dt><dd>{}</dd>").format(f.name, _link(f.value, f.href)) for f in report.facts
        ),
        notes=_joined(Markup('<p class="note">{}</p>').format(note) for note in report.notes),
        figures=_joined(map(_figure, report.figures)),
        drawings=_joined(_drawing(n, each) for n, each in enumerate(report.drawings)),
        tables=_joined(map(_table, report.tables)),
        formulas=report.formulas,
        definitions=_joined(
            Markup("<dt>{}</dt><dd>{}</dd>").format(name, text) for name, text in _definitions(report)
        ),
        plotly=Markup(_script(plotly_js)),  # noqa: S704 - the pinned bundle
        draw=Markup(_DRAW),  # noqa: S704 - ours
    )
    return page.encode("utf-8", "replace")


def _definitions(report: Report) -> list[tuple[str, str]]:
    told = [(figure.label, figure.definition) for figure in report.figures]
    return [*told, *((drawing.title, drawing.definition) for drawing in report.drawings)]


def _figure(figure: Figure) -> Markup:
    return Markup("<div>{}<b>{}</b><small>{}</small></div>").format(figure.label, figure.value, figure.note)


def _drawing(number: int, drawing: Drawing) -> Markup:
    return Markup(
        '<h2>{title}</h2><p class="said">{said}</p><div class="chart" data-figure="figure-{n}" role="img" '
        'aria-label="{said}"></div><script type="application/json" id="figure-{n}">{json}</script>'
    ).format(
        title=drawing.title,
        said=drawing.description,
        n=number,
        json=Markup(drawing.plotly_json.replace("<", "\\u003c")),  # noqa: S704 - JSON without any "<"
    )


def _table(table: Table) -> Markup:
    heads = _joined(Markup("<th>{}</th>").format(head) for head in table.heads)
    rows = _joined(Markup("<tr>{}</tr>").format(_joined(map(_field, row))) for row in table.rows)
    body = (
        Markup("<table><tr>{}</tr>{}</table>").format(heads, rows)
        if table.rows
        else Markup.escape(table.none)
    )
    return Markup('<h2>{}</h2><div class="scroll">{}</div>').format(table.title, body)


def _field(field: str | Link) -> Markup:
    if isinstance(field, Link):
        return Markup("<td>{}</td>").format(_link(field.text, field.href))
    return Markup("<td><bdi>{}</bdi></td>").format(field)


def _link(text: str, href: str) -> Markup:
    if href.startswith(("http://", "https://")):
        return Markup('<a href="{}" rel="noreferrer"><bdi>{}</bdi></a>').format(href, text)
    return Markup("<bdi>{}</bdi>").format(text)


def _joined(pieces: object) -> Markup:
    return Markup("").join(pieces)  # type: ignore[arg-type]  # of Markup


def _script(text: str) -> str:
    """For the inside of a script element: nothing in it may end it. These signs stand in strings alone, where
    the escaped form means the same."""
    return text.replace("</", "<\\/").replace("<!--", "<\\!--")
