"""A page with its own address for each practice, PCN, sub-ICB, ICB and region.

/practice/A81001?year=2023-24, /icb/QOP. Plain pages without a session: they open fast on a phone,
and can be linked, printed and indexed.
"""

from functools import lru_cache
from typing import Any

import polars as pl
from htmltools import Tag, TagChild, TagList, tags
from starlette.requests import Request
from starlette.responses import HTMLResponse

from app.atlas import frames
from app.atlas.areas import UP
from app.atlas.drawing import links, words
from app.atlas.drawing import organisation_profile as draw
from app.atlas.drawing.comparison import hold_form
from app.atlas.follow_link import WORDS, follow_address
from app.atlas.pages.network_practices import HERE, beside
from app.atlas.pages.organisation_lookup import everywhere, side_of, ways
from app.atlas.plain_page import plain
from app.atlas.row import Row
from app.draw.spell import titled
from app.frame import no_data, search_form
from engine import Lake, open_lake
from engine.atlas.compare_years import changes_since
from engine.atlas.parents import ABOVE
from engine.atlas.profile import profile
from engine.atlas.search import find, kilometres, nowhere
from engine.errors import NoSnapshot
from engine.period import Period

LEVEL_OF_PATH = {"practice": "practice", "pcn": "pcn", "sub-icb": "sub_icb", "icb": "icb"} | {
    "region": "region"
}
BELOW = {"pcn": "practice", "sub_icb": "practice", "icb": "sub_icb", "region": "icb"}
NEIGHBOURS = 6


def organisation_page(request: Request, level: str) -> HTMLResponse:
    """The page of an organisation; for a code that no year has, what is like it."""
    code = request.path_params["code"].upper()[:20]
    try:
        lake = open_lake()
    except NoSnapshot:
        return no_data(root="../")
    found = everywhere(lake).filter(level=level, organisation_code=code)
    if not found.height:
        return _unknown(lake, level, code)
    here = found.row(0, named=True)
    past = _past(lake, level, code)
    years = [row["year"] for row in past]
    asked = request.query_params.get("year", "")
    year = asked if asked in years else _newest_with_figures(lake, years)
    name = words.short(here["organisation_name"]) or code
    wanted = request.query_params.get("beside", "")
    return plain(name, *_body(lake, here, past, year, wanted), root="../")


def _unknown(lake: Lake, level: str, code: str) -> HTMLResponse:
    one = words.LEVEL_WORDS[level][0]
    like = find(everywhere(lake).lazy(), code, most=5).collect().to_dicts()
    return plain(
        f"No such {one}",
        tags.h1(f"No {one} has the code {code}"),
        tags.p("None of the loaded years has it. It may have closed before, or be another kind."),
        draw.listed(like, root="../") if like else None,
        search_form(root="../"),
        root="../",
        status=404,
    )


def _body(
    lake: Lake, here: Row, past: list[dict[str, Any]], year: str, wanted: str
) -> list[TagChild]:
    level, code = here["level"], here["organisation_code"]
    above = ABOVE[level]
    missing = _missing_before(lake, year)
    before = "" if missing else _year_before(lake, [row["year"] for row in past], year)
    rows = _profile(lake, year, level, code, before=before)
    if all(row.get("change") is None for row in rows):  # too long ago, or breaks all over
        before = ""
    parent = words.LEVEL_WORDS[above][0] if above != "england" else "England"
    asked = {"year": year, "level": level, "organisation": code}
    kept = {"level": level, "selected": code, "year": year}
    area = {"area": f"{level}:{code}"} if level != "practice" else {}
    network = beside(lake, here, year, wanted, root="../")
    return [
        tags.h1(words.short(here["organisation_name"]) or code),
        tags.p(_what(lake, here)),
        *_ended(lake, here),
        tags.p(
            tags.a("Show it on the map", href=links.on_the_map("../", **(area or kept))),
            " · ",
            tags.a("Its brief", href=links.brief("../", **area, year=year))
            if area
            else tags.a("Practices like it", href=links.on_the_map("../", **kept, tab="peers")),
            " · ",
            *_by_mail(level, code),
            tags.button("Share", type="button", data_share="", class_="btn-link"),
            tags.script(src="../share.js", type="module"),
        ),
        *_hold(lake, level, code, year),
        _on_this_page(level, has_network=bool(network)),
        tags.h2(f"Indicators, {year}", id="indicators"),
        _chooser([row["year"] for row in past], year),
        tags.p(f"{missing}, the year before, is not loaded: no change is shown.")
        if rows and missing
        else None,
        draw.profile(rows, asked=asked, parent=parent, root="../", before=before)
        if rows
        else tags.p(f"The files of {year} that are loaded have no indicator. Choose another year."),
        *network,
        tags.h2("What surrounds it", id="surrounds"),
        draw.context(*_context(lake, year, level, code), level=level),
        *_around(lake, here, year),
        tags.h2("Its names and where it belonged", id="names"),
        draw.history(past),
    ]


