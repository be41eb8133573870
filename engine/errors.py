"""What stops a walk, said so that the reader knows what to do next.

Bad *data* is a Finding, not an exception; these are for what cannot go on. Every error keeps its
facts as attributes, so that a page or a log can use them without reading the message.
"""


class LakeError(Exception):
    """The base of every error that Care Atlas raises on purpose.

    Takes:  what broke, and by keyword where, expected, found and the next step (all text).
    Gives:  a message of up to four lines; `exit_code` is what the command line ends with.
    """

    exit_code = 1

    def __init__(
        self,
        what: str,
        *,
        where: str = "",
        expected: str = "",
        found: str = "",
        next: str = "",  # noqa: A002  (it is the word the message prints)
    ):
        self.what, self.where = what, where
        self.expected, self.found, self.next = expected, found, next
        super().__init__(str(self))

    def __str__(self) -> str:
        lines = [f"{type(self).__name__}: {self.where + ': ' if self.where else ''}{self.what}"]
        facts = {"expected": self.expected, "found": self.found, "next": self.next}
        return "\n".join(lines + [f"  {name}: {fact}" for name, fact in facts.items() if fact])


class NoSnapshot(LakeError):
    """There is no sealed lake to read, or the one asked for is gone or damaged."""


class UnknownName(LakeError):
    """A table, metric, level, source or band that nobody declared."""

    exit_code = 2


class BadQuestion(LakeError):
    """A Question that cannot be answered as it is put."""

    exit_code = 2


class BadDeclaration(LakeError):
    """A table, metric or wing that contradicts itself or another: found when it is imported."""

    exit_code = 2


class PublisherUnreachable(LakeError):
    """The publisher, or the mirror, did not answer, or not with what it should."""


class NotTheFile(LakeError):
    """Bytes that are not what their name says: a page saved as a zip, a broken or hostile zip."""


class ContractBroken(LakeError):
    """A part of a release lacks what its table's contract needs."""


class LakeBusy(LakeError):
    """Another process is writing to this lake."""


class LedgerUnreadable(LakeError):
    """The registry's database cannot be read: it is away, or not of today."""


class NotAllowed(LakeError):
    """Somebody asked for what their role, or their domains, do not give them."""

    exit_code = 2
