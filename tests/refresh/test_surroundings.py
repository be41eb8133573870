"""What the demonstration publishes beside QOF: in the publishers' own formats, and believable."""

import io
import zipfile
from pathlib import Path

import fastexcel
import polars as pl
import pytest

from engine import Lake
from engine.atlas.context import context
from engine.atlas.metrics.context_measures import CONTEXT
from refresh.atlas.synthetic.indicators import YEARS
from refresh.atlas.synthetic.opendocument import write_ods


def quin_age(mirror: Path, month: str) -> pl.DataFrame:
    path = mirror / "registrations" / month / "gp-reg-pat-prac-quin-age.zip"
    with zipfile.ZipFile(path) as archive:
        return pl.read_csv(io.BytesIO(archive.read("gp-reg-pat-prac-quin-age.csv")))


@pytest.mark.parametrize("month", ["2020-04", "2023-04", "2026-04"])
def test_every_level_of_registrations_adds_up_to_the_same_england(mirror: Path, month: str):
    table = quin_age(mirror, month)
    sums = table.group_by("ORG_TYPE").agg(pl.sum("NUMBER_OF_PATIENTS"))
    levels = ["Comm Region", "ICB", "SUB_ICB_LOCATION_CODE", "PCN", "GP"]
    assert table["ORG_TYPE"].unique(maintain_order=True).to_list() == levels
    assert sums["NUMBER_OF_PATIENTS"].n_unique() == 1
    practices = table.filter(ORG_TYPE="GP")
    assert practices.height == 43 * practices["ORG_CODE"].n_unique()
    ages = practices.filter(pl.col("SEX") != "ALL", pl.col("AGE_GROUP_5") != "ALL")
    everybody = practices.filter(SEX="ALL", AGE_GROUP_5="ALL")
    assert ages["NUMBER_OF_PATIENTS"].sum() == everybody["NUMBER_OF_PATIENTS"].sum()


def test_ratings_are_a_spreadsheet_with_many_rows_a_location(mirror: Path):
    book = fastexcel.read_excel(mirror / "cqc" / "01_April_2026_Latest_ratings.ods")
    assert book.sheet_names == ["README", "Locations"]
    rows = book.load_sheet("Locations", dtypes="string").to_polars()
    overall = rows.filter(Domain="Overall")
    assert rows.height == 6 * overall.height
    assert overall["Location ODS Code"].is_unique().all()
    assert (overall["Latest Rating"] == "Good").mean() > 0.8


@pytest.mark.parametrize(("year", "word"), [(2021, "ND"), (2026, "NA")])
def test_doctors_who_are_not_known_are_a_word_as_published(mirror: Path, year: int, word: str):
    with zipfile.ZipFile(mirror / "workforce" / f"GPWPracticeCSV.03{year}.zip") as archive:
        (name,) = archive.namelist()
        table = pl.read_csv(io.BytesIO(archive.read(name)), infer_schema=False)
    assert word in table["TOTAL_GP_EXTGL_FTE"].to_list()


def by_area(mirror: Path) -> pl.DataFrame:
    folder = mirror / "registrations" / "2026-04"
    with zipfile.ZipFile(folder / "gp-reg-pat-prac-lsoa-male-female-April-26.zip") as archive:
        return pl.read_csv(io.BytesIO(archive.read("gp-reg-pat-prac-lsoa-all.csv")))


def test_patients_by_area_are_all_patients_and_some_have_no_area_in_england(mirror: Path):
    areas = by_area(mirror)
    lists = quin_age(mirror, "2026-04").filter(ORG_TYPE="GP", SEX="ALL", AGE_GROUP_5="ALL")
    sums = areas.group_by("PRACTICE_CODE").agg(pl.sum("NUMBER_OF_PATIENTS"))
    both = sums.join(lists, left_on="PRACTICE_CODE", right_on="ORG_CODE", how="full")
    assert both["NUMBER_OF_PATIENTS"].eq_missing(both["NUMBER_OF_PATIENTS_right"]).all()
    outside = areas.filter(~pl.col("LSOA_CODE").str.starts_with("E01"))
    assert set(outside["LSOA_CODE"]) == {"CLOSED", "EMPTY", "W01000489"}
    assert areas.select("PRACTICE_CODE", "LSOA_CODE").is_unique().all()


