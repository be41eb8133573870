"""Find the place of each postcode: the directory first, what is known, then who may be asked.

Part of the walk: it takes postcodes through the geocoder in the order that costs least, and keeps
what was found for ever. Places outside England are turned away with a finding.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

import httpx
import polars as pl
from geopy.geocoders import Nominatim

from engine.errors import PublisherUnreachable
from refresh.extract import geocode
from refresh.extract.ask import user_agent
from refresh.finding import Finding
from refresh.store.fold import Edition
from refresh.store.ledger import Ledger

log = logging.getLogger(__name__)
LOCATION = {
    "postcode": pl.String,
    "longitude": pl.Float64,
    "latitude": pl.Float64,
    "method": pl.String,
    "vintage": pl.String,
}


@dataclass(frozen=True)
class Places:
    """located: one row a postcode. ready: one row a practice. Both inside England only."""

    located: pl.DataFrame
    ready: pl.DataFrame
    findings: tuple[Finding, ...]


def locate(
    postcodes: pl.Series,
    *,
    directory: Edition | None,
    ready: Edition | None,
    ledger: Ledger,
    ask: Callable[[pl.Series], pl.DataFrame] | None,
) -> Places:
    """Every postcode that can be placed.

    Takes:  postcodes, tidy (nulls allowed); the newest postcode directory and ready points, as
            staged; `ask` goes to the network for the rest (None: nobody may be asked).
    Gives:  places inside England, the directory's before those asked for before those ready.
    """
    wanted = postcodes.drop_nulls().unique().sort()
    found = _from_directory(directory, wanted)
    known = ledger.known_postcodes(_missing(wanted, found))
    found = pl.concat([found, known.filter(pl.col("longitude").is_not_null())])
    points = _ready_points(ready).filter(
        pl.col("postcode").is_null() | pl.col("postcode").is_in(wanted.implode())
    )
    findings = []
    if ask and len(rest := _missing(wanted, found)):
        try:
            asked = ask(rest)
            ledger.remember_postcodes(asked)
            found = pl.concat([found, asked.filter(pl.col("longitude").is_not_null())])
        except PublisherUnreachable as error:
            findings.append(_nobody_answered(error, len(rest)))
    by_postcode = _middle_of_postcodes(points)
    rest = _missing(wanted, found)
    found = pl.concat([found, by_postcode.filter(pl.col("postcode").is_in(rest.implode()))])
    inside, outside = _split(found)
    ready_inside, ready_outside = _split(points)
    findings.append(_outside(outside, ready_outside))
    return Places(inside, ready_inside, tuple(findings))


def ask_the_network(postcodes: pl.Series) -> pl.DataFrame:
    """postcodes.io in bulk, then OpenStreetMap's geocoder, slowly, for the few that are left.

    Raises: PublisherUnreachable where postcodes.io does not answer.
    """

    async def bulk() -> pl.DataFrame:
        headers = {"User-Agent": user_agent()}
        async with httpx.AsyncClient(headers=headers, timeout=30) as client:
            return await geocode.from_postcodes_io(postcodes, client=client)

    found = asyncio.run(bulk())
    rest = _missing(postcodes, found.filter(pl.col("longitude").is_not_null()))
    left = geocode.from_nominatim(rest, geocoder=Nominatim(user_agent=user_agent()))
    return pl.concat([found.filter(pl.col("longitude").is_not_null()), left]).select(*LOCATION)


def _from_directory(directory: Edition | None, wanted: pl.Series) -> pl.DataFrame:
    if directory is None:
        return pl.DataFrame(schema=LOCATION)
    rows = directory.rows.rename(str.upper).collect()
    return geocode.from_directory(rows, wanted, directory.period).select(*LOCATION)


def _ready_points(ready: Edition | None) -> pl.DataFrame:
    if ready is None:
        return pl.DataFrame(schema={"practice_code": pl.String} | LOCATION)
    return ready.rows.with_columns(
        postcode=geocode.tidy_postcode(pl.col("postcode")),
        method=pl.lit("ready"), vintage=pl.lit(f"ready file, {ready.period}")
    ).collect()


def _middle_of_postcodes(points: pl.DataFrame) -> pl.DataFrame:
    """One place a postcode: the median, so that one misplaced practice does not move the others."""
    inside, _ = _split(points)
    return (
        inside.filter(pl.col("postcode").is_not_null())
        .group_by("postcode", maintain_order=True)
        .agg(pl.col("longitude", "latitude").median(), pl.col("method", "vintage").first())
        .select(*LOCATION)
        .cast(LOCATION)
    )


def _split(places: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    inside = geocode.inside_england("longitude", "latitude")
    marked = places.with_columns(_inside=inside)
    return (
        marked.filter(pl.col("_inside")).drop("_inside"),
        marked.filter(~pl.col("_inside")).drop("_inside"),
    )


def _missing(wanted: pl.Series, found: pl.DataFrame) -> pl.Series:
    return wanted.filter(~wanted.is_in(found["postcode"].implode()))


def _nobody_answered(error: PublisherUnreachable, postcodes: int) -> Finding:
    return Finding(
        "warn",
        "quality",
        "places",
        "postcodes.io",
        f"{postcodes:,} postcodes could not be asked for: {error.what}",
        column="postcode",
        next_step="put a postcode directory (ONSPD_..._UK.csv) in the mirror, or run again later",
    )


def _outside(by_postcode: pl.DataFrame, by_practice: pl.DataFrame) -> Finding:
    names = by_practice["practice_code"].head(6).to_list() or by_postcode["postcode"].head(6)
    count = by_postcode.height + by_practice.height
    return Finding(
        "warn" if count else "pass",
        "quality",
        "places inside England",
        "practice_coordinates",
        f"{count:,} points lie outside England and are not used",
        column="longitude, latitude",
        expected="a point in England",
        observed=", ".join(names),
        rows_failed=count,
        rows_total=count,
        next_step="none; a postcode directory would place them" if count else "",
    )
