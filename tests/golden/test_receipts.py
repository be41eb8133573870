"""Receipts held against the published files: a thousand numbers, worked out again from raw bytes.

Nothing of the engine, and nothing of the refresh, helps here: the file that a receipt names is
opened with Python's own zip and CSV readers, and its rows are added up.
"""

import csv
import gzip
import hashlib
import io
import random
import zipfile
from collections import defaultdict
from functools import cache
from math import isclose
from pathlib import Path

import polars as pl
import pytest

from engine import Lake, Question
from engine.atlas.receipt import Receipt, receipt
from engine.atlas.rollup import LEVELS, UNALLOCATED

pytestmark = pytest.mark.golden
NUMBERS = 1_000
MEASURES = {"percent_achieved": ("net", "pri", "pca_rate", "points"), "prevalence": ("prevalence",)}
PARENTS = {
    "pcn": ("PCN_ODS_CODE",),
    "sub_icb": ("SUB_ICB_ODS_CODE", "SUB_ICB_LOC_ODS_CODE", "CCG_ODS_CODE", "CCG_CODE"),
    "icb": ("ICB_ODS_CODE", "STP_ODS_CODE", "STP_CODE", "STP_ONS_CODE"),
    "region": ("REGION_ODS_CODE", "REGION_CODE"),
}


def draws(lake: Lake) -> list[tuple[Question, str]]:
    """A thousand numbers of the lake, the same on every run."""
    dice = random.Random(4)
    whose: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in (
        lake.scan("organisation").select("year", "level", "organisation_code").collect().rows()
    ):
        whose[row[:2]].append(row[2])
    asked = [
        (table, year, code)
        for table, column in (("percent_achieved", "indicator_code"), ("prevalence", "group_code"))
        for year, code in sorted(lake.scan(table).select("year", column).unique().collect().rows())
    ]
    drawn = []
    while len(drawn) < NUMBERS:
        table, year, code = dice.choice(asked)
        measure, level = dice.choice(MEASURES[table]), dice.choice(list(LEVELS))
        if whose[year, level]:
            organisation = dice.choice(sorted(whose[year, level]))
            drawn.append((Question(code, year, level, measure), organisation))
    return drawn


@cache
def lines(path: Path, starts: tuple[str, ...]) -> list[dict[str, str]]:
    """The rows of a published file, or of the zip's members that are called so; read once."""
    content = path.read_bytes()
    if path.suffix == ".parquet":
        return pl.read_parquet(content).cast(pl.String).to_dicts()
    if path.suffix == ".zip":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for start in starts:
                names = [n for n in archive.namelist() if n.upper().startswith(start)]
                if names:
                    return [row for name in names for row in parsed(archive.read(name))]
        return []
    return parsed(gzip.decompress(content) if path.suffix == ".gz" else content)


