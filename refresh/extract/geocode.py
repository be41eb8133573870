"""From postcodes to places: a directory in hand, postcodes.io in bulk, Nominatim for the last few.

Called between stage and fold, in the order that costs least. With fetch, one of the two files that
open connections. What is known already is the caller's to keep: nothing is remembered here.
"""

import asyncio
from collections.abc import Iterable
from email.utils import parsedate_to_datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import httpx
import polars as pl
import tenacity

from engine.errors import ContractBroken
from refresh.extract.patience import (
    PATIENT,
    TRY_LATER,
    Again,
    Patience,
    check,
    gave_up,
    manners,
    trouble_named,
    unreachable,
)

if TYPE_CHECKING:
    from geopy.geocoders import Nominatim

LOCATION = pl.Schema(
    {
        "postcode": pl.String(),
        "longitude": pl.Float64(),
        "latitude": pl.Float64(),
        "method": pl.String(),
        "vintage": pl.String(),
    }
)
"""One row a postcode, `AB1 2CD`; WGS84 degrees, both null where nobody knows; who said so, when."""

POSTCODES_IO = "https://api.postcodes.io"
AT_A_TIME = 100
PLACE = {
    "postcode": ("PCDS", "PCD2", "PCD", "PCD7", "PCD8", "POSTCODE"),
    "longitude": ("LONG", "LON", "LONGITUDE"),
    "latitude": ("LAT", "LATITUDE"),
}

# England, drawn by hand and coarsely: some 5 km out to sea, a kilometre or two over its borders
# with Wales and Scotland, so that nothing English is lost. (longitude, latitude), clockwise.
ENGLAND = (
    # from the mouth of the Tweed along the border with Scotland to the Solway
    *((-1.86, 55.84), (-2.08, 55.84), (-2.22, 55.73), (-2.38, 55.66), (-2.27, 55.46)),
    *((-2.50, 55.38), (-2.66, 55.29), (-3.00, 55.07), (-3.09, 55.03), (-3.12, 54.97)),
    # down the Irish Sea to the Dee
    *((-3.30, 54.96), (-3.50, 54.91), (-3.68, 54.68), (-3.72, 54.48), (-3.40, 54.05)),
    *((-3.15, 53.95), (-3.17, 53.60), (-3.28, 53.40)),
    # along the border with Wales to the Severn
    *((-3.11, 53.28), (-2.98, 53.20), (-2.95, 53.10), (-2.83, 52.97), (-2.96, 52.94)),
    *((-3.04, 52.95), (-3.18, 52.89), (-3.17, 52.78), (-3.03, 52.74), (-3.02, 52.66)),
    *((-3.15, 52.58), (-3.07, 52.53), (-3.26, 52.45), (-3.02, 52.36), (-3.03, 52.27)),
    *((-3.14, 52.22), (-3.14, 52.09), (-3.10, 51.99), (-2.90, 51.90), (-2.70, 51.85)),
    *((-2.70, 51.72), (-2.68, 51.60), (-2.74, 51.54), (-2.95, 51.46), (-3.09, 51.36)),
    # round Cornwall and Scilly
    *((-3.60, 51.28), (-4.25, 51.26), (-4.75, 51.23), (-4.65, 50.85), (-5.13, 50.60)),
    *((-5.52, 50.27), (-6.30, 50.03), (-6.52, 49.95), (-6.45, 49.81), (-6.20, 49.82)),
    *((-5.20, 49.90), (-4.75, 50.15), (-3.70, 50.14), (-3.38, 50.35), (-3.20, 50.60)),
    # along the Channel, the Isle of Wight within
    *((-2.90, 50.65), (-2.48, 50.45), (-1.92, 50.53), (-1.28, 50.51), (-0.78, 50.66)),
    *((0.24, 50.67), (1.00, 50.85), (1.46, 51.12), (1.53, 51.40)),
    # up the North Sea
    *((1.38, 51.83), (1.68, 52.05), (1.85, 52.48), (1.75, 52.78), (1.35, 53.00)),
    *((0.60, 53.03), (0.40, 53.30), (0.15, 53.65), (0.02, 54.12), (-0.50, 54.55)),
    *((-1.10, 54.75), (-1.40, 55.20), (-1.50, 55.60)),
)


