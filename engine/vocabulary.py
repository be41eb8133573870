"""Closed vocabularies: the words that verdicts are written in, and releases are kept under.

They are stored in the ledger and charted, so a word more is a change that readers must know of.
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
