"""Renders a report as one HTML file: nothing from elsewhere, and every word escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from importlib.resources import files

from eval.report.content import Content, HeadlineRow, Slice
from eval.report.measures import SLICED, Unit
from eval.report.pictures import pictures
from eval.report.questions import question_html
from eval.report.tables import change_text, facts, interval_text, value_text, warnings
from eval.scoring.failure_stages import RIGHT, Stage

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
_TILES = ("right", "quote@1", "exact_match", "evidence_precision", "right_decision", "verbatim")
_LEGEND = (
    '<p class="legend"><span><mark class="quote">quoted</mark></span>'
    '<span><mark class="gold">gold evidence</mark></span>'
    '<span><mark class="gold quote">both</mark></span>'
    '<span><mark class="short">short answer</mark></span>'
    "<span>✓ has the evidence</span></p>"
)


def page(content: Content) -> str:
    """The whole report."""
    name = escape(content.run.name)
    head = (
        f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{name} · evaluation</title><style>{_file('style.css')}</style>"
    )
    made_with = " · ".join(f"{escape(name)}: {escape(value)}" for name, value in facts(content))
    body = (
        f"<h1>{name}</h1>",
        f'<p class="verdict"><a href="#questions">{escape(str(content.summary))}</a></p>',
        f'<p class="sub">{made_with}</p>',
        *(f'<p class="warn">{escape(warning)}</p>' for warning in warnings(content)),
        _tiles(content),
        _funnel(content),
        _headline(content),
        _pictures(content),
        _slices("By type", content.by_type),
        _slices("By source of the evidence", content.by_source),
        _questions(content),
    )
    return (
        f'<!doctype html><html lang="en"><head>{head}</head><body><main>{"".join(body)}</main>'
        f"<script>{_file('filter.js')}</script></body></html>\n"
    )


def _file(name: str) -> str:
    return files("eval.report").joinpath(name).read_text(encoding="utf-8")


def _tiles(content: Content) -> str:
    rows = {row.measure.name: row for block in content.headline for row in block.rows}
    tiles = []
    for row in (rows[name] for name in _TILES if name in rows):
        measure, figure = row.measure, row.figure
        changed = change_text(row.change, measure)
        change = f' <small class="{row.verdict or "num"}">{changed}</small>' if changed else ""
        interval = interval_text(figure, measure) or "no interval"
        tiles.append(
            f'<div class="card tile" title="{escape(measure.help)}">'
            f"<span>{escape(measure.label)}</span>"
            f"<b>{value_text(figure.value, measure)}{change}</b>"
            f"<span>{interval} · n {figure.n}</span></div>"
        )
    return f'<div class="tiles">{"".join(tiles)}</div>'


def _funnel(content: Content) -> str:
    most = max((item.n for item in content.funnel), default=1) or 1
    lines = []
    for item in content.funnel:
        kind = "good" if item.stage in RIGHT else "none" if item.stage is Stage.UNSCORED else "bad"
        before = "" if item.before is None else f' <span class="num">was {item.before}</span>'
        lines.append(
            f'<button value="{item.stage}"><span>{item.stage.label}</span>'
            f'<i class="{kind}" style="width:{100 * item.n / most:.1f}%"></i>'
            f'<span class="n">{item.n}{before}</span></button>'
        )
    return f'<h2>Where questions ended</h2><div class="card funnel">{"".join(lines)}</div>'


# ---------------------------------------------------------------- tables


def _headline(content: Content) -> str:
    compared = content.baseline is not None
    columns = ("n", "baseline", "change") if compared else ("n",)
    head = '<th></th><th>value</th><th>95% interval</th><th class="bar"></th>'
    head += "".join(f"<th>{name}</th>" for name in columns)
    note = "Intervals: 95% bootstrap by cluster, 10,000 resamples."
    if compared:
        note += " An asterisk: the interval of the paired difference leaves out 0;"
        note += " the grey line is the baseline."
    lines = []
    for block in content.headline:
        span = len(columns) + 4
        lines.append(f'<tr class="group"><td colspan="{span}">{escape(block.title)}</td></tr>')
        lines += [_headline_row(row, compared=compared) for row in block.rows]
    return f'<h2>Figures</h2>{_table(head, lines)}<p class="sub">{note}</p>'


def _headline_row(row: HeadlineRow, *, compared: bool) -> str:
    measure, figure = row.measure, row.figure
    label = f'{escape(measure.label)}<span class="help">{escape(measure.help)}</span>'
    interval = f'<span class="num">{interval_text(figure, measure)}</span>'
    cells = [label, value_text(figure.value, measure), interval]
    tail = [str(figure.n)]
    if compared:
        change = change_text(row.change, measure)
        tail.append(value_text(row.baseline, measure))
        tail.append(f'<span class="{row.verdict or "num"}">{change}</span>')
    return f'<tr>{_cells(cells)}<td class="bar">{_bar(row)}</td>{_cells(tail)}</tr>'


def _bar(row: HeadlineRow) -> str:
    """The value, its interval and the baseline on a line from 0 to 1."""
    figure = row.figure
    if row.measure.unit is not Unit.SHARE or figure.value is None:
        return ""
    drawn = ""
    if figure.low is not None and figure.high is not None:
        width = 100 * (figure.high - figure.low)
        drawn = f'<i style="left:{100 * figure.low:.1f}%;width:{width:.1f}%"></i>'
    if row.baseline is not None:
        drawn += f'<u style="left:{100 * row.baseline:.1f}%"></u>'
    return f'<span class="iv">{drawn}<b style="left:{100 * figure.value:.1f}%"></b></span>'


def _slices(title: str, slices: Sequence[Slice]) -> str:
    if not slices:
        return ""
    shown = [j for j in range(len(SLICED)) if any(item.figures[j].n for item in slices)]
    names = ("", "n", *(SLICED[j].label for j in shown))
    rows = []
    for item in slices:
        cells = [escape(item.name), str(item.n)]
        for figure, measure in ((item.figures[j], SLICED[j]) for j in shown):
            interval = interval_text(figure, measure)
            cells.append(f"{value_text(figure.value, measure)}<small>{interval}</small>")
        rows.append(f"<tr>{_cells(cells)}</tr>")
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    return f"<h2>{escape(title)}</h2>{_table(head, rows)}"


def _table(head: str, rows: Sequence[str]) -> str:
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    return f'<div class="card">{table}</div>'


def _cells(texts: Sequence[str]) -> str:
    return "".join(f"<td>{text}</td>" for text in texts)


def _pictures(content: Content) -> str:
    cards = "".join(
        f'<figure class="card"><h3>{escape(one.title)}</h3>{one.svg}'
        f"<figcaption>{escape(one.caption)}</figcaption></figure>"
        for one in pictures(content)
    )
    return f'<h2>Curves</h2><div class="pictures">{cards}</div>' if cards else ""


def _questions(content: Content) -> str:
    filters = [("", "all"), ("wrong", "everything wrong")]
    filters += [(str(item.stage), item.stage.label.lower()) for item in content.funnel if item.n]
    if content.baseline is not None:
        filters += [("lost", "lost since the baseline"), ("won", "won since the baseline")]
    buttons = "".join(
        f'<button value="{value}" aria-pressed="false">{label}</button>' for value, label in filters
    )
    search = '<input type="search" placeholder="find words" aria-label="find words">'
    tools = f'<div class="tools">{buttons}{search}<output></output></div>'
    body = "".join(map(question_html, content.questions))
    return f'<h2 id="questions">Questions</h2>{tools}{_LEGEND}{body}'
