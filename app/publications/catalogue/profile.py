"""The profile of a table: nulls, different values, range, and how the values lie."""

from functools import lru_cache
from html import escape

from htmltools import HTML, Tag, TagChild, tags
from starlette.requests import Request
from starlette.responses import Response

from app.agent import known
from app.draw.grid import NUMBER, SCROLLS, Grid, GridColumn, draw
from app.publications import plain_page
from engine import Lake
from engine.profile import ColumnProfile, profiles_of, profiling

ROOT = "../../"
WIDE, TALL = 144, 28


@lru_cache(maxsize=64)
def profiles(lake: Lake, table: str) -> list[ColumnProfile]:
    """A profile of each column: asked once a lake, which is a reader's own and never changes."""
    schema = lake.schema(table)
    row = profiling(lake.scan(table), schema).collect().row(0, named=True)
    return profiles_of(row, schema)


def profile_page(request: Request, lake: Lake) -> Response:
    """The profile alone: put into the table's page once the rest is there, and a page without."""
    table = known.dataset(lake, request.path_params["table"])
    return plain_page.wide(
        f"{table}: profile",
        tags.h1(f"Profile of {table}"),
        tags.p(tags.a("Back to the table", href=f"{ROOT}catalogue/{table}")),
        section(profiles(lake, table)),
        root=ROOT,
        manner=plain_page.of_tables(table),
        here="catalogue",
    )


def section(of: list[ColumnProfile]) -> Tag:
    """The profile as a part of a page."""
    return tags.section(_table(of), id="profile", data_part="", aria_label="Profile")


def _table(of: list[ColumnProfile]) -> TagChild:
    return draw(
        Grid(
            (
                GridColumn("Column", lambda one: one.name, names_row=True),
                GridColumn("Nulls", _nulls, head=NUMBER, cells=NUMBER),
                GridColumn("Different", lambda one: f"{one.distinct:,}", head=NUMBER, cells=NUMBER),
                GridColumn("From", lambda one: one.low),
                GridColumn("To", lambda one: one.high),
                GridColumn("Values", _values),
            ),
            caption="What the values look like",
            is_caption_heard=True,
            table=SCROLLS | {"class": "pub-rows"},
        ),
        of,
    )


def _nulls(one: ColumnProfile) -> str:
    return f"{one.nulls:,} ({one.null_share:.0%})" if one.nulls else "none"


def _values(one: ColumnProfile) -> TagChild:
    if one.bars:
        return HTML(_bars(one))
    if one.distinct == one.rows > len(one.top):
        return tags.small("each once")
    return ", ".join(f"{value} ({count:,})" for value, count in one.top)


def _bars(one: ColumnProfile) -> str:
    most, wide = max(one.bars), WIDE / len(one.bars)
    bars = "".join(
        # What is there at all is seen, however little it is.
        f'<rect x="{at * wide:.1f}" y="{TALL - tall:.1f}" width="{max(1, wide - 1):.1f}"'
        f' height="{tall:.1f}"/>'
        for at, count in enumerate(one.bars)
        if (tall := max(1.0, TALL * count / most) if count else 0)
    )
    said = escape(f"how {one.name} lies from {one.low} to {one.high}")
    return (
        f'<svg class="pub-bars" role="img" aria-label="{said}" width="{WIDE}" height="{TALL}"'
        f' viewBox="0 0 {WIDE} {TALL}">{bars}</svg>'
    )
