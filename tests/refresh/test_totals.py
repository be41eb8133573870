"""Totals that the publisher printed: read from workbooks made for people, held against ours."""

from pathlib import Path

import pytest

from engine import open_lake
from engine.atlas.years import qof_years
from refresh.atlas.sources import qof_totals
from refresh.extract.read import members, read_table
from refresh.extract.sheets import every_sheet
from tests.refresh import mirrors
from tests.refresh.files import REAL, needs_real, workbook
from tests.refresh.test_context_tables import offered

YEAR = "2023-24"
BOOK = f"qof/{YEAR}/qof-2324-sicbl-ach-prev-pca.xlsx"
WHO = ["Sub ICB Loc\nODS code", "Sub ICB Loc ONS code", "Sub ICB Loc name"]
ACHIEVED = [
    "(max 9 per practice)",
    "Numerator",
    "Denominator",
    "net of PCAs (%)",
    "PCAs",
    "plus PCAs",
]

Cells = list[str | int | None]


def practices_of(location: int) -> range:
    """The pocket England has five practices in each sub-ICB location."""
    return range(5 * location, 5 * location + 5)


def summed(location: int) -> dict[str, int]:
    """What one location comes to, added up from the practices' own numbers."""
    counts = [mirrors.counts(i, YEAR)["COPD010"] for i in practices_of(location)]
    registers = [mirrors.registers(i, YEAR)["COPD"] for i in practices_of(location)]
    return {
        "register": sum(register for register, _, _ in registers),
        "list_size": sum(size for _, _, size in registers),
        "numerator": int(sum(c["NUMERATOR"] for c in counts)),
        "denominator": int(sum(c["DENOMINATOR"] for c in counts)),
        "pcas": int(sum(c["PCAS"] for c in counts)),
    }


def sheet(**wrong: int) -> list[Cells]:
    """The publisher's sheet of COPD: last year's register first, a second list, split labels.

    Takes: what the first location's row says instead of the truth.
    """
    last_year = ["Number of practices", "List size", "Register", "Prevalence (%)"]
    this_year = ["Number of practices", "Register", "List size", "List size ages 80+", "Prev"]
    header = [*WHO, *last_year, *this_year, "(max 3 per practice)", *ACHIEVED]
    banner: Cells = [None] * len(header)
    banner[3], banner[7], banner[12], banner[13] = "2022-23", YEAR, "COPD009", "COPD010*"
    rows: list[Cells] = [["Table 10: COPD"], [None], banner, header]
    for location in range(14):
        is_ = summed(location) | (wrong if location == 0 else {})
        rows.append(
            [
                *(f"{location:02d}A", "E38000001", f"PLACE {location:02d}"),
                *(4, 1, 1, 1),
                *(5, is_["register"], is_["list_size"], 77, "z"),
                *(3, 9, is_["numerator"], is_["denominator"], 88, is_["pcas"], ":"),
            ]
        )
    return [*rows, [None], ["Copyright"]]


def refreshed(tmp_path: Path, book: bytes) -> tuple[dict, list]:
    """The facts of the snapshot that came of it, and the findings about totals."""
    mirror = mirrors.lay_out(tmp_path / "mirror", mirrors.england((YEAR,)) | {BOOK: book})
    outcome = mirrors.refresh(mirror, tmp_path / "data")
    about = [f for f in outcome.findings if f.check == "sums are the publisher's"]
    return open_lake(tmp_path / "data").manifest, about


@pytest.mark.parametrize(
    ("name", "period"),
    [
        ("qof-1718-prev-ach-exc-ccg.xlsx", ["2017-18"]),
        ("qof-1516-prev-ach-exc-ccg-v2.xlsx", ["2015-16"]),
        ("qof-2122-sicbl-ach-prev-pca.xlsx", ["2021-22"]),
        ("qof-2425-nat-reg-ach-prev-pca.xlsx", ["2024-25"]),
        ("qof-2425-icb-ach-prev-pca.xlsx", ["2024-25"]),
        ("qof-2223-prev-ach-pca-hd-prac.xlsx", []),
        ("qof-2425-prac-dom-ach.xlsx", []),
    ],
)
def test_workbooks_of_areas_are_followed_and_those_of_practices_are_not(
    tmp_path: Path, name: str, period: list[str]
):
    assert offered(tmp_path, qof_totals.SOURCE, f"qof/{name}") == period


def test_printed_totals_that_are_our_sums_are_counted_and_said_to_be(tmp_path: Path):
    """Fourteen locations: a register, a list, practices, and three parts of one indicator."""
    manifest, (finding,) = refreshed(tmp_path, workbook(Notes=[["z = none"]], COPD=sheet()))
    (level,) = manifest["reconciled"][YEAR]
    counted = {"printed": 84, "compared": 84, "equal": 84, "differ": 0}
    assert level == {"level": "sub_icb"} | counted
    assert finding.status == "pass"


def test_a_total_that_is_not_our_sum_is_named_with_both_numbers(tmp_path: Path):
    truth = summed(0)["numerator"]
    book = workbook(COPD=sheet(numerator=truth + 7))
    manifest, (finding,) = refreshed(tmp_path, book)
    (level,) = manifest["reconciled"][YEAR]
    assert (level["equal"], level["differ"]) == (83, 1)
    assert finding.status == "warn"
    assert f"00A COPD010 numerator: printed {truth + 7:,}, ours {truth:,}" in finding.observed
    assert "/changes" in finding.next_step


