"""The mapping of practices that comes with Patients Registered at a GP Practice, April 2026.

On 1 April 2026 fourteen ICBs became six and one was shared out among its neighbours, by the
Organisation Data Service's change summary: the demonstration's practices merge as the real ones
did. QOF 2025-26 maps practices as they stood the day before.
"""

import io
from pathlib import Path

import polars as pl

from refresh.atlas.synthetic.parcel import csv_bytes, write_zip
from refresh.atlas.synthetic.registered import MONTHS, open_practices
from refresh.atlas.synthetic.world import England

MONTH = "2026-04"
_MERGED = """
icb_code|icb_ons|icb|locations
D7T5G|E54000066|Essex|06Q 06T 07G 07H 99E 99F 99G
S0E4D|E54000070|Thames Valley|10Q 14Y 15A U2G6B
S1Y5D|E54000065|Central East|06H 06K 06N M1J4Y
S9B9J|E54000069|Surrey and Sussex|09D 70F 92A 97R
T6Y0W|E54000068|Norfolk and Suffolk|06L 07K 26A
Z9B2Z|E54000071|West and North London|93C W2U3Z
""".strip()
_SHARED_OUT = "D4U1Y"
# Its parts, by their CCGs of 2019-20: Surrey Heath, East Berkshire, North East Hampshire.
_PART_OF = {"10C": "92A", "15D": "U2G6B", "99M": "D9Y0V"}
_NEW_ONS = {"U2G6B": "E38000268"}


def write_mapping(mirror: Path, england: England) -> Path:
    """Write `registrations/2026-04/gp-reg-pat-prac-map.zip`: where each practice belongs now."""
    table = csv_bytes(_rows(england))
    name = "gp-reg-pat-prac-map"
    folder = mirror / "registrations" / MONTH
    return write_zip(folder / f"{name}.zip", [(f"{name}.csv", table)])


def _rows(england: England) -> pl.DataFrame:
    before = open_practices(england, MONTHS[MONTH].year)
    people = england.practices[before["row"].to_numpy()]
    networks = england.networks.table.select("pcn_code", "pcn_name")
    heirs = people["ccg_code"].replace_strict(_PART_OF, default="U2G6B")
    shared_out = before["location_code"] == _SHARED_OUT
    now = before.with_columns(
        practice_name=people["name"],
        location_code=pl.when(shared_out).then(heirs).otherwise("location_code"),
    )
    areas = _areas(before)
    return (
        now.drop(areas.columns[1:])
        .join(areas, on="location_code", how="left", maintain_order="left")
        .join(networks, on="pcn_code", how="left", maintain_order="left")
        .select(
            PUBLICATION=pl.lit("GP_PRAC_PAT_LIST"),
            EXTRACT_DATE=pl.lit("01Apr2026"),
            PRACTICE_CODE="practice_code",
            PRACTICE_NAME=pl.col("practice_name").str.to_uppercase(),
            PRACTICE_POSTCODE="postcode",
            PCN_CODE="pcn_code",
            PCN_NAME=pl.col("pcn_name").fill_null("Unallocated").str.to_uppercase(),
            ONS_SUB_ICB_LOCATION_CODE="location_ons",
            SUB_ICB_LOCATION_CODE="location_code",
            SUB_ICB_LOCATION_NAME="location_name",
            ONS_ICB_CODE="icb_ons",
            ICB_CODE="icb_code",
            ICB_NAME="icb_name",
            ONS_COMM_REGION_CODE="region_ons",
            COMM_REGION_CODE="region_code",
            COMM_REGION_NAME="region_name",
            SUPPLIER_NAME=pl.lit("Unknown"),
        )
    )


def _areas(before: pl.DataFrame) -> pl.DataFrame:
    """One row a sub-ICB location of today: its names and codes and those above it."""
    columns = [
        *("location_code", "location_ons", "location_name"),
        *("icb_code", "icb_ons", "icb_name", "region_code", "region_ons", "region_name"),
    ]
    then = before.select(columns).unique("location_code", maintain_order=True)
    made = then.filter(pl.col("location_code") == _SHARED_OUT).with_columns(
        location_code=pl.lit("U2G6B"), location_ons=pl.lit(_NEW_ONS["U2G6B"])
    )
    merged = (
        pl.read_csv(io.StringIO(_MERGED), separator="|")
        .with_columns(pl.col("locations").str.split(" "))
        .explode("locations")
        .rename({"locations": "location_code", "icb_code": "to_code", "icb_ons": "to_ons"})
    )
    name = pl.concat_str(pl.lit("NHS "), "icb", pl.lit(" Integrated Care Board"))
    location = pl.concat_str(pl.lit("NHS "), "icb", pl.lit(" ICB - "), "location_code")
    return (
        pl.concat([then, made])
        .join(merged, on="location_code", how="left", maintain_order="left")
        .select(
            "location_code",
            "location_ons",
            location_name=pl.coalesce(location, "location_name"),
            icb_code=pl.coalesce("to_code", "icb_code"),
            icb_ons=pl.coalesce("to_ons", "icb_ons"),
            icb_name=pl.coalesce(name, "icb_name"),
            region_code="region_code",
            region_ons="region_ons",
            region_name="region_name",
        )
    )
