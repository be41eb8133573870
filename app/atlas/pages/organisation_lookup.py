"""Who is meant by `icb:QOP`, `england`, `group:A81001.A81002`, or by words that somebody typed.

Collects, for /compare and the pages of organisations; what words mean is the search's to say.
"""

import re
from functools import lru_cache

import polars as pl

from app.atlas.drawing import words
from app.atlas.drawing.comparison import Side
from app.atlas.row import Row
from app.frame import LONGEST_QUERY
from engine import Lake
from engine.atlas.area import GROUP, Area
from engine.atlas.geography import TODAY, organisations, practices
from engine.atlas.groups import MOST, area_of, codes_of, parse_codes
from engine.atlas.parents import ABOVE
from engine.atlas.rollup import ENGLAND, LEVELS
from engine.atlas.search import find, kilometres, near, places
from engine.atlas.years import qof_years

ALL = Side(f"england:{ENGLAND}", "england", ENGLAND, "England")
# A name as a box holds it once it was chosen, with its code: Kent and Medway ICB (QKS).
_CHOSEN = re.compile(r".*\(([0-9A-Za-z]+)\)\s*", re.DOTALL)
OFFERED = 8


@lru_cache(maxsize=2)
def everywhere(lake: Lake) -> pl.DataFrame:
    """Everything that can be found, once a snapshot, for all requests."""
    return places(lake).collect()


def side_of(lake: Lake, text: str) -> Side | None:
    """What a text names for certain: an address's own form, a code, several codes, a name.

    None where it may mean several organisations, or nobody.
    """
    said = text.strip()
    named = Area.parse(said)
    level = named.level.strip().lower().replace("-", "_")
    if level == "england":
        return ALL
    if level == GROUP and ":" in said:
        return _group(tuple(named.code.upper().split(".")))
    if level in LEVELS and ":" in said:
        return _called(lake, named.code.strip().upper(), level)
    if chosen := _CHOSEN.fullmatch(said):
        said = chosen[1]
    codes = set(parse_codes(said))
    return _group(tuple(codes)) if len(codes) > 1 else _called(lake, said.upper())


def candidates(lake: Lake, text: str) -> list[Side]:
    """What a text may mean, as the search finds it; what is spelt alike where it finds none."""
    everything, said = known(lake).lazy(), text.rpartition(":")[2][:LONGEST_QUERY]
    found = find(everything, said, most=OFFERED).collect()
    found = found if found.height else near(everything, said, most=OFFERED).collect()
    return [_side(row) for row in found.to_dicts()]


@lru_cache(maxsize=2)
def known(lake: Lake) -> pl.DataFrame:
    """Every organisation that any year had, or that there is today, once a snapshot."""
    ever = everywhere(lake)
    now = (
        organisations(lake, TODAY, qof_years(lake)[-1]).collect()
        if qof_years(lake)
        else ever.head(0)
    )
    new = now.join(ever, on=["level", "organisation_code"], how="anti")
    return pl.concat(
        [ever, new.select(c for c in ever.columns if c in new.columns)], how="diagonal"
    )


@lru_cache(maxsize=256)
def years_of(lake: Lake, area: str, geography: str) -> list[str]:
    """The years that have a figure and in which an area has a practice, oldest first."""
    there = practices(lake, geography).filter(Area.parse(area).holds)
    figures = lake.scan("indicator").filter("has_fraction")
    some = there.select("year").unique().join(figures, on="year", how="semi")
    return some.sort("year").collect()["year"].to_list()


def ways(lake: Lake, side: Side, year: str) -> list[Side]:
    """Whom an organisation is likely to be held against: England, its parent, its neighbour."""
    if side.level not in words.LEVEL_WORDS:
        return [] if side == ALL else [ALL]
    rows = known(lake)
    # By the year on show: a practice may belong elsewhere by now.
    belongs = _parent(lake, side, year)
    above = rows.filter(level=ABOVE[side.level], organisation_code=belongs) if belongs else None
    parent = [_side(row) for row in above.to_dicts()] if above is not None else []
    return [ALL, *(p for p in parent if p != ALL), *_nearest(rows, side)]


def _parent(lake: Lake, side: Side, year: str) -> str | None:
    own = pl.col(f"{ABOVE[side.level]}_code") if ABOVE[side.level] != "england" else pl.lit(None)
    of_it = practices(lake, "published", year).filter(Area.parse(side.area).holds)
    code: str | None = (
        of_it.select(own.cast(pl.String).drop_nulls().mode().sort().first()).collect().item()
    )
    return code


def _nearest(rows: pl.DataFrame, side: Side) -> list[Side]:
    """The current one of its own kind whose middle is nearest; none where no place is known."""
    here = rows.filter(level=side.level, organisation_code=side.code).row(0, named=True)
    if here["latitude"] is None:
        return []
    place = pl.lit(here["latitude"]), pl.lit(here["longitude"])
    others = rows.filter(
        pl.col("level") == side.level, "is_current", pl.col("organisation_code") != side.code
    )
    far = others.with_columns(kilometres=kilometres(*place)).drop_nulls("kilometres")
    return [_side(row) for row in far.sort("kilometres", "organisation_code").head(1).to_dicts()]


def _called(lake: Lake, code: str, level: str = "") -> Side | None:
    if level == "england":
        return ALL
    same = pl.col("organisation_code") == code
    if not level:
        same |= pl.col("organisation_name").str.to_uppercase() == code
    found = known(lake).filter(same & (pl.col("level") == level if level else pl.lit(True)))
    return _side(found.row(0, named=True)) if found.height == 1 else None


def _side(row: Row) -> Side:
    level, code = row["level"], row["organisation_code"]
    if level == "england":
        return ALL
    return Side(
        str(Area(level, (code,))), level, code, words.short(row["organisation_name"]) or code
    )


def _group(codes: tuple[str, ...]) -> Side | None:
    """Practices as one; None where none is listed, or more than a link keeps."""
    plain = [code.strip() for code in codes if code.strip().isalnum()]
    area = area_of(plain)
    listed = codes_of(area)
    if not 0 < len(listed) <= MOST:
        return None
    more = f" and {len(listed) - 1} more" if len(listed) > 1 else ""
    return Side(area, GROUP, "", f"the group of {listed[0]}{more}")
