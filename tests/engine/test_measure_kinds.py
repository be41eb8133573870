"""Measure beyond sums: how rows aggregate, which count, when they count; by hand arithmetic.

A shop: orders by day, with a customer and a place; stock by day and place; customers with a segment
that changes. Every answer can be worked out from the drawings.
"""

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Lake, measure
from engine.derived import Conversion, Cumulative, Derived, Input, MeasuredDimension, Offset
from engine.dimension import Dimension
from engine.errors import BadDeclaration, BadQuestion
from engine.grain import Calendar
from engine.measure import combinations
from engine.metric import Metric, MetricWords, SemiAdditive
from tests.conftest import rows
from tests.engine.made import made

SAID: dict[str, Any] = {
    "formula": "f",
    "unit": "u",
    "format": "number",
    "better": "neither",
    "words": MetricWords("counted"),
    "why": "w",
    "caveats": "c",
    "owner": "o",
}
ORDERS = """
day        | customer | place | amount | payer
2023-12-31 | a        | N     | 1      | p
2024-01-01 | a        | N     | 2      | p
2024-01-31 | b        | S     | 4      |
2024-02-01 | a        | S     | 8      | q
2024-02-29 | b        |       | 16     | q
2024-03-31 | c        | N     | 32     | q
"""
STOCK = """
day        | place | items
2024-01-01 | N     | 5
2024-01-01 | S     | 7
2024-01-02 | N     | 6
2024-02-01 | S     | 9
"""
TARGETS = """
month      | place | aim
2024-01-01 | N     | 10
2024-01-01 | S     | 20
2024-02-01 | S     | 40
2024-04-01 | N     | 80
"""
CUSTOMERS = """
customer | owner
a        | x
b        | y
"""
OWNERS = """
owner | segment | valid_from | valid_to
x     | old     | 2000-01-01 | 2024-02-01
x     | new     | 2024-02-01 | 9999-12-31
y     | old     | 2000-01-01 | 9999-12-31
"""
VISITS = """
day        | customer
2024-01-01 | a
2024-01-05 | a
2024-01-20 | b
2024-01-30 | d
"""
TEXT = dict.fromkeys(("customer", "place", "payer", "owner", "segment"), pl.String)
SCHEMA = TEXT | dict.fromkeys(("amount", "items", "aim"), pl.Int64)
SCHEMA |= dict.fromkeys(("day", "month", "valid_from", "valid_to"), pl.Date)

DAYS = Calendar("days", "day", ("term",))
WHEN = Dimension("day", grain="day", calendar=DAYS)
SEGMENT = Dimension(
    "segment",
    table="owners",
    on=("owner",),
    as_of="day",
    via=(Dimension("owner", table="customers", on=("customer",)),),
)


def metric(name: str, numerator: pl.Expr | int, table: str = "orders", **more: Any) -> Metric:
    by = (WHEN, Dimension("customer"), Dimension("place"), SEGMENT)
    value = pl.lit(numerator) if isinstance(numerator, int) else numerator
    given = SAID | {"dimensions": by, "when": ("day",)} | more
    return Metric(name=name, label=name, table=table, numerator=value, **given)


AMOUNT = metric("amount", pl.col("amount"))
COUNT = metric("orders", 1)
BUYERS = metric("buyers", pl.col("customer"), aggregation="count_distinct")
AIM = metric(
    "aim",
    pl.col("aim"),
    "targets",
    dimensions=(
        Dimension("day", pl.col("month"), grain="month", calendar=DAYS),
        Dimension("place"),
    ),
)


def derived(name: str, expression: str, *inputs: Input) -> Derived:
    return Derived(name=name, label=name, expression=pl.sql_expr(expression), inputs=inputs, **SAID)


