"""The rules of the warehouse: clean data breaks none, and each fault breaks the one that it should.

On the published sample of the original layout, too, of which the defects are known.
"""

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from engine.claims.quality.rules import RULES
from engine.rules import RowRule
from engine.table_rules import BetweenRule
from tests.engine.claims.invented import Payer, payer

CLEAN = payer(claims=1_500, members=80)
CLAIM = CLEAN.claims.filter(pl.col("status") == "approved", pl.col("diagnosis_code") == "I10")


def broken(of: Payer, name: str) -> set[str]:
    """The words of the rules of a table that some row breaks."""
    tables = of.tables

    def count(rule) -> int:
        if isinstance(rule, RowRule):
            wrong = tables[name].filter(rule.broken())
        elif isinstance(rule, BetweenRule):
            wrong = rule.broken(tables[name], tables)
        else:
            wrong = rule.broken(tables[name])
        return wrong.collect().height

    return {rule.words for rule in RULES[name] if count(rule)}


def spoilt(name: str, key: str, value: str | None, **new: pl.Expr | object) -> Payer:
    """The clean payer with other values in one row (in all: None) of one of its tables."""
    field = {"fact_claim": "claims", "fact_enrollment": "enrollments", "dim_plan": "plans",
             "dim_provider": "providers", "dim_member": "members"}[name]  # fmt: skip
    frame = getattr(CLEAN, field)
    is_it = pl.lit(True) if value is None else pl.col(key) == value
    put = {n: v if isinstance(v, pl.Expr) else pl.lit(v, frame.schema[n]) for n, v in new.items()}
    changed = frame.with_columns(
        pl.when(is_it).then(v).otherwise(n).alias(n) for n, v in put.items()
    )
    return Payer(**{**CLEAN.__dict__, field: changed})


def test_there_are_more_than_twenty_rules_and_clean_data_breaks_none():
    assert sum(len(rules) for rules in RULES.values()) >= 40
    assert {name: broken(CLEAN, name) for name in RULES} == {name: set() for name in RULES}


ONE = CLAIM["claim_id"][0]
MALE = CLEAN.claims.join(CLEAN.members.filter(pl.col("gender") == "M"), on="member_id", how="semi")[
    "claim_id"
][0]
FACT_FAULTS = {
    "what is paid is no more than allowed": {"paid_cents": pl.col("billed_cents") + 1},
    "where `status` is denied or pending, `paid_cents`": {"status": "denied"},
    "an approved claim is PAID": {"clean_claim_out": None},
    "no claim is settled before": {"clean_claim_out": date(2020, 1, 1)},
    "`status` is one of": {"status": "lost"},
    "`billed_cents` is": {"billed_cents": 400_000_000},
    "every `member_id` + `plan_id` is in `fact_enrollment`": {"plan_id": "PLN20239999"},
    "the plan is one of the year": {"service_date": date(2022, 5, 1)},
    "every `member_sk` is in": {"member_sk": -1},
    "every `provider_sk` is in": {"provider_sk": -1},
    "every `plan_sk` is in": {"plan_sk": -1},
    "the diagnosis is one of the member's age": {"diagnosis_code": "P07.1"},
    "a claim of a drug names it": {"claim_type": "RX"},
    "the claim names the provider's own specialty": {"provider_specialty": "Neurology"},
    "where `channel` is IP, `units_days`": {"channel": "IP", "units_days": 0},
    "the sum of `allowed_cents` less `paid_cents`": {
        "billed_cents": 2_900_000_000_0, "allowed_cents": 2_900_000_000_0,
    },
    "`paid_cents` over `member_months`": {
        name: 9_000_000_000 for name in ("billed_cents", "allowed_cents", "paid_cents")
    },
}  # fmt: skip


@pytest.mark.parametrize(("words", "new"), FACT_FAULTS.items(), ids=FACT_FAULTS)
def test_a_fault_in_a_claim_breaks_the_rule_that_it_should(words: str, new: dict):
    assert any(words in said for said in broken(spoilt("fact_claim", "claim_id", ONE, **new),
                                                "fact_claim"))  # fmt: skip


def test_a_man_is_not_pregnant_and_a_newborn_is_not_grown_up():
    said = broken(spoilt("fact_claim", "claim_id", MALE, diagnosis_code="O80"), "fact_claim")
    assert any("the diagnosis is one of the member's sex" in words for words in said)
    # ICD-11 writes pregnancy with J, which in ICD-10 is the lungs.
    as_icd11 = broken(spoilt("fact_claim", "claim_id", MALE, diagnosis_code="JA80"), "fact_claim")
    lungs = broken(spoilt("fact_claim", "claim_id", MALE, diagnosis_code="J44.9"), "fact_claim")
    assert as_icd11 >= {w for w in said if "sex" in w} and lungs == set()


