"""Context measures against the published files in ../shared/real.

Skipped, with the reason, where those files are not beside the project.
"""

import zipfile
from pathlib import Path

import polars as pl
import pytest

from engine import Lake, open_lake
from engine.context import context
from engine.rollup import organisation_code
from refresh.pipeline import run

REAL = Path(__file__).parents[3] / "shared" / "real"
pytestmark = [
    pytest.mark.golden,
    pytest.mark.skipif(not REAL.is_dir(), reason="../shared/real is not beside the project"),
]
JULY_2026 = 63_436_508


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    data = tmp_path_factory.mktemp("real")
    assert run(data=data, mirror=str(REAL)).exit_code == 0
    return open_lake(data)


def measure(lake: Lake, name: str, period: str) -> pl.DataFrame:
    rows = lake.scan("practice_context", name).filter(measure=name, period=period)
    return rows.collect()


def test_registrations_of_july_2026_are_the_published_63_436_508(real: Lake):
    for name, column in (("list_size", "numerator"), ("aged_65_and_over", "denominator")):
        rows = measure(real, name, "2026-07")
        assert (rows.height, rows[column].sum()) == (6_139, JULY_2026)


def test_the_stacked_file_would_give_other_totals():
    """Unfiltered, England is there fifteen times; filtered to practices, three times."""
    path = REAL / "registrations" / "2026-07" / "gp-reg-pat-prac-quin-age.zip"
    with zipfile.ZipFile(path) as archive:
        table = pl.read_csv(archive.read("gp-reg-pat-prac-quin-age.csv"))
    patients = pl.col("NUMBER_OF_PATIENTS").sum()
    practices = table.filter(ORG_TYPE="GP")
    assert table.select(patients).item() == 15 * JULY_2026
    assert practices.select(patients).item() == 3 * JULY_2026
    own = practices.filter(pl.col("SEX") != "ALL", pl.col("AGE_GROUP_5") != "ALL")
    assert own.select(patients).item() == JULY_2026


def test_other_months_are_as_published(real: Lake):
    rows = measure(real, "list_size", "2026-06")
    assert (rows.height, rows["numerator"].sum()) == (6_145, 63_488_912)
    assert measure(real, "list_size", "2017-09").height == 4
    assert measure(real, "list_size", "2021-22")["numerator"].sum() == 61_604_213


@pytest.mark.parametrize(
    ("vintage", "practices"), [("2010", 8222), ("2015", 7878), ("2019", 6980), ("2025", 6143)]
)
def test_every_practice_has_a_score_and_tenths_are_tenths(real: Lake, vintage: str, practices: int):
    scores = measure(real, "deprivation", vintage).select("practice_code", score="value")
    tenths = measure(real, "deprivation_decile", vintage).select("practice_code", tenth="value")
    both = scores.join(tenths, on="practice_code", validate="1:1")
    assert both.height == practices
    groups = both.group_by("tenth").agg(pl.len(), low=pl.min("score"), high=pl.max("score"))
    groups = groups.sort("tenth")
    assert groups["tenth"].to_list() == list(range(1, 11))
    assert groups["len"].is_between(practices // 10 - 2, practices // 10 + 2).all()
    assert (groups["low"] >= groups["high"].shift(-1).fill_null(0)).all()


def test_tenths_agree_with_scores_that_others_weighted_by_patients(real: Lake):
    """IMD 2019 weighted by where patients live, worked out by somebody else."""
    path = REAL / "deprivation" / "practice_imd.csv.gz"
    theirs = pl.read_csv(path, null_values="NA").drop_nulls("imd_score")
    ours = measure(real, "deprivation", "2019")
    both = theirs.join(ours, on="practice_code")
    assert both.height > 6_300
    assert both.select(pl.corr("imd_score", "value")).item() > 0.98
    rank = pl.col("imd_score", "value").rank(descending=True)
    tenth = both.select(((rank - 1) * 10 // pl.len()) + 1)
    apart = (tenth["imd_score"] - tenth["value"]).abs()
    assert (apart <= 1).mean() > 0.97


def test_ratings_are_one_a_practice_the_latest(real: Lake):
    rows = real.scan("practice_context", "cqc_rating").collect()
    assert rows["practice_code"].is_unique().all()
    assert dict(rows.group_by("text").len().rows()) == {
        "Good": 5_532,
        "Outstanding": 291,
        "Requires improvement": 289,
        "Inadequate": 55,
    }
    twice = rows.filter(practice_code="M84032").row(0, named=True)
    assert str(twice["rated_on"]) == "2019-01-01"


def test_not_rated_is_a_kind_of_its_own(real: Lake):
    found = context(real, "2023-24", measures=["cqc_rating"]).collect()
    words = dict(found.group_by("cqc_rating").len().rows())
    assert found.height == 6_267 and set(words) == {
        *("Good", "Outstanding", "Requires improvement", "Inadequate", "Not rated")
    }


@pytest.mark.parametrize(("year", "unknown"), [("2016", 500), ("2019", 340), ("2024", 60)])
def test_doctors_who_are_not_known_are_left_out_of_both_sums(real: Lake, year: str, unknown: int):
    path = REAL / "workforce" / "gp" / "workforce_year.csv.gz"
    published = pl.read_csv(path, infer_schema=False).filter(Year=year)
    rows = measure(real, "gps_per_10_000", year)
    assert published.height - rows.height >= unknown
    assert rows["denominator"].min() > 0 and rows["numerator"].null_count() == 0
    zeros = (rows["numerator"] == 0).sum()
    assert zeros == 0 if year < "2023" else zeros > 0
    rate = rows["numerator"].sum() / rows["denominator"].sum() * 10_000
    assert 4 < rate < 5.5


def test_payments_a_patient_are_the_published_ones_practice_by_practice(real: Lake):
    path = REAL / "payments" / "21-22.csv.gz"
    published = pl.read_csv(path, infer_schema=False).select(
        practice_code="Practice Code",
        want=pl.col("Average payments per registered patient").cast(pl.Float64, strict=False),
    )
    rows = measure(real, "payments_per_patient", "2021-22")
    both = rows.join(published.drop_nulls(), on="practice_code")
    off = (both["numerator"] / both["denominator"] - both["want"]).abs()
    # Lists are published to two decimals, which shows where only a handful are on them.
    assert both.height == 6_570 and (off < 0.01).mean() > 0.998


@pytest.mark.parametrize("level", ["pcn", "sub_icb", "icb", "region", "england"])
def test_every_area_follows_from_its_practices_by_the_measures_rule(real: Lake, level: str):
    """Sums made here, from the rows of the practices that the context of the year holds."""
    for year in real.years:
        practices = context(real, year).collect().rename({"organisation_code": "practice_code"})
        where = real.scan("practice_geography", year).select(
            "practice_code", code=organisation_code(level)
        )
        rows = practices.join(where.collect(), on="practice_code").drop_nulls("code")
        parts = real.scan("practice_context").collect()
        areas = context(real, year, level).collect().rename({"organisation_code": "code"})
        assert areas["cqc_rating"].null_count() == areas.height
        for name, rate in (
            ("aged_65_and_over", 100),
            ("gps_per_10_000", 10_000),
            ("payments_per_patient", 1),
            ("cqc_good_or_outstanding", 100),
        ):
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


def assert_same(areas: pl.DataFrame, sums: pl.DataFrame, name: str) -> None:
    both = areas.drop_nulls(name).join(sums, on="code", how="full", coalesce=True)
    assert both[name].null_count() == both["want"].null_count() == 0, name
    assert both.filter((pl.col(name) - pl.col("want")).abs() > 1e-9 * pl.col("want")).is_empty()
