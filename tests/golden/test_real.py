"""Our figures against the published files in ../shared/real: what DOMAIN says must come out.

Skipped, with the reason, where those files are not beside the project.
"""

from pathlib import Path

import polars as pl
import pytest

from engine import Lake, Question, answer, open_lake
from engine.rollup import organisation_code
from refresh.pipeline import Outcome, run

REAL = Path(__file__).parents[3] / "shared" / "real"
pytestmark = [
    pytest.mark.golden,
    pytest.mark.skipif(not REAL.is_dir(), reason="../shared/real is not beside the project"),
]
# DOMAIN 1.1 and the provenance notes: practices and list sizes by year.
PRACTICES = {
    "2014-15": 7779,
    "2017-18": 7100,
    "2018-19": 6873,
    "2019-20": 6720,
    "2020-21": 6571,
    "2021-22": 6470,
    "2022-23": 6378,
    "2023-24": 6267,
}
LIST_SIZES = {
    "2019-20": 60_407_685,
    "2020-21": 60_716_244,
    "2021-22": 61_604_213,
    "2022-23": 62_378_057,
}
HYPERTENSION = {
    "2017-18": 13.94,
    "2018-19": 13.96,
    "2019-20": 14.10,
    "2020-21": 13.93,
    "2022-23": 14.42,
}
LEVELS = ("pcn", "sub_icb", "icb", "region", "england")


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    data = tmp_path_factory.mktemp("real")
    return data, run(data=data, mirror=str(REAL))


@pytest.fixture(scope="module")
def real(outcome: tuple[Path, Outcome]) -> Lake:
    return open_lake(outcome[0])


def england(lake: Lake, indicator: str, year: str, measure: str) -> dict:
    asked = Question(indicator, year, "england", measure)
    return answer(lake, asked).collect().row(0, named=True)


def test_every_release_refreshes_and_a_second_run_finds_nothing_new(
    outcome: tuple[Path, Outcome],
):
    data, first = outcome
    assert (first.exit_code, first.is_new) == (0, True)
    second = run(data=data, mirror=str(REAL))
    assert (second.exit_code, second.is_new, second.releases) == (0, False, 0)
    assert second.snapshot == first.snapshot


@pytest.mark.parametrize(("year", "practices"), PRACTICES.items())
def test_practices_of_each_year_are_all_there(real: Lake, year: str, practices: int):
    rows = real.scan("organisation", year).filter(level="practice").collect()
    assert rows.height == practices
    assert real.manifest["coverage"][year]["placed"] / practices > 0.99


@pytest.mark.parametrize(("year", "patients"), LIST_SIZES.items())
def test_list_sizes_are_the_published_ones(real: Lake, year: str, patients: int):
    rows = real.scan("organisation", year).filter(level="england").collect()
    assert rows["list_size"].to_list() == [patients]


def test_copd010_of_2021_22_is_65_5_percent(real: Lake):
    said = england(real, "COPD010", "2021-22", "net")
    assert (said["numerator"], said["denominator"]) == (688_607, 1_051_290)
    assert round(said["value"], 1) == 65.5


@pytest.mark.parametrize(("year", "percent"), HYPERTENSION.items())
def test_prevalence_of_hypertension_is_the_published_one(real: Lake, year: str, percent: float):
    assert round(england(real, "HYP", year, "prevalence")["value"], 2) == percent


def test_the_structure_of_2023_24_is_the_published_one(real: Lake):
    counts = real.scan("organisation", "2023-24").group_by("level").len().collect()
    assert dict(counts.rows()) == {
        "practice": 6267,
        "pcn": 1275,
        "sub_icb": 106,
        "icb": 42,
        "region": 7,
        "england": 1,
    }
    geography = real.scan("practice_geography", "2023-24").collect()
    assert geography.filter(pl.col("pcn_code") == "U").height == 54
    networks = geography.filter(pl.col("pcn_code") != "U").group_by("pcn_code")
    spread = networks.agg(pl.len(), pl.col("sub_icb_code", "icb_code").n_unique())
    assert spread.filter(pl.col("sub_icb_code") > 1).height == 9
    assert spread.filter(pl.col("icb_code") > 1).height == 1
    assert spread.filter(pl.col("len") == 1).height == 72
    indicators = real.scan("indicator").filter(year="2023-24", kind="indicator").collect()
    assert (indicators.height, indicators["points_max"].sum()) == (76, 635)


