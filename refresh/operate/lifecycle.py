"""What people may change about the lake's state, each with a trace: the one way for pages too.

Every door is here, whoever is behind it: who reviews, who retires, who looks for orphans. A door
that changes something takes who acts (`by`), lets in who may (refresh/operate/auditing.py), and
leaves one row in the audit log. CHANGES says which they are; a test tries each.
"""

from pathlib import Path

from engine.access import Action, Reader
from engine.lake import Layout
from engine.manifest import Manifest, ReleaseEntry
from refresh.operate.acting import grant, grants, me, revoke
from refresh.operate.asked_run import cancel_run, start_run
from refresh.operate.auditing import audited, verified
from refresh.operate.drafts import (
    Draft,
    NotDrafted,
    begin_draft,
    draft,
    draft_text,
    drafts,
    drop_draft,
    look_again,
    mend_draft,
    register_draft,
    try_draft,
    understood,
)
from refresh.operate.evidencing import note_evidence, set_target
from refresh.operate.following import follow_alone
from refresh.operate.handling import (
    acknowledge,
    alert_history,
    alerts_of,
    channel_marks,
    deliver_now,
    evaluate_now,
    heed,
    send_test,
    snooze,
    waiting_for_channels,
)
from refresh.operate.judging import judge, verdicts
from refresh.operate.keeping_days import keep_days
from refresh.operate.load_report import load_report
from refresh.operate.orphans import Orphan, archive_orphans, orphans
from refresh.operate.readers_watch import (
    Link,
    can_mail,
    follow_by_mail,
    forget_address,
    plain_address,
    read_link,
    use_link,
    watch_counts,
)
from refresh.operate.retiring import (
    Archived,
    Outlived,
    archive,
    archive_outlived,
    deprecate,
    outlived,
)
from refresh.operate.reviewing import approve, reject, requests
from refresh.operate.scorecard import scorecard_text
from refresh.source import Release
from refresh.store import seal
from refresh.store.ledger import Ledger

__all__ = [
    "Archived",
    "Draft",
    "Link",
    "NotDrafted",
    "Orphan",
    "Outlived",
    "acknowledge",
    "alert_history",
    "alerts_of",
    "approve",
    "archive",
    "archive_orphans",
    "archive_outlived",
    "audited",
    "begin_draft",
    "can_mail",
    "cancel_run",
    "channel_marks",
    "deliver_now",
    "deprecate",
    "draft",
    "draft_text",
    "drafts",
    "drop_draft",
    "evaluate_now",
    "follow_alone",
    "follow_by_mail",
    "forget_address",
    "grant",
    "grants",
    "heed",
    "judge",
    "keep_days",
    "load_report",
    "look_again",
    "me",
    "mend_draft",
    "note_evidence",
    "orphans",
    "outlived",
    "plain_address",
    "read_link",
    "register_draft",
    "reject",
    "requests",
    "revoke",
    "rollback",
    "scorecard_text",
    "send_test",
    "set_target",
    "snooze",
    "try_draft",
    "understood",
    "use_link",
    "start_run",
    "verdicts",
    "verified",
    "waiting_for_channels",
    "watch_counts",
]


CHANGES: dict[str, Action] = {
    "acknowledge": "acknowledge",
    "approve": "approve",
    "archive": "archive",
    "archive_orphans": "archive",
    "archive_outlived": "archive",
    "begin_draft": "register",
    "cancel_run": "load",
    "deprecate": "deprecate",
    "drop_draft": "register",
    "grant": "administer",
    "judge": "acknowledge",
    "keep_days": "register",
    "look_again": "register",
    "mend_draft": "register",
    "register_draft": "register",
    "reject": "approve",
    "revoke": "administer",
    "rollback": "restore",
    "send_test": "acknowledge",
    "set_target": "administer",
    "snooze": "acknowledge",
    "try_draft": "register",
    "start_run": "load",
}
"""The doors that change something, and what one must be allowed to go through each."""

READS = frozenset(
    {"audited", "follow_alone", "grants", "me", "orphans", "outlived", "requests", "verdicts"}
    | {"verified", "draft", "draft_text", "drafts", "understood"}
    | {"alert_history", "alerts_of", "channel_marks", "waiting_for_channels"}
    | {"deliver_now", "evaluate_now", "heed", "load_report", "note_evidence", "scorecard_text"}
    | {"can_mail", "plain_address", "read_link", "watch_counts"}
)
"""The doors that change nothing of anybody's: `follow_alone` copies here what was published
elsewhere, the rules of alerts are asked and told of by themselves, evidence is measured, and
`audited` is what the others are made of."""

OF_ANYBODY = frozenset({"follow_by_mail", "forget_address", "use_link"})
"""The doors that are open to everybody: whose the address is, the link that was sent there says.
None is in the audit log, which is kept for ever: an address that is forgotten is nowhere."""


def rollback(data: Path, to: str | None = None, *, by: Reader) -> str:
    """Serve an earlier snapshot again, and set aside the releases that only later ones used.

    Takes:  the data folder; the id of the snapshot to go back to (None: the one before); who says
            so.
    Gives:  the id that is live now. A release set aside is used again once `run` is told
            `--again`, or a newer revision of it comes.
    Raises: NoSnapshot where there is nothing to go back to; LakeBusy while a run is writing;
            NotAllowed for who may not.
    """
    layout, goes_to = Layout(data), to or "the one before"
    with (
        audited(data, by, "restore", object=f"snapshot {goes_to}", everything=True) as said,
        seal.writing(layout),
    ):
        live, target = seal.manifest_of(layout), seal.earlier(layout, to)
        ledger = Ledger(layout.registry_url)
        kinds = {_kind(said, of) for of in (live, target) if of for said in of["releases"]}
        # First the releases, then the line that counts: a run in between goes the same way.
        for release in _newer(ledger, target, kinds):
            ledger.set_aside(release.source, release.period, release.sha256)
        ledger.close()
        said.before, said.after = {"live": live and live["id"]}, {"live": target["id"]}
        return seal.rollback(layout, target["id"])


def _newer(ledger: Ledger, target: Manifest, kinds: set[bool]) -> list[Release]:
    """The releases that came after those a snapshot was made of, whichever snapshot used them.

    `kinds`: whether to look among demonstrations, among real releases, or both.
    """
    # By period, not by date: a snapshot may lack one period of a source and have the newest of
    # another.
    newest: dict[tuple[bool, str, str], int] = {}
    for said in target["releases"]:
        key = _kind(said, target), said["source"], said["period"]
        newest[key] = max(said["revision"], newest.get(key, 0))
    kept = {said["sha256"] for said in target["releases"]}
    stored = [
        pair
        for source in ledger.sources()
        for kind in kinds
        for pair in ledger.releases(source["code"], demonstration=kind)
    ]
    return [
        release
        for release, row in stored
        if row["status"] == "staged"
        and release.sha256 not in kept
        and release.revision
        > newest.get((release.demonstration, release.source, release.period), 0)
    ]


def _kind(release: ReleaseEntry, manifest: Manifest) -> bool:
    """Whether a release is a demonstration's; older manifests said it of all of them together."""
    return release.get("demonstration", manifest["demonstration"])
