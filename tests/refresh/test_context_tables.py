"""From published files to `practice_context`: every layout, and each trap that they set."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import polars as pl
import pytest

from engine.atlas.tables.context_contracts import (
    CQC_RATING,
    DEPRIVATION_SCORE,
    GP_WORKFORCE,
    GP_WORKFORCE_BY_YEAR,
    PRACTICE_CONTEXT,
    PRACTICE_PAYMENTS,
    REGISTERED,
    REGISTERED_BY_AGE,
)
from refresh.atlas import context_makers
from refresh.atlas.sources import cqc, deprivation, payments, registrations, workforce
from refresh.extract.discover import browse_folder, discover
from refresh.finding import failed
from refresh.source import Release, Source, StoredFile
from refresh.staging import Judged, stage_release
from refresh.store.fold import Edition, upsert
from refresh.validate.check import check
from tests.conftest import rows, whole


def offered(folder: Path, source: Source, path: str) -> list[str]:
    """The periods under which a file of this path is offered."""
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("x", encoding="utf-8")
    found = discover(source, mirror=str(folder), browse=lambda _: browse_folder(folder))
    return [offer.period for offer in found]


def judged(folder: Path, source: Source, files: Mapping[str, str], period: str) -> Judged:
    """A release of these files, staged by the real code."""
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    stored = tuple(StoredFile(n, quote(n), "", len(t)) for n, t in files.items())
    release = Release(source.code, period, 1, "", stored)
    return stage_release(source, release, [folder / name for name in files], before={})


def edition(period: str, drawn: str, of) -> Edition:
    return Edition(period, 1, whole(rows(drawn, of), of.staged).lazy())


def made(lf: pl.LazyFrame) -> list[dict]:
    """The rows of a measure, which keep the contract."""
    frame = lf.collect()
    assert frame.schema == PRACTICE_CONTEXT.schema
    found = check(frame, PRACTICE_CONTEXT, where="a test")
    assert [f for f in failed(found) if f.gate != "row_count"] == []
    return frame.rows(named=True)


# Registrations


@pytest.mark.parametrize(
    ("path", "period"),
    [
        ("registrations/2026-07/gp-reg-pat-prac-quin-age.zip", "2026-07"),
        ("registrations/2026-06/gp-reg-pat-prac-all.csv", "2026-06"),
        ("july-2026/gp-reg-pat-prac-quin-age.csv", "2026-07"),
        ("any/gp-reg-pat-prac-all-jun-18.csv", "2018-06"),
        ("any/gp-reg-pat-prac-quin-age-jan-18.csv", "2018-01"),
        ("2022-01/gp-reg-patients-prac-sing-age-female.csv", "2022-01"),
    ],
)
def test_a_registrations_file_is_of_the_month_that_its_path_gives(
    tmp_path: Path, path: str, period: str
):
    assert offered(tmp_path, registrations.SOURCE, path) == [period]


@pytest.mark.parametrize(
    "path", ["2026-07/gp-reg-pat-prac-sing-age-regions.csv", "2026-07/gp-reg-pat-prac-lsoa-all.csv"]
)
def test_the_other_files_of_registrations_are_left_alone(tmp_path: Path, path: str):
    assert offered(tmp_path, registrations.SOURCE, path) == []


QUIN = "PUBLICATION,EXTRACT_DATE,ORG_TYPE,ORG_CODE,ONS_CODE,POSTCODE,SEX,AGE_GROUP_5,"
QUIN += "NUMBER_OF_PATIENTS\n"


def stacked(*, day: str = "2026-07-01", practices: int = 12) -> str:
    """Every level and total in one table, as published: England is in it fifteen times over."""
    lines = []
    for kind, codes in {
        "Comm Region": ["Y56"],
        "ICB": ["QWE"],
        "SUB_ICB_LOCATION_CODE": ["36L"],
        "PCN": ["U00001"],
        "GP": [f"A810{i:02d}" for i in range(practices)],
    }.items():
        each = practices if kind != "GP" else 1
        for code in codes:
            head = f"GP_PRAC_PAT_LIST,{day},{kind},{code},,SW1 1AA"
            lines.append(f"{head},ALL,ALL,{200 * each}")
            for sex in ("FEMALE", "MALE"):
                lines.append(f"{head},{sex},ALL,{100 * each}")
                bands = {"0_4": 70, "60_64": 10, "65_69": 12, "90_94": 5, "95+": 3}
                lines += [f"{head},{sex},{band},{n * each}" for band, n in bands.items()]
    return QUIN + "\n".join(lines) + "\n"


@pytest.mark.parametrize("day", ["2026-07-01", "01JUL2026", "01Jul2026", "01/07/2026"])
def test_of_the_stacked_table_only_practices_sexes_and_ages_are_counted(tmp_path: Path, day: str):
    files = {"gp-reg-pat-prac-quin-age.csv": stacked(day=day)}
    result = judged(tmp_path, registrations.SOURCE, files, "2026-07")
    assert failed(result.findings) == []
    staged = result.parts["registered_by_age"]
    assert staged["patients"].sum() == 12 * 200
    assert staged["extract_on"].unique().dt.to_string().to_list() == ["2026-07-01"]
    ages = [Edition("2026-07", 1, staged.lazy())]
    found = made(context_makers.aged_65_and_over(ages))
    assert {(r["numerator"], r["denominator"], r["value"]) for r in found} == {(40, 200, None)}
    assert {r["numerator"] for r in made(context_makers.list_size([], ages, {}))} == {200}


def test_the_unfiltered_table_would_count_everybody_many_times(tmp_path: Path):
    """The trap: five levels, each by sex and age, by sex, and in total."""
    numbers = [int(line.rsplit(",", 1)[1]) for line in stacked().splitlines()[1:]]
    assert sum(numbers) == 15 * 12 * 200


def test_an_old_file_of_practices_only_is_the_same(tmp_path: Path):
    """Filtered already: there is nothing to leave out but the totals."""
    lines = [x for x in stacked().splitlines() if ",GP," in x or x.startswith("PUBLICATION")]
    files = {"gp-reg-pat-prac-quin-age.csv": "\n".join(lines)}
    result = judged(tmp_path, registrations.SOURCE, files, "2017-09")
    assert result.parts["registered_by_age"]["patients"].sum() == 12 * 200


def test_a_table_without_practices_is_refused(tmp_path: Path):
    files = {"gp-reg-pat-prac-quin-age.csv": stacked().replace(",GP,", ",PCN,")}
    result = judged(tmp_path, registrations.SOURCE, files, "2026-07")
    assert result.parts == {} and failed(result.findings)


def test_single_years_of_age_in_a_file_a_sex_are_read_together(tmp_path: Path):
    header = QUIN.replace("AGE_GROUP_5", "AGE")
    files = {}
    for sex in ("female", "male"):
        head = f"X,2026-07-01,GP,A81001,,SW1 1AA,{sex.upper()}"
        ages = [
            f"{head},{age},{n}" for age, n in {"ALL": 60, "64": 10, "65": 20, "95+": 30}.items()
        ]
        files[f"gp-reg-pat-prac-sing-age-{sex}.csv"] = header + "\n".join(ages)
    result = judged(tmp_path, registrations.SOURCE, files, "2026-07")
    ages = [Edition("2026-07", 1, result.parts["registered_by_age"].lazy())]
    (row,) = made(context_makers.aged_65_and_over(ages))
    assert (row["numerator"], row["denominator"]) == (100, 120)


def test_one_sex_without_the_other_is_refused(tmp_path: Path):
    text = QUIN.replace("AGE_GROUP_5", "AGE") + "X,2026-07-01,GP,A81001,,SW1 1AA,MALE,64,10\n"
    files = {"gp-reg-pat-prac-sing-age-male.csv": text}
    assert judged(tmp_path, registrations.SOURCE, files, "2026-07").parts == {}


def test_the_file_of_totals_is_read_under_its_own_names(tmp_path: Path):
    header = "PUBLICATION,EXTRACT_DATE,TYPE,SUB_ICB_LOCATION_CODE,ONS_SUB_ICB_LOCATION_CODE,CODE,"
    header += "POSTCODE,SEX,AGE,NUMBER_OF_PATIENTS\n"
    line = "GP_PRAC_PAT_LIST,2026-06-01,GP,16C,E38000247,A81001,TS18 1HU,ALL,ALL,3753\n"
    files = {"gp-reg-pat-prac-all.csv": header + line}
    staged = judged(tmp_path, registrations.SOURCE, files, "2026-06").parts["registered"]
    assert staged.select("practice_code", "patients").rows() == [("A81001", 3753)]


def test_a_month_with_totals_and_ages_is_counted_once():
    totals = edition(
        "2026-07", "practice_code|extract_on|patients\nA81001|2026-07-01|120", REGISTERED
    )
    ages = edition(
        "2026-07",
        "practice_code|extract_on|sex|age_group|patients\nA81001|2026-07-01|MALE|0_4|120",
        REGISTERED_BY_AGE,
    )
    (row,) = made(context_makers.list_size([totals], [ages], {}))
    assert (row["numerator"], row["period"]) == (120, "2026-07")


def test_qofs_own_lists_hold_for_the_first_of_april_after_the_year():
    lists = pl.LazyFrame({"practice_code": ["A81001", "A81002"], "list_size": [900, None]})
    (row,) = made(context_makers.list_size([], [], {"2021-22": lists}))
    assert (row["practice_code"], row["numerator"], row["source"]) == ("A81001", 900, "qof")
    assert (row["period"], str(row["as_of"])) == ("2021-22", "2022-04-01")


# Deprivation


EXTRACT = "IndicatorID,Year,AreaCode,AreaName,IsAreaCurrent,Value\n"
API = "Indicator ID,Indicator Name,Area Code,Area Name,Area Type,Time period,Value\n"


@pytest.mark.parametrize(
    ("name", "period", "text"),
    [
        (
            "fingertips_93553_IMD_raw.csv",
            "2019-09",
            EXTRACT + "93553,2019,A81001,Ash,1,32.5\n93553,2019,A81002,Elm,1,NA\n",
        ),
        (
            "fingertips-imd-2025-gp-practice.csv",
            "2025-10",
            "PRACTICE_CODE,PRACTICE_NAME,IMD_YEAR,IMD_SCORE\nA81001,Ash,2019,32.5\n",
        ),
        (
            "fingertips_93553_imd.csv",
            "2019-09",
            API
            + "93553,Deprivation score,E92000001,England,England,2019,21.7\n"
            + "93553,Deprivation score,U00001,Trees PCN,PCNs,2019,30\n"
            + "93553,Deprivation score,A81001,Ash,GPs,2019,32.5\n",
        ),
    ],
)
def test_the_score_is_read_in_every_layout(tmp_path: Path, name: str, period: str, text: str):
    assert offered(tmp_path, deprivation.SOURCE, name) == [period]
    staged = judged(tmp_path, deprivation.SOURCE, {name: text}, period).parts["deprivation_score"]
    assert staged.rows() == [("A81001", 2019, 32.5)]


def scores(*values: float, vintage: int = 2019, period: str = "2019-09") -> Edition:
    lines = [f"A81{i:03d}|{vintage}|{value}" for i, value in enumerate(values)]
    return edition(period, "\n".join(["practice_code|vintage|score", *lines]), DEPRIVATION_SCORE)


def known(vintages: list[Edition]) -> pl.LazyFrame:
    """The scores as their recipe has them: of each practice and vintage, the one that came last."""
    return upsert(vintages, DEPRIVATION_SCORE.staged.key)


def test_every_vintage_stays_and_holds_from_the_day_it_was_published():
    vintages = [scores(30), scores(40, vintage=2025, period="2025-10")]
    found = {r["period"]: r for r in made(context_makers.deprivation(known(vintages)))}
    assert {period: r["value"] for period, r in found.items()} == {"2019": 30, "2025": 40}
    assert str(found["2025"]["as_of"]) == "2025-10-30"


def test_without_scores_and_without_areas_nothing_is_made():
    assert context_makers.deprivation(None) is None
    assert context_makers.deprivation_decile(None) is None


def test_a_score_is_no_part_of_a_sum():
    (row,) = made(context_makers.deprivation(known([scores(30)])))
    assert row["numerator"] is row["denominator"] is None


def test_the_first_tenth_is_the_most_deprived_and_each_vintage_has_its_own():
    vintages = [scores(*range(1, 21)), scores(5, 6, vintage=2025, period="2025-10")]
    found = made(context_makers.deprivation_decile(known(vintages)))
    of = {(r["period"], r["practice_code"]): r["value"] for r in found}
    assert of["2019", "A81019"] == of["2019", "A81018"] == 1
    assert of["2019", "A81000"] == of["2019", "A81001"] == 10
    assert of["2025", "A81001"] == 1


def test_practices_with_the_same_score_are_in_the_same_tenth():
    found = made(context_makers.deprivation_decile(known([scores(*[7] * 10)])))
    assert {r["value"] for r in found} == {1}


# Ratings


RATED = (
    "Location ID,Location ODS Code,Location Name,Location Type,"
    "Location Primary Inspection Category,Service / Population Group,Domain,Latest Rating,"
    "Publication Date,Inherited Rating (Y/N)\n"
)


def rated(*lines: str) -> str:
    """Lines `id,code,category,group,domain,rating,day,inherited`."""
    cells = [line.split(",") for line in lines]
    return RATED + "".join(
        f"{c[0]},{c[1]},A Surgery,Social Care Org,{','.join(c[2:])}\n" for c in cells
    )


GP = "GP Practices,Overall,Overall"


@pytest.mark.parametrize(
    ("name", "period"),
    [
        ("01_April_2026_Latest_ratings.csv", "2026-04"),
        ("01_September_2026_Latest_ratings.ods", "2026-09"),
        ("cqc.csv.gz", "undated"),
    ],
)
def test_a_ratings_file_is_of_the_month_in_its_name(tmp_path: Path, name: str, period: str):
    assert offered(tmp_path, cqc.SOURCE, name) == [period]


def test_of_a_locations_many_rows_the_overall_one_of_a_practice_is_kept(tmp_path: Path):
    text = rated(
        f"1-1,A81001,{GP},Good,25/02/2016,N",
        "1-1,A81001,GP Practices,Older people,Overall,Outstanding,25/02/2016,N",
        "1-1,A81001,GP Practices,Overall,Safe,Inadequate,25/02/2016,N",
        f"1-2,,{GP},Inadequate,25/02/2016,N",
        f"1-3,B87016001,{GP},Inadequate,25/02/2016,N",
        "1-4,A81001,Dentists,Overall,Overall,Inadequate,25/02/2016,N",
    )
    name = "01_April_2026_Latest_ratings.csv"
    staged = judged(tmp_path, cqc.SOURCE, {name: text}, "2026-04").parts["cqc_rating"]
    assert staged.select("practice_code", "location", "rating").rows() == [
        ("A81001", "1-1", "Good")
    ]


def test_a_file_that_knows_years_only_is_read(tmp_path: Path):
    text = '"Practice.Code","Year","location_name","service_population_group","domain",'
    text += '"latest_rating","inherited_rating_y_n"\n'
    text += '"A81001",2016,"Ash","Overall","Overall","Good","N"\n'
    text += '"NA",2016,"Elm","Overall","Overall","Good","N"\n'
    staged = judged(tmp_path, cqc.SOURCE, {"cqc.csv": text}, "undated").parts["cqc_rating"]
    (row,) = made(context_makers.cqc_rating([Edition("undated", 1, staged.lazy())]))
    assert (row["text"], str(row["rated_on"]), str(row["as_of"])) == (
        "Good",
        "2016-01-01",
        "2016-01-01",
    )


def ratings(*lines: str) -> list[dict]:
    """The rating of each practice; lines `practice location rating day inherited`."""
    drawn = "practice_code|location|rating|rated_on|inherited\n"
    drawn += "\n".join("|".join(line.split(" ")) for line in lines).replace("_", " ")
    return made(context_makers.cqc_rating([edition("2026-04", drawn, CQC_RATING)]))


def test_of_several_locations_of_a_practice_the_last_rated_holds():
    (row,) = ratings(
        "A81001 1-1 Outstanding 2016-01-01 N", "A81001 1-2 Requires_improvement 2024-05-01 N"
    )
    assert (row["text"], str(row["rated_on"])) == ("Requires improvement", "2024-05-01")
    assert str(row["as_of"]) == "2026-04-01"


@pytest.mark.parametrize(
    ("lines", "rating"),
    [
        (["A81001 1-1 Good 2024-05-01 Y", "A81001 1-2 Inadequate 2024-05-01 N"], "Inadequate"),
        (["A81001 1-1 Good 2024-05-01 N", "A81001 1-2 Inadequate 2024-05-01 Y"], "Good"),
        (["A81001 1-1 Good 2024-05-01 N", "A81001 1-2 Inadequate 2024-05-01 N"], "Inadequate"),
    ],
)
def test_on_one_day_its_own_rating_holds_and_then_the_graver(lines: list[str], rating: str):
    assert [row["text"] for row in ratings(*lines)] == [rating]


def test_a_word_that_is_no_rating_is_no_row():
    assert ratings("A81001 1-1 Insufficient_evidence_to_rate 2024-05-01 N") == []


def test_the_share_of_good_counts_rated_practices_only():
    drawn = "practice_code|location|rating|rated_on\nA81001|1|Good|2024-05-01\n"
    drawn += "A81002|2|Inadequate|2024-05-01\nA81003|3|Not rated|2024-05-01"
    of = [edition("2026-04", drawn, CQC_RATING)]
    found = made(context_makers.cqc_good_or_outstanding(of))
    assert [(r["numerator"], r["denominator"]) for r in found] == [(1, 1), (0, 1)]


# Doctors


@pytest.mark.parametrize(
    ("name", "period"),
    [
        ("GPWPracticeCSV.062026.zip", "2026-06"),
        ("GPWPracticeCSV.0919.zip", "2019-09"),
    ],
)
def test_a_workforce_file_is_of_the_month_in_its_name(tmp_path: Path, name: str, period: str):
    assert offered(tmp_path, workforce.SOURCE, name) == [period]


def doctors(period: str, *lines: str) -> list[dict]:
    """Lines `practice fte patients`, `-` for none."""
    drawn = "practice_code|gp_fte|patients\n"
    drawn += "\n".join("|".join(line.replace("-", "").split(" ")) for line in lines)
    return made(context_makers.gps_per_10_000([edition(period, drawn, GP_WORKFORCE)], None))


@pytest.mark.parametrize("unknown", ["NA", "ND", ""])
def test_doctors_who_are_not_known_are_no_zero(tmp_path: Path, unknown: str):
    text = "PRAC_CODE,PRAC_NAME,TOTAL_PATIENTS,TOTAL_GP_FTE,TOTAL_GP_EXTGL_FTE\n"
    text += f"A81001,Ash,4000,9,2.5\nA81002,Elm,6000,{unknown},{unknown}\n"
    files = {"General Practice – June 2026 Practice Level - Detailed.csv": text}
    staged = judged(tmp_path, workforce.SOURCE, files, "2026-06").parts["gp_workforce"]
    assert staged.select("practice_code", "gp_fte").rows() == [("A81001", 2.5), ("A81002", None)]
    (row,) = made(context_makers.gps_per_10_000([Edition("2026-06", 1, staged.lazy())], None))
    assert (row["practice_code"], row["numerator"], row["denominator"]) == ("A81001", 2.5, 4000)
    assert str(row["as_of"]) == "2026-06-30"


def test_before_2023_no_doctors_meant_not_known():
    assert doctors("2022-12", "A81001 0 4000") == []
    assert [r["numerator"] for r in doctors("2023-03", "A81001 0 4000")] == [0]


def test_doctors_for_nobody_are_no_rate():
    assert doctors("2023-03", "A81001 2 0", "A81002 2 -") == []


def test_a_file_of_several_years_gives_each_its_own(tmp_path: Path):
    text = '"Practice.Code","Year","TOTAL_PATIENTS","TOTAL_GP_EXTGL_FTE"\n'
    text += '"A81001","2021",4000,2\n"A81001","2022",4000,3\n"A81002","2022",4000,NA\n'
    files = {"workforce_year.csv": text}
    assert offered(tmp_path, workforce.BY_YEAR, "workforce_year.csv.gz") == ["undated"]
    result = judged(tmp_path, workforce.BY_YEAR, files, "undated")
    staged = whole(result.parts["gp_workforce_by_year"], GP_WORKFORCE_BY_YEAR).lazy()
    found = made(context_makers.gps_per_10_000([], staged))
    assert [(r["numerator"], r["period"], str(r["as_of"])) for r in found] == [
        (2, "2021", "2021-12-31"),
        (3, "2022", "2022-12-31"),
    ]


# Payments


@pytest.mark.parametrize(
    ("path", "periods"),
    [
        ("payments/21-22.csv.gz", ["2021-22"]),
        ("payments/nhspaymentsgp-22-23-prac-csv.csv", ["2022-23"]),
        ("payments/21-23.csv", []),
        ("elsewhere/21-22.csv", []),
    ],
)
def test_payments_are_of_the_years_in_their_name(tmp_path: Path, path: str, periods: list[str]):
    assert offered(tmp_path, payments.SOURCE, path) == periods


@pytest.mark.parametrize("missing", ["-", "N/A", ""])
def test_payments_are_found_by_name_and_what_is_missing_is_no_zero(tmp_path: Path, missing: str):
    text = "CCG Code,Practice Code,Number of Registered Patients (Last Known Figure),"
    text += "Appraisal Costs ,Total NHS Payments to General Practice,"
    text += "Total NHS Payments to General Practice Minus Deductions\n"
    text += f'01A,A81001,4095.25,1,"1,323,474.40",9\n01A,A81002,5000,1,{missing},9\n'
    staged = judged(tmp_path, payments.SOURCE, {"21-22.csv": text}, "2021-22")
    of = [Edition("2021-22", 1, staged.parts["practice_payments"].lazy())]
    (row,) = made(context_makers.payments_per_patient(of))
    assert (row["numerator"], row["denominator"]) == (1_323_474.40, 4095.25)
    assert str(row["as_of"]) == "2022-03-31"


def test_payments_for_nobody_are_no_average():
    drawn = "practice_code|paid_gbp|patients\nA81001|5000|0\nA81002|5000|"
    of = [edition("2021-22", drawn, PRACTICE_PAYMENTS)]
    assert made(context_makers.payments_per_patient(of)) == []


def test_without_editions_there_are_no_rows():
    for name in ("aged_65_and_over", "cqc_rating", "payments_per_patient"):
        assert made(getattr(context_makers, name)([])) == []
