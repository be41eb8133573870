"""The metrics of that company, declared in our words: what MetricFlow's own checks are asked of.

Meanings are those of dbt-labs/metricflow's test manifests (simple, slowly changing, extended
dates); names are theirs, so that a question can name them.
"""

from dataclasses import replace
from functools import partial
from typing import Any

import polars as pl

from engine.derived import Conversion, Cumulative, Derived, Input, MeasuredDimension, Offset
from engine.dimension import Dimension
from engine.grain import Calendar, Grain
from engine.metric import AnyMetric, Metric, MetricWords, SemiAdditive

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
DAYS = Calendar("mf_time_spine", "ds", ("fiscal_quarter", "fiscal_year", "alien_day"))
of, instant = pl.sql_expr, pl.col("booking__is_instant")


def time(name: str, column: str, grain: Grain = "day", **where: Any) -> Dimension:
    return Dimension(name, pl.col(column), grain=grain, calendar=DAYS, **where)


def times(entity: str, column: str, grain: Grain = "day") -> tuple[Dimension, ...]:
    """When rows count: by the name that all metrics share, and by that of the table's own."""
    return (
        time("metric_time", column, grain),
        time(f"{entity}__{column}", column, grain),
    )


def simple(
    name: str, table: str, numerator: str, dims: tuple[Dimension, ...], **more: Any
) -> Metric:
    more.setdefault("when", ("metric_time", more.pop("counts_on")))
    return Metric(
        name=name, label=name, table=table, numerator=of(numerator), dimensions=dims, **SAID | more
    )


def derived(name: str, expression: str, *inputs: Input) -> Derived:
    return Derived(name=name, label=name, expression=of(expression), inputs=inputs, **SAID)


def cumulative(name: str, metric: Metric, **window: Any) -> Cumulative:
    return Cumulative(name=name, label=name, of=metric, **window, **SAID)


def ratio(name: str, above: Input, below: Input) -> Derived:
    """One over another, null where there is nothing below."""
    below = replace(below, name="below")
    return derived(name, "above / nullif(below, 0)", replace(above, name="above"), below)


def by_name(*metrics: AnyMetric) -> dict[str, AnyMetric]:
    return {metric.name: metric for metric in metrics}


# Dimensions that stand elsewhere, however a table comes to them.

_USER_OF_LISTING = Dimension("user", table="dim_listings_latest", on=("listing",))


def of_user(prefix: str, *via: Dimension) -> tuple[Dimension, ...]:
    there = {"table": "dim_users_latest", "on": ("user",), "via": via}
    return (
        Dimension(f"{prefix}__home_state_latest", **there),
        time(f"{prefix}__ds_latest", "ds", **there),
        Dimension(
            f"{prefix}__company_name", pl.col("company_name"), "dim_companies", ("user",), via=via
        ),
    )


def of_user_today(prefix: str, *via: Dimension) -> tuple[Dimension, ...]:
    """What the table of users says of a day, for rows that name that day."""
    there = {"table": "dim_users", "on": ("ds_partitioned", "user"), "via": via}
    grains: dict[str, Grain] = {
        "ds": "day",
        "created_at": "day",
        "last_profile_edit_ts": "second",
        "bio_added_ts": "second",
        "last_login_ts": "minute",
        "archived_at": "hour",
    }
    own = (time(f"{prefix}__{name}", name, grain, **there) for name, grain in grains.items())
    return (Dimension(f"{prefix}__home_state", pl.col("home_state"), **there), *own)


def _with_value(dimensions: tuple[Dimension, ...]) -> tuple[Dimension, ...]:
    """A dimension of another table is called by the entity and by the column."""
    return tuple(
        replace(d, value=pl.col(d.name.rpartition("__")[2])) if d.value is None else d
        for d in dimensions
    )


_LISTING = {"country_latest": "country", "is_lux_latest": "is_lux", "capacity_latest": "capacity"}


