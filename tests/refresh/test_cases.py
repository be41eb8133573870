"""What people's folders hold: each file in ../shared/cases, with the value that is right for it.

Values come from the files themselves and from what is known of their publications, never from a
run of ours.
"""

import shutil
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from engine import Lake, Question, answer, open_lake
from engine.errors import ContractBroken
from refresh.__main__ import main
from refresh.atlas.wing import ATLAS
from refresh.dating import filed
from refresh.extract.read import members, read_table
from refresh.finding import Finding
from refresh.pipeline import Outcome, run
from refresh.source import Release, StoredFile
from refresh.staging import Judged, stage_release
from refresh.wing import Wings
from refresh.wings import SOURCES
from tests.refresh.files import CASES, REAL, needs_cases, needs_real
from tests.refresh.mirrors import lay_out, refresh, table, told

pytestmark = needs_cases


def brought(case: str, tmp_path: Path, *more: Path) -> tuple[Outcome, Lake]:
    """One run on a case's folder, with more published files laid beside it."""
    mirror = Path(shutil.copytree(CASES / case, tmp_path / "mirror"))
    for path in more:
        at = mirror / path.relative_to(REAL)
        at.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, at)
    outcome = run(data=tmp_path / "data", mirror=str(mirror))
    return outcome, open_lake(tmp_path / "data")


def judged(source: str, path: Path, period: str) -> Judged:
    """One file of a case, staged as the release of a period."""
    release = Release(source, period, 1, "0", (StoredFile(path.name, path.as_uri(), "0", 1),))
    return stage_release(SOURCES[source], release, [path], before={})


def staged(source: str, path: Path, period: str) -> dict[str, pl.DataFrame]:
    return judged(source, path, period).parts


def of(findings: tuple[Finding, ...], check: str) -> list[Finding]:
    return [finding for finding in findings if finding.check == check]


def newest(lake: Lake, source: str) -> str | None:
    return lake.manifest["sources"][source]["newest"]


# 05 and 06: whose month it is


def test_a_folder_called_for_another_month_files_nothing_under_it(tmp_path: Path):
    outcome, lake = brought("06-misdated-folder", tmp_path)
    assert (outcome.exit_code, newest(lake, "registrations")) == (0, "2026-06")
    lists = lake.scan("practice_context", "list_size").collect()
    assert set(lists["period"]) == {"2026-06"} and set(lists["as_of"]) == {date(2026, 6, 1)}
    assert lists["numerator"].fill_null(lists["value"]).sum() == 63_488_912
    (told_of,) = of(outcome.findings, "the period is the rows' own")
    assert (told_of.status, told_of.expected, told_of.observed) == ("warn", "2019-03", "2026-06")


@needs_real
def test_a_mapping_in_a_misdated_folder_is_of_its_own_month_and_has_its_own_boards(tmp_path: Path):
    mapping = REAL / "registrations" / "2026-07" / "gp-reg-pat-prac-map.zip"
    lay_out(tmp_path / "mirror", {"backup-2019-03/gp-reg-pat-prac-map.zip": mapping.read_bytes()})
    outcome = refresh(tmp_path / "mirror", tmp_path / "data")
    lake = open_lake(tmp_path / "data")
    assert outcome.exit_code == 0 and lake.partitions("practice_mapping") == {"2026-07"}
    rows = lake.scan("practice_mapping").collect()
    assert (rows.height, rows["icb_code"].n_unique()) == (6_139, 36)


def test_a_download_without_a_month_in_its_path_is_read_and_its_month_is_the_datas(tmp_path: Path):
    outcome, lake = brought("05-flat-downloads", tmp_path)
    assert (outcome.exit_code, newest(lake, "registrations")) == (0, "2026-06")
    assert not of(outcome.findings, "the period is the rows' own")


@needs_real
def test_a_browsers_second_copy_is_the_file_that_it_is_a_copy_of(tmp_path: Path):
    mapping = REAL / "registrations" / "2026-07" / "gp-reg-pat-prac-map.zip"
    outcome, lake = brought("05-flat-downloads", tmp_path)
    lay_out(tmp_path / "mirror", {"gp-reg-pat-prac-map (1).zip": mapping.read_bytes()})
    assert refresh(tmp_path / "mirror", tmp_path / "data").exit_code == 0
    lake = open_lake(tmp_path / "data")
    assert lake.partitions("practice_mapping") == {"2026-07"}
    assert newest(lake, "registrations") == "2026-07"


