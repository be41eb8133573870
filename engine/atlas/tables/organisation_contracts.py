"""Organisations and places: practices through time, networks, areas, and where they are.

Source: Organisation Data Service (epraccur, ePCN), ONS postcode directory and boundaries,
postcodes.io.
"""

from dataclasses import replace
from datetime import date

import polars as pl

from engine.atlas.tables.qof_contracts import OWNER, PRACTICE_CODE, PRACTICE_PATTERN, YEAR
from engine.rules import Between, Matches, NotNull
from engine.table import Column, Table
from engine.table_rules import References

FOREVER = date(9999, 12, 31)
_POSTCODE = Matches(
    allow=0.02,
    pattern=r"[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}",
    example="TS18 1HU",
)
_PRACTICE = Matches(severity="warn", pattern=PRACTICE_PATTERN, example="A81001")
POSTCODE = Column(
    "postcode", pl.String, "Postcode, one space before the last three", rules=(_POSTCODE,)
)
LONGITUDE = Column(
    "longitude",
    pl.Float64,
    "East of Greenwich, WGS84",
    "degrees",
    rules=(Between(low=-180, high=180),),
)
LATITUDE = Column(
    "latitude",
    pl.Float64,
    "North of the equator, WGS84",
    "degrees",
    rules=(Between(low=-90, high=90),),
)

PRACTICE = Table(
    name="practice",
    grain="practice x version; `[valid_from, valid_to)`, 9999-12-31 while current",
    meaning="General practices through time: name, address, status and commissioner.",
    key=("practice_code", "valid_from"),
    columns=(
        Column(
            "practice_code",
            pl.String,
            "ODS code",
            aka=("ORGCODE", "ORGANISATION_CODE"),
            rules=(NotNull(), _PRACTICE),
        ),
        Column("practice_name", pl.String, "Name", aka=("NAME",), rules=(NotNull(),)),
        Column("address", pl.String, "Address lines, comma-separated", required=False),
        Column("postcode", pl.String, "Postcode", rules=(_POSTCODE,)),
        Column("status", pl.String, "active, closed, dormant or proposed", aka=("STATUSCODE",)),
        Column("opened_on", pl.Date, "Day it opened", aka=("OPENDATE", "OPEN_DATE")),
        Column(
            "closed_on", pl.Date, "Day it closed; null while open", aka=("CLOSEDATE", "CLOSE_DATE")
        ),
        Column(
            "commissioner_code",
            pl.String,
            "Sub-ICB location that commissions it",
            aka=("COMMISSIONER",),
        ),
        Column(
            "setting", pl.String, "Kind of prescriber; `general practice` here", aka=("PRESCRSET",)
        ),
        Column(
            "valid_from", pl.Date, "First release that said so", derived=True, rules=(NotNull(),)
        ),
        Column(
            "valid_to",
            pl.Date,
            "First release that no longer did",
            derived=True,
            rules=(NotNull(),),
        ),
    ),
    owner=OWNER,
    sort=("practice_code", "valid_from"),
)

PCN = Table(
    name="pcn",
    grain="primary care network, newest release",
    meaning="Primary care networks: name, parent and whether they are still open.",
    key=("pcn_code",),
    columns=(
        Column(
            "pcn_code",
            pl.String,
            "ODS code",
            rules=(NotNull(), Matches(pattern=r"U[0-9]{5}", example="U89141")),
        ),
        Column("pcn_name", pl.String, "Name", rules=(NotNull(),)),
        Column(
            "sub_icb_code",
            pl.String,
            "Sub-ICB location it belongs to",
            aka=("CURRENT_SUB_ICB_LOC_CODE", "CURRENT_CLINICAL_COMMISSIONING_GROUP_CODE"),
        ),
        Column("opened_on", pl.Date, "Day it opened", aka=("OPEN_DATE",)),
        Column("closed_on", pl.Date, "Day it closed; null while open", aka=("CLOSE_DATE",)),
        Column("postcode", pl.String, "Postcode of its office", required=False),
    ),
    owner=OWNER,
    sort=("pcn_code",),
)

PCN_MEMBER = Table(
    name="pcn_member",
    grain="practice x PCN x start of membership, newest release",
    meaning="Which practices have been core partners of which network, and when.",
    key=("practice_code", "pcn_code", "joined_on"),
    columns=(
        Column(
            "practice_code",
            pl.String,
            "ODS code of the partner",
            aka=("PARTNER_ORGANISATION_CODE",),
            rules=(NotNull(),),
        ),
        Column("pcn_code", pl.String, "ODS code of the network", rules=(NotNull(),)),
        Column(
            "joined_on",
            pl.Date,
            "First day of membership",
            aka=("PRACTICE_TO_PCN_RELATIONSHIP_START_DATE",),
            rules=(NotNull(),),
        ),
        Column(
            "left_on",
            pl.Date,
            "Last day of membership; null while a member",
            aka=("PRACTICE_TO_PCN_RELATIONSHIP_END_DATE",),
        ),
    ),
    owner=OWNER,
    sort=("practice_code", "joined_on"),
    rules=(References(("pcn_code",), "pcn", severity="warn"),),
)

