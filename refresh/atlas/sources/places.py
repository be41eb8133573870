"""Where practices are: a postcode directory, or points that somebody placed already.

Neither has a page that can be read for links (the directory's portal needs a browser), so both
come from a mirror; without one the geocoder asks postcodes.io.
"""

import re

import polars as pl

from engine.atlas.tables.qof_contracts import OWNER
from engine.period import UNDATED, Calendar, month_named
from refresh.atlas.grid import with_degrees
from refresh.finding import Finding
from refresh.named import month_of
from refresh.recipe import Answers
from refresh.source import AND_MORE, Link, Part, Source

# Who is placed by hand, or by its address, can land in another part of England: then it lies among
# strangers. No true place in England has as many as fifteen practices nearer to it than any of its
# own postcode area; a wrong one has thirty or thousands. Within a town nobody is sure.
_BY_ADDRESS = ("ready", "nominatim")
_STRANGERS = 25
_SURELY_KM = 3.0
_ENOUGH = 3
_KM_A_DEGREE = 111.2


def practice_coordinates(places: Answers) -> pl.LazyFrame:
    """Where each practice is drawn: the middle of its postcode, else a point placed already.

    Takes:  frames `practices` with practice_code and postcode; `located` one row a postcode with
            longitude, latitude, method, vintage; `ready` one row a practice with longitude,
            latitude, vintage. Points are inside England already.
    Gives:  the `practice_coordinates` contract, sorted; practices without a place are left out, and
            so are those whose place is `astray`.
    """
    known = placed(places)
    return known.join(astray(known), on="practice_code", how="anti").sort("practice_code")


def withheld(places: Answers) -> list[Finding]:
    """Whether every practice lies where its postcode says, as far as its neighbours can tell.

    Takes:  as for `practice_coordinates`, which leaves out what is told here.
    """
    known = placed(places)
    wrong, of = pl.collect_all(
        [astray(known), known.filter(pl.col("method").is_in(_BY_ADDRESS)).select(pl.len())]
    )
    said = pl.format(
        "{} ({}) at {}, {}: {} km from all others in {}",
        "practice_code",
        "postcode",
        *(pl.col(degrees).round(2) for degrees in ("latitude", "longitude")),
        pl.col("nearest_km").round().cast(pl.Int64),
        "area",
    )
    samples = wrong.select(said).to_series()
    return [
        Finding(
            "warn" if wrong.height else "pass",
            "quality",
            "places are in the area of their postcode",
            "practice_coordinates",
            f"{wrong.height:,} of {of.item():,} practices placed by address lie among practices of"
            " other postcode areas and are not drawn",
            column="longitude, latitude",
            expected=f"a practice of the same postcode area among the {_STRANGERS} nearest",
            observed="; ".join(samples.head(3)),
            rows_failed=wrong.height,
            rows_total=of.item(),
            sample="; ".join(samples.head(20)),
            next_step="put a postcode directory (ONSPD_..._UK.csv) in the mirror, or mend these"
            " rows of the coordinates file; until then they are in every table and on no map"
            if wrong.height
            else "",
        )
    ]


def placed(places: Answers) -> pl.LazyFrame:
    """Every practice that has a place, right or wrong, and whose it is.

    Takes:  as for `practice_coordinates`.
    Gives:  the rows given, in no order, with longitude, latitude, method and vintage.
    """
    practices, located, ready = (
        places.frames[name].lazy() for name in ("practices", "located", "ready")
    )
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
    )


def astray(known: pl.LazyFrame) -> pl.LazyFrame:
    """Practices that lie far from all others whose postcodes begin with the same letters.

    Takes:  practice_code, postcode, longitude, latitude, method. What was placed by its postcode
            is a witness only; so is nobody without one.
    Gives:  one row a practice, the farthest first: practice_code, postcode, area (those letters),
            longitude, latitude and nearest_km, to the nearest other postcode of the area. Where
            fewer than three others have a place in the area, nobody can tell.
    """
    area = pl.col("postcode").str.extract("^([A-Z]+)")
    points = known.filter(pl.col("postcode").is_not_null()).with_columns(area=area)
    middle = points.group_by("postcode", "area").agg(pl.col("longitude", "latitude").median())
    others = middle.select(pl.all().name.suffix("_other"))
    point = ["postcode", "area", "longitude", "latitude"]
    alone = (
        points.filter(pl.col("method").is_in(_BY_ADDRESS))
        .select(point)
        .unique()
        .join(others, left_on="area", right_on="area_other")
        .filter(pl.col("postcode") != pl.col("postcode_other"))
        .group_by(point)
        .agg(nearest_km=_km().min(), others=pl.len())
        .filter(pl.col("others") >= _ENOUGH, pl.col("nearest_km") > _SURELY_KM)
    )
    degrees = pl.col("nearest_km") / _KM_A_DEGREE
    strangers = (
        alone.join_where(
            others,
            pl.col("latitude_other") > pl.col("latitude") - degrees,
            pl.col("latitude_other") < pl.col("latitude") + degrees,
        )
        .filter(pl.col("area_other") != pl.col("area"), _km() < pl.col("nearest_km"))
        .group_by(*point, "nearest_km")
        .len()
        .filter(pl.col("len") >= _STRANGERS)
    )
    return (
        points.select("practice_code", *point)
        .join(strangers.drop("len"), on=point)
        .sort(pl.col("nearest_km"), pl.col("practice_code"), descending=[True, False])
    )


