"""A hundred ways in which a publication can be broken, each made from good files.

Every variant is a re-issue that says something else than what was there before: so what is served
afterwards is either the last good numbers or the new ones, and a test can tell which.
"""

import io
import stat
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from tests.refresh.files import workbook
from tests.refresh.mirrors import (
    DIRECTORY,
    EPCN,
    EPRACCUR,
    PRACTICES,
    READY,
    code,
    directory,
    epcn,
    epraccur,
    members,
    packed,
    ready,
    zip_of,
)

# Achievement came in one file, then in seven: what does not ask for the seven uses the one.
YEAR, SPLIT = "2021-22", "2023-24"
ZIP, SPLIT_ZIP = zip_of(YEAR), zip_of(SPLIT)
LONDON, MIDLANDS = "ACHIEVEMENT_LONDON_2324.csv", "ACHIEVEMENT_MIDLANDS_2324.csv"
PREVALENCE, PLACES = "PREVALENCE_2122.csv", "MAPPING_NHS_GEOGRAPHIES_2122.csv"
INDICATORS = "MAPPING_INDICATORS_2122.csv"
HTML = b"<!DOCTYPE html>\n<html><head><title>Gone</title></head><body>Try later</body></html>\n"
REFUSED, LOADED = "refused", "loaded"
OF = {
    "QOF_2122_V2.zip": "qof",
    "QOF2324.zip": "qof",
    "epraccur.csv": "ods_practices",
    "ePCN.xlsx": "ods_networks",
    "ONSPD_FEB_2026_UK.csv": "postcode_directory",
    "practice_coordinates.csv": "ready_coordinates",
}
"""The source of each publication, by its file's name."""

Change = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Partly:
    """The new numbers are served but for some rows of one table, which are told of.

    rows   which rows of the table of the year
    gives  what these are served as, as far as told here; none: they are left out
    """

    table: str
    rows: pl.Expr
    gives: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Broken:
    """One variant.

    files   what the mirror gets, by path; what is good instead is `mended`
    where   the file that a finding names (empty: nothing is wrong, and nothing is said)
    column  the column it names, where one is concerned
    ends    whether the last good numbers stay, the new ones are served, or they are but in part
    """

    name: str
    files: dict[str, bytes]
    mended: dict[str, bytes]
    where: str = ""
    column: str = ""
    ends: str | Partly = REFUSED
    year: str = YEAR
    parts: tuple[str, ...] = field(default=(), kw_only=True)

    @property
    def sources(self) -> tuple[str, ...]:
        """Whose files these are: to ask nobody else for news is a tenth of a run."""
        return tuple({OF[path.rpartition("/")[2]]: None for path in self.files})


# What breaks a CSV: bytes in, bytes out


def cells(content: bytes) -> list[list[str]]:
    return [line.split(",") for line in content.decode().splitlines()]


def joined(rows: list[list[str]]) -> bytes:
    return "".join(",".join(row) + "\r\n" for row in rows).encode()


def values(column: str | int, change: Callable[[str], str], *, first: int | None = None) -> Change:
    """Another value in a column, by name, or by place in a file without header."""

    def apply(content: bytes) -> bytes:
        rows = cells(content)
        at = column if isinstance(column, int) else rows[0].index(column)
        for row in rows[isinstance(column, str) :][:first]:
            row[at] = change(row[at])
        return joined(rows)

    return apply


def measured(measure: str, change: Callable[[str], str], *, first: int | None = None) -> Change:
    """Another value for one measure of an achievement file."""

    def apply(content: bytes) -> bytes:
        rows = cells(content)
        for row in [row for row in rows if measure in row][:first]:
            row[-1] = change(row[-1])
        return joined(rows)

    return apply


def without(column: str) -> Change:
    def apply(content: bytes) -> bytes:
        at = cells(content)[0].index(column)
        return joined([row[:at] + row[at + 1 :] for row in cells(content)])

    return apply


def renamed(old: str, new: str) -> Change:
    return lambda content: content.replace(old.encode(), new.encode())


def shifted(content: bytes) -> bytes:
    """Every value one column to the right of its header, the last one lost."""
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
    return content.decode().encode("cp1252")


def one_byte_in_windows_1252(content: bytes) -> bytes:
    """The first curly quote, in a file whose others are UTF-8."""
    quote = "\u2019"
    return content.replace(quote.encode(), quote.encode("cp1252"), 1)


def of_first(share: float) -> Change:
    """The rows of the first practices only, that many of all."""
    gone = {code(i) for i in PRACTICES[round(len(PRACTICES) * share) :]}
    return lambda content: joined([row for row in cells(content) if not gone & set(row)])


