"""The invented England: written as published, the same from the same seed, and believable."""

import io
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from engine.errors import LakeError
from refresh.atlas.synthetic import places
from refresh.atlas.synthetic.care import Care, newest_care, yearly_care
from refresh.atlas.synthetic.england import write_england
from refresh.atlas.synthetic.indicators import YEARS, indicators
from refresh.atlas.synthetic.people import age_shares, lists
from refresh.atlas.synthetic.qof import LAYOUTS
from refresh.atlas.synthetic.world import England, invent_england

SMALL = 0.02
REGIONS = (
    *("EAST_OF_ENGLAND", "LONDON", "MIDLANDS", "NORTH_EAST_AND_YORKSHIRE"),
    *("NORTH_WEST", "SOUTH_EAST", "SOUTH_WEST"),
)
PLAIN = "PRACTICE_CODE,INDICATOR_CODE,MEASURE,VALUE"
WITH_REGION = f"REGION_ODS_CODE,REGION_ONS_CODE,REGION_NAME,{PLAIN}"
MAPPING = (
    "INDICATOR_CODE,INDICATOR_POINT_VALUE,GROUP_CODE,GROUP_DESCRIPTION,"
    "DOMAIN_CODE,DOMAIN_DESCRIPTION,PATIENT_LIST_TYPE"
)


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mirror")
    write_england(folder, scale=SMALL)
    return folder


@pytest.fixture(scope="module")
def england() -> England:
    return invent_england(1, SMALL)


@pytest.fixture(scope="module")
def full() -> England:
    return invent_england(1, 1.0)


@pytest.fixture(scope="module")
def care(england: England) -> dict[str, Care]:
    return {of_year.year: of_year for of_year in yearly_care(england)}


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def members(mirror: Path, year: str) -> dict[str, bytes]:
    with zipfile.ZipFile(mirror / "qof" / year / LAYOUTS[year].file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def read(mirror: Path, year: str, part: str) -> pl.DataFrame:
    found = [content for name, content in members(mirror, year).items() if name.startswith(part)]
    return pl.concat(pl.read_csv(io.StringIO(text(member)), infer_schema=False) for member in found)


def text(member: bytes) -> str:
    try:
        return member.decode("utf-8-sig")
    except UnicodeDecodeError:
        return member.decode("cp1252")


def wide(mirror: Path, year: str) -> pl.DataFrame:
    return (
        read(mirror, year, "ACHIEVEMENT")
        .with_columns(pl.col("VALUE").cast(pl.Float64))
        .pivot("MEASURE", index=["PRACTICE_CODE", "INDICATOR_CODE"], values="VALUE")
    )


def column(care: Care, indicator: str, measure: str) -> np.ndarray:
    return care.values[:, care.cells.index((indicator, measure))]


def epraccur(mirror: Path, release: str) -> pl.DataFrame:
    path = mirror / "ods" / release / "epraccur.csv"
    names = [f"column_{number}" for number in range(1, 28)]
    return pl.read_csv(path, has_header=False, infer_schema=False, new_columns=names)


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path):
    for folder in ("once", "again"):
        write_england(tmp_path / folder, seed=7, scale=0.006)
    assert contents(tmp_path / "once") == contents(tmp_path / "again")


def test_another_seed_writes_other_practices():
    one, other = invent_england(1, 0.006).practices, invent_england(2, 0.006).practices
    assert one["name"].to_list() != other["name"].to_list()
    assert one["latitude"].to_list() != other["latitude"].to_list()


def test_writing_again_leaves_nothing_but_the_files_it_names(tmp_path: Path):
    told: list[tuple[str, int, int]] = []
    write_england(tmp_path, scale=0.006, progress=lambda *what: told.append(what))
    written = write_england(tmp_path, scale=0.004)
    assert sorted(written) == sorted(path for path in tmp_path.rglob("*") if path.is_file())
    publications = len(written) - 1  # the notice that all of it is invented is none
    assert [done for _, done, _ in told] == list(range(publications + 1))
    assert {total for *_, total in told} == {publications}


@pytest.mark.parametrize("scale", [0, -1, 1.5])
def test_a_scale_that_cannot_be_is_refused_with_what_can(scale: float):
    with pytest.raises(LakeError, match="above 0, and 1 at the most"):
        invent_england(1, scale)