def of_listing(**there: Any) -> tuple[Dimension, ...]:
    return (
        *(Dimension(f"listing__{name}", pl.col(own), **there) for name, own in _LISTING.items()),
        time("listing__ds", "created_at", **there),
        time("listing__created_at", "created_at", **there),
    )


AT_LISTING = {"table": "dim_listings_latest", "on": ("listing",)}
LUX = Dimension(
    "listing__lux_listing", pl.col("lux_listing"), "dim_lux_listing_id_mapping", ("listing",)
)
VIA_LISTING = _with_value(
    (
        *of_listing(**AT_LISTING),
        *of_user("user", _USER_OF_LISTING),
        *of_user("listing__user", _USER_OF_LISTING),
        Dimension("listing__user", pl.col("user"), **AT_LISTING),
        LUX,
    )
)
OF_USER = _with_value(of_user("user"))
BOOKED = (
    time("booking__ds", "ds"),
    time("booking__paid_at", "paid_at"),
    time("booking__ds_partitioned", "ds_partitioned"),
    Dimension("booking__is_instant", pl.col("is_instant")),
    *(Dimension(name) for name in ("listing", "guest", "host")),
)
BOOKING = (
    time("metric_time", "ds"),
    *BOOKED,
    *VIA_LISTING,
    *of_user_today("user", _USER_OF_LISTING),
    *of_user_today("listing__user", _USER_OF_LISTING),
)
PAYMENT = (time("metric_time", "paid_at"), *BOOKING[1:])

# Bookings

booked = partial(simple, table="fct_bookings", dims=BOOKING, counts_on="booking__ds")
BOOKINGS = booked("bookings", numerator="1")
INSTANT = booked("instant_bookings", numerator="cast(is_instant as int)")
VALUE = booked("booking_value", numerator="booking_value")
MAX_VALUE = booked("max_booking_value", numerator="booking_value", aggregation="max")
MIN_VALUE = booked("min_booking_value", numerator="booking_value", aggregation="min")
BOOKERS = booked("bookers", numerator="guest", aggregation="count_distinct")
AVERAGE = booked("average_booking_value", numerator="booking_value", aggregation="average")
REFERRED = booked("referred_bookings", numerator="referrer_id", aggregation="count")
MEDIAN = booked("median_booking_value", numerator="booking_value", aggregation="percentile")
P99 = partial(booked, numerator="booking_value", aggregation="percentile", quantile=0.99)
PAYMENTS = simple(
    "booking_payments", "fct_bookings", "booking_value", PAYMENT, counts_on="booking__paid_at"
)
INSTANT_VALUE = replace(VALUE, name="instant_booking_value", only=instant)
EVERY_DAY = replace(BOOKINGS, name="bookings_join_to_time_spine", every_day=True)
FILLED = replace(BOOKINGS, name="bookings_fill_nulls_with_0", every_day=True, fill=0, grain="week")
FILLED_WHERE_OTHERS_HAVE = replace(
    BOOKINGS, name="bookings_fill_nulls_with_0_without_time_spine", fill=0
)
TIERED = replace(
    EVERY_DAY,
    name="bookings_join_to_time_spine_with_tiered_filters",
    only=of("metric_time__day = cast('2020-01-02' as date)"),
)
INSTANT_EVERY_DAY = replace(
    EVERY_DAY,
    name="instant_bookings_with_measure_filter",
    only=instant & pl.col("listing").is_not_null(),
)

# Views, listings, accounts, revenue, visits, buys, users

