"""Find the place of each postcode: the directory first, what is known, then who may be asked.

Part of the walk: it takes postcodes through the geocoder in the order that costs least, and keeps
what was found for ever. Places outside England are turned away with a finding.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Literal

import httpx
import polars as pl

from engine.errors import PublisherUnreachable
from refresh.extract import geocode
from refresh.extract.geocode import LOCATION
from refresh.extract.patience import PATIENT, Patience, user_agent
from refresh.finding import Finding
from refresh.recipe import Answers, World
from refresh.store.fold import Edition
from refresh.store.ledger import Ledger

MISPLACED_SHARE = 0.05
UNASKED = "places asked for"


@dataclass(frozen=True)
class Places:
    """located: one row a postcode. ready: one row a practice. Both inside England only."""

    located: pl.DataFrame
    ready: pl.DataFrame
    findings: tuple[Finding, ...]


def places_of_practices(
    world: World,
    *,
    years: Mapping[str, pl.LazyFrame],
    practice: pl.LazyFrame,
    directories: Sequence[Edition],
    ready: Sequence[Edition],
) -> Answers:
    """The places of all practices that any year has: what may be asked for is.

    Takes:  `practice_geography` by year; the `practice` table, of which a practice's last postcode
            counts; the postcode directories and the ready points as staged, oldest first.
    Gives:  frames `practices` (practice_code, postcode), `located` and `ready` (see Places).
    """
    now = practice.group_by("practice_code").agg(pl.col("postcode").sort_by("valid_from").last())
    wanted = (
        pl.concat([lf.select("practice_code") for lf in years.values()])
        .unique()
        .join(now, on="practice_code", how="left")
        .with_columns(geocode.tidy_postcode(pl.col("postcode")))
        .sort("practice_code")
        .collect()
    )
    patience = world.patience
    found = locate(
        wanted["postcode"],
        directories=directories[::-1],
        ready=ready[::-1],
        ledger=world.ledger,
        ask=None if patience is None else partial(ask_the_network, patience=patience),
    )
    frames = {"practices": wanted, "located": found.located, "ready": found.ready}
    return Answers(frames, found.findings)


def locate(
    postcodes: pl.Series,
    *,
    directories: Sequence[Edition],
    ready: Sequence[Edition],
    ledger: Ledger,
    ask: Callable[[pl.Series], pl.DataFrame] | None,
) -> Places:
    """Every postcode that can be placed.

    Takes:  postcodes, tidy (nulls allowed); the postcode directories and the ready points as
            staged, newest first; `ask` goes to the network for the rest (None: nobody may be
            asked).
    Gives:  places inside England, a directory's before those asked for before those ready. What
            the newest edition does not place there, an older one may.
    """
    wanted = postcodes.drop_nulls().unique().sort()
    found, findings = _from_directories(directories, wanted)
    asked, told = _asked_for(_missing(wanted, found), ledger, ask)
    found, findings = pl.concat([found, asked]), findings + told
    points, told = _ready_points(ready, wanted)
    rest = _missing(wanted, found).implode()
    by_postcode = _middle_of_postcodes(points).filter(pl.col("postcode").is_in(rest))
    return Places(pl.concat([found, by_postcode]), points, (*findings, *told))


def ask_the_network(postcodes: pl.Series, *, patience: Patience = PATIENT) -> pl.DataFrame:
    """postcodes.io in bulk, then OpenStreetMap's geocoder, slowly, for the few that are left.

    Raises: PublisherUnreachable where postcodes.io does not answer.
    """

    async def bulk() -> pl.DataFrame:
        headers = {"User-Agent": user_agent()}
        async with httpx.AsyncClient(headers=headers, timeout=30) as client:
            return await geocode.from_postcodes_io(postcodes, client=client, patience=patience)

    from geopy.geocoders import Nominatim  # takes a while to import, and hardly a run asks

    found = asyncio.run(bulk())
    rest = _missing(postcodes, found.filter(pl.col("longitude").is_not_null()))
    left = geocode.from_nominatim(rest, geocoder=Nominatim(user_agent=user_agent()))
    return pl.concat([found.filter(pl.col("longitude").is_not_null()), left]).select(*LOCATION)


def _from_directories(
    directories: Sequence[Edition], wanted: pl.Series
) -> tuple[pl.DataFrame, list[Finding]]:
    """Places inside England, each from the newest directory that has one; what lies outside."""
    found, findings = pl.DataFrame(schema=LOCATION), []
    for directory in directories:
        rest = _missing(wanted, found)
        # A directory has 2.7 million rows: older ones are not read where the newest was enough.
        if not len(rest):
            break
        rows = directory.rows.rename(str.upper).collect()
        placed = geocode.from_directory(rows, rest, directory.period).select(*LOCATION)
        inside, outside = _split(placed)
        found = pl.concat([found, inside])
        findings.append(_outside(outside, directory.where, of=placed.height))
    return found, findings


def _asked_for(
    postcodes: pl.Series, ledger: Ledger, ask: Callable[[pl.Series], pl.DataFrame] | None
) -> tuple[pl.DataFrame, list[Finding]]:
    """Places inside England that somebody told before, or tells now."""
    found, findings = ledger.known_postcodes(postcodes), []
    rest = _missing(postcodes, found.filter(pl.col("longitude").is_not_null()))
    if ask and len(rest):
        try:
            told = ask(rest)
            ledger.remember_postcodes(told)
            found = pl.concat([found, told])
        except PublisherUnreachable as error:
            findings.append(_nobody_answered(error, len(rest)))
    placed = found.filter(pl.col("longitude").is_not_null())
    inside, outside = _split(placed)
    return inside, [*findings, _outside(outside, "postcodes.io", of=placed.height, worst="warn")]


def _ready_points(
    editions: Sequence[Edition], wanted: pl.Series
) -> tuple[pl.DataFrame, list[Finding]]:
    """Points of practices inside England, each from the newest edition that has one."""
    found = pl.DataFrame(schema={"practice_code": pl.String(), **LOCATION})
    findings = []
    for edition in editions:
        points = edition.rows.select(
            "practice_code",
            "longitude",
            "latitude",
            postcode=geocode.tidy_postcode(pl.col("postcode")),
            method=pl.lit("ready"),
            vintage=pl.lit(f"ready file, {edition.period}"),
        )
        new = points.select(found.columns).collect().join(found, on="practice_code", how="anti")
        inside, outside = _split(new)
        found = pl.concat([found, inside])
        # A file may hold closed practices and other countries' too: nobody asked for those.
        asked = pl.col("postcode").is_null() | pl.col("postcode").is_in(wanted.implode())
        findings.append(_outside(outside.filter(asked), edition.where, of=new.filter(asked).height))
    return found, findings


def _middle_of_postcodes(points: pl.DataFrame) -> pl.DataFrame:
    """One place a postcode: the median, so that one misplaced practice does not move the others."""
    return (
        points.filter(pl.col("postcode").is_not_null())
        .group_by("postcode", maintain_order=True)
        .agg(pl.col("longitude", "latitude").median(), pl.col("method", "vintage").first())
        .select(*LOCATION)
        .cast(LOCATION)
    )


@cache
def _inside() -> pl.Expr:
    # Some hundred expressions: to write them takes longer than to ask them of all practices.
    return geocode.inside_england("longitude", "latitude")


def _split(places: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Those inside England, and those outside."""
    if places.is_empty():
        return places, places
    marked = places.with_columns(_inside=_inside())
    return (
        marked.filter(pl.col("_inside")).drop("_inside"),
        marked.filter(~pl.col("_inside")).drop("_inside"),
    )


