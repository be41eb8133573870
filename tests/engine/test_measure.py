"""Measure: sums of several tables side by side, by the dimensions they share; by hand arithmetic.

The tables are the atlas's own, so that the lake is sealed by the real code; the metrics are made up
here: payments in whole pence by practice, and staff by practice and month, two grains.
"""

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from engine import Lake, measure
from engine.dimension import Dimension, Lookup
from engine.errors import BadDeclaration, BadQuestion
from engine.metric import Metric, MetricWords
from engine.unit import Money
from engine.wings import table
from tests.conftest import rows, sealed

SAID = {
    "formula": "f",
    "unit": "u",
    "better": "lower",
    "words": MetricWords("paid"),
    "why": "w",
    "caveats": "c",
    "owner": "o",
}
YEAR, PRACTICE, INDICATOR, GROUP = map(
    Dimension, ("year", "practice_code", "indicator_code", "group_code")
)
ICB = Dimension("icb_code", table="practice_geography", on=("year", "practice_code"))

ACHIEVED = """
year    | practice_code | indicator_code | numerator | denominator | pcas
2021-22 | A00001        | COPD010        | 80        | 100         | 25
2021-22 | A00001        | AF007          | 30        | 40          |
2021-22 | A00002        | COPD010        | 5         | 10          |
2021-22 | A00003        | COPD010        |           | 20          | 2
2022-23 | A00001        | COPD010        | 1         | 4           | 0
2022-23 | Z00009        | COPD010        | 3         | 5           | 0
"""
REGISTERS = """
year    | practice_code | group_code | register | list_type | list_size
2021-22 | A00001        | COPD       | 125      | TOTAL     | 1000
2021-22 | A00001        | HYP        | 200      | TOTAL     | 1000
2021-22 | A00002        | COPD       | 10       | TOTAL     | 300
2022-23 | A00001        | COPD       | 100      | TOTAL     | 900
"""
GEOGRAPHY = """
year    | practice_code | pcn_code | sub_icb_code | icb_code | region_code
2021-22 | A00001        | U1       | 01A          | QAA      | Y01
2021-22 | A00002        | U        | 02B          | QBB      | Y01
2021-22 | A00003        | U        | 02B          | QBB      | Y01
2022-23 | A00001        | U1       | 01A          | QBB      | Y01
"""
COUNTS = Metric(
    name="registered",
    label="On registers",
    table="prevalence",
    numerator=pl.col("register"),
    dimensions=(YEAR, PRACTICE, ICB, GROUP),
    format="count",
    **SAID,
)
PENCE = Metric(
    name="paid",
    label="Paid",
    table="percent_achieved",
    numerator=pl.col("numerator"),
    dimensions=(YEAR, PRACTICE, ICB, INDICATOR),
    format="money",
    money=Money("GBP"),
    **SAID,
)
PENCE_EACH = Metric(
    name="paid_each",
    label="Paid for each on a register",
    table="percent_achieved",
    numerator=pl.col("numerator"),
    over=COUNTS,
    dimensions=(YEAR, PRACTICE, ICB, INDICATOR),
    format="money",
    money=Money("GBP"),
    **SAID,
)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return sealed(
        tmp_path_factory.mktemp("measure"),
        percent_achieved=rows(ACHIEVED, table("percent_achieved")),
        prevalence=rows(REGISTERS, table("prevalence")),
        practice_geography=rows(GEOGRAPHY, table("practice_geography")),
        indicator=rows(
            """
            year    | indicator_code | points_max
            2021-22 | COPD010        | 3
            """,
            table("indicator"),
        ),
    )


def shown(lf: pl.LazyFrame, drawn: str) -> None:
    """The frame is what is drawn; values to two decimals."""
    got = lf.collect()
    rounded = got.with_columns(pl.col(pl.Float64).round(2))
    assert_frame_equal(rounded, rows(drawn, got.schema))


def test_each_metric_is_a_sum_over_a_sum_on_its_own_table(lake: Lake):
    """A row of one fact joined to rows of the other would count A00001 twice: 160 of 200."""
    shown(
        measure(lake, ["net", "prevalence"], ["year"], {"practice_code": "A00001"}),
        """
        year    | net   | prevalence
        2021-22 | 78.57 | 16.25
        2022-23 | 25.00 | 11.11
        """,
    )