def parsed(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def named(made: Receipt, table: str, root: Path) -> list[dict[str, str]]:
    """The rows of the file that a receipt names for a table, its hash checked on the way."""
    (release,) = (r for r in made.evidence if table in r["holds"])
    where = release["holds"][table]
    for file in sorted(release["files"], key=lambda f: not f["name"].lower().endswith(".zip")):
        if file["name"] in where["files"]:
            path = root / file["path"]
            assert hash_of(path) == file["sha256"]
            if rows := lines(path, tuple(where["called"])):
                return rows
    return []


@cache
def hash_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@cache
def counts(kind: str, indicator: str, rows: "Rows") -> dict[str, dict[str, float]]:
    """What each practice gave for an indicator (`achieved`) or a register (`on register`)."""
    given: dict[str, dict[str, float]] = defaultdict(dict)
    for row in rows.of(indicator):
        if kind == "achieved":
            name = row["MEASURE"].replace("EXCEPTIONS", "PCAS")
            given[row["PRACTICE_CODE"]][name] = float(row["VALUE"])
        else:
            size = row.get("PATIENT_LIST_SIZE") or row.get("PRACTICE_LIST_SIZE")
            found = {"REGISTER": row["REGISTER"], "LIST": size}
            given[row["PRACTICE_CODE"]] = {k: float(v) for k, v in found.items() if v}
    return given


class Rows:
    """Published rows by the indicator or register they are about; one for each file."""

    def __init__(self, rows: list[dict[str, str]]):
        self._by_code: dict[str, list[dict[str, str]]] = defaultdict(list)
        for row in rows:
            names = ("INDICATOR_CODE", "INDICATOR_GROUP_CODE", "GROUP_CODE")
            self._by_code[next(row[name] for name in names if name in row)].append(row)

    def of(self, code: str) -> list[dict[str, str]]:
        return self._by_code[code]


FILES: dict[int, Rows] = {}


def published(made: Receipt, root: Path) -> dict[str, dict[str, float]]:
    rows = named(made, made.metric.table, root)
    by_code = FILES.setdefault(id(rows), Rows(rows)) if id(rows) not in FILES else FILES[id(rows)]
    kind = "achieved" if made.metric.table == "percent_achieved" else "on register"
    return counts(kind, made.question.indicator, by_code)


def parts(measure: str, gave: dict[str, float], most: float | None) -> tuple:
    """Numerator and denominator of one practice, None where it adds nothing (DOMAIN 1.3)."""
    if measure == "prevalence":
        size = gave.get("LIST")
        return (gave.get("REGISTER") if size is not None else None), size
    if measure == "points":
        return gave.get("ACHIEVED_POINTS"), most if "ACHIEVED_POINTS" in gave else None
    top, below, pcas = (gave.get(name) for name in ("NUMERATOR", "DENOMINATOR", "PCAS"))
    if top is None or below is None:
        return None, None
    adjusted = below + (pcas or 0)
    return {"net": (top, below), "pri": (top, adjusted), "pca_rate": (pcas or 0, adjusted)}[measure]


def belonging(made: Receipt, root: Path, organisation: str) -> set[str] | None:
    """The practices of an area by the publisher's own mapping; None where it is not one."""
    level = made.question.level
    if level in ("practice", "england"):
        return None
    rows = named(made, "practice_geography", root)
    column = next(name for name in PARENTS[level] if name in rows[0])
    return {row["PRACTICE_CODE"] for row in rows if row[column] == organisation != UNALLOCATED}


def most_points(made: Receipt, root: Path) -> float | None:
    if made.question.measure != "points":
        return None
    rows = named(made, "indicator", root)
    code = made.question.indicator
    found = [row["INDICATOR_POINT_VALUE"] for row in rows if row["INDICATOR_CODE"] == code]
    return float(found[0]) if found else None


def added(values: list[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return sum(there) if there else None


def alike(found: tuple, expected: tuple) -> bool:
    """Equal, absent where absent; points are fractional, and the order of a sum moves its end."""
    pairs = zip(found, expected, strict=True)
    return all(
        a is b is None or None not in (a, b) and isclose(a, b, rel_tol=1e-12) for a, b in pairs
    )


def test_a_thousand_numbers_are_worked_out_again_from_the_files_their_receipts_name(real: Lake):
    """PEERS, what nobody has: every figure can be checked. Absent is not zero; U is no network."""
    root, wrong, with_value = real.layout.root, [], 0
    for question, organisation in draws(real):
        made = receipt(real, question, organisation)
        number, practices = pl.collect_all([made.number, made.practices])
        gave, most = published(made, root), most_points(made, root)
        codes = set(practices["practice_code"])
        members = belonging(made, root, organisation)
        if members is not None and codes != members:
            wrong.append((question, organisation, "practices", codes ^ members))
        own = [parts(question.measure, gave.get(code, {}), most) for code in codes]
        top, below = (added(list(side)) for side in zip(*own, strict=True))
        (row,) = number.to_dicts()
        value = top * 100 / below if top is not None and below else None
        found = (row["numerator"], row["denominator"], row["value"])
        with_value += value is not None
        if not alike(found, (top, below, value)):
            wrong.append((question, organisation, found, (top, below, value)))
    assert wrong == []
    assert with_value > 0.9 * NUMBERS
