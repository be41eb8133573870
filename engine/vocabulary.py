"""Closed vocabularies: the words that verdicts, releases, loads and manifests are written in.

They are stored in the ledger and in manifests, and charted, so a word more is a change that readers
must know of.
"""

from typing import Literal

Severity = Literal["warn", "fail"]
"""What a rule is where more break it than it allows."""

Verdict = Literal["pass", "warn", "fail"]
"""What a finding says of one rule."""

Gate = Literal["row_count", "schema", "quality", "metadata", "reconciliation"]
"""Which kind of check a finding belongs to."""

ReleaseStatus = Literal["stored", "staged", "refused", "set_aside"]
"""What became of a release: its bytes are here, it is used, it cannot be, or it was taken back."""

LoadMode = Literal["append", "replace", "upsert", "history", ""]
"""How the releases of a part become a table; empty where no recipe reads it."""

LoadStatus = Literal["in_progress", "completed", "failed", "rolled_back"]
"""How a load stands; `rolled_back`: the run that began it is dead."""
ENDED: tuple[LoadStatus, ...] = ("completed", "failed", "rolled_back")

SourceStatus = Literal["registered", "active", "deprecated", "archived"]
"""Where a publication stands: known, loaded, on its way out, or out of the lake for good."""

RequestStatus = Literal["pending", "approved", "rejected"]
"""How a request to change a table stands."""

Change = Literal["added", "removed", "retyped", "load_mode"]
"""What would change of a table: columns, or the word that folds its releases."""

DriftType = Literal[
    "new_columns", "missing_columns", "renamed_columns", "type_change", "wide_date_detected"
]
"""How a publication's columns moved from one release to the next."""

DriftSeverity = Literal["info", "warning", "error"]
"""How much that matters; `error` breaks those who read the table."""

RunState = Literal["running", "done", "failed"]
"""How the refresh that runs, or ran last, stands."""

Every = Literal["year", "quarter", "month"]
"""How often a publication comes; a year is April to March."""

TypeName = Literal[
    "string",
    "boolean",
    "int8",
    "int16",
    "int32",
    "int64",
    "float32",
    "float64",
    "date",
    "timestamp",
]
"""The type of a column, as a manifest says it."""

Outcome = Literal["done", "refused", "failed"]
"""How what somebody asked for ended: it was changed; it was not theirs to change; it went wrong."""

AlertSeverity = Literal["critical", "warning", "info"]
"""How soon somebody has to hear of it: at once, the same day, some time."""

AlertStatus = Literal["open", "acknowledged", "snoozed", "resolved"]
"""How an alert stands: nobody has it, somebody has it, it waits for a day, its rule has cleared."""

AlertEvent = Literal["opened", "escalated", "acknowledged", "snoozed", "woken", "resolved"]
"""What can happen to an alert."""

Cadence = Literal["immediate", "daily", "weekly"]
"""How an alert goes out: by itself and now, or with the others of its day or week."""
