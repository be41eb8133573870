"""Small mirrors: a pocket England of seventy practices, in the publishers' own files.

Ten practices a region, a few years, three indicators with numbers. Every number follows from the
practice's place, the year and the issue (a re-issue says something else), so a test can say what
must be served. Files are plain values (a path below the mirror -> bytes) until `lay_out` writes
them: what is to be broken is broken before that. The same call gives the same bytes.
"""

import io
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from engine import Lake, Question, answer, open_lake
from refresh.finding import Finding
from refresh.pipeline import Outcome, run
from tests.refresh.files import workbook

REGIONS = {
    "Y61": "East of England",
    "Y56": "London",
    "Y60": "Midlands",
    "Y63": "North East and Yorkshire",
    "Y62": "North West",
    "Y59": "South East",
    "Y58": "South West",
}
YEARS = ("2021-22", "2022-23", "2023-24")
NEWEST = YEARS[-1]
ZIPS = {
    "2021-22": "QOF_2122_V2.zip",
    "2022-23": "QOF 2022-23 Raw data .csv files.zip",
    "2023-24": "QOF2324.zip",
    "2024-25": "QOF2425.zip",
}
PRACTICES = range(70)
LAST_REGION = 60
EPRACCUR = "ods/2026-02/epraccur.csv"
EPCN = "ods/2026-02/ePCN.xlsx"
DIRECTORY = "geography/ONSPD_FEB_2026_UK.csv"
READY = "geography/practice_coordinates.csv"

_GEOGRAPHY = (
    "NAT_ONS_CODE,NAT_CODE,NAT_COUNTRY,REGION_ODS_CODE,REGION_ONS_CODE,REGION_NAME,ICB_ODS_CODE,"
    "ICB_ONS_CODE,ICB_NAME,SUB_ICB_ODS_CODE,SUB_ICB_ONS_CODE,SUB_ICB_NAME,PCN_ODS_CODE,PCN_NAME,"
    "PRACTICE_CODE,PRACTICE_NAME"
)
_INDICATORS = (
    "INDICATOR_CODE,INDICATOR_POINT_VALUE,GROUP_CODE,GROUP_DESCRIPTION,DOMAIN_CODE,"
    "DOMAIN_DESCRIPTION,PATIENT_LIST_TYPE"
)
_POINTS = {"COPD010": 9, "AST007": 20, "AF001": 5} | {f"DM0{n}": n for n in range(10, 20)}


def zip_of(year: str) -> str:
    """Where the year's zip lies in the mirror."""
    return f"qof/{year}/{ZIPS[year]}"


def tag(year: str) -> str:
    """The year as file names have it: `2324`."""
    return year[2:4] + year[5:]


def code(i: int) -> str:
    return f"A81{i:03d}"


def postcode(i: int) -> str:
    return f"TS{i // 10 + 1} {i % 10}AB"


def counts(i: int, year: str, issue: int = 1) -> dict[str, dict[str, float]]:
    """What practice `i` achieved in a year, by indicator and measure."""
    later = int(year[:4]) - 2021 + 3 * (issue - 1)
    return {
        "COPD010": {
            "NUMERATOR": 40 + i + later,
            "DENOMINATOR": 60 + i + later,
            "PCAS": 5 + i % 3,
            "ACHIEVED_POINTS": 7.5 - i % 4 / 2,
        },
        "AST007": {
            "NUMERATOR": 200 + 2 * i,
            "DENOMINATOR": 300 + 3 * i + later,
            "PCAS": 20,
            "ACHIEVED_POINTS": 11.25,
        },
        "AF001": {"REGISTER": 100 + i + later, "ACHIEVED_POINTS": 5},
    }