def test_a_part_that_is_null_adds_nothing_and_a_share_of_nothing_is_null(lake: Lake):
    shown(
        measure(lake, ["net", "pca_rate"], ["practice_code"], {"year": "2021-22"}),
        """
        practice_code | net   | pca_rate
        A00001        | 78.57 | 15.15
        A00002        | 50.00 | 0.00
        A00003        |       |
        """,
    )


def test_the_whole_is_no_mean_of_shares(lake: Lake):
    """85 of 110, not the mean of 80 % and 50 %."""
    asked = {"indicator_code": "COPD010", "year": "2021-22"}
    shown(measure(lake, ["net"], where=asked), "net\n77.27")


def test_a_dimension_of_another_table_is_that_of_the_row_s_own_year(lake: Lake):
    shown(
        measure(lake, [PENCE, "net"], ["icb_code", "year"]),
        """
        icb_code | year    | paid | net
        QAA      | 2021-22 | 110  | 78.57
        QBB      | 2021-22 | 5    | 50.00
        QBB      | 2022-23 | 1    | 25.00
                 | 2022-23 | 3    | 60.00
        """,
    )


def test_what_a_table_does_not_have_is_null_and_not_zero(lake: Lake):
    shown(
        measure(lake, [PENCE, COUNTS], ["practice_code", "year"]),
        """
        practice_code | year    | paid | registered
        A00001        | 2021-22 | 110  | 325
        A00001        | 2022-23 | 1    | 100
        A00002        | 2021-22 | 5    | 10
        A00003        | 2021-22 |      |
        Z00009        | 2022-23 | 3    |
        """,
    )


def test_sums_by_any_dimension_are_the_sum_of_all(lake: Lake):
    for by in (["year"], ["icb_code"], ["practice_code", "indicator_code"]):
        assert measure(lake, [PENCE], by).collect()["paid"].sum() == 119
    assert measure(lake, [PENCE]).collect().rows() == [(119,)]


def test_money_is_in_whole_minor_units_and_is_written_in_large_ones(lake: Lake):
    values = measure(lake, [PENCE], ["year"]).collect()
    assert values["paid"].dtype == pl.Int64
    assert [PENCE.written(v) for v in values["paid"]] == ["£1.15", "£0.04"]


def test_a_share_of_two_tables_is_taken_after_each_is_summed(lake: Lake):
    shown(
        measure(lake, [PENCE_EACH], ["year"]),
        """
        year    | paid_each
        2021-22 | 0.34
        2022-23 | 0.04
        """,
    )
    assert measure(lake, [PENCE_EACH]).collect()["paid_each"][0] == 119 / 435


def test_a_share_of_two_tables_has_the_dimensions_of_both(lake: Lake):
    with pytest.raises(BadQuestion, match="`registered` cannot be asked by `indicator_code`"):
        measure(lake, [PENCE_EACH], ["indicator_code"])


def test_a_dimension_that_one_lacks_is_refused_with_those_that_all_have(lake: Lake):
    with pytest.raises(BadQuestion) as refused:
        measure(lake, ["net", "prevalence"], ["year", "group_code"])
    assert "`net` cannot be asked by `group_code`" in str(refused.value)
    assert refused.value.expected == (
        "shared by all that are asked: year, practice_code, pcn_code, sub_icb_code, icb_code,"
        " region_code"
    )


@pytest.mark.parametrize(
    "where", [{"indicator_code": "AF007"}, pl.col("indicator_code") == "AF007"], ids=["map", "expr"]
)
def test_a_condition_that_one_lacks_is_refused_too(lake: Lake, where):
    with pytest.raises(BadQuestion, match="`prevalence` cannot be narrowed by `indicator_code`"):
        measure(lake, ["prevalence"], ["year"], where)


def test_no_metric_at_all_is_refused(lake: Lake):
    with pytest.raises(BadQuestion, match="no metric is named"):
        measure(lake, [], ["year"])


@pytest.mark.parametrize(
    ("where", "paid"),
    [
        ({"year": "2021-22"}, 115),
        ({"practice_code": ["A00002", "Z00009"]}, 8),
        ({"icb_code": None}, 3),
        ({"icb_code": "QBB", "year": "2022-23"}, 1),
        ((pl.col("icb_code") == "QBB") | (pl.col("year") == "2022-23"), 9),
    ],
)
def test_a_condition_is_on_dimensions_whether_they_are_asked_by_or_not(lake: Lake, where, paid):
    assert measure(lake, [PENCE], where=where).collect()["paid"].to_list() == [paid]


