"""The workbooks beside each QOF release: totals of areas, as the publisher added them up.

Nothing on the page is made of them. They are held against our own sums, so that a mapping or a rule
that differs from the publisher's is seen. A sheet is a register's group; over the header stand
the indicators, each with its own numerator, denominator and adjustments.
"""

import re
from collections.abc import Iterator

import polars as pl

from engine.atlas.rollup import ENGLAND
from engine.atlas.tables.qof_contracts import OWNER
from engine.period import Calendar
from refresh.atlas.sources import qof
from refresh.source import Part, Source

_AREAS = r"(?:ccg|sicbl|icb|stp|nat-reg)"
_WORKBOOK = (
    rf"^qof-(?P<from>\d\d)(?P<to>\d\d)-"
    rf"(?:(?:prev-ach-(?:exc|pca)-{_AREAS})|(?:{_AREAS}-ach-prev-pca))"
    r"(?:[\s_-]?v(?P<version>\d+))?\.xlsx$"
)
_INDICATOR = re.compile(r"([A-Z]+(?:-[A-Z]+)?\d{3})\b")
# The last of these that a header has is whose totals the sheet gives; ONS codes are left alone.
_LEVELS = {
    "region": r"region(?: ods)? code\b",
    "icb": r"(?:icb|stp)(?: ods)? code\b",
    "sub_icb": r"(?:ccg|sub icb loc(?:ation)?|sicbl)(?: ods)? code\b",
}
_PREVALENCE = {"register": "register", "list_size": "list size", "practices": "number of practices"}
_PARTS = {"numerator": "numerator", "denominator": "denominator"} | dict.fromkeys(
    ("pcas", "exceptions"), "pcas"
)
_COUNT = re.compile(r"\d+(?:\.0+)?")
_ABSENT = re.compile(r"[a-z:*.\u2013-]?")  # z not applicable, : not available

Row = tuple[str | None, ...]
Figure = tuple[str, str, str, str, str]


def published_total(totals: pl.LazyFrame, *, practices: pl.LazyFrame, year: str) -> pl.LazyFrame:
    """The `published_total` contract of one year, sorted by its key.

    Takes:  the practices of that year: without any there is nothing to hold its totals against.
    """
    key = ("level", "organisation_code", "code", "part")
    return totals.with_columns(year=pl.lit(year)).sort(key)


def as_figures(raw: pl.LazyFrame) -> pl.LazyFrame:
    """One row a printed total of the workbook's own year.

    Takes:  the cells of every sheet (see refresh.extract.sheets).
    Gives:  `LEVEL`, `ORGANISATION_CODE`, `CODE`, `PART`, `VALUE`, all text. Cells that say that
            there is no figure give no row; what is no number otherwise is passed on as it is.
    """
    sheets = raw.collect().partition_by("SHEET", maintain_order=True, as_dict=True)
    rows = [
        figure
        for (name,), cells in sheets.items()
        for figure in _of_sheet(name, cells.drop("SHEET").rows())
    ]
    names = ("LEVEL", "ORGANISATION_CODE", "CODE", "PART", "VALUE")
    return pl.LazyFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def _of_sheet(name: str, rows: list[Row]) -> Iterator[Figure]:
    headers = ((at, found) for at, row in enumerate(rows) if (found := _level(row)))
    first = next(headers, None)
    if first is None:
        return  # a title sheet, or notes
    at, (level, code_at) = first
    columns = dict(_columns(re.sub(r"\W", "", name).upper(), rows[:at], rows[at]))
    for row in rows[at + 1 :]:
        organisation = row[code_at] or ""
        if re.fullmatch(r"[0-9A-Z]{3}", organisation):
            here = "england" if organisation == ENGLAND else level
            for column, (code, part) in columns.items():
                value = row[column] or ""
                if not _ABSENT.fullmatch(value):
                    yield here, organisation, code, part, _whole(value)


def _level(row: Row) -> tuple[str, int] | None:
    """Whose totals a sheet gives, and the column of their codes; None where it is no header."""
    found = [
        (level, at)
        for level, pattern in _LEVELS.items()
        for at, cell in enumerate(row)
        if cell and re.match(pattern, cell, re.IGNORECASE)
    ]
    return found[-1] if found else None


def _columns(group: str, banners: list[Row], header: Row) -> Iterator[tuple[int, tuple[str, str]]]:
    """Which column holds which part of which register or indicator.

    Of two blocks of prevalence, last year's and this year's, the second is this year's, from its
    number of practices on; of its lists, which some registers have for other ages as well, the
    first is the prevalence's.
    """
    names = [(cell or "").lower() for cell in header]
    starts = sorted(
        (at, found[1].replace("-", ""))
        for row in banners
        for at, cell in enumerate(row)
        if (found := _INDICATOR.match(cell or ""))
    )
    registers = [at for at, name in enumerate(names) if name == "register"]
    if registers:
        counted = [at for at, name in enumerate(names) if name.startswith(_PREVALENCE["practices"])]
        blocks = (0, *(at + 1 for at in registers), *counted)
        block = max(at for at in blocks if at <= registers[-1])
        for part, words in _PREVALENCE.items():
            places = (at for at in range(block, len(names)) if names[at].startswith(words))
            if (place := next(places, None)) is not None:
                yield place, (group, part)
    ends = [*(start for start, _ in starts[1:]), len(names)]
    for (start, code), end in zip(starts, ends, strict=False):
        for at in range(start, end):
            if names[at] in _PARTS:
                yield at, (code, _PARTS[names[at]])


def _whole(value: str) -> str:
    return value.split(".")[0] if _COUNT.fullmatch(value) else value


SOURCE = Source(
    code="qof_totals",
    name="Quality and Outcomes Framework, totals of areas",
    publisher="NHS England",
    pages=qof.SOURCE.pages,
    follow=qof.SOURCE.follow,
    files=(_WORKBOOK,),
    period=qof.period,
    parts=(
        Part(
            "published_total",
            members=(_WORKBOOK,),
            shape=as_figures,
            sheet="*",
            required=True,
        ),
    ),
    calendar=Calendar("year", after_days=150, grace_days=60),
    owner=OWNER,
    domain="Primary care",
    purpose="Holds our sums of practices against the totals that the publisher printed.",
)