def from_directory(
    frame: pl.DataFrame, wanted: pl.Series, vintage: str, *, method: str = "postcode_directory"
) -> pl.DataFrame:
    """Places from a postcode directory (ONSPD, NSPL), or any file of postcodes and coordinates.

    Takes:  its rows, columns by name in any case; postcodes, written anyhow, nulls allowed; which
            issue of the directory it is.
    Gives:  LOCATION, one row for each wanted postcode that the directory places, sorted; the
            median where it places one more than once. Latitude 99.999 means it has no place.
    Raises: ContractBroken if postcode, longitude or latitude is not among its columns.

    >>> rows = pl.DataFrame({"pcds": ["TS18 1HU"], "lat": ["54.56"], "long": ["-1.31"]})
    >>> from_directory(rows, pl.Series(["ts181hu"]), "2026-02").row(0)
    ('TS18 1HU', -1.31, 54.56, 'postcode_directory', '2026-02')
    """
    columns = {name: _column(frame, names) for name, names in PLACE.items()}
    asked = wanted.to_frame("postcode").select(tidy_postcode(pl.col("postcode"))).drop_nulls()
    return (
        frame.lazy()
        .select(
            postcode=tidy_postcode(pl.col(columns["postcode"])),
            longitude=pl.col(columns["longitude"]).cast(pl.Float64, strict=False),
            latitude=pl.col(columns["latitude"]).cast(pl.Float64, strict=False),
        )
        .filter(pl.col("latitude").abs() < 90, pl.col("longitude").is_not_null())
        .join(asked.lazy().unique(), on="postcode", how="semi")
        .group_by("postcode")
        .agg(pl.col("longitude", "latitude").median())
        .with_columns(method=pl.lit(method), vintage=pl.lit(vintage))
        .sort("postcode")
        .collect()
    )


async def from_postcodes_io(
    postcodes: Iterable[str],
    *,
    client: httpx.AsyncClient,
    base: str = POSTCODES_IO,
    at_once: int = 4,
    patience: Patience = PATIENT,
) -> pl.DataFrame:
    """Places from postcodes.io, a hundred a call; then one by one those it no longer lists.

    Takes:  postcodes, tidy; a client; how many calls may be under way together.
    Gives:  LOCATION, one row a postcode asked for, in that order, without place where it has
            none; the vintage is the day it was asked, by its own clock.
    Raises: PublisherUnreachable when it does not answer as it should.
    """
    # Each once, in the order given: the answer's rows are those that were asked for.
    asked = list(dict.fromkeys(postcodes))
    gate = asyncio.Semaphore(at_once)

    async def call(method: str, path: str, **options: Any) -> tuple[Any, str]:
        async with gate:
            return await _call(client, method, base + path, patience=patience, **options)

    batches = [asked[start : start + AT_A_TIME] for start in range(0, len(asked), AT_A_TIME)]
    answers = await asyncio.gather(
        *(call("POST", "/postcodes", json={"postcodes": batch}) for batch in batches)
    )
    found = _read(answers, base)
    # Postcodes end when a building does; the practice that stood there has a place all the same.
    gone = [postcode for postcode in asked if found.get(postcode, (None, None))[1] is None]
    ended = await asyncio.gather(*(call("GET", f"/terminated_postcodes/{p}") for p in gone))
    found |= {p: _place(p, place, day) for p, (place, day) in zip(gone, ended, strict=True)}
    return pl.DataFrame([found[p] for p in asked], schema=LOCATION, orient="row")


def from_nominatim(
    postcodes: Iterable[str],
    *,
    geocoder: "Nominatim",
    at_most: int = 60,
    pause: float = 1.0,
) -> pl.DataFrame:
    """Places from OpenStreetMap's geocoder, one a second, for the few that nobody else knows.

    Takes:  postcodes, tidy; a geocoder with a user agent of ours. Its operators ask for no more
            than one call a second and no bulk use: hence `pause` and `at_most`.
    Gives:  LOCATION, one row a postcode asked for, in that order, without place where it has none.
    Raises: PublisherUnreachable when it does not answer.
    """
    # Takes a while to import, and hardly a run asks.
    from geopy.exc import GeopyError
    from geopy.extra.rate_limiter import RateLimiter

    limited = RateLimiter(
        geocoder.geocode,
        min_delay_seconds=pause,
        error_wait_seconds=5 * pause,
        swallow_exceptions=False,
    )
    rows = []
    for postcode in list(dict.fromkeys(postcodes))[:at_most]:
        try:
            place = limited({"postalcode": postcode}, country_codes="gb")
        except GeopyError as error:
            found = f"{type(error).__name__} {error}".strip()
            raise unreachable(geocoder.domain, found, advice=TRY_LATER) from error
        at = (place.longitude, place.latitude) if place else (None, None)
        rows.append((postcode, *at, "nominatim", "OpenStreetMap"))
    return pl.DataFrame(rows, schema=LOCATION, orient="row")