def test_the_mirror_holds_every_publication_under_its_publishers_name(mirror: Path):
    assert sorted(contents(mirror)) == [
        "DEMONSTRATION.txt",
        *(f"cqc/01_April_{year}_Latest_ratings.ods" for year in (2022, 2024, 2026)),
        "deprivation/File_7_IoD2025_All_Ranks_Scores_Deciles_Population_Denominators.csv",
        "deprivation/fingertips_93553_imd.csv",
        "deprivation/fingertips_94240_imd.csv",
        "geography/ONSPD_FEB_2026_UK.csv",
        *(
            f"gp-patient-survey/GPPS_{year}_Practice_data_(weighted)_(csv)_PUBLIC.csv"
            for year in range(2020, 2027)
        ),
        "ods/2022-05/epraccur.csv",
        "ods/2026-02/ePCN.xlsx",
        "ods/2026-02/epraccur.csv",
        *(f"payments/nhspaymentsgp-{y}-{y + 1}-prac-csv.csv" for y in range(19, 25)),
        "qof/2019-20/QOF_1920.zip",
        "qof/2020-21/QOF2021_v2.zip",
        "qof/2021-22/QOF_2122_V2.zip",
        "qof/2022-23/QOF 2022-23 Raw data .csv files.zip",
        "qof/2023-24/QOF2324.zip",
        "qof/2023-24/qof-2324-nat-reg-ach-prev-pca.xlsx",
        "qof/2023-24/qof-2324-sicbl-ach-prev-pca.xlsx",
        "qof/2024-25/QOF2425.zip",
        "qof/2024-25/qof-2425-nat-reg-ach-prev-pca.xlsx",
        "qof/2024-25/qof-2425-sicbl-ach-prev-pca.xlsx",
        "qof/2025-26/QOF 2526.zip",
        "qof/2025-26/qof-2526-nat-reg-ach-prev-pca.xlsx",
        "qof/2025-26/qof-2526-sicbl-ach-prev-pca.xlsx",
        "registrations/2020-04/gp-reg-pat-prac-quin-age.zip",
        "registrations/2021-04/gp-reg-pat-prac-all.csv",
        "registrations/2022-04/gp-reg-pat-prac-all.csv",
        "registrations/2023-04/gp-reg-pat-prac-quin-age.zip",
        "registrations/2024-04/gp-reg-pat-prac-all.csv",
        "registrations/2025-04/gp-reg-pat-prac-all.csv",
        "registrations/2026-04/gp-reg-pat-prac-lsoa-male-female-April-26.zip",
        "registrations/2026-04/gp-reg-pat-prac-map.zip",
        "registrations/2026-04/gp-reg-pat-prac-quin-age.zip",
        *(f"workforce/GPWPracticeCSV.03{year}.zip" for year in range(2020, 2027)),
        *(f"workforce/PCNWFIndividualCSV.03{year}.zip" for year in range(2020, 2027)),
    ]


