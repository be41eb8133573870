"""A document as plain values, to be printed twice: as HTML and, by app/typeset.py, as PDF.

Both say the same, in the same order. Pictures are SVG; their colours are asked of whoever prints,
for a page has two themes and paper one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from htmltools import HTML, Tag, TagList, tags

Paint = Callable[[str], str]


@dataclass(frozen=True)
class Words:
    """A paragraph; `strong` where it is the one to read."""

    text: str
    strong: bool = False


@dataclass(frozen=True)
class Figures:
    """A few large numbers: (name, value, what belongs to it)."""

    rows: Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class TextTable:
    """Rows of text; the first column names the row, the others are numbers.

    bands  the band of each row, whose colour stands before its name; None for a row without one
    words  how many columns after the first are words, too, and stand at the left
    """

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    bands: Sequence[int | None] = ()
    words: int = 0


@dataclass(frozen=True)
class Picture:
    """A drawing: SVG by a paint that turns `band 0`, `ink`, `soft`, `ground` into colours."""

    draw: Callable[[Paint], str]
    says: str


@dataclass(frozen=True)
class Beside:
    """Two blocks beside each other where there is room."""

    left: "Block"
    right: "Block"


Block = Words | Figures | TextTable | Picture | Beside


@dataclass(frozen=True)
class Section:
    title: str
    blocks: Sequence[Block] = field(default_factory=tuple)


@dataclass(frozen=True)
class Document:
    """title, what it is of, whether the data is real, how many bands its colours have."""

    title: str
    subtitle: str
    kind: str
    bands: int
    sections: Sequence[Section]


def html(document: Document) -> Tag:
    """The document for a page; its colours are the page's (`data-bands`)."""
    return tags.article(
        tags.h1(document.title),
        tags.p(document.subtitle, class_="brief-subtitle"),
        tags.p(tags.strong(document.kind, class_="atlas-badge")),
        *(
            tags.section(tags.h2(section.title), *map(_block, section.blocks))
            for section in document.sections
        ),
        class_="brief",
        data_bands=str(document.bands),
    )


def on_screen(name: str) -> str:
    """The paint of a page: its own variables, in whichever theme is on."""
    return f"var(--{name.replace(' ', '-')})"


def _block(block: Block) -> Tag | TagList:
    match block:
        case Words(text, strong):
            return tags.p(tags.strong(text) if strong else text)
        case Figures(rows):
            return tags.dl(*map(_figure, rows), class_="atlas-boxes")
        case Picture(draw, says):
            return tags.div(
                HTML(draw(on_screen)), role="img", aria_label=says, class_="brief-picture"
            )
        case Beside(left, right):
            return tags.div(tags.div(_block(left)), tags.div(_block(right)), class_="brief-beside")
    return _table(block)


def _figure(row: tuple[str, str, str]) -> Tag:
    name, value, more = row
    return tags.div(tags.dt(name), tags.dd(value), tags.dd(tags.small(more)))


def _table(table: TextTable) -> Tag:
    bands = table.bands or [None] * len(table.rows)
    return tags.div(
        tags.table(
            tags.caption(table.caption),
            tags.thead(tags.tr(*(_head(table, at) for at in range(len(table.head))))),
            tags.tbody(
                *(_row(table, row, band) for row, band in zip(table.rows, bands, strict=True))
            ),
        ),
        class_="brief-table",
        tabindex="0",
        role="group",
        aria_label=table.caption,
    )


def _head(table: TextTable, at: int) -> Tag:
    return tags.th(table.head[at], scope="col", class_=None if at <= table.words else "number")


def _row(table: TextTable, row: Sequence[str], band: int | None) -> Tag:
    dot = None if band is None else tags.i(class_=f"dot b{band}")
    return tags.tr(
        tags.th(dot, " " if dot else None, row[0], scope="row"),
        *(
            tags.td(cell, class_=None if at <= table.words else "number")
            for at, cell in enumerate(row[1:], 1)
        ),
    )