def _by_mail(level: str, code: str) -> tuple[TagChild, ...]:
    """The way to follow it by e-mail, where anybody can be written to."""
    address = follow_address(f"{level}:{code}", root="../")
    return (tags.a(WORDS, href=address), " · ") if address else ()


def _hold(lake: Lake, level: str, code: str, year: str) -> list[TagChild]:
    """A way to hold it against another one, with the likeliest as links."""
    one = side_of(lake, f"{level}:{code}")
    return [hold_form(one, ways(lake, one, year), year=year, root="../")] if one else []


def _on_this_page(level: str, *, has_network: bool) -> Tag:
    """The indicators are a long list: what comes after them can be gone to."""
    places = {"indicators": "Indicators"}
    places |= {HERE: "Practices beside each other"} if has_network else {}
    places |= {"surrounds": "What surrounds it"}
    around = "Nearest practices" if level == "practice" else "What is in it"
    places |= {"around": around, "names": "Names and where it belonged"}
    return tags.nav(
        *(tags.a(words_, href=f"#{place}") for place, words_ in places.items()),
        aria_label="On this page",
        class_="atlas-jumps",
    )


def _what(lake: Lake, here: Row) -> TagList:
    one = words.LEVEL_WORDS[here["level"]][0]
    said: list[TagChild] = [one[0].upper() + one[1:], here["organisation_code"]]
    said += [titled(here["address"])] if here["address"] else []
    said += [here["postcode"]] if here["postcode"] else []
    said += [_parent(lake, here)] if here["parent_name"] else []
    said += [f"{here['list_size']:,} patients"] if here["list_size"] else []
    parts = [part for one in said for part in (" · ", one)]
    return TagList(*parts[1:])


def _parent(lake: Lake, here: Row) -> TagList:
    """What it is a part of, with its own page where it has one."""
    name, year = words.short(here["parent_name"]), here["year"]
    kind = frames.organisations(lake, year, here["level"])
    own = kind.filter(pl.col("organisation_code") == here["organisation_code"])["parent_code"]
    code = own[0] if len(own) else None
    for level in UP.get(here["level"], ()):
        there = frames.organisations(lake, year, level)["organisation_code"]
        if code and code in there:
            return TagList("in ", tags.a(name, href=links.organisation(level, code, root="../")))
    return TagList(f"in {name}")


def _ended(lake: Lake, here: Row) -> list[Tag]:
    """That its figures ended, or that the directory has it as closed, in a sentence."""
    said = []
    if not here["is_current"]:
        said.append(
            f"Its last figures are those of {here['year']}: later years do not have it. Closed,"
            " merged or under another code, the publication does not say which."
        )
    if here["status"] in ("closed", "dormant"):
        said.append(f"The directory of practices has it as {here['status']}.")
    return [tags.p(tags.strong(sentence), class_="atlas-note") for sentence in said]


def _chooser(years: list[str], year: str) -> Tag:
    options = (tags.option(y, value=y, selected="" if y == year else None) for y in reversed(years))
    return tags.form(
        tags.label("Year ", tags.select(*options, name="year")),
        " ",
        tags.button("Show", type="submit"),
        method="get",
    )


