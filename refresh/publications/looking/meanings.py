"""What a publisher says that its columns mean, on a sheet or in a file beside the data.

Such a sheet is known by the words of its name, and believed only where it lists columns that the
tables beside it have.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import fmean

from engine.errors import LakeError
from refresh.publications.described import LONGEST, meaning_of, names_of
from refresh.publications.looking.looked import Bare, Looked
from refresh.publications.manifest import TableOf
from refresh.publications.reading.heading import plain, tidied
from refresh.publications.reading.text import is_book, sheet_of

LISTS = frozenset("dictionary field fields column columns variable variables".split())
"""Words in the name of such a sheet, besides those of any sheet without data."""
FEWEST = 2  # columns that a list names; one alone may be a word of a sentence
SHORTEST = 10  # letters of a meaning, on average: shorter ones are types, units or sheets


def take_over(sources: Iterable[TableOf], seen: Iterable[Looked | Bare]) -> None:
    """Describe the columns of tables by the sheets beside them; what is described stays.

    Takes:  the tables of one file; what was seen in it that by its name lists no data.
    """
    tables = [of for of in sources if of.enabled]
    names = {name for of in tables for column in of.columns for name in names_of(column)}
    for one in _once(seen):
        listed = meanings(_rows(one), names)
        for of in tables if listed else ():
            found = 0
            for column in of.columns:
                if not column.description:
                    column.description = meaning_of(column, listed)
                    found += bool(column.description)
            if found:
                where = f"`{one.sheet or one.member.name}`"
                of.notes.append(f"What {found} of its columns mean is taken from {where}.")


def meanings(rows: Sequence[Sequence[str]], names: set[str]) -> dict[str, str]:
    """By plain name what the rows of a sheet say of columns; nothing where they are no such list.

    Takes:  the sheet's cells; the plain names of the columns that there are.

    >>> sheet = [["Field", "Type", "Meaning"], ["ORG", "text", "Code of the trust"]]
    >>> meanings([*sheet, ["Beds", "number", "Open at midnight"]], {"org", "beds", "date"})
    {'org': 'Code of the trust', 'beds': 'Open at midnight'}
    >>> meanings([["Notes"], ["Beds", "Open at midnight"]], {"org", "beds"})
    {}
    """
    counts = Counter(at for row in rows for at, cell in enumerate(row) if plain(cell) in names)
    # Of two the one further left: what is listed comes before what is said of it.
    at = max(counts, key=lambda one: (counts[one], -one), default=0)
    listed = [row for row in rows if at < len(row) and plain(row[at]) in names]
    if len({plain(row[at]) for row in listed}) < FEWEST:
        return {}
    lengths = {
        other: fmean(len(row[other]) if other < len(row) else 0 for row in listed)
        for other in range(at + 1, max(map(len, listed)))
    }
    by = max(lengths, key=lambda one: lengths[one], default=0)
    if lengths.get(by, 0) < SHORTEST:
        return {}
    said = {plain(row[at]): tidied(row[by])[:LONGEST] for row in reversed(listed) if by < len(row)}
    return {name: meaning for name, meaning in reversed(said.items()) if meaning}


def _once(seen: Iterable[Looked | Bare]) -> list[Looked | Bare]:
    """One of each sheet: it may have been taken for several tables."""
    return list({(one.member, one.sheet): one for one in seen}.values())


def _rows(one: Looked | Bare) -> Sequence[Sequence[str]]:
    if is_book(one.member.name):
        try:
            return sheet_of(one.member, one.sheet)[0].rows
        except LakeError:  # it was told already that it cannot be read
            return []
    if isinstance(one, Bare):
        return []
    return [one.published, *one.rows.fill_null("").rows()]
