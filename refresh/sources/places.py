"""Where practices are: a postcode directory, or points that somebody placed already.

Neither has a page that can be read for links (the directory's portal needs a browser), so both
come from a mirror; without one the geocoder asks postcodes.io.
"""

import re

import polars as pl

from engine.period import Calendar
from engine.tables.qof import OWNER
from refresh.source import Link, Part, Source

_MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()


def practice_coordinates(
    practices: pl.LazyFrame, *, located: pl.LazyFrame, ready: pl.LazyFrame
) -> pl.LazyFrame:
    """Where each practice is drawn: the middle of its postcode, else a point placed already.

    Takes:  `practices` with practice_code and postcode; `located` one row a postcode with
            longitude, latitude, method, vintage; `ready` one row a practice with longitude,
            latitude, vintage. Points are inside England already.
    Gives:  the `practice_coordinates` contract, sorted; practices without a place are left out.
    """
    by_code = ready.select(
        "practice_code",
        ready_longitude="longitude",
        ready_latitude="latitude",
        ready_vintage="vintage",
    )
    found = pl.col("longitude").is_not_null()
    return (
        practices.join(located, on="postcode", how="left")
        .join(by_code, on="practice_code", how="left")
        .with_columns(
            longitude=pl.coalesce("longitude", "ready_longitude"),
            latitude=pl.coalesce("latitude", "ready_latitude"),
            method=pl.when(found).then("method").otherwise(pl.lit("ready")),
            vintage=pl.when(found).then("vintage").otherwise("ready_vintage"),
        )
        .filter(pl.col("longitude").is_not_null())
        .sort("practice_code")
    )


def _directory_period(name: re.Match[str], _link: Link) -> str | None:
    month = _MONTHS.index(name["month"].upper()) + 1
    return f"{name['year']}-{month:02d}"


def _undated(_name: re.Match[str], _link: Link) -> str:
    """These files say no date; a changed one is a new revision of the same period."""
    return "undated"


def _points(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Rows that have a point; the others say nothing."""
    names = raw.collect_schema().names()
    latitude = next((name for name in ("LATITUDE", "LAT") if name in names), None)
    return raw.filter(pl.col(latitude).fill_null("") != "") if latitude else raw


DIRECTORY = Source(
    code="postcode_directory",
    name="ONS Postcode Directory",
    publisher="Office for National Statistics",
    pages=(),
    files=(r"^(?:ONSPD|NSPL)_(?P<month>[A-Z]{3})_(?P<year>20\d\d)(?:_UK)?\.(?:zip|csv)$",),
    period=_directory_period,
    parts=(
        Part(
            "postcode_directory",
            members=(r"^(?:ONSPD|NSPL)_[A-Z]{3}_20\d\d(?:_UK)?\.csv$",),
            required=True,
        ),
    ),
    calendar=Calendar("month", after_days=60, grace_days=200),
    owner=OWNER,
    purpose="The middle of every postcode, to place practices on the map.",
    load_mode="replace",
)

READY = Source(
    code="ready_coordinates",
    name="Practice coordinates, placed already",
    publisher="various; the file's own provenance applies",
    pages=(),
    files=(r"^practice_(?:coordinates|location_info)\.(?:parquet|csv)$",),
    period=_undated,
    parts=(
        Part(
            "ready_coordinates",
            members=(
                r"^practice_location_info\.(?:parquet|csv)$",
                r"^practice_coordinates\.(?:parquet|csv)$",
            ),
            expected=(1, 1),
            shape=_points,
            required=True,
        ),
    ),
    calendar=Calendar("month", after_days=0, grace_days=3650),
    owner=OWNER,
    purpose="Places practices where there is neither a postcode directory nor a network.",
    load_mode="replace",
)
