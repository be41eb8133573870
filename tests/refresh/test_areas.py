"""Deprivation weighted by where patients live: layouts, vintages that match, and what is left out.

DOMAIN's trap: IMD 2019 scores on LSOA 2021.
"""

import random
from pathlib import Path

import pytest

from engine.atlas.tables.context_contracts import (
    DEPRIVATION_SCORE,
    LSOA_DEPRIVATION,
    REGISTERED_BY_LSOA,
)
from refresh.atlas import area_scores, context_makers
from refresh.atlas.sources import small_areas
from refresh.finding import failed
from refresh.pipeline import run
from refresh.store.fold import Edition
from tests.refresh.test_context_tables import edition, judged, made, offered

OLD, NEW = "E01000001", "E01035501"  # an area of both censuses, and one of 2021's only
PATIENTS = "PUBLICATION,EXTRACT_DATE,PRACTICE_CODE,PRACTICE_NAME,LSOA_CODE,SEX,NUMBER_OF_PATIENTS\n"
LIVE = "practice_code|lsoa_code|lsoa_year|sex|patients\n"
SCORES = "lsoa_code|lsoa_year|score\n"
FILE_7 = "File_7_IoD2025_All_Ranks_Scores_Deciles_Population_Denominators.csv"


def live(drawn: str, period: str = "2026-07") -> Edition:
    return edition(period, LIVE + drawn, REGISTERED_BY_LSOA)


def scored(drawn: str, period: str = "2025-10") -> Edition:
    return edition(period, SCORES + drawn, LSOA_DEPRIVATION)


def weights(patients: list[Edition], indices: list[Edition]) -> dict[tuple, tuple]:
    rows = area_scores.weighted(patients, indices).collect().rows()
    return {(code, vintage): (score, share) for code, vintage, score, share in rows}


@pytest.mark.parametrize(
    ("path", "period"),
    [
        ("registrations/2026-07/gp-reg-pat-prac-lsoa-all.csv", "2026-07"),
        ("any/gp-reg-pat-prac-lsoa-male-female-July-25.zip", "2025-07"),
        ("any/gp-reg-pat-prac-lsoa-2021-male-female-July-25.zip", "2025-07"),
    ],
)
def test_a_file_by_area_is_of_the_month_that_its_path_gives(tmp_path: Path, path: str, period: str):
    assert offered(tmp_path, small_areas.PATIENTS, path) == [period]


@pytest.mark.parametrize(
    "path",
    [
        "any/gp-reg-pat-prac-lsoa-2011-male-female-July-25.zip",
        "2026-07/gp-reg-pat-prac-quin-age.zip",
    ],
)
def test_the_other_files_are_not_by_area(tmp_path: Path, path: str):
    assert offered(tmp_path, small_areas.PATIENTS, path) == []


@pytest.mark.parametrize(
    ("name", "period"),
    [
        (FILE_7, "2025-10"),
        (
            "File_7_-_All_IoD2019_Scores__Ranks__Deciles_and_Population_Denominators_3.csv",
            "2019-09",
        ),
        ("File_7_ID_2015_All_ranks__deciles_and_scores.csv", "2015-09"),
    ],
)
def test_scores_are_those_of_file_7_of_any_edition(tmp_path: Path, name: str, period: str):
    assert offered(tmp_path, small_areas.INDICES, name) == [period]


def test_ranks_alone_are_not_taken_for_scores(tmp_path: Path):
    """File 1 has ranks: an average of ranks is no average of scores."""
    name = "File_1_-_IMD2019_Index_of_Multiple_Deprivation.xlsx"
    assert offered(tmp_path, small_areas.INDICES, name) == []


