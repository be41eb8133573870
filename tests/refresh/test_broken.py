"""Broken publications: whatever comes, a finding says what and where, and no wrong number is served.

Each variant is made from good files and arrives on top of a good lake, as a re-issue that says
something else than before; so what is served can only be the last good numbers or the new ones,
and a test can tell which. Afterwards the good re-issue comes, and must be all it takes.
"""

import io
import shutil
import stat
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from engine import open_lake
from refresh.finding import failed
from tests.refresh.files import workbook
from tests.refresh.mirrors import (
    DIRECTORY,
    EPCN,
    EPRACCUR,
    PRACTICES,
    code,
    contents,
    directory,
    england,
    epcn,
    epraccur,
    lay_out,
    members,
    packed,
    refresh,
    served,
    told,
    zip_of,
)

YEARS, YEAR, BEFORE = ("2022-23", "2023-24"), "2023-24", "2022-23"
QOF = zip_of(YEAR)
LONDON, MIDLANDS = "ACHIEVEMENT_LONDON_2324.csv", "ACHIEVEMENT_MIDLANDS_2324.csv"
PREVALENCE, PLACES = "PREVALENCE_2324.csv", "MAPPING_NHS_GEOGRAPHIES_2324.csv"
INDICATORS, POINTS = "MAPPING_INDICATORS_2324.csv", "ORGANISATION_REFERENCE_2324.csv"
TABLE = {
    "ACHIEVEMENT": "percent_achieved",
    "PREVALENCE": "prevalence",
    "MAPPING_NHS": "practice_geography",
    "MAPPING_IND": "indicator",
    "epraccur": "practice",
    "ePCN": "pcn",
    "ONSPD": "practice_coordinates",
}
HTML = b"<!DOCTYPE html>\n<html><head><title>Gone</title></head><body>Try later</body></html>\n"
Change = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Broken:
    """One variant.

    name    what is broken, for the test's name
    files   what the mirror gets, by path
    where   the file that a finding names (empty: nothing is wrong with it, and nothing is said)
    column  the column it names, where one is concerned
    ends    `refused`: the last good numbers stay; `loaded`: the new ones are served; or the codes
            of the practices whose rows alone were turned away
    """

    name: str
    files: dict[str, bytes]
    where: str = ""
    column: str = ""
    ends: str | tuple[str, ...] = "refused"


# Small tools that break things


def cells(content: bytes) -> list[list[str]]:
    return [line.split(",") for line in content.decode().splitlines()]


def joined(rows: list[list[str]]) -> bytes:
    return "".join(",".join(row) + "\r\n" for row in rows).encode()


def each_row(change: Callable[[list[str]], list[str]]) -> Change:
    return lambda content: joined([change(row) for row in cells(content)])


def values(column: str, change: Callable[[str], str], *, only: slice = slice(None)) -> Change:
    """Change a column's values, in all data rows or in those of a slice."""

    def apply(content: bytes) -> bytes:
        header, *rows = cells(content)
        for row in rows[only]:
            row[header.index(column)] = change(row[header.index(column)])
        return joined([header, *rows])

    return apply


def measured(measure: str, change: Callable[[str], str], *, only: slice = slice(None)) -> Change:
    """Change the values of one measure of an achievement file."""

    def apply(content: bytes) -> bytes:
        rows = cells(content)
        for row in [row for row in rows if measure in row][only]:
            row[-1] = change(row[-1])
        return joined(rows)

    return apply


def without(column: str) -> Change:
    def apply(content: bytes) -> bytes:
        at = cells(content)[0].index(column)
        return joined([row[:at] + row[at + 1 :] for row in cells(content)])

    return apply


def renamed(column: str, to: str) -> Change:
    return lambda content: content.replace(column.encode(), to.encode(), 1)


def shifted(content: bytes) -> bytes:
    """Every data row moved one column to the right, its last cell lost."""
    header, *rows = cells(content)
    return joined([header, *(["", *row[:-1]] for row in rows)])


def turned_round(content: bytes) -> bytes:
    return joined([row[::-1] for row in cells(content)])


def widened(content: bytes) -> bytes:
    header, *rows = cells(content)
    return joined([[*header, "NOTE", "CHECKED_BY"], *([*row, "x", "1"] for row in rows)])


def padded(content: bytes) -> bytes:
    header, *rows = cells(content)
    return joined([header, *([f"  {cell} " for cell in row] for row in rows)])


def header_only(content: bytes) -> bytes:
    return joined(cells(content)[:1])


def cut_short(content: bytes) -> bytes:
    return content[: content.rindex(b",")]