def _km() -> pl.Expr:
    """Between a point and another in the same row; the earth is flat for as far as England goes."""
    east = (pl.col("longitude_other") - pl.col("longitude")) * pl.col("latitude").radians().cos()
    north = pl.col("latitude_other") - pl.col("latitude")
    return (east**2 + north**2).sqrt() * _KM_A_DEGREE


def _directory_period(name: re.Match[str], link: Link) -> str | None:
    """The month in the file's name; of one that has none, that of its folder."""
    said = name.groupdict()
    return month_named(said["month"], said["year"]) if said else month_of(link)


def _undated(_name: re.Match[str], _link: Link) -> str:
    """These files say no date; a changed one is a new revision of the same period."""
    return UNDATED


def _directory(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Rows with degrees: made from metres of the grid where a directory has no others."""
    names = raw.collect_schema().names()
    if not {"LAT", "LATITUDE"}.isdisjoint(names):
        return raw
    pairs = (pair for pair in _METRES if set(pair) <= set(names))
    metres = next(pairs, None)
    return raw if metres is None else with_degrees(raw, *metres)


def _points(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Rows that have a point; the others say nothing."""
    names = raw.collect_schema().names()
    latitude = next((name for name in ("LATITUDE", "LAT") if name in names), None)
    return raw.filter(pl.col(latitude).fill_null("") != "") if latitude else raw


# The NHS's own directory has metres only; old issues of it to the nearest hundred beside.
_METRES = (("OSEAST1M", "OSNRTH1M"), ("EAST1M", "NORTH1M"), ("OSEAST100M", "OSNRTH100M"))
_DIRECTORY = (
    r"^(?:ONSPD|NSPL(?:_?(?:20)?(?:11|21))?|NHSPD)[-_ ](?P<month>[A-Z]{3,9})[-_ ](?P<year>20\d\d)"
)
# The same as the NHS hands it out: one name for every issue, no header, and more columns each year.
_GRIDALL = r"^gridall\.(?:zip|csv)$"
_BY_POSITION = """
    PCD2 PCDS DOINTR DOTERM OSEAST100M OSNRTH100M OSCTY ODSLAUA OSLAUA OSWARD USERTYPE OSGRDIND
    CTRY OSHLTHAU RGN OLDHA NHSER CCG PSED CENED EDIND WARD98 OA01 NHSRLO HRO LSOA01 UR01IND
    MSOA01 CANNET SCN OSHAPREV OLDPCT OLDHRO PCON CANREG PCT OSEAST1M OSNRTH1M OA11 LSOA11 MSOA11
"""
_KNOWN = tuple(
    (postcode, *place)
    for postcode in ("PCDS", "PCD2", "PCD8")
    for place in (("LAT", "LONG"), *_METRES[:2])
)

DIRECTORY = Source(
    code="postcode_directory",
    name="ONS Postcode Directory",
    publisher="Office for National Statistics",
    pages=(),
    files=(
        _DIRECTORY + r"(?:[-_ ]UK)?(?:[-_ ]FULL)?\.(?:zip|csv)$",
        r"^nhg(?P<year>\d\d)(?P<month>[a-z]{3})\.(?:zip|csv)$",
        _GRIDALL,
    ),
    period=_directory_period,
    since=("DOINTR", "DOTERM"),
    ahead=92,  # codes are taken in until it is issued, weeks after the month it is called for
    parts=(
        Part(
            "postcode_directory",
            # A zip has the directory whole, and once more in pieces by postcode area.
            members=(
                _DIRECTORY + r"(?:[-_ ]UK)?(?:[-_ ]FULL)?\.csv$",
                r"^nhg\d\d[a-z]{3}\.csv$",
                _GRIDALL,
            ),
            header=(*_BY_POSITION.split(), AND_MORE),
            known_by=_KNOWN,
            shape=_directory,
            required=True,
        ),
    ),
    calendar=Calendar("month", after_days=60, grace_days=200),
    owner=OWNER,
    domain="Geography",
    purpose="The middle of every postcode, to place practices on the map.",
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
    domain="Geography",
    purpose="Places practices where there is neither a postcode directory nor a network.",
)
