"""Keeping days: how long the data of a source is kept, changed by somebody for a reason."""

from contextlib import closing
from pathlib import Path

from engine.access import Reader
from engine.errors import LakeError, UnknownName
from engine.lake import Layout
from refresh.operate.auditing import audited
from refresh.store import seal
from refresh.store.ledger import Ledger

MOST_DAYS = 36_500


class NotKept(LakeError):
    """A number of days that data cannot be kept for, or nobody said why."""

    exit_code = 2


def keep_days(data: Path, code: str, days: int, *, by: Reader, reason: str) -> int:
    """Keep the data of a source for so many days from now on; nothing goes by that alone.

    Takes:  the data folder; the source; the days; who says so and why.
    Gives:  how many days it was kept before.
    Raises: UnknownName for no such source; NotKept for no reason, or for days that cannot be;
            NotAllowed for who may not; LakeBusy while a run is writing.
    """
    object_ = f"retention of {code[:63]}"
    with audited(data, by, "register", object=object_, source=code) as said:
        if not reason.strip():
            raise NotKept("nobody said why", where=code, expected="--reason")
        if not 1 <= days <= MOST_DAYS:
            raise NotKept(
                "data is kept for a day at least", expected=f"1 to {MOST_DAYS}", found=str(days)
            )
        layout = Layout(data)
        with seal.writing(layout), closing(Ledger(layout.registry_url)) as ledger:
            row = ledger.source(code)
            if row is None:
                codes = ", ".join(row["code"] for row in ledger.sources())
                raise UnknownName(f"no source is called `{code}`", found=code, expected=codes)
            said.before = {"retention_days": row["retention_days"]}
            ledger.amend(code, retention_days=days)
            said.after = {"retention_days": days, "reason": reason.strip()[:500]}
            return row["retention_days"]