def with_zeros(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes(40) + content[middle:]


def in_windows_1252(content: bytes) -> bytes:
    return content.decode().replace("PRACTICE 1", "PRACTICE \u2019 1").encode("cp1252")


def few(share: float) -> Change:
    """Only the rows of the first practices, that many of all."""
    gone = {code(i) for i in PRACTICES[round(len(PRACTICES) * share) :]}
    return lambda content: joined([row for row in cells(content) if not gone & set(row)])


def twice(*rows: int, change: Callable[[list[str]], list[str]] = list) -> Change:
    """Some data rows once more at the end, changed or as they are."""

    def apply(content: bytes) -> bytes:
        header, *body = cells(content)
        return joined([header, *body, *(change(body[n]) for n in rows)])

    return apply


def added(*lines: str) -> Change:
    return lambda content: content + "".join(f"{line}\r\n" for line in lines).encode()


def as_workbook(content: bytes) -> bytes:
    return workbook(Sheet1=cells(content))


def more(cell: str) -> str:
    return str(int(cell) + 1)


# The variants, by the file that is broken


def qof(name: str, member: str, change: Change, *, where: str = "", **ends: object) -> Broken:
    """One member of the re-issued zip is changed."""
    good = members(YEAR, issue=2)
    zipped = packed(good | {member: change(good[member])})
    return Broken(f"{member.split('_2324')[0]}: {name}", {QOF: zipped}, where or member, **ends)


def layouts(member: str, column: str) -> list[Broken]:
    """What can happen to any CSV."""
    fine = {"where": " ", "ends": "loaded"}
    return [
        qof("a column is missing", member, without(column)),
        qof("a column is renamed", member, renamed(column, "SOMETHING_NEW")),
        qof("values shifted under the header", member, shifted),
        qof("columns in another order", member, turned_round, **fine),
        qof("columns nobody asked for", member, widened, **fine),
        qof("no bytes", member, lambda _: b""),
        qof("a header and nothing else", member, header_only),
        qof("cut short in a row", member, cut_short),
        qof("zero bytes", member, with_zeros),
        qof("a web page", member, lambda _: HTML),
        qof("a workbook saved as CSV", member, as_workbook),
        qof("UTF-16", member, lambda c: c.decode().encode("utf-16"), **fine),
        qof("two byte order marks", member, lambda c: b"\xef\xbb\xbf" * 2 + c, **fine),
        qof("Windows-1252", member, in_windows_1252, **fine),
        qof("blanks round every cell", member, padded, **fine),
    ]


def all_numbers(member: str, column: str, name: str) -> list[Broken]:
    """What can happen to a column of numbers; `name` is what the contract calls it."""
    return []


VARIANTS = [
    *layouts(PREVALENCE, "REGISTER"),
    *layouts(LONDON, "VALUE"),
    *layouts(PLACES, "ICB_ODS_CODE"),
    *layouts(INDICATORS, "INDICATOR_CODE"),
    qof("text for a number once", PREVALENCE, values("REGISTER", lambda _: "many", only=slice(0, 1)), column="REGISTER", ends=(code(0),)),
    qof("text for a number in 2 %", PREVALENCE, values("REGISTER", lambda _: "many", only=slice(0, 5)), column="REGISTER"),
    qof("text for every number", PREVALENCE, values("REGISTER", lambda _: "many"), column="REGISTER"),
    qof("a negative count", PREVALENCE, values("REGISTER", lambda _: "-3", only=slice(0, 1)), column="register"),
    qof("half a patient", PREVALENCE, values("REGISTER", lambda c: c + ".5", only=slice(0, 1)), column="REGISTER", ends=(code(0),)),
    qof("half a patient everywhere", PREVALENCE, values("REGISTER", lambda c: c + ".5"), column="REGISTER"),
    qof("thousands separators", PREVALENCE, values("PRACTICE_LIST_SIZE", lambda c: f'"{int(c):,}"'), where=" ", ends="loaded"),
    qof("scientific notation", PREVALENCE, values("PRACTICE_LIST_SIZE", lambda c: f"{int(c):.6e}"), where=" ", ends="loaded"),
    qof("a number too large to be true", PREVALENCE, values("REGISTER", lambda _: "1e12", only=slice(0, 1)), column="register"),
    qof("a number too large to hold", PREVALENCE, values("REGISTER", lambda _: "1e300", only=slice(0, 1)), column="REGISTER", ends=(code(0),)),
    qof("rows repeated exactly", PREVALENCE, twice(0, 7, 7), ends="loaded"),
    qof("rows that contradict one another", PREVALENCE, twice(0, change=lambda row: [*row[:-1], more(row[-1])]), column="practice_code"),
    qof("an unknown group", PREVALENCE, added(f"{code(0)},XYZ,5,TOTAL,5300"), where=" ", ends="more"),
    qof("codes in lower case", PREVALENCE, values("PRACTICE_CODE", str.lower), column="practice_code"),
    qof("malformed codes", PREVALENCE, values("PRACTICE_CODE", lambda c: c[:-2], only=slice(0, 60)), column="practice_code"),
    qof("no list size at all", PREVALENCE, values("PRACTICE_LIST_SIZE", lambda _: ""), column="list_size"),
    qof("every list size zero", PREVALENCE, values("PRACTICE_LIST_SIZE", lambda _: "0"), column="register"),
    qof("one list size zero", PREVALENCE, values("PRACTICE_LIST_SIZE", lambda _: "0", only=slice(0, 1)), column="register", ends="odd"),
    qof("registers larger than lists in 20 %", PREVALENCE, values("REGISTER", lambda _: "9999", only=slice(0, 42)), column="register"),
    qof("40 % of the practices", PREVALENCE, few(0.4)),
    qof("80 % of the practices", PREVALENCE, few(0.8)),
    qof("numerators over denominators in 5 %", MIDLANDS, measured("NUMERATOR", lambda _: "900", only=slice(0, 7)), where="QOF2324.zip", column="numerator"),
    qof("half a patient", MIDLANDS, measured("NUMERATOR", lambda c: c + ".5", only=slice(0, 1)), column="numerator", where="QOF2324.zip"),
    qof("negative PCAs", MIDLANDS, measured("PCAS", lambda _: "-1", only=slice(0, 1)), column="value", where="QOF2324.zip"),
    qof("text for a number once", MIDLANDS, measured("NUMERATOR", lambda _: "n/k", only=slice(0, 1)), column="VALUE", ends=(code(20),)),
    qof("an unknown measure", MIDLANDS, renamed("PCAS", "ADJUSTED"), column="measure", where="QOF2324.zip"),
    qof("an unknown indicator", MIDLANDS, added(f"Y60,E40000001,Midlands,{code(20)},NEW001,NUMERATOR,5"), where=" ", ends="more"),
    qof("half of its practices", MIDLANDS, lambda c: joined(cells(c)[:51])),
    qof("another region's rows", MIDLANDS, lambda _: members(YEAR, 2)[LONDON]),
]


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """A sealed lake, its mirror, and the lake that the good re-issue of everything makes."""
    root = tmp_path_factory.mktemp("good")
    lay_out(root / "mirror", england(YEARS))
    assert refresh(root / "mirror", root / "data").exit_code == 0
    return root


def reissued() -> dict[str, bytes]:
    return {QOF: packed(members(YEAR, issue=2))}


@pytest.fixture(scope="module")
def mended(good, tmp_path_factory):
    """The lake that good re-issues make."""
    root = tmp_path_factory.mktemp("mended") / "all"
    shutil.copytree(good, root)
    lay_out(root / "mirror", reissued())
    outcome = refresh(root / "mirror", root / "data")
    assert (outcome.exit_code, told(outcome.findings)) == (0, [])
    return root


@pytest.mark.parametrize("broken", VARIANTS, ids=lambda b: b.name)
def test_broken(broken, good, mended, tmp_path):
    root = tmp_path / "x"
    shutil.copytree(good, root)
    lay_out(root / "mirror", broken.files)
    outcome = refresh(root / "mirror", root / "data")
    old, new = contents(open_lake(good / "data")), contents(open_lake(mended / "data"))
    now = contents(open_lake(root / "data"))
    same_old = {k for k in now if now[k] == old.get(k)}
    same_new = {k for k in now if now[k] == new.get(k)}
    print(f"\n##### {broken.name}  [{broken.ends}] exit {outcome.exit_code} is_new {outcome.is_new}")
    part = next((t for p, t in TABLE.items() if broken.name.startswith(p)), None)
    mine = (part, YEAR if part in ("percent_achieved", "prevalence", "practice_geography") else None)
    print("   mine:", mine, "old" if mine in same_old else "new" if mine in same_new else "OTHER", "| other tables neither old nor new:", [k for k in now if k not in same_old | same_new and k != mine], "| missing", old.keys() - now.keys())
    for f in told(outcome.findings):
        print("   ", f.status, "|", f.where, "|", f.column, "|", f.message[:150], "| next:", f.next_step[:60])
    lay_out(root / "mirror", reissued())
    again = refresh(root / "mirror", root / "data")
    if contents(open_lake(root / "data")) != new: print("   !!!! NOT REPAIRED")
    if again.exit_code: print("   !!!! exit", again.exit_code)