def twice(*rows: int, last: Callable[[str], str] = str) -> Change:
    """Some data rows once more at the end, their last cell changed or as it was."""

    def apply(content: bytes) -> bytes:
        header, *body = cells(content)
        return joined([header, *body, *([*body[n][:-1], last(body[n][-1])] for n in rows)])

    return apply


def added(line: str) -> Change:
    return lambda content: content + f"{line}\r\n".encode()


def beside(measure: str) -> Change:
    """One row more of every denominator's, of a measure that there never was."""

    def apply(content: bytes) -> bytes:
        rows = cells(content)
        new = [[*row[:-2], measure, "0.5"] for row in rows if "DENOMINATOR" in row]
        return joined(rows + new)

    return apply


def as_workbook(content: bytes) -> bytes:
    return workbook(Sheet1=cells(content))


def half_more(cell: str) -> str:
    return f"{cell}.5"


def one_more(cell: str) -> str:
    return str(int(cell) + 1)


# What breaks a zip: its members in, bytes out


def encrypted(contents: dict[str, bytes]) -> bytes:
    content = bytearray(packed(contents))
    for magic, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(magic) + flags] |= 1
    return bytes(content)


def damaged(contents: dict[str, bytes]) -> bytes:
    """One digit changed on the way; the checksum knows."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue().replace(f"{code(0)},AF,".encode(), f"{code(1)},AF,".encode(), 1)


def linked(contents: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO(packed(contents))
    with zipfile.ZipFile(buffer, "a") as archive:
        link = zipfile.ZipInfo("passwords.csv")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    return buffer.getvalue()


# The variants


def member(name: str, of: str, change: Change, where: str = "", **more: Any) -> Broken:
    """One member of the zip is re-issued, and broken on the way."""
    year = SPLIT if "_2324" in of else YEAR
    good = members(year) | {of: members(year, issue=2)[of]}
    broken = packed(good | {of: change(good[of])})
    parts = ("achievement",) if of.startswith("ACH") else ("prevalence",) * (of == PREVALENCE)
    said = f"{of[:-9]}: {name}"
    return Broken(
        said,
        {zip_of(year): broken},
        {zip_of(year): packed(good)},
        where,
        year=year,
        parts=parts,
        **more,
    )


def fine(name: str, of: str, change: Change) -> Broken:
    """One member of the zip is written in a way that is unusual, and read all the same."""
    return member(name, of, change, ends=LOADED)


def whole(name: str, make: Callable[[dict[str, bytes]], bytes], **more: Any) -> Broken:
    """The zip is re-issued, and broken as a whole."""
    good = members(YEAR, issue=2)
    more = {"where": "QOF_2122_V2.zip", "parts": ("achievement", "prevalence")} | more
    return Broken(f"zip: {name}", {ZIP: make(good)}, {ZIP: packed(good)}, **more)


def other(name: str, path: str, good: bytes, change: Change, where: str, **more: Any) -> Broken:
    """Another publication's file is re-issued, and broken on the way."""
    said = f"{path.rpartition('/')[2]}: {name}"
    return Broken(said, {path: change(good)}, {path: good}, where, **more)


def layouts(of: str, column: str) -> list[Broken]:
    """What can happen to any CSV with a header, and ends otherwise in one part than in another."""
    return [
        member("a column is renamed", of, renamed(column, "SOMETHING_NEW"), of),
        member("values shifted under the header", of, shifted, of),
        member("no bytes", of, lambda _: b"", of),
        member("a header and nothing else", of, header_only, of),
        member("cut short in a row", of, cut_short, of),
        fine("columns in another order", of, turned_round),
        fine("blanks round every cell", of, padded),
        fine("two byte order marks", of, lambda content: b"\xef\xbb\xbf" * 2 + content),
    ]


def bytes_of(of: str) -> list[Broken]:
    """What can happen to any file, and is met before anybody asks which part it is."""
    return [
        member("a column is missing", of, without("REGISTER"), of),
        member("zero bytes in the middle", of, with_zeros, of),
        member("a web page", of, lambda _: HTML, of),
        member("a workbook called CSV", of, as_workbook, of),
        fine("columns nobody asked for", of, widened),
        fine("UTF-16", of, lambda content: content.decode().encode("utf-16")),
    ]


_AF = (pl.col("practice_code") == code(0)) & (pl.col("group_code") == "AF")
_LEFT_OUT = Partly("prevalence", _AF)
_SIZE, _REGISTER = "PRACTICE_LIST_SIZE", "REGISTER"


