"""Comparability: where a series breaks, what took its place, and which years were out of order.

The break of each indicator and year comes from the lake's `indicator` table. What no file says is
declared here: which codes follow which, and which years' figures were protected. The words are
for people; a chart uses `segment` of trend.py.
"""

from dataclasses import dataclass

import polars as pl

from engine.atlas.ask import Question
from engine.atlas.metrics.qof_measures import MEASURES
from engine.lake import Lake


@dataclass(frozen=True)
class Succession:
    """One code that took the place of another, in which year, and why they are not one series."""

    before: str
    after: str
    year: str
    why: str = "a new code means that the definition or its exclusions changed"


_LIPIDS = "the target for LDL cholesterol moved from 1.8 to 2.0 mmol/L"
# Inferred for 2023-24 (same group, age band and points); the publisher names no successors.
SUCCESSIONS: tuple[Succession, ...] = (
    Succession("AF007", "AF008", "2023-24"),
    Succession("AST006", "AST011", "2023-24"),
    Succession("CHD008", "CHD015", "2023-24"),
    Succession("CHD009", "CHD016", "2023-24"),
    Succession("COPD008", "COPD014", "2023-24"),
    Succession("COPD009", "COPD015", "2023-24"),
    Succession("DEP003", "DEP004", "2023-24"),
    Succession("DM019", "DM033", "2023-24"),
    Succession("HF005", "HF008", "2023-24"),
    Succession("HYP003", "HYP008", "2023-24"),
    Succession("HYP007", "HYP009", "2023-24"),
    Succession("NDH001", "NDH002", "2023-24"),
    Succession("OB002", "OB003", "2023-24"),
    Succession("STIA010", "STIA014", "2023-24"),
    Succession("STIA011", "STIA015", "2023-24"),
    Succession("CHOL001", "CHOL003", "2024-25", _LIPIDS),
    Succession("CHOL002", "CHOL004", "2024-25", _LIPIDS),
)

PANDEMIC: dict[str, str] = {
    "2020-21": (
        "Much of QOF was suspended in the pandemic. Counts of patients are real, but reflect it;"
        " most points were protected or paid on the year before."
    ),
    "2021-22": "QOF was suspended from December 2021: counts are real, but reflect it.",
}
NOTES: dict[str, str] = PANDEMIC | {
    "2019-20": "The year ended on 31 March 2020, as the pandemic began: a small effect at most."
}
PAID_AS_BEFORE = "2024-25"
PAID_AS_BEFORE_WORDS = "Points were paid at the level of 2023-24, whatever was achieved."
PAID_AS_BEFORE_CODES = frozenset(
    """
    AF001 AST005 CAN001 CHD001 CKD005 COPD015 DEM001 DM017 EP001 HF001 HYP001 LD004 MH001 OB003
    OST004 PAD001 PC001 RA001 STIA001 AST008 CAN004 CAN005 COPD014 DEP004 MH021 SMOK005
    QI013 QI014 QI016 QI017 QI018 QI019
    """.split()
)


def linked(indicator: str) -> tuple[str, ...]:
    """The codes that measured much the same, oldest first, with `indicator` among them.

    >>> linked("AF008"), linked("DM020")
    (('AF007', 'AF008'), ('DM020',))
    """
    before = {s.after: s.before for s in SUCCESSIONS}
    after = {s.before: s.after for s in SUCCESSIONS}
    # Walked both ways: a code in the middle has a past and a future.
    codes = [indicator]
    while codes[0] in before:
        codes.insert(0, before[codes[0]])
    while codes[-1] in after:
        codes.append(after[codes[-1]])
    return tuple(codes)


def breaks(lake: Lake, indicator: str) -> pl.LazyFrame:
    """The break-in-series table of an indicator and of the codes linked to it, for people.

    Gives:  one row a year in which any of them was published, by year and code: `year`,
            `indicator_code`, `description`, `breaks_series` (it cannot be compared with the row
            above; never null) and `break_reason` (words; null where there is no break).
            An indicator that nobody published has no rows.

    A code that follows another is *linked, with a break*: shown beside it, never joined to it.
    """
    codes = linked(indicator)
    follows = {f"{s.after} {s.year}": _words(s) for s in SUCCESSIONS}
    declared = pl.concat_str("indicator_code", "year", separator=" ").replace_strict(
        follows, default=None, return_dtype=pl.String
    )
    reason = pl.coalesce(declared, "break_reason")
    return (
        lake.scan("indicator")
        .filter(pl.col("indicator_code").is_in(codes))
        .select(
            "year",
            "indicator_code",
            "description",
            breaks_series=pl.col("breaks_series").fill_null(False) | declared.is_not_null(),
            break_reason=reason,
        )
        .sort("year", "indicator_code")
    )


def protected(measure: str) -> pl.Expr:
    """Whether a year's figure was made under protection, so that it is marked; never null.

    Takes: the measure asked; the columns `year` and `indicator_code`.
    """
    pandemic = pl.col("year").is_in(list(PANDEMIC))
    return pandemic | _paid_as_before() if MEASURES[measure].is_paid else pandemic


def year_note(measure: str) -> pl.Expr:
    """What a reader should know of a year before reading its figure; null where nothing.

    Takes: the measure asked; the columns `year` and `indicator_code`.
    """
    note = pl.col("year").replace_strict(NOTES, default=None, return_dtype=pl.String)
    if not MEASURES[measure].is_paid:
        return note
    return pl.when(_paid_as_before()).then(pl.lit(PAID_AS_BEFORE_WORDS)).otherwise(note)


def disturbed(question: Question) -> str:
    """What a reader must know of a figure's year where it was protected; empty elsewhere.

    >>> disturbed(Question("COPD010", "2021-22"))
    'QOF was suspended from December 2021: counts are real, but reflect it.'
    >>> disturbed(Question("COPD010", "2022-23"))
    ''
    """
    if MEASURES[question.measure].is_paid and question.year == PAID_AS_BEFORE:
        return PAID_AS_BEFORE_WORDS if question.indicator in PAID_AS_BEFORE_CODES else ""
    return PANDEMIC.get(question.year, "")


def _paid_as_before() -> pl.Expr:
    is_one = pl.col("indicator_code").is_in(sorted(PAID_AS_BEFORE_CODES))
    return (pl.col("year") == PAID_AS_BEFORE) & is_one


def _words(succession: Succession) -> str:
    return f"Follows {succession.before}, linked with a break: {succession.why}"