def test_totals_of_what_no_practice_has_are_counted_but_not_compared(tmp_path: Path):
    manifest, (finding,) = refreshed(tmp_path, workbook(**{"HYP": sheet()}))
    (level,) = manifest["reconciled"][YEAR]
    assert (level["printed"], level["compared"], level["differ"]) == (84, 42, 0)
    assert "42 more have nothing here to compare" in finding.message


def test_a_workbook_without_a_known_header_is_refused_and_the_rest_is_served(tmp_path: Path):
    mirror = mirrors.lay_out(
        tmp_path / "mirror",
        mirrors.england((YEAR,)) | {BOOK: workbook(COPD=[["Area", "Cases"], ["00A", 5]])},
    )
    outcome = mirrors.refresh(mirror, tmp_path / "data")
    (finding,) = mirrors.told(outcome.findings, "fail")
    assert finding.source == "qof_totals" and BOOK.rsplit("/")[-1] in finding.where
    lake = open_lake(tmp_path / "data")
    assert qof_years(lake) == (YEAR,)
    assert lake.manifest["reconciled"] == {}


def test_a_workbook_without_any_cell_is_refused_and_the_rest_is_served(tmp_path: Path):
    mirror = mirrors.lay_out(
        tmp_path / "mirror", mirrors.england((YEAR,)) | {BOOK: workbook(COPD=[], HYP=[])}
    )
    outcome = mirrors.refresh(mirror, tmp_path / "data")
    (finding,) = mirrors.told(outcome.findings, "fail")
    assert finding.source == "qof_totals" and "nothing in COPD, HYP" in str(finding)
    assert qof_years(open_lake(tmp_path / "data")) == (YEAR,)


def test_areas_of_which_nothing_is_known_here_are_told(tmp_path: Path):
    """As where the workbook is of another year's areas: nothing differs, and nothing agrees."""
    others = [[f"9{row[0][:2]}", *row[1:]] if str(row[0])[2:] == "A" else row for row in sheet()]
    manifest, (finding,) = refreshed(tmp_path, workbook(COPD=others))
    (level,) = manifest["reconciled"][YEAR]
    assert (level["printed"], level["compared"], level["differ"]) == (84, 0, 0)
    assert finding.status == "warn"
    assert "14 areas that were printed, such as 900, 901" in finding.observed
    assert "mappings" in finding.next_step


def test_a_year_that_only_a_workbook_is_of_makes_no_tables_and_harms_none(tmp_path: Path):
    other = BOOK.replace("2324", "2425")
    mirror = mirrors.lay_out(
        tmp_path / "mirror",
        mirrors.england((YEAR,)) | {BOOK: workbook(COPD=sheet()), other: workbook(COPD=sheet())},
    )
    outcome = mirrors.refresh(mirror, tmp_path / "data")
    lake = open_lake(tmp_path / "data")
    assert outcome.exit_code == 0
    assert qof_years(lake) == (YEAR,) and lake.partitions("published_total") == {YEAR}
    assert set(lake.manifest["reconciled"]) == {YEAR}


def figures(**sheets: list[Cells]) -> list[tuple[str, ...]]:
    """What is read of a workbook: level, organisation, code, part, value."""
    raw = every_sheet(workbook(**sheets), "totals.xlsx")
    return qof_totals.as_figures(raw.lazy()).collect().rows()


BLOCK = ["Number of practices", "Register", "List size", "Prevalence (%)"]


def test_of_two_years_the_second_is_read_however_a_year_is_ordered():
    header = ["ICB ODS code", *BLOCK, *BLOCK]
    row = ["QE1", 1, 10, 100, 10, 2, 20, 200, 10]
    read = {part: value for *_, part, value in figures(COPD=[header, row])}
    assert read == {"practices": "2", "register": "20", "list_size": "200"}


def test_a_sheet_is_of_the_finest_area_that_its_header_names_and_england_is_england():
    icb = ["Region ODS code", "Region ONS code", "ICB ODS code", "ICB ONS code", "Register"]
    sub_icb = ["ICB ODS code", "Sub ICB Loc ODS code", "Register"]
    read = figures(
        **{
            "COPD ": [["Region ODS code", "Register"], ["ENG", 9], ["Y56", 8]],
            "CVD-PP": [icb, ["Y56", "E40000003", "QE1", "E54000001", 7]],
            "DM": [sub_icb, ["QE1", "02P", 6], ["QE1", "02Q", "z"], ["QE1", "02R", ":"]],
            "HF": [sub_icb, ["QE1", "02P", "*"]],
        }
    )
    assert read == [
        ("england", "ENG", "COPD", "register", "9"),
        ("region", "Y56", "COPD", "register", "8"),
        ("icb", "QE1", "CVDPP", "register", "7"),
        ("sub_icb", "02P", "DM", "register", "6"),
    ]


@needs_real
@pytest.mark.parametrize(
    ("name", "places", "indicators"),
    [
        ("qof-1516-prev-ach-exc-ccg-v2.xlsx", 209, 53),
        ("qof-1718-prev-ach-exc-ccg.xlsx", 194, 53),
        ("qof-1920-prev-ach-pca-ccg.xlsx", 135, 45),
    ],
)
def test_every_total_of_a_published_workbook_is_read(name: str, places: int, indicators: int):
    (book,) = members(REAL / "qof" / "ccg-workbooks" / name)
    rows = qof_totals.as_figures(read_table(book, sheet="*").lazy()).collect()
    counted = {part: n for part, n in rows.group_by("PART").len().iter_rows()}
    of_registers = dict.fromkeys(("register", "list_size", "practices"), 21 * places)
    parts = ("numerator", "denominator", "pcas")
    assert counted == of_registers | dict.fromkeys(parts, indicators * places)
