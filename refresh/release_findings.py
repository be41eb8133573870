"""What is said of a release as a whole while it is staged: findings only, in words.

Part of the walk, beside staging, which decides.
"""

from collections.abc import Sequence
from pathlib import Path

from refresh.extract.decode import Strays
from refresh.extract.read import Member
from refresh.finding import Finding
from refresh.part_files import names_of
from refresh.source import Source


def encodings(strays: Strays | None, where: str) -> list[Finding]:
    """What a file in two encodings at once leaves behind."""
    if strays is None:
        return []
    return [
        Finding(
            "warn",
            "quality",
            "one encoding",
            where,
            f"{strays.count:,} bytes are not UTF-8 and were read as Windows-1252, the first in line"
            f" {strays.line:,}",
            column="(text)",
            expected="UTF-8 throughout",
            observed=f"0x{strays.byte:02x} in line {strays.line:,}: {strays.text}",
            rows_failed=strays.count,
            sample=strays.text,
            next_step="look at these names; where one is wrong, tell the publisher",
        )
    ]


def without_rows(chosen: list[Member], rows: Sequence[int]) -> list[Finding]:
    """Of several files that make a part together, those that bring nothing to it.

    Takes:  the files, and how many rows of each can be used.
    """
    return [
        Finding(
            "fail",
            "row_count",
            "every file has rows",
            member.where,
            "no row of this file can be used; the others would pass for the whole",
            expected="1 or more",
            observed="0",
            next_step="open the file; if the publisher issued it like this, wait for a corrected"
            " one (the last good release stays in use)",
        )
        for member, usable in zip(chosen, rows, strict=True)
        if len(chosen) > 1 and not usable
    ]


def nothing_in_it(source: Source, everything: list[Member], release: str) -> Finding:
    """That no file of a release is known as a part of its source."""
    return Finding(
        "fail",
        "schema",
        "parts of the release",
        release,
        f"nothing in it is known as a part of {source.name}",
        column="(file names)",
        expected=", ".join(part.members[0] for part in source.parts),
        observed=names_of(everything),
        next_step="open the file; if the publisher renamed its members, add the new names to"
        " refresh/*/sources/",
    )


def unreadable(path: Path, error: OSError) -> Finding:
    """That the disk does not give a stored file back."""
    return Finding(
        "fail",
        "metadata",
        type(error).__name__,
        str(path),
        f"the stored file cannot be read: {error.strerror or error}",
        next_step="fetch it again: python -m refresh run, without --offline",
    )
