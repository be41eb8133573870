"""What people may change about the lake's state, each with a trace: the one way for pages too.

Every door is here, whoever is behind it: who reviews, who retires, who looks for orphans. A door
that changes something takes who acts (`by`), lets in who may (refresh/operate/auditing.py), and
leaves one row in the audit log. CHANGES says which they are; a test tries each.
"""

from engine.access import Action
from refresh.operate.acting import grant, grants, me, revoke
from refresh.operate.asked_run import cancel_run, start_run
from refresh.operate.auditing import audited, verified
from refresh.operate.draft_kept import Draft, NotDrafted, draft, draft_text, drafts
from refresh.operate.drafts import (
    begin_draft,
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
from refresh.operate.orphans import Orphan, archive_orphans, mark_of, orphans
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
from refresh.operate.reviewing import approve, begin_approval, reject, requests
from refresh.operate.rolling_back import GoingBack, Kept, going_back, kept_snapshots, rollback
from refresh.operate.scorecard import scorecard_text
from refresh.operate.usage import note_usage

__all__ = [
    "Archived",
    "Draft",
    "GoingBack",
    "Kept",
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
    "begin_approval",
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
    "going_back",
    "grant",
    "grants",
    "heed",
    "judge",
    "keep_days",
    "kept_snapshots",
    "load_report",
    "look_again",
    "mark_of",
    "me",
    "mend_draft",
    "note_evidence",
    "note_usage",
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
    "begin_approval": "approve",
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
    | {"going_back", "kept_snapshots", "mark_of"}
    | {"can_mail", "plain_address", "read_link", "watch_counts"}
)
"""The doors that change nothing of anybody's: `follow_alone` copies here what was published
elsewhere, the rules of alerts are asked and told of by themselves, evidence is measured, and
`audited` is what the others are made of."""

OF_ANYBODY = frozenset({"follow_by_mail", "forget_address", "note_usage", "use_link"})
"""The doors that are open to everybody: whose the address is, the link that was sent there says;
what is counted is nobody's. None is in the audit log, which is kept for ever: an address that is
forgotten is nowhere."""