def window(of: Metric = AMOUNT, **how: Any) -> Cumulative:
    return Cumulative(name="w", label="w", of=of, **how, **SAID)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    every = pl.date_range(date(2023, 12, 1), date(2024, 4, 30), eager=True)
    drawn = {
        "orders": ORDERS,
        "stock": STOCK,
        "targets": TARGETS,
        "customers": CUSTOMERS,
        "owners": OWNERS,
        "visits": VISITS,
    }
    days = pl.DataFrame({"day": every}).with_columns(
        term=pl.when(pl.col("day") < date(2024, 2, 15)).then(pl.lit("one")).otherwise(pl.lit("two"))
    )
    tables = {name: rows(text, SCHEMA) for name, text in drawn.items()}
    return made(tmp_path_factory.mktemp("shop"), tables | {"days": days})


def told(lf: pl.LazyFrame) -> list[tuple[Any, ...]]:
    """Rows, a date as text without its century."""
    return [
        tuple(value.isoformat()[2:] if isinstance(value, date) else value for value in row)
        for row in lf.collect().rows()
    ]


@pytest.mark.parametrize(
    ("how", "wanted"),
    [
        ({"aggregation": "min"}, 1),
        ({"aggregation": "max"}, 32),
        ({"aggregation": "average"}, 10.5),
        ({"aggregation": "percentile"}, 6.0),
        ({"aggregation": "percentile", "discrete": True}, 4),
        ({"aggregation": "percentile", "quantile": 0.9}, 24.0),
        ({"aggregation": "count", "numerator": pl.col("payer")}, 5),
        ({"aggregation": "count_distinct", "numerator": pl.col("payer")}, 2),
    ],
)
def test_rows_aggregate_as_the_metric_says(shop: Lake, how: dict[str, Any], wanted: float):
    one = metric("m", **({"numerator": pl.col("amount")} | how))
    assert measure(shop, [one]).collect().item() == wanted


def test_distinct_customers_of_two_months_are_not_those_of_both(shop: Lake):
    assert told(measure(shop, [BUYERS], ["day__month"])) == [
        ("23-12-01", 1),
        ("24-01-01", 2),
        ("24-02-01", 2),
        ("24-03-01", 1),
    ]
    assert measure(shop, [BUYERS]).collect().item() == 3


@pytest.mark.parametrize(
    ("by", "wanted"),
    [
        ("day__quarter", [("23-10-01", 1), ("24-01-01", 62)]),
        (
            "day__week",
            [
                ("23-12-25", 1),
                ("24-01-01", 2),
                ("24-01-29", 12),
                ("24-02-26", 16),
                ("24-03-25", 32),
            ],
        ),
        ("day__month_of_year", [(1, 6), (2, 24), (3, 32), (12, 1)]),
        ("day__day_of_week", [(1, 2), (3, 4), (4, 24), (7, 33)]),
        ("day__term", [("one", 15), ("two", 48)]),
    ],
)
def test_a_time_is_asked_by_any_grain_or_part_or_by_the_calendar_s_own(shop: Lake, by: str, wanted):
    assert told(measure(shop, [AMOUNT], [by])) == wanted


def test_a_grain_finer_than_a_time_s_own_is_refused_in_words(shop: Lake):
    with pytest.raises(BadQuestion, match="`aim` cannot tell `day` by week") as refused:
        measure(shop, [AIM], ["day__week"])
    assert "month, quarter, year" in refused.value.expected
    with pytest.raises(BadQuestion, match="`amount` cannot tell `place` by month"):
        measure(shop, [AMOUNT], ["place__month"])


def test_a_bare_time_is_told_by_the_coarsest_grain_of_those_asked(shop: Lake):
    found = told(measure(shop, [AMOUNT, AIM], ["day"], {"place": ["N", "S"]}))
    assert found == [
        ("23-12-01", 1, None),
        ("24-01-01", 6, 30),
        ("24-02-01", 8, 40),
        ("24-03-01", 32, None),
        ("24-04-01", None, 80),
    ]


