"""The Quality and Outcomes Framework as its publisher lays it out, a zip a year.

The layouts are declarations: what changes from year to year is said once, here, and nowhere else.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from refresh.atlas.synthetic import places
from refresh.atlas.synthetic.care import Care
from refresh.atlas.synthetic.dice import dice
from refresh.atlas.synthetic.indicators import DOMAINS, YEARS, groups, indicators
from refresh.atlas.synthetic.parcel import csv_bytes, write_zip
from refresh.atlas.synthetic.world import England

_ICB_ERA = ("NAT_COUNTRY", "ICB", "SUB_ICB")
_V2 = {"ACHIEVEMENT", "PREVALENCE", "MAPPING_INDICATORS", "MAPPING_PCAS_EXCL_TO_INDICATOR"}


@dataclass(frozen=True)
class Layout:
    """How one year's zip is laid out.

    file        its name
    levels      what the country column, the ICB and the sub-ICB location are called
    by_region   whether ACHIEVEMENT comes in seven files that carry their region
    revised     members that were re-issued, and how that is written
    encodings   members that are not UTF-8
    decimals    whether registers are written `112.0`
    describes   whether indicators have a description
    """

    file: str
    levels: tuple[str, str, str] = _ICB_ERA
    by_region: bool = True
    line_end: str = "\r\n"
    bom: bool = False
    register: str = "REGISTER"
    list_size: str = "PRACTICE_LIST_SIZE"
    max_points: str = "REVISED_MAX_POINTS"
    revised: dict[str, str] = field(default_factory=dict)
    encodings: dict[str, str] = field(default_factory=dict)
    decimals: bool = False
    describes: bool = False


LAYOUTS = {
    "2019-20": Layout(
        "QOF_1920.zip",
        levels=("COUNTRY", "STP", "CCG"),
        by_region=False,
        list_size="PATIENT_LIST_SIZE",
        max_points="REVISED_MAXIMUM_POINTS",
        encodings={"MAPPING_INDICATORS": "cp1252"},
    ),
    "2020-21": Layout(
        "QOF2021_v2.zip",
        levels=("COUNTRY", "STP", "CCG"),
        by_region=False,
        max_points="REVISED_MAXIMUM_POINTS",
        revised=dict.fromkeys(_V2, "_v2"),
        encodings={"MAPPING_PCAS_EXCL_TO_INDICATOR": "cp1252"},
    ),
    "2021-22": Layout(
        "QOF_2122_V2.zip",
        levels=("NAT_COUNTRY", "ICB", "SUB_ICB_LOC"),
        by_region=False,
        max_points="REVISED_MAXIMUM_POINTS",
        revised={"PREVALENCE": "_V2"},
    ),
    "2022-23": Layout("QOF 2022-23 Raw data .csv files.zip", line_end="\n", decimals=True),
    "2023-24": Layout("QOF2324.zip"),
    "2024-25": Layout("QOF2425.zip", describes=True),
    "2025-26": Layout("QOF 2526.zip", bom=True, register="REGISTER_SIZE", describes=True),
}

_RULES = {
    1: "Achieved points <= manual points total",
    2: "Practice closure before 1 April and recorded before 1 July",
    3: "Practice status on 31 March <> Active",
    4: "Practice number of registered patients not available within 3 months of 31 March",
}

_PCA_REASONS = pl.DataFrame(
    {
        "PCA_EXCL_NAME": ["UNSUITABLE", "DECLINED", "INVITED_TWICE"],
        "PCA_EXCL_SHORT_NAME": ["UNSUIT", "DECLIN", "INVITE2"],
        "PCA_EXCL_DESCRIPTION": [
            "In the clinician\u2019s judgement the care is unsuitable for the patient.",
            "The patient chose not to have the care; the patient\u2019s choice is recorded.",
            "The patient did not answer the practice\u2019s two invitations.",
        ],
        "TYPE": ["PCA"] * 3,
        "GENERAL_SPECIFIC": ["General"] * 3,
        "PCA_CATEGORY": [2, 3, 4],
        "PCA_CATEGORY_DESCRIPTION": ["Clinically unsuitable", "Patient chose not to", "No reply"],
    }
)


def write_qof(mirror: Path, england: England, care: Care) -> Path:
    """Write one year's zip as published.

    Takes:  the mirror's folder, the world and the year's numbers drawn from it.
    Gives:  the file written, `qof/<year>/<the publisher's name>`.
    """
    layout, tag = LAYOUTS[care.year], care.year[2:4] + care.year[5:]
    members = (
        (
            f"{name}_{tag}{layout.revised.get(name, '')}.csv",
            csv_bytes(
                frame,
                line_end=layout.line_end,
                bom=layout.bom,
                encoding=layout.encodings.get(name, "utf-8"),
            ),
        )
        for name, frame in _members(layout, england, care)
    )
    return write_zip(mirror / "qof" / care.year / layout.file, members)


def _members(layout: Layout, england: England, care: Care) -> Iterator[tuple[str, pl.DataFrame]]:
    """What is in the zip, one at a time: together they would be a hundred megabytes."""
    belonging = geography(england, care)
    yield from _achievement(layout, care, belonging)
    yield "MAPPING_INDICATORS", _indicators(layout, care.year)
    yield "MAPPING_NHS_GEOGRAPHIES", _as_published(layout, belonging)
    if care.year == "2020-21":
        yield "MAPPING_PCAS_EXCL_TO_INDICATOR", _pca_reasons(care.year)
    codes = belonging["practice_code"]
    yield (
        "ORGANISATION_REFERENCE",
        pl.DataFrame({"PRACTICE_CODE": codes, layout.max_points: care.max_points}),
    )
    yield "PRACTICE_VALIDATION_OUTCOMES", _left_out(england, care.year)
    yield "PREVALENCE", _prevalence(layout, care, codes)


def geography(england: England, care: Care) -> pl.DataFrame:
    """One row a published practice, in the order of its numbers: what it belonged to."""
    practices = england.practices[care.rows]
    networks = england.networks.table.select("pcn_code", "pcn_name").with_row_index("network")
    network = england.networks.of[care.rows, YEARS.index(care.year)]
    location = "ccg_code" if care.year == "2019-20" else "sub_icb_code"
    return (
        practices.select("practice_code", "name", location_code=location)
        .with_columns(network=pl.Series(network))
        .join(
            networks.with_columns(pl.col("network").cast(pl.Int64)),
            on="network",
            how="left",
            maintain_order="left",
        )
        .with_columns(
            pl.col("pcn_code").fill_null("U"), pl.col("pcn_name").fill_null("Unallocated")
        )
        .join(places.organisations(care.year), on="location_code", maintain_order="left")
    )


def _as_published(layout: Layout, geography: pl.DataFrame) -> pl.DataFrame:
    country, icb, location = layout.levels
    return geography.select(
        pl.lit("E92000001").alias("NAT_ONS_CODE"),
        pl.lit("ENG").alias("NAT_CODE"),
        pl.lit("England").alias(country),
        REGION_ODS_CODE="region_code",
        REGION_ONS_CODE="region_ons",
        REGION_NAME="region_name",
        **{f"{icb}_ODS_CODE": "icb_code", f"{icb}_ONS_CODE": "icb_ons", f"{icb}_NAME": "icb_name"},
        **{f"{location}_ODS_CODE": "location_code", f"{location}_ONS_CODE": "location_ons"},
        **{f"{location}_NAME": "location_name"},
        PCN_ODS_CODE="pcn_code",
        PCN_NAME="pcn_name",
        PRACTICE_CODE="practice_code",
        PRACTICE_NAME="name",
    )


def _achievement(
    layout: Layout, care: Care, geography: pl.DataFrame
) -> Iterator[tuple[str, pl.DataFrame]]:
    codes = geography["practice_code"]
    if not layout.by_region:
        yield "ACHIEVEMENT", _long(care, codes, np.arange(len(codes)))
        return
    regions = geography.select("region_code", "region_ons", "region_name").unique()
    for code, ons, name in regions.sort("region_name").iter_rows():
        inside = np.flatnonzero((geography["region_code"] == code).to_numpy())
        columns = {"REGION_ODS_CODE": code, "REGION_ONS_CODE": ons, "REGION_NAME": name}
        frame = _long(care, codes, inside).select(
            *(pl.lit(text).alias(column) for column, text in columns.items()), pl.all()
        )
        yield f"ACHIEVEMENT_{name.upper().replace(' ', '_')}", frame


def _long(care: Care, codes: pl.Series, inside: np.ndarray) -> pl.DataFrame:
    """One row a value that there is; whole numbers are written without a point."""
    values = care.values[inside]
    row, cell = np.nonzero(~np.isnan(values))
    code, measure = zip(*care.cells, strict=True)
    number = pl.Series(values[row, cell]).cast(pl.String).str.strip_suffix(".0")
    return pl.DataFrame(
        {
            "PRACTICE_CODE": codes.gather(inside[row]),
            "INDICATOR_CODE": pl.Series(code).gather(cell),
            "MEASURE": pl.Series(measure).gather(cell),
            "VALUE": number,
        }
    )


def _indicators(layout: Layout, year: str) -> pl.DataFrame:
    frame = pl.DataFrame(
        {
            "INDICATOR_CODE": i.code,
            "INDICATOR_DESCRIPTION": i.description,
            "INDICATOR_POINT_VALUE": i.points[year],
            "GROUP_CODE": i.group.code,
            "GROUP_DESCRIPTION": i.group.name,
            "DOMAIN_CODE": i.group.domain,
            "DOMAIN_DESCRIPTION": DOMAINS[i.group.domain],
            "PATIENT_LIST_TYPE": i.list_type(year),
        }
        for i in indicators(year)
    )
    return frame if layout.describes else frame.drop("INDICATOR_DESCRIPTION")


def _prevalence(layout: Layout, care: Care, codes: pl.Series) -> pl.DataFrame:
    """One row a practice and register."""
    kept = sorted(care.registers)
    list_types = [groups()[code].list_type(care.year) for code in kept]
    n, registers = len(codes), np.stack([care.registers[code] for code in kept], axis=1)
    sizes = np.stack([care.lists[list_type] for list_type in list_types], axis=1)
    register = pl.Series(registers.ravel())
    return pl.DataFrame(
        {
            "PRACTICE_CODE": codes.gather(np.repeat(np.arange(n), len(kept))),
            "GROUP_CODE": kept * n,
            layout.register: pl.select(pl.format("{}.0", register)).to_series()
            if layout.decimals
            else register,
            "PATIENT_LIST_TYPE": list_types * n,
            layout.list_size: sizes.ravel(),
        }
    )


def _left_out(england: England, year: str) -> pl.DataFrame:
    codes = england.practices.filter(~pl.col("in_qof"))["practice_code"]
    drawn = dice(england.seed, "left out", year).choice(
        list(_RULES), len(codes), p=[0.85, 0.05, 0.08, 0.02]
    )
    return pl.DataFrame({"PRACTICE_CODE": codes, "VALIDATION_RULE": drawn}).with_columns(
        RULE_DESCRIPTION=pl.col("VALIDATION_RULE").replace_strict(_RULES)
    )


def _pca_reasons(year: str) -> pl.DataFrame:
    codes = [i.code for i in indicators(year) if "P" in i.measures]
    return pl.DataFrame({"INDICATOR_CODE": codes}).join(_PCA_REASONS, how="cross")