def registers() -> list[Broken]:
    """What can happen to the numbers of PREVALENCE."""

    def register(name: str, value: Callable[[str], str], first: int | None, **more: Any) -> Broken:
        more = {"column": _REGISTER} | more
        change = values(_REGISTER, value, first=first)
        return member(name, PREVALENCE, change, PREVALENCE, **more)

    return [
        register("text for one number", lambda _: "many", 1, ends=_LEFT_OUT),
        register("text for 2 % of the numbers", lambda _: "many", 5),
        register("text for every number", lambda _: "many", None),
        register("half a patient", half_more, 1, ends=_LEFT_OUT),
        register("half a patient everywhere", half_more, None),
        register("a comma for the decimal point", lambda c: f'"{c},5"', 1, ends=_LEFT_OUT),
        register("a negative count", lambda _: "-3", 1, column="register"),
        register("a number too large to be true", lambda _: "1e12", 1, column="register"),
        register("a number too large to hold", lambda _: "1e300", 1, ends=_LEFT_OUT),
        register("registers over lists in 20 %", lambda _: "9999", 42, column="register"),
    ]


def lists() -> list[Broken]:
    """What else can happen to PREVALENCE."""

    def change(name: str, change: Change, column: str, **more: Any) -> Broken:
        return member(name, PREVALENCE, change, PREVALENCE, column=column, **more)

    def sizes(value: Callable[[str], str], first: int | None = None) -> Change:
        return values(_SIZE, value, first=first)

    def codes(value: Callable[[str], str], first: int | None = None) -> Change:
        return values("PRACTICE_CODE", value, first=first)

    none, zero = ({"list_size": None},), ({"register": 103, "list_size": 0},)
    unknown = Partly("prevalence", pl.col("group_code") == "XYZ", ({"register": 5},))
    return [
        fine("thousands separators", PREVALENCE, sizes(lambda c: f'"{int(c):,}"')),
        fine("scientific notation", PREVALENCE, sizes(lambda c: f"{int(c):.6e}")),
        change("no list size at all", sizes(lambda _: ""), "list_size"),
        change(
            "one list size missing",
            sizes(lambda _: "", 1),
            "list_size",
            ends=Partly("prevalence", _AF, none),
        ),
        change("every list size zero", sizes(lambda _: "0"), "register"),
        change(
            "one list size zero",
            sizes(lambda _: "0", 1),
            "register",
            ends=Partly("prevalence", _AF, zero),
        ),
        change("rows that contradict one another", twice(0, last=one_more), "practice_code"),
        change("codes in lower case", codes(str.lower), "practice_code"),
        change("malformed codes", codes(lambda c: c[:-2], 60), "practice_code"),
        change("codes missing", codes(lambda _: "", 30), "PRACTICE_CODE"),
        change("40 % of the practices", of_first(0.4), ""),
        change(
            "80 % of the practices",
            of_first(0.8),
            "practice_code",
        ),
        member("rows repeated exactly", PREVALENCE, twice(0, 7, 7), PREVALENCE, ends=LOADED),
        member("an unknown group", PREVALENCE, added(f"{code(0)},XYZ,5,TOTAL,5300"), ends=unknown),
    ]


_COPD = (pl.col("practice_code") == code(20)) & (pl.col("indicator_code") == "COPD010")
_NEW = f"Y60,E40000001,Midlands,{code(20)},NEW001,NUMERATOR,5"


def achievements() -> list[Broken]:
    """What can happen to the numbers of one region's ACHIEVEMENT."""

    def value(name: str, change: Change, column: str, where: str = MIDLANDS, **more: Any) -> Broken:
        return member(name, MIDLANDS, change, where, column=column, **more)

    def over(_: str) -> str:
        return "900"

    not_given = Partly("percent_achieved", _COPD, ({"numerator": None, "percent_net": None},))
    is_new = pl.col("indicator_code") == "NEW001"
    new = Partly("percent_achieved", is_new, ({"numerator": 5, "percent_net": None},))
    return [
        value(
            "numerators over denominators in 5 %",
            measured("NUMERATOR", over, first=7),
            "numerator",
            "QOF2324.zip",
        ),
        value("negative PCAs", measured("PCAS", lambda _: "-1", first=1), "value"),
        value(
            "text for one number",
            measured("NUMERATOR", lambda _: "n/k", first=1),
            "VALUE",
            ends=not_given,
        ),
        value("half a patient", measured("NUMERATOR", half_more, first=1), "VALUE", ends=not_given),
        value("half a patient everywhere", measured("NUMERATOR", half_more), "VALUE"),
        value("an unknown measure", renamed("PCAS", "ADJUSTED"), "measure"),
        value("a new measure beside the known", beside("REVIEWED"), "measure", ends=LOADED),
        value(
            "half of its practices",
            lambda content: joined(cells(content)[:51]),
            "practice_code",
            "QOF2324.zip",
        ),
        value("another region's rows", lambda _: members(SPLIT)[LONDON], "practice_code"),
        member("an unknown indicator", MIDLANDS, added(_NEW), ends=new),
    ]