def test_what_no_source_takes_is_told_once_with_the_nearest(tmp_path: Path):
    mirror = Path(shutil.copytree(CASES / "05-flat-downloads", tmp_path / "mirror"))
    stray = {"gp-registrations.xlsx": b"PK\x03\x04", "holiday.jpg": b"x", "read me.txt": b"x"}
    lay_out(mirror, stray)
    outcome = refresh(mirror, tmp_path / "data")
    (told_of,) = of(outcome.findings, "files that no source takes")
    assert (told_of.status, told_of.rows_failed) == ("warn", 2)
    assert "gp-registrations.xlsx (nearest: registrations)" in told_of.message
    assert "holiday.jpg (like nothing that is followed)" in told_of.message


def test_what_was_filed_under_its_folders_month_before_is_put_right(tmp_path: Path):
    """As an upgrade finds it: stored, and judged by a program that did not look."""
    believing = replace(SOURCES["registrations"], dated=())
    mirror = Path(shutil.copytree(CASES / "06-misdated-folder", tmp_path / "mirror"))
    others = tuple(s for s in ATLAS.sources if s.code != "registrations")
    before = Wings((replace(ATLAS, sources=(believing, *others)),))
    run(data=tmp_path / "data", mirror=str(mirror), wings=before)
    assert newest(open_lake(tmp_path / "data"), "registrations") == "2019-03"
    outcome = run(data=tmp_path / "data", offline=True)
    lake = open_lake(tmp_path / "data")
    assert newest(lake, "registrations") == "2026-06" and outcome.exit_code == 0
    assert set(lake.scan("practice_context", "list_size").collect()["period"]) == {"2026-06"}
    assert refresh(mirror, tmp_path / "data").is_new is False


# 15 and 13: marks where a number is not told


def test_a_withheld_register_is_null_and_its_list_counts(tmp_path: Path):
    outcome, lake = brought("15-suppressed-few", tmp_path)
    question = Question(indicator="OST", year="2022-23", level="england", measure="prevalence")
    (england,) = answer(lake, question).collect().to_dicts()
    assert england["denominator"] == 22_912_441 and round(england["value"], 3) == 0.959
    (told_of,) = of(outcome.findings, "numbers withheld")
    assert told_of.rows_failed == 1_200 and "most in OST: 1,200 of 6,378" in told_of.message
    assert not [f for f in told(outcome.findings, "fail") if f.source == "qof"]


def test_an_estimate_that_is_not_published_is_no_doctor_and_no_failure():
    zipped = CASES / "13-workforce-words" / "workforce" / "GPWPracticeCSV.0918.zip"
    rows = staged("gp_workforce", zipped, "2018-09")["gp_workforce"].sort("practice_code")
    assert rows.filter(practice_code="A81001").row(0) == ("A81001", None, 5_000)
    assert rows.filter(practice_code="A81002").row(0) == ("A81002", 3.1, 5_001)
    assert rows.height == 6_470


def test_of_two_months_in_one_zip_the_releases_own_counts():
    zipped = CASES / "13b-workforce-two-months" / "workforce" / "GPWPracticeCSV.062021.zip"
    found = judged("gp_workforce", zipped, "2021-06")
    rows = found.parts["gp_workforce"]
    # 4.00 in June 2021; December 2020 says 3.00.
    assert rows.filter(practice_code="A81001")["gp_fte"].item() == 4.0
    (told_of,) = of(found.findings, "files of this period")
    assert "(of 2020-12)" in told_of.message


def test_a_zip_that_holds_another_month_alone_is_told():
    zipped = CASES / "13-workforce-words" / "workforce" / "GPWPracticeCSV.0918.zip"
    found = judged("gp_workforce", zipped, "2018-12")
    (told_of,) = of(found.findings, "files of this period")
    assert told_of.status == "warn" and "(of 2018-09)" in told_of.message


# 09: a day is a day


