"""A load as a page: what was seen, what was decided and why, every gate, every column. Pure.

One HTML file that needs nothing beside it: no script, no font, no picture from elsewhere, so that
it can be kept, mailed and opened anywhere. Whatever a publisher wrote is escaped.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

import polars as pl

from engine.vocabulary import Verdict
from refresh.finding import Finding
from refresh.publications.column_profiles import ColumnProfile
from refresh.publications.manifest import TableOf

SHOWN_REJECTS = 200
_MARKS = {"pass": "✓", "warn": "⚠", "fail": "✗"}
_WORST: tuple[Verdict, ...] = ("fail", "warn", "pass")
_WIDTH, _HEIGHT = 192, 40
_STYLE = """
:root{color-scheme:light dark;--ink:#1c2526;--dim:#566264;--line:#d5dcdd;--paper:#fff;
--panel:#f4f6f6;--bar:#1f7a78;--pass:#1e7145;--warn:#8a5a00;--fail:#b3261e}
@media(prefers-color-scheme:dark){:root{--ink:#e6ecec;--dim:#a3b0b1;--line:#3a4546;--paper:#141a1b;
--panel:#1c2425;--bar:#5fb8b4;--pass:#6fcf97;--warn:#f2c14e;--fail:#ff8a80}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:0 auto;
max-width:75rem;padding:1.5rem}
h1{font-size:1.5rem;margin:0}h2{font-size:1.15rem;margin:2rem 0 .5rem}p{margin:.25rem 0}
nav a{margin-right:1rem}a{color:var(--bar)}.dim{color:var(--dim)}
table{border-collapse:collapse;width:100%}.wide{overflow-x:auto}
th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid var(--line)}
code{overflow-wrap:anywhere}dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}
dt{color:var(--dim)}dd{margin:0}
.pass{color:var(--pass)}.warn{color:var(--warn)}.fail{color:var(--fail)}
svg{display:block}rect{fill:var(--bar)}.tops td{border:0;padding:0 .5rem 0 0;font-size:.85rem}
.tops meter{width:6rem}
"""


@dataclass(frozen=True)
class PageTold:
    """What the page of a load tells.

    load      the load as the ledger has it: load_id, source_code, period, status, times, counts
    source    what it was read by
    profiles  of what was loaded
    seen      what reading saw of each column: published, name, marks
    rejects   the first rows that could not be used, with `reason`; None where there are none
    """

    load: Mapping[str, Any]
    source: TableOf
    findings: Sequence[Finding]
    profiles: Sequence[ColumnProfile]
    seen: Sequence[Mapping[str, Any]] = ()
    rejects: pl.DataFrame | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


def page(told: PageTold) -> str:
    """The page of one load."""
    load = told.load
    title = f"{load['source_code']} {load['period']}"
    sections = (
        ("seen", "What was seen", _seen(told)),
        ("decided", "What was decided, and why", _decided(told)),
        ("gates", "Gates", _gates(told.findings)),
        ("columns", "Columns", _columns(told)),
        ("rejected", "Rejected rows", _rejected(told)),
    )
    links = "".join(f'<a href="#{name}">{escape(words)}</a>' for name, words, _ in sections)
    body = "".join(
        f'<section id="{name}"><h2>{escape(words)}</h2>{text}</section>'
        for name, words, text in sections
    )
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}: load {load['load_id']}</title><style>{_STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1>{_headline(told)}<nav>{links}</nav>{body}</body></html>\n"
    )


def _headline(told: PageTold) -> str:
    load = told.load
    counts = Counter(finding.status for finding in told.findings)
    gates = ", ".join(f"{counts[s]} {s}" for s in _WORST if counts[s]) or "no gate was asked"
    worst = next((status for status in _WORST if counts[status]), "pass")
    loaded = _count(load.get("rows_loaded"))
    return (
        f'<p class="dim">Load {load["load_id"]}, {escape(str(load["status"]))}, begun'
        f" {escape(str(load['started_at']))}</p>"
        f'<p>{loaded} rows loaded; gates: <span class="{worst}">{gates}</span></p>'
    )


def _seen(told: PageTold) -> str:
    load, layout = told.load, told.source.layout
    headers = ", ".join(map(str, layout.header_rows)) or "none"
    last = layout.last_row or "the last" + (f", before `{layout.footer}`" if layout.footer else "")
    facts = {
        "File": load.get("file_url", ""),
        "SHA-256": load.get("file_sha256", ""),
        "Size": f"{_count(load.get('file_size_bytes'))} bytes",
        "Sheet or member": " / ".join(
            dict.fromkeys(part for f in told.source.files for part in (f.extract, f.sheet) if part)
        ),
        "Encoding and delimiter": f"{layout.encoding}, `{layout.delimiter}`",
        "Header rows": headers,
        "Rows of data": f"{layout.first_row} to {last}",
        "Rows read": _count(load.get("source_row_count")),
        "Rows rejected": _count(load.get("rows_rejected")),
        "Reconciled": load.get("reconciliation") or "",
        **told.facts,
    }
    return _facts(facts) + _list(told.source.notes)


def _decided(told: PageTold) -> str:
    source = told.source
    totals = "; ".join(f"{words} in `{name}`" for name, words in source.total_rows.items())
    wide = f"{len(source.wide.columns)} columns became rows" if source.wide else ""
    added = told.load.get("columns_added_names") or []
    facts = {
        "Table": source.table,
        "Period": str(told.load["period"]),
        "Load mode": f"{source.load_mode}: {source.load_mode_pattern},"
        f" confidence {source.load_mode_confidence:.2f}",
        "Why": source.load_mode_reason,
        "Grain": f"{source.grain or 'a row as published'}"
        + (f", by `{source.grain_column}`" if source.grain_column else ""),
        "Key": ", ".join(source.key),
        "Rows of totals": totals,
        "Dates across": wide,
        "Columns added": ", ".join(added),
        "Error": str(told.load.get("error_message") or ""),
    }
    return _facts(facts) + _list(source.load_mode_signals)


def _gates(findings: Sequence[Finding]) -> str:
    if not findings:
        return '<p class="dim">No gate was asked of this load.</p>'
    rows = [
        (
            f'<span class="{f.status}">{_MARKS[f.status]} {f.status}</span>',
            escape(f.gate),
            escape(f.check + (f" ({f.column})" if f.column else "")),
            escape(f.message),
            escape(f.expected),
            escape(f.sample) + (f"<br>next: {escape(f.next_step)}" if f.next_step else ""),
        )
        for f in sorted(findings, key=lambda f: _WORST.index(f.status))
    ]
    return _table(("Verdict", "Gate", "Check", "Seen", "Expected", "Sample, next step"), rows)


def _columns(told: PageTold) -> str:
    seen = {column["name"]: column for column in told.seen}
    known = {column.name: column for column in told.source.columns}
    rows = []
    for profile in told.profiles:
        column, own = seen.get(profile.name, {}), known.get(profile.name)
        marks = ", ".join(f"{mark} ({n:,})" for mark, n in (column.get("marks") or {}).items())
        meaning = own.description if own else ""
        published = (own.original_name if own else "") or str(column.get("published", ""))
        rows.append(
            (
                f"<code>{escape(profile.name)}</code>"
                + (f'<br><span class="dim">{escape(published)}</span>' if published else "")
                + (f"<br>{escape(meaning)}" if meaning else ""),
                escape(profile.dtype),
                f"{profile.nulls:,} ({profile.null_share:.0%})",
                f"{profile.distinct:,}",
                escape(f"{profile.low} to {profile.high}" if profile.low else ""),
                _number(profile.sum),
                escape(marks),
                _picture(profile),
            )
        )
    return _table(("Column", "Type", "Nulls", "Distinct", "Range", "Sum", "Marks", "Values"), rows)


def _rejected(told: PageTold) -> str:
    if told.rejects is None or not told.rejects.height:
        return '<p class="dim">None: every row was used.</p>'
    rejects = told.rejects
    shown = rejects.head(SHOWN_REJECTS)
    reasons = rejects["reason"].value_counts(sort=True) if "reason" in rejects.columns else None
    said = _list(f"{n:,}: {why}" for why, n in reasons.iter_rows()) if reasons is not None else ""
    rows = [tuple(escape("" if c is None else str(c)) for c in row) for row in shown.iter_rows()]
    more = (
        f"<p>The first {shown.height:,} of {rejects.height:,}.</p>"
        if len(rejects) > len(shown)
        else ""
    )
    return said + more + _table(tuple(map(escape, shown.columns)), rows)


def _picture(profile: ColumnProfile) -> str:
    """The values of a column in little: bars of equal steps, or its commonest values."""
    if profile.bars:
        return _bars(profile)
    if not profile.top:
        return ""
    rows = "".join(
        f"<tr><td>{escape(value)}</td><td><meter min=0 max={profile.rows} value={count}>"
        f"</meter></td><td>{count:,}</td></tr>"
        for value, count in profile.top
    )
    return f'<table class="tops"><tbody>{rows}</tbody></table>'


def _bars(profile: ColumnProfile) -> str:
    most, wide = max(profile.bars), _WIDTH / len(profile.bars)
    bars = "".join(
        # What is there at all is seen, however little it is.
        f'<rect x="{at * wide:.1f}" y="{_HEIGHT - tall:.1f}" width="{wide - 1:.1f}"'
        f' height="{tall:.1f}"/>'
        for at, count in enumerate(profile.bars)
        if (tall := max(1.0, _HEIGHT * count / most) if count else 0)
    )
    label = escape(f"{profile.name}: how its values lie from {profile.low} to {profile.high}")
    return (
        f'<svg role="img" aria-label="{label}" width="{_WIDTH}" height="{_HEIGHT}"'
        f' viewBox="0 0 {_WIDTH} {_HEIGHT}"><title>{label}</title>{bars}</svg>'
    )


def _facts(facts: Mapping[str, str]) -> str:
    told = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(str(value))}</dd>"
        for name, value in facts.items()
        if value
    )
    return f"<dl>{told}</dl>"


def _list(lines: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<ul>{items}</ul>" if items else ""


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are HTML already."""
    top = "".join(f'<th scope="col">{head}</th>' for head in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return (
        f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value.is_integer() else f"{value:,.2f}"


def _count(number: Any) -> str:
    return "no" if number is None else f"{number:,}"
