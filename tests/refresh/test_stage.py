"""Stage: by name, to type, and nothing lost: rows in = rows staged + rejected + repeats."""

import random
import re
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.atlas.tables.organisation_contracts import PCN_MEMBER
from engine.atlas.tables.qof_contracts import ACHIEVEMENT, INDICATOR, PREVALENCE, PUBLISHED_MEASURES
from engine.errors import ContractBroken
from engine.rules import Between, NotNull
from engine.table import Column, Table
from engine.wings import TABLES
from refresh.atlas.sources.qof import SOURCE as QOF
from refresh.validate.check import check
from refresh.validate.stage import MISSING, Staged, stage

CLINIC = Table(
    name="clinic",
    grain="clinic",
    meaning="A contract for these tests.",
    key=("code",),
    columns=(
        Column("code", pl.String, "Code", aka=("CLINIC_CODE", "ORG_CODE"), rules=(NotNull(),)),
        Column("people", pl.Int64, "People", "people", rules=(Between(),)),
        Column("score", pl.Float64, "Score", "points"),
        Column("opened_on", pl.Date, "Day it opened", required=False),
        Column("year", pl.String, "Added later", derived=True),
    ),
    owner="tests",
)


def raw(**columns: list[str | None]) -> pl.DataFrame:
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


def clinics(people: list[str | None] | None = None, **more: list[str | None]) -> Staged:
    """Staged clinics, one a value: A, B, C and so on."""
    n = len(people or next(iter(more.values())))
    columns = {"CODE": [f"A{i}" for i in range(n)], "PEOPLE": people or ["1"] * n}
    columns |= {"SCORE": ["1"] * n} | more
    return stage(raw(**columns), CLINIC, where="clinics.csv")


def finding(staged: Staged, check_name: str):
    return next(f for f in staged.findings if f.check == check_name)


# By name


def test_columns_are_found_by_name_in_whatever_order():
    result = stage(
        raw(SCORE=["0.5"], OTHER=["x"], PEOPLE=["3"], CODE=["A"]), CLINIC, where="clinics.csv"
    )
    assert result.rows.rows() == [("A", 3, 0.5, None)]


def test_the_result_has_the_published_columns_of_the_contract_typed():
    assert clinics(["1"]).rows.schema == CLINIC.staged.schema
    assert "year" not in clinics(["1"]).rows.columns


@pytest.mark.parametrize("header", ["CODE", "CLINIC_CODE", "ORG_CODE"])
def test_every_name_that_publishers_used_is_known(header: str):
    result = stage(
        raw(**{header: ["A"], "PEOPLE": ["3"], "SCORE": ["1"]}), CLINIC, where="clinics.csv"
    )
    assert result.rows["code"].to_list() == ["A"]
    assert f"{header} as code" in finding(result, "columns").message


def test_the_preferred_name_wins_where_two_are_there():
    both = raw(ORG_CODE=["no"], CODE=["no"], CLINIC_CODE=["yes"], PEOPLE=["3"], SCORE=["1"])
    assert stage(both, CLINIC, where="clinics.csv").rows["code"].to_list() == ["yes"]


@pytest.mark.parametrize(
    ("table", "header"),
    [
        (PREVALENCE, "PRACTICE_CODE GROUP_CODE REGISTER PATIENT_LIST_TYPE PATIENT_LIST_SIZE"),
        (
            PREVALENCE,
            "PRACTICE_CODE INDICATOR_GROUP_CODE REGISTER PATIENT_LIST_TYPE PATIENT_LIST_SIZE",
        ),
        (PREVALENCE, "PRACTICE_CODE GROUP_CODE REGISTER PATIENT_LIST_TYPE PRACTICE_LIST_SIZE"),
        (PREVALENCE, "PRACTICE_CODE GROUP_CODE REGISTER_SIZE PATIENT_LIST_TYPE PRACTICE_LIST_SIZE"),
        (ACHIEVEMENT, "PRACTICE_CODE INDICATOR_CODE MEASURE VALUE"),
        (
            ACHIEVEMENT,
            "REGION_ODS_CODE REGION_ONS_CODE REGION_NAME PRACTICE_CODE INDICATOR_CODE MEASURE"
            " VALUE",
        ),
        (
            INDICATOR,
            "INDICATOR_CODE INDICATOR_POINT_VALUE GROUP_CODE GROUP_DESCRIPTION DOMAIN_CODE"
            " DOMAIN_DESCRIPTION PATIENT_LIST_TYPE",
        ),
    ],
)
def test_every_published_layout_fits_its_contract(table: Table, header: str):
    frame = raw(**{name: ["1"] for name in header.split()})
    assert stage(frame, table, where="x.csv").rows.height == 1


