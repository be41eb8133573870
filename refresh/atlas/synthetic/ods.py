"""The Organisation Data Service's files: every prescriber (epraccur), every network (ePCN).

Both dialects of epraccur: old (A, C, D; setting 4) and new (ACTIVE, INACTIVE, DORMANT; role RO76).
It also lists what QOF never sees: Welsh practices, hospitals' clinics, practices long closed.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from refresh.atlas.synthetic import places
from refresh.atlas.synthetic.dice import dice
from refresh.atlas.synthetic.networks import FOUNDED
from refresh.atlas.synthetic.parcel import csv_bytes, write_file, write_workbook
from refresh.atlas.synthetic.sites import invent_sites
from refresh.atlas.synthetic.world import England

_OTHERS = 0.4  # rows that QOF never sees, for every practice
_WALES = (("Cardiff", "CF"), ("Swansea", "SA"), ("Wrexham", "LL"), ("Newport", "NP"))
_SERVICES = (
    ("RO247", "Community Dermatology Service"),
    ("RO72", "Intermediate Care"),
    ("RO250", "Private Hospital"),
    ("RO255", "Active Recovery Service"),
    ("RO321", "PCN Hub"),
    ("RO80", "Out of Hours Service"),
)


@dataclass(frozen=True)
class Dialect:
    """How a release of epraccur says what it says.

    as_at      what is not yet known on that day is not in it
    status     its words for active, closed, dormant
    roles      its word for a GP practice, and for each kind of service
    wales      what stands for region and ICB of a Welsh practice
    line_end, flag, town_line  line ends, column 22, and which address line has the town
    """

    as_at: date
    status: dict[str, str]
    roles: dict[str, str]
    wales: tuple[str, str]
    line_end: str
    flag: str
    town_line: int


DIALECTS = {
    "2022-05": Dialect(
        as_at=date(2022, 5, 27),
        status={"active": "A", "closed": "C", "dormant": "D"},
        roles={"RO76": "4", "RO247": "9", "RO72": "0", "RO250": "8", "RO255": "13"},
        wales=("W00", "Q99"),
        line_end="\n",
        flag="0",
        town_line=3,
    ),
    "2026-02": Dialect(
        as_at=date(2026, 2, 27),
        status={"active": "ACTIVE", "closed": "INACTIVE", "dormant": "DORMANT"},
        roles={},
        wales=("", ""),
        line_end="\r\n",
        flag="1",
        town_line=4,
    ),
}


def write_epraccur(mirror: Path, england: England, release: str) -> Path:
    """Write one release of epraccur: no header, 27 columns, every cell quoted.

    Takes:  the mirror's folder, the world, and which of DIALECTS.
    Gives:  the file written, `ods/<release>/epraccur.csv`; sorted by code.
    """
    content = csv_bytes(
        _rows(_registered(england), DIALECTS[release]),
        line_end=DIALECTS[release].line_end,
        header=False,
        quote="always",
    )
    return write_file(mirror / "ods" / release / "epraccur.csv", content)


def write_epcn(mirror: Path, england: England) -> Path:
    """Write the workbook of networks and their members, `ods/2026-02/ePCN.xlsx`.

    Headers are as published, line breaks and the last one's trailing space included.
    """
    sheets = {"PCNDetails": _networks(england), "PCN Core Partner Details": _partners(england)}
    return write_workbook(mirror / "ods" / "2026-02" / "ePCN.xlsx", sheets)


def memberships(england: England) -> pl.DataFrame:
    """Who was in which network from when until when.

    Gives:  one row a practice and unbroken stay: row (of england.practices), network (row of the
            networks' table), joined_on, left_on (null: still there).
    """
    practices = england.practices
    present = np.where(england.is_open, england.networks.of, -1)
    n, years = present.shape
    stays = (
        pl.DataFrame(
            {
                "row": np.repeat(np.arange(n), years),
                "year": np.tile(np.arange(years), n),
                "network": present.ravel(),
            }
        )
        .with_columns(stay=pl.col("network").rle_id().over("row"))
        .group_by("row", "stay", "network")
        .agg(first=pl.col("year").min(), last=pl.col("year").max())
        .filter(pl.col("network") >= 0)
        .sort("row", "first")
    )
    own = practices.select("opened_on", "closed_on")[stays["row"]]
    began, ended = pl.date(2019 + pl.col("first"), 4, 1), pl.date(2020 + pl.col("last"), 3, 31)
    return stays.hstack(own).select(
        "row",
        "network",
        joined_on=pl.max_horizontal(
            "opened_on", pl.when(pl.col("first") == 0).then(FOUNDED).otherwise(began)
        ),
        left_on=pl.when(pl.col("last") < years - 1).then(
            pl.when(pl.col("closed_on").dt.year() == 2020 + pl.col("last"))
            .then("closed_on")
            .otherwise(ended)
        ),
    )


def _registered(england: England) -> pl.DataFrame:
    """Everyone with a code: practices, then everyone else, with what they belong to."""
    columns = ["practice_code", "name", "street", "town", "postcode", "sub_icb_code"]
    # A practice in twenty of those that validation leaves out is only asleep.
    asleep = ~pl.col("in_qof") & (pl.int_range(pl.len()).over("in_qof") % 20 == 0)
    practices = england.practices.select(
        *columns, "opened_on", "closed_on", role=pl.lit("RO76"), welsh=False, dormant=asleep
    )
    bodies = places.sub_icbs().select("sub_icb_code", "icb_code", "region_code")
    others = _others(england).select(practices.columns)
    return pl.concat([practices, others]).join(bodies, on="sub_icb_code").sort("practice_code")


def _others(england: England) -> pl.DataFrame:
    """Rows that are not English practices of these years: a third each of three kinds."""
    rng = dice(england.seed, "others")
    n = 3 * max(round(_OTHERS * england.practices.height / 3), 2)
    codes = rng.choice(england.practices["sub_icb_code"].to_list(), n)
    sites = invent_sites(england.seed, codes.tolist(), of="others")
    town, area = zip(*(_WALES[i] for i in rng.integers(0, len(_WALES), n)), strict=True)
    role, service = zip(*(_SERVICES[i] for i in rng.integers(0, len(_SERVICES), n)), strict=True)
    kind = pl.int_range(n, eager=True) * 3 // n
    welsh, old, clinic = kind == 0, kind == 1, kind == 2
    number = pl.int_range(n, eager=True).cast(pl.String).str.zfill(4)
    prefix = pl.when(welsh).then(pl.lit("W9")).when(old).then(pl.lit("Y7")).otherwise(pl.lit("Y8"))
    closed = pl.date(pl.lit(pl.Series(rng.integers(2016, 2019, n))), 4, 30)
    return sites.with_columns(
        practice_code=prefix + number,
        name=pl.when(clinic).then(pl.Series(service)).otherwise("name"),
        town=pl.when(welsh).then(pl.Series(town)).otherwise("town"),
        postcode=pl.when(welsh)
        .then(pl.col("postcode").str.replace("^[A-Z]+", pl.lit(pl.Series(area))))
        .otherwise("postcode"),
        opened_on=pl.date(pl.lit(pl.Series(rng.integers(1990, 2016, n))), 4, 1),
        closed_on=pl.when(old).then(closed),
        role=pl.when(clinic).then(pl.Series(role)).otherwise(pl.lit("RO76")),
        welsh=welsh,
        dormant=pl.lit(False),
    )


def _rows(registered: pl.DataFrame, dialect: Dialect) -> pl.DataFrame:
    """The 27 columns of one release, as text."""
    known = registered.filter(pl.col("opened_on") <= dialect.as_at).with_columns(
        closed_on=pl.when(pl.col("closed_on") <= dialect.as_at).then("closed_on")
    )
    closed = pl.col("closed_on").is_not_null()
    words = {word: pl.lit(text) for word, text in dialect.status.items()}
    status = (
        pl.when(closed)
        .then(words["closed"])
        .when("dormant")
        .then(words["dormant"])
        .otherwise(words["active"])
    )
    wales = [pl.lit(text) for text in dialect.wales]
    role = pl.col("role").replace(dialect.roles)
    lines = {line: pl.lit("") for line in range(1, 6)}
    lines |= {1: _upper("street"), dialect.town_line: _upper("town")}
    commissioner = pl.when("welsh").then(pl.lit("7A4")).otherwise("sub_icb_code")
    opened, ended = _day("opened_on"), _day("closed_on")
    empty, number = pl.lit(""), pl.int_range(pl.len()) % 1_000
    columns = [
        *(pl.col("practice_code"), _upper("name")),
        pl.when("welsh").then(wales[0]).otherwise("region_code"),
        pl.when("welsh").then(wales[1]).otherwise("icb_code"),
        *(lines[line] for line in sorted(lines)),
        *(pl.col("postcode"), opened, ended, status, pl.lit("B"), commissioner),
        *(pl.max_horizontal(opened, pl.lit("20130401")), ended),
        # These numbers are set aside for fiction.
        pl.format("01632 960{}", number.cast(pl.String).str.zfill(3)),
        *(empty, empty, empty, pl.lit(dialect.flag), empty, commissioner, empty, role, empty),
    ]
    return known.select(column.alias(f"column_{i}") for i, column in enumerate(columns, start=1))


def _networks(england: England) -> pl.DataFrame:
    table = england.networks.table
    base = england.practices[table["base"]].select("name", "street", "town", "postcode")
    return (
        table.hstack(base)
        .join(_locations(), on="sub_icb_code", maintain_order="left")
        .sort("pcn_code")
        .select(
            pl.col("pcn_code").alias("PCN Code"),
            _upper("pcn_name").alias("PCN Name"),
            pl.col("sub_icb_code").alias("Current Sub ICB Loc Code"),
            pl.col("location_name").alias("Sub ICB Location"),
            _day("opened_on").alias("Open Date"),
            _day("closed_on").alias("Close Date"),
            _upper("name").alias("Address Line 1"),
            _upper("street").alias("Address Line 2"),
            pl.lit(None, pl.String).alias("Address Line 3"),
            _upper("town").alias("Address Line 4"),
            pl.lit(None, pl.String).alias("Address Line 5"),
            pl.col("postcode").alias("Postcode"),
        )
    )


def _partners(england: England) -> pl.DataFrame:
    stays, table = memberships(england), england.networks.table
    own = england.practices[stays["row"]].select("practice_code", "name", "sub_icb_code")
    network = table[stays["network"]].select("pcn_code", "pcn_name", pcn_parent="sub_icb_code")
    parents = _locations()
    return (
        stays.hstack(own)
        .hstack(network)
        .join(parents, on="sub_icb_code", maintain_order="left")
        .join(
            parents.rename({"sub_icb_code": "pcn_parent", "location_name": "pcn_location"}),
            on="pcn_parent",
            maintain_order="left",
        )
        .sort("pcn_code", "practice_code", "joined_on")
        .select(
            pl.col("practice_code").alias("Partner\nOrganisation\nCode"),
            _upper("name").alias("Partner\nName"),
            pl.col("sub_icb_code").alias("Practice\nParent\nSub ICB Loc Code"),
            pl.col("location_name").alias("Practice\nParent\nSub ICB Loc Name"),
            pl.col("pcn_code").alias("PCN Code"),
            _upper("pcn_name").alias("PCN Name"),
            pl.col("pcn_parent").alias("PCN Parent\nSub ICB Loc Code"),
            pl.col("pcn_location").alias("PCN Parent\nSub ICB Loc Name"),
            _day("joined_on").alias("Practice to PCN\nRelationship\nStart Date"),
            _day("left_on").alias("Practice to PCN\nRelationship\nEnd Date"),
            (pl.col("sub_icb_code") == pl.col("pcn_parent")).alias(
                "Practice Sub ICB Loc and PCN Sub ICB Loc Match "
            ),
        )
    )


def _locations() -> pl.DataFrame:
    return places.organisations("2025-26").select(
        _upper("location_name"), sub_icb_code="location_code"
    )


def _upper(column: str) -> pl.Expr:
    return pl.col(column).str.to_uppercase()


def _day(column: str) -> pl.Expr:
    return pl.col(column).dt.strftime("%Y%m%d")