VIEWED = (
    *times("view", "ds"),
    time("view__ds_partitioned", "ds_partitioned"),
    *(Dimension("listing"), Dimension("user")),
    *(d for d in VIA_LISTING if not d.name.startswith("user__")),
    *OF_USER,
    *of_user_today("user"),
)
VIEWS = simple("views", "fct_views", "1", VIEWED, counts_on="view__ds")
ACCOUNT = (
    *times("account", "ds"),
    time("account__ds_month", "ds_month", "month"),
    Dimension("account__account_type", pl.col("account_type")),
    Dimension("user"),
    *OF_USER,
)
account = partial(
    simple, table="fct_accounts", numerator="account_balance", dims=ACCOUNT, counts_on="account__ds"
)
BALANCE = account("account_balance")
FIRST_DAY = account("total_account_balance_first_day", balance=SemiAdditive("account__ds", "first"))
CURRENT = account(
    "current_account_balance_by_user", balance=SemiAdditive("account__ds", "last", ("user",))
)
FIRST_OF_MONTH = account(
    "total_account_balance_first_day_of_month",
    dims=(time("metric_time", "ds_month", "month"), *ACCOUNT[1:]),
    counts_on="account__ds_month",
    balance=SemiAdditive("account__ds_month", "first"),
)
EARNED = (
    time("metric_time", "created_at"),
    time("revenue_instance__ds", "created_at"),
    Dimension("user"),
    *OF_USER,
)
REVENUE = simple("revenue", "fct_revenue", "revenue", EARNED, counts_on="revenue_instance__ds")
VISITED = (
    *times("visit", "ds"),
    Dimension("visit__referrer_id", pl.col("referrer_id")),
    *(Dimension("user"), Dimension("session")),
    *OF_USER,
)
VISITS = simple("visits", "fct_visits", "1", VISITED, aggregation="count", counts_on="visit__ds")
VISITORS = simple(
    "visitors", "fct_visits", '"user"', VISITED, aggregation="count_distinct", counts_on="visit__ds"
)
BOUGHT = (
    *times("buy", "ds"),
    time("buy__ds_month", "ds_month", "month"),
    *(Dimension("user"), Dimension("session")),
    *OF_USER,
)
BUYS = simple("buys", "fct_buys", "1", BOUGHT, aggregation="count", counts_on="buy__ds")
BUYS_MONTH = replace(
    BUYS,
    name="buys_month",
    dimensions=(time("metric_time", "ds_month", "month"), *BOUGHT[1:]),
    when=("metric_time", "buy__ds_month"),
)
BUYERS = replace(BUYS, name="buyers", numerator=pl.col("user"), aggregation="count_distinct")
LISTED = (
    time("metric_time", "created_at"),
    *of_listing(),
    *(Dimension("listing"), Dimension("user"), LUX),
    *OF_USER,
    *_with_value(of_user("listing__user")),
    *(
        MeasuredDimension(
            f"{metric.name}_of_listing", pl.col(metric.name), on=("listing",), of=metric
        )
        for metric in (BOOKINGS, BOOKERS, VIEWS, VALUE, INSTANT)
    ),
)
_PER_BOOKER = ratio("bookings_per_booker", Input(BOOKINGS), Input(BOOKERS))
LISTED += (
    MeasuredDimension(
        "bookings_per_booker_of_listing", pl.col(_PER_BOOKER.name), on=("listing",), of=_PER_BOOKER
    ),
)
listed = partial(simple, table="dim_listings_latest", dims=LISTED, counts_on="listing__ds")
LISTINGS = listed("listings", numerator="1")
LUX_LISTINGS = replace(LISTINGS, name="lux_listings", only=pl.col("listing__is_lux_latest"))
JOINED = (
    time("metric_time", "created_at"),
    *(time(f"user__{name}", name) for name in ("created_at", "ds", "ds_partitioned")),
    Dimension("user__home_state", pl.col("home_state")),
    Dimension("user"),
    time("user__archived_at", "archived_at", "hour"),
    time("user__last_login_ts", "last_login_ts", "minute"),
    *OF_USER,
)
NEW_USERS = simple("new_users", "dim_users", "1", JOINED, counts_on="user__created_at")
ARCHIVED = simple(
    "archived_users",
    "dim_users",
    "1",
    (time("metric_time", "archived_at", "hour"), *JOINED[1:]),
    counts_on="user__archived_at",
)

