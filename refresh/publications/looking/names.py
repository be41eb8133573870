"""Our names for what publishers call something: stable, unique, fit for every database."""

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from refresh.publications.looking.period_words import periods_in

LONGEST = 63
RESERVED = frozenset(
    "all and any as asc between by case cast check column create cross current_date default delete"
    " desc distinct drop else end except exists false for foreign from full grant group having in"
    " index inner insert intersect into is join key left like limit natural not null offset on or"
    " order outer primary references right select set table then to true union unique update user"
    " using values when where window with".split()
)
# The rows of a table carry these already.
TAKEN = frozenset({"row", "part", "file", "reason"})
_SAID = {
    "%": " percent ",
    "&": " and ",
    "+": " plus ",
    ">=": " at least ",
    "<=": " at most ",
    "≥": " at least ",
    "≤": " at most ",
    ">": " over ",
    "<": " under ",
    "£": " gbp ",
    "'": "",
    "’": "",
}
_EMPTY = frozenset(
    "the of and for in by to a an at csv xlsx xls ods zip file final v1 v2 v3 web data revised"
    " provisional copy".split()
)


def column_names(published: Sequence[str]) -> list[str]:
    """A name for each header, none twice.

    >>> column_names(["Org Code", ">0-1", "Org code", "", "2019/20", "% Yes", "End"])
    ['org_code', 'over_0_1', 'org_code_2', 'column_4', 'col_2019_20', 'percent_yes', 'end_val']
    """
    names: list[str] = []
    taken: set[str] = set()
    for at, header in enumerate(published, start=1):
        first = name = _column(header) or f"column_{at}"
        again = 1
        while name in taken:
            again += 1
            name = f"{first[: LONGEST - len(str(again)) - 1]}_{again}"
        taken.add(name)
        names.append(name)
    return names


def _column(header: str) -> str:
    words = header.lower()
    for sign, said in _SAID.items():
        words = words.replace(sign, said)
    name = re.sub(r"[^a-z0-9]+", "_", words).strip("_")
    if name and name[0].isdigit():
        name = f"col_{name}"
    if name in RESERVED or name in TAKEN:
        name = f"{name}_val"
    if len(name) > LONGEST:
        # Both ends tell a long name from its neighbours: the question asked, and the answer.
        name = f"{name[:31].rstrip('_')}_{name[-31:].lstrip('_')}"
    return name


def code_of(*parts: str, taken: Iterable[str] = ()) -> str:
    """A code for a table: no dates, the last meaningful words of each part, at most 40 characters.

    >>> code_of("Monthly-AE-August-2024.csv"), code_of("COVER_2019_2020_Q3.ods", "12m_UTLA_GOR")
    ('monthly_ae', 'cover_12m_utla_gor')
    """
    words = [word for part in parts[:1] for word in _words(part)][-3:]
    for part in parts[1:]:
        own = [word for word in re.findall(r"[a-z0-9]+", part.lower()) if word not in _EMPTY]
        words = [word for word in words if word not in own] + own
    code = _short(words) or "source"
    if not code[0].isalpha():
        code = f"t_{code}"
    first, again, used = code, 1, set(taken)
    while code in used:
        again += 1
        code = f"{first}_{again}"
    return code


def _short(words: list[str]) -> str:
    while len("_".join(words)) > 40 and len(words) > 1:
        # The file's words go first: those of the sheet tell one table from another.
        words = words[1:]
    return "_".join(words)[:40].strip("_")


def _words(file_name: str) -> list[str]:
    stem = PurePosixPath(file_name).name
    for suffix in (
        ".gz",
        *(f".{s}" for s in ("csv", "tsv", "txt", "xlsx", "xlsm", "xls", "ods", "zip")),
    ):
        if stem.lower().endswith(suffix):
            stem = stem[: -len(suffix)]
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", stem)
    return [w for w in re.findall(r"[a-z]+[0-9]*|\d+", spaced.lower()) if _is_told(w)]


def _is_told(word: str) -> bool:
    """Whether a word of a file's name says what it is, and not of when."""
    months = "january february march april may june july august september october november december"
    is_month = any(m.startswith(word) and len(word) > 2 for m in months.split())
    is_dated = word.isdecimal() or bool(re.fullmatch(r"q[1-4]|fy\d*|[a-z]{3}\d{2,4}", word))
    return not (is_month or is_dated or word in _EMPTY or periods_in(word))