def test_a_missing_column_names_the_column_the_file_and_the_next_step():
    with pytest.raises(ContractBroken) as caught:
        stage(raw(CODE=["A"], PEEPLE=["3"], SCORE=["1"]), CLINIC, where="q.zip: clinics.csv")
    error = caught.value
    assert "`people`" in error.what
    assert error.where == "q.zip: clinics.csv"
    assert (error.expected, error.found) == ("PEOPLE", "CODE, PEEPLE, SCORE")
    assert "clinic" in error.next and "engine/*/tables/" in error.next


def test_all_names_of_a_missing_column_are_told():
    with pytest.raises(ContractBroken, match="CLINIC_CODE or ORG_CODE or CODE"):
        stage(raw(PEOPLE=["3"]), CLINIC, where="clinics.csv")


def test_a_header_with_a_byte_order_mark_is_not_the_column():
    with pytest.raises(ContractBroken, match="`code`"):
        stage(raw(**{"\ufeffCODE": ["A"], "PEOPLE": ["3"], "SCORE": ["1"]}), CLINIC, where="c.csv")


def test_an_optional_column_that_is_missing_is_null_and_said_so():
    result = clinics(["1"])
    assert result.rows["opened_on"].to_list() == [None]
    assert "not given: opened_on" in finding(result, "columns").message


# To type


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("112", 112),
        ("112.0", 112),
        ("0", 0),
        ("7,294", 7294),
        ("1,234,567", 1234567),
        ("7,294.0", 7294),
        ("-3", -3),
    ],
)
def test_what_is_a_whole_number(text: str, number: int):
    assert clinics([text]).rows["people"].to_list() == [number]


@pytest.mark.parametrize(
    "text",
    [
        "112.5",
        "12,5",
        "7,29",
        "72,94",
        "1,2,3",
        ",5",
        "5,",
        "1e400",
        "inf",
        "ten",
        "5%",
        "1 2",
    ],
)
def test_what_is_no_whole_number_is_rejected_with_the_reason(text: str):
    result = clinics([text, "1"])
    assert result.rows["code"].to_list() == ["A1"]
    assert result.rejects["reason"].to_list() == [f"PEOPLE is no whole number: {text}"]


@pytest.mark.parametrize(
    ("text", "number"), [("2.75", 2.75), ("7,294.5", 7294.5), ("0.1", 0.1), ("-1.5", -1.5)]
)
def test_what_is_a_number(text: str, number: float):
    assert clinics(SCORE=[text]).rows["score"].to_list() == [number]


@pytest.mark.parametrize("text", ["1,5", "inf", "-inf", "Infinity", "nan0", "x", "1.2.3"])
def test_what_is_no_number_is_rejected(text: str):
    result = clinics(SCORE=[text])
    assert result.rejects["reason"].to_list() == [f"SCORE is no number: {text}"]


@pytest.mark.parametrize(
    "text", ["20260201", "2026-02-01", "01/02/2026", "1/2/2026", "01Feb2026", "01FEB2026"]
)
def test_what_is_a_day(text: str):
    assert clinics(OPENED_ON=[text]).rows["opened_on"].to_list() == [date(2026, 2, 1)]


@pytest.mark.parametrize("text", ["31/02/2026", "2026", "soon", "01/02/26", "2026-13-01"])
def test_what_is_no_day_is_rejected(text: str):
    result = clinics(OPENED_ON=[text])
    assert result.rejects["reason"].to_list() == [f"OPENED_ON is no date: {text}"]


