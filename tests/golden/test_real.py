"""Our figures held against the published ones: every QOF release in ../shared/real, refreshed.

Totals are those that NHS England and the research groups who load the same files have published
(DOMAIN 1.1 and 1.10); the workbooks are the publisher's own sums, made without us.
"""

import re
import shutil
from pathlib import Path

import fastexcel
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from engine import Lake, Question, answer
from engine.atlas.rollup import ENGLAND, UNALLOCATED
from engine.atlas.years import qof_years
from refresh.finding import failed
from refresh.pipeline import Outcome, run

REAL = Path(__file__).parents[3] / "shared" / "real"
pytestmark = [
    pytest.mark.golden,
    pytest.mark.skipif(not REAL.is_dir(), reason="the published files are not in ../shared/real"),
]

PRACTICES = {
    "2017-18": 7_100,
    "2018-19": 6_873,
    "2019-20": 6_720,
    "2020-21": 6_571,
    "2021-22": 6_470,
    "2022-23": 6_378,
    "2023-24": 6_267,
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
WORKBOOKS = {
    "2017-18": "qof-1718-prev-ach-exc-ccg.xlsx",
    "2019-20": "qof-1920-prev-ach-pca-ccg.xlsx",
}


def geography(lake: Lake, year: str) -> pl.DataFrame:
    return lake.scan("practice_geography", year).collect()


def england(lake: Lake, indicator: str, year: str, measure: str) -> dict:
    question = Question(indicator=indicator, year=year, level="england", measure=measure)
    (row,) = answer(lake, question).collect().to_dicts()
    assert row["organisation_code"] == ENGLAND
    return row


def test_every_release_loads_and_nothing_fails(outcome: Outcome, real: Lake):
    assert (outcome.exit_code, outcome.is_new, failed(outcome.findings)) == (0, True, [])
    assert qof_years(real) == ("2014-15", *PRACTICES)
    assert real.partitions("percent_achieved") == {"2014-15", "2021-22"}
    assert real.partitions("prevalence") == {*HYPERTENSION, "2021-22"}


def test_a_second_run_finds_nothing_new(real: Lake, tmp_path: Path):
    data = shutil.copytree(real.layout.root, tmp_path / "data")
    outcome = run(data=data, mirror=str(REAL))
    assert (outcome.exit_code, outcome.is_new, outcome.releases) == (0, False, 0)
    assert outcome.snapshot == real.id


@pytest.mark.parametrize("year", PRACTICES)
def test_practices_by_year(real: Lake, year: str):
    assert geography(real, year)["practice_code"].n_unique() == PRACTICES[year]
    assert geography(real, year).height == PRACTICES[year]


@pytest.mark.parametrize("year", LIST_SIZES)
def test_list_sizes_by_year(real: Lake, year: str):
    assert geography(real, year)["list_size"].sum() == LIST_SIZES[year]


def test_asthma_2014_15_has_every_practice_of_its_workbook(real: Lake):
    assert geography(real, "2014-15").height == 7_779


def test_copd010_in_england_in_2021_22(real: Lake):
    row = england(real, "COPD010", "2021-22", "net")
    assert (row["numerator"], row["denominator"]) == (688_607, 1_051_290)
    assert round(row["value"], 1) == 65.5
    assert row["value_low"] < row["value"] < row["value_high"]


@pytest.mark.parametrize("year", HYPERTENSION)
def test_hypertension_in_england_by_year(real: Lake, year: str):
    assert round(england(real, "HYP", year, "prevalence")["value"], 2) == HYPERTENSION[year]


def test_copd_prevalence_in_england_in_2021_22(real: Lake):
    assert round(england(real, "COPD", "2021-22", "prevalence")["value"], 2) == 1.87


def test_the_structure_of_2023_24(real: Lake):
    mapped = geography(real, "2023-24")
    networks = mapped.filter(pl.col("pcn_code") != UNALLOCATED)
    assert mapped.height - networks.height == 54
    assert {
        level: mapped[f"{level}_code"].n_unique() for level in ("region", "icb", "sub_icb")
    } == {"region": 7, "icb": 42, "sub_icb": 106}
    sizes = networks.group_by("pcn_code").agg(
        pl.len(), areas=pl.col("sub_icb_code").n_unique(), boards=pl.col("icb_code").n_unique()
    )
    assert sizes.height == 1_275
    assert sizes.filter(pl.col("areas") > 1).height == 9
    assert sizes.filter(pl.col("boards") > 1).height == 1
    assert sizes.filter(pl.col("len") == 1).height == 72
    levels = real.scan("organisation", "2023-24").group_by("level").len().collect()
    assert dict(levels.iter_rows()) == {
        "practice": 6_267,
        "pcn": 1_275,
        "sub_icb": 106,
        "icb": 42,
        "region": 7,
        "england": 1,
    }


@pytest.mark.parametrize(
    ("year", "indicators", "points"),
    [
        ("2018-19", 77, 559),
        ("2019-20", 68, 559),
        ("2020-21", 68, 567),
        ("2021-22", 72, 635),
        ("2022-23", 76, 635),
        ("2023-24", 76, 635),
    ],
)
def test_indicators_and_their_points_by_year(real: Lake, year: str, indicators: int, points: int):
    said = real.scan("indicator").filter(
        pl.col("year") == year, pl.col("kind") == "indicator", pl.col("points_max").is_not_null()
    )
    assert said.select(pl.len(), pl.col("points_max").sum()).collect().row(0) == (
        indicators,
        points,
    )


def test_nearly_every_practice_has_a_place_and_none_is_abroad(real: Lake):
    for year in PRACTICES:
        coverage = real.manifest["coverage"][year]
        assert coverage["placed"] / coverage["practices"] >= 0.99
    placed = real.scan("practice_coordinates").collect()
    assert placed["longitude"].is_between(-6.5, 1.9).all()
    assert placed["latitude"].is_between(49.8, 55.9).all()
    assert placed["practice_code"].is_unique().all()


# Sums


@pytest.mark.parametrize("level", ["pcn", "sub_icb", "icb", "region", "england"])
@pytest.mark.parametrize(
    ("table", "code", "parts", "measure"),
    [
        ("prevalence", "group_code", ("register", "list_size"), "prevalence"),
        ("percent_achieved", "indicator_code", ("numerator", "denominator"), "net"),
    ],
)
def test_every_sum_is_the_sum_of_its_practices(
    real: Lake, level: str, table: str, code: str, parts: tuple[str, str], measure: str
):
    """Every organisation, indicator and year, by a plain join and sum beside `answer`.

    A practice without a numerator adds to neither sum; one without a register, to the list.
    """
    needed = parts if measure == "net" else parts[1:]
    for year in sorted(real.partitions(table)):
        rows = real.scan(table, year).collect().drop_nulls(needed)
        answers = pl.collect_all(
            answer(real, Question(indicator=one, year=year, level=level, measure=measure))
            .filter(pl.col("denominator").is_not_null())
            .select(pl.lit(one).alias(code), "organisation_code", "numerator", "denominator")
            for one in rows[code].unique().sort()
        )
        at = "organisation_code"
        mapped = geography(real, year).with_columns(england_code=pl.lit(ENGLAND))
        expected = (
            rows.join(mapped.rename({f"{level}_code": at}), on="practice_code", suffix="_mapped")
            .filter(pl.col(at).is_not_null(), pl.col(at) != UNALLOCATED)
            .group_by(code, at)
            .agg(numerator=pl.col(parts[0]).sum(), denominator=pl.col(parts[1]).sum())
            .select(code, at, "numerator", "denominator")
        )
        assert_frame_equal(pl.concat(answers), expected, check_row_order=False)


# The publisher's own sums


def sheet(path: Path, name: str | int) -> tuple[list[list[str]], int]:
    """The rows of a workbook's sheet as text, and which of them is the header."""
    rows = fastexcel.read_excel(path).load_sheet(name, header_row=None, dtypes="string")
    cells = [[" ".join((cell or "").split()) for cell in row] for row in rows.to_polars().rows()]
    header = next(i for i, row in enumerate(cells) if any("Register" == cell for cell in row))
    return cells, header


def test_every_printed_total_of_a_ccg_equals_our_sum(real: Lake):
    """Registers, lists and practices of 21 groups: 194 CCGs in 2017-18, 135 in 2019-20."""
    for year, places in (("2017-18", 194), ("2019-20", 135)):
        (level,) = real.manifest["reconciled"][year]
        compared = 21 * 3 * places
        assert (level["compared"], level["equal"], level["differ"]) == (compared, compared, 0)


@pytest.mark.parametrize("year", WORKBOOKS)
def test_registers_and_prevalence_of_every_ccg_equal_the_publishers_workbook(real: Lake, year: str):
    path = REAL / "qof" / "ccg-workbooks" / WORKBOOKS[year]
    groups = real.scan("prevalence", year).select("group_code").unique().collect().to_series()
    names = {name.replace("-", ""): name for name in fastexcel.read_excel(path).sheet_names}
    compared = 0
    for group in sorted(set(names) & set(groups)):
        cells, top = sheet(path, names[group])
        header = cells[top]
        code = next(i for i, cell in enumerate(header) if cell.startswith("CCG") and "ode" in cell)
        block = [i for i, cell in enumerate(header) if cell == "Number of practices"][1]
        register = header.index("Register", block)
        percent = next(i for i in range(block, len(header)) if header[i].startswith("Prevalence"))
        published = pl.DataFrame(
            [
                (row[code], int(row[register]), float(row[percent]))
                for row in cells[top + 1 :]
                if len(row[code]) == 3 and row[register].isdecimal()
            ],
            schema=["organisation_code", "numerator", "value"],
            orient="row",
        )
        question = Question(indicator=group, year=year, level="sub_icb", measure="prevalence")
        ours = answer(real, question).select(published.columns).collect()
        assert_frame_equal(ours, published, check_row_order=False, check_exact=False, abs_tol=1e-6)
        compared += published.height
    assert compared == 21 * {"2017-18": 194, "2019-20": 135}[year]


def test_asthma_2014_15_equals_the_publishers_workbook_practice_by_practice(real: Lake):
    """Counts and points to the patient; percentages wherever the publisher gives one."""
    cells, top = sheet(REAL / "qof" / "2014-15" / "qof-1415-prac-asthma.xlsx", 0)
    banner, header = cells[top - 1], cells[top]
    code = header.index("Practice Code")
    rows = [row for row in cells[top + 1 :] if len(row[code]) == 6]
    prevalence = banner.index("2014-15")
    columns = {"AST001": {"register": header.index("Register", prevalence)}}
    for indicator in ("AST002", "AST003", "AST004"):
        start = next(i for i, cell in enumerate(banner) if indicator in cell)
        names = {
            "numerator": "Numerator",
            "denominator": "Denominator",
            "pcas": "Exceptions",
            "percent_net": "Underlying achievement net of exceptions (per cent)",
            "percent_pri": "Percentage of patients receiving intervention",
        }
        found = {name: header.index(words, start) for name, words in names.items()}
        columns[indicator] = {"points": start, **found}
    for indicator, wanted in columns.items():
        published = pl.DataFrame(
            [[row[code], *(number(row[at]) for at in wanted.values())] for row in rows],
            schema={"practice_code": pl.String} | dict.fromkeys(wanted, pl.Float64),
            orient="row",
        )
        ours = real.scan("percent_achieved", "2014-15").filter(indicator_code=indicator)
        both = ours.collect().join(published, on="practice_code", how="full", suffix="_theirs")
        assert both.height == published.height == 7_779
        for name in wanted:
            mine, theirs = pl.col(name).cast(pl.Float64), pl.col(f"{name}_theirs")
            given = both.filter(theirs.is_not_null()) if "percent" in name else both
            assert given.filter(
                ~mine.eq_missing(theirs), ~((mine - theirs).abs() < 1e-6)
            ).is_empty()
            assert given.filter(mine.is_null() != theirs.is_null()).is_empty()


def number(cell: str) -> float | None:
    return float(cell) if re.fullmatch(r"[\d.]+", cell) else None
