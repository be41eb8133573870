"""Source codes: what a file is called whatever its period, and which sheets and files are no data.

Pure, and the same at every run: a code is a table's name, and must not move with the calendar.
"""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from refresh.publications.header_words import tokens
from refresh.publications.looking.period_words import period_in, period_of

LONGEST = 40
_LAST = 3
_NO_NAME = frozenset(
    "csv xlsx xls xlsm zip ods file data download web final provisional prov revised revision"
    " version copy publication published updated update new".split()
)
_VERSION = re.compile(r"v\d+|\d{4,}|(?:0[1-9]|1[0-2])\d\d")
# What england.nhs.uk adds to a name so that no two are the same: `-QVPHP`, `_HF2UI5`.
_ADDED = re.compile(r"(?=[A-Z0-9]*\d|[^AEIOU]*$)[A-Z0-9]{5,6}")
_GLUED = re.compile(r"(?<![a-zA-Z])((?!(?:fy|q)\d)[a-zA-Z]{2,}?)(\d{4,})(?!\d)", re.IGNORECASE)
_SURE = frozenset(
    "cover contents glossary readme methodology metadata definitions definition notes guidance"
    " introduction".split()
)
# Of these only a name that has no other word is no data: `Metric by provider` is.
_ALONE = frozenset("title titles about description descriptions column columns metric metrics"
                   " contact contacts information".split())  # fmt: skip
_FILLER = frozenset(
    "the of and to list names name page sheet us field fields read me table".split()
)


def is_metadata(name: str) -> bool:
    """Whether a sheet or file holds words about data and none, by its name: whole words only.

    >>> [is_metadata(name) for name in ("Title sheet", "Column definitions", "Notes", "Contact us")]
    [True, True, True, True]
    >>> [is_metadata(name) for name in ("Data Quality", "Metric 1 by ICB", "Care contacts")]
    [False, False, False]
    """
    words = set(tokens(name))
    if words & _SURE:
        return True
    return bool(words & _ALONE) and words <= _ALONE | _FILLER


def base_of(file_name: str) -> str:
    """A file's name without its period, version and ending: what it has in common with others.

    >>> base_of("gp-reg-pat-prac-quin-age-jan-18.csv"), base_of("PCNWFIndividualCSV.062026.zip")
    ('gp_reg_pat_prac_quin_age', 'pcnwfindividual')
    >>> base_of("May-26-AE-by-provider-QVPHP.xls"), base_of("ADHD_May26_V2.csv")
    ('ae_by_provider', 'adhd')
    """
    stem = PurePosixPath(file_name).stem
    apart = _GLUED.sub(r"\1 \2", stem)
    parts = [part for part in re.split(r"[\s_.,()+-]+", apart) if part]
    if len(parts) > 2 and _ADDED.fullmatch(parts[-1]):
        parts = parts[:-1]
    kept = [p for p in _without_periods(parts) if not _VERSION.fullmatch(p.lower())]
    words = [word for part in kept for word in tokens(part)]
    return "_".join(word for word in words if word not in _NO_NAME)


def is_of_another_period(name: str, other: str) -> bool:
    """Whether two names are one but for the period that each says.

    >>> is_of_another_period("PCN_Workforce_June_2026.csv", "PCN_Workforce_July_2026.csv")
    True
    >>> is_of_another_period("Table 1", "Table 2"), is_of_another_period("July 2026", "June 2026")
    (False, False)
    """
    both = [PurePosixPath(each).name for each in (name, other)]
    said = [period_in(PurePosixPath(each).stem) for each in both]
    return all(said) and base_of(both[0]) == base_of(both[1]) != ""


def codes_for(bases: Sequence[str], publication: str) -> dict[str, str]:
    """A code for each kind of file: its last three words, more where two would be called the same.

    >>> codes_for(["gp_reg_pat_prac_all", "gp_reg_pat_prac_map", ""], "patients_registered")
    {'gp_reg_pat_prac_all': 'pat_prac_all', 'gp_reg_pat_prac_map': 'pat_prac_map', '': \
'patients_registered'}
    >>> codes_for(["one_a_b_c", "two_a_b_c", "map"], "lists")
    {'one_a_b_c': 'one_a_b_c', 'two_a_b_c': 'two_a_b_c', 'map': 'lists_map'}
    """
    codes: dict[str, str] = {}
    for base in bases:
        words = base.split("_") if base else []
        others = [b.split("_") for b in bases if b != base]
        length = _LAST
        while length < len(words) and any(words[-length:] == o[-length:] for o in others):
            length += 1
        codes[base] = _valid("_".join(words[-length:]), publication, is_short=len(words) < 2)
    return codes


def _valid(code: str, publication: str, *, is_short: bool) -> str:
    """A code as the registry takes it: of at most 40 letters, and a letter first."""
    whole = "_".join(filter(None, [publication if is_short else "", code]))
    if not re.match(r"[a-z]", whole):
        whole = f"p_{whole}"
    while len(whole) > LONGEST and "_" in whole:
        whole = whole.partition("_")[2]
    return whole[:LONGEST] if re.match(r"[a-z]", whole) else f"p_{whole}"[:LONGEST]


def _without_periods(parts: list[str]) -> list[str]:
    """Parts of a name without those that say a period together; the longest run first."""
    for length in (6, 5, 4, 3, 2, 1):
        for start in range(len(parts) - length + 1):
            run = parts[start : start + length]
            if period_of(" ".join(run)) or period_of("-".join(run)):
                return _without_periods(parts[:start] + parts[start + length :])
    return parts