@pytest.mark.parametrize("level", LEVELS)
def test_every_area_is_the_sum_of_its_practices(real: Lake, level: str):
    """All indicators and registers, all years: our answers beside sums made here."""
    for year in real.years:
        where = real.scan("practice_geography", year).select(
            "practice_code", code=organisation_code(level)
        )
        for table, code, top, bottom, measure in (
            ("percent_achieved", "indicator_code", "numerator", "denominator", "net"),
            ("prevalence", "group_code", "register", "list_size", "prevalence"),
        ):
            facts = real.scan(table, year).join(where, on="practice_code")
            if measure == "net":
                facts = facts.filter(pl.col(top).is_not_null(), pl.col(bottom).is_not_null())
            sums = (
                facts.filter(pl.col("code").is_not_null())
                .group_by("code", code)
                .agg(pl.col(top, bottom).sum())
                .collect()
            )
            for indicator in sums[code].unique().sort().head(30):
                want = sums.filter(pl.col(code) == indicator).select("code", top, bottom)
                got = answer(real, Question(indicator, year, level, measure)).collect()
                given = got.filter(pl.col("numerator").is_not_null()).select(
                    "organisation_code", "numerator", "denominator"
                )
                assert sorted(given.rows()) == sorted(want.rows()), (year, indicator)


def test_asthma_of_2014_15_is_the_workbooks_practice_by_practice(real: Lake):
    """The rebuilt file came from this workbook; here its own cells are read again."""
    book = pl.read_excel(
        REAL / "qof" / "2014-15" / "qof-1415-prac-asthma.xlsx",
        engine="calamine",
        read_options={"header_row": None},
        infer_schema_length=0,
    )
    # Column 13 has the practice's code, 19 its asthma register of 2014-15.
    cells = book.select(practice_code="column_12", want="column_18").filter(
        pl.col("practice_code").str.contains(r"^[A-Z]\d{5}$")
    )
    registers = real.scan("percent_achieved", "2014-15").filter(indicator_code="AST001").collect()
    both = cells.join(registers, on="practice_code", how="full", coalesce=True)
    assert both.height == 7779
    assert both.filter(pl.col("want").cast(pl.Int64).ne_missing(pl.col("register"))).is_empty()
    ours = answer(real, Question("AST003", "2014-15")).collect()
    assert ours.filter(pl.col("numerator") > pl.col("denominator")).height == 2
    assert ours["value"].is_between(0, 110).sum() > 7_700


def test_registers_of_2017_18_are_those_of_the_ccg_workbook(real: Lake):
    """An independent publication of the same numbers: hypertension registers by CCG."""
    book = pl.read_excel(
        REAL / "qof" / "ccg-workbooks" / "qof-1718-prev-ach-exc-ccg.xlsx",
        sheet_name="HYP",
        engine="calamine",
        read_options={"header_row": None},
        infer_schema_length=0,
    )
    at = [name for name in book.columns if book[name].str.contains(r"^\d{2}[A-Z]$").sum() > 190]
    ours = answer(real, Question("HYP", "2017-18", "sub_icb", "prevalence")).collect()
    rows = book.filter(pl.col(at[0]).str.contains(r"^\d{2}[A-Z]$"))
    numbers = rows.select(pl.exclude(at[0]).str.replace_all(",", "").cast(pl.Float64, strict=False))
    want = ours.join(rows.select(organisation_code=at[0]), on="organisation_code", how="right")
    columns = [
        name for name in numbers.columns if numbers[name].to_list() == want["numerator"].to_list()
    ]
    assert columns, "no column of the workbook holds our registers"


def test_no_practice_is_drawn_outside_england(real: Lake):
    rows = real.scan("practice_coordinates").collect()
    assert rows.filter(
        ~pl.col("latitude").is_between(49.8, 55.9) | ~pl.col("longitude").is_between(-6.5, 1.9)
    ).is_empty()