POSTCODE_DIRECTORY = Table(
    name="postcode_directory",
    grain="postcode, within one release",
    meaning="Where each postcode is.",
    key=("postcode",),
    columns=(
        Column(
            "postcode",
            pl.String,
            "Postcode",
            aka=("PCDS", "PCD2", "PCD8", "PCD"),
            rules=(NotNull(),),
        ),
        Column(
            "latitude", pl.Float64, "WGS84; over 99 where there is none", "degrees", aka=("LAT",)
        ),
        Column("longitude", pl.Float64, "WGS84", "degrees", aka=("LONG", "LON")),
    ),
    owner=OWNER,
)

READY_COORDINATES = Table(
    name="ready_coordinates",
    grain="practice, within one release",
    meaning="Points that somebody placed already; used where nothing better is to be had.",
    key=("practice_code",),
    columns=(
        PRACTICE_CODE,
        Column("postcode", pl.String, "Postcode", required=False),
        Column("latitude", pl.Float64, "WGS84", "degrees", aka=("LAT",)),
        Column("longitude", pl.Float64, "WGS84", "degrees", aka=("LONG", "LON")),
    ),
    owner=OWNER,
)

PRACTICE_COORDINATES = Table(
    name="practice_coordinates",
    grain="practice",
    meaning="Where each practice is drawn: the middle of its postcode, and how that was found.",
    key=("practice_code",),
    columns=(
        PRACTICE_CODE,
        POSTCODE,
        LONGITUDE,
        LATITUDE,
        Column(
            "method",
            pl.String,
            "postcode_directory, postcodes_io, nominatim or ready (a coordinates file)",
        ),
        Column("vintage", pl.String, "Which issue of it"),
    ),
    owner=OWNER,
    sort=("practice_code",),
)

ORGANISATION = Table(
    name="organisation",
    grain="organisation x level x year, as published for that year",
    meaning="Every organisation a number can be asked for, what it contains and where it is drawn.",
    key=("year", "level", "organisation_code"),
    columns=(
        YEAR,
        Column(
            "level", pl.String, "practice, pcn, sub_icb, icb, region or england", rules=(NotNull(),)
        ),
        Column("organisation_code", pl.String, "ODS code (ENG for England)", rules=(NotNull(),)),
        Column("organisation_name", pl.String, "Name in that year"),
        Column(
            "parent_code", pl.String, "The organisation above it that holds most of its practices"
        ),
        Column("parent_name", pl.String, "Name of that one"),
        Column("practices", pl.Int64, "Practices in it", "practices"),
        Column("list_size", pl.Int64, "All their registered patients", "patients"),
        Column(
            "longitude", pl.Float64, "Middle of its practices, weighted by list size", "degrees"
        ),
        Column("latitude", pl.Float64, "Middle of its practices, weighted by list size", "degrees"),
    ),
    owner=OWNER,
    sort=("level", "organisation_code"),
    partition="year",
    row_group=8_192,
)

_BOUNDARY_YEAR = Column(
    "year", pl.String, "Year of the boundaries, such as 2026", derived=True, rules=(NotNull(),)
)
_BOUNDARY = Column(
    "boundary",
    pl.Int64,
    "Its place in the file, from 1",
    "ordinal",
    rules=(NotNull(), Between(low=1)),
)

AREA_BOUNDARY = Table(
    name="area_boundary",
    grain="year x boundary x corner of its rings, in order",
    meaning="Published boundaries of integrated care boards: a row a corner.",
    key=("year", "boundary", "ring", "corner"),
    columns=(
        _BOUNDARY_YEAR,
        _BOUNDARY,
        Column("boundary_name", pl.String, "Name in the file", rules=(NotNull(),)),
        Column(
            "ons_code",
            pl.String,
            "ONS code, where the file has one",
            aka=("BOUNDARY_CODE",),
            required=False,
        ),
        Column(
            "ring",
            pl.Int64,
            "Ring within the boundary, from 1",
            "ordinal",
            rules=(NotNull(), Between(low=1)),
        ),
        Column(
            "is_hole", pl.Boolean, "Whether it cuts out of the ring before it", rules=(NotNull(),)
        ),
        Column(
            "corner",
            pl.Int64,
            "From 1; the last is the first. Outer rings turn left, holes right",
            "ordinal",
            rules=(NotNull(), Between(low=1)),
        ),
        replace(LONGITUDE, rules=(NotNull(), *LONGITUDE.rules)),
        replace(LATITUDE, rules=(NotNull(), *LATITUDE.rules)),
    ),
    owner=OWNER,
    sort=("boundary", "ring", "corner"),
    partition="year",
)

ICB_BOUNDARY = Table(
    name="icb_boundary",
    grain="year x boundary",
    meaning="Which integrated care board a published boundary is, by where its practices are.",
    key=("year", "boundary"),
    columns=(
        _BOUNDARY_YEAR,
        _BOUNDARY,
        Column("boundary_name", pl.String, "Name in the file", rules=(NotNull(),)),
        Column("ons_code", pl.String, "ONS code, where the file has one"),
        Column("icb_code", pl.String, "ODS code of the board most practices inside belong to"),
        Column("mapped_by", pl.String, "Whose mapping: a month (2026-04) or a QOF year (2022-23)"),
        Column("practices_inside", pl.Int64, "Practices with a place in it", "practices"),
        Column("share_of_icb", pl.Float64, "Share of the board's practices in it", "share"),
        Column("share_inside", pl.Float64, "Share of those in it that are the board's", "share"),
        Column("is_used", pl.Boolean, "Whether it is that board's beyond doubt"),
    ),
    owner=OWNER,
    sort=("boundary",),
    partition="year",
)
