"""What the pages of operations are drawn of: boxes of figures, tables that scroll, charts. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from htmltools import Tag, TagChild, tags

from app.draw import spell
from app.draw.grid import NUMBER, Grid, GridColumn, draw
from app.draw.plot import Figure, layout

HEIGHT = 260
FEW_DAYS = 4
Row = Mapping[str, Any]


def days(told: Iterable[Any]) -> dict[str, Any]:
    """An axis of days; where they are few, of these alone: plotly would name one day twice.

    >>> days(["2026-12-01", "2026-12-01"])["tickvals"]
    ['2026-12-01']
    >>> "tickvals" in days(range(9))
    False
    """
    axis = {"type": "date", "tickformat": "%-d %b\n%Y"}
    own = list(dict.fromkeys(told))
    return axis | ({"tickvals": own} if len(own) <= FEW_DAYS else {})


def boxes(*told: tuple[TagChild, TagChild, TagChild]) -> Tag:
    """Figures side by side: what each is, its value, and what stands beside it in small."""
    return tags.dl(
        *(
            tags.div(
                tags.dt(words),
                tags.dd(value, class_="publications-figure"),
                tags.dd(beside, class_="publications-beside") if beside else None,
            )
            for words, value, beside in told
        ),
        class_="publications-boxes",
    )


def table(
    name: str,
    caption: str,
    columns: Sequence[GridColumn[Row]],
    rows: Iterable[Row],
    *,
    nothing: str,
) -> Tag:
    """A table in a region of its own that scrolls, so that the page does not.

    Takes: its id; what it holds; what is said where it has no rows.
    """
    listed = list(rows)
    if not listed:
        return tags.p(nothing, id=name, class_="publications-nothing")
    kind: dict[str, Any] = {"id": name, "class": "publications-rows stacks"}
    grid = Grid(columns, caption, is_caption_heard=True, table=kind, is_labelled=True)
    drawn = draw(grid, listed)
    return tags.div(
        drawn, class_="publications-table", role="region", aria_label=caption, tabindex="0"
    )


def text(heading: str, name: str, *, names_row: bool = False) -> GridColumn[Row]:
    """A column that says what a row has under that name; a dash where it has nothing."""
    return GridColumn(heading, lambda row: row[name] or "–", names_row=names_row)


def period(heading: str, name: str) -> GridColumn[Row]:
    """A column of periods, which do not break at their hyphens."""
    return GridColumn(heading, lambda row: row[name] or "–", cells={"class": "when"})


def words(heading: str, cell: Callable[[Row], TagChild]) -> GridColumn[Row]:
    """A column of sentences, which have room on a phone, too."""
    return GridColumn(heading, cell, cells={"class": "long"})


def when(heading: str, name: str) -> GridColumn[Row]:
    """A column of instants, by the name that a row has for it."""
    return GridColumn(heading, lambda row: spell.instant(row[name]), cells={"class": "when"})


def number(heading: str, cell: Callable[[Row], TagChild]) -> GridColumn[Row]:
    """A column of numbers, set to the right: from a row to its text."""
    return GridColumn(heading, cell, head=NUMBER, cells=NUMBER)


def section(heading: str, *body: TagChild, name: str) -> Tag:
    """A part of a page under its heading."""
    return tags.section(
        tags.h2(heading, id=f"{name}_heading"), *body, aria_labelledby=f"{name}_heading"
    )


def needs(rows: Sequence[Row], *, root: str = "", more: TagChild = None) -> TagChild:
    """What needs somebody now, before all else: alerts, as the ledger has them; nothing of none."""
    if not rows:
        return None
    return tags.div(
        tags.ul(
            *(
                tags.li(
                    tags.a(
                        f"{row['severity']}: {row['message']}",
                        href=f"{root}alerts/{row['alert_id']}",
                    )
                )
                for row in rows
            )
        ),
        more,
        role="note",
        aria_label="Open alerts",
        class_="publications-note",
    )


def bars(series: Sequence[tuple[str, str, Sequence[Any], Sequence[float | None]]]) -> Figure:
    """Bars upon each other: words, a colour, where they stand, how high. The second is hatched."""
    return {
        "data": [
            {
                "type": "bar",
                "name": words,
                "x": list(x),
                "y": list(y),
                "marker": {"color": colour, "pattern": {"shape": "/" if at else ""}},
                "hovertemplate": f"%{{x}}: %{{y}} {words}<extra></extra>",
            }
            for at, (words, colour, x, y) in enumerate(series)
        ],
        "layout": layout(
            height=HEIGHT,
            barmode="stack",
            xaxis=days(day for _, _, x, _ in series for day in x),
            yaxis={"rangemode": "tozero"},
        ),
    }


def line(
    x: Sequence[Any],
    y: Sequence[float | None],
    *,
    unit: str,
    words: str,
    at_most: float | None = None,
    target: float | None = None,
) -> Figure:
    """A line from zero up, and the line that is aimed at, if there is one."""
    top: dict[str, Any] = {"range": [0, at_most]} if at_most else {"rangemode": "tozero"}
    aim = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": target, "y1": target}
    # On the left and below its line: on the right, above it, the newest point may lie.
    said = {"xref": "paper", "x": 0, "y": target, "text": f"target {target:g}" if target else ""}
    return {
        "data": [
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": words,
                "x": list(x),
                "y": list(y),
                "line": {"color": "--accent", "width": 2.5},
                "marker": {"size": 5},
                "hovertemplate": f"%{{x}}: %{{y:.3~s}} {unit}<extra></extra>",
            }
        ],
        "layout": layout(
            height=HEIGHT,
            xaxis=days(x),
            yaxis={"ticksuffix": f" {unit}" if unit == "%" else ""} | top,
            shapes=[aim | {"line": {"color": "--soft", "dash": "dash", "width": 1}}]
            if target
            else [],
            annotations=[
                said
                | {"showarrow": False, "xanchor": "left", "yanchor": "top"}
                | {"font": {"color": "--soft", "size": 12}}
            ]
            if target
            else [],
        ),
    }