def test_only_some_rows_count_and_the_others_of_the_question_do_not_change(shop: Lake):
    some = metric("some", pl.col("amount"), only=pl.col("place") == "N")
    assert told(measure(shop, [some, AMOUNT], ["customer"])) == [
        ("a", 3, 11),
        ("b", None, 20),
        ("c", 32, 32),
    ]


def test_a_version_is_found_through_another_table(shop: Lake):
    """a belongs to x, whose segment changed on 1 February; nobody owns c."""
    assert told(measure(shop, [AMOUNT], ["segment"])) == [("new", 8), ("old", 23), (None, 32)]


def test_a_balance_adds_up_over_places_and_not_over_days(shop: Lake):
    def stock(take: Any, *per: str) -> Metric:
        by = (WHEN, Dimension("place"))
        balance = SemiAdditive("day", take, per)
        return metric("s", pl.col("items"), "stock", dimensions=by, balance=balance)

    assert measure(shop, [stock("first")]).collect().item() == 12
    assert measure(shop, [stock("last")]).collect().item() == 9
    assert measure(shop, [stock("last", "place")]).collect().item() == 6 + 9
    assert told(measure(shop, [stock("last")], ["day__month"])) == [
        ("24-01-01", 6),
        ("24-02-01", 9),
    ]


def test_what_is_since_ever_goes_on_to_the_end_of_the_calendar(shop: Lake):
    asked = measure(shop, [window(told="last")], ["day__month"])
    assert told(asked) == [
        ("23-12-01", 1),
        ("24-01-01", 7),
        ("24-02-01", 31),
        ("24-03-01", 63),
        ("24-04-01", 63),
    ]
    assert measure(shop, [window()]).collect().item() == 63


def test_time_can_end_with_the_last_row_and_begin_with_a_full_window(shop: Lake):
    over = metric("amount", pl.col("amount"), is_over=True)
    two = window(over, window="2mo", told="last", is_full=True)
    assert told(measure(shop, [two], ["day__month"])) == [
        ("24-01-01", 7),
        ("24-02-01", 30),
        ("24-03-01", 56),
    ]


def test_a_window_of_whole_months_has_the_whole_of_february_and_no_day_more(shop: Lake):
    """29 February less a month is 29 January: 31 January would be in, by days."""
    one = window(window="1mo", told="last")
    assert told(measure(shop, [one], ["day__month"], {"place": None})) == [("24-02-01", 16)]
    by_day = measure(shop, [one], ["day"], during=(date(2024, 2, 29), date(2024, 2, 29)))
    assert told(by_day) == [("24-02-29", 4 + 8 + 16)]


def test_since_the_start_of_the_month(shop: Lake):
    mtd = window(to_date="month")
    days = (date(2024, 1, 30), date(2024, 2, 2))
    assert told(measure(shop, [mtd], ["day"], during=days)) == [
        ("24-01-30", 2),
        ("24-01-31", 6),
        ("24-02-01", 8),
        ("24-02-02", 8),
    ]


@pytest.mark.parametrize(
    ("how", "wanted"), [("first", 12), ("last", 16), ("average", (6 * 12 + 8 + 16) / 8)]
)
def test_one_day_speaks_for_a_month_or_their_average_does(shop: Lake, how: Any, wanted: float):
    """Seven days: 31 January's 4 until 6 February, 1 February's 8 until 7, 29's 16 on the 29th."""
    sevens = window(window="7d", told=how)
    assert told(measure(shop, [sevens], ["day__month"]))[2] == ("24-02-01", wanted)


def test_distinct_customers_of_a_window_count_once(shop: Lake):
    days = (date(2024, 2, 1), date(2024, 2, 1))
    assert told(measure(shop, [window(BUYERS, window="32d")], ["day"], during=days)) == [
        ("24-02-01", 2)
    ]


def test_a_window_is_asked_by_a_time(shop: Lake):
    with pytest.raises(BadQuestion, match="is asked by no time"):
        measure(shop, [window(window="7d")], ["place"])