def registers(i: int, year: str, issue: int = 1) -> dict[str, tuple[int, str, int]]:
    """The register, list type and list size of practice `i`, by group."""
    later = int(year[:4]) - 2021 + 3 * (issue - 1)
    size = 5_000 + 10 * i + 100 * later
    return {
        "AF": (100 + i + later, "TOTAL", size),
        "AST": (300 + 2 * i, "06OV", size - 400),
        "COPD": (80 + i + later, "TOTAL", size),
    }


def members(year: str, issue: int = 1) -> dict[str, bytes]:
    """What is in the year's zip; the regions in files of their own from 2022-23 on."""
    end = f"_{tag(year)}.csv"
    return {
        **_achievement(year, issue),
        f"MAPPING_INDICATORS{end}": table(
            _INDICATORS,
            *(
                f"{c},{n + issue - 1},{c[:-3]},GROUP \u2019 {c[:-3]},CL,Clinical,TOTAL"
                for c, n in _POINTS.items()
            ),
        ),
        f"MAPPING_NHS_GEOGRAPHIES{end}": table(
            _GEOGRAPHY, *(_belongs(i, issue) for i in PRACTICES)
        ),
        f"ORGANISATION_REFERENCE{end}": table(
            "PRACTICE_CODE,REVISED_MAX_POINTS", *(f"{code(i)},635" for i in PRACTICES)
        ),
        f"PREVALENCE{end}": table(
            "PRACTICE_CODE,GROUP_CODE,REGISTER,PATIENT_LIST_TYPE,PRACTICE_LIST_SIZE",
            *(
                f"{code(i)},{group},{register},{kind},{size}"
                for i in PRACTICES
                for group, (register, kind, size) in registers(i, year, issue).items()
            ),
        ),
    }


def table(header: str, *lines: str) -> bytes:
    """A CSV as the publishers write it."""
    return "".join(f"{line}\r\n" for line in (header, *lines)).encode()


def packed(contents: Mapping[str, bytes]) -> bytes:
    """A zip whose bytes depend on its contents alone."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def epraccur(issue: int = 1) -> bytes:
    """Twenty-seven columns without a header; the last but one is the setting."""
    lines = (
        f"{code(i)},PRACTICE {i}.{issue},Y54,QAA,{i} HIGH STREET,,TOWN,,,{postcode(i)},19740401,,"
        "ACTIVE,B,00A,20130401,,0,,,,0,,,,RO76,"
        for i in PRACTICES
    )
    return "".join(f"{line}\r\n" for line in lines).encode()


def epcn(issue: int = 1) -> bytes:
    """The networks' workbook: one sheet of networks, one of their members."""
    details = [["PCN Code", "PCN Name", "Current Sub ICB Loc Code", "Open Date", "Close Date"]]
    details += [[n, f"NETWORK {n}.{issue}", "00A", "20190701", None] for n in _networks()]
    start, end = (f"Practice to PCN Relationship {day} Date" for day in ("Start", "End"))
    partners = [["Partner Organisation Code", "PCN Code", start, end]]
    partners += [[code(i), _network(i), f"2019070{issue}", None] for i in PRACTICES]
    return workbook(**{"PCNDetails": details, "PCN Core Partner Details": partners})


def directory(issue: int = 1, practices: range = range(LAST_REGION)) -> bytes:
    """A postcode directory: a tidy grid over the Midlands; the last region's are not in it."""
    return table("PCDS,LAT,LONG", *(f"{postcode(i)},{_place(i, issue)}" for i in practices))


def ready(issue: int = 1) -> bytes:
    """Every practice's own point."""
    return table(
        "PRACTICE_CODE,POSTCODE,LAT,LON",
        *(f"{code(i)},{postcode(i)},{_place(i, issue)}" for i in PRACTICES),
    )


def england(years: tuple[str, ...] = YEARS) -> dict[str, bytes]:
    """Everything that is published about the pocket England."""
    return {
        **{zip_of(year): packed(members(year)) for year in years},
        EPRACCUR: epraccur(),
        EPCN: epcn(),
        DIRECTORY: directory(),
        READY: ready(),
    }


