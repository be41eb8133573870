"""What changed: of each snapshot against the one before, and of one year against another.

/changes?snapshot=...  or  /changes?from=2023-24&to=2024-25;  with an indicator and an area, as a
feed has them, that figure through the years comes first.
"""

from collections.abc import Iterator
from urllib.parse import urlencode

import polars as pl
from htmltools import Tag, TagChild, tags
from starlette.requests import Request
from starlette.responses import HTMLResponse

from app import live
from app.atlas.follow_link import WORDS, follow_address
from app.atlas.pages.feeds import followed, snapshot_before
from app.atlas.pages.reconciliation import against_the_publisher
from app.atlas.plain_page import plain
from app.atlas.stale_links import NOT_KEPT
from app.draw import spell
from app.draw.grid import SCROLLS, Grid, draw, in_order
from app.frame import no_data
from engine import Lake, LakeError, open_lake
from engine.atlas import snapshot_diff
from engine.atlas.years import qof_years
from engine.errors import NoSnapshot
from engine.lake import snapshot_ids

SHOWN = 200
PEOPLE = {"gone": "Practices no longer there", "new": "New practices", "renamed": "Renamed"} | {
    "pcn": "Moved to another network",
    "sub_icb": "Moved to another sub-ICB location",
    "icb": "Moved to another board",
}
MOVED = Grid(in_order("Code", "Practice", "Was", "Now"), table=SCROLLS)
REISSUED = Grid(
    in_order("Indicator", "Practices that differ", "Was", "of", "Now", "of"), table=SCROLLS
)


def changes_page(request: Request) -> HTMLResponse:
    """The page; what the address asks for and cannot be had is said in a sentence."""
    asked = request.query_params
    try:
        lake = live.pinned(asked.get("snapshot", "")) or open_lake()
    except NoSnapshot:
        return no_data()
    before, years = snapshot_before(lake), qof_years(lake)
    earlier, later = asked.get("from", ""), asked.get("to", "")
    later = later if later in years[1:] else max(years, default="")
    earlier = earlier if earlier in years else _year_before(years, later)
    return plain(
        "What changed",
        tags.h1("What changed"),
        tags.p(NOT_KEPT, role="alert") if asked.get("snapshot", lake.id) != lake.id else None,
        tags.p(
            "That a practice is no longer there means that the later publication does not have it;"
            " why, the publication does not say. ",
            tags.a("Follow these changes (Atom)", href="changes.atom"),
            *((" · ", tags.a(WORDS, href=mail)) if (mail := follow_address("")) else ()),
        ),
        *(_one_figure(lake, dict(asked)) if "indicator" in asked else ()),
        *_snapshot(before, lake),
        *(_years(lake, earlier, later) if earlier and later else ()),
        *against_the_publisher(lake),
        tags.h2("Every snapshot that is kept"),
        tags.ul(
            *(
                tags.li(tags.a(name, href=f"changes?{urlencode({'snapshot': name})}"))
                for name in snapshot_ids()
            )
        ),
    )


def _one_figure(lake: Lake, asked: dict[str, str]) -> Iterator[TagChild]:
    """What the feed of an indicator in an area has, newest first."""
    try:
        _, entries = followed(lake, asked)
    except LakeError as error:
        yield tags.p(str(error), role="alert")
        return
    yield tags.h2("One figure through the years")
    if not entries:
        yield tags.p("No year has a figure of it: see that the indicator and the area are right.")
        return
    yield tags.ul(
        *(tags.li(tags.a(entry.title, href=entry.link), f". {entry.summary}") for entry in entries)
    )
    names = ("indicator", "area", "measure")
    query = urlencode({name: asked[name] for name in names if name in asked}, safe=":")
    yield tags.p(tags.a("Follow this figure (Atom)", href=f"changes.atom?{query}"))


