"""The comparison table: the accessible twin of the map. Pure: a frame in, HTML out.

Everything that the map says by place, colour, size or hatching stands here in words and numbers.
Rows are sorted and cut here; sorting and searching come back as inputs from app/www/page.js.
"""

from collections.abc import Callable, Sequence
from html import escape
from math import ceil

import polars as pl
from htmltools import HTML, Tag, tags

from app.atlas.drawing.context_words import AddedColumn
from app.atlas.drawing.legend import SPECIAL
from app.atlas.drawing.words import NOT_AMONG, NUMERATOR_WORDS, partly, short
from app.atlas.row import Row
from app.atlas.view import NONE, SORTS, UNREPORTED
from app.draw.grid import Attributes, Grid, GridColumn, draw_html
from app.draw.ramp import Ramp
from app.draw.spell import count, percent, span
from engine.atlas.metrics.qof_measures import ADJUSTED, MEASURES

FIRST = {
    "practice": "Practice",
    "pcn": "PCN",
    "sub_icb": "Sub-ICB",
    "icb": "ICB",
    "region": "Region",
}
MOST_CLOSE = 3  # added columns that a window of 1280 pixels holds beside the map
MARKS = {
    "small": ("few", "Fewer than 10 patients: chance alone can move this a long way"),
    "uncertain": ("±", "The interval reaches into another band"),
}


def ordered(rows: pl.DataFrame, sort: str) -> pl.DataFrame:
    """Rows as the reader wants them; by value, few patients come last, and always none at all.

    Takes:  the answer with its marks, by code; `name`, `value`, `numerator`, `denominator` or
            `band`, or a column that was added, with a minus before it for high to low; by value
            for one that is not there.
    """
    descending, key = sort.startswith("-"), sort.removeprefix("-")
    # A link may sort by a column that was not ticked.
    key = key if key == "name" or key in rows.columns else "value"
    name = pl.col("organisation_name").str.to_lowercase()
    by = name if key == "name" else pl.col(key)
    # Who has no value comes last whichever way it is sorted: nulls are neither low nor high.
    nobody = pl.col("value" if key in SORTS else key).is_null()
    # Chance puts the smallest at both ends; they would lead every list.
    few = pl.col("small") & (key == "value")
    last = pl.when(nobody).then(2).when(few).then(1).otherwise(0)
    return rows.sort(last, by, descending=[False, descending], nulls_last=True, maintain_order=True)


def matching(rows: pl.DataFrame, text: str) -> pl.DataFrame:
    """Rows whose name, code or parent has the text in it, whatever its case."""
    wanted = text.strip().lower()
    if not wanted:
        return rows
    where = pl.concat_str(
        "organisation_name", "organisation_code", "parent_name", separator=" ", ignore_nulls=True
    )
    return rows.filter(where.str.to_lowercase().str.contains(wanted, literal=True))


def pages(rows: int, size: int) -> int:
    return max(1, ceil(rows / size))


def render(
    rows: pl.DataFrame,
    *,
    level: str,
    measure: str,
    sort: str,
    selected: str,
    top: float,
    bands: list[str],
    caption: str,
    nobody: str = SPECIAL[NONE],
    ramp: Ramp = "level",
    extra: Sequence[AddedColumn] = (),
    england: float | None = None,
) -> str:
    """The table itself.

    Takes:  rows in order, already cut to one page; `selected` is a code or empty; `top` is the
            value at the right end of the interval bars; `bands` are the bands in words, `nobody`
            what is said of those in none, `ramp` their colours; `extra` are columns that the
            reader added. Beside up to three of them n stands over N, so that the table keeps
            its width; more scroll sideways. `england` is a mark in every bar, where it is known.
    Gives:  one <table>; every row has its code in `data-code` and a button with its name.
    """
    is_close = 0 < len(extra) <= MOST_CLOSE
    kind = " atlas-close" if is_close else " atlas-wide" if extra else ""

    def value(row: Row) -> str:
        band = _band(row, bands, nobody)
        return f"{band}{percent(row['value'])}{_marks(row)}{_bar(row, top)}"

    def tagged(row: Row) -> str:
        code = row["organisation_code"]
        return f' data-code="{escape(code)}"{" aria-current=true" if code == selected else ""}'

    grid = Grid(
        [
            _column({"name": FIRST[level]}, sort, lambda row: _name(row, level), names_row=True),
            _column({"value": "Value"}, sort, value),
            *_parts(measure, sort, is_close=is_close),
            *(_column({each.name: each.label}, sort, each.cell, added=each) for each in extra),
        ],
        caption=caption,
        is_caption_heard=True,
        table={
            "class": f"atlas-table{kind}",
            "data-bands": str(len(bands)),
            "data-ramp": ramp,
            **_marked(england, top),
        },
    )
    return draw_html(grid, rows.iter_rows(named=True), row=tagged)


def turner(rows: int, first: int, size: int) -> Tag:
    """Which rows these are, with a button to each side where there are more."""
    said = f"{first + 1:,} to {min(first + size, rows):,} of {rows:,}" if rows else "none"

    def button(words: str, step: int, there: bool) -> Tag:
        return tags.button(
            words, type="button", data_turn=str(step), disabled=None if there else ""
        )

    return tags.div(
        button("Previous", -1, first > 0),
        tags.span(said, role="status"),
        button("Next", 1, first + size < rows),
        class_="atlas-turn",
    )


