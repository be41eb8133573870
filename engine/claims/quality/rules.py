"""What the tables of the warehouse must be: rules by table, taken by its contracts.

Structure (types, what is always given, one row a key) is said by the columns of the contracts
themselves; these come after it. Most are warnings: what a payer's file says of a claim stays as
it is, and is asked about. A rule that fails is one on which numbers rest; one row in a hundred may
still break it. The numbers are those of the list that the claims team keeps.
"""

from datetime import date

import polars as pl

from engine.between_rules import Beside, Ended, RatioBetween, SumNoMoreThan
from engine.claims.quality.care_limits import OLDEST, age_on, suits_age, suits_sex
from engine.claims.quality.census_regions import REGION_OF
from engine.rules import Between, CheckDigit, Holds, Matches, RowRule, When
from engine.table_rules import (
    BetweenRule,
    NoGap,
    NoOverlap,
    References,
    Rising,
    Sum,
    TableRule,
    Unique,
)

Rules = tuple[RowRule | TableRule | BetweenRule, ...]

TIERS = ("Bronze", "Silver", "Gold", "Platinum")
MOST_BILLED_CENTS = 300_000_000
PREMIUM_CENTS = (5_000, 200_000)
PMPM_CENTS = (0, 500_000)
LAST_DAY = date(9999, 12, 31)
_FEW = 0.01


def _is_one_of(column: str, *words: str) -> Holds:
    sentence = f"`{column}` is one of {', '.join(words)}"
    return Holds(sentence, lambda: pl.col(column).is_in(list(words)), severity="warn")


def _is_between(column: str, low: int, high: int) -> Holds:
    between = Between(low, high)
    return Holds(
        f"`{column}` {between.words}",
        lambda: pl.col(column).is_between(low, high),
        severity="warn",
    )


def _in_form(column: str, pattern: str, example: str) -> Holds:
    form = Matches(pattern, example)
    return Holds(f"`{column}` {form.words}", lambda: ~form.broken(column), severity="warn")


def _in_order() -> pl.Expr:
    paid, allowed, billed = (pl.col(f"{n}_cents") for n in ("paid", "allowed", "billed"))
    # A reversal takes back what was paid: all three are negative, and the order is that of sizes.
    is_one_way = (pl.min_horizontal(paid, allowed, billed) >= 0) | (
        pl.max_horizontal(paid, allowed, billed) <= 0
    )
    # An adjustment changes a payment alone, and counts as no claim.
    is_adjustment = pl.col("claim_count") == 0
    return is_adjustment | is_one_way & (paid.abs() <= allowed.abs()) & (
        allowed.abs() <= billed.abs()
    )


def _is_settled() -> pl.Expr:
    is_paid = pl.col("status") == "approved"
    says_so = (pl.col("clean_claim_status") == "PAID") & pl.col("clean_claim_out").is_not_null()
    is_open = (pl.col("clean_claim_status") != "PAID") & pl.col("clean_claim_out").is_null()
    return pl.when(is_paid).then(says_so).otherwise(is_open)


def _has_what_was_given() -> pl.Expr:
    drug, codes = pl.col("drug_name"), ("cpt", "procedure_code")
    # A file writes N/A, or leaves it out, where there is no procedure.
    has_code = pl.any_horizontal(
        (pl.col(c).is_not_null() & ~pl.col(c).is_in(["N/A", ""])).fill_null(False) for c in codes
    )
    has_drg = (pl.col("claim_type") == "Facility") & pl.col("ms_drg").is_not_null()
    return (
        pl.when(pl.col("claim_type") == "RX")
        .then(drug.is_not_null() & ~has_code)
        .otherwise(has_code | has_drg)
    )


def _beside_member(sentence: str, brings: tuple[str, ...], that: pl.Expr) -> Beside:
    rule = Holds(sentence, lambda: that)
    return Beside(("member_sk",), "dim_member", brings, rule, severity="warn")


_AGE = age_on(pl.col("service_date"), pl.col("there_dob"))
_SPECIALTY = pl.col("provider_specialty")