def test_every_area_of_a_patient_has_a_score(mirror: Path):
    name = "File_7_IoD2025_All_Ranks_Scores_Deciles_Population_Denominators.csv"
    scores = pl.read_csv(mirror / "deprivation" / name)
    areas = by_area(mirror)["LSOA_CODE"].unique()
    missing = areas.filter(~areas.is_in(scores["LSOA code (2021)"].implode()))
    assert missing.str.starts_with("E01").sum() == 0
    decile = scores[
        "Index of Multiple Deprivation (IMD) Decile (where 1 is most deprived 10% of LSOAs)"
    ]
    assert (decile.min(), decile.max()) == (1, 10)


def test_newest_scores_are_weighted_by_area_and_close_to_fingertips_own(lake: Lake, mirror: Path):
    ours = lake.scan("practice_context", "deprivation").filter(period="2025").collect()
    own = ours.filter(source="registrations_by_lsoa")
    assert own.height / ours.height > 0.95
    assert own["known_share"].is_between(0.95, 1).all()
    theirs = pl.read_csv(mirror / "deprivation" / "fingertips_94240_imd.csv", infer_schema=False)
    both = own.join(theirs, left_on="practice_code", right_on="Area Code")
    assert both.select(pl.corr("value", pl.col("Value").cast(pl.Float64))).item() > 0.9


@pytest.mark.parametrize(("year", "word"), [(2021, "*"), (2026, "-98")])
def test_answers_of_the_few_are_withheld_as_published(mirror: Path, year: int, word: str):
    name = f"GPPS_{year}_Practice_data_(weighted)_(csv)_PUBLIC.csv"
    table = pl.read_csv(mirror / "gp-patient-survey" / name, infer_schema=False)
    few = table.filter(pl.col("received").cast(pl.Int64) < 10)
    assert few.height and set(few.to_series(-1)) == {word}


def test_networks_staff_come_with_others_who_are_not_counted(mirror: Path):
    with zipfile.ZipFile(mirror / "workforce" / "PCNWFIndividualCSV.032026.zip") as archive:
        (name,) = archive.namelist()
        table = pl.read_csv(io.BytesIO(archive.read(name)))
    assert {"Directors", "Other Direct Patient Care staff"} < set(table["STAFF_GROUP"])
    assert table["UNIQUE_IDENTIFIER"].null_count() > 0


def test_a_spreadsheet_keeps_words_that_are_markup(tmp_path: Path):
    frame = pl.DataFrame({"a & b": ["<x>", None], "c": ["y", "z"]})
    path = write_ods(tmp_path / "a.ods", {"One & two": frame})
    book = fastexcel.read_excel(path)
    assert book.sheet_names == ["One & two"]
    assert book.load_sheet(0, dtypes="string").to_polars().rows() == frame.rows()
    assert write_ods(tmp_path / "b.ods", {"One & two": frame}).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("year", YEARS)
def test_every_measure_of_every_year_is_known_for_nearly_all(lake: Lake, year: str):
    row = context(lake, year, "england").collect().row(0, named=True)
    for name, measure in CONTEXT.items():
        assert row[f"{name}_coverage"] > 0.85, name
        assert (row[name] is None) == (measure.rule == "practices only"), name


def test_england_is_about_as_it_is(lake: Lake):
    row = context(lake, "2025-26", "england").collect().row(0, named=True)
    assert 15 < row["aged_65_and_over"] < 22
    assert 16 < row["deprivation"] < 28
    assert 3.8 < row["gps_per_10_000"] < 5.2
    assert 85 < row["cqc_good_or_outstanding"] < 99
    assert 140 < row["payments_per_patient"] < 220
    assert 2 < row["network_staff_per_10_000"] < 5
    assert 65 < row["survey_good_overall"] < 85
    assert 60 < row["registers_per_100"] < 100


def test_the_most_deprived_practices_have_the_first_tenth(lake: Lake):
    found = context(lake, "2025-26").collect().drop_nulls("deprivation_decile")
    most, least = (found.filter(deprivation_decile=tenth)["deprivation"] for tenth in (1.0, 10.0))
    assert most.min() > found["deprivation"].median() > least.max()
