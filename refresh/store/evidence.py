"""Evidence in the ledger: what was measured of the goals, and which targets were set when and why.

Rows are added and never deleted: the newest word of a day counts.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Literal, TypedDict

from sqlalchemy import insert, select

from engine.ledger import GOAL_TARGETS, TEST_EVIDENCE
from engine.vocabulary import Verdict
from refresh.store.records import Records

EvidenceType = Literal["automated", "manual", "audit"]


class EvidenceRow(TypedDict):
    """A row of `test_evidence`."""

    evidence_id: int
    evidence_date: date
    goal_id: int
    metric_name: str
    target_value: float | None
    actual_value: float | None
    status: Verdict
    evidence_type: EvidenceType
    notes: str | None
    created_at: datetime


class TargetRow(TypedDict):
    """A row of `goal_targets`: what is aimed at from then on, who said so and why."""

    target_id: int
    goal_id: int
    metric_name: str
    target_value: float
    former_value: float
    decided_by: str
    decided_at: datetime
    reason: str


class Evidence(Records):
    """The evidence of an open ledger."""

    def note(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add what was measured: columns of `test_evidence`, but for the key."""
        listed = [dict(row) for row in rows]
        if listed:
            with self._write() as connection:
                connection.execute(insert(TEST_EVIDENCE), listed)

    def rows(self, since: date, until: date) -> list[EvidenceRow]:
        """What was measured from one day to another, both in, as it was noted."""
        on = TEST_EVIDENCE.c.evidence_date
        query = select(TEST_EVIDENCE).where(on >= since, on <= until)
        return self._rows(query.order_by(TEST_EVIDENCE.c.evidence_id))

    def baselines(self) -> list[EvidenceRow]:
        """What was noted as a baseline, as it was noted."""
        query = select(TEST_EVIDENCE).where(TEST_EVIDENCE.c.evidence_type == "audit")
        return self._rows(query.order_by(TEST_EVIDENCE.c.evidence_id))

    def set_target(self, **said: Any) -> None:
        """Add a target: columns of `goal_targets`, but for the key."""
        with self._write() as connection:
            connection.execute(insert(GOAL_TARGETS).values(said))

    def targets(self) -> list[TargetRow]:
        """Every target that was ever set, the oldest first."""
        return self._rows(select(GOAL_TARGETS).order_by(GOAL_TARGETS.c.target_id))

    def target_of(self, metric: str) -> float | None:
        """What is aimed at now; None where nobody set another target than the declared one."""
        mine = [row for row in self.targets() if row["metric_name"] == metric]
        return mine[-1]["target_value"] if mine else None