@pytest.mark.parametrize(
    ("year", "achievement", "prevalence", "geography", "max_points"),
    [
        ("2019-20", "_1920", "_1920 REGISTER PATIENT_LIST_SIZE", "COUNTRY STP CCG", "MAXIMUM"),
        (
            "2020-21",
            "_2021_v2",
            "_2021_v2 REGISTER PRACTICE_LIST_SIZE",
            "COUNTRY STP CCG",
            "MAXIMUM",
        ),
        (
            *("2021-22", "_2122", "_2122_V2 REGISTER PRACTICE_LIST_SIZE"),
            *("NAT_COUNTRY ICB SUB_ICB_LOC", "MAXIMUM"),
        ),
        ("2022-23", None, "_2223 REGISTER PRACTICE_LIST_SIZE", "NAT_COUNTRY ICB SUB_ICB", "MAX"),
        ("2023-24", None, "_2324 REGISTER PRACTICE_LIST_SIZE", "NAT_COUNTRY ICB SUB_ICB", "MAX"),
        ("2024-25", None, "_2425 REGISTER PRACTICE_LIST_SIZE", "NAT_COUNTRY ICB SUB_ICB", "MAX"),
        (
            "2025-26",
            None,
            "_2526 REGISTER_SIZE PRACTICE_LIST_SIZE",
            "NAT_COUNTRY ICB SUB_ICB",
            "MAX",
        ),
    ],
)
def test_each_year_has_its_members_and_headers(
    mirror: Path, year: str, achievement: str, prevalence: str, geography: str, max_points: str
):
    tag = year[2:4] + year[5:]
    result = {
        name: text(content).splitlines()[0] for name, content in members(mirror, year).items()
    }
    suffix, register, list_size = prevalence.split()
    country, icb, location = geography.split()
    revised = "_v2" if year == "2020-21" else ""
    mapping = MAPPING.replace("CODE,", "CODE,INDICATOR_DESCRIPTION,", 1)
    expected = {
        f"MAPPING_INDICATORS_{tag}{revised}.csv": mapping if year >= "2024-25" else MAPPING,
        f"MAPPING_NHS_GEOGRAPHIES_{tag}.csv": f"NAT_ONS_CODE,NAT_CODE,{country},"
        "REGION_ODS_CODE,REGION_ONS_CODE,REGION_NAME,"
        f"{icb}_ODS_CODE,{icb}_ONS_CODE,{icb}_NAME,"
        f"{location}_ODS_CODE,{location}_ONS_CODE,{location}_NAME,"
        "PCN_ODS_CODE,PCN_NAME,PRACTICE_CODE,PRACTICE_NAME",
        f"ORGANISATION_REFERENCE_{tag}.csv": f"PRACTICE_CODE,REVISED_{max_points}_POINTS",
        f"PRACTICE_VALIDATION_OUTCOMES_{tag}.csv": "PRACTICE_CODE,VALIDATION_RULE,RULE_DESCRIPTION",
        f"PREVALENCE{suffix}.csv": f"PRACTICE_CODE,GROUP_CODE,{register},"
        f"PATIENT_LIST_TYPE,{list_size}",
    }
    if achievement:
        expected[f"ACHIEVEMENT{achievement}.csv"] = PLAIN
    else:
        expected |= {f"ACHIEVEMENT_{region}_{tag}.csv": WITH_REGION for region in REGIONS}
    if year == "2020-21":
        expected["MAPPING_PCAS_EXCL_TO_INDICATOR_2021_v2.csv"] = (
            "INDICATOR_CODE,PCA_EXCL_NAME,PCA_EXCL_SHORT_NAME,PCA_EXCL_DESCRIPTION,"
            "TYPE,GENERAL_SPECIFIC,PCA_CATEGORY,PCA_CATEGORY_DESCRIPTION"
        )
    assert result == expected


@pytest.mark.parametrize(
    ("year", "member", "word"),
    [
        ("2019-20", "MAPPING_INDICATORS_1920.csv", "disease \u2013 primary"),
        ("2020-21", "MAPPING_PCAS_EXCL_TO_INDICATOR_2021_v2.csv", "clinician\u2019s"),
    ],
)
def test_one_member_is_windows_1252_and_nothing_else(
    mirror: Path, year: str, member: str, word: str
):
    broken = []
    for name, content in members(mirror, year).items():
        try:
            content.decode("utf-8")
        except UnicodeDecodeError:
            broken.append(name)
    assert broken == [member]
    assert word in members(mirror, year)[member].decode("cp1252")


@pytest.mark.parametrize("year", YEARS)
def test_line_ends_and_byte_order_marks_are_the_years_own(mirror: Path, year: str):
    for content in members(mirror, year).values():
        assert content.startswith(b"\xef\xbb\xbf") == (year == "2025-26")
        assert (b"\r\n" in content) == (year != "2022-23")
        assert content.endswith(b"\n")


def test_registers_carry_a_decimal_in_2022_23_alone(mirror: Path):
    decimal = {
        year: read(mirror, year, "PREVALENCE")
        .select(pl.col("^REGISTER.*$").str.ends_with(".0").mean())
        .item()
        for year in YEARS
    }
    assert decimal == {year: float(year == "2022-23") for year in YEARS}


@pytest.mark.parametrize("year", YEARS)
def test_indicators_and_points_of_the_mapping_are_those_of_the_year(mirror: Path, year: str):
    mapping = read(mirror, year, "MAPPING_INDICATORS")
    published = set(read(mirror, year, "ACHIEVEMENT")["INDICATOR_CODE"])
    assert set(mapping["INDICATOR_CODE"]) == published == {i.code for i in indicators(year)}
    points = {"2019-20": 559, "2020-21": 567, "2025-26": 564}.get(year, 635)
    assert mapping["INDICATOR_POINT_VALUE"].cast(pl.Int64).sum() == points


