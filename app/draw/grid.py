"""A table by declaration: columns that say how a cell is drawn from a row, and what draws them.

`draw` gives a Tag; `draw_html` gives HTML for the tables that are written again at every click,
whose cells are HTML already. A row is whatever the columns read: a dict, a tuple. Pure.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import groupby
from operator import itemgetter
from typing import Any, Generic, TypeVar

from htmltools import HTML, Tag, TagAttrValue, TagChild, tags

Row = TypeVar("Row")
Attributes = dict[str, TagAttrValue]  # by their names in HTML
SCROLLS: Attributes = {"tabindex": "0"}  # of a table wider than a phone: the keyboard scrolls it
NUMBER: Attributes = {"class": "n"}  # of cells that are set to the right


@dataclass(frozen=True)
class GridColumn(Generic[Row]):
    """One column.

    heading    words, or a tag; None: no head stands there, but an empty cell
    cell       what stands in it for a row; for `draw_html`, as HTML
    names_row  whether its cell is the row's own head
    head       attributes of its head; cells: of each of its cells
    title      what a cell says when it is pointed at; for `draw`
    """

    heading: TagChild
    cell: Callable[[Row], TagChild]
    names_row: bool = False
    head: Attributes = field(default_factory=dict)
    cells: Attributes = field(default_factory=dict)
    title: Callable[[Row], str] | None = None


@dataclass(frozen=True)
class Grid(Generic[Row]):
    """A table but for its rows.

    caption   what it holds; is_caption_heard: for those who hear it only
    table     attributes of the table
    scope     what heads say they are of; None: nothing
    nothing   what is said in its place where there are no rows; empty: it stands without any
    is_labelled  whether each cell has its column's heading too, as `data-head`: for a window too
              narrow for columns, where a style sheet sets them below each other
    """

    columns: Sequence[GridColumn[Row]]
    caption: str = ""
    is_caption_heard: bool = False
    table: Attributes = field(default_factory=dict)
    scope: str | None = "col"
    nothing: str = ""
    is_labelled: bool = False


@dataclass(frozen=True)
class Groups(Generic[Row]):
    """Rows under headings, in bodies of their own; rows of one group stand together.

    of      the group of a row, in words; anchor: its place on the page
    class_  of the heading's row
    """

    of: Callable[[Row], str]
    anchor: Callable[[str], str]
    class_: str

    def heading(self, group: str, width: int) -> Tag:
        """The row above a group."""
        kind: Attributes = {"colspan": str(width), "scope": "rowgroup", "id": self.anchor(group)}
        return tags.tr(tags.th(kind, tags.h3(group)), class_=self.class_)


def in_order(
    *headings: TagChild, names_row: bool = False, numbers: int = 0
) -> tuple[GridColumn[Any], ...]:
    """Columns for rows that are sequences of cells.

    Takes:  whether the first cell names its row; how many of the last are set to the right.
    """
    kinds = [Attributes()] * (len(headings) - numbers) + [NUMBER] * numbers
    return tuple(
        GridColumn(heading, itemgetter(at), names_row=names_row and not at, cells=kind)
        for at, (heading, kind) in enumerate(zip(headings, kinds, strict=True))
    )


def draw(
    grid: Grid[Row],
    rows: Iterable[Row],
    *,
    row: Callable[[Row], Attributes] | None = None,
    groups: Groups[Row] | None = None,
) -> Tag:
    """The table as a tag.

    Takes:  its rows; the attributes that a row has of its own; the groups that rows stand in.
    """
    listed = list(rows)
    if grid.nothing and not listed:
        return tags.p(grid.nothing)

    def drawn(some: Iterable[Row]) -> Iterator[Tag]:
        for one in some:
            cells = (
                _cell(grid, c, c.cell(one), c.title(one) if c.title else "") for c in grid.columns
            )
            yield tags.tr(row(one) if row else {}, *cells)

    bodies = (
        [tags.tbody(*drawn(listed))]
        if not groups
        else [
            tags.tbody(groups.heading(name, len(grid.columns)), *drawn(some))
            for name, some in groupby(listed, key=groups.of)
        ]
    )
    heads = (_head(column, grid.scope) for column in grid.columns)
    return tags.table(
        grid.table, _caption(grid, grid.caption), tags.thead(tags.tr(*heads)), *bodies
    )


def draw_html(
    grid: Grid[Row], rows: Iterable[Row], *, row: Callable[[Row], str] | None = None
) -> str:
    """The table as HTML, without a space between its tags.

    Takes:  its rows; what stands in a row's tag, as HTML. A heading that is HTML stays as it is.
    """
    # What is the same in each row is written once: thousands of cells are drawn at a click.
    parts = [(*_around(_cell(grid, column, "\0")), column.cell) for column in grid.columns]
    body = [
        f"<tr{row(one) if row else ''}>"
        + "".join([f"{before}{cell(one)}{after}" for before, after, cell in parts])
        + "</tr>"
        for one in rows
    ]
    if grid.nothing and not body:
        return str(tags.p(grid.nothing))
    before, after = _around(tags.table(grid.table, "\0"))
    above = (
        _caption(grid, HTML(escape(grid.caption))),
        *(_head(column, grid.scope) for column in grid.columns),
    )
    caption, *heads = (tag.get_html_string() if tag else "" for tag in above)
    return (
        f"{before}{caption}<thead><tr>{''.join(heads)}</tr></thead>"
        f"<tbody>{''.join(body)}</tbody>{after}"
    )


def _caption(grid: Grid[Row], caption: TagChild) -> Tag | None:
    heard = "visually-hidden" if grid.is_caption_heard else None
    return tags.caption(caption, class_=heard) if grid.caption else None


def _head(column: GridColumn[Row], scope: str | None) -> Tag:
    if column.heading is None:
        return tags.td(column.head)
    return tags.th({"scope": scope}, column.head, column.heading)


def _cell(grid: Grid[Row], column: GridColumn[Row], inside: TagChild, title: str = "") -> Tag:
    more: Attributes = {"title": title or None}
    if column.names_row:
        return tags.th({"scope": "row"}, column.cells, more, inside)
    if grid.is_labelled and "data-head" not in column.cells:
        more["data-head"] = _label(column.heading)
    return tags.td(column.cells, more, inside)


def _label(heading: TagChild) -> str | None:
    """The words of a heading, or those that its tag begins with."""
    words = heading.children[0] if isinstance(heading, Tag) and heading.children else heading
    return words if isinstance(words, str) and words else None


def _around(tag: Tag) -> tuple[str, str]:
    """What stands before and after the \\0 in a tag."""
    before, _, after = tag.get_html_string().partition("\0")
    return before, after
