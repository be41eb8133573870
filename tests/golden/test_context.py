"""Context measures against the published files in ../shared/real.

Skipped, with the reason, where those files are not beside the project.
"""

import zipfile
from pathlib import Path

import polars as pl
import pytest

from engine import Lake
from engine.atlas.context import context
from refresh.atlas import area_scores
from refresh.pipeline import Outcome
from refresh.store.fold import Edition

REAL = Path(__file__).parents[3] / "shared" / "real"
pytestmark = [
    pytest.mark.golden,
    pytest.mark.skipif(not REAL.is_dir(), reason="../shared/real is not beside the project"),
]
DEPRIVATION, GEOGRAPHY = REAL / "deprivation", REAL / "geography"
IMD_2019 = "File_1_-_IMD2019_Index_of_Multiple_Deprivation.xlsx"
JULY_2026 = 63_436_508


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


def test_nine_in_ten_areas_of_2021_have_a_code_of_2011_so_only_the_vintage_can_tell(
    outcome: Outcome, real: Lake
):
    """DOMAIN's trap, IMD 2019 scores on LSOA 2021: the join works, so the lake must refuse it."""
    old = pl.read_excel(DEPRIVATION / IMD_2019, sheet_name="IMD2019")["LSOA code (2011)"]
    areas = lincolnshire().filter(pl.col("lsoa_code").str.starts_with("E01"))["lsoa_code"].unique()
    assert areas.is_in(old.implode()).mean() > 0.9
    assert measure(real, "deprivation", "2019")["source"].unique().to_list() == ["deprivation"]
    (said,) = [f for f in outcome.findings if f.check == "areas and scores are of one census"]
    assert (said.status, said.source, said.period) == ("warn", "registrations_by_lsoa", "2026-07")
    assert "areas are of 2021" in said.message


def test_weighting_by_where_patients_live_agrees_with_fingertips_own_weighting(real: Lake):
    """No scores by area are in ../shared/real, only ranks of 2019: of areas that did not change,
    weighted by the same code, they order Lincolnshire's practices as Fingertips' scores do.
    """
    path = GEOGRAPHY / "LSOA_(2011)_to_LSOA_(2021)_to_Local_Authority_District_(2022)_Exact_Fit"
    lookup = pl.read_csv(f"{path}_Lookup_for_EW_(V3).csv.gz").filter(CHGIND="U")
    ranks = pl.read_excel(DEPRIVATION / IMD_2019, sheet_name="IMD2019").select(
        lsoa_code="LSOA code (2011)",
        lsoa_year=pl.lit(2021),
        score="Index of Multiple Deprivation (IMD) Rank",
    )
    same = ranks.filter(pl.col("lsoa_code").is_in(lookup["LSOA21CD"].implode()))
    ours = area_scores.weighted(
        [Edition("2026-07", 1, lincolnshire().lazy())], [Edition("2025-10", 1, same.lazy())]
    ).collect()
    both = ours.join(measure(real, "deprivation", "2019"), on="practice_code")
    assert both.height == 80
    assert both.select(pl.corr("score", "value", method="spearman")).item() < -0.97
    assert both["known_share"].mean() > 0.94


def test_a_ccgs_score_is_close_to_the_one_published_for_the_people_who_live_there(real: Lake):
    """MHCLG averages over residents, we over the lists of practices: CCG by CCG they are close."""
    path = REAL / "qof" / "2019-20" / "QOF_1920.zip"
    with zipfile.ZipFile(path) as archive:
        mapping = pl.read_csv(archive.read("MAPPING_NHS_GEOGRAPHIES_1920.csv"))
    codes = mapping.select(organisation_code="CCG_ODS_CODE", ons="CCG_ONS_CODE").unique()
    theirs = pl.read_excel(DEPRIVATION / "IMD_CCG_2019.xlsx", sheet_name="IMD").select(
        ons="Clinical Commissioning Group Code (2019)", want="IMD - Average score"
    )
    ours = context(real, "2019-20", "sub_icb", measures=["deprivation"]).collect()
    both = ours.join(codes, on="organisation_code").join(theirs, on="ons")
    off = (both["deprivation"] - both["want"]).abs()
    assert both.height > 100
    assert both.select(pl.corr("deprivation", "want")).item() > 0.99
    assert off.mean() < 0.6 and off.max() < 3