# Made of those

ALL_TIME = cumulative("revenue_all_time", REVENUE, told="last")
TWO_MONTHS = cumulative("trailing_2_months_revenue", REVENUE, window="2mo", told="average")
TWO_DAYS = cumulative("every_two_days_bookers", BOOKERS, window="2d")
WEEK_OF_BOOKINGS = cumulative("trailing_7_days_bookings", BOOKINGS, window="7d")
BOOKINGS_EVER = cumulative("bookings_all_time", BOOKINGS)
MONTH_START, YEAR_START = Offset(start="month"), Offset(start="year")
_ever_month = Input(BOOKINGS_EVER, "at_start", offset=MONTH_START)
_ever_year = Input(BOOKINGS_EVER, "at_start", offset=YEAR_START)
_a_month_ago = Input(BOOKINGS, "bookings_1_month_ago", offset=Offset("1mo"))
_a_year_ago = Input(BOOKINGS, "bookings_1_year_ago", offset=Offset("1y"))
_two_weeks_ago = Input(BOOKINGS, "bookings_2_weeks_ago", offset=Offset("14d"))
_alien_day_ago = Input(BOOKINGS, "bookings_offset", offset=Offset("1 alien_day"))
_month_start = Input(BOOKINGS, "bookings_at_start_of_month", offset=MONTH_START)
_lux = pl.col("listing__is_lux_latest")
BY_USER = {"base": VISITS, "entity": "user", "label": "Bought", **SAID}
NOT_REFERRED = derived(
    "non_referred_bookings_pct",
    "(bookings - referred_bookings) / bookings",
    *(Input(REFERRED), Input(BOOKINGS)),
)
LUX_RATE = derived(
    "lux_booking_value_rate_expr",
    "average_booking_value * bookings / nullif(booking_value, 0)",
    *(Input(AVERAGE, only=_lux), Input(BOOKINGS, only=_lux), Input(VALUE)),
)
FEES = derived("booking_fees", "booking_value * 0.05", Input(VALUE))
LESS_INSTANT = derived(
    "booking_value_sub_instant",
    "booking_value - instant_booking_value",
    *(Input(VALUE), Input(INSTANT_VALUE)),
)
ONCE = derived("bookings_offset_once", "2 * bookings", Input(BOOKINGS, offset=Offset("5d")))
TWICE_FILLED = derived(
    "twice_bookings_fill_nulls_with_0_without_time_spine",
    "2 * bookings",
    Input(FILLED_WHERE_OTHERS_HAVE, "bookings"),
)

