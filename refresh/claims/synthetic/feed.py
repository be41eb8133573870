"""The invented feed: the files that a payer would send, batch by batch, and what is true of them.

Each batch has all members, plans, providers and cover as of its day, and the claims that were sent
or decided since the one before. Beside the feed, where no refresh looks: `__about/manifest.json`
(rows and hashes) and `__about/outbreaks.csv` (which claims are an outbreak's).
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from refresh.claims.synthetic.claim_rows import claim_rows, number
from refresh.claims.synthetic.claims import Claims, claims_of, settled_by, together
from refresh.claims.synthetic.cover import Spans, enrollment_rows, spans_of
from refresh.claims.synthetic.network import (
    Plans,
    Providers,
    plan_rows,
    plans_of,
    provider_rows,
    providers_of,
)
from refresh.claims.synthetic.outbreaks import OUTBREAKS, outbreak_claims
from refresh.claims.synthetic.people import (
    Members,
    changed,
    days_since_1970,
    member_rows,
    newcomers,
    with_newcomers,
)

ABOUT = "__about"
_BLOCK = 250_000  # claims made at a time
_FEWEST_PROVIDERS, _PROVIDERS_A_MEMBER = 120, 0.04


@dataclass(frozen=True)
class Size:
    """How large a feed is: members at a time, and claims a year."""

    members: int = 10_000
    claims: int = 50_000

    @classmethod
    def scaled(cls, scale: float) -> "Size":
        """10,000 members and 50,000 claims a year, times this."""
        return cls(max(round(10_000 * scale), 100), max(round(50_000 * scale), 500))

    @property
    def providers(self) -> int:
        return max(round(self.members * _PROVIDERS_A_MEMBER), _FEWEST_PROVIDERS)


BATCHES = (
    date(2022, 12, 31),
    date(2023, 12, 31),
    date(2024, 12, 31),
    date(2025, 6, 30),
    date(2025, 9, 30),
    date(2025, 12, 31),
)
"""The days of the batches: three years at once, then quarters."""


@dataclass
class _Feed:
    """A feed that is being written: where, and what was written of each file so far."""

    folder: Path
    seed: int
    claim_days: Sequence[date]
    rows: dict[str, int]

    def write(self, entity: str, on: date, rows: pl.DataFrame) -> None:
        """Add rows to a file; one that is new begins with its header."""
        name = f"{entity}_{on:%Y%m%d}2359_s{self.seed}.csv"
        if rows.is_empty() and name in self.rows:
            return
        with (self.folder / name).open("ab") as file:
            rows.write_csv(file, include_header=name not in self.rows)
        self.rows[name] = self.rows.get(name, 0) + rows.height


def write_feed(
    folder: Path,
    *,
    seed: int,
    size: Size,
    batches: Sequence[date] = BATCHES,
    claim_days: Sequence[date] | None = None,
) -> Iterator[str]:
    """Write the feed; says what it writes as it goes.

    Takes:  an empty folder, made if need be; `claim_days`, where claims come more often than the
            other extracts.
    """
    folder.mkdir(parents=True, exist_ok=True)
    feed = _Feed(folder, seed, claim_days or batches, {})
    labels: list[pl.DataFrame] = []
    known: dict[int, _Known] = {}
    providers = providers_of(seed, size.providers)
    members = newcomers(seed, batches[0].year, size.members)
    for year in sorted({on.year for on in batches}):
        yield f"claims of {year}"
        if year > batches[0].year:
            members = with_newcomers(members, year)
        at_first = deepcopy(members)
        plans = plans_of(seed, year)
        spans = spans_of(members, plans)
        labels += _write_claims(feed, at_first, spans, plans, providers, size)
        known[year] = _Known(plans, spans, at_first.ids)
        for at, on in enumerate(batches):
            if on.year == year:
                share = 1 / sum(other.year == year for other in batches)
                changed(members, at, share)
                _write_extracts(feed, members, providers, known, on=on, batch=at)
    _write_about(feed, size, labels)


@dataclass(frozen=True)
class _Known:
    """The cover of a year, for the extracts of later batches too."""

    plans: Plans
    spans: Spans
    ids: pl.Series


def _write_extracts(
    feed: _Feed,
    members: Members,
    providers: Providers,
    known: Mapping[int, _Known],
    *,
    on: date,
    batch: int,
) -> None:
    day = days_since_1970(on)
    feed.write("members", on, member_rows(members, on, batch))
    feed.write("plans", on, plan_rows(feed.seed, sorted(known), batch))
    feed.write("providers", on, provider_rows(feed.seed, providers, batch))
    cover = [enrollment_rows(k.spans, k.plans, k.ids, day) for k in known.values()]
    feed.write("enrollments", on, pl.concat(cover))


def _write_claims(
    feed: _Feed, members: Members, spans: Spans, plans: Plans, providers: Providers, size: Size
) -> list[pl.DataFrame]:
    """All claims of a year, into the batches in which they are sent and decided; the odd ones."""
    blocks = max(-(-size.claims // _BLOCK), 1)
    edges = np.linspace(0, members.count, blocks + 1).astype(np.int64)
    labels, first = [], 1
    for block in range(blocks):
        mine = _within(spans, edges[block], edges[block + 1])
        made = [
            claims_of(members, mine, providers, count=size.claims // blocks, block=block),
            *(
                outbreak_claims(
                    outbreak,
                    members,
                    mine,
                    count=round(outbreak.claims * size.claims / 50_000 / blocks),
                    block=block,
                )
                for outbreak in OUTBREAKS
                if outbreak.first.year == spans.year
            ),
        ]
        claims = settled_by(plans, together(made))
        numbers = np.arange(first, first + claims.count)
        first += claims.count
        _send(feed, claims, numbers, members, plans)
        labels.append(_labelled(claims, numbers, spans.year))
    return labels


def _send(feed: _Feed, claims: Claims, numbers: np.ndarray, members: Members, plans: Plans) -> None:
    """Each claim into the batch after it was sent, and that after it was decided."""
    before = -(10**6)
    for on in feed.claim_days:
        day = days_since_1970(on)
        is_new = (claims.sent > before) & (claims.sent <= day)
        is_decided = (claims.settled > before) & (claims.settled <= day) & (claims.sent <= before)
        due = np.flatnonzero(is_new | is_decided)
        if len(due):
            rows = claim_rows(claims[due], numbers[due], members.ids, plans, day)
            feed.write("claims", on, rows)
        before = day


def _within(spans: Spans, low: int, high: int) -> Spans:
    places = np.flatnonzero((spans.member >= low) & (spans.member < high))
    arrays = (spans.member, spans.plan, spans.start, spans.end, spans.premium, spans.csr)
    return Spans(spans.year, *(array[places] for array in arrays))


def _labelled(claims: Claims, numbers: np.ndarray, year: int) -> pl.DataFrame:
    odd = np.flatnonzero(claims.kind < 0)
    named = {outbreak.kind: outbreak.name for outbreak in OUTBREAKS}
    return pl.DataFrame(
        {
            "claim_id": number(year, numbers[odd]),
            "outbreak": pl.Series([named[kind] for kind in claims.kind[odd]], dtype=pl.String),
        }
    )


def _write_about(feed: _Feed, size: Size, labels: Sequence[pl.DataFrame]) -> None:
    about = feed.folder / ABOUT
    about.mkdir(exist_ok=True)
    pl.concat(labels).write_csv(about / "outbreaks.csv")
    files = [
        {"name": name, "rows": rows, "sha256": _sha256(feed.folder / name)}
        for name, rows in sorted(feed.rows.items())
    ]
    told = {"seed": feed.seed, "members": size.members, "claims_a_year": size.claims}
    text = json.dumps({**told, "files": files}, indent=1)
    (about / "manifest.json").write_text(text + "\n", encoding="utf-8")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