def lay_out(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write files below a mirror's folder; those with the same bytes already are left alone."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        old = path.stat().st_mtime_ns if path.is_file() else 0
        if not old or path.read_bytes() != content:
            path.write_bytes(content)
            _make_later(path, old)
    return folder


def refresh(folder: Path, data: Path, **options: object) -> Outcome:
    """One run on a mirror's folder."""
    return run(data=data, mirror=str(folder), **options)


def contents(lake: Lake) -> dict[tuple[str, str | None], str]:
    """What every file of a snapshot holds, in a hash: equal lakes are equal byte by byte."""
    return {
        (name, file["partition"]): file["sha256"]
        for name, described in lake.manifest["tables"].items()
        for file in described["files"]
    }


def held(data: Path) -> dict[tuple[str, str | None], str]:
    """The `contents` of what is live."""
    return contents(open_lake(data))


def net(lake: Lake, year: str = NEWEST) -> float:
    """England's COPD010, net, as it is served."""
    question = Question(indicator="COPD010", year=year, level="england")
    return answer(lake, question).collect()["value"].item()


def expected_net(year: str = NEWEST, issue: int = 1) -> float:
    """The same, as it was published."""
    given = [counts(i, year, issue)["COPD010"] for i in PRACTICES]
    return 100 * sum(g["NUMERATOR"] for g in given) / sum(g["DENOMINATOR"] for g in given)


def served(data: Path, name: str, year: str | None = None) -> pl.DataFrame:
    """The rows that are served of a table (and year)."""
    return open_lake(data).scan(name, year).collect()


def told(findings: tuple[Finding, ...], *statuses: str) -> list[Finding]:
    """The findings of these statuses; warnings and failures where none is named."""
    return [f for f in findings if f.status in (statuses or ("warn", "fail"))]


def _place(i: int, issue: int) -> str:
    return f"{52 + issue / 100 + i // 10 / 10:.2f},{i % 10 / 10 - 1.5:.1f}"


def _networks() -> list[str]:
    return sorted({_network(i) for i in PRACTICES})


def _network(i: int) -> str:
    return f"U{10_000 + i // 5}"


def _belongs(i: int, issue: int) -> str:
    (region, name), area = list(REGIONS.items())[i // 10], f"{i // 10:02d}"
    return (
        f"E92000001,ENG,England,{region},E40000001,{name},Q{area},E54000001,BOARD {area},"
        f"{i // 5:02d}A,E38000001,PLACE {i // 5:02d},{_network(i)},NETWORK {i // 5},"
        f"{code(i)},PRACTICE \u2019 {i}.{issue}"
    )


def _achievement(year: str, issue: int) -> dict[str, bytes]:
    header = "PRACTICE_CODE,INDICATOR_CODE,MEASURE,VALUE"
    if year < "2022-23":
        whole = table(header, *_achieved(PRACTICES, year, issue))
        return {f"ACHIEVEMENT_{tag(year)}.csv": whole}
    files = {}
    for r, (region, name) in enumerate(REGIONS.items()):
        lines = _achieved(PRACTICES[10 * r : 10 * r + 10], year, issue)
        files[f"ACHIEVEMENT_{name.upper().replace(' ', '_')}_{tag(year)}.csv"] = table(
            f"REGION_ODS_CODE,REGION_ONS_CODE,REGION_NAME,{header}",
            *(f"{region},E40000001,{name},{line}" for line in lines),
        )
    return files


def _achieved(practices: range, year: str, issue: int) -> list[str]:
    return [
        f"{code(i)},{indicator},{measure},{value:g}"
        for i in practices
        for indicator, given in counts(i, year, issue).items()
        for measure, value in given.items()
    ]


def _make_later(path: Path, old: int) -> None:
    """A file that changes has another modification time, however quick the test is."""
    stat = path.stat()
    if stat.st_mtime_ns <= old:
        os.utime(path, ns=(stat.st_atime_ns, old + 1_000_000))