def test_an_icbs_score_of_2025_is_close_to_the_published_average(real: Lake):
    path = "File_13_-_IoD2025_Integrated_Care_Board__ICB__Summaries.xlsx"
    theirs = pl.read_excel(DEPRIVATION / path, sheet_name="IMD").select(
        ons="Integrated Care Board Code (2024)", want="IMD - Average score"
    )
    lookup = pl.read_csv(GEOGRAPHY / "lookup_lsoa21_icb24.csv.gz")
    codes = lookup.select(ons="icb24_code", icb_code="icb24_code_nhs").unique()
    where = real.scan("practice_geography", "2023-24").collect()
    lists = measure(real, "list_size", "2026-07").select("practice_code", patients="numerator")
    sums = (
        measure(real, "deprivation", "2025")
        .join(lists, on="practice_code")
        .join(where, on="practice_code")
        .group_by("icb_code")
        .agg(ours=(pl.col("value") * pl.col("patients")).sum() / pl.sum("patients"))
    )
    both = sums.join(codes, on="icb_code").join(theirs, on="ons")
    off = (both["ours"] - both["want"]).abs()
    assert both.height == 42 and off.max() < 1 and off.mean() < 0.4


@pytest.mark.parametrize(
    ("period", "networks", "fte"),
    [("2022-03", 1_049, 10_186), ("2026-06", 1_264, 25_453)],
)
def test_staff_of_networks_are_those_in_direct_patient_care(
    real: Lake, period: str, networks: int, fte: int
):
    rows = measure(real, "network_staff_per_10_000", period)
    assert (rows.height, round(rows["numerator"].sum())) == (networks, fte)
    assert rows["practice_code"].str.starts_with("U").all()


def test_the_first_network_file_is_too_thin_to_stand_for_england(real: Lake):
    """In March 2020 one network in eight reported: for 2019-20 nothing is known, not little."""
    assert measure(real, "network_staff_per_10_000", "2020-03").height == 154
    row = context(real, "2019-20", "england").collect().row(0, named=True)
    assert row["network_staff_per_10_000"] is None


@pytest.mark.parametrize(
    ("year", "entries", "practices"),
    [("2018-19", 37_749_712, 6_854), ("2022-23", 45_920_849, 6_378)],
)
def test_registers_are_those_of_the_year_added_up(
    real: Lake, year: str, entries: int, practices: int
):
    """Of 2018-19, 19 practices gave no register or not all: they are in neither sum."""
    rows = measure(real, "registers_per_100", year)
    assert (rows["numerator"].sum(), rows.height) == (entries, practices)


def test_no_control_character_is_in_any_word_of_the_lake(real: Lake):
    for name in ("indicator", "organisation", "practice_geography"):
        words = real.scan(name).select(pl.col(pl.String).str.contains("[\u0080-\u009f]").any())
        assert not any(words.collect().row(0)), name
    groups = real.scan("indicator").select("group_name").unique().collect().to_series()
    assert "Cardiovascular disease \u2013 primary prevention" in groups


def lincolnshire() -> pl.DataFrame:
    """Patients by area of the county's practices, under the contract's names."""
    path = REAL / "registrations" / "2026-07" / "gp-reg-pat-prac-lsoa-all_LINCOLNSHIRE_ONLY.csv"
    return pl.read_csv(path).select(
        practice_code="PRACTICE_CODE",
        lsoa_code="LSOA_CODE",
        lsoa_year=pl.lit(2021),
        sex="SEX",
        patients="NUMBER_OF_PATIENTS",
    )