def _snapshot(before: Lake | None, lake: Lake) -> Iterator[TagChild]:
    yield tags.h2(f"Snapshot of {spell.day(lake.manifest['sealed_at'])}")
    if before is None:
        yield tags.p("No snapshot before it is kept, so nothing can be held against it. It has:")
    new = snapshot_diff.releases(before, lake)
    if not new:
        yield tags.p("No release is new: the same files, read again.")
    yield tags.ul(*(tags.li(said) for said in _by_source(new, compared=before is not None)))
    for year, (was, now) in snapshot_diff.coverage_lost(before, lake).items():
        yield tags.p(f"{year}: {now:,} practices have a place on the map; before it were {was:,}.")
    if before is None:  # nothing was issued before, so nothing again
        return
    for year in snapshot_diff.rewritten(before, lake, "percent_achieved"):
        yield from _reissued(snapshot_diff.figures(before, lake, year).collect(), year)


def _years(lake: Lake, earlier: str, later: str) -> Iterator[TagChild]:
    yield tags.h2(f"From {earlier} to {later}")
    yield _chooser(qof_years(lake), earlier, later)
    moved = snapshot_diff.practices(lake, earlier, lake, later).collect()
    for what, title in PEOPLE.items():
        yield from _people(moved.filter(pl.col("what") == what), title)
    codes = snapshot_diff.indicators(lake, earlier, lake, later).collect()
    for what, title in (("gone", "Indicators no longer published"), ("new", "New indicators")):
        rows = codes.filter(pl.col("what") == what)
        yield tags.h3(f"{title}: {rows.height}")
        yield tags.ul(
            *(tags.li(f"{code}: {said}") for code, said, _ in rows.head(SHOWN).iter_rows())
        )


def _chooser(years: tuple[str, ...], earlier: str, later: str) -> Tag:
    def choice(name: str, label: str, now: str) -> Tag:
        options = (tags.option(y, value=y, selected="" if y == now else None) for y in years)
        return tags.label(f"{label} ", tags.select(*options, name=name))

    return tags.form(
        choice("from", "From", earlier),
        " ",
        choice("to", "to", later),
        " ",
        tags.button("Show", type="submit"),
        method="get",
        action="changes",
    )


def _people(rows: pl.DataFrame, title: str) -> Iterator[TagChild]:
    yield tags.h3(f"{title}: {rows.height:,}")
    if not rows.height:
        return
    body = (
        (code, name, was or "–", now or "–")
        for code, name, _, was, now in rows.head(SHOWN).iter_rows()
    )
    more = f"The first {SHOWN} are shown." if rows.height > SHOWN else None
    yield tags.details(
        tags.summary("List", tags.span(f" of {title.lower()}", class_="visually-hidden")),
        draw(MOVED, body),
        tags.p(more) if more else None,
    )


def _reissued(rows: pl.DataFrame, year: str) -> Iterator[TagChild]:
    if not rows.height:
        return
    yield tags.h3(f"Figures of {year} issued again: {rows.height} indicators")
    body = (
        [cell if isinstance(cell, str) else spell.count(cell) for cell in row]
        for row in rows.head(SHOWN).iter_rows()
    )
    yield draw(REISSUED, body)


def _by_source(releases: list[snapshot_diff.NewRelease], *, compared: bool) -> list[str]:
    """A line a source and what came of it: its periods, with the day where it is known.

    Takes:  the releases; whether there was anything to compare them with: else none is new.
    """
    lines: dict[str, list[str]] = {}
    for release in releases:
        when = spell.day(release["published_on"])
        again = f"revision {release['revision']}" if release["revision"] > 1 else ""
        beside = ", ".join(filter(None, (when and f"published {when}", again)))
        period = release["period"] + (f" ({beside})" if beside else "")
        what = f", {release['what']}" if compared else ""
        lines.setdefault(release["name"] + what, []).append(period)
    return [f"{source}: {', '.join(periods)}" for source, periods in lines.items()]


def _year_before(years: tuple[str, ...], later: str) -> str:
    return years[years.index(later) - 1] if later in years[1:] else ""
