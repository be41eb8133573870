"""Faults put into claims by a seed, each with the subjects that its rule should then name.

Used by the tests on an invented payer, and by the bench on that of the demonstration.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from engine.claims.analytics.claim_anomalies import (
    duplicates,
    impossible,
    odd_amounts,
    odd_units,
    too_many_a_day,
    uncovered,
)
from engine.claims.analytics.provider_anomalies import odd_providers
from engine.claims.analytics.trend_anomalies import odd_trends
from engine.claims.quality.care_limits import age_on

Tables = Mapping[str, pl.LazyFrame]
Rule = Callable[[Tables], pl.LazyFrame]

RULES: dict[str, Rule] = {
    "A1 amount": lambda t: odd_amounts(t["fact_claim"]),
    "A2 duplicate": lambda t: duplicates(t["fact_claim"]),
    "A3 cover": lambda t: uncovered(t["fact_claim"], t["fact_enrollment"]),
    "A4 impossible": lambda t: impossible(t["fact_claim"], t["dim_member"], t["dim_provider"]),
    "A5 units": lambda t: odd_units(t["fact_claim"]),
    "A6 provider": lambda t: odd_providers(t["fact_claim"], t["dim_provider"]),
    "A7 pace": lambda t: too_many_a_day(t["fact_claim"]),
    "A8 trend": lambda t: odd_trends(
        t["fact_claim"], t["member_month"], t["dim_member"], t["dim_plan"]
    ),
}


@dataclass(frozen=True, eq=False)
class Injection:
    """Claims with faults of one kind.

    wanted  the subjects that the rule should name
    """

    claims: pl.DataFrame
    wanted: set[str]


@dataclass(frozen=True)
class Score:
    """What a rule found of what it should: `wanted` subjects, alarms, and those of both."""

    wanted: int
    alarms: int
    hits: int
    on_clean: int

    @property
    def precision(self) -> float:
        return self.hits / self.alarms if self.alarms else 0.0

    @property
    def recall(self) -> float:
        return self.hits / self.wanted if self.wanted else 0.0


def scores(
    tables: Tables, *, seed: int = 1, count: int = 100, known: frozenset[str] = frozenset()
) -> dict[str, Score]:
    """Precision and recall of every rule, each on the claims with its own kind of fault only.

    Takes:  the tables; subjects that are odd of themselves, and so no false alarms.
    """
    claims = tables["fact_claim"].collect()
    found = {}
    for name, rule in RULES.items():
        faulty = INJECTIONS[name](claims, tables, seed, count)
        on_clean, named = (
            set(rule({**tables, **put}).collect()["subject"]) - known
            for put in ({}, {"fact_claim": faulty.claims.lazy()})
        )
        hits = len(named & faulty.wanted)
        found[name] = Score(len(faulty.wanted), len(named), hits, len(on_clean))
    return found


def _some(claims: pl.DataFrame, seed: int, count: int) -> pl.DataFrame:
    return claims.sample(min(count, claims.height), seed=seed)


def _changed(claims: pl.DataFrame, some: pl.DataFrame, **new: pl.Expr) -> Injection:
    """The claims with other values in some of them."""
    ids = set(some["claim_id"])
    is_one = pl.col("claim_id").is_in(list(ids))
    put = {n: pl.when(is_one).then(v.cast(claims.schema[n])).otherwise(n) for n, v in new.items()}
    return Injection(claims.with_columns(**put), ids)


def _amounts(claims: pl.DataFrame, tables: Tables, seed: int, count: int) -> Injection:
    """Ten times what was billed: a decimal point that slipped."""
    some = _some(claims.filter(pl.col("billed_cents") > 0), seed, count)
    return _changed(claims, some, billed_cents=pl.col("billed_cents") * 10)


def _duplicates(claims: pl.DataFrame, tables: Tables, seed: int, count: int) -> Injection:
    """Half once more as they are, half a day later and a few cents off."""
    some = _some(claims.filter(pl.col("billed_cents") > 20_000), seed, count).with_row_index("i")
    is_near = pl.col("i") % 2 == 0
    again = some.with_columns(
        claim_id="Z" + pl.col("claim_id"),
        service_date=pl.when(is_near).then(pl.col("service_date").dt.offset_by("1d"))
        .otherwise("service_date"),
        billed_cents=pl.col("billed_cents") + is_near.cast(pl.Int64) * 99,
    ).drop("i")  # fmt: skip
    return Injection(pl.concat([claims, again]), set(again["claim_id"]))


def _uncovered(claims: pl.DataFrame, tables: Tables, seed: int, count: int) -> Injection:
    """Forty days after the member's last cover."""
    last = tables["fact_enrollment"].group_by("member_id").agg(pl.col("end_date").max()).collect()
    some = _some(claims, seed, count)
    after = claims.join(last, on="member_id", how="left", maintain_order="left")
    moved = _changed(after, some, service_date=pl.col("end_date").dt.offset_by("40d"))
    return Injection(moved.claims.drop("end_date"), moved.wanted)