def test_month_stands_beside_the_month_before_not_day_by_day(shop: Lake):
    """By days, 29 February would stand on 29 March and nothing on the 31st."""
    before = derived(
        "d", "amount - before", Input(AMOUNT), Input(AMOUNT, "before", offset=Offset("1mo"))
    )
    assert told(measure(shop, [before], ["day__month"])) == [
        ("23-12-01", None),
        ("24-01-01", 5),
        ("24-02-01", 18),
        ("24-03-01", 8),
        ("24-04-01", None),
    ]


def test_the_value_at_the_start_of_the_month_stands_beside_each_day(shop: Lake):
    start = derived(
        "d", "a - s", Input(AMOUNT, "a"), Input(AMOUNT, "s", offset=Offset(start="month"))
    )
    found = dict(told(measure(shop, [start], ["day"])))
    assert found["24-01-31"] == 2 and found["24-02-29"] == 8 and found["24-01-02"] is None


def test_an_offset_of_an_offset_is_both(shop: Lake):
    once = derived("once", "2 * a", Input(AMOUNT, "a", offset=Offset("5d")))
    twice = derived("twice", "2 * o", Input(once, "o", offset=Offset("2d")))
    assert dict(told(measure(shop, [twice], ["day"])))["24-01-08"] == 8


def test_what_is_compared_is_asked_by_a_time_and_not_narrowed_to_other_years(shop: Lake):
    lag = derived("lag", "a", Input(AMOUNT, "a", offset=Offset("5d")))
    with pytest.raises(BadQuestion, match="compared with another time and asked by none"):
        measure(shop, [lag], ["place"])


def test_a_condition_on_time_is_on_the_day_that_is_told_not_on_that_it_is_taken_from(shop: Lake):
    lag = derived("lag", "a", Input(AMOUNT, "a", offset=Offset("1d")))
    assert told(measure(shop, [lag], ["day"], pl.col("day") == date(2024, 2, 1))) == [
        ("24-02-01", 4)
    ]


def test_gaps_are_rows_and_filled_where_the_metric_says_so(shop: Lake):
    filled = metric("f", pl.col("amount"), every_day=True, fill=0)
    days = (date(2024, 1, 30), date(2024, 2, 1))
    assert told(measure(shop, [filled], ["day"], during=days)) == [
        ("24-01-30", 0),
        ("24-01-31", 4),
        ("24-02-01", 8),
    ]
    assert told(measure(shop, [filled], ["place"])) == [("N", 35), ("S", 12), (None, 16)]


def test_days_are_made_whole_stretches_of_what_is_asked_by(shop: Lake):
    days = (date(2024, 1, 31), date(2024, 2, 1))
    assert told(measure(shop, [AMOUNT], ["day__month"], during=days)) == [
        ("24-01-01", 6),
        ("24-02-01", 24),
    ]
    assert measure(shop, [AMOUNT], during=days).collect().item() == 12


def test_a_share_of_what_some_dimensions_do_not_split(shop: Lake):
    """Customers have no aim of their own: each is held against that of the place."""
    share = metric("share", pl.col("amount"), over=AIM, beside_over=("customer", "segment"), fill=0)
    two = {"place": ["N", "S"]}
    assert told(measure(shop, [share], ["place"], two)) == [("N", 35 / 90), ("S", 12 / 60)]
    assert told(measure(shop, [share], ["customer", "place"], two))[:2] == [
        ("a", "N", 3 / 90),
        ("a", "S", 8 / 60),
    ]
    assert told(measure(shop, [share], ["place"], {"customer": "b"})) == [
        ("N", 0.0),
        ("S", 4 / 60),
        (None, None),
    ]
    both = (pl.col("customer") == "b") | (pl.col("place") == "N")
    with pytest.raises(BadQuestion, match="one condition is on dimensions"):
        measure(shop, [share], ["place"], both)