SIMPLE = by_name(
    *(BOOKINGS, INSTANT, VALUE, MAX_VALUE, MIN_VALUE, BOOKERS, AVERAGE, REFERRED, MEDIAN, PAYMENTS),
    P99("booking_value_p99"),
    P99("discrete_booking_value_p99", discrete=True),
    P99("approximate_continuous_booking_value_p99"),
    P99("approximate_discrete_booking_value_p99", discrete=True),
    *(INSTANT_VALUE, EVERY_DAY, FILLED, FILLED_WHERE_OTHERS_HAVE, TIERED, INSTANT_EVERY_DAY),
    replace(AVERAGE, name="average_instant_booking_value", only=instant),
    replace(
        VALUE, name="booking_value_for_non_null_listing_id", only=pl.col("listing").is_not_null()
    ),
    *(VIEWS, BALANCE, FIRST_DAY, CURRENT, FIRST_OF_MONTH, REVENUE, VISITS, VISITORS, BUYS, BUYERS),
    *(BUYS_MONTH, LISTINGS, LUX_LISTINGS, NEW_USERS, ARCHIVED),
    listed("smallest_listing", numerator="capacity", aggregation="min"),
    listed("largest_listing", numerator="capacity", aggregation="max", grain="month"),
    replace(LISTINGS, name="active_listings", only=pl.col("bookings_of_listing") > 2),
    replace(ARCHIVED, name="simple_subdaily_metric_default_day", grain="day"),
    replace(ARCHIVED, name="simple_subdaily_metric_default_hour", grain="hour"),
    *(ALL_TIME, TWO_MONTHS, TWO_DAYS, WEEK_OF_BOOKINGS, BOOKINGS_EVER),
    cumulative("revenue_mtd", REVENUE, to_date="month"),
    cumulative(
        "trailing_2_months_revenue_with_filter",
        replace(REVENUE, name="r", only=pl.col("user__home_state_latest") == "CA"),
        window="2mo",
    ),
    cumulative(
        "every_two_days_bookers_fill_nulls_with_0",
        replace(BOOKERS, name="b", every_day=True, fill=0),
        window="2d",
    ),
    *(FEES, _PER_BOOKER, NOT_REFERRED, LUX_RATE, LESS_INSTANT, ONCE, TWICE_FILLED),
    derived(
        "booking_fees_per_booker",
        "booking_value * 0.05 / nullif(bookers, 0)",
        *(Input(VALUE), Input(BOOKERS)),
    ),
    derived(
        "booking_fees_last_week_per_booker_this_week",
        "booking_value * 0.05 / nullif(bookers, 0)",
        *(Input(VALUE, offset=Offset("1w")), Input(BOOKERS)),
    ),
    derived("views_times_booking_value", "booking_value * views", Input(VALUE), Input(VIEWS)),
    ratio("bookings_per_view", Input(BOOKINGS), Input(VIEWS)),
    ratio("bookings_per_listing", Input(BOOKINGS), Input(LISTINGS)),
    ratio("bookings_per_dollar", Input(BOOKINGS), Input(VALUE)),
    ratio("booking_value_per_view", Input(VALUE), Input(VIEWS)),
    ratio("instant_booking_value_ratio", Input(VALUE, only=instant), Input(VALUE)),
    ratio("instant_booking_fraction_of_max_value", Input(AVERAGE, only=instant), Input(MAX_VALUE)),
    ratio("lux_booking_fraction_of_max_value", Input(AVERAGE, only=_lux), Input(MAX_VALUE)),
    ratio("bookings_per_lux_listing_derived", Input(BOOKINGS), Input(LISTINGS, only=_lux)),
    derived("instant_lux_booking_value_rate", "r", Input(LUX_RATE, "r", only=instant)),
    ratio(
        "regional_starting_balance_ratios",
        Input(FIRST_DAY, only=pl.col("user__home_state_latest").is_in(["CA", "HI", "WA"])),
        Input(FIRST_DAY, only=pl.col("user__home_state_latest").is_in(["MD", "NY", "TX"])),
    ),
    derived("double_counted_delayed_bookings", "bookings * 2", Input(BOOKINGS, only=~instant)),
    derived(
        "booking_value_sub_instant_add_10",
        "booking_value_sub_instant + 10",
        Input(LESS_INSTANT),
    ),
    derived(
        "instant_plus_non_referred_bookings_pct",
        "non_referred_bookings_pct + instant_bookings / bookings",
        *(Input(NOT_REFERRED), Input(INSTANT), Input(BOOKINGS)),
    ),
    derived("trailing_2_months_revenue_sub_10", "t - 10", Input(TWO_MONTHS, "t")),
    derived(
        "bookings_growth_2_weeks",
        "bookings - bookings_2_weeks_ago",
        Input(BOOKINGS),
        _two_weeks_ago,
    ),
    derived(
        "bookings_growth_2_weeks_fill_nulls_with_0",
        "a - b",
        *(Input(FILLED, "a"), Input(FILLED, "b", offset=Offset("14d"))),
    ),
    derived(
        "bookings_growth_2_weeks_fill_nulls_with_0_for_non_offset",
        "a - bookings_2_weeks_ago",
        *(Input(FILLED, "a"), _two_weeks_ago),
    ),
    derived(
        "bookings_growth_since_start_of_month",
        "bookings - bookings_at_start_of_month",
        *(Input(BOOKINGS), _month_start),
    ),
    derived("bookings_at_start_of_month", "bookings_at_start_of_month", _month_start),
    derived("bookings_all_time_at_start_of_month", "at_start", _ever_month),
    derived("bookings_all_time_at_start_of_year", "at_start", _ever_year),
    derived(
        "bookings_since_start_of_month",
        "ever - at_start",
        Input(BOOKINGS_EVER, "ever"),
        _ever_month,
    ),
    derived(
        "bookings_since_start_of_year", "ever - at_start", Input(BOOKINGS_EVER, "ever"), _ever_year
    ),
    derived(
        "bookings_month_start_compared_to_1_month_prior",
        "bookings_at_start_of_month - bookings_1_month_ago",
        *(_month_start, _a_month_ago),
    ),
    derived("bookings_5_day_lag", "bookings", Input(BOOKINGS, offset=Offset("5d"))),
    derived("every_2_days_bookers_2_days_ago", "b", Input(TWO_DAYS, "b", offset=Offset("2d"))),
    derived("bookings_offset_twice", "2 * b", Input(ONCE, "b", offset=Offset("2d"))),
    derived("bookings_offset_alien_day", "2 * bookings_offset", _alien_day_ago),
    derived("bookings_offset_one_alien_day", "bookings_offset", _alien_day_ago),
    derived(
        "bookings_alien_day_over_alien_day",
        "bookings - bookings_offset / nullif(bookings_offset, 0)",
        *(Input(BOOKINGS), _alien_day_ago),
    ),
    derived(
        "booking_fees_since_start_of_month",
        "booking_fees - at_start",
        *(Input(FEES), Input(FEES, "at_start", offset=MONTH_START)),
    ),
    derived("bookings_1_month_ago", "bookings_1_month_ago", _a_month_ago),
    derived("bookings_1_year_ago", "bookings_1_year_ago", _a_year_ago),
    derived(
        "bookings_mom",
        "(bookings - bookings_1_month_ago) / nullif(bookings_1_month_ago, 0)",
        *(Input(BOOKINGS), _a_month_ago),
    ),
    derived(
        "bookings_yoy",
        "(bookings - bookings_1_year_ago) / nullif(bookings_1_year_ago, 0)",
        *(Input(BOOKINGS), _a_year_ago),
    ),
    derived(
        "trailing_7_days_bookings_offset_1_week",
        "b",
        Input(WEEK_OF_BOOKINGS, "b", offset=Offset("1w")),
    ),
    derived("derived_bookings_0", "bookings", Input(BOOKINGS)),
    derived("derived_bookings_1", "bookings", Input(BOOKINGS)),
    derived("nested_fill_nulls_without_time_spine", "3 * b", Input(TWICE_FILLED, "b")),
    derived("derived_shared_alias_1a", "b - 10", Input(BOOKINGS, "b")),
    derived("derived_shared_alias_1b", "b - 100", Input(BOOKINGS, "b")),
    derived("derived_shared_alias_2", "b + 10", Input(INSTANT, "b")),
    derived(
        "test_simple_derived_metric",
        "bookings + referred_bookings + instant_bookings + booking_value",
        *map(Input, (BOOKINGS, REFERRED, INSTANT, VALUE)),
    ),
    ratio(
        "popular_listing_bookings_per_booker",
        *(Input(LISTINGS, only=pl.col("views_of_listing") > 10) for _ in range(2)),
    ),
    Conversion(name="visit_buy_conversion_rate", by=BUYS, **BY_USER),
    Conversion(name="visit_buy_conversion_rate_7days", by=BUYS, within="7d", **BY_USER),
    Conversion(
        name="visit_buy_conversions",
        by=replace(BUYS, fill=0),
        within="7d",
        rate=False,
        **BY_USER,
    ),
    Conversion(
        name="visit_buy_conversion_rate_with_monthly_conversion",
        by=BUYS_MONTH,
        within="1mo",
        **BY_USER,
    ),
    Conversion(
        name="visit_buy_conversion_rate_7days_fill_nulls_with_0",
        by=replace(BUYS, fill=0, every_day=True),
        within="7d",
        **BY_USER | {"base": replace(VISITS, fill=0, every_day=True)},
    ),
    Conversion(
        name="visit_buy_conversion_rate_with_filter",
        by=BUYS,
        within="7d",
        **BY_USER | {"base": replace(VISITS, only=pl.col("visit__referrer_id") == "fb_ad_1")},
    ),
)

