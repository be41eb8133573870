"""A document as plain values, to be printed twice: as HTML and, by app/typeset.py, as PDF.

Both say the same, in the same order. Pictures are SVG; their colours are asked of whoever prints,
for a page has two themes and paper one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from htmltools import HTML, Tag, TagList, tags

from app.draw.grid import Attributes, Grid, GridColumn, draw
from app.draw.ramp import Ramp

Paint = Callable[[str], str]
Banded = tuple[Sequence[str], int | None]  # a row of text with its band


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
    """What a document says before its sections.

    title, what it is of, whether the data is real in words and as a fact, the bands of its
    colours and their ramp.
    """

    title: str
    subtitle: str
    kind: str
    bands: int
    sections: Sequence[Section]
    ramp: Ramp = "level"
    is_invented: bool = True


def html(document: Document) -> Tag:
    """The document for a page; its colours are the page's (`data-bands`)."""
    return tags.article(
        tags.h1(document.title),
        tags.p(document.subtitle, class_="brief-subtitle"),
        tags.p(
            tags.strong(
                document.kind,
                class_="atlas-badge" if document.is_invented else "atlas-badge atlas-badge-real",
            )
        ),
        *(
            tags.section(tags.h2(section.title), *map(_block, section.blocks))
            for section in document.sections
        ),
        class_="brief",
        data_bands=str(document.bands),
        data_ramp=document.ramp,
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
    columns = [_column(table, at) for at in range(len(table.head))]
    # A table without colours has a place for them in each row all the same.
    bands = table.bands or [None] * len(table.rows)
    return tags.div(
        draw(Grid(columns, caption=table.caption), zip(table.rows, bands, strict=True)),
        class_="brief-table",
        tabindex="0",
        role="group",
        aria_label=table.caption,
    )


def _column(table: TextTable, at: int) -> GridColumn[Banded]:
    if not at:
        return GridColumn(table.head[at], _named, names_row=True)
    kind: Attributes = {"class": None if at <= table.words else "number"}
    return GridColumn(table.head[at], lambda banded: banded[0][at], head=kind, cells=kind)


def _named(banded: Banded) -> TagList:
    row, band = banded
    return TagList(*(() if band is None else (tags.i(class_=f"dot b{band}"), " ")), row[0])
