"""Renames: which of the columns that came is which of those that went, with what speaks for it.

A proposal, never a decision: values are better evidence than names, and both are told. Pure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import polars as pl

from refresh.publications.header_words import tokens

_LEAST = 0.60
_LEAST_BY_NAME = 0.75
_ENOUGH, _SMALL = 5, 20


@dataclass(frozen=True)
class Rename:
    """A column under another name.

    likeness  from 0 to 1
    evidence  what speaks for it, in words
    """

    before: str
    after: str
    likeness: float
    evidence: str


def renames(
    removed: Sequence[str],
    added: Sequence[str],
    before: pl.DataFrame | None = None,
    after: pl.DataFrame | None = None,
) -> list[Rename]:
    """Pairs of a column that went and one that came, the likeliest first; each column once.

    Takes:  names; the rows of both, with these columns, where they are at hand.

    >>> one = pl.DataFrame({"ccg": ["00L", "01A", "02P", "03F", "04C"]})
    >>> two = pl.DataFrame({"sub_icb": ["00L", "01A", "02P", "03F", "04C"]})
    >>> renames(["ccg"], ["sub_icb"], one, two)[0].evidence
    '100% of the values are the same, of 5'
    """
    pairs = (_pair(old, new, before, after) for old in removed for new in added)
    return best_pairs(pair for pair in pairs if pair)


def best_pairs(likely: Iterable[Rename]) -> list[Rename]:
    """Of all pairs the likeliest, the next of what is left, and so on; each name once."""
    found: list[Rename] = []
    for pair in sorted(likely, key=lambda pair: (-pair.likeness, pair.before, pair.after)):
        if not any(pair.before == f.before or pair.after == f.after for f in found):
            found.append(pair)
    return found


def _pair(
    old: str, new: str, before: pl.DataFrame | None, after: pl.DataFrame | None
) -> Rename | None:
    named = name_likeness(old, new)
    if before is not None and after is not None and old in before and new in after:
        if (by_value := _value_likeness(before[old], after[new])) is not None:
            share, words = by_value
            # Two columns of small counts have most of their values in common, and nothing else.
            is_small = before[old].dtype.is_numeric() and before[old].n_unique() <= _SMALL
            likeness = min(share, named) if is_small else share
            return Rename(old, new, round(likeness, 2), words) if likeness >= _LEAST else None
    if named < _LEAST_BY_NAME:
        return None
    return Rename(old, new, round(named, 2), f"the names are {named:.0%} alike")


def name_likeness(one: str, other: str) -> float:
    """How alike two names are, word by word and letter by letter, from 0 to 1.

    >>> name_likeness("PATIENT_LIST_SIZE", "patient list size")
    1.0
    """
    words = [set(tokens(name)) for name in (one, other)]
    shared = len(words[0] & words[1]) / max(1, len(words[0] | words[1]))
    letters = [" ".join(tokens(name)) for name in (one, other)]
    return max(shared, SequenceMatcher(None, letters[0], letters[1]).ratio())


def _value_likeness(one: pl.Series, other: pl.Series) -> tuple[float, str] | None:
    """The share of values that both have; None where there are too few to tell."""
    if one.dtype.is_numeric() != other.dtype.is_numeric():
        return 0.0, "one is a number and the other is not"
    these, those = (c.drop_nulls().cast(pl.String).unique() for c in (one, other))
    fewer = min(these.len(), those.len())
    if fewer < 2 or these.len() + those.len() < 2 * _ENOUGH:
        return None
    shared = int(these.is_in(those.implode()).sum())
    share = shared / fewer if fewer >= _ENOUGH else shared / max(these.len(), those.len())
    return share, f"{share:.0%} of the values are the same, of {fewer:,}"