# Listings that keep history

_AS_OF = {"on": ("listing",), "as_of": "ds"}
_OWNER = Dimension("user", table="dim_listings", **_AS_OF)
_LUX_ID = Dimension("lux_listing", table="dim_lux_listing_id_mapping", on=("listing",))
KEPT = (
    time("metric_time", "ds"),
    *BOOKED,
    *(
        Dimension(f"listing__{name}", pl.col(name), "dim_listings", **_AS_OF)
        for name in ("country", "is_lux", "capacity")
    ),
    Dimension("listing__user", pl.col("user"), "dim_listings", **_AS_OF),
    *_with_value(of_user("listing__user", _OWNER)),
    Dimension("listing__lux_listing", pl.col("lux_listing"), _LUX_ID.table, ("listing",)),
    Dimension(
        "listing__lux_listing__is_confirmed_lux",
        pl.col("is_confirmed_lux"),
        "dim_lux_listings",
        ("lux_listing",),
        as_of="ds",
        via=(_LUX_ID,),
    ),
)
SCD_BOOKINGS = replace(BOOKINGS, dimensions=KEPT)
SCD = by_name(
    SCD_BOOKINGS,
    *(replace(metric, dimensions=KEPT) for metric in (INSTANT, VALUE, BOOKERS, AVERAGE)),
    replace(SCD_BOOKINGS, name="family_bookings", only=pl.col("listing__capacity") > 2),
    replace(
        SCD_BOOKINGS,
        name="potentially_lux_bookings",
        only=pl.col("listing__is_lux") | pl.col("listing__is_lux").is_null(),
    ),
)