@pytest.mark.parametrize("word", MISSING)
def test_the_publishers_words_for_missing_are_null_and_never_zero(word: str):
    result = clinics([word, "1"], SCORE=[word, "1"])
    assert result.rows.select("people", "score").row(0) == (None, None)
    assert result.rejects.is_empty()


@pytest.mark.parametrize("word", [*MISSING, None])
def test_a_row_without_its_key_is_rejected(word: str | None):
    result = stage(
        raw(CODE=[word, "A"], PEOPLE=["1", "1"], SCORE=["1", "1"]), CLINIC, where="clinics.csv"
    )
    assert result.rows["code"].to_list() == ["A"]
    assert result.rejects["reason"].to_list() == ["CODE is missing"]


def test_a_reject_keeps_its_row_as_published_and_every_reason():
    result = stage(raw(CODE=["NA"], PEOPLE=["x"], SCORE=["y"]), CLINIC, where="clinics.csv")
    (reject,) = result.rejects.rows(named=True)
    assert (reject["PEOPLE"], reject["SCORE"]) == ("x", "y")
    assert (
        reject["reason"] == "CODE is missing; PEOPLE is no whole number: x; SCORE is no number: y"
    )
    assert reject["CODE"] == "NA", "as published, whatever we take it for"


def test_a_reject_says_which_row_it_was():
    """
    row | CODE | PEOPLE
    1   | A0   | 1
    2   | A1   | x
    3   | A2   | 2
    4   | A3   | 1.5
    """
    result = clinics(["1", "x", "2", "1.5"])
    assert result.rejects.select("row", "CODE").rows() == [(2, "A1"), (4, "A3")]
    assert (result.given, result.rows.height) == (4, 2)


def test_a_share_of_missing_that_the_contract_allows_is_kept_and_warned_of():
    n = 100
    frame = raw(
        PRACTICE_CODE=[f"A{i:05}" for i in range(n)],
        GROUP_CODE=["HYP"] * n,
        REGISTER=["20"] * n,
        PATIENT_LIST_TYPE=["TOTAL"] * n,
        PRACTICE_LIST_SIZE=["", "NA"] + ["100"] * (n - 2),
    )
    result = stage(frame, PREVALENCE, where="p.csv")
    assert (result.rows.height, result.rejects.height) == (n, 0)
    verdicts = check(result.rows, PREVALENCE.staged, where="p.csv")
    given_one = [f.status for f in verdicts if f.check == "list_size is always given"]
    assert given_one == ["warn"]


# What is said of it


def test_exact_repeats_are_dropped_and_said_so():
    twice = raw(CODE=["A", "A", "B"], PEOPLE=["1", "1.0", "1"], SCORE=["1", "1", "1"])
    result = stage(twice, CLINIC, where="clinics.csv")
    assert result.rows["code"].to_list() == ["A", "B"]
    assert finding(result, "repeated rows").status == "warn"
    assert finding(result, "repeated rows").rows_failed == 1
    (repeat,) = result.repeats.rows(named=True)
    assert (repeat["row"], repeat["CODE"], repeat["PEOPLE"]) == (2, "A", "1.0")
    assert "repeat" in repeat["reason"]


def test_rows_that_differ_are_no_repeats():
    result = stage(raw(CODE=["A", "A"], PEOPLE=["1", "2"], SCORE=["1", "1"]), CLINIC, where="c.csv")
    assert result.rows.height == 2
    assert finding(result, "repeated rows").status == "pass"


@pytest.mark.parametrize(
    ("bad", "of", "status"), [(0, 200, "pass"), (2, 200, "warn"), (3, 200, "fail"), (1, 1, "fail")]
)
def test_up_to_one_row_in_a_hundred_may_be_unreadable(bad: int, of: int, status: str):
    result = clinics(["x"] * bad + ["1"] * (of - bad))
    rejected = finding(result, "rows rejected")
    assert (rejected.status, rejected.rows_failed, rejected.rows_total) == (status, bad, of)