def _impossible(claims: pl.DataFrame, tables: Tables, seed: int, count: int) -> Injection:
    """A newborn's diagnosis for grown-ups."""
    born = tables["dim_member"].select("member_sk", "dob").collect()
    age = age_on(pl.col("service_date"), pl.col("dob"))
    grown = claims.join(born, on="member_sk").filter(age > 18)
    return _changed(claims, _some(grown, seed, count), diagnosis_code=pl.lit("P07.30"))


def _units(claims: pl.DataFrame, tables: Tables, seed: int, count: int) -> Injection:
    """A tenth of a year where days are wanted."""
    # Of the categories that are judged at all, one claim in three hundred: more would be the usual.
    category = ["major_service_category", "claim_type"]
    large = claims.filter(pl.len().over(category) >= 300)
    some = large.sample(fraction=1, shuffle=True, seed=seed).filter(
        pl.int_range(pl.len()).over(category) < pl.len().over(category) // 300
    )
    return _changed(claims, some.head(count), units_days=pl.lit(400))


def _habits(claims: pl.DataFrame, tables: Tables, seed: int, count: int) -> Injection:
    """Two providers who bill on Saturdays only."""
    counts = claims.group_by("provider_id").len().filter(pl.col("len") >= 50).sort("provider_id")
    who = set(counts.sample(min(2, counts.height), seed=seed)["provider_id"])
    saturday = pl.col("service_date").dt.truncate("1w").dt.offset_by("5d")
    some = claims.filter(pl.col("provider_id").is_in(list(who)))
    return Injection(_changed(claims, some, service_date=saturday).claims, who)


def _pace(claims: pl.DataFrame, tables: Tables, seed: int, count: int) -> Injection:
    """Claims unbundled into eight parts of the same day."""
    some = _some(claims.filter(pl.col("billed_cents") > 1_000), seed, count // 5)
    parts = pl.concat(
        some.with_columns(
            claim_id=pl.format("{}P{}", "claim_id", pl.lit(n)),
            billed_cents=pl.col("billed_cents") // (n + 2),
            cpt=pl.lit(f"9000{n}"),
        )
        for n in range(7)
    )
    who = pl.concat_str("member_id", "provider_id", pl.col("service_date").cast(pl.String),
                        separator=" ")  # fmt: skip
    return Injection(pl.concat([claims, parts]), set(some.select(who).to_series()))


def _outbreaks(claims: pl.DataFrame, tables: Tables, seed: int, count: int) -> Injection:
    """Two diagnoses that nobody had before, of sixty dear claims each, in a month each."""
    last = claims["service_month"].max()
    new = []
    for n, code in enumerate(("U07.1", "A20.9")):
        month = pl.lit(last).dt.offset_by(f"-{3 + 4 * n}mo").dt.month_start()
        some = _some(claims, seed + n, 60).with_columns(
            claim_id=pl.format("{}{}", pl.lit(code), "claim_id"),
            diagnosis_code=pl.lit(code),
            service_month=month,
            paid_cents=pl.lit(3_000_000, pl.Int64),
        )
        new.append(some)
    return Injection(pl.concat([claims, *new]), {"diagnosis=U07.1", "diagnosis=A20.9"})


INJECTIONS: dict[str, Callable[[pl.DataFrame, Tables, int, int], Injection]] = {
    "A1 amount": _amounts,
    "A2 duplicate": _duplicates,
    "A3 cover": _uncovered,
    "A4 impossible": _impossible,
    "A5 units": _units,
    "A6 provider": _habits,
    "A7 pace": _pace,
    "A8 trend": _outbreaks,
}