def _parts(measure: str, sort: str, *, is_close: bool) -> list[GridColumn[Row]]:
    """n and N, each in a column of its own, or in one."""
    above, below = (words[0].upper() + words[1:] for words in NUMERATOR_WORDS[measure])
    if is_close:
        both = {"numerator": above, "denominator": f"of {MEASURES[measure].words.of}"}
        return [_column(both, sort, lambda row: _above(row, measure, _of(row)))]
    return [
        _column({"numerator": above}, sort, lambda row: _above(row, measure)),
        _column({"denominator": below}, sort, lambda row: count(row["denominator"])),
    ]


def _column(
    keys: dict[str, str],
    sort: str,
    cell: Callable[[Row], str],
    *,
    added: AddedColumn | None = None,
    names_row: bool = False,
) -> GridColumn[Row]:
    """A column; in its head a button to sort by each key that stands in it, with its words."""
    by = sort.removeprefix("-")
    now = "none" if by not in keys else "descending" if sort.startswith("-") else "ascending"
    mark = {"none": "", "ascending": " ▲", "descending": " ▼"}[now]
    kind: Attributes = {"class": _kind(added) if added else f"c-{next(iter(keys))}"}
    title = f' title="{escape(added.title)}"' if added else ""
    buttons = "".join(
        f'<button type="button"{title} data-sort="{key}">{escape(words)}'
        f'<span aria-hidden="true">{mark if key == by else ""}</span></button>'
        for key, words in keys.items()
    )
    head = kind | {"aria-sort": now}
    return GridColumn(HTML(buttons), cell, names_row=names_row, head=head, cells=kind)


def _name(row: Row, level: str) -> str:
    code, name = escape(row["organisation_code"]), short(row["organisation_name"])
    inside = _inside(row) if level != "practice" else ""
    # The code goes first: where a line is cut, it is what tells the places of one board apart.
    note = " · ".join(filter(None, (row["organisation_code"], short(row["parent_name"]), inside)))
    return (
        f'<button type="button" data-code="{code}">{escape(name)}</button>'
        f"<small>{escape(note)}</small>"
    )


def _above(row: Row, measure: str, below: str = "") -> str:
    return f"{count(row['numerator'])}{below}{_adjusted(row, measure)}"


def _kind(added: AddedColumn) -> str:
    return f"c-added c-{added.name}{' c-word' if added.is_word else ''}"


def _inside(row: Row) -> str:
    """How many practices an organisation has, and how many of them reported if not all did.

    Where only some lie in the area shown, the figures are of those, and so are the words.
    """
    if said := partly(row):
        return said
    gave, has = row["practices"] or 0, row["members"]
    whole = "a single practice" if has == 1 else f"{has:,} practices"
    return whole if gave == has else f"{gave:,} of {whole}"


def _marks(row: Row) -> str:
    return "".join(
        f' <abbr title="{MARKS[name][1]}">{MARKS[name][0]}</abbr>' for name in MARKS if row[name]
    )


def _bar(row: Row, top: float) -> str:
    """The interval as a bar from 0 to `top`, its ends in words for those who hear it."""
    if row["value"] is None:
        return ""
    if row["value_low"] is None:
        return "<small></small>"
    place = [f"{min(max(row[c], 0) / top * 100, 100):.1f}%" for c in ("value_low", "value_high")]
    key = NONE if _dot(row) is None else _dot(row)
    return (
        f'<i class="bar b{key}" style="--l:{place[0]};--h:{place[1]}"></i>'
        f"<small>{span(row['value_low'], row['value_high'])}</small>"
    )


def _marked(england: float | None, top: float) -> dict[str, str]:
    """Where England's mark stands in the bars of a table; nothing where it has no value."""
    return {} if england is None else {"style": f"--e:{min(england / top * 100, 100):.1f}%"}


def _of(row: Row) -> str:
    return "" if row["denominator"] is None else f"<small>of {count(row['denominator'])}</small>"


def _adjusted(row: Row, measure: str) -> str:
    """PCAs beside the patients, where the measure has any to do with them."""
    if measure not in ADJUSTED or not row["reported"]:
        return ""
    pcas = row["pcas"]
    said = "no PCAs recorded" if pcas is None else f"{count(pcas)} PCA{'' if pcas == 1 else 's'}"
    return f"<small>{said}</small>"


def _dot(row: Row) -> int | None:
    """The band that colours a row: the achievement's, if nothing else does."""
    dot: int | None = row["dot"] if "dot" in row else row["band"]
    return dot


def _band(row: Row, bands: list[str], nobody: str) -> str:
    """The band's dot, and the band in words for those who cannot see it."""
    dot = _dot(row)
    key: int | str
    if dot is not None:
        key, said = dot, bands[dot]
    elif row["reported"] or "dot" in row:
        key, said = NONE, nobody
    else:
        key, said = UNREPORTED, SPECIAL[UNREPORTED] if row.get("shown", True) else NOT_AMONG
    return (
        f'<i class="dot b{key}" aria-hidden="true"></i>'
        f'<span class="visually-hidden">{escape(said)}: </span>'
    )
