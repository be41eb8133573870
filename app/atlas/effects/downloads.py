"""Taking results away: files of what is shown, and the links that open it again."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import date
from urllib.parse import urlencode

import polars as pl
from shiny import reactive, render

from app.atlas import frames
from app.atlas.answered import Answered
from app.atlas.brief_data import area_of
from app.atlas.caption import Caption
from app.atlas.catalogue import Catalogue
from app.atlas.drawing import citation, download_menu, words
from app.atlas.drawing.context_words import is_extra
from app.atlas.drawing.workbook import workbook
from app.atlas.effects.address import whole_view
from app.atlas.effects.desk import Desk, other_year, present
from app.atlas.effects.order import Order
from app.atlas.follow_link import follow_address
from app.atlas.year_comparison import PARTS
from app.draw.spell import day

TAKEN = (
    "organisation_code organisation_name parent_code parent_name icb_code icb_name level year"
    " indicator measure geography only numerator denominator pcas value value_low value_high band"
    " practices list_size latitude longitude snapshot data"
).split()


def take_away(desk: Desk, listed: Callable[[], pl.DataFrame]) -> None:
    """Download what is shown: every row of the table, in its order, with its question.

    The links stand in a menu or behind a tab, so they are made though nobody sees them yet.
    """
    output = desk.session.output

    def name(ending: str) -> str:
        return f"{desk.caption().file_name}.{ending}"

    @output(suspend_when_hidden=False)
    @render.download_link(filename=lambda: name("csv"))
    def download_csv() -> Iterator[bytes]:
        yield (
            download_rows(desk.answered(), listed(), against=other_year(desk)).write_csv().encode()
        )

    @output(suspend_when_hidden=False)
    @render.download_link(filename=lambda: name("parquet"))
    def download_parquet() -> Iterator[bytes]:
        buffer = io.BytesIO()
        download_rows(desk.answered(), listed(), against=other_year(desk)).write_parquet(buffer)
        yield buffer.getvalue()

    @output(suspend_when_hidden=False)
    @render.download_link(filename=lambda: name("xlsx"))
    async def download_excel() -> AsyncIterator[bytes]:
        now = desk.answered()
        rows = download_rows(now, listed(), against=other_year(desk))
        said = workbook_notes(
            now, desk.catalogue(), _link(desk, now), rows=rows.height, shown=desk.caption()
        )
        # A second of work for England's practices: not on the loop, where everybody waits for it.
        yield await asyncio.to_thread(workbook, rows, measure=now.question.measure, about=said)

    _say_where_it_leads(desk)


def _say_where_it_leads(desk: Desk) -> None:
    """The items of the menu that depend on the question, after everything else."""

    @reactive.effect(priority=Order.LATER)
    async def write_the_menu() -> None:
        if not desk.input.take_open():
            return
        now = desk.answered()
        asked = now.question
        said = citation.question_in_words(
            asked, desk.catalogue(), frames.area_name(now.lake, asked)
        )
        line = citation.citation(
            now.lake.manifest, said, year=asked.year, today=_today(), link=citation.LINK
        )
        view = replace(present(desk.view()), selected=desk.selected())
        area = area_of(now.lake, view)
        # A practice that is selected is followed itself; the file is of the area on show.
        own = f"practice:{view.selected}" if view.selected and view.level == "practice" else area
        whole = {"year": asked.year, "area": area, "geography": asked.geography}
        # Pinned: a file that is taken twice is the same file.
        query = {name: value for name, value in whole.items() if value} | {"snapshot": now.lake.id}
        await desk.write(
            take_more=download_menu.question_items(
                words.short(frames.area_name(now.lake, replace(asked, area=area))),
                query=f"?{urlencode(query, safe=':')}",
                follow=download_menu.feed(
                    indicator=asked.indicator, measure=asked.measure, area=own
                ),
                mail=follow_address(own),
                snapshot=now.lake.id,
                cite=line,
            )
        )

    @reactive.effect(priority=Order.LATER)
    async def say_what_it_is_pinned_to() -> None:
        lake, newest = present(desk.lake()), desk.newest()
        if not desk.snapshot():
            return await desk.write(pinned="")
        when = day(lake.sealed_at.isoformat())
        await desk.write(
            pinned=download_menu.pinned(when, newest is not None and newest.id == lake.id)
        )


def download_rows(now: Answered, rows: pl.DataFrame, *, against: str = "") -> pl.DataFrame:
    """Rows as people take them away: raw numbers, the question and the snapshot in each.

    Takes:  the other year, where the rows have a change to it.
    Gives:  TAKEN and what the reader added. `data` is `demonstration` where the numbers are
            invented, else `real`; `only` the filters in words, null without any; of a change
            `year_before` and `year_after` say which years its parts are of.
    """
    asked, manifest = now.question, now.lake.manifest
    boards = frames.boards(now.lake, asked.year, asked.level, asked.geography)
    first, last = sorted((asked.year, against))
    years = {"year_before": first, "year_after": last} if against else {}
    said = {
        "level": asked.level,
        "year": asked.year,
        "indicator": asked.indicator,
        "measure": asked.measure,
        "geography": asked.geography,
        "only": words.filters_of(asked) or None,
        "snapshot": now.lake.id,
        "data": "demonstration" if words.is_demonstration(manifest) else "real",
        **years,
    }
    named = rows.join(boards, on="organisation_code", how="left", maintain_order="left")
    return named.with_columns(
        *(pl.lit(value, pl.String).alias(name) for name, value in said.items()),
        band=pl.col("band").map_elements(lambda band: now.band_words[band], return_dtype=pl.String),
    ).select(
        *TAKEN, *years, *(name for name in rows.columns if _is_added(name) and name not in TAKEN)
    )


def workbook_notes(
    now: Answered, catalogue: Catalogue, link: str, *, rows: int, shown: Caption
) -> list[tuple[str, str]]:
    """What the second sheet of a workbook says, as (name, words).

    Takes:  the address that opens the same view; how many rows the first sheet has; what the page
            says of the view.
    """
    manifest, asked = now.lake.manifest, now.question
    said = citation.question_in_words(asked, catalogue, shown.place)
    cited = citation.citation(manifest, said, year=asked.year, today=_today(), link=link)
    return [
        ("Title", f"{shown.title}. {shown.place}"),
        ("Question", said),
        ("Rows", f"{rows:,}, in the order of the table; null is not known, and never a zero"),
        *(("Note", note) for note in shown.notes),
        *(("Shown", line) for line in shown.said),
        ("Link", link),
        ("Data", shown.kind),
        ("Snapshot", f"{manifest['id']}, sealed {day(manifest['sealed_at'])}"),
        *(("Made of", release) for release in citation.made_of(manifest, asked.year)),
        ("Licence", citation.LICENCE),
        ("Cite as", cited),
    ]


def _is_added(name: str) -> bool:
    return is_extra(name) or name in PARTS


def _link(desk: Desk, now: Answered) -> str:
    """The address that opens exactly this: the view, on the snapshot that it shows."""
    at = desk.session.clientdata
    host = f"{at.url_hostname()}:{at.url_port()}".rstrip(":")
    query = replace(whole_view(desk), snapshot=now.lake.id).address()
    return f"{at.url_protocol()}//{host}{at.url_pathname()}{query}"


def _today() -> str:
    return date.today().isoformat()