def test_a_year_that_is_named_opens_its_own_file_only(lake: Lake):
    plan = measure(lake, [PENCE], where={"year": "2021-22"}).explain()
    others = [f["path"] for f in lake.files("percent_achieved") if f["partition"] != "2021-22"]
    assert others and not any(Path(path).name in plan for path in others)


def test_a_second_row_for_a_key_is_an_error_and_doubles_nothing(tmp_path: Path):
    twice = rows(GEOGRAPHY, table("practice_geography"))
    twice = pl.concat([twice, twice.head(1).with_columns(icb_code=pl.lit("QZZ"))])
    lake = sealed(
        tmp_path,
        percent_achieved=rows(ACHIEVED, table("percent_achieved")),
        practice_geography=twice,
    )
    with pytest.raises(pl.exceptions.ComputeError, match="m:1"):
        measure(lake, [PENCE], ["icb_code"]).collect()


def test_a_dimension_that_keeps_history_is_that_of_the_day(tmp_path: Path):
    """Half open: a day on which one version ends belongs to the next; before the first, to none."""
    practice = rows(
        """
        practice_code | status | valid_from | valid_to
        A00001        | open   | 2020-01-01 | 2021-04-01
        A00001        | closed | 2021-04-01 | 9999-12-31
        A00002        | open   | 2020-01-01 | 2021-01-01
        """,
        table("practice"),
    )
    context = rows(
        """
        practice_code | measure | source | period  | as_of      | value
        A00001        | paid    | s      | 2021-22 | 2021-03-31 | 10
        A00001        | paid    | s      | 2021-22 | 2021-04-01 | 20
        A00001        | paid    | s      | 2021-22 | 2019-01-01 | 40
        A00002        | paid    | s      | 2021-22 | 2021-06-01 | 80
        """,
        table("practice_context"),
    )
    lake = sealed(tmp_path, practice=practice, practice_context=context)
    status = Dimension("status", table="practice", on=("practice_code",), as_of="as_of")
    metric = Metric(
        name="spent",
        label="Spent",
        table="practice_context",
        numerator=pl.col("value"),
        dimensions=(status, PRACTICE),
        format="number",
        **SAID,
    )
    shown(
        measure(lake, [metric], ["status"]),
        """
        status | spent
        closed | 20
        open   | 10
               | 120
        """,
    )


def test_a_metric_may_need_columns_of_another_table(lake: Lake):
    """The points that could be achieved are the indicator's, 3 for each practice with points."""
    possible = Metric(
        name="possible",
        label="Possible",
        table="percent_achieved",
        lookup=Lookup("indicator", on=("year", "indicator_code"), columns=("points_max",)),
        numerator=pl.col("points_max"),
        dimensions=(YEAR, INDICATOR),
        format="number",
        **SAID,
    )
    shown(
        measure(lake, [possible], ["year", "indicator_code"]),
        """
        year    | indicator_code | possible
        2021-22 | AF007          |
        2021-22 | COPD010        | 9
        2022-23 | COPD010        |
        """,
    )


def test_a_numerator_of_one_counts_rows_and_a_dimension_may_be_worked_out(lake: Lake):
    """Each row adds 1, asked by nothing too; A00003 has no numerator and is a row all the same."""
    initial = Dimension("initial", pl.col("practice_code").str.slice(0, 1))
    reported = Metric(
        name="reported",
        label="Reported",
        table="percent_achieved",
        numerator=pl.lit(1),
        dimensions=(YEAR, initial),
        format="count",
        **SAID,
    )
    assert measure(lake, [reported]).collect().rows() == [(6,)]
    by_initial = measure(lake, [reported], ["initial"]).collect()
    assert by_initial.rows() == [("A", 5), ("Z", 1)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"format": "money"},
        {"format": "percent"},
        {"format": "count", "interval": True},
        {"format": "count", "money": Money("USD")},
        {"format": "number", "denominator": pl.col("b"), "over": COUNTS},
    ],
)
def test_a_metric_that_contradicts_itself_is_refused_when_it_is_declared(wrong):
    plain = {"name": "m", "label": "M", "table": "t", "dimensions": (), **SAID}
    with pytest.raises(BadDeclaration, match="m: the metric"):
        Metric(numerator=pl.col("a"), **plain, **wrong)
