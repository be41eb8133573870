"""What every step of one run needs, and where it says what it found."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import httpx

from engine.lake import Layout
from refresh.extract.patience import Patience
from refresh.finding import Finding
from refresh.progress import Progress
from refresh.source import Link, Release
from refresh.store.ledger import Ledger
from refresh.wing import Wings


@dataclass
class Walk:
    """One run: what it brings up to date, from where, and what it has found so far."""

    wings: Wings
    layout: Layout
    ledger: Ledger
    progress: Progress
    mirror: str | None
    offline: bool
    demonstration: bool
    today: date
    client: httpx.Client | None
    patience: Patience
    browse: Callable[[str], list[Link]]
    findings: list[Finding]

    def tell(self, findings: Iterable[Finding]) -> None:
        """Add findings that belong to no load."""
        told = list(findings)
        self.findings += told
        self.ledger.note_findings(told)

    def failures_of(self, release: Release) -> list[Finding]:
        """What a release failed in when it was last judged."""
        if (release.source, release.period) not in self._ever_failed:
            return []
        return self.ledger.failures_of(release)

    @cached_property
    def _ever_failed(self) -> set[tuple[str, str]]:
        # Asked once: a question for each of hundreds of releases, of which few ever failed, is
        # most of what a run asks that finds nothing new.
        return self.ledger.ever_failed()