def test_the_finding_of_rejects_names_file_column_and_next_step():
    rejected = finding(clinics(["x", "y"]), "rows rejected")
    assert (rejected.where, rejected.column) == ("clinics.csv", "PEOPLE")
    assert "PEOPLE is no whole number" in rejected.message
    assert rejected.next_step


def test_a_file_with_a_header_only_stages_no_rows():
    result = stage(raw(CODE=[], PEOPLE=[], SCORE=[]), CLINIC, where="clinics.csv")
    assert result.rows.is_empty() and result.rejects.is_empty()
    assert result.rows.schema == CLINIC.staged.schema


def achievement(measure: str, value: str) -> Staged:
    """One published number, staged as the QOF source has it."""
    (part,) = (part for part in QOF.parts if part.name == "achievement")
    frame = raw(
        PRACTICE_CODE=["A81001"], INDICATOR_CODE=["AF001"], MEASURE=[measure], VALUE=[value]
    )
    return stage(frame, ACHIEVEMENT, where="a.csv", refuse=part.refuse())


def test_points_are_fractional():
    assert achievement("ACHIEVED_POINTS", "2.75").rows["value"].to_list() == [2.75]


@pytest.mark.parametrize("measure", sorted(set(PUBLISHED_MEASURES) - {"ACHIEVED_POINTS"}))
def test_half_a_patient_is_rejected_and_never_made_whole(measure: str):
    result = achievement(measure, "112.5")
    assert result.rows.is_empty()
    assert result.rejects["reason"].to_list() == ["VALUE is no whole number: 112.5"]
    assert achievement(measure, "112.0").rows["value"].to_list() == [112]


def test_a_source_may_refuse_rows_for_reasons_across_columns():
    too_many = pl.when(pl.col("people") > pl.col("score")).then(pl.lit("more people than score"))
    frame = raw(CODE=["A", "B", "C"], PEOPLE=["2", "1", "x"], SCORE=["1", "1", "1"])
    result = stage(frame, CLINIC, where="clinics.csv", refuse=too_many)
    assert result.rows["code"].to_list() == ["B"]
    assert result.rejects["reason"].to_list() == [
        "more people than score",
        "PEOPLE is no whole number: x",
    ]


def test_days_of_membership_are_read_from_the_published_header():
    frame = raw(
        PARTNER_ORGANISATION_CODE=["A81001"],
        PCN_CODE=["U00001"],
        PRACTICE_TO_PCN_RELATIONSHIP_START_DATE=["20190701"],
        PRACTICE_TO_PCN_RELATIONSHIP_END_DATE=[""],
    )
    result = stage(frame, PCN_MEMBER, where="ePCN.xlsx")
    assert result.rows.row(0) == ("A81001", "U00001", date(2019, 7, 1), None)


# Properties

CELL = st.sampled_from([*MISSING, "1", "2", "2.0", "2.5", "1,000", "x", None])
FRAME = st.lists(st.tuples(CELL, CELL, CELL), max_size=30)


@given(FRAME)
def test_no_row_is_lost(cells: list[tuple]):
    frame = pl.DataFrame(
        cells, schema=dict.fromkeys(["CODE", "PEOPLE", "SCORE"], pl.String), orient="row"
    )
    result = stage(frame, CLINIC, where="clinics.csv")
    repeats = finding(result, "repeated rows").rows_failed
    assert result.rows.height + result.rejects.height + repeats == frame.height == result.given
    assert result.repeats.height == repeats
    places = [*result.rejects["row"], *result.repeats["row"]]
    assert len(set(places)) == len(places) and set(places) <= set(range(1, frame.height + 1))
    for left_out in (result.rejects, result.repeats):
        given = frame.with_row_index("row", offset=1).join(left_out, on="row", how="semi")
        assert left_out.select(given.columns).equals(given)
    assert result.rows.unique().height == result.rows.height
    assert result.rejects["reason"].str.len_chars().min() != 0


