"""What is said of a code that a snapshot does not have: the nearest ones, and where it is known."""

from operator import eq

import polars as pl

from app.api.parameters import Refused
from app.atlas import frames
from app.atlas.catalogue import Catalogue
from engine import Lake
from engine.atlas.area import Area
from engine.atlas.comparability import linked
from engine.atlas.geography import TODAY

MOST_NAMED = 5
WHERE = "/api/v1/organisations"


def has_organisation(lake: Lake, year: str, level: str, code: str, *, boundaries: str) -> None:
    """Nothing, where a year has an organisation at a level; an empty code is none to look for.

    Raises: Refused (404) with the nearest, and where the code is known instead.
    """
    if code:
        _has(lake, year, level, code, boundaries, found=code, instead="level={}")


def has_area(lake: Lake, year: str, area: str, *, boundaries: str) -> None:
    """Nothing, where a year has an area: `icb:QOP`, or a group with at least one practice.

    Raises: as `has_organisation`.
    """
    named = Area.parse(area)
    if named.is_group:
        practices = frames.organisations(lake, year, "practice", boundaries)["organisation_code"]
        if practices.is_in(named.codes).any():
            return
        raise Refused(
            404,
            f"no practice of that group is there in {year}",
            # Cut: a group in a link can be thousands of characters long.
            found=area[:80],
            next=f"see {WHERE}",
        )
    if area:
        instead = f"area={{}}:{named.code}"
        _has(lake, year, named.level, named.code, boundaries, found=area, instead=instead)


def nearest_indicators(code: str, catalogue: Catalogue) -> str:
    """The codes of the same letters, those of the nearest number first, and where all are."""
    letters, number = _parts(code)
    near = [
        known for known in catalogue.by_code if known != letters and _parts(known)[0] == letters
    ]
    near.sort(key=lambda known: (abs(_parts(known)[1] - number), known))
    return ", ".join((*near[:MOST_NAMED], "see /api/v1/indicators"))


def linked_to(code: str) -> str:
    """The indicators that a code's series is linked to, in words; nothing where there is none."""
    others = [other for other in linked(code) if other != code]
    return f"; linked to it, with a break: {', '.join(others)}" if others else ""


def _has(
    lake: Lake, year: str, level: str, code: str, boundaries: str, *, found: str, instead: str
) -> None:
    known = _known(lake, year, level, boundaries)
    if code not in known["organisation_code"]:
        near = _nearest(known, code)
        raise Refused(
            404,
            f"no {level} of {year} is `{code}`",
            found=found,
            expected=f"an ODS code of that level and year{near and ', such as '}{near}",
            next=_elsewhere(lake, year, level, code, boundaries, instead),
        )


def _elsewhere(lake: Lake, year: str, level: str, code: str, boundaries: str, instead: str) -> str:
    """What to ask for instead: the level, the boundaries, or the years, at which a code is known.

    Takes: how another level is asked for, {} in its place.
    """
    named = lake.scan("organisation").filter(pl.col("organisation_code") == code)
    rows = named.select("level", "year").unique().sort("year", "level").collect()
    levels = rows.filter(pl.col("year") == year)["level"]
    # Known, but not within the boundaries asked for: a mapping of another day.
    if level in levels:
        return "it is there with geography=published"
    if levels.len():
        return f"try {instead.format(levels[0])}"
    said = [
        f"it is known as {of[0]} in {', '.join(its['year'])}"
        for of, its in rows.group_by("level", maintain_order=True)
    ]
    if boundaries != TODAY and code in _known(lake, year, level, TODAY)["organisation_code"]:
        said.append("it is there with geography=today")
    return "; ".join(said) or f"see {WHERE}?level={level}&year={year}"


def _known(lake: Lake, year: str, level: str, boundaries: str) -> pl.DataFrame:
    return frames.organisations(lake, year, level, boundaries)


def _nearest(known: pl.DataFrame, said: str) -> str:
    """Those with what was said in their name, then those of a like code: codes with names."""
    names = dict(known.select("organisation_code", "organisation_name").iter_rows())
    by_name = [code for code, name in names.items() if said in (name or "").upper()]
    alike = {code: sum(map(eq, code, said)) for code in names}
    # A third alike is a mistyped code; less is another one altogether.
    by_code = [code for code in names if alike[code] * 3 >= len(said)]
    near = [*by_name, *sorted(by_code, key=lambda code: (-alike[code], code))]
    return ", ".join(f"{code} ({names[code]})" for code in dict.fromkeys(near[:MOST_NAMED]))


def _parts(code: str) -> tuple[str, int]:
    letters = code.rstrip("0123456789")
    return letters, int(code[len(letters) :] or 0)
