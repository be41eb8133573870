"""Writes the four stand-ins: invented files, small, with the quirks of the publications they stand
for. Run by hand where one is to change; what it wrote is kept, for golden files are pinned by hash.

    python -m tests.golden.publications.write_stand_ins
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import xlsxwriter
from ruamel.yaml import YAML

HERE = Path(__file__).parent
WRITTEN = datetime(2025, 12, 1)
PRACTICES = [f"A{81000 + n}" for n in range(1, 21)]
NETWORKS = [f"U{10000 + 7 * n}" for n in range(1, 13)]
BOARDS = ["QHM", "QOP", "QRL", "QWE", "QYG"]
MARKS = ("*", "-", "..")
AGES = [f"{low}_{low + 4}" for low in range(0, 95, 5)] + ["95+"]
Row = Sequence[object]
Table = tuple[str, Row, list[Row]]
"""The code of its source, the header as it is joined, the rows: what a loader must find."""


def registrations(chance: Random) -> tuple[str, str, list[Table]]:
    """Six sources: CSV as it is, and CSV in a zip; practices, networks and regions stacked."""
    to, own = HERE / "gp_registrations_nov25", ("GP_PRAC_PAT_LIST", "01NOV2025")
    head = ("PUBLICATION", "EXTRACT_DATE")
    places = ("SUB_ICB_LOCATION_CODE", "ONS_SUB_ICB_LOCATION_CODE", "CODE", "POSTCODE")
    totals: Table = (
        "prac_all",
        (*head, "TYPE", *places, "SEX", "AGE", "NUMBER_OF_PATIENTS"),
        [
            (*own, "GP", "16C", "E38000247", code, f"TS{n} 1AA", "ALL", "ALL", size)
            for n, code in enumerate(PRACTICES, 1)
            for size in [chance.randint(2_000, 15_000)]
        ],
    )
    mapped = ("PRACTICE_CODE", "PRACTICE_NAME", "PCN_CODE", "PCN_NAME", "ICB_CODE", "SUPPLIER_NAME")
    mapping: Table = (
        "prac_map",
        (*head, *mapped),
        [
            (*own, code, f"INVENTED SURGERY {n}", NETWORKS[n % 12], f"PCN {n % 12}",
             BOARDS[n % 5], "TPP" if n % 2 else "EMIS")
            for n, code in enumerate(PRACTICES)
        ],
    )  # fmt: skip
    levels = [("GP", code) for code in PRACTICES[:6]] + [("ICB", code) for code in BOARDS]
    bands: Table = (
        "quin_age",
        (*head, "ORG_TYPE", "ORG_CODE", "ONS_CODE", "SEX", "AGE_GROUP_5", "NUMBER_OF_PATIENTS"),
        [
            (*own, level, code, f"E{code}", sex, age, chance.randint(10, 900))
            for level, code in levels
            for sex in ("FEMALE", "MALE")
            for age in AGES
        ],
    )
    single = (*head, "ORG_TYPE", "ORG_CODE", "SEX", "AGE", "NUMBER_OF_PATIENTS")
    by_sex: list[Table] = [
        (
            f"sing_age_{sex.lower()}",
            single,
            [
                (*own, "GP", code, sex, "95+" if age == 95 else age, chance.randint(0, 120))
                for code in PRACTICES[:4]
                for age in range(96)
            ],
        )
        for sex in ("FEMALE", "MALE")
    ]
    regions: Table = (
        "sing_age_regions",
        single,
        [
            (*own, "Comm Region", region, sex, age, chance.randint(20_000, 90_000))
            for region in ("Y56", "Y58", "Y59")
            for sex in ("FEMALE", "MALE")
            for age in range(0, 96, 5)
        ],
    )
    for code, *table in (totals, *by_sex, regions):
        _csv(to / f"gp-reg-pat-{_dashed(code)}.csv", *table)
    for code, *table in (mapping, bands):
        _zip(to / f"gp-reg-pat-{_dashed(code)}.zip", {f"gp-reg-pat-{_dashed(code)}.csv": table})
    what = "Patients Registered at a GP Practice, November 2025: CSV and zip"
    return to.name, what, [totals, mapping, bands, *by_sex, regions]


def workforce(chance: Random) -> tuple[str, str, list[Table]]:
    """Seven sources in one workbook: titles, a header of two rows, notes below, `-` and `..`."""
    groups = ("GPs", "Nurses", "Direct Patient Care", "Admin/Non-Clinical")
    header = [("", "", *(g for g in groups for _ in "12")), ("Code", "Name", *("FTE", "HC") * 4)]
    levels = {
        "1. National": [("E92000001", "England")],
        "2. Region": [(f"Y{n}", f"Region {n}") for n in (56, 58, 59, 60, 61, 62, 63)],
        "3. ICB": [(code, f"Invented ICB {code}") for code in BOARDS],
        "4. Sub-ICB": [(f"{n:02}L", f"Invented sub-ICB {n}") for n in range(1, 10)],
        "5. PCN": [(code, f"Invented PCN {code}") for code in NETWORKS],
        "6. Joiners": [(code, f"Invented PCN {code}") for code in NETWORKS],
        "7. Leavers": [(code, f"Invented PCN {code}") for code in NETWORKS],
    }

    def cells() -> Iterable[object]:
        for _ in groups:
            if chance.random() < 0.1:
                yield from ("-", "..")
            else:
                yield from (round(chance.uniform(1, 40), 1), chance.randint(1, 50))

    sheets = {
        "Title": [
            ("Primary Care Network Workforce",),
            ("30 November 2025",),
            ("Invented figures",),
        ],
        "Notes": [("Note 1", "FTE is full-time equivalent"), ("Note 2", "- is none, .. not known")],
    }
    named = ("Code", "Name", *(f"{group} | {kind}" for group in groups for kind in ("FTE", "HC")))
    tables: list[Table] = []
    for name, places in levels.items():
        title = f"Table {name}: staff of networks, 30 November 2025"
        table: list[Row] = [(*place, *cells()) for place in places]
        tables.append((f"pcn_wf_{name[3:].lower().replace('-', '_')}", named, table))
        foot = [(), ("Source: NHS England, National Workforce Reporting Service",)]
        sheets[name] = [(title,), (), *header, *table, *foot]
    to = HERE / "pcn_workforce_nov25"
    _workbook(to / "pcn-workforce-november-2025.xlsx", sheets)
    return to.name, "Primary Care Network Workforce, November 2025: one workbook", tables


def adhd(chance: Random) -> tuple[str, str, list[Table]]:
    """Eleven sources: months across and down, a sheet called `Data quality` that is data, marks."""
    quarters = [f"Q{q} 2024-25" for q in (3, 4)] + [f"Q{q} 2025-26" for q in (1, 2)]
    breakdowns = {
        "Age": ["0 to 4", "5 to 17", "18 to 24", "25 and over", "Unknown"],
        "Sex": ["Female", "Male", "Not known"],
        "Ethnicity": ["White", "Asian", "Black", "Mixed", "Other", "Not stated"],
        "ICB": BOARDS,
        "Provider": ["RAT", "RJ8", "RWK", "RXG", "RX2"],
    }

    def count() -> object:
        return "*" if chance.random() < 0.08 else 5 * chance.randint(1, 4_000)

    sheets: dict[str, list[Row]] = {
        "Cover": [("ADHD Management Information",), ("November 2025",), ("Invented figures",)],
        "Contents": [("Sheet", "Title"), ("Referrals Age", "Open referrals by age")],
    }
    tables: list[Table] = []
    for measure in ("Referrals", "Waits"):
        for breakdown, groups in breakdowns.items():
            title = f"{measure} for ADHD by {breakdown.lower()}, England, to November 2025"
            table: list[Row] = [(q, g, count(), count()) for q in quarters for g in groups]
            head: Row = ("Reporting quarter", breakdown, "Open", "Closed in quarter")
            tables.append((f"adhd_{measure}_{breakdown}".lower(), head, table))
            sheets[f"{measure} {breakdown}"] = [(title,), (), head, *table]
    head = ("Provider code", "Provider", "Records", "With NHS number", "With ethnicity")
    table = [
        (f"R{n:02}", f"Invented trust {n}", *sorted(chance.sample(range(50, 900), 3))[::-1])
        for n in range(1, 12)
    ]
    tables.append(("adhd_data_quality", head, table))
    title = "Completeness of what providers sent, November 2025"
    sheets["Data quality"] = [(title,), (), head, *table]
    to = HERE / "adhd_nov25"
    _workbook(to / "ADHD_Nov25.xlsx", sheets)
    return to.name, "ADHD Management Information, November 2025: one workbook, marks", tables


def dementia(chance: Random) -> tuple[str, str, list[Table]]:
    """Three sources in one zip; a share withheld is `*`, and England is a row among practices."""
    to, day = HERE / "dementia_jul25", "31/07/2025"
    head = ("ACH_DATE", "ORG_TYPE", "ORG_CODE", "NAME", "REGISTER", "ESTIMATE", "RATE")

    def row(level: str, code: str, name: str) -> Row:
        estimate = chance.randint(20, 400)
        register = chance.randint(5, estimate)
        rate: object = round(100 * register / estimate, 1)
        return day, level, code, name, register, estimate, "*" if chance.random() < 0.1 else rate

    practices = [row("GP", code, f"INVENTED SURGERY {code}") for code in PRACTICES]
    practices.append(row("NATIONAL", "E92", "ENGLAND"))
    boards = [row("SUB_ICB", f"{n:02}L", f"INVENTED SUB-ICB {n}") for n in range(1, 9)]
    measures: list[Row] = [
        (day, "ENGLAND", f"DEM{n:03}", chance.randint(1_000, 500_000)) for n in range(1, 13)
    ]
    tables: list[Table] = [
        ("dem_diag_prac", head, practices),
        ("dem_diag_sub_icb", head, boards),
        ("dem_measures", ("ACH_DATE", "ORG_TYPE", "MEASURE", "VALUE"), measures),
    ]
    members = {f"{_dashed(code)}-jul-2025.csv": table for code, *table in tables}
    _zip(to / "primary-care-dementia-data-july-2025.zip", members)
    return (
        to.name,
        "Primary Care Dementia Data, July 2025: one zip, England among practices",
        tables,
    )


def _dashed(code: str) -> str:
    return code.replace("_", "-")


def _expected(name: str, what: str, tables: list[Table]) -> None:
    """What was written, added up as it was: no loader has seen it."""
    told = [
        {
            "source": code,
            "rows": len(rows),
            "columns": list(head),
            "sums": {
                str(column): round(sum(n for n in numbers if not isinstance(n, str)), 6)
                for column, *numbers in zip(head, *rows, strict=True)
                if all(isinstance(n, int | float) or n in MARKS for n in numbers)
                and any(not isinstance(n, str) for n in numbers)
                and column != "AGE"
            },
        }
        for code, head, rows in tables
    ]
    expected = {
        "name": name,
        "what": f"{what}; invented, after what is known of the real one",
        "truth": "added up as the file was written (write_stand_ins.py)",
        "invented": True,
        "tables": told,
    }
    YAML().dump(expected, HERE / name / "expected.yaml")


def _text(head: Row, rows: Iterable[Row]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([head, *rows])  # with CRLF, as the publishers have it
    return text.getvalue()


def _csv(path: Path, head: Row, rows: Iterable[Row]) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(_text(head, rows).encode())


def _zip(path: Path, members: dict[str, Sequence[Any]]) -> None:
    path.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, (head, rows) in members.items():
            # Without the hour of writing: the same bytes each time.
            packed.writestr(zipfile.ZipInfo(name, WRITTEN.timetuple()[:6]), _text(head, rows))


def _workbook(path: Path, sheets: dict[str, list[Row]]) -> None:
    path.parent.mkdir(exist_ok=True)
    book = xlsxwriter.Workbook(path)
    book.set_properties({"created": WRITTEN, "comments": "Invented figures"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, list(row))
    book.close()


if __name__ == "__main__":
    for at, write in enumerate((registrations, workforce, adhd, dementia)):
        _expected(*write(Random(at)))
