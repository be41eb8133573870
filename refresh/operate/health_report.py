"""A report for people: sections with a verdict, words and a table, in Markdown and HTML. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from typing import Any

from engine.vocabulary import Verdict

SHOWN = 50
"""Rows of one table that a report shows; how many more there are it says."""
MARKS: dict[Verdict, str] = {"pass": "✓ well", "warn": "⚠ look at it", "fail": "✗ wrong"}
_WORST: tuple[Verdict, ...] = ("fail", "warn", "pass")
_STYLE = """
:root{color-scheme:light dark;--ink:#1c2526;--line:#d5dcdd;--paper:#fff;--pass:#1e7145;
--warn:#8a5a00;--fail:#b3261e}
@media(prefers-color-scheme:dark){:root{--ink:#e6ecec;--line:#3a4546;--paper:#141a1b;
--pass:#6fcf97;--warn:#f2c14e;--fail:#ff8a80}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:0 auto;
max-width:60rem;padding:1.5rem}
.wide{overflow-x:auto}table{border-collapse:collapse}
th,td{text-align:left;vertical-align:top;padding:.25rem .6rem;border-bottom:1px solid var(--line)}
td{overflow-wrap:anywhere}.pass{color:var(--pass)}.warn{color:var(--warn)}.fail{color:var(--fail)}
"""


@dataclass(frozen=True)
class Section:
    """One thing that was looked at.

    rows     a table, a mapping a row; the first row says the columns
    next     what to do, where something is to be done; `page`: the page of the app where
    heading  what it is about; who puts the report together may say it
    """

    verdict: Verdict
    words: str
    rows: Sequence[Mapping[str, Any]] = ()
    next: str = ""
    page: str = ""
    heading: str = ""


@dataclass(frozen=True)
class Report:
    """A report: its kind (`weekly`), when it was made (UTC), and its sections."""

    kind: str
    title: str
    made_at: datetime
    sections: Sequence[Section] = field(default_factory=tuple)

    @property
    def verdict(self) -> Verdict:
        """The worst of its sections."""
        there = {section.verdict for section in self.sections}
        return next((one for one in _WORST if one in there), "pass")

    @property
    def name(self) -> str:
        """What its files are called: `weekly-2026-11-30`."""
        return f"{self.kind}-{self.made_at:%Y-%m-%d}"


def markdown(report: Report) -> str:
    """The report as Markdown.

    >>> told = Report("weekly", "A week", datetime(2026, 11, 30, 6), [
    ...     Section("warn", "One failed.", [{"source": "a|b", "rows": 1200}], "mend it",
    ...         heading="Loads")])
    >>> print(markdown(told))
    # A week
    <BLANKLINE>
    Made 2026-11-30 06:00 UTC. ⚠ look at it: 1 of 1.
    <BLANKLINE>
    ## Loads: ⚠ look at it
    <BLANKLINE>
    One failed.
    <BLANKLINE>
    Next: mend it
    <BLANKLINE>
    | source | rows |
    |---|---|
    | a\\|b | 1,200 |
    <BLANKLINE>
    """
    lines = [
        f"# {report.title}",
        "",
        f"Made {report.made_at:%Y-%m-%d %H:%M} UTC. {_counts(report)}",
    ]
    for section in report.sections:
        lines += ["", f"## {section.heading}: {MARKS[section.verdict]}", "", section.words]
        if section.next:
            lines += ["", f"Next: {section.next}"]
        if section.rows:
            names = list(section.rows[0])
            lines += ["", _line(names), "|" + "---|" * len(names)]
            lines += [_line([_cell(row.get(n)) for n in names]) for row in section.rows[:SHOWN]]
            lines += _more(section)
    return "\n".join([*lines, ""])


def page(report: Report) -> str:
    """The report as one HTML file that needs nothing beside it."""
    body = "".join(map(_section, report.sections))
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        '<!DOCTYPE html><html lang="en-GB"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(report.title)}</title><style>{_STYLE}</style></head>"
        f"<body><h1>{escape(report.title)}</h1>"
        f"<p>Made {report.made_at:%Y-%m-%d %H:%M} UTC. {escape(_counts(report))}</p>"
        f"{body}</body></html>\n"
    )


def _section(section: Section) -> str:
    mark = f'<span class="{section.verdict}">{escape(MARKS[section.verdict])}</span>'
    said = f"<h2>{escape(section.heading)}: {mark}</h2><p>{escape(section.words)}</p>"
    if section.next:
        said += f"<p>Next: <code>{escape(section.next)}</code></p>"
    if not section.rows:
        return said
    names = list(section.rows[0])
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(_cell(row.get(name)))}</td>" for name in names) + "</tr>"
        for row in section.rows[:SHOWN]
    )
    more = "".join(f"<p>{escape(line)}</p>" for line in _more(section))
    return (
        f'{said}<div class="wide" tabindex="0"><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>{more}"
    )


def _counts(report: Report) -> str:
    every = len(report.sections)
    counts = ((w, sum(section.verdict == w for section in report.sections)) for w in _WORST)
    return ", ".join(f"{MARKS[w]}: {count} of {every}" for w, count in counts if count) + "."


def _line(cells: Sequence[str]) -> str:
    # A bar would begin another cell, and a line break another row.
    return f"| {' | '.join(' '.join(c.replace('|', chr(92) + '|').split()) for c in cells)} |"


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.1f}" if isinstance(value, float) else str(value)


def _more(section: Section) -> list[str]:
    rest = len(section.rows) - SHOWN
    return ["", f"{rest:,} more are not shown here."] if rest > 0 else []
