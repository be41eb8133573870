"""What a search finds: metrics, plans, providers, diagnoses, members, and where each leads."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlencode

import polars as pl

from app import found as everywhere
from app.claims import labels
from app.claims.asked import METRICS, offered, usual_with, values
from app.claims.view import address
from engine import Lake

CODED = ("plan_id", "provider_id", "diagnosis_code")
MOST = 20  # of a kind
GROUPS = {
    "metric": "Claims, by measure",
    "plan": "Plans",
    "provider": "Providers",
    "diagnosis": "Diagnoses",
    "member": "Members",
}


@dataclass(frozen=True)
class Found:
    """One thing that was found.

    kind   metric, plan, provider, diagnosis or member
    why    what else is known of it, in a sentence or nothing
    """

    kind: str
    name: str
    why: str
    address: str


def found(lake: Lake, text: str) -> list[Found]:
    """Whatever has every word of a text, by kind; at most MOST of each.

    A member is found by number alone: names are in nothing that is looked through.
    """
    words = text.casefold().split()
    if not words:
        return []
    kinds = (_metrics(lake), *(_coded(lake, name) for name in CODED), _members(lake))
    return [one for kind in kinds for one in _first(kind, words)]


def of_the_house(lake: Lake, text: str, most: int) -> list[everywhere.Found]:
    """The same for the search of every header, under headings of its own."""
    if not lake.has("dim_member"):
        return []
    kinds = (_metrics(lake), *(_coded(lake, name) for name in CODED), _members(lake))
    told = (
        (everywhere.Found(GROUPS[one.kind], one.name, "", one.address, one.why) for one in kind)
        for kind in kinds
    )
    return [one for kind in told for one in everywhere.likeliest(kind, text, most)]


def _first(kind: Iterable[Found], words: list[str]) -> Iterator[Found]:
    having = (one for one in kind if _has(f"{one.name} {one.why}".casefold(), words))
    for _, one in zip(range(MOST), having, strict=False):
        yield one


def _has(text: str, words: list[str]) -> bool:
    return all(word in text for word in words)


@lru_cache(maxsize=4)
def _metrics(lake: Lake) -> tuple[Found, ...]:
    there = offered(lake)
    if there is None:
        return ()
    return tuple(
        Found(
            "metric",
            METRICS[name].label,
            f"{name}: {METRICS[name].formula}. {METRICS[name].why}",
            address(usual_with(there, name)),
        )
        for name in there.metrics
    )


@lru_cache(maxsize=16)
def _coded(lake: Lake, dimension: str) -> tuple[Found, ...]:
    return tuple(
        Found(
            labels.of_dimension(dimension),
            labels.of_value(lake, dimension, value),
            "",
            f"claims?{urlencode({'by': dimension, dimension: labels.as_said(value)})}",
        )
        for value in values(lake, dimension)
        if value is not None
    )


@lru_cache(maxsize=4)
def _members(lake: Lake) -> tuple[Found, ...]:
    numbers = lake.scan("dim_member").filter("is_current").select("member_id").unique()
    return tuple(
        Found("member", number, "", f"member?{urlencode({'of': number})}")
        for number in numbers.filter(pl.col("member_id").is_not_null())
        .sort("member_id")
        .collect()["member_id"]
    )