CLAIM_RULES: Rules = (
    # 1 to 4: amounts and status
    Holds("what is paid is no more than allowed, and that no more than billed", _in_order,
          allow=_FEW),
    When("status", ("denied", "pending"), "paid_cents", Between(0, 0), allow=_FEW),
    Holds("an approved claim is PAID and says when; others are not, and say no day",
          _is_settled, severity="warn"),
    Holds("no claim is settled before it begins",
          lambda: pl.col("clean_claim_out") >= pl.col("claim_from"), severity="warn"),
    _is_one_of("status", "approved", "denied", "pending"),
    _is_between("billed_cents", -MOST_BILLED_CENTS, MOST_BILLED_CENTS),
    # 5 and 6: cover
    References(("member_id", "plan_id"), "fact_enrollment", as_of="service_date",
               start="start_date", end="end_date", last=True, allow=_FEW),
    Beside(("plan_sk",), "dim_plan", ("effective_year",),
           Holds("the plan is one of the year of the service",
                 lambda: pl.col("service_date").dt.year() == pl.col("there_effective_year")),
           severity="warn"),
    References(("member_sk",), "dim_member"),
    References(("provider_sk",), "dim_provider"),
    References(("plan_sk",), "dim_plan"),
    # 9 and 10: whom and what it is for
    _beside_member(f"the member is between 0 and {OLDEST} years old", ("dob",),
                   _AGE.is_between(0, OLDEST)),
    _beside_member("the diagnosis is one of the member's sex", ("gender",),
                   suits_sex(pl.col("diagnosis_code"), pl.col("there_gender"))),
    _beside_member("the diagnosis is one of the member's age", ("dob",),
                   suits_age(pl.col("diagnosis_code"), _AGE)),
    Holds("a claim of a drug names it and no procedure; others name a procedure or a group",
          _has_what_was_given, severity="warn"),
    # 14 and 15
    Unique(("member_id", "provider_id", "service_date", "cpt", "procedure_code", "drug_name",
            "billed_cents"), of="member, provider, day, code and amount", severity="warn"),
    Beside(("provider_sk",), "dim_provider", ("specialty",),
           Holds("the claim names the provider's own specialty, but for drugs",
                 lambda: (pl.col("claim_type") == "RX")
                 | (_SPECIALTY == pl.col("there_specialty"))),
           severity="warn"),
    # 17 to 19
    SumNoMoreThan(("plan_id", "service_year"), "dim_plan", "allowed_cents", "oop_max_cents",
                  to=("plan_id", "effective_year"), less="paid_cents", by=("member_id",),
                  when=("status", ("approved",)), severity="warn"),
    When("channel", ("IP",), "units_days", Between(1), severity="warn"),
    RatioBetween(("plan_id", "service_year"), "member_month", "paid_cents", "member_months",
                 Between(*PMPM_CENTS), to=("plan_id", "year"), enough=12, severity="warn"),
)  # fmt: skip

ENROLLMENT_RULES: Rules = (
    # 7 and 8
    Holds("cover ends no earlier than it begins",
          lambda: pl.col("start_date") <= pl.col("end_date")),
    NoOverlap(("member_id", "plan_id"), "start_date", "end_date", last=True, severity="warn"),
    Ended(("member_id", "plan_id"), "fact_enrollment", "start_date", "end_date", last=True,
          severity="warn"),
    _is_between("premium_cents", 0, PREMIUM_CENTS[1]),
    _is_one_of("csr_variant", "none", "73", "87", "94"),
    References(("member_sk",), "dim_member"),
    References(("plan_sk",), "dim_plan"),
)  # fmt: skip

PLAN_RULES: Rules = (
    # 11 and 12
    Holds("the deductible is no more than the most out of pocket",
          lambda: pl.col("deductible_cents") <= pl.col("oop_max_cents"), severity="warn"),
    Rising("premium_cents", "metal_tier", TIERS, by=("effective_year",), severity="warn"),
    _is_one_of("metal_tier", *TIERS),
    _is_between("premium_cents", *PREMIUM_CENTS),
    Holds("the member's share after the deductible is from 0 to 1",
          lambda: pl.col("coinsurance_rate").is_between(0, 1), severity="warn"),
)  # fmt: skip

PROVIDER_RULES: Rules = (
    # 13
    _in_form("npi", "[12][0-9]{9}", "1234567893"),
    Holds("the NPI ends in its check digit",
          lambda: ~CheckDigit(before="80840").broken("npi"), severity="warn"),
    _in_form("state", "[A-Z]{2}", "OH"),
)  # fmt: skip

MEMBER_RULES: Rules = (
    # 20
    Holds("the region is the one that the state lies in",
          lambda: pl.col("region")
          == pl.col("state").replace_strict(REGION_OF, default=None, return_dtype=pl.String),
          severity="warn"),
    _is_one_of("gender", "F", "M", "O"),
    _is_one_of("plan_metal", *TIERS),
    _is_one_of("plan_network_access_type", "HMO", "EPO", "PPO", "POS"),
    _is_one_of("clinical_segment", "Healthy", "Chronic", "Behavioral", "Maternity", "Complex"),
    _is_between("wisconsin_area_deprivation_index", 1, 10),
)  # fmt: skip


def _history(*key: str) -> Rules:
    """16: one current version at most, which is the last one, and none missing between two."""
    return (
        Sum("is_current", Between(0, 1), by=key),
        Holds("the current version is the one that has not ended",
              lambda: pl.col("is_current") == (pl.col("valid_to") == LAST_DAY)),
        # A key that was told as deleted and came back has a gap.
        NoGap(key, severity="warn"),
    )  # fmt: skip


RULES: dict[str, Rules] = {
    "fact_claim": CLAIM_RULES,
    "fact_enrollment": ENROLLMENT_RULES,
    "dim_plan": (*_history("plan_id", "effective_year"), *PLAN_RULES),
    "dim_provider": (*_history("provider_id"), *PROVIDER_RULES),
    "dim_member": (*_history("member_id"), *MEMBER_RULES),
}
"""The rules of each table, beside those that its contract has of itself."""