@pytest.mark.parametrize(("code", "census"), [(OLD, 2011), (NEW, 2021)])
def test_the_codes_tell_of_which_census_the_areas_are(tmp_path: Path, code: str, census: int):
    lines = [f"X,01/07/2026,A810{i:02d},ASH,{OLD},ALL,{i}" for i in range(10, 22)]
    lines += [f"X,01/07/2026,A81001,ASH,{code},FEMALE,5", "X,01/07/2026,A81001,ASH,CLOSED,ALL,1"]
    files = {"gp-reg-pat-prac-lsoa-all.csv": PATIENTS + "\n".join(lines) + "\n"}
    staged = judged(tmp_path, small_areas.PATIENTS, files, "2026-07").parts["registered_by_lsoa"]
    assert set(staged["lsoa_year"]) == {census}
    assert (staged.height, staged.filter(lsoa_code="CLOSED").height) == (14, 1)


@pytest.mark.parametrize("census", [2011, 2021])
def test_the_header_tells_of_which_census_the_scores_are(tmp_path: Path, census: int):
    imd = "Index of Multiple Deprivation (IMD)"
    header = f"LSOA code ({census}),LSOA name ({census}),{imd} Score,{imd} Rank\n"
    text = header + "".join(f"E010000{i},Ash {i},{i}.5,{i}\n" for i in range(10, 30))
    staged = judged(tmp_path, small_areas.INDICES, {FILE_7: text}, "2025-10").parts[
        "lsoa_deprivation"
    ]
    assert staged.row(0) == ("E01000010", census, 10.5)


def test_scores_without_a_header_that_says_so_are_refused(tmp_path: Path):
    text = "LSOA,Index of Multiple Deprivation (IMD) Score\nE01000001,3\n"
    assert judged(tmp_path, small_areas.INDICES, {FILE_7: text}, "2025-10").parts == {}


def test_a_score_is_weighted_by_patients_and_no_mean_of_areas():
    patients = live("A81001|E01000001|2021|ALL|90\nA81001|E01000002|2021|ALL|10\n")
    scores = scored("E01000001|2021|10\nE01000002|2021|50\n")
    assert weights([patients], [scores]) == {("A81001", 2025): (14, 1)}


def test_patients_without_an_area_in_england_are_left_out_and_the_share_is_kept():
    """CLOSED, EMPTY, Wales and Scotland: out of the weights, and said so."""
    lines = "A81001|E01000001|2021|ALL|60\n" + "".join(
        f"A81001|{code}|2021|ALL|10\n" for code in ("CLOSED", "EMPTY", "W01000489", "S01017383")
    )
    assert weights([live(lines)], [scored("E01000001|2021|20\n")]) == {("A81001", 2025): (20, 0.6)}


def test_a_practice_most_of_whose_patients_have_no_score_has_none():
    lines = "A81001|E01000001|2021|ALL|40\nA81001|W01000489|2021|ALL|60\n"
    assert weights([live(lines)], [scored("E01000001|2021|20\n")]) == {}


def test_imd_2019_is_never_joined_to_areas_of_2021():
    """Nine in ten codes are the same, so the join would work; the numbers would be wrong."""
    patients, scores = (
        live("A81001|E01000001|2021|ALL|9\n"),
        scored("E01000001|2011|20\n", "2019-09"),
    )
    assert weights([patients], [scores]) == {}
    ((part, found, why),) = area_scores.unpaired([patients], [scores])
    assert (part, found) == ("registered_by_lsoa", patients)
    assert "areas are of 2021" in why and "IMD 2019 on areas of 2011" in why


def test_scores_of_2019_whose_header_says_2021_are_not_used():
    patients = live("A81001|E01000001|2021|ALL|9\n")
    scores = scored("E01000001|2021|20\n", "2019-09")
    assert weights([patients], [scores]) == {}
    parts = [part for part, _, _ in area_scores.unpaired([patients], [scores])]
    assert parts == ["lsoa_deprivation", "registered_by_lsoa"]