def test_a_measure_that_does_not_apply_is_absent(mirror: Path):
    given = (
        read(mirror, "2023-24", "ACHIEVEMENT")
        .group_by("INDICATOR_CODE")
        .agg(pl.col("MEASURE").unique().sort())
        .rows()
    )
    measures = dict(given)
    fraction = ["ACHIEVED_POINTS", "DENOMINATOR", "NUMERATOR", "PCAS"]
    assert measures["AF001"] == ["ACHIEVED_POINTS", "REGISTER"]
    assert measures["AF006"] == fraction
    assert measures["QI013"] == ["ACHIEVED_POINTS"]
    assert measures["DEP004"] == sorted([*fraction, "NEWLY_DIAGNOSED"])


@pytest.mark.parametrize("year", YEARS)
def test_values_are_whole_counts_and_fractional_points(mirror: Path, year: str):
    rows = read(mirror, year, "ACHIEVEMENT").with_columns(number=pl.col("VALUE").cast(pl.Float64))
    counts = rows.filter(pl.col("MEASURE") != "ACHIEVED_POINTS")
    points = rows.filter(pl.col("MEASURE") == "ACHIEVED_POINTS")
    assert rows["number"].min() >= 0
    assert not counts["VALUE"].str.contains(".", literal=True).any()
    assert points["VALUE"].str.contains(".", literal=True).any()


def test_numerators_stay_within_denominators_but_for_the_two_planted(mirror: Path):
    over = {
        year: wide(mirror, year).filter(pl.col("NUMERATOR") > pl.col("DENOMINATOR"))
        for year in YEARS
    }
    assert {year: rows.height for year, rows in over.items() if rows.height} == {"2021-22": 2}
    assert set(over["2021-22"]["INDICATOR_CODE"]) == {"COPD008"}


def test_some_practices_have_nobody_to_ask_about_or_did_not_report(mirror: Path):
    rows = pl.concat([wide(mirror, year) for year in YEARS], how="diagonal")
    assert rows.filter(pl.col("DENOMINATOR") == 0).height > 0
    reported = [wide(mirror, year).height for year in YEARS]
    possible = [read(mirror, year, "ORGANISATION").height * len(indicators(year)) for year in YEARS]
    missing = 1 - sum(reported) / sum(possible)
    assert 0 < missing < 0.005


@pytest.mark.parametrize("year", YEARS)
def test_the_members_of_a_year_speak_of_the_same_practices(mirror: Path, year: str):
    parts = ("ACHIEVEMENT", "PREVALENCE", "MAPPING_NHS", "ORGANISATION")
    codes = [set(read(mirror, year, part)["PRACTICE_CODE"]) for part in parts]
    assert codes[0] == codes[1] == codes[2] == codes[3]
    assert not codes[0] & set(read(mirror, year, "PRACTICE_VALIDATION")["PRACTICE_CODE"])
    prevalence = read(mirror, year, "PREVALENCE")
    assert prevalence.height == 21 * len(codes[0])
    assert not prevalence.select("PRACTICE_CODE", "GROUP_CODE").is_duplicated().any()


def test_registers_leave_achievement_in_2025_26_but_not_prevalence(mirror: Path):
    assert "REGISTER" in wide(mirror, "2024-25").columns
    assert set(wide(mirror, "2025-26").columns) >= {"NUMERATOR", "DENOMINATOR", "PCAS"}
    before, after = ({i.code for i in indicators(year)} for year in ("2024-25", "2025-26"))
    replaced = {"DM022", "DM023", "DM033"}
    assert len(before - after - replaced) == 32
    assert set(read(mirror, "2025-26", "PREVALENCE")["GROUP_CODE"]) == set(
        read(mirror, "2024-25", "PREVALENCE")["GROUP_CODE"]
    )


def test_a_practice_that_closed_is_not_published_again(mirror: Path):
    codes = [set(read(mirror, year, "ORGANISATION")["PRACTICE_CODE"]) for year in YEARS]
    seen: set[str] = set()
    gone: set[str] = set()
    for now in codes:
        gone |= seen - now
        seen |= now
        assert not gone & now
    assert gone
    assert [len(now) for now in codes] == sorted((len(now) for now in codes), reverse=True)


def test_a_small_england_has_every_region_and_networks_of_its_own(mirror: Path):
    geography = read(mirror, "2023-24", "MAPPING_NHS")
    assert geography["REGION_NAME"].n_unique() == 7
    assert geography["ICB_ODS_CODE"].n_unique() > 7
    members_of = Counter(geography["PCN_ODS_CODE"])
    assert len(members_of) > 20
    assert max(members_of.values()) < 25