def mappings() -> list[Broken]:
    """What can happen to what practices belong to, and to what indicators are called."""
    icb = values("ICB_ODS_CODE", lambda _: "QZZ", first=1)
    half = of_first(0.5)
    return [
        fine("Windows-1252", PLACES, in_windows_1252),
        fine("Windows-1252", INDICATORS, in_windows_1252),
        member(
            "one byte in Windows-1252",
            PLACES,
            one_byte_in_windows_1252,
            PLACES,
            column="(text)",
            ends=LOADED,
        ),
        member(
            "a practice in two boards",
            PLACES,
            lambda c: c + icb(c).split(b"\r\n", 1)[1],
            PLACES,
            column="practice_code",
        ),
        member("half of the practices", PLACES, half, "QOF_2122_V2.zip", column="practice_code"),
        member("a column is renamed", PLACES, renamed("ICB_ODS_CODE", "BOARD"), PLACES),
        member("a header and nothing else", PLACES, header_only, PLACES),
        member(
            "codes in lower case",
            PLACES,
            values("PRACTICE_CODE", str.lower),
            PLACES,
            column="practice_code",
        ),
        member(
            "text for points",
            INDICATORS,
            values("INDICATOR_POINT_VALUE", lambda _: "some"),
            INDICATORS,
            column="INDICATOR_POINT_VALUE",
        ),
        member(
            "negative points",
            INDICATORS,
            values("INDICATOR_POINT_VALUE", lambda _: "-1"),
            INDICATORS,
            column="points_max",
        ),
        member(
            "an indicator twice",
            INDICATORS,
            twice(0, last=lambda _: "06OV"),
            INDICATORS,
            column="indicator_code",
        ),
    ]


def zips() -> list[Broken]:
    """What can happen to a zip as a whole."""
    later = {name.replace("_2122", "_2223"): content for name, content in members(YEAR).items()}
    old, new = members(YEAR)[PREVALENCE], members(YEAR, issue=2)[PREVALENCE]
    split, again = members(SPLIT), members(SPLIT, issue=2)[LONDON]
    achievement = ("achievement",)
    return [
        whole("a web page", lambda _: HTML),
        whole("cut short", lambda good: packed(good)[:-300]),
        whole("no bytes", lambda _: b""),
        whole("no members", lambda _: packed({})),
        whole("nothing known in it", lambda _: packed({"README.txt": b"Raw data follows.\n"})),
        whole("encrypted", encrypted),
        Broken(
            "zip: a checksum that is wrong",
            {ZIP: damaged(members(YEAR) | {PREVALENCE: new})},
            {ZIP: packed(members(YEAR) | {PREVALENCE: new})},
            PREVALENCE,
            parts=("prevalence",),
        ),
        whole("a path that leads out of it", lambda good: packed(good | {"../../evil.csv": b"x"})),
        whole("an absolute path", lambda good: packed(good | {"/etc/cron.d/x": b"x"})),
        whole("a symbolic link", linked),
        whole("a bomb", lambda good: packed(good | {"zeros.csv": bytes(60 << 20)})),
        whole("another year in it", lambda _: packed(later), where="PREVALENCE_2223.csv"),
        whole(
            "one member of another year",
            lambda good: packed(good | {"PREVALENCE_2223.csv": old}),
            where="PREVALENCE_2223.csv",
        ),
        whole(
            "a zip in the zip",
            lambda good: packed({"QOF_2122.zip": packed(good)}),
            where="",
            ends=LOADED,
        ),
        whole(
            "members in a folder",
            lambda good: packed({f"QOF 21-22/{n}": c for n, c in good.items()}),
            where="",
            ends=LOADED,
        ),
        Broken(
            "zip: six regions of seven",
            {SPLIT_ZIP: packed({n: c for n, c in split.items() if n != LONDON})},
            {SPLIT_ZIP: packed(split)},
            "QOF2324.zip",
            "(file names)",
            year=SPLIT,
            parts=achievement,
        ),
        Broken(
            "zip: a region twice",
            {SPLIT_ZIP: packed(split | {LONDON.replace(".csv", "_copy.csv"): again})},
            {SPLIT_ZIP: packed(split)},
            "QOF2324.zip",
            "(file names)",
            year=SPLIT,
            parts=achievement,
        ),
        Broken(
            "zip: two files of one name",
            {ZIP: packed(members(YEAR) | {f"old/{PREVALENCE}": new})},
            {ZIP: packed(members(YEAR))},
            f"QOF_2122_V2.zip/old/{PREVALENCE}",
            "(file names)",
            parts=("prevalence",),
        ),
        Broken(
            "zip: two versions of a file",
            {ZIP: packed(members(YEAR) | {PREVALENCE.replace(".csv", "_v2.csv"): new})},
            {ZIP: packed(members(YEAR) | {PREVALENCE: new})},
            ends=LOADED,
        ),
    ]


