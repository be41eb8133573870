"""What people may change about the lake's state, each with a trace: the one way for pages too."""

from pathlib import Path

from engine.lake import Layout
from refresh.store import seal
from refresh.store.ledger import Ledger


def rollback(data: Path, to: str | None = None) -> str:
    """Serve an earlier snapshot again, and set aside the releases that only later ones used.

    Takes:  the data folder; the id of the snapshot to go back to (None: the one before).
    Gives:  the id that is live now. A release set aside is used again once `run` is told
            `--again`, or a newer revision of it comes.
    Raises: NoSnapshot where there is nothing to go back to; LakeBusy while a run is writing.
    """
    layout = Layout(data)
    with seal.writing(layout):
        live = seal.manifest_of(layout)
        target = seal.rollback(layout, to)
        kept = _releases(seal.manifest_of(layout, target))
        ledger = Ledger(layout.registry_url)
        for source, period, sha256 in _releases(live) - kept:
            ledger.set_aside(source, period, sha256)
        ledger.close()
    return target


def _releases(manifest: dict | None) -> set[tuple[str, str, str]]:
    used = manifest["releases"] if manifest else []
    return {(r["source"], r["period"], r["sha256"]) for r in used}