@given(FRAME, st.randoms(use_true_random=False))
def test_the_order_of_columns_changes_nothing(cells: list[tuple], shuffle: random.Random):
    names = ["CODE", "PEOPLE", "SCORE"]
    frame = pl.DataFrame(cells, schema=dict.fromkeys(names, pl.String), orient="row")
    other = frame.select(shuffle.sample(names, 3))
    assert stage(frame, CLINIC, where="c").rows.equals(stage(other, CLINIC, where="c").rows)


@given(st.integers(-(10**12), 10**12), st.sampled_from(["{}", "{:,}", "{}.0", "{:,}.00"]))
def test_a_whole_number_is_read_however_it_is_written(number: int, form: str):
    assert clinics([form.format(number)]).rows["people"].to_list() == [number]


@given(st.from_regex(r"-?[0-9,]{1,9}(\.[0-9]{1,2})?", fullmatch=True))
def test_a_number_is_what_python_reads_or_it_is_rejected(text: str):
    thousands = re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?", text)
    result = clinics(SCORE=[text])
    if result.rows.height and text not in MISSING:
        assert "," not in text or thousands
        assert result.rows["score"].item() == pytest.approx(float(text.replace(",", "")))


@given(st.sampled_from(sorted(TABLES)), st.integers(0, 3))
def test_every_contract_can_be_staged_from_its_own_names(name: str, rows_in: int):
    table = TABLES[name]
    if not table.published:
        return
    columns = {c.published_as[0]: [str(i) for i in range(rows_in)] for c in table.published}
    result = stage(raw(**columns), table, where="x.csv")
    assert result.rows.schema == table.staged.schema
    assert result.rows.height + result.rejects.height == rows_in


# Words that are not known


KNOWN = ("NUMERATOR", "DENOMINATOR", "PCAS", "ACHIEVED_POINTS")


def achievements(*more: tuple[str, str], known: tuple[str, ...] = KNOWN) -> Staged:
    """Ten practices with a number for each known measure, and more (measure, value) of one."""
    rows = [(f"A81{i:03d}", measure, "7") for i in range(10) for measure in known]
    rows += [(f"B81{i:03d}", *pair) for i, pair in enumerate(more)]
    codes, measures, values = zip(*rows, strict=True)
    frame = raw(
        PRACTICE_CODE=list(codes),
        INDICATOR_CODE=["AF001"] * len(rows),
        MEASURE=list(measures),
        VALUE=list(values),
    )
    return stage(frame, ACHIEVEMENT, where="QOF.zip: a.csv", refuse=QOF.parts[0].refuse())


def test_rows_of_a_new_measure_are_left_out_and_all_others_load():
    result = achievements(("REVIEWS", "5"), ("REVIEWS", "0.5"), ("SHARE", "many"))
    assert result.rows.height == 40 and set(result.rows["measure"]) == set(KNOWN)
    assert result.rejects["reason"].to_list() == [
        "MEASURE is a word that is not known: REVIEWS",
        "MEASURE is a word that is not known: REVIEWS",
        "MEASURE is a word that is not known: SHARE",
    ]
    told = finding(result, "words that are known")
    assert (told.status, told.column, told.rows_failed) == ("warn", "measure", 3)
    assert "REVIEWS (2 rows), SHARE (1 rows)" in told.message and told.next_step
    assert finding(result, "rows rejected").status == "pass"


def test_a_row_that_cannot_be_read_is_told_beside_those_of_a_new_measure():
    result = achievements(("REVIEWS", "5"), ("PCAS", "many"))
    assert finding(result, "rows rejected").rows_failed == 1
    assert finding(result, "words that are known").rows_failed == 1
    assert result.rejects.height == 2


@pytest.mark.parametrize("missing", KNOWN)
def test_a_new_measure_in_place_of_a_known_one_may_be_its_new_name(missing: str):
    rest = tuple(measure for measure in KNOWN if measure != missing)
    told = finding(achievements(("ADJUSTED", "5"), known=rest), "words that are known")
    assert (told.status, told.column) == ("fail", "measure")
    assert missing in told.expected and "ADJUSTED" in told.observed