def test_each_vintage_takes_the_patients_of_its_own_census():
    patients = [
        live("A81001|E01000001|2011|ALL|9\n", "2019-10"),
        live("A81001|E01000001|2021|ALL|9\n"),
    ]
    scores = [scored("E01000001|2011|20\n", "2019-09"), scored("E01000001|2021|30\n")]
    assert weights(patients, scores) == {("A81001", 2019): (20, 1), ("A81001", 2025): (30, 1)}
    assert area_scores.unpaired(patients, scores) == []


def test_of_a_practice_the_newest_month_holds_and_of_a_closed_one_its_last():
    earlier = live("A81001|E01000001|2021|ALL|9\nA81002|E01000001|2021|ALL|9\n", "2026-04")
    later = live("A81001|E01000002|2021|ALL|9\n")
    scores = scored("E01000001|2021|10\nE01000002|2021|50\n")
    found = weights([earlier, later], [scores])
    assert found == {("A81001", 2025): (50, 1), ("A81002", 2025): (10, 1)}


def test_where_areas_are_not_there_fingertips_score_is_and_tenths_are_of_both():
    given = edition(
        "2025-10",
        "practice_code|vintage|score\nA81001|2025|11\nA81002|2025|40",
        DEPRIVATION_SCORE,
    ).rows
    patients, scores = live("A81001|E01000001|2021|ALL|9\n"), scored("E01000001|2021|20\n")
    rows = {
        r["practice_code"]: r for r in made(context_makers.deprivation(given, [patients], [scores]))
    }
    assert (rows["A81001"]["value"], rows["A81001"]["source"]) == (20, "registrations_by_lsoa")
    assert (rows["A81002"]["value"], rows["A81002"]["source"]) == (40, "deprivation")
    assert (rows["A81001"]["known_share"], rows["A81002"]["known_share"]) == (1, None)
    tenths = made(context_makers.deprivation_decile(given, [patients], [scores]))
    assert {r["practice_code"]: r["value"] for r in tenths} == {"A81002": 1, "A81001": 6}
    assert {str(r["as_of"]) for r in tenths} == {"2025-10-30"}


def test_a_refresh_says_that_the_areas_have_no_scores(tmp_path: Path):
    """The whole path: IMD 2019 and patients by area of 2021 give a warning and no score."""
    mirror = tmp_path / "mirror" / "2026-07"
    mirror.mkdir(parents=True)
    lines = [f"X,01/07/2026,A810{i:02d},ASH,{NEW},ALL,{i}" for i in range(10, 22)]
    text = PATIENTS + "\n".join(lines) + "\n"
    (mirror / "gp-reg-pat-prac-lsoa-all.csv").write_text(text, encoding="utf-8")
    imd = "Index of Multiple Deprivation (IMD) Score"
    scores = f"LSOA code (2011),{imd}\n" + "".join(f"E010000{i},{i}\n" for i in range(10, 30))
    name = "File_7_-_All_IoD2019_Scores__Ranks__Deciles_and_Population_Denominators_3.csv"
    (mirror / name).write_text(scores, encoding="utf-8")
    found = run(data=tmp_path / "data", mirror=str(mirror.parent)).findings
    said = [f for f in found if f.check == "areas and scores are of one census"]
    assert [(f.status, f.source, f.period) for f in said] == [
        ("warn", "registrations_by_lsoa", "2026-07")
    ]
    assert failed(found) == []


def test_the_same_files_give_the_same_scores_to_the_last_bit():
    """A sum of fractions depends on its order; a lake of the same releases is the same."""
    dice = random.Random(7)
    areas_ = [f"E0{i:07d}" for i in range(3_000)]
    drawn = [f"A8{i % 40:04d}|{a}|2021|all|{dice.randint(1, 400)}" for i, a in enumerate(areas_)]
    scores = scored("\n".join(f"{a}|2021|{dice.random() * 80:.3f}" for a in areas_))
    first, *others = (
        weights([live("\n".join(dice.sample(drawn, len(drawn))))], [scores]) for _ in range(4)
    )
    assert len(first) == 40 and all(other == first for other in others)