def test_a_reversal_is_in_order_and_the_same_claim_twice_is_not():
    back = {n: -pl.col(n) for n in ("billed_cents", "allowed_cents", "paid_cents")}
    assert broken(spoilt("fact_claim", "claim_id", ONE, **back), "fact_claim") == set()
    twice = CLEAN.claims.vstack(CLAIM.head(1).with_columns(claim_id=pl.lit("CLMX")))
    said = broken(Payer(**{**CLEAN.__dict__, "claims": twice}), "fact_claim")
    assert said == {"one row a member, provider, day, code and amount"}


OTHER_FAULTS: list[tuple[str, str, str, dict]] = [
    ("fact_enrollment", "at most one row of each `member_id` + `plan_id`",
     "ENR2023MBR00000", {"plan_id": "PLN20249999", "start_date": date(2023, 12, 31)}),
    ("fact_enrollment", "cover ends no earlier", "ENR2023MBR00000", {"end_date": date(2022, 1, 1)}),
    ("dim_plan", "the deductible is no more than", "PLN20230001",
     {"deductible_cents": 3_000_000_000}),
    ("dim_plan", "the median `premium_cents`", "PLN20230001", {"premium_cents": 199_000}),
    ("dim_provider", "the NPI ends in its check digit", "PRV00001", {"npi": "1234567890"}),
    ("dim_provider", "`npi` looks like", "PRV00001", {"npi": "5566009041"}),
    ("dim_member", "the region is the one", "MBR00000", {"state": "TX", "region": "West"}),
    ("dim_member", "the current version is", "MBR00000", {"is_current": False}),
    ("dim_member", "`gender` is one of", "MBR00000", {"gender": "X"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "words", "key", "new"), OTHER_FAULTS)
def test_a_fault_elsewhere_breaks_the_rule_that_it_should(name, words, key, new):
    column = {"fact_enrollment": "enrollment_id", "dim_plan": "plan_id",
              "dim_provider": "provider_id", "dim_member": "member_id"}[name]  # fmt: skip
    if words.startswith("at most one row"):
        # Two spans of one plan that share their last and first day.
        one = CLEAN.enrollments.filter(pl.col(column) == key)
        next_one = one.with_columns(
            enrollment_id=pl.lit("ENRX"), start_date=pl.col("end_date"),
            end_date=pl.col("end_date").dt.offset_by("10d"),
        )  # fmt: skip
        both = CLEAN.enrollments.vstack(next_one)
        said = broken(Payer(**{**CLEAN.__dict__, "enrollments": both}), name)
    else:
        said = broken(spoilt(name, column, key, **new), name)
    assert any(words in rule for rule in said), said


SHARED = Path(__file__).parents[3] / "../shared"
SAMPLE = SHARED / "real/claims/aca_health/claims.csv"


def test_the_published_sample_breaks_what_its_makers_say_and_no_more():
    """Given: no claim out of order, none twice, none paid that was not approved; 770 of drugs."""
    truth = SHARED / "claims/12-truth-for-aca-and-synthea-samples/truth.json"
    if not (SAMPLE.is_file() and truth.is_file()):
        pytest.skip("the published sample is not here: ../shared/real/claims/aca_health")
    given = pl.read_csv(SAMPLE, infer_schema_length=0).with_columns(
        (pl.col(f"{there}_amount").cast(pl.Decimal(14, 2)) * 100)
        .cast(pl.Int64)
        .alias(f"{here}_cents")
        for there, here in (("claim", "billed"), ("allowed", "allowed"), ("paid", "paid"))
    )
    dates = pl.col("service_date", "claim_from", "clean_claim_out").str.to_date(strict=False)
    claims = given.with_columns(dates, claim_count=pl.lit(1)).lazy()
    names = set(claims.collect_schema().names())
    judged = [rule for rule in RULES["fact_claim"] if names.issuperset(rule.columns)]
    counted = {
        rule.words: claims.filter(rule.broken()).collect().height
        if isinstance(rule, RowRule)
        else rule.broken(claims).collect().height
        for rule in judged
        if not isinstance(rule, BetweenRule)
    }
    known = json.loads(truth.read_text(encoding="utf-8"))["aca"]
    assert known["exact_duplicates_member_provider_date_cpt_amount"] == 0
    assert known["orders"] == {"paid_gt_allowed": 0, "allowed_gt_billed": 0, "nonapproved_paid": 0}
    of_drugs = "a claim of a drug names it and no procedure; others name a procedure or a group"
    assert {words for words, n in counted.items() if n} == {of_drugs}
    assert counted[of_drugs] == given.filter(pl.col("claim_type") == "RX").height == 770


def test_all_real_npis_end_in_their_check_digit():
    file = SHARED / "claims/10-nppes-providers/provider.csv.gz"
    if not file.is_file():
        pytest.skip("real providers are not here: ../shared/claims/10-nppes-providers")
    npis = pl.read_csv(file, infer_schema_length=0).select("npi").lazy()
    rules = [rule for rule in RULES["dim_provider"] if rule.columns == ("npi",)]
    assert npis.collect().height == 1_050 and len(rules) == 2
    assert [npis.filter(rule.broken()).collect().height for rule in rules] == [0, 0]
