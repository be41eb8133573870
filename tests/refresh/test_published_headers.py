"""Header rows as published, of files that are too large to lie beside the tests.

From the publishers' lists of columns, and from public programs that read these files: each must be
read by name, whole, among the hundreds of columns that it really has.
"""

from pathlib import Path

import pytest

from refresh.atlas.sources import small_areas, survey
from tests.refresh.test_context_tables import judged, offered

# The English Indices of Deprivation, File 7

DOMAINS = (
    "Income Score (rate)",
    "Employment Score (rate)",
    '"Education, Skills and Training Score"',
    "Health Deprivation and Disability Score",
    "Crime Score",
    "Barriers to Housing and Services Score",
    "Living Environment Score",
    "Income Deprivation Affecting Children Index (IDACI) Score (rate)",
)


def file_7(census: int, districts: int) -> str:
    """The header of the edition, and twenty areas."""
    imd = "Index of Multiple Deprivation (IMD)"
    header = (
        f"LSOA code ({census}),LSOA name ({census}),"
        f"Local Authority District code ({districts}),Local Authority District name ({districts}),"
        f"{imd} Score,{imd} Rank (where 1 is most deprived),"
        f"{imd} Decile (where 1 is most deprived 10% of LSOAs),"
        + ",".join(DOMAINS)
        + ",Total population: mid 2022 (excluding prisoners)\n"
    )
    rest = ",".join("0.1" for _ in DOMAINS)
    return header + "".join(
        f"E010000{i},Ash {i:03d}A,E06000001,Hartlepool,{i}.25,{i},1,{rest},1500\n"
        for i in range(10, 30)
    )


@pytest.mark.parametrize(
    ("name", "census", "districts", "period"),
    [
        (
            "File_7_IoD2025_All_Ranks_Scores_Deciles_Population_Denominators.csv",
            2021,
            2024,
            "2025-10",
        ),
        (
            "File_7_-_All_IoD2025_Scores__Ranks__Deciles_and_Population_Denominators.csv",
            2021,
            2024,
            "2025-10",
        ),
        (
            "File_7_-_All_IoD2019_Scores__Ranks__Deciles_and_Population_Denominators_3.csv",
            2011,
            2019,
            "2019-09",
        ),
    ],
)
def test_scores_of_small_areas(tmp_path: Path, name: str, census: int, districts: int, period: str):
    assert offered(tmp_path / "mirror", small_areas.INDICES, name) == [period]
    files = {name: file_7(census, districts)}
    staged = judged(tmp_path, small_areas.INDICES, files, period).parts["lsoa_deprivation"]
    assert staged.height == 20 and staged.row(0) == ("E01000010", census, 10.25)


# Patients by small area


@pytest.mark.parametrize("patients", ["NUMBER_OF_PATIENTS", "Number of Patients"])
@pytest.mark.parametrize("day", ["04JAN2021", "01/07/2026", "2026-07-01"])
def test_patients_by_small_area(tmp_path: Path, patients: str, day: str):
    header = f"PUBLICATION,EXTRACT_DATE,PRACTICE_CODE,PRACTICE_NAME,LSOA_CODE,SEX,{patients}\n"
    lines = [f"GP_PRAC_PAT_LIST,{day},A810{i},ASH,E01011959,ALL,{i}\n" for i in range(10, 22)]
    files = {"gp-reg-pat-prac-lsoa-all.csv": header + "".join(lines)}
    staged = judged(tmp_path, small_areas.PATIENTS, files, "2021-01").parts["registered_by_lsoa"]
    assert staged.height == 12 and staged["patients"].sum() == sum(range(10, 22))


@pytest.mark.parametrize(
    ("name", "period"),
    [
        ("gp-reg-pat-prac-lsoa-male-female-apr-19.zip", "2019-04"),
        ("gp-reg-pat-prac-lsoa-male-female-october-21.zip", "2021-10"),
        ("gp-reg-pat-prac-lsoa-male-female-July-2022.zip", "2022-07"),
        ("gp-reg-pat-prac-lsoa-male-female-oct-22..zip", "2022-10"),
        ("gp-reg-pat-prac-lsoa-male-female-Jan-24.zip", "2024-01"),
        ("gp-reg-pat-prac-lsoa-2021-male-female-July-25.zip", "2025-07"),
        ("gp-reg-pat-prac-lsoa-male-female-Apr-26.zip", "2026-04"),
    ],
)
def test_the_zips_of_patients_by_small_area_as_they_were_called(
    tmp_path: Path, name: str, period: str
):
    assert offered(tmp_path, small_areas.PATIENTS, f"any/{name}") == [period]


# The GP Patient Survey by practice

NEW = (
    "ad_practicecode,ad_practicename,ad_icscode,ad_icsname,ad_pcncode,distributed,received,"
    "resprate,gpcontactoverall.pcteval,overallexp_1.count,overallexp_2.count,overallexp.counteval,"
    "overallexp.basefulluw,overallexp.baseevaluw,overallexp.basefullw,overallexp.baseevalw,"
    "overallexp_1.pct,overallexp_2.pct,overallexp.pcteval,overallexp.lowileval\n"
)
OLD = (
    "Practice_Code,Practice_Name,CCG_Code,distributed,received,resprate,Q18_12pct,Q28base,"
    "Q28_12345base,Q28_1,Q28_2,Q28_12,Q28_12pct\n"
)
NAME = "GPPS_{}_Practice_data_(weighted)_(csv)_PUBLIC.csv"


def test_the_survey_since_2024_is_read_by_its_weighted_evaluative_base(tmp_path: Path):
    """Unweighted bases, and those with `don't know`, stand beside the one that counts."""
    line = "A810{i},ASH,QHM,ICB,U1,400,100,0.25,0.7,30,30.5,60.5,101,99,81,80.25,.3,.4,0.75,.6\n"
    text = NEW + "".join(line.format(i=i) for i in range(10, 22))
    withheld = "A81001,ELM" + ",-97" * 18 + "\n"
    files = {NAME.format(2025): text + withheld}
    staged = judged(tmp_path, survey.SOURCE, files, "2024-25").parts["patient_survey"]
    assert staged.row(0) == ("A81010", 60.5, 80.25, 0.75)
    assert staged.filter(practice_code="A81001").row(0) == ("A81001", None, None, None)


def test_the_survey_until_2023_is_read_by_the_base_of_those_who_answered(tmp_path: Path):
    line = "A810{i},ASH,00A,400,100,0.25,0.7,82,80.25,30,30.5,60.5,0.75\n"
    files = {NAME.format(2021): OLD + "".join(line.format(i=i) for i in range(10, 22))}
    staged = judged(tmp_path, survey.SOURCE, files, "2020-21").parts["patient_survey"]
    assert staged.row(0) == ("A81010", 60.5, 80.25, 0.75)