def _missing(wanted: pl.Series, found: pl.DataFrame) -> pl.Series:
    # As one list: Polars would compare a column with a column row by row.
    return wanted.filter(~wanted.is_in(found["postcode"].implode()))


def _nobody_answered(error: PublisherUnreachable, postcodes: int) -> Finding:
    return Finding(
        "warn",
        "quality",
        UNASKED,
        "postcodes.io",
        f"{postcodes:,} postcodes could not be asked for: {error.what}",
        column="postcode",
        next_step="put a postcode directory (ONSPD_..._UK.csv) in the mirror, or run again later",
    )


def _outside(
    points: pl.DataFrame, where: str, *, of: int, worst: Literal["warn", "fail"] = "fail"
) -> Finding:
    """Points that are not in England; `worst` is the verdict where they are more than a few."""
    is_many = points.height > MISPLACED_SHARE * of
    names = points["practice_code" if "practice_code" in points.columns else "postcode"]
    return Finding(
        worst if is_many else "warn" if points.height else "pass",
        "quality",
        "places inside England",
        f"practice_coordinates (of {where})",
        f"{points.height:,} of {of:,} points lie outside England and are not used",
        column="longitude, latitude",
        expected="a point in England",
        observed=", ".join(names.head(6)),
        rows_failed=points.height,
        rows_total=of,
        next_step="look at these rows: longitude and latitude may be swapped, or be no WGS84"
        " degrees; who is left without a place is on no map, but in every table"
        if points.height
        else "",
    )
