"""What the inbox is narrowed to, as its address says it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import get_args
from urllib.parse import urlencode

import polars as pl

from engine.alert_rules import BY_NAME
from engine.vocabulary import AlertSeverity, AlertStatus

STATUSES: tuple[AlertStatus, ...] = get_args(AlertStatus)
SEVERITIES: tuple[AlertSeverity, ...] = get_args(AlertSeverity)
WHOLE_LAKE = "-"
"""What an address says for alerts that are of no single source; no source is called so."""


@dataclass(frozen=True)
class Asked:
    """What an address asks of the alerts; empty: all of them."""

    status: str = "open"
    severity: str = ""
    source: str = ""
    rule: str = ""

    @property
    def address(self) -> str:
        """Its own address, below the front of the house.

        >>> Asked(status="resolved", source="beds").address
        'alerts?status=resolved&source=beds'
        """
        said = {name: value for name, value in asdict(self).items() if value}
        said = {name: value for name, value in said.items() if (name, value) != _USUAL}
        return f"alerts?{urlencode(said)}" if said else "alerts"

    def with_status(self, status: str) -> "Asked":
        """The same of another status."""
        return replace(self, status=status)

    @property
    def beside_status(self) -> pl.Expr:
        """Whether an alert is asked for, whatever its status."""
        source = "" if self.source == WHOLE_LAKE else self.source
        wanted = [
            pl.col("severity") == self.severity if self.severity else pl.lit(True),
            pl.col("source_code") == source if self.source else pl.lit(True),
            pl.col("rule") == self.rule if self.rule else pl.lit(True),
        ]
        return pl.all_horizontal(wanted)


_USUAL = ("status", "open")


def read(query: Mapping[str, str]) -> Asked:
    """What an address asks; what cannot be asked is left as it usually is."""

    def one_of(name: str, words: object, usual: str = "") -> str:
        said = query.get(name, usual)
        return said if said in words else usual  # type: ignore[operator]

    return Asked(
        status=one_of("status", STATUSES, "open"),
        severity=one_of("severity", SEVERITIES),
        source=query.get("source", "")[:63],
        rule=one_of("rule", BY_NAME),
    )