def test_codes_are_unique_and_no_real_practices_own(full: England):
    codes = full.practices["practice_code"]
    assert codes.is_unique().all()
    # Real codes have 8 or 9 after the letter, or start with Y0.
    assert codes.str.contains(r"^([A-HJ-NP][1-7]\d{4}|Y9\d{4})$").all()


def test_full_england_shrinks_in_number_and_grows_in_patients_as_published(full: England):
    practices = [len(full.published(year)) for year in YEARS]
    patients = [full.list_size[full.published(year), n].sum() for n, year in enumerate(YEARS)]
    assert practices == [6_720, 6_571, 6_470, 6_378, 6_267, 6_188, 6_145]
    assert patients[0] == pytest.approx(60_407_685, rel=1e-4)
    assert patients[4] == pytest.approx(63_213_403, rel=1e-4)
    assert patients[6] == pytest.approx(63_674_427, rel=1e-4)
    sizes = full.list_size[full.published("2025-26"), 6]
    assert 8_000 < np.median(sizes) < 9_000
    assert sizes.min() < 100 < 50_000 < sizes.max()


def test_practices_open_close_and_merge_as_they_do(full: England):
    for before, after in zip(YEARS[:4], YEARS[1:5], strict=True):
        were, are = set(full.published(before)), set(full.published(after))
        assert 100 <= len(were - are) <= 157
        assert 4 <= len(are - were) <= 10
    merged = full.practices.filter(pl.col("successor_code").is_not_null())
    heirs = merged.join(full.practices, left_on="successor_code", right_on="practice_code")
    assert heirs.height == merged.height > 200
    assert (heirs["sub_icb_code"] == heirs["sub_icb_code_right"]).all()
    assert (merged["closed_on"] > merged["opened_on"]).all()


def test_networks_are_as_many_as_large_and_as_fickle_as_they_are(full: England):
    for n, year in enumerate(YEARS):
        rows = full.published(year)
        of = pl.DataFrame({"network": full.networks.of[rows, n]}).with_columns(
            sub_icb=full.practices["sub_icb_code"].gather(rows)
        )
        sizes = of.filter(pl.col("network") >= 0).group_by("network")
        networks = sizes.agg(pl.len(), pl.col("sub_icb").n_unique())
        assert 1_200 < networks.height < 1_300
        assert 45 <= of.filter(pl.col("network") < 0).height <= 75
        assert 50 <= networks.filter(pl.col("len") == 1).height <= 100
        assert 7 <= networks.filter(pl.col("sub_icb") > 1).height <= 12
        if n:
            both = np.intersect1d(rows, full.published(YEARS[n - 1]))
            moved = full.networks.of[both, n] != full.networks.of[both, n - 1]
            assert 80 <= moved.sum() <= 339


def test_every_body_is_there_with_the_name_it_had_that_year(full: England):
    published = [places.organisations(year) for year in YEARS]
    assert [len(bodies) for bodies in published] == [135, *[106] * 6]
    assert {bodies["icb_code"].n_unique() for bodies in published} == {42}
    named = {year: bodies.row(0, named=True) for year, bodies in zip(YEARS, published, strict=True)}
    assert named["2019-20"]["location_name"] == "NHS Northumberland CCG"
    assert named["2021-22"]["location_name"] == "NHS North East and North Cumbria ICB - 00L"
    assert (named["2020-21"]["region_ons"], named["2021-22"]["region_ons"]) == (
        "E40000009",
        "E40000012",
    )
    assert full.practices["sub_icb_code"].n_unique() == 106
    assert full.practices["ccg_code"].n_unique() == 135


def test_practices_lie_in_england_and_some_share_an_address(full: England):
    practices = full.practices.filter(pl.col("town") != "St Mary's")
    assert practices["latitude"].is_between(49.9, 55.85).all()
    assert practices["longitude"].is_between(-5.8, 1.8).all()
    assert 0.12 < practices["postcode"].is_duplicated().mean() < 0.19
    spots = practices.group_by("postcode").agg(pl.col("latitude", "longitude").n_unique())
    assert (spots["latitude"] == 1).all() and (spots["longitude"] == 1).all()
    assert practices["postcode"].str.contains(r"^[A-Z]{1,2}\d{1,2} \d[A-Z]{2}$").all()


