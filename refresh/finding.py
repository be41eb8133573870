"""Finding: the verdict of one rule on one release or table, with what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from engine.errors import LakeError
from engine.vocabulary import Gate, Verdict


@dataclass(frozen=True)
class Finding:
    """One verdict.

    gate      which kind of check it belongs to
    check     the rule, in a word or two
    where     the file, part or table it is about, and the column where there is one
    message   what was seen, in a sentence; next_step says what to do
    """

    status: Verdict
    gate: Gate
    check: str
    where: str
    message: str
    column: str = ""
    expected: str = ""
    observed: str = ""
    rows_failed: int = 0
    rows_total: int = 0
    sample: str = ""
    next_step: str = ""
    source: str = ""
    period: str = ""

    def __str__(self) -> str:
        about = f"{self.source} {self.period}".strip()
        text = f"{self.status}: {about + ': ' if about else ''}{self.where}"
        text += f", column {self.column}" if self.column else ""
        text += f": {self.message}"
        facts = {"expected": self.expected, "found": self.observed, "next": self.next_step}
        return "\n".join([text, *(f"  {name}: {fact}" for name, fact in facts.items() if fact)])

    def of(self, source: str, period: str) -> "Finding":
        """The same finding, of that release."""
        return replace(self, source=source, period=period)


def from_error(
    error: LakeError | OSError, *, source: str, period: str = "", gate: Gate = "schema"
) -> Finding:
    """The finding that an error which stopped a release leaves behind."""
    # What the disk says is no fault of the publication, and has another way out.
    if isinstance(error, OSError):
        return Finding(
            "fail",
            "metadata",
            type(error).__name__,
            str(error.filename or source),
            f"the file could not be kept: {error.strerror or error}",
            next_step="make room on the disk or mend its permissions, then run again; what was"
            " there before is untouched",
            source=source,
            period=period,
        )
    return Finding(
        "fail",
        gate,
        type(error).__name__,
        error.where,
        error.what,
        expected=error.expected,
        observed=error.found,
        next_step=error.next,
        source=source,
        period=period,
    )


def failed(findings: Iterable[Finding]) -> list[Finding]:
    """Those that failed."""
    return [finding for finding in findings if finding.status == "fail"]
