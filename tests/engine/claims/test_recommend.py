"""Recommendation: filters, ties, reasons; better claims never lower a place; and the network."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from engine.claims.analytics.network import access, adequacy, leakage, panels
from engine.claims.analytics.recommend import PARTS, Need, recommended
from tests.engine.claims.invented import payer

PAYER = payer(providers=48, claims=12_000)
NEED = Need("Cardiology", until=date(2026, 1, 1), state="OH", diagnosis="I50")


def listed(claims: pl.DataFrame, need: Need = NEED) -> pl.DataFrame:
    return recommended(claims.lazy(), PAYER.providers.lazy(), need).collect()


LIST = listed(PAYER.claims)


def place(claims: pl.DataFrame, provider: str) -> int:
    return listed(claims).row(by_predicate=pl.col("provider_id") == provider, named=True)[
        "place_in_list"
    ]


def test_all_of_the_specialty_are_listed_with_a_score_and_why():
    heart = PAYER.providers.filter(pl.col("specialty") == "Cardiology")
    assert sorted(LIST["provider_id"]) == sorted(heart["provider_id"])
    assert LIST["score"].is_sorted(descending=True) and LIST["score"].is_between(0, 1).all()
    assert sum(part.weight for part in PARTS) == pytest.approx(1)
    first = LIST.row(0, named=True)
    assert first["score"] == pytest.approx(sum(first[p.name] * p.weight for p in PARTS))
    words = [part.words for part in PARTS]
    assert 0 < len(first["reasons"]) and set(first["reasons"]) <= set(words)
    cheap = LIST.sort("cost", descending=True).row(0, named=True)
    assert cheap["reasons"][0] == "costs less than expected for the same services"


def test_who_is_out_of_network_or_not_active_is_never_listed():
    best, second = LIST["provider_id"][:2]
    out = PAYER.claims.with_columns(
        is_oon=pl.when(pl.col("provider_id") == best).then(True).otherwise("is_oon")
    ).filter((pl.col("provider_id") != second) | (pl.col("service_year") < "2025"))
    left = listed(out)["provider_id"].to_list()
    assert best not in left and second not in left and len(left) == LIST.height - 2


def test_few_claims_come_last_and_are_called_so():
    best = LIST["provider_id"][0]
    nth = pl.col("claim_id").cum_count().over("provider_id", "service_year")
    few = PAYER.claims.filter((pl.col("provider_id") != best) | (nth <= 9))
    last = listed(few).row(-1, named=True)
    assert (last["provider_id"], last["claims"], last["data"]) == (best, 9, "limited data")


def test_equals_are_in_order_of_their_number():
    one = PAYER.claims.filter(pl.col("provider_id") == LIST["provider_id"][0])
    twins = [one.with_columns(provider_id=pl.lit(p)) for p in ("PRV00018", "PRV00002")]
    result = listed(pl.concat(twins), Need("Oncology", until=NEED.until))
    assert result["score"][0] == result["score"][1]
    assert result["provider_id"].to_list() == ["PRV00002", "PRV00018"]


BETTER = {
    "cheaper": {"allowed_cents": pl.col("allowed_cents") // 2},
    "approved": {"status": pl.lit("approved")},
    "quicker": {"clean_claim_out": pl.col("claim_from").dt.offset_by("1d")},
    "experienced": {"diagnosis_code": pl.lit("I50.9")},
    "in network": {"is_oon": pl.lit(False)},
}


@pytest.mark.parametrize("change", BETTER.values(), ids=BETTER)
@pytest.mark.parametrize("nth", [1, 5, 11])
def test_a_better_provider_never_comes_later(nth: int, change: dict[str, pl.Expr]):
    provider = LIST["provider_id"][nth]
    is_it = pl.col("provider_id") == provider
    better = PAYER.claims.with_columns(
        pl.when(is_it).then(v).otherwise(n).alias(n) for n, v in change.items()
    )
    assert place(better, provider) <= nth + 1


def test_half_of_the_first_six_stay_there_whichever_claims_are_drawn():
    """Twenty bootstrap samples of the claims: the list is made of providers, not of chance."""
    dice, kept = np.random.default_rng(1), []
    top = set(LIST["provider_id"][:6])
    recent = PAYER.claims.filter(pl.col("service_year") == "2025")
    for _ in range(20):
        drawn = recent[dice.integers(0, recent.height, recent.height)]
        kept.append(len(top & set(listed(drawn)["provider_id"][:6])) / 6)
    assert np.mean(kept) > 0.6


def test_the_network_of_a_state_is_counted_and_where_there_is_none_it_is_said():
    ohio = PAYER.members.filter(pl.col("state") == "OH").height
    found = adequacy(
        PAYER.claims.lazy(), PAYER.months.lazy(), PAYER.members.lazy(), PAYER.providers.lazy(),
        until=date(2026, 1, 1),
    )  # fmt: skip
    result = found.collect()
    # invented.py: specialty and state go by the same number, so cardiology is in Ohio only.
    heart = result.filter(pl.col("specialty") == "Cardiology")
    assert heart.select("state", "providers", "active").rows() == [
        ("CA", 0, 0), ("NY", 0, 0), ("OH", 12, 12), ("TX", 0, 0),
    ]  # fmt: skip
    assert heart.filter(pl.col("state") == "OH")["per_1000"].item() == 12_000 / ohio
    share = dict(access(found).select("specialty", "share").collect().rows())
    assert share["Cardiology"] == pytest.approx(ohio / 400)


def test_leakage_and_concentration_by_hand():
    claims = pl.LazyFrame(
        {
            "provider_specialty": ["X", "X", "X", "Y"],
            "provider_id": ["a", "a", "b", "c"],
            "allowed_cents": [50, 25, 25, 0],
            "is_oon": [True, None, False, True],
        }
    )
    # Shares of 75 and 25 percent: 5,625 + 625.
    assert leakage(claims).collect().rows() == [
        ("X", 2, 100, 50, 0.5, 6250.0), ("Y", 1, 0, 0, None, 0.0),
    ]  # fmt: skip


def test_panels_count_members_once():
    one = panels(PAYER.claims.lazy()).collect().row(0, named=True)
    own = PAYER.claims.filter(pl.col("provider_id") == one["provider_id"])
    approved = own.filter(pl.col("status") == "approved")
    days = (approved["clean_claim_out"] - approved["service_date"]).dt.total_days()
    assert one["members"] == len(set(own["member_id"])) and one["claims"] == own.height
    assert one["approval_share"] == pytest.approx(approved.height / own.height)
    assert one["days_to_pay"] == days.median()