def tidy_postcode(postcode: pl.Expr) -> pl.Expr:
    """A postcode as it is written: capitals, one blank before the last three characters.

    Takes:  text, however blanks and case fall.
    Gives:  text, null where it is no postcode of the United Kingdom.
    Raises: nothing.

    >>> pl.select(tidy_postcode(pl.lit("m1  1ae"))).item()
    'M1 1AE'
    """
    packed = postcode.str.to_uppercase().str.replace_all(r"[^A-Z0-9]", "")
    whole = packed.str.extract(r"^([A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2})$")
    return whole.str.replace(r"(.{3})$", " $1")


def inside_england(longitude: str | pl.Expr, latitude: str | pl.Expr) -> pl.Expr:
    """Whether a point lies in England, to within some kilometres.

    Takes:  WGS84 degrees, as columns or expressions.
    Gives:  true or false; false where either is missing.
    Raises: nothing.

    >>> pl.select(inside_england(pl.lit(-0.13), pl.lit(51.51))).item()
    True
    """
    x = pl.col(longitude) if isinstance(longitude, str) else longitude
    y = pl.col(latitude) if isinstance(latitude, str) else latitude
    # A ray to the east leaves the outline an odd number of times from within.
    crossings = [
        ((y < y1) != (y < y2)) & (x < x1 + (y - y1) * ((x2 - x1) / (y2 - y1)))
        for (x1, y1), (x2, y2) in pairwise((*ENGLAND, ENGLAND[0]))
        if y1 != y2
    ]
    inside = pl.sum_horizontal(crossing.cast(pl.UInt32) for crossing in crossings) % 2 == 1
    return inside & x.is_not_null() & y.is_not_null()


def _column(frame: pl.DataFrame, names: tuple[str, ...]) -> str:
    there = {name.upper(): name for name in frame.columns}
    found = next((there[name] for name in names if name in there), None)
    if found is None:
        raise ContractBroken(
            "a column is missing",
            where="postcode directory",
            expected=" or ".join(names),
            found=", ".join(frame.columns[:20]),
            next="use the directory as the ONS publishes it (ONSPD_..._UK.csv)",
        )
    return found


async def _call(
    client: httpx.AsyncClient, method: str, url: str, *, patience: Patience, **options: Any
) -> tuple[Any, str]:
    """The `result` of a call, None where it knows no such postcode, and the day of the answer."""

    async def once() -> tuple[Any, str]:
        with trouble_named(url):
            response = await client.request(method, url, **options)
        # Of a postcode that never was, 404 is the answer and no failure.
        if method != "GET" or response.status_code != 404:
            check(response)
        try:
            return response.json().get("result"), _day(response)
        except (ValueError, AttributeError) as error:
            raise Again("an answer that is not what it was") from error

    asking = tenacity.AsyncRetrying(**manners(patience))
    try:
        return await asking(once)
    except Again as last:
        raise gave_up(url, last, asking) from last


def _read(answers: list[tuple[Any, str]], base: str) -> dict[str, tuple[Any, ...]]:
    """Rows of LOCATION by postcode, from the answers to bulk calls."""
    try:
        return {
            entry["query"]: _place(entry["query"], entry["result"], day)
            for entries, day in answers
            for entry in entries
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise unreachable(base, "an answer that is not what it was", advice=TRY_LATER) from error


def _day(response: httpx.Response) -> str:
    try:
        return parsedate_to_datetime(response.headers.get("date", "")).date().isoformat()
    except ValueError:
        return ""


def _place(postcode: str, place: dict[str, Any] | None, day: str) -> tuple[Any, ...]:
    """A row of LOCATION from a result of postcodes.io, which may be nothing or lack its place."""
    place = place or {}
    longitude, latitude = place.get("longitude"), place.get("latitude")
    return postcode, longitude, latitude, "postcodes_io", f"asked {day}".strip()