# A year of days

_CREATED = time(
    "listing__ds", "listing_creation_ds", table="dim_listings_extended", on=("listing",)
)
EXTENDED_DAYS = (*times("booking", "ds"), Dimension("listing"), _CREATED)
EXTENDED_MONTHS = (*times("booking_monthly", "ds", "month"), Dimension("listing"), _CREATED)
DAILY = simple("bookings", "fct_bookings_extended", "1", EXTENDED_DAYS, counts_on="booking__ds")
MONTHLY = simple(
    "bookings_monthly",
    "fct_bookings_extended_monthly",
    "bookings_monthly",
    EXTENDED_MONTHS,
    counts_on="booking_monthly__ds",
)
EXTENDED = by_name(
    DAILY,
    replace(
        DAILY,
        name="unique_listings_booked",
        numerator=pl.col("listing"),
        aggregation="count_distinct",
    ),
    MONTHLY,
    cumulative("weekly_bookers", DAILY, window="7d"),
    cumulative("trailing_3_months_bookings", MONTHLY, window="3mo"),
    derived("bookings_last_month", "b", Input(MONTHLY, "b", offset=Offset("1mo"))),
    ratio("monthly_bookings_to_daily_bookings", Input(DAILY), Input(MONTHLY)),
)
MODELS = {"SIMPLE_MODEL": SIMPLE, "SCD_MODEL": SCD, "EXTENDED_DATE_MODEL": EXTENDED}
