"""What columns mean, as somebody says it beside a draft: one by one, or by a publisher's list."""

from collections.abc import Iterator, Mapping

from refresh.publications.manifest import ManifestColumn, TableOf
from refresh.publications.reading.heading import plain, tidied

LONGEST = 1_000
_PARTED = ("\t", "|", ";", ": ", " - ", " – ", ",")


def describe(of: TableOf, said: Mapping[str, str]) -> None:
    """Write what was said of a table's columns into it.

    Takes:  by `means SOURCE COLUMN` what a column means, and by `meanings SOURCE` a list as
            `pairs` reads it, which fills what nothing is said of.
    """
    listed = {plain(name): meaning for name, meaning in pairs(said.get(f"meanings {of.code}", ""))}
    for column in of.columns:
        former = column.description
        column.description = tidied(said.get(f"means {of.code} {column.name}", former))[:LONGEST]
        column.description = column.description or meaning_of(column, listed)
        if column.description != former:
            column.metadata_source = "manual"


def names_of(column: ManifestColumn) -> tuple[str, ...]:
    """The plain names by which a list may know a column, the likeliest first."""
    # Of a header in several rows the lowest is what publishers list.
    lowest = column.original_name.rpartition(" | ")[2]
    return tuple(filter(None, map(plain, (column.original_name, column.name, lowest))))


def meaning_of(column: ManifestColumn, listed: Mapping[str, str]) -> str:
    """What a list of meanings, by plain name, says of a column; empty where it says nothing."""
    found = (listed.get(name, "") for name in names_of(column))
    return next(filter(None, found), "")[:LONGEST]


def pairs(text: str) -> Iterator[tuple[str, str]]:
    """The names and meanings of a list, as it is copied from a sheet or a page.

    Takes:  a line a column: its name, then a tab (or `|`, `;`, `: `, ` - `, `,`), and its meaning.

    >>> list(pairs("ORG_CODE | Code of the trust\\nBeds, open: At midnight, all\\nField"))
    [('ORG_CODE', 'Code of the trust'), ('Beds, open', 'At midnight, all')]
    """
    for line in text.splitlines():
        by = next((one for one in _PARTED if one in line), None)
        name, _, meaning = (tidied(part).strip('"') for part in line.partition(by or "\t"))
        if name and meaning:
            yield name, meaning