def test_days_as_a_spreadsheet_writes_them_are_read():
    folder = CASES / "09-excel-dates" / "registrations"
    lists = staged("registrations", folder / "2026-06" / "gp-reg-pat-prac-all.csv", "2026-06")
    assert lists["registered"]["patients"].sum() == 63_488_912
    assert set(lists["registered"]["extract_on"]) == {date(2026, 6, 1)}
    path = folder / "2026-07" / "gp-reg-pat-prac-map.csv"
    assert filed(SOURCES["registrations"], path, "") == ("2026-07", [])
    assert staged("registrations", path, "2026-07")["practice_mapping"].height == 6_139


def test_date_cells_of_a_workbook_are_days(tmp_path: Path):
    """As somebody saves it: dates as dates, a title above, the sheet called as it came."""
    path = tmp_path / "ePCN.xlsx"
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet = book.add_worksheet("Sheet1")
        sheet.write_row(0, 0, ["Primary care networks"])
        header = ["PCN Code", "PCN Name", "Current Sub ICB Loc Code", "Open Date", "Close Date"]
        sheet.write_row(2, 0, header)
        for at in range(12):
            sheet.write_row(3 + at, 0, [f"U{at:05}", f"NETWORK {at}", "00A"])
            sheet.write_datetime(3 + at, 3, datetime(2019, 7, 1), day)
            if at == 3:
                sheet.write_datetime(3 + at, 4, datetime(2024, 9, 30), day)
    rows = staged("ods_networks", path, "2026-02")["pcn"]
    assert set(rows["opened_on"]) == {date(2019, 7, 1)} and rows.height == 12
    assert rows["closed_on"].drop_nulls().to_list() == [date(2024, 9, 30)]


# 01, 12 and 03: known by their columns


def test_a_sheet_of_another_name_is_found_by_its_header():
    path = CASES / "01-epcn-sheet-name" / "ods" / "2019-12" / "ePCN.xlsx"
    found = judged("ods_networks", path, "2019-12")
    assert {name: rows.height for name, rows in found.parts.items()} == {
        "pcn": 1_329,
        "pcn_member": 7_455,
    }
    assert not told(found.findings, "fail")


@needs_real
def test_a_practice_list_with_named_columns_says_what_the_one_without_does():
    named = CASES / "12-epraccur-named" / "ods" / "2026-02" / "epraccur.csv"
    plain = REAL / "ods" / "2026-02" / "epraccur.csv.gz"
    rows = staged("ods_practices", named, "2026-02")["practice"]
    assert rows.equals(staged("ods_practices", plain, "2026-02")["practice"])
    first = rows.filter(practice_code="A81001").row(0, named=True)
    assert (first["practice_name"], first["postcode"]) == ("THE DENSHAM SURGERY", "TS18 1HU")


@pytest.mark.parametrize("name", ["NSPL21_FEB_2024_UK.csv", "all postcodes February 2024.csv"])
def test_a_postcode_directory_is_known_by_its_header(tmp_path: Path, name: str):
    given = CASES / "03-nspl21" / "geo" / "NSPL21_FEB_2024_UK.csv"
    lay_out(tmp_path / "mirror", {f"geo/{name}": given.read_bytes()})
    outcome = refresh(tmp_path / "mirror", tmp_path / "data")
    (release,) = (tmp_path / "data" / "staged" / "postcode_directory" / "2024-02").iterdir()
    (kept,) = release.glob("postcode_directory-*.parquet")
    here = pl.read_parquet(kept).filter(postcode="AL1 3FY").row(0, named=True)
    assert (here["latitude"], here["longitude"]) == (51.747951, -0.326492)
    assert not of(outcome.findings, "files that no source takes")


# 04: the years before


def test_2013_14_and_2014_15_load_with_exceptions_and_heart_failure_once(tmp_path: Path):
    outcome, lake = brought("04-qof-1314-1415", tmp_path)
    assert not [f for f in told(outcome.findings, "fail") if f.source == "qof"]

    def england(indicator: str, year: str, measure: str) -> tuple[float, float]:
        question = Question(indicator=indicator, year=year, level="england", measure=measure)
        (row,) = answer(lake, question).collect().to_dicts()
        return row["numerator"], row["denominator"]

    # Sixty practices with registers of 100, 101, ... 159 and lists of 8,000.
    assert england("HF", "2013-14", "prevalence") == (7_770, 480_000)
    assert england("COPD003", "2013-14", "net") == (4_800, 6_000)
    assert england("COPD003", "2014-15", "net") == (4_800, 6_000)
    assert england("COPD003", "2014-15", "pri") == (4_800, 6_300)
    rows = lake.scan("percent_achieved", "2014-15").filter(indicator_code="COPD001").collect()
    assert set(rows["register"]) == {120} and rows.height == 60


