"""The whole lake against sums made here: every measure, indicator, year and organisation.

What is expected comes from the lake's Parquet files by group-bys that share nothing with
engine/atlas/ask.py or engine/atlas/context.py. DOMAIN's first trap, the mean of percentages, cannot
pass.
"""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from engine import Lake, Question, measure
from engine.atlas.ask import numbers
from engine.atlas.context import context
from engine.atlas.years import qof_years
from engine.wings import metric

LEVELS = ("practice", "pcn", "sub_icb", "icb", "region", "england")
_A, _B = pl.col("numerator"), pl.col("denominator")
_PCAS = pl.col("pcas").fill_null(0)
_BOTH = _A.is_not_null() & _B.is_not_null()
# By measure: which rows count, and the two parts that they add.
PARTS = {
    "net": (_BOTH, _A, _B),
    "pri": (_BOTH, _A, _B + _PCAS),
    "pca_rate": (_BOTH, _PCAS, _B + _PCAS),
    "points": (pl.col("points").is_not_null(), pl.col("points"), pl.col("points_max")),
}


def test_every_figure_of_the_demonstration_is_a_sum_over_a_sum_of_its_practices(lake: Lake):
    assert compared(lake) > 100_000


@pytest.mark.golden
def test_every_figure_of_the_published_files_is_a_sum_over_a_sum_of_its_practices(real: Lake):
    assert compared(real) > 500_000


@pytest.mark.parametrize("level", LEVELS[1:-1])
def test_what_is_measured_of_the_demonstration_is_what_is_answered(lake: Lake, level: str):
    for name, indicator in (*((m, "HYP008") for m in PARTS), ("prevalence", "HYP")):
        assert measured_as_answered(lake, name, indicator, level) > 0


@pytest.mark.golden
@pytest.mark.parametrize("level", LEVELS[1:-1])
def test_what_is_measured_of_the_published_files_is_what_is_answered(real: Lake, level: str):
    for name, indicator in (*((m, "COPD010") for m in PARTS), ("prevalence", "HYP")):
        assert measured_as_answered(real, name, indicator, level) > 0


def test_every_context_of_the_demonstration_follows_from_its_practices(lake: Lake):
    for level in LEVELS[1:]:
        context_agrees(lake, level)


@pytest.mark.golden
@pytest.mark.parametrize("level", LEVELS[1:])
def test_every_context_of_the_published_files_follows_from_its_practices(real: Lake, level: str):
    context_agrees(real, level)


def measured_as_answered(lake: Lake, name: str, indicator: str, level: str) -> int:
    """How many values of areas there are; `measure` and `answer` must give the same."""
    by, code = [f"{level}_code", "year"], metric(name).code
    measured = measure(lake, [name], by, {code: indicator}).drop_nulls().collect()
    answers = [
        numbers(lake, Question(indicator, year, level, name))
        .select(pl.col("organisation_code").alias(by[0]), pl.lit(year).alias("year"), value="value")
        .drop_nulls()
        for year in qof_years(lake)
    ]
    expected = pl.concat(answers).collect().rename({"value": name})
    assert_frame_equal(measured, expected, check_row_order=False)
    return measured.height


def compared(sealed: Lake) -> int:
    """How many figures of organisations were compared; all must agree."""
    lake = Lake(sealed.layout, sealed.manifest)
    for year in qof_years(
        lake
    ):  # asked ten thousand times: from memory, or the files are all it does
        for name in ("percent_achieved", "prevalence", "practice_geography"):
            lake.keep(name, year, sealed.scan(name, year).collect())
    return sum(
        agree(lake, year, level, measure, facts)
        for year in qof_years(lake)
        for measure, facts in parts(lake, year).items()
        for level in LEVELS
    )


def parts(lake: Lake, year: str) -> dict[str, pl.DataFrame]:
    """By measure, what each practice adds: practice_code, code of the indicator, top, bottom."""
    most = read(lake, "indicator").filter(year=year).select("indicator_code", "points_max")
    facts = read(lake, "percent_achieved", year).join(most, on="indicator_code", how="left")
    found = {
        measure: facts.filter(counts).select(
            "practice_code", code="indicator_code", top=top.cast(float), bottom=bottom.cast(float)
        )
        for measure, (counts, top, bottom) in PARTS.items()
    }
    lists = read(lake, "prevalence", year).filter(pl.col("list_size").is_not_null())
    found["prevalence"] = lists.select(
        "practice_code",
        code="group_code",
        top=pl.col("register").cast(float),
        bottom=pl.col("list_size").cast(float),
    )
    return found


