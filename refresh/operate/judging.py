"""Judging: whether what is odd is wrong, as somebody says who has looked. Nothing is deleted."""

from contextlib import closing
from pathlib import Path

from engine.access import Reader
from engine.errors import LakeError
from engine.lake import Layout
from refresh.operate.auditing import audited
from refresh.store.anomaly_verdicts import AnomalyVerdict, AnomalyVerdicts

VERDICTS = ("confirmed", "dismissed", "open")
LONGEST = 500


class NotJudged(LakeError):
    """A verdict that cannot be taken as it is given."""

    exit_code = 2


def judge(data: Path, anomaly: str, verdict: str, *, by: Reader, reason: str) -> None:
    """Confirm or dismiss an anomaly, or open it again.

    Takes:  the data folder; the anomaly's id; confirmed, dismissed or open; who says so and why.
    Raises: NotJudged for another word, or without a reason; NotAllowed for who may not.
    """
    with audited(data, by, "acknowledge", object=f"anomaly {anomaly[:LONGEST]}") as row:
        said = _word(verdict, by, reason)
        with closing(AnomalyVerdicts(Layout(data).registry_url)) as ledger:
            before = ledger.all(anomaly)
            row.before = {"verdict": before[-1]["verdict"]} if before else None
            ledger.add(anomaly, verdict, **said)
            row.after = {"verdict": verdict, "reason": said["reason"]}


def _word(verdict: str, by: Reader, reason: str) -> dict[str, str]:
    """What is kept of a verdict, where it can be taken."""
    if verdict not in VERDICTS:
        raise NotJudged(
            "there is no such verdict", expected=", ".join(VERDICTS), found=verdict[:20]
        )
    if not reason.strip():
        raise NotJudged("a verdict has a reason", next="say why")
    return {"by": by.name[:LONGEST], "reason": reason.strip()[:LONGEST]}


def verdicts(data: Path) -> dict[str, list[AnomalyVerdict]]:
    """All that was said of each anomaly, the first word first."""
    layout = Layout(data)
    # To ask is not to make one: where there is none, nothing was said.
    if not layout.has_registry:
        return {}
    with closing(AnomalyVerdicts(layout.registry_url)) as ledger:
        found: dict[str, list[AnomalyVerdict]] = {}
        for row in ledger.all():
            found.setdefault(row["anomaly_id"], []).append(row)
        return found