def practices() -> list[Broken]:
    """What can happen to epraccur, which has no header."""

    def change(name: str, change: Change, column: str = "", **more: Any) -> Broken:
        return other(name, EPRACCUR, epraccur(2), change, "epraccur.csv", column=column, **more)

    return [
        change("a column too few", lambda c: joined([row[:-1] for row in cells(c)])),
        change("a column too many", lambda c: joined([[*row, ""] for row in cells(c)])),
        change("cut short in a row", cut_short),
        change("a web page", lambda _: HTML),
        change("zero bytes in the middle", with_zeros),
        change("an open quote", lambda c: c.replace(b"PRACTICE 3", b'"PRACTICE 3', 1)),
        change("no practices among them", values(25, lambda _: "RO999")),
        change("impossible dates", values(10, lambda _: "20230230"), "OPENDATE"),
        change(
            "a practice that contradicts itself",
            lambda c: c + epraccur(3).split(b"\r\n")[0] + b"\r\n",
            "practice_code",
        ),
        change("codes missing", values(0, lambda _: "", first=30), "ORGCODE"),
        change("40 % of the practices", of_first(0.4)),
    ]


def networks() -> list[Broken]:
    """What can happen to a workbook."""

    def change(name: str, change: Change, column: str = "") -> Broken:
        return other(name, EPCN, epcn(2), change, "ePCN.xlsx", column=column)

    rows = [["PCN Code", "PCN Name", "Current Sub ICB Loc Code", "Open Date", "Close Date"]]
    no_code = [["PCN Name", "Current Sub ICB Loc Code", "Open Date", "Close Date"]]
    bad = [*rows, *([f"X{n}", "NETWORK", "00A", "20190701", None] for n in range(14))]
    return [
        change("a CSV called workbook", lambda _: b"PCN_CODE,PCN_NAME\r\nU10000,A\r\n"),
        change("cut short", lambda c: c[: len(c) // 2]),
        change("a web page", lambda _: HTML),
        change("another sheet", lambda _: workbook(Networks=rows)),
        change("an empty sheet", lambda _: workbook(PCNDetails=rows)),
        change(
            "a column is missing",
            lambda _: workbook(PCNDetails=[*no_code, ["A", "00A", "20190701", None]]),
            "pcn_code",
        ),
        change("malformed codes", lambda _: workbook(PCNDetails=bad), "pcn_code"),
    ]


def coordinates() -> list[Broken]:
    """What can happen to the places of postcodes and practices."""

    def swap(content: bytes) -> bytes:
        """Latitude and longitude in each other's column, which are the last two."""
        header, *rows = cells(content)
        return joined([header, *([*row[:-2], row[-1], row[-2]] for row in rows)])

    def abroad(content: bytes) -> bytes:
        header, *rows = cells(content)
        return joined([header, *([*row[:-2], "41.6", "-72.7"] for row in rows)])

    found = {"column": "longitude, latitude"}
    broken = []
    for path, good in ((DIRECTORY, directory(2)), (READY, ready(2))):
        where = path.rpartition("/")[2]
        broken += [
            other("latitude and longitude swapped", path, good, swap, where, **found),
            other("every point in Connecticut", path, good, abroad, where, **found),
            other("latitude missing", path, good, without("LAT"), where, column="latitude"),
            other(
                "text for latitudes",
                path,
                good,
                values("LAT", lambda _: "north"),
                where,
                column="LAT",
            ),
            other("a header and nothing else", path, good, header_only, where),
            other("no bytes", path, good, lambda _: b"", where),
        ]
    return broken


VARIANTS = [
    *bytes_of(PREVALENCE),
    *layouts(PREVALENCE, "REGISTER"),
    *layouts(LONDON, "VALUE"),
    *registers(),
    *lists(),
    *achievements(),
    *mappings(),
    *zips(),
    *practices(),
    *networks(),
    *coordinates(),
]