def test_exceptions_are_the_old_name_of_pcas():
    known = ("NUMERATOR", "DENOMINATOR", "EXCEPTIONS", "ACHIEVED_POINTS")
    told = finding(achievements(("REVIEWS", "5"), known=known), "words that are known")
    assert told.status == "warn"


def test_a_file_that_mostly_says_something_else_is_refused():
    result = achievements(*[("REVIEWS", "5")] * 41)
    assert finding(result, "words that are known").status == "fail"


def test_where_every_measure_is_known_nothing_is_told():
    told = finding(achievements(), "words that are known")
    assert (told.status, told.rows_failed, told.next_step) == ("pass", 0, "")


# Columns that are gone


def test_an_optional_column_that_the_release_before_had_is_missed():
    given = stage(
        raw(CODE=["A"], PEOPLE=["1"], SCORE=["1"], OPENED_BY=["X"], BEGAN=["20260201"]),
        CLINIC,
        where="clinics.csv",
        before=("CODE", "PEOPLE", "SCORE", "OPENED_BY", "OPENED_ON"),
    )
    told = finding(given, "columns against the release before")
    assert (told.status, told.column, told.observed) == ("warn", "opened_on", "BEGAN")
    assert "`BEGAN` is the nearest new name" in told.message and "`aka`" in told.next_step
    assert given.rows["opened_on"].to_list() == [None]


def test_one_that_is_simply_gone_is_missed_too():
    told = stage(
        raw(CODE=["A"], PEOPLE=["1"], SCORE=["1"]), CLINIC, where="c.csv", before=("OPENED_ON",)
    )
    missed = finding(told, "columns against the release before")
    assert missed.status == "warn" and "nearest" not in missed.message


@pytest.mark.parametrize("header", ["OPENED_ON_", "OPENED__ON", "OPEND_ON"])
def test_one_that_is_there_under_a_like_name_is_told_on_a_first_load_too(header: str):
    told = finding(clinics(["1"], **{header: ["20260201"]}), "columns of another name")
    assert (told.status, told.column, told.observed) == ("warn", "opened_on", header)


@pytest.mark.parametrize("more", [{}, {"OPENED_ON": ["20260201"]}, {"OTHER": ["x"]}])
def test_one_that_never_was_or_is_still_there_is_not_missed(more: dict):
    result = clinics(["1"], **more)
    assert [f for f in result.findings if f.status != "pass"] == []


def test_a_column_that_its_shape_has_typed_stays_as_it_is():
    """Amounts are read once, by who knows how; text beside them is read as ever."""
    given = raw(CODE=["A", "B"], SCORE=["1.5", "-"]).with_columns(
        PEOPLE=pl.Series([3, None], dtype=pl.Int64),
        OPENED_ON=pl.Series([date(2024, 2, 29), None]),
    )
    result = stage(given, CLINIC, where="typed")
    assert result.rows.rows() == [("A", 3, 1.5, date(2024, 2, 29)), ("B", None, None, None)]
    assert result.rejects.is_empty()


# Of another type


@pytest.mark.parametrize(
    ("people", "becomes"),
    [
        (["1 to one", "few", "3"], {"people": "string"}),
        (["1.5", "2.25", "3"], {"people": "float64"}),
        (["1.5", "few", "many", "3"], {"people": "string"}),
        # Half is not most; what is withheld is of no type; nor is what is blank.
        (["few", "2"], {}),
        (["*", "*", "3"], {}),
        ([None, None, "few"], {"people": "string"}),
        (["£1,000", "2", "3"], {}),
    ],
)
def test_a_column_is_of_another_type_where_most_of_its_cells_are(people, becomes):
    assert clinics(people).retyped == becomes


def test_decimal_numbers_and_days_in_words_are_of_another_type_too():
    told = clinics(SCORE=["good", "bad"], OPENED_ON=["soon", "20260601"]).retyped
    assert told == {"score": "string"}
