"""Staff of networks, answers of patients, and QOF's registers: each layout and each trap."""

from pathlib import Path

import polars as pl
import pytest

from engine.atlas.tables.context_contracts import NETWORK_STAFF, PATIENT_SURVEY
from refresh.atlas import context_makers
from refresh.atlas.sources import networks, survey
from tests.refresh.test_context_tables import edition, judged, made, offered

# Staff of networks

STAFF = "Data_source,CENSUS_YEAR,CENSUS_MONTH,PCN_CODE,PCN_NAME,STAFF_GROUP,STAFF_ROLE,"
STAFF += "DETAILED_STAFF_ROLE,FTE,UNIQUE_IDENTIFIER\n"
DIRECT = "Other Direct Patient Care staff"


def person(pcn: str, group: str, fte: str, number: str = "NULL") -> str:
    return f"NWRS Staff,2022,3,{pcn},ASH \u2013 ELM PCN,{group},Role,Detail,{fte},{number}\n"


def test_a_workforce_file_of_networks_is_of_its_month(tmp_path: Path):
    path = "workforce/pcn/PCNWFIndividualCSV.062026.zip"
    assert offered(tmp_path, networks.SOURCE, path) == ["2026-06"]
    assert offered(tmp_path / "b", networks.SOURCE, "x/GPWPracticeCSV.032026.zip") == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252"])
def test_only_direct_patient_care_is_kept_and_nobody_lost_for_looking_alike(
    tmp_path: Path, encoding: str
):
    """Two contracted pharmacists with no identifier are two, not a repeated row."""
    text = STAFF + person("U00001", DIRECT, "0.5") * 12 + person("U00001", "Directors", "0.2")
    text += person("U00002", "Other GPs", "1", "7") + person("U00002", "Other Nurses", "1", "8")
    name = "1.Primary Care Networks \u2013 March 2022 Individual Level.csv"
    (tmp_path / name).write_bytes(text.encode(encoding))
    read = (tmp_path / name).read_bytes().decode(encoding)
    files = {name: read}
    staged = judged(tmp_path, networks.SOURCE, files, "2022-03").parts["network_staff"]
    assert (staged.height, staged["fte"].sum()) == (12, 6)
    assert staged["pcn_code"].unique().to_list() == ["U00001"]


def test_a_networks_staff_are_added_and_a_network_without_any_is_unknown():
    drawn = "record|pcn_code|fte\n0|U00001|0.5\n1|U00001|1\n2|U00002|0\n3|U00003|-1\n"
    rows = made(context_makers.network_staff_per_10_000([edition("2026-06", drawn, NETWORK_STAFF)]))
    assert [(r["practice_code"], r["numerator"], r["denominator"]) for r in rows] == [
        ("U00001", 1.5, None)
    ]
    assert str(rows[0]["as_of"]) == "2026-06-30"


# The GP Patient Survey

NEW = "ad_practicecode,ad_practicename,received,overallexp.counteval,overallexp.baseevalw,"
NEW += "overallexp.pcteval\n"
OLD = "Practice_Code,Practice_Name,Q28_12,Q28base,Q28_12pct\n"


@pytest.mark.parametrize(("year", "period"), [(2025, "2024-25"), (2017, "2016-17")])
def test_a_survey_is_of_the_year_in_which_patients_were_asked(
    tmp_path: Path, year: int, period: str
):
    name = f"GPPS_{year}_Practice_data_(weighted)_(csv)_PUBLIC.csv"
    assert offered(tmp_path, survey.SOURCE, f"gp-patient-survey/{name}") == [period]


def test_unweighted_answers_are_not_followed(tmp_path: Path):
    name = "GPPS_2021_Practice_data_(unweighted)_(csv)_PUBLIC.csv"
    assert offered(tmp_path, survey.SOURCE, name) == []


@pytest.mark.parametrize(
    ("header", "line"),
    [
        (NEW, "A810{i},Ash,100,60.5,80.25,0.753894081\n"),
        (OLD, "A810{i},Ash,60.5,80.25,0.753894081\n"),
    ],
)
def test_both_layouts_give_weighted_answers(tmp_path: Path, header: str, line: str):
    text = header + "".join(line.format(i=i) for i in range(10, 22))
    files = {"GPPS_2025_Practice_data_(weighted)_(csv)_PUBLIC.csv": text}
    staged = judged(tmp_path, survey.SOURCE, files, "2024-25").parts["patient_survey"]
    assert staged.row(0) == ("A81010", 60.5, 80.25, 0.753894081)


@pytest.mark.parametrize("word", ["-98", "-99.0", "*", "/"])
def test_what_is_withheld_is_unknown_and_no_zero(tmp_path: Path, word: str):
    lines = [f"A810{i},Ash,100,60,80,0.75\n" for i in range(10, 22)]
    lines += [f"A81001,Elm,4,{word},{word},{word}\n"]
    files = {"GPPS_2025_Practice_data_(weighted)_(csv)_PUBLIC.csv": NEW + "".join(lines)}
    staged = judged(tmp_path, survey.SOURCE, files, "2024-25").parts["patient_survey"]
    assert staged.filter(practice_code="A81001").row(0) == ("A81001", None, None, None)


def test_a_share_in_percent_would_be_another_unit_and_is_refused(tmp_path: Path):
    text = NEW + "".join(f"A810{i},Ash,100,60,80,75\n" for i in range(10, 22))
    files = {"GPPS_2025_Practice_data_(weighted)_(csv)_PUBLIC.csv": text}
    assert judged(tmp_path, survey.SOURCE, files, "2024-25").parts == {}


def test_answers_are_counts_where_given_and_a_share_alone_where_not():
    drawn = "practice_code|good|answered|good_share\nA81001|60|80|0.75\nA81002|||0.5\nA81003|||\n"
    rows = made(context_makers.survey_good_overall([edition("2024-25", drawn, PATIENT_SURVEY)]))
    given = {r["practice_code"]: (r["numerator"], r["denominator"], r["value"]) for r in rows}
    assert given == {"A81001": (60, 80, None), "A81002": (None, None, 50)}
    assert {str(r["as_of"]) for r in rows} == {"2025-03-31"}


# QOF's registers


def registers(conditions: int, *, without: str | None = None) -> pl.LazyFrame:
    codes = [f"C{i:02d}" for i in range(conditions)]
    both = [(practice, code) for practice in ("A81001", "A81002") for code in codes]
    return pl.LazyFrame(
        {
            "practice_code": [practice for practice, _ in both],
            "group_code": [code for _, code in both],
            "register": [None if (p, c) == (without, "C00") else 30 for p, c in both],
        },
        schema_overrides={"register": pl.Int64},
    )


LISTS = pl.LazyFrame({"practice_code": ["A81001", "A81002"], "list_size": [1000, None]})


def test_registers_are_entries_and_a_patient_with_three_conditions_counts_three_times():
    rows = made(context_makers.registers_per_100({"2021-22": registers(20)}, {"2021-22": LISTS}))
    (row,) = rows  # the other practice's list is not known
    assert (row["numerator"], row["denominator"], str(row["as_of"])) == (600, 1000, "2022-04-01")


def test_a_practice_that_lacks_a_register_has_no_sum():
    some = registers(20, without="A81001")
    assert made(context_makers.registers_per_100({"2021-22": some}, {"2021-22": LISTS})) == []


def test_a_year_of_which_few_conditions_are_here_is_an_excerpt():
    assert context_makers.has_registers(registers(21))
    assert not context_makers.has_registers(registers(1))