def test_a_dimension_may_be_what_a_metric_is_for_each(shop: Lake):
    bought = MeasuredDimension("orders", pl.col("orders"), on=("customer",), of=COUNT)
    people = metric("people", 1, "customers", dimensions=(Dimension("customer"), bought), when=())
    assert told(measure(shop, [people], ["orders"])) == [(2, 1), (3, 1)]
    assert measure(shop, [people], where=pl.col("orders") > 2).collect().item() == 1


def test_a_visit_is_followed_by_an_order_once_and_within_its_time(shop: Lake):
    """a's order of 1 January follows the visit of that day, of 1 February that of 5 January."""
    by = (WHEN, Dimension("customer"))
    visits = metric("visits", 1, "visits", dimensions=by)

    def followed(**more: Any) -> Conversion:
        return Conversion(
            name="c", label="c", base=visits, by=COUNT, entity="customer", **more, **SAID
        )

    assert measure(shop, [followed(rate=False)]).collect().item() == 4
    assert measure(shop, [followed(rate=False, within="12d")]).collect().item() == 2
    assert told(measure(shop, [followed()], ["customer"])) == [("a", 1.0), ("b", 2.0), ("d", None)]


def test_the_combinations_to_choose_from(shop: Lake):
    assert told(combinations(shop, AMOUNT, ["place"], {"customer": "b"})) == [("S",), (None,)]
    with pytest.raises(BadQuestion, match="has no rows of its own"):
        combinations(shop, derived("d", "amount", Input(AMOUNT)), ["place"])


def test_columns_stand_as_they_are_asked(shop: Lake):
    made_of = derived("twice", "2 * amount", Input(AMOUNT))
    asked = measure(shop, [COUNT, made_of, AIM, window(), AMOUNT], ["place", "day__month"])
    wanted = ["place", "day__month", "orders", "twice", "aim", "w", "amount"]
    assert asked.collect_schema().names() == wanted


def test_the_first_few_by_what_is_asked(shop: Lake):
    asked = measure(shop, [AMOUNT], ["customer"], order=["-amount"], limit=2)
    assert told(asked) == [("c", 32), ("b", 20)]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: metric("m", 1, when=("nobody",)),
        lambda: metric("m", 1, when=(), every_day=True),
        lambda: window(window="7d", to_date="month"),
        lambda: window(metric("m", 1, when=())),
        lambda: derived("d", "a + b", Input(AMOUNT, "a")),
        lambda: Offset("1d", "month"),
    ],
)
def test_what_contradicts_itself_is_refused_when_it_is_declared(wrong: Any):
    with pytest.raises(BadDeclaration):
        wrong()


def test_a_metric_that_is_moved_needs_a_calendar(shop: Lake):
    bare = metric("m", 1, dimensions=(Dimension("day", grain="day"),))
    with pytest.raises(BadDeclaration, match="needs a calendar"):
        measure(shop, [window(bare, window="7d")], ["day"])


@given(
    drawn=st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from(["N", "S", None]), st.integers(-9, 9)),
        min_size=1,
        max_size=30,
    )
)
def test_sums_over_any_dimension_are_the_whole(drawn: list[tuple[Any, ...]], tmp_path_factory):
    day = [date(2024, 1 + i % 3, 1) for i in range(len(drawn))]
    frame = pl.DataFrame(
        {
            "day": day,
            "customer": [row[0] for row in drawn],
            "place": [row[1] for row in drawn],
            "amount": [row[2] for row in drawn],
        },
        schema={name: SCHEMA[name] for name in ("day", "customer", "place", "amount")},
    )
    lake = made(tmp_path_factory.mktemp("any"), {"orders": frame})
    for by in (["customer"], ["place"], ["day__month"], ["day__quarter", "place", "customer"]):
        parts = measure(lake, [AMOUNT, COUNT], by).collect()
        assert parts["amount"].sum() == sum(row[2] for row in drawn)
        assert parts["orders"].sum() == len(drawn)
