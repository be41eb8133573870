"""The address of the claims page: what is read is written again, what is not there is said."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.claims.months import Stretch
from app.claims.tabs import TABS
from app.claims.view import AGAINST, Offered, View, read, usual

METRICS = {"pmpm_paid": ("metal_tier", "region", "plan_id"), "paid": ("metal_tier", "is_oon")}
OFFERED = Offered(
    METRICS,
    ("metal_tier", "region", "plan_id", "is_oon"),
    Stretch(date(2024, 1, 1), date(2025, 12, 1)),
)
MONTHS = st.sampled_from(OFFERED.months.months)


@st.composite
def views(draw: st.DrawFn) -> View:
    metric = draw(st.sampled_from(sorted(METRICS)))
    dimensions = st.sampled_from(METRICS[metric])
    first, last = sorted((draw(MONTHS), draw(MONTHS)))
    by = draw(st.one_of(st.just(""), dimensions))
    then = draw(st.one_of(st.just(""), dimensions))
    value = st.text("abc é&=:;+%-", min_size=1, max_size=6).map(str.strip).filter(bool)
    only = draw(st.dictionaries(dimensions, st.lists(value, min_size=1, max_size=3, unique=True)))
    return View(
        tab=draw(st.sampled_from([tab.name for tab in TABS])),
        metric=metric,
        by=by,
        then="" if then == by else then,
        period=Stretch(first, last),
        against=draw(st.sampled_from(sorted(AGAINST))),
        only=tuple(sorted((name, tuple(values)) for name, values in only.items())),
    )


@given(views())
def test_what_an_address_says_is_read_again(view: View):
    assert read(view.query(), OFFERED) == view


def test_a_bare_address_is_the_last_twelve_months_of_the_first_tab():
    view = read([], OFFERED)
    assert (view.tab, view.metric, view.by) == ("cost", "pmpm_paid", "metal_tier")
    assert view.period == Stretch(date(2025, 1, 1), date(2025, 12, 1))
    assert view.before == Stretch(date(2024, 1, 1), date(2024, 12, 1))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ([("metric", "pmpm_piad")], "no metric “pmpm_piad”"),
        ([("by", "colour")], "cannot be told by “colour”"),
        ([("from", "March")], "“March” is no month"),
        ([("from", "2019-01")], "January 2024 to December 2025"),
        ([("is_oon", "true")], "cannot be narrowed by"),
    ],
)
def test_what_is_not_there_is_left_out_and_said(query: list[tuple[str, str]], said: str):
    view = read(query, OFFERED)
    assert said in " ".join(view.notes)
    assert view.metric == "pmpm_paid" and view.only == ()


def test_months_the_wrong_way_round_are_turned():
    view = read([("from", "2025-06"), ("to", "2025-02")], OFFERED)
    assert view.period == Stretch(date(2025, 2, 1), date(2025, 6, 1))


def test_the_period_before_is_as_long():
    asked = [("from", "2025-03"), ("to", "2025-04"), ("against", "period")]
    assert read(asked, OFFERED).before == Stretch(date(2025, 1, 1), date(2025, 2, 1))


def test_one_filter_is_taken_off_and_the_others_stay():
    view = read([("metal_tier", "Gold"), ("metal_tier", "Silver"), ("region", "West")], OFFERED)
    left = view.without("metal_tier", "Gold")
    assert left.only == (("metal_tier", ("Silver",)), ("region", ("West",)))


def test_a_tab_opens_with_what_the_snapshot_has():
    for tab in TABS:
        view = usual(OFFERED, tab)
        assert view.metric in METRICS and view.by in ("", *METRICS[view.metric])
