"""The postcode directory (ONSPD), as far as practices need it."""

from pathlib import Path

import polars as pl

from refresh.atlas.synthetic import places
from refresh.atlas.synthetic.dice import dice
from refresh.atlas.synthetic.parcel import csv_bytes, write_file
from refresh.atlas.synthetic.world import England

_ABSENT = 0.006  # of postcodes, not in the directory at all
_NO_GRID_REFERENCE = 0.002  # of postcodes, in it without a place
_TERMINATED = 0.01


def write_postcodes(mirror: Path, england: England) -> Path:
    """Write `geography/ONSPD_FEB_2026_UK.csv` with the practices' postcodes.

    Names, widths and the way of saying "no grid reference" (99.999999) are the directory's; its
    other columns are left out. A few postcodes are missing, so that coverage is not complete.
    """
    content = csv_bytes(_directory(england), quote="non_numeric")
    return write_file(mirror / "geography" / "ONSPD_FEB_2026_UK.csv", content)


def _directory(england: England) -> pl.DataFrame:
    rng = dice(england.seed, "postcodes")
    practices = england.practices
    known = practices.unique("postcode", keep="first").sort("postcode")
    # Only postcodes of a single practice, so that a small England is not left short of more.
    single = known.join(
        practices.filter(pl.col("postcode").is_unique()), on="postcode", how="semi"
    )["postcode"]
    absent, placeless = (
        max(round(share * len(known)), 1) for share in (_ABSENT, _NO_GRID_REFERENCE)
    )
    drawn = single.gather(rng.choice(len(single), absent + placeless, replace=False))
    nowhere = pl.col("postcode").is_in(drawn[absent:].implode())
    outward = pl.col("postcode").str.extract(r"^(\S+)").str.pad_end(4)
    inward = pl.col("postcode").str.tail(3)
    bodies = places.organisations("2025-26").select("location_code", "location_ons", "icb_ons")
    return (
        known.filter(~pl.col("postcode").is_in(drawn[:absent].implode()))
        .with_columns(ended=pl.Series(rng.random(len(known) - absent) < _TERMINATED))
        .join(bodies, left_on="sub_icb_code", right_on="location_code", maintain_order="left")
        .select(
            pcd=outward + inward,
            pcd2=outward + " " + inward,
            pcds="postcode",
            dointr=pl.lit("198001"),
            doterm=pl.when("ended").then(pl.lit("202312")).otherwise(pl.lit("")),
            oslaua=pl.lit("E99999999"),
            usertype=pl.lit(0),
            osgrdind=pl.when(nowhere).then(9).otherwise(1),
            ctry=pl.lit("E92000001"),
            sicbl="location_ons",
            icb="icb_ons",
            lat=pl.when(nowhere).then(99.999999).otherwise("latitude"),
            long=pl.when(nowhere).then(0.0).otherwise("longitude"),
        )
    )