@lru_cache(maxsize=256)
def _profile(lake: Lake, year: str, level: str, code: str, *, before: str) -> list[dict[str, Any]]:
    """Its profile, with how each figure moved since the other year, where there is one."""
    rows = profile(lake, year, level, code)
    if before:
        past, keys = changes_since(lake, year, before, level, code), ["indicator_code", "measure"]
        rows = rows.join(past, on=keys, how="left", maintain_order="left")
    return rows.collect().to_dicts()


def _year_before(lake: Lake, years: list[str], year: str) -> str:
    """The last year before this one in which it has figures; empty where there is none."""
    earlier = [one for one in years if one < year and _is_loaded(lake, one)]
    return max(earlier, default="")


def _missing_before(lake: Lake, year: str) -> str:
    """The year before, where the lake has no figure of it: nothing is held against an older one."""
    before = str(Period.parse(year, "year").previous)
    return "" if _is_loaded(lake, before) else before


@lru_cache(maxsize=64)
def _is_loaded(lake: Lake, year: str) -> bool:
    """Whether there is any figure of a year: a share, points or a register."""
    some = lake.scan("indicator").filter(pl.col("year") == year, pl.col("practices") > 0)
    return some.head(1).collect().height > 0


@lru_cache(maxsize=64)
def _figures(lake: Lake, year: str) -> bool:
    some = lake.scan("indicator").filter(pl.col("year") == year, pl.col("has_fraction"))
    return some.head(1).collect().height > 0


def _newest_with_figures(lake: Lake, years: list[str]) -> str:
    return next((year for year in reversed(years) if _figures(lake, year)), years[-1])


def _past(lake: Lake, level: str, code: str) -> list[dict[str, Any]]:
    own = (pl.col("level") == level) & (pl.col("organisation_code") == code)
    columns = ("year", "organisation_name", "parent_name")
    return lake.scan("organisation").filter(own).sort("year").select(columns).collect().to_dicts()


def _context(lake: Lake, year: str, level: str, code: str) -> tuple[dict[str, Any], dict[str, Any]]:
    def one(of: str, wanted: str) -> dict[str, Any]:
        rows = frames.context(lake, year, of).filter(pl.col("organisation_code") == wanted)
        return rows.row(0, named=True) if rows.height else {}

    return one(level, code), one("england", "ENG")


def _around(lake: Lake, here: Row, year: str) -> list[TagChild]:
    """Its neighbours, for a practice; what lies in it, for an area."""
    level = here["level"]
    if level == "practice":
        near = _neighbours(lake, here)
        said = draw.listed(near, root="../") if near else tags.p("Its place is not known.")
        return [tags.h2("Nearest practices", id="around"), said]
    of_year = lake.scan("organisation", year).filter(
        pl.col("level") == BELOW[level], pl.col("parent_code") == here["organisation_code"]
    )
    codes = of_year.select("organisation_code").collect()["organisation_code"]
    inside = everywhere(lake).filter(
        pl.col("level") == BELOW[level], pl.col("organisation_code").is_in(codes.implode())
    )
    title = f"Its {words.many(inside.height, BELOW[level])}"
    rows = nowhere(inside.sort("organisation_name").lazy()).collect()
    return [
        tags.h2(title, id="around"),
        tags.details(tags.summary("List"), draw.listed(rows.to_dicts(), root="../")),
    ]


def _neighbours(lake: Lake, here: Row) -> list[dict[str, Any]]:
    if here["latitude"] is None:
        return []
    place = pl.lit(here["latitude"]), pl.lit(here["longitude"])
    others = everywhere(lake).filter(
        pl.col("level") == "practice",
        "is_current",
        pl.col("organisation_code") != here["organisation_code"],
    )
    near = others.with_columns(kilometres=kilometres(*place)).drop_nulls("kilometres")
    return near.sort("kilometres", "organisation_code").head(NEIGHBOURS).to_dicts()
