"""Agreed: what a source is loaded by, as the registry and each release keep it. Shapes and words.

The registry keeps one contract a source: its manifest, with the columns that were agreed on. Each
release keeps the words by which it is read, so that it can be read again when the manifest is gone.
"""

from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

import msgspec

from refresh.publications.manifest import File, ManifestColumn, Struct, TableOf
from refresh.publications.reading.read import IS_TOTAL, SUPPRESSED
from refresh.source import Release
from refresh.store.rows import SourceRow


class ReadBy(Struct):
    """What one release is read by: its source's words with the files of its period alone."""

    of: TableOf
    manifest: str = ""


@dataclass(frozen=True)
class Asked:
    """What a load asks of a source beside what the registry knows.

    of        its manifest, with addresses in full; `name` and `text` are the manifest's own
    force     load again what is loaded
    heal      how far types may be widened: strict, permissive (whole numbers to fractions),
              aggressive (anything to text)
    """

    of: TableOf
    name: str = ""
    text: str = ""
    force: bool = False
    heal: str = "strict"


def accepted(row: SourceRow) -> TableOf | None:
    """What a source is loaded by now; None where no manifest ever described it."""
    text = row["contract"]
    return msgspec.json.decode(text, type=TableOf) if text else None


def words_of(release: Release) -> ReadBy:
    """What a release is read by."""
    return msgspec.json.decode(release.read_by, type=ReadBy)


def as_text(of: Struct) -> str:
    """The words as the registry keeps them."""
    return msgspec.json.encode(of).decode()


def of_period(of: TableOf, period: str) -> TableOf:
    """The same words with the files of one period alone."""
    return msgspec.structs.replace(of, files=[f for f in of.files if f.period == period])


def columns_in(of: TableOf) -> list[ManifestColumn]:
    """The columns of the table as it is loaded: wide dates are a date and a value each."""
    if of.wide is None:
        return list(of.columns)
    dates = {*of.wide.columns}
    still = [column for column in of.columns if column.name not in dates]
    values = [column for column in of.columns if column.name in dates]
    numeric = all(column.dtype not in ("string", "date", "boolean") for column in values)
    return [
        *still,
        ManifestColumn(name=of.wide.date, description="The date that the column was called by."),
        ManifestColumn(
            name=of.wide.value,
            dtype="float64" if numeric else "string",
            is_measure=numeric,
            description="What stood in that column.",
        ),
    ]


def companions(of: TableOf) -> list[ManifestColumn]:
    """What reading puts beside those columns: why a number is not told, and which rows are totals.

    They come and go with the marks of a release, so nobody reviews them.
    """
    wide = {*of.wide.columns} if of.wide else set()
    named = [column.name for column in of.columns if column.marks and column.name not in wide]
    if of.wide and any(column.marks for column in of.columns if column.name in wide):
        named.append(of.wide.value)
    reasons = [
        # Beyond 63 characters, for the column it belongs to may have as many.
        ManifestColumn(name=f"{name}{SUPPRESSED}", description=f"Why `{name}` is not told.")
        for name in named
    ]
    total = ManifestColumn(
        name=IS_TOTAL, dtype="boolean", description="Whether the row is a total of others."
    )
    return [*reasons, *([total] if of.total_rows else [])]


def is_companion(name: str) -> bool:
    """Whether a column is one that reading puts beside the manifest's."""
    return name == IS_TOTAL or name.endswith(SUPPRESSED)


def name_of(url: str) -> str:
    """The name of the file at an address.

    >>> name_of("https://files.nhs.test/a/PCN%20Workforce.xlsx?x=1")
    'PCN Workforce.xlsx'
    """
    return PurePosixPath(unquote(urlsplit(url).path)).name


def told_of(file: File) -> str:
    """A file as people call it: its name, and the sheet or member in it."""
    inside = file.extract or file.sheet
    return f"{name_of(file.url)}/{inside}" if inside else name_of(file.url)
