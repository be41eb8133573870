"""/compare: two organisations, areas or groups against each other, all their indicators at once.

/compare?one=icb:QOP&other=icb:QMJ&year=2025-26, `england`, `group:A81001.A81002`, or words as one
types them; `geography=today`, `snapshot`, and `format=csv` for the same as a file. A plain page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import polars as pl
from htmltools import TagChild, tags
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app import live
from app.atlas.drawing import comparison as draw
from app.atlas.drawing import words
from app.atlas.drawing.comparison import Side, address
from app.atlas.drawing.links import file_name
from app.atlas.pages.organisation_lookup import candidates, side_of, ways, years_of
from app.atlas.plain_page import plain
from app.atlas.row import Row
from app.frame import no_data
from engine import Lake, open_lake
from engine.atlas import compare_pair as engine
from engine.atlas.comparability import NOTES
from engine.atlas.context import context
from engine.atlas.geography import TODAY
from engine.atlas.groups import MOST, area_of
from engine.atlas.years import qof_years
from engine.errors import NoSnapshot

TITLE = "Hold two against each other"
HOW = (
    "A difference is the first less the other, in percentage points, with Newcombe’s 95 % interval"
    " for two groups of patients who are not the same people. Lower and higher: the interval leaves"
    " out 0; similar: it holds it. It says what chance could do, not why they differ; among many"
    " patients a small difference is found, so read its size. Fewer than 10 patients are not"
    " compared. Achievement is of the patients eligible, net of care adjustments. In the small"
    " pictures the upper bar is the first one’s interval, the lower bar the other’s."
)


@dataclass(frozen=True)
class Asked:
    """What the address says, as far as it is needed to say it again."""

    lake: Lake
    one: str
    other: str
    year: str
    geography: str
    snapshot: str

    def link(self, one: str, other: str, **instead: str) -> str:
        said = {"year": self.year, "geography": self.geography, "snapshot": self.snapshot}
        return address(one, other, **(said | instead))


def compare_page(request: Request) -> Response:
    """The page, or its rows as CSV; a sentence and a way on where there is nothing to compare."""
    query = request.query_params
    snapshot = query.get("snapshot", "")
    try:
        lake = live.pinned(snapshot) if snapshot else open_lake()
    except NoSnapshot:
        return no_data()
    if lake is None:
        said = "That snapshot is not kept any more. Leave “snapshot” out for the newest one."
        return plain(TITLE, tags.h1(TITLE), tags.p(said), status=404)
    # Whatever else is asked for is the usual, which an address leaves out.
    geography = TODAY if query.get("geography") == TODAY else ""
    typed = {name: query.get(name, "").strip() for name in ("one", "other", "year")}
    asked = Asked(lake, **typed, geography=geography, snapshot=snapshot)
    one, other = (side_of(lake, text) if text else None for text in (asked.one, asked.other))
    if one is None or other is None:
        return _ask(asked, one, other)
    if (asked.one, asked.other) != (_plainly(one), _plainly(other)):  # one address each
        form = {"format": query["format"]} if query.get("format") == "csv" else {}
        return RedirectResponse(asked.link(one.area, other.area, **form), status_code=302)
    return _compared(asked, one, other, as_csv=query.get("format") == "csv")


def _plainly(side: Side) -> str:
    return "england" if side.level == "england" else side.area


def _ask(asked: Asked, one: Side | None, other: Side | None) -> Response:
    """Which of several is meant, that nobody is, or whom to hold it against."""
    parts: list[TagChild] = []
    is_there = True
    for side, text, name in ((one, asked.one, "one"), (other, asked.other, "other")):
        if text and side is None:
            found = [] if text.lower().startswith("group:") else candidates(asked.lake, text)
            parts += _choices(asked, text, found, name, one=one, other=other)
            is_there &= bool(found)
    if one and not asked.other:
        parts.append(tags.p(f"Against whom shall {one.name} be held?"))
        parts.append(
            draw.ways_to(one, _ways(asked, one), year=asked.year, geography=asked.geography)
        )
    if not parts:
        parts.append(
            tags.p(
                "Name two practices, networks, boards or regions; England; or a group of your own"
                " by its practices’ codes."
            )
        )
    form = _form(asked, one, other, year=asked.year)
    return plain(TITLE, tags.h1(TITLE), *parts, form, status=200 if is_there else 404)


def _choices(
    asked: Asked,
    text: str,
    found: list[Side],
    name: str,
    *,
    one: Side | None,
    other: Side | None,
) -> list[TagChild]:
    if text.lower().startswith("group:"):
        said = f"A group is 1 to {MOST} practices’ codes with a full stop between them."
    elif found:
        said = f"Which one is meant by “{text[:100]}”?"
    else:
        said = f"Nobody is called “{text[:100]}”, nor has that code. Try fewer letters, or a town."

    def link(side: Side) -> str:
        if name == "one":
            return asked.link(side.area, other.area if other else asked.other)
        return asked.link(one.area if one else asked.one, side.area)

    items = (
        tags.li(tags.a(s.name, href=link(s)), f" · {words.LEVEL_WORDS[s.level][0]} · {s.code}")
        for s in found
    )
    return [tags.p(said, role="status"), tags.ul(*items, class_="atlas-found") if found else None]


def _compared(asked: Asked, one: Side, other: Side, *, as_csv: bool) -> Response:
    lake, boundaries = asked.lake, asked.geography or "published"
    years = [years_of(lake, side.area, boundaries) for side in (one, other)]
    both = [year for year in years[0] if year in years[1]]
    year = asked.year or max(both, default="")
    if year not in both:
        return _no_year(asked, (one, other), years, both)
    area = (year, one.area, other.area, boundaries)
    members, how = _members(lake, *area)
    if how["relation"] in (engine.SAME, engine.PARTLY):
        return _not_apart(asked, (one, other), year, members, how)
    rows = _rows(lake, *area)
    if all(row["difference"] is None for row in rows):
        said = f"{one.name} and {other.name} have no figure in common in {year}."
        return _refused(asked, (one, other), [said], years=both)
    if as_csv:
        return _csv(lake, (one, other), area, how["relation"])
    return _page(asked, (one, other), year, both, rows, members, how)


def _page(
    asked: Asked,
    sides: tuple[Side, Side],
    year: str,
    years: list[str],
    rows: list[dict[str, Any]],
    members: pl.DataFrame,
    how: Row,
) -> Response:
    one, other = sides
    names = _names(sides, how["relation"])
    title = _begun(f"{names[0]} against {names[1]}, {year}")
    pinned = {"year": year, "snapshot": asked.lake.id}
    facts = _facts(members.filter("is_one")), _facts(members.filter("is_other"))
    surroundings = partial(_context, asked.lake, year, geography=asked.geography)
    around = surroundings(one), surroundings(other)
    return plain(
        title,
        tags.h1(title),
        *(tags.p(s, class_="atlas-lead") for s in _said(names, how, rows, year)),
        *(tags.p(tags.strong(s), class_="atlas-note") for s in _missing(sides, facts, year)),
        tags.details(tags.summary("How to read this"), tags.p(HOW)),
        tags.p(
            tags.a("As CSV", href=asked.link(one.area, other.area, **pinned, format="csv")),
            " · ",
            tags.a("The other way round", href=asked.link(other.area, one.area, year=year)),
            " · ",
            tags.a("A link to these very figures", href=asked.link(one.area, other.area, **pinned)),
            class_="atlas-ways",
        ),
        _form(asked, one, other, years=years, year=year),
        tags.h2("Side by side", id="beside"),
        draw.beside(sides, names, facts, around),
        tags.h2(f"Indicators, {year}", id="indicators"),
        draw.table(
            rows, sides, names, year=year, geography=asked.geography, snapshot=asked.lake.id
        ),
    )


def _names(sides: tuple[Side, Side], relation: str) -> tuple[str, str]:
    """What each is called; the one that holds the other is its rest."""
    one, other = (side.name for side in sides)
    if relation == engine.ONE_WITHIN:
        return one, f"the rest of {other}"
    return (f"the rest of {one}", other) if relation == engine.OTHER_WITHIN else (one, other)


def _said(names: tuple[str, str], how: Row, rows: list[dict[str, Any]], year: str) -> list[str]:
    """The summary, then what holds for the whole page."""
    said = [draw.in_short(rows, *names)]
    inner = {engine.ONE_WITHIN: 0, engine.OTHER_WITHIN: 1}.get(how["relation"])
    if inner is not None:
        said.append(
            f"{_begun(names[inner])} lies within the other, so it is held against"
            f" {names[1 - inner]}: a part and its whole share patients, and are not independent."
        )
    return [*said, *([f"{year}: {NOTES[year]}"] if year in NOTES else [])]


def _missing(sides: tuple[Side, Side], facts: tuple[Row, Row], year: str) -> list[str]:
    """That some of a group's practices are not in the year's figures."""
    # Only of a group is it known how many were meant; of a board it is what the year has.
    listed = [len(side.area.split(".")) if side.level == "group" else 0 for side in sides]
    return [
        f"Of {side.name} {fact['practices']} are in the figures of {year}."
        for side, fact, number in zip(sides, facts, listed, strict=True)
        if fact["practices"] < number
    ]


def _facts(own: pl.DataFrame) -> dict[str, Any]:
    lists = own["list_size"]
    return {"practices": own.height, "list_size": lists.sum() if lists.count() else None}


def _context(lake: Lake, year: str, side: Side, geography: str) -> dict[str, Any]:
    """What surrounds it; nothing for a group, which is no organisation."""
    if side.level == "group":
        return {}
    rows = _surroundings(lake, year, side.level, geography or "published")
    return next(rows.filter(organisation_code=side.code).iter_rows(named=True), {})


@lru_cache(maxsize=16)
def _surroundings(lake: Lake, year: str, level: str, geography: str) -> pl.DataFrame:
    return context(lake, year, level, measures=draw.KEY, geography=geography).collect()


@lru_cache(maxsize=64)
def _rows(lake: Lake, year: str, one: str, other: str, geography: str) -> list[dict[str, Any]]:
    return engine.differences(lake, year, one, other, geography=geography).collect().to_dicts()


def _members(
    lake: Lake, year: str, one: str, other: str, geography: str
) -> tuple[pl.DataFrame, dict[str, Any]]:
    members = engine.together(lake, year, one, other, geography=geography).collect()
    return members, engine.relation(members.lazy()).collect().row(0, named=True)


def _csv(
    lake: Lake, sides: tuple[Side, Side], area: tuple[str, str, str, str], relation: str
) -> Response:
    """The rows of the page, with what was asked and the snapshot in each."""
    year, one, other, geography = area
    names = _names(sides, relation)
    said = {"year": year, "one": one, "one_name": names[0], "other": other, "other_name": names[1]}
    said |= {"geography": geography, "snapshot": lake.id}
    rows = engine.differences(lake, year, one, other, geography=geography).collect()
    text = rows.with_columns(**{name: pl.lit(value) for name, value in said.items()}).write_csv()
    who = "-against-".join(side.area.split(".")[0] for side in sides)
    file = file_name("care-atlas", who, year)
    headers = {"Content-Disposition": f'attachment; filename="{file}.csv"', "X-Snapshot": lake.id}
    return Response(text, media_type="text/csv", headers=headers)


def _no_year(
    asked: Asked, sides: tuple[Side, Side], years: list[list[str]], both: list[str]
) -> Response:
    """Which of the two the year lacks, and the years that have both."""
    if asked.year and asked.year not in qof_years(asked.lake):
        said = [f"There are no figures of {asked.year[:20]}."]
        return _refused(asked, sides, said, years=both, status=404)
    within = " within today’s boundaries" if asked.geography else ""
    said = [
        f"{_begun(side.name)} has no practice in the figures of {asked.year}{within}."
        if asked.year
        else f"{_begun(side.name)} is in {', '.join(own) or 'no year'}{within}."
        for side, own in zip(sides, years, strict=True)
        if not asked.year or asked.year not in own
    ]
    if not both:
        said.append("No year has figures of both.")
    return _refused(
        asked, sides, said, years=both, beside=_other_boundaries(asked, sides), status=404
    )


def _other_boundaries(asked: Asked, sides: tuple[Side, Side]) -> TagChild:
    """A way to the same with the other boundaries, where both are there within them."""
    turned = ("", "each year’s own") if asked.geography else (TODAY, "today’s")
    one, other = (years_of(asked.lake, side.area, turned[0] or "published") for side in sides)
    both = set(one) & set(other)
    if not (both & {asked.year} if asked.year else both):
        return None
    href = asked.link(sides[0].area, sides[1].area, geography=turned[0])
    return tags.p(tags.a(f"Within {turned[1]} boundaries", href=href))


def _not_apart(
    asked: Asked, sides: tuple[Side, Side], year: str, members: pl.DataFrame, how: Row
) -> Response:
    """That the two are the same, or share some practices; then each without them, as a way out."""
    one, other = sides
    if how["relation"] == engine.SAME:
        said = (
            f"{_begun(one.name)} and {other.name} are the same practices in"
            f" {year}: there is nothing to hold against itself."
            if one != other
            else f"That is {one.name} twice. Choose another one to hold it against."
        )
        return _refused(
            asked, sides, [said], beside=draw.ways_to(one, _ways(asked, one), year=year)
        )
    shared = words.many(how["both"], "practice")
    said = (
        f"{_begun(one.name)} and {other.name} share {shared} in {year}, and each"
        " has others besides. Two groups with the same patients in both cannot be told apart by"
        " chance; take the shared practices out of one of them."
    )
    ways_out = []
    for at, name in enumerate(("is_one", "is_other")):
        rest = members.filter(name, ~(pl.col("is_one") & pl.col("is_other")))["practice_code"]
        if rest.len() <= MOST:
            pair = [side.area for side in sides]
            pair[at] = area_of(rest.to_list())
            text = f"{sides[at].name} without them, against {sides[1 - at].name}"
            href = asked.link(*pair, year=year)
            ways_out.append(tags.li(tags.a(_begun(text), href=href)))
    return _refused(asked, sides, [said], beside=tags.ul(*ways_out) if ways_out else None)


def _refused(
    asked: Asked,
    sides: tuple[Side, Side],
    said: list[str],
    *,
    years: list[str] | None = None,
    beside: TagChild = None,
    status: int = 422,
) -> Response:
    one, other = sides
    links = [tags.a(y, href=asked.link(one.area, other.area, year=y)) for y in years or []]
    return plain(
        TITLE,
        tags.h1(TITLE),
        *(tags.p(sentence, role="status") for sentence in said),
        tags.p("Years that have both: ", *draw.parted(links)) if links else None,
        beside,
        _form(asked, one, other, years=years or [], year=asked.year),
        status=status,
    )


def _begun(text: str) -> str:
    """As a sentence begins."""
    return text[:1].upper() + text[1:]


def _ways(asked: Asked, side: Side) -> list[Side]:
    return ways(asked.lake, side, max(years_of(asked.lake, side.area, "published"), default=""))


def _form(
    asked: Asked, one: Side | None, other: Side | None, *, years: Sequence[str] = (), year: str = ""
) -> TagChild:
    return draw.compare_form(
        one.as_typed if one else asked.one,
        other.as_typed if other else asked.other,
        years=list(years),
        year=year,
        geography=asked.geography,
        snapshot=asked.snapshot,
    )