def test_overlapping_lists_agree(england: England):
    on = lists(england, "2023-24")
    assert np.abs(on["79UN"] + on["80OV"] - on["TOTAL"]).max() <= 1
    for wider, narrower in (
        ("TOTAL", "06OV"),
        ("06OV", "18OV"),
        ("18OV", "50OV"),
        ("50OV", "80OV"),
    ):
        assert (on[wider] >= on[narrower]).all()
    assert age_shares(england, "2023-24").sum(axis=1) == pytest.approx(1)


def test_england_meets_the_declared_figures(care: dict[str, Care]):
    covid, after, later = (
        100
        * np.nansum(column(care[year], "COPD010", "NUMERATOR"))
        / np.nansum(column(care[year], "COPD010", "DENOMINATOR"))
        for year in ("2020-21", "2021-22", "2022-23")
    )
    assert after == pytest.approx(65.5, abs=2)
    assert covid < after < later
    hypertension = care["2022-23"].registers["HYP"].sum() / care["2022-23"].lists["TOTAL"].sum()
    assert hypertension == pytest.approx(0.1442, abs=0.002)


def test_the_newest_year_is_the_same_without_the_years_before_it(
    england: England, care: dict[str, Care]
):
    """It is written first, before any of them is drawn."""
    alone, after = newest_care(england), care[YEARS[-1]]
    assert alone.year == after.year and alone.cells == after.cells
    np.testing.assert_array_equal(alone.values, after.values)
    np.testing.assert_array_equal(alone.max_points, after.max_points)


def test_most_practices_lie_between_60_and_100_percent(care: dict[str, Care]):
    year = care["2023-24"]
    asked = [i.code for i in indicators("2023-24") if i.asked]
    numerator = np.stack([column(year, code, "NUMERATOR") for code in asked])
    denominator = np.stack([column(year, code, "DENOMINATOR") for code in asked])
    percent = numerator[denominator >= 20] / denominator[denominator >= 20] * 100
    assert 0.85 < (percent > 60).mean() < 0.98
    assert 0.001 < (percent == 100).mean() < 0.2
    assert percent.max() <= 100


def test_a_practice_stays_itself_from_year_to_year_and_code_to_code(care: dict[str, Care]):
    before, after = care["2019-20"], care["2024-25"]
    both, first, last = np.intersect1d(before.rows, after.rows, return_indices=True)
    percents = [
        column(year, code, "NUMERATOR")[rows]
        / np.maximum(column(year, code, "DENOMINATOR")[rows], 1)
        for year, code, rows in ((before, "HYP003", first), (after, "HYP008", last))
    ]
    known = np.isfinite(percents[0]) & np.isfinite(percents[1])
    assert len(both) > 100
    assert np.corrcoef(percents[0][known], percents[1][known])[0, 1] > 0.4


def test_poorer_places_have_more_copd_and_fewer_vaccinations(full: England):
    year = next(of_year for of_year in yearly_care(full) if of_year.year == "2021-22")
    poorer = full.practices["poorer"].to_numpy()[year.rows]
    copd = year.registers["COPD"] / np.maximum(year.lists["TOTAL"], 1)
    denominator = column(year, "VI003", "DENOMINATOR")
    known = denominator > 20
    vaccinated = column(year, "VI003", "NUMERATOR")[known] / denominator[known]
    assert np.corrcoef(poorer, copd)[0, 1] > 0.3
    assert np.corrcoef(poorer[known], vaccinated)[0, 1] < -0.15


def test_heavy_adjusting_is_in_copd_and_light_in_smoking(care: dict[str, Care]):
    def rate(group: str) -> float:
        codes = [i.code for i in indicators("2024-25") if i.group.code == group and i.asked]
        pcas = sum(np.nansum(column(care["2024-25"], code, "PCAS")) for code in codes)
        denominators = sum(
            np.nansum(column(care["2024-25"], code, "DENOMINATOR")) for code in codes
        )
        return pcas / (pcas + denominators)

    assert 0.25 < rate("COPD") < 0.35
    assert rate("SMOK") < 0.03


def test_points_were_protected_in_2024_25_where_the_indicator_was_to_go(care: dict[str, Care]):
    before, after = care["2023-24"], care["2024-25"]
    _, first, last = np.intersect1d(before.rows, after.rows, return_indices=True)

    def points(code: str) -> tuple[np.ndarray, np.ndarray]:
        pair = (
            column(before, code, "ACHIEVED_POINTS")[first],
            column(after, code, "ACHIEVED_POINTS")[last],
        )
        known = np.isfinite(pair[0]) & np.isfinite(pair[1])
        return pair[0][known], pair[1][known]

    assert np.array_equal(*points("MH021"))
    assert not np.array_equal(*points("DM020"))