def test_years_before_todays_boundaries_say_so(tmp_path: Path):
    outcome, lake = brought("04-qof-1314-1415", tmp_path)
    before = of(outcome.findings, "boards of the year")
    assert {f.where for f in before} == {
        "practice_geography 2013-14",
        "practice_geography 2014-15",
    }
    assert all(f.status == "warn" and "before today's boundaries" in f.message for f in before)
    rows = lake.scan("practice_geography", "2013-14").collect()
    assert set(rows["sub_icb_code"]) == {"00K"} and rows["icb_code"].null_count() == 60


def test_a_year_of_workbooks_is_not_offered_and_the_reason_is_told(tmp_path: Path):
    outcome, _ = brought("04-qof-1314-1415", tmp_path)
    (told_of,) = of(outcome.findings, "files that no source takes")
    assert "qof-12-13-data-tab-prac.zip (of qof: workbooks laid out for people" in told_of.message


# 07b: boundaries that lie elsewhere


def test_swapped_coordinates_are_said_to_be_swapped():
    path = next((CASES / "07b-boundaries-swapped" / "geography").iterdir())
    with pytest.raises(ContractBroken) as caught:
        read_table(members(path)[0])
    assert "latitude and longitude are swapped" in caught.value.what
    assert "longitude first" in caught.value.next


def test_discover_says_whose_each_file_is_and_what_is_nobodys(capsys: pytest.CaptureFixture[str]):
    assert main(["discover", "registrations", "--mirror", str(CASES / "05-flat-downloads")]) == 0
    said = capsys.readouterr().out
    assert said.startswith("registrations (as its rows say) file:")
    assert main(["discover", "qof", "--mirror", str(CASES / "04-qof-1314-1415")]) == 0
    said = capsys.readouterr().out
    assert "qof 2013-14 " in said and "nobody's: qof-12-13-data-tab-prac.zip (of qof: " in said


def test_months_put_under_each_other_are_refused_in_words(tmp_path: Path):
    whole = (CASES / "05-flat-downloads" / "gp-reg-pat-prac-all.csv").read_bytes()
    rows = whole.splitlines(keepends=True)
    july = b"".join(rows[1:]).replace(b"2026-06-01", b"2026-07-01")
    path = tmp_path / "gp-reg-pat-prac-all.csv"
    path.write_bytes(whole + july)
    (failure,) = told(judged("registrations", path, "2026-06").findings, "fail")
    assert (failure.message, failure.observed) == ("its rows are of 2 periods", "2026-06, 2026-07")


@needs_real
def test_a_practice_list_from_long_after_its_folders_month_is_filed_by_what_it_knows(
    tmp_path: Path,
):
    """That of February 2026 knows who joined whom in that month; no list of 2019 can."""
    content = (REAL / "ods" / "2026-02" / "epraccur.csv.gz").read_bytes()
    path = tmp_path / "epraccur.csv.gz"
    path.write_bytes(content)
    source = SOURCES["ods_practices"]
    period, (finding,) = filed(source, path, "2019-03")
    assert (period, finding.status) == ("2026-02", "warn")
    assert filed(source, path, "2026-02") == ("2026-02", [])
    assert filed(source, path, "2025-12") == ("2025-12", [])


def test_a_directory_without_a_month_in_its_name_is_of_its_newest_postcode(tmp_path: Path):
    rows = ("TS18 1HU,54.5,-1.3,198001,", "TS18 2AW,54.6,-1.4,202402,", "TS1 1AA,54.5,-1.2,2019,")
    path = tmp_path / "postcodes.csv"
    path.write_bytes(table("pcds,lat,long,dointr,doterm", *rows))
    assert filed(SOURCES["postcode_directory"], path, "") == ("2024-02", [])
    path.write_bytes(table("pcds,lat,long", "TS18 1HU,54.5,-1.3"))
    period, (finding,) = filed(SOURCES["postcode_directory"], path, "")
    assert (period, finding.status) == ("", "fail") and "folder" in finding.next_step
