"""Names of columns as all files would have them, had they agreed, and how a header is known."""

import re
from collections.abc import Callable, Sequence

HEADER_WITHIN = 40  # rows with something in them, of titles and notes above a header
Knows = Callable[[Sequence[str]], bool]
"""Whether column names, as `tidy` makes them, are those of what is looked for."""


def tidy(name: str) -> str:
    """A column name as all files would have it, had they agreed.

    Takes:  the words of a header cell.
    Gives:  upper case; blanks, line breaks and hyphens, any number of them, as one underscore.
    Raises: nothing.

    >>> tidy(" Partner\\nOrganisation - Code "), tidy("\\ufeffPRACTICE_CODE")
    ('PARTNER_ORGANISATION_CODE', 'PRACTICE_CODE')
    """
    words = name.replace("\ufeff", "").replace("\u200b", "").strip()
    return re.sub("[\\s\u2010-\u2015-]+", "_", words).upper()


def names_of(cells: Sequence[str]) -> list[str]:
    """Column names from header cells: tidy, none blank, none twice."""
    names: list[str] = []
    for place, cell in enumerate(cells, start=1):
        name = first = tidy(cell) or f"COLUMN_{place}"
        again = 1
        while name in names:
            again += 1
            name = f"{first}_{again}"
        names.append(name)
    return names


def is_words(cell: str | None) -> bool:
    """Whether a workbook's cell holds what a header would, neither nothing nor a number."""
    if cell is None or not cell.strip():
        return False
    return not re.fullmatch(r"\s*-?[\d.,%]+\s*", cell)