def test_epraccur_speaks_both_dialects(mirror: Path):
    old, new = epraccur(mirror, "2022-05"), epraccur(mirror, "2026-02")
    assert old.width == new.width == 27
    assert set(old["column_13"]) == {"A", "C", "D"}
    assert set(new["column_13"]) == {"ACTIVE", "INACTIVE", "DORMANT"}
    assert {"4", "9"} < set(old["column_26"])
    assert {"RO76", "RO247"} < set(new["column_26"])
    assert b"\r\n" not in contents(mirror)["ods/2022-05/epraccur.csv"]
    assert new["column_1"].str.contains(r"^[A-Z]\d{5}$").all()  # the first row is no header
    assert contents(mirror)["ods/2026-02/epraccur.csv"].count(b'"') == 2 * 27 * new.height


def test_epraccur_knows_who_is_open_and_who_is_not(mirror: Path):
    new = epraccur(mirror, "2026-02").filter(pl.col("column_26") == "RO76")
    active = set(new.filter(pl.col("column_13") == "ACTIVE")["column_1"])
    closed = new.filter(pl.col("column_13") == "INACTIVE")
    ever = {c for year in YEARS for c in read(mirror, year, "ORGANISATION")["PRACTICE_CODE"]}
    last = set(read(mirror, YEARS[-1], "ORGANISATION")["PRACTICE_CODE"])
    assert last <= active
    assert ever - last <= set(closed["column_1"])
    assert closed["column_12"].str.contains(r"^\d{8}$").all()
    assert any(code.startswith("W") for code in active - last)


def test_an_older_release_does_not_know_what_came_later(mirror: Path, england: England):
    old = epraccur(mirror, "2022-05")
    later = england.practices.filter(pl.col("opened_on") > pl.date(2022, 5, 27))
    closing = england.practices.filter(pl.col("closed_on") > pl.date(2022, 5, 27))
    still = old.filter(pl.col("column_1").is_in(closing["practice_code"].to_list()))
    assert not set(later["practice_code"]) & set(old["column_1"])
    assert set(still["column_13"]) == {"A"}


def test_epcn_is_the_published_workbook_and_agrees_with_the_newest_qof(mirror: Path):
    path = mirror / "ods" / "2026-02" / "ePCN.xlsx"
    networks = pl.read_excel(path, sheet_name="PCNDetails", infer_schema_length=0)
    partners = pl.read_excel(path, sheet_name="PCN Core Partner Details", infer_schema_length=0)
    assert networks.columns[:6] == [
        *("PCN Code", "PCN Name", "Current Sub ICB Loc Code"),
        *("Sub ICB Location", "Open Date", "Close Date"),
    ]
    assert partners.columns[0] == "Partner\nOrganisation\nCode"
    assert partners.columns[-1] == "Practice Sub ICB Loc and PCN Sub ICB Loc Match "
    live = partners.filter(pl.col("Practice to PCN\nRelationship\nEnd Date").is_null())
    now = read(mirror, YEARS[-1], "MAPPING_NHS").filter(pl.col("PCN_ODS_CODE") != "U")
    assert sorted(live.select("Partner\nOrganisation\nCode", "PCN Code").rows()) == sorted(
        now.select("PRACTICE_CODE", "PCN_ODS_CODE").rows()
    )
    assert partners.height > live.height
    assert set(partners["PCN Code"]) == set(networks["PCN Code"])


def test_the_postcode_directory_places_nearly_every_practice(mirror: Path, england: England):
    directory = pl.read_csv(mirror / "geography" / "ONSPD_FEB_2026_UK.csv", infer_schema=False)
    assert directory.columns[:5] == ["pcd", "pcd2", "pcds", "dointr", "doterm"]
    assert (directory["pcd"].str.len_chars() == 7).all()
    assert (directory["pcd2"].str.len_chars() == 8).all()
    assert directory["pcds"].is_unique().all()
    nowhere = directory.filter(pl.col("lat") == "99.999999")
    assert nowhere.height > 0
    placed = directory.join(nowhere, on="pcds", how="anti")
    covered = england.practices["postcode"].is_in(placed["pcds"].to_list()).mean()
    assert 0.98 < covered < 1
