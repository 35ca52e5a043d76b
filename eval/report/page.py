"""A report as one HTML file: no network, no fonts or scripts from elsewhere, every word from an article escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from importlib.resources import files

from eval.report.content import SLICED, Better, Content, Measure, Row, Slice, Table, Unit
from eval.report.pictures import Picture, pictures
from eval.report.questions import question_html
from eval.report.words import change_text, facts, interval_text, value_text, warnings
from eval.scoring.failure_stages import LABELS, RIGHT, Stage
from eval.scoring.figures import Figure

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
_TILES = ("right", "quote@1", "exact_match", "evidence_precision", "right_decision", "verbatim")


def page(content: Content) -> str:
    """The whole report."""
    name = escape(content.run.name)
    return "".join(
        (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{name} · evaluation</title>',
            f"<style>{_file('style.css')}</style></head><body><main>",
            _header(content),
            _tiles(content),
            _funnel(content),
            _headline(content),
            _pictures(pictures(content)),
            _slices("By type", content.by_type),
            _slices("By source of the evidence", content.by_source),
            _questions(content),
            f"</main><script>{_file('filter.js')}</script></body></html>\n",
        )
    )


def _file(name: str) -> str:
    return files("eval.report").joinpath(name).read_text(encoding="utf-8")


def _header(content: Content) -> str:
    told = " · ".join(f"{escape(name)}: {escape(value)}" for name, value in facts(content))
    warned = "".join(f'<p class="warn">{escape(warning)}</p>' for warning in warnings(content))
    return f'<h1>{escape(content.run.name)}</h1><p class="sub">{told}</p>{warned}'


def _tiles(content: Content) -> str:
    rows = {row.measure.name: row for table in content.headline for row in table.rows}
    return (
        f'<div class="tiles">{"".join(_tile(rows[name]) for name in _TILES if name in rows)}</div>'
    )


def _tile(row: Row) -> str:
    interval = interval_text(row.figure, row.measure)
    below = f"{interval or 'no interval'} · n {row.figure.n}"
    value = value_text(row.figure.value, row.measure)
    body = (
        f"<span>{escape(row.measure.label)}</span><b>{value}{_change(row)}</b><span>{below}</span>"
    )
    return f'<div class="card tile" title="{escape(row.measure.help)}">{body}</div>'


def _change(row: Row) -> str:
    text = change_text(row.change, row.measure)
    if row.change is None or not text:
        return ""
    return f' <small class="{_way(row)}">{escape(text)}</small>'


def _way(row: Row) -> str:
    if row.change is None or not row.change.significant or row.measure.better is Better.NEITHER:
        return "num"
    return "up" if row.change.difference * row.measure.better.value > 0 else "down"


def _funnel(content: Content) -> str:
    most = max((item.n for item in content.funnel), default=1) or 1
    lines = []
    for item in content.funnel:
        kind = "good" if item.stage in RIGHT else "none" if item.stage is Stage.UNSCORED else "bad"
        before = "" if item.before is None else f' <span class="num">was {item.before}</span>'
        bar = f'<i class="{kind}" style="width:{100 * item.n / most:.1f}%"></i>'
        lines.append(
            f'<button value="{item.stage}"><span>{LABELS[item.stage]}</span>{bar}<span class="n">{item.n}{before}</span></button>'
        )
    return f'<h2>Where questions ended</h2><div class="card funnel">{"".join(lines)}</div>'


# ---------------------------------------------------------------- tables


def _headline(content: Content) -> str:
    compared = content.baseline is not None
    columns = ("n", "baseline", "change") if compared else ("n",)
    head = '<th></th><th>value</th><th>95% interval</th><th class="bar"></th>' + "".join(
        f"<th>{name}</th>" for name in columns
    )
    note = "Intervals: 95% bootstrap by cluster, 10,000 resamples." + (
        " An asterisk: the interval of the paired difference leaves out 0; the grey line is the baseline."
        if compared
        else ""
    )
    rows = "".join(_group(table, compared=compared) for table in content.headline)
    return f'<h2>Figures</h2>{_table(head, rows)}<p class="sub">{note}</p>'


def _table(head: str, rows: str) -> str:
    return f'<div class="card"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _group(table: Table, *, compared: bool) -> str:
    rows = "".join(_row(row, compared=compared) for row in table.rows)
    return f'<tr class="group"><td colspan="{7 if compared else 5}">{escape(table.title)}</td></tr>{rows}'


def _row(row: Row, *, compared: bool) -> str:
    measure, figure = row.measure, row.figure
    cells = [
        value_text(figure.value, measure),
        f'<span class="num">{interval_text(figure, measure)}</span>',
    ]
    bar = f'<td class="bar">{_interval(figure, measure, row.baseline)}</td>'
    tail = [str(figure.n)]
    if compared:
        tail += [
            value_text(row.baseline, measure),
            f'<span class="{_way(row)}">{escape(change_text(row.change, measure))}</span>',
        ]
    label = f'{escape(measure.label)}<span class="help">{escape(measure.help)}</span>'
    return f"<tr><td>{label}</td>{_cells(cells)}{bar}{_cells(tail)}</tr>"


def _cells(texts: Sequence[str]) -> str:
    return "".join(f"<td>{text}</td>" for text in texts)


def _interval(figure: Figure, measure: Measure, baseline: float | None) -> str:
    """The value and its interval on a line from 0 to 1."""
    if measure.unit is not Unit.SHARE or figure.value is None:
        return ""
    drawn = ""
    if figure.low is not None and figure.high is not None:
        drawn = f'<i style="left:{100 * figure.low:.1f}%;width:{100 * (figure.high - figure.low):.1f}%"></i>'
    before = "" if baseline is None else f'<u style="left:{100 * baseline:.1f}%"></u>'
    return f'<span class="iv">{drawn}{before}<b style="left:{100 * figure.value:.1f}%"></b></span>'


def _slices(title: str, slices: Sequence[Slice]) -> str:
    if not slices:
        return ""
    shown = [j for j in range(len(SLICED)) if any(item.figures[j].n for item in slices)]
    head = "".join(
        f"<th>{escape(name)}</th>" for name in ("", "n", *(SLICED[j].label for j in shown))
    )
    rows = []
    for item in slices:
        cells = [str(item.n), *(_sliced(item.figures[j], SLICED[j]) for j in shown)]
        rows.append(f"<tr><td>{escape(item.name)}</td>{_cells(cells)}</tr>")
    return f"<h2>{escape(title)}</h2>{_table(head, ''.join(rows))}"


def _sliced(figure: Figure, measure: Measure) -> str:
    return f"{value_text(figure.value, measure)}<small>{interval_text(figure, measure)}</small>"


def _pictures(drawn: Sequence[Picture]) -> str:
    if not drawn:
        return ""
    cards = "".join(
        f'<figure class="card"><h3>{escape(one.title)}</h3>{one.svg}<figcaption>{escape(one.caption)}</figcaption></figure>'
        for one in drawn
    )
    return f'<h2>Curves</h2><div class="pictures">{cards}</div>'


# ---------------------------------------------------------------- questions


def _questions(content: Content) -> str:
    filters = [("", "all"), ("wrong", "everything wrong")]
    filters += [(str(item.stage), LABELS[item.stage].lower()) for item in content.funnel if item.n]
    if content.baseline is not None:
        filters += [("lost", "lost since the baseline"), ("won", "won since the baseline")]
    buttons = "".join(
        f'<button value="{value}" aria-pressed="false">{label}</button>' for value, label in filters
    )
    legend = (
        '<p class="legend"><span><mark class="quote">quoted</mark></span><span><mark class="gold">gold evidence</mark></span>'
        '<span><mark class="gold quote">both</mark></span><span><mark class="short">short answer</mark></span>'
        "<span>✓ holds the evidence</span></p>"
    )
    body = "".join(map(question_html, content.questions))
    return (
        f'<h2 id="questions">Questions</h2><div class="tools">{buttons}'
        f'<input type="search" placeholder="find words" aria-label="find words"><output></output></div>{legend}{body}'
    )
