"""Evidencing: what was measured of the goals is kept, and targets are set, each with a reason."""

from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from engine.access import Reader
from engine.errors import LakeError, UnknownName
from engine.goals import MEASURES, Goal, Measure, goal, status_of
from engine.lake import Layout
from refresh.operate.auditing import audited
from refresh.store.evidence import Evidence, EvidenceType

LONGEST = 1000
_NONE: Mapping[str, str] = MappingProxyType({})


class NotSet(LakeError):
    """A target that cannot be set like this."""

    exit_code = 2


def note_evidence(
    data: Path,
    actual: Mapping[str, float],
    *,
    now: datetime,
    notes: Mapping[str, str] = _NONE,
    kind: EvidenceType = "automated",
) -> None:
    """Keep what was measured, beside what is aimed at now.

    Takes:  the data folder; by the measure's name, its figure in its own unit; when it was measured
            (UTC); by name, what else is to be known of it.
    Raises: UnknownName for a measure that no goal has; then nothing is kept.
    """
    known = {name: _measure(name) for name in actual}
    with closing(Evidence(Layout(data).registry_url)) as evidence:
        aims = {name: evidence.target_of(name) for name in known}
        evidence.note(
            {
                "evidence_date": now.date(),
                "goal_id": of.number,
                "metric_name": name,
                "target_value": measure.target if aims[name] is None else aims[name],
                "actual_value": actual[name],
                "status": status_of(measure, actual[name], aims[name]),
                "evidence_type": kind,
                "notes": notes.get(name, "")[:LONGEST] or None,
                "created_at": now,
            }
            for name, (of, measure) in known.items()
        )


def set_target(
    data: Path,
    number: int,
    target: float,
    *,
    by: Reader,
    reason: str,
    now: datetime,
    measure: str = "",
) -> tuple[Measure, float]:
    """Aim at something else from now on; what was aimed at before is kept with it.

    Takes:  the data folder; the goal's number; the new target; who says so and why; one of its
            measures, where it is not the one that the goal is judged by.
    Gives:  the measure, and what was aimed at before.
    Raises: UnknownName for no such goal or measure; NotSet without a reason, or for what is aimed
            at already; NotAllowed for who may not.
    """
    with audited(data, by, "administer", object=f"target of goal {number}") as said:
        one = _of_goal(number, measure)
        if not reason.strip():
            raise NotSet("a target is moved for a reason", expected="--reason")
        with closing(Evidence(Layout(data).registry_url)) as evidence:
            known = evidence.target_of(one.name)
            former = one.target if known is None else known
            said.before = {one.name: former}
            if target == former:
                raise NotSet(
                    "that is what is aimed at already", where=one.name, found=one.written(former)
                )
            evidence.set_target(
                goal_id=number,
                metric_name=one.name,
                target_value=target,
                former_value=former,
                decided_by=by.name[:255],
                decided_at=now,
                reason=reason.strip()[:LONGEST],
            )
            said.after = {one.name: target, "reason": reason.strip()[:LONGEST]}
    return one, former


def _of_goal(number: int, measure: str) -> Measure:
    """One of a goal's measures; the one that it is judged by where none is named."""
    of = goal(number)
    if of is None:
        raise UnknownName(f"there is no goal {number}", found=str(number), expected="1 to 8")
    mine = {one.name: one for one in of.measures}
    if measure and measure not in mine:
        raise UnknownName(
            f"goal {number} has no such measure", found=measure, expected=", ".join(mine)
        )
    return mine[measure or of.headline.name]


def _measure(name: str) -> tuple[Goal, Measure]:
    if name not in MEASURES:
        raise UnknownName(
            f"no goal measures `{name}`", found=name, expected=", ".join(sorted(MEASURES))
        )
    return MEASURES[name]
