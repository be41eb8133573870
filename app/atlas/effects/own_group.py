"""The reader's own group: pasted, uploaded or drawn on the map; an area like any other after that.

A group is its codes in the link and nothing else. Codes that the year does not have stay in it,
and are named: another year may have them.
"""

import csv
from pathlib import Path
from zipfile import ZipFile

import polars as pl
from htmltools import Tag, TagList, tags
from shiny import reactive, req, ui

from app.atlas.areas import areas_on_offer
from app.atlas.drawing import group_form
from app.atlas.effects.desk import Desk, present
from app.atlas.effects.order import Order
from app.atlas.view import ALL
from engine import Lake, Question
from engine.atlas.geography import practices
from engine.atlas.groups import (
    MOST,
    area_of,
    codes_of,
    column_of_codes,
    parse_codes,
    pasted_cells,
    sort_out,
    without_codes,
)
from engine.atlas.rollup import organisation_code

LARGEST_SHEET = 20_000_000  # bytes, unpacked: a small zip can hold a very large file
SHOWN, LONGEST = 12, 40  # cells without a code that are named, and characters of each
LARGEST_FILE = 1_000_000  # bytes: five hundred codes with names and addresses are a tenth of it


def keep_the_group(desk: Desk) -> None:
    """Make a group of what was pasted, uploaded or drawn; say who is in it; clear it."""

    # What a list holds beside codes: told as long as its group is on the page.
    left_out: reactive.Value[tuple[str, ...]] = reactive.Value(())

    async def use(codes: tuple[str, ...], dropped: tuple[str, ...] = ()) -> None:
        left_out.set(dropped)
        await use_as_group(desk, codes)

    @reactive.effect
    @reactive.event(desk.input.group_use)
    async def use_what_was_pasted() -> None:
        text = desk.input.group_codes()
        # Only its codes stay in the field: what else was there is named.
        await use(parse_codes(text), without_codes(pasted_cells(text)))

    @reactive.effect
    @reactive.event(desk.input.group_file)
    async def use_what_was_uploaded() -> None:
        file = req(desk.input.group_file())[0]
        if file["size"] > LARGEST_FILE:
            return await desk.write(group_said=group_form.too_large(LARGEST_FILE))
        cells = listed_in(Path(file["datapath"]), file["name"]).split("\n")
        await use(parse_codes("\n".join(cells)), without_codes(cells))

    @reactive.effect
    @reactive.event(desk.input.lasso)
    async def use_what_was_drawn_round() -> None:
        now, drawn = desk.answered(), desk.input.lasso()
        # The reader drew while another year or level was on its way.
        if drawn["cast"] != now.cast:
            return  # drawn on dots that are no longer there
        known = now.rows["organisation_code"]
        chosen = [known[place] for place in drawn["points"] if 0 <= place < len(known)]
        await use(_practices_of(now.lake, now.question, codes=chosen))

    @reactive.effect
    @reactive.event(desk.input.group_clear)
    def clear_the_group() -> None:
        ui.update_text_area("group_codes", value="")
        ui.update_selectize("area", selected=ALL)

    @reactive.effect(priority=Order.TAB)
    async def say_who_is_in_it() -> None:
        lake, view = present(desk.lake()), present(desk.view())
        codes = codes_of(view.area)
        if not codes:
            return await desk.write(group_said="")
        found = sort_out(lake, codes, view.year).collect()
        said = TagList(group_form.group_in_words(found, view.year), said_of_dropped(left_out()))
        await desk.write(group_said=said)


def said_of_dropped(cells: tuple[str, ...]) -> Tag | None:
    """Which cells of a list had no code in them, so that nobody is missed without a word."""
    if not cells:
        return None
    more = f" and {len(cells) - SHOWN:,} more" if len(cells) > SHOWN else ""
    some = ", ".join(f"“{cell[:LONGEST]}”" for cell in cells[:SHOWN])
    return tags.p(f"Not read, for there is no ODS code in it: {some}{more}.")


async def use_as_group(desk: Desk, codes: tuple[str, ...]) -> None:
    """Narrow the page to these practices; where none of them is known, only say so."""
    with reactive.isolate():
        lake, view = present(desk.lake()), present(desk.view())
    # Each once: a list that is pasted often has some twice.
    codes = tuple(dict.fromkeys(codes))
    if not codes or len(codes) > MOST:
        return await desk.write(group_said=group_form.no_group(len(codes), MOST))
    found = sort_out(lake, codes, view.year).collect()
    # An area of nobody would empty the page: better to leave it as it is.
    if not (found["verdict"] == "member").any():
        return await desk.write(group_said=group_form.group_in_words(found, view.year))
    area = area_of(codes)
    ui.update_text_area("group_codes", value=" ".join(codes))
    offered = areas_on_offer(lake, view.year, area, view.geography)
    ui.update_selectize("area", choices=offered, selected=area)


def listed_in(path: Path, name: str) -> str:
    """The text in which codes are looked for, a line a cell: of a workbook or a CSV the column that
    holds them, whichever it is; of other text all of it.

    Bytes that are no workbook and no text give nothing, which the reader is told.
    """
    if name.lower().endswith(".xlsx"):
        try:
            with ZipFile(path) as parts:
                if sum(part.file_size for part in parts.infolist()) > LARGEST_SHEET:
                    return ""
            # As text, whatever its first rows look like: a column of numbers would lose the codes.
            book = pl.read_excel(path, sheet_id=0, has_header=False, infer_schema_length=0)
        except Exception:  # whatever the readers make of a broken file
            return ""
        sheets = ([[cell or "" for cell in row] for row in s.rows()] for s in book.values())
        columns = [column_of_codes(rows) for rows in sheets]
        return "\n".join(max(columns, key=lambda c: len(parse_codes(" ".join(c))), default=[]))
    text = "\n".join(_decoded(path.read_bytes()).splitlines())
    is_table = name.lower().endswith((".csv", ".tsv"))
    return "\n".join(column_of_codes(_rows_of(text))) if is_table else text


def _decoded(data: bytes) -> str:
    """Text in whatever a spreadsheet saves it: UTF-8, UTF-16, or the old Windows encoding."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    try:
        # A mark before the text is no part of the first code.
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _rows_of(text: str) -> list[list[str]]:
    """The cells of a CSV, by the delimiter that it has most of, quotes taken off."""
    delimiter = max(",;\t|", key=text.count)
    try:
        rows = [*csv.reader(text.splitlines(), delimiter=delimiter)]
    except csv.Error:
        rows = [line.split(delimiter) for line in text.splitlines()]
    return [[" ".join(cell.split()) for cell in row] for row in rows]


def _practices_of(lake: Lake, asked: Question, *, codes: list[str]) -> tuple[str, ...]:
    """The practices of organisations that were drawn round, themselves where they are practices."""
    if asked.level == "practice":
        return tuple(codes)
    inside = organisation_code(asked.level).is_in(codes)
    rows = practices(lake, asked.geography, asked.year).filter(inside)
    return tuple(rows.select("practice_code").collect().to_series())