def agree(lake: Lake, year: str, level: str, measure: str, facts: pl.DataFrame) -> int:
    """Compare one measure at one level of one year, all indicators; how many figures that was."""
    where = read(lake, "practice_geography", year).select(
        "practice_code",
        organisation_code=pl.lit("ENG") if level == "england" else pl.col(f"{level}_code"),
    )
    want = (
        facts.join(where, on="practice_code")
        .filter(pl.col("organisation_code").is_not_null(), pl.col("organisation_code") != "U")
        .group_by("code", "organisation_code")
        .agg(pl.when(pl.col("top").count() > 0).then(pl.sum("top")), pl.sum("bottom"))
        .drop_nulls("top")  # registers that nobody gave are no zero
        .filter(pl.col("bottom") > 0)
        .with_columns(want=pl.col("top") / pl.col("bottom") * 100)
    )
    codes = want["code"].unique().sort().to_list()
    asked = [
        numbers(lake, Question(code, year, level, measure)).select(
            pl.lit(code).alias("code"), "organisation_code", "numerator", "denominator", "value"
        )
        for code in codes
    ]
    if not asked:
        return 0
    given = pl.concat(pl.collect_all(asked), how="vertical_relaxed").drop_nulls("value")
    both = given.join(want, on=["code", "organisation_code"], how="full", coalesce=True)
    off = both.filter(
        pl.col("value").is_null()
        | pl.col("want").is_null()
        | ((pl.col("numerator") - pl.col("top")).abs() > 1e-6)
        | ((pl.col("denominator") - pl.col("bottom")).abs() > 1e-6)
        | ((pl.col("value") - pl.col("want")).abs() > 1e-9 * pl.col("want").abs())
    )
    assert off.is_empty(), f"{measure} {year} {level}\n{off}"
    return both.height


def read(lake: Lake, name: str, partition: str | None = None) -> pl.DataFrame:
    """A table from its files, as anybody could read them."""
    files = lake.manifest["tables"].get(name, {}).get("files", [])
    wanted = [f["path"] for f in files if partition in (None, f["partition"])]
    frames = [pl.read_parquet(lake.layout.root / "lake" / path, glob=False) for path in wanted]
    return pl.concat(frames) if frames else lake.scan(name, partition).collect()


RATIOS = {
    "aged_65_and_over": 100,
    "gps_per_10_000": 10_000,
    "survey_good_overall": 100,
    "registers_per_100": 100,
    "payments_per_patient": 1,
    "cqc_good_or_outstanding": 100,
}


def context_agrees(lake: Lake, level: str) -> None:
    """Compare every context measure at a level, all years, each by its own rule (DOMAIN 1.9)."""
    parts = read(lake, "practice_context")
    for year in qof_years(lake):
        where = read(lake, "practice_geography", year).select(
            "practice_code",
            "pcn_code",
            code=pl.lit("ENG") if level == "england" else pl.col(f"{level}_code"),
        )
        practices = context(lake, year).collect().rename({"organisation_code": "practice_code"})
        placed = practices.join(where, on="practice_code")
        rows = placed.filter(pl.col("code").is_not_null(), pl.col("code") != "U")
        areas = context(lake, year, level).collect().rename({"organisation_code": "code"})
        assert areas["cqc_rating"].null_count() == areas.height, "words are never averaged"
        for name, rate in RATIOS.items():
            held = parts.filter(measure=name).rename({"as_of": f"{name}_as_of"})
            sums = (
                rows.join(held, on=["practice_code", f"{name}_as_of"])
                .group_by("code")
                .agg(want=pl.sum("numerator") / pl.sum("denominator") * rate)
            )
            assert_same(areas, sums, name)
        known = rows.drop_nulls(["list_size", "deprivation"])
        weighted = known.group_by("code").agg(
            want=(pl.col("deprivation") * pl.col("list_size")).sum() / pl.sum("list_size")
        )
        assert_same(areas, weighted, "deprivation")
        lists = rows.drop_nulls("list_size").group_by("code").agg(want=pl.sum("list_size"))
        assert_same(areas, lists, "list_size")
        assert_same(areas, _network_staff(parts, placed, areas), "network_staff_per_10_000")


def _network_staff(
    parts: pl.DataFrame, practices: pl.DataFrame, areas: pl.DataFrame
) -> pl.DataFrame:
    """Staff per 10,000 patients of the networks that reported, by area."""
    name = "network_staff_per_10_000"
    on = areas[f"{name}_as_of"].drop_nulls().unique()
    staff = parts.filter(pl.col("measure") == name, pl.col("as_of").is_in(on.implode()))
    networks = practices.group_by("pcn_code").agg(everybody=pl.sum("list_size"))
    rates = networks.join(staff, left_on="pcn_code", right_on="practice_code").select(
        "pcn_code", rate=pl.col("numerator") / pl.col("everybody") * 10_000
    )
    patients = practices.join(rates, on="pcn_code").drop_nulls(["list_size", "code"])
    sums = patients.filter(pl.col("code") != "U").group_by("code")
    return sums.agg(want=(pl.col("rate") * pl.col("list_size")).sum() / pl.sum("list_size"))


def assert_same(areas: pl.DataFrame, sums: pl.DataFrame, name: str) -> None:
    both = areas.drop_nulls(name).join(
        sums.filter(pl.col("want").is_finite()), on="code", how="full", coalesce=True
    )
    assert both[name].null_count() == both["want"].null_count() == 0, name
    off = (pl.col(name) - pl.col("want")).abs() > 1e-9 * pl.col("want").abs()
    assert both.filter(off).is_empty(), name
