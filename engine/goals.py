"""The eight goals: what is aimed at, how each measure is taken, and when it is met. Pure.

The figures are rows of `test_evidence`; the targets of today are these, or what somebody set in
their place (`goal_targets`). PUBLICATIONS, section 2.11, is where they come from.
"""

from dataclasses import dataclass
from typing import Literal

from engine.vocabulary import Verdict

NEAR = 0.1
"""How far from its target, relative to it, a measure is not yet missed."""


@dataclass(frozen=True)
class Measure:
    """One figure of a goal.

    name      as the ledger keeps it; `label`: as people say it; `unit` stands behind the figure
    target    what is aimed at; better: whether it may be more or less than that
    strictly  whether the target itself is not good enough (`under 5 %`)
    warn_to   how far it may miss and still be a warning; None: a tenth of the target
    how       how it is measured here
    """

    name: str
    label: str
    target: float
    unit: str
    how: str
    better: Literal["higher", "lower"] = "higher"
    strictly: bool = False
    warn_to: float | None = None

    def written(self, value: float | None) -> str:
        """A figure of this measure as people read it.

        >>> LOAD_SUCCESS.written(95.0), LOAD_SUCCESS.written(None)
        ('95 %', 'not measured')
        """
        if value is None:
            return "not measured"
        figure = f"{value:,.1f}".removesuffix(".0")
        return f"{figure} {self.unit}".strip()

    def aim(self, target: float | None = None) -> str:
        """What is aimed at, in words: `95 % or more`, `under 5 %`.

        >>> LOAD_SUCCESS.aim()
        '95 % or more'
        """
        wanted = self.target if target is None else target
        figure = self.written(wanted)
        if not (wanted or self.strictly or self.better == "higher"):
            return figure  # less than none there is not
        if self.better == "higher":
            return f"over {figure}" if self.strictly else f"{figure} or more"
        return f"under {figure}" if self.strictly else f"{figure} or less"


@dataclass(frozen=True)
class Baseline:
    """A figure from before: of whom it is; None where the brief has none."""

    value: float | None
    source: str


@dataclass(frozen=True)
class Goal:
    """One goal; the first of its measures is the one that it is judged by."""

    number: int
    name: str
    measures: tuple[Measure, ...]
    baseline: Baseline

    @property
    def headline(self) -> Measure:
        """The measure that the goal is judged by."""
        return self.measures[0]


def status_of(measure: Measure, actual: float, target: float | None = None) -> Verdict:
    """Whether a figure meets its target, nearly does, or misses it.

    Takes:  the measure; the figure; what is aimed at now, where that is not what is declared.

    >>> [status_of(LOAD_SUCCESS, share) for share in (95.0, 94.9, 80.0, 79.9)]
    ['pass', 'warn', 'warn', 'fail']
    """
    aim = measure.target if target is None else target
    sign = 1 if measure.better == "higher" else -1
    if sign * actual > sign * aim or (actual == aim and not measure.strictly):
        return "pass"
    near = aim - sign * aim * NEAR
    # The band is given beside the target that was declared; another target has a tenth.
    edge = (
        near if measure.warn_to is None or target not in (None, measure.target) else measure.warn_to
    )
    return "warn" if sign * actual >= sign * edge else "fail"


def goal(number: int) -> Goal | None:
    """The goal of that number, 1 to 8; None for another."""
    return next((one for one in GOALS if one.number == number), None)


def _none(name: str, label: str, how: str) -> Measure:
    return Measure(name, label, 0, "", how, better="lower")


def _all(name: str, label: str, how: str) -> Measure:
    return Measure(name, label, 100, "%", how)


def _within(name: str, label: str, most: float, unit: str, how: str) -> Measure:
    return Measure(name, label, most, unit, how, better="lower", strictly=True)


LOADS_WELL, LOADS_ILL = 95.0, 80.0
"""Percent of loads that should go well; under the second something is wrong."""
LOAD_SUCCESS = Measure(
    "load_success",
    "Loads that went well",
    LOADS_WELL,
    "%",
    "completed of all loads that ended in the last seven days",
    warn_to=LOADS_ILL,
)
_TBD = Baseline(None, "the brief has none: our own first measurement is the baseline")

GOALS: tuple[Goal, ...] = (
    Goal(
        1,
        "Extract correctness",
        (
            Measure(
                "rows_extracted",
                "Rows that were read",
                95,
                "%",
                "rows of the golden datasets, of those a person counted",
            ),
            _all("tables_detected", "Tables that were found", "tables of the golden datasets"),
            Measure(
                "column_types_right",
                "Columns read as what they are",
                90,
                "%",
                "columns of golden datasets whose name, sum or empty cells are as expected",
            ),
        ),
        _TBD,
    ),
    Goal(
        2,
        "Schema stability",
        (
            _none(
                "unintended_changes",
                "Changes that nobody answered",
                "drift of 30 days that is no notice, healed by no rule and answered by nobody",
            ),
            _all(
                "changes_documented",
                "Changes with an answer",
                "drift of 30 days with a rule's or a person's answer",
            ),
            _none("breaking_changes", "Breaking changes", "drift of 30 days that breaks readers"),
            _within(
                "columns_added",
                "Columns added in a month",
                5,
                "%",
                "new columns of 30 days, of all that are known",
            ),
        ),
        _TBD,
    ),
    Goal(
        3,
        "Load success",
        (
            LOAD_SUCCESS,
            _within(
                "first_attempt_failures",
                "First attempts that failed",
                5,
                "%",
                "of the periods that were tried in the last seven days",
            ),
            _all("failures_with_cause", "Failures with a cause", "failed loads that say why"),
        ),
        Baseline(89, "the brief's table says 89 %, its own text about 85 %"),
    ),
    Goal(
        4,
        "Data quality",
        (
            _none("quality_issues", "Faults of quality", "the three below, added up"),
            _none("columns_all_null", "Columns without a value", "of each source's last load"),
            _none("duplicate_keys", "Rows with a key twice", "of each source's last load"),
            _none("type_mismatches", "Cells of another type", "of each source's last load"),
            _within(
                "marks_misread",
                "Marks read as text",
                1,
                "%",
                "cells of each source's last load that are marks and were read as text",
            ),
        ),
        _TBD,
    ),
    Goal(
        5,
        "Metadata coverage",
        (
            Measure(
                "columns_described",
                "Columns with a description",
                90,
                "%",
                "of all columns of registered sources",
            ),
            Measure(
                "columns_searchable",
                "Columns with search terms",
                90,
                "%",
                "of all columns of registered sources",
            ),
            _all("sources_with_domain", "Sources with a domain", "of registered sources"),
            _all("sources_with_purpose", "Sources with a purpose", "of registered sources"),
        ),
        Baseline(95, "the brief's table"),
    ),
    Goal(
        6,
        "Cross-period consistency",
        (
            Measure(
                "codes_matching",
                "Sources known again",
                80,
                "%",
                "by canonical matching of each publication's newest period with the one before",
            ),
            _within(
                "columns_drifted",
                "Columns that differ",
                20,
                "%",
                "headers of either period that the other lacks (one less Jaccard)",
            ),
        ),
        Baseline(100, "the brief's table"),
    ),
    Goal(
        7,
        "Performance",
        (
            Measure(
                "publications_a_night",
                "Publications that a night can load",
                100,
                "",
                "eight hours over the time that a million rows take, from file to sealed table",
            ),
            _within("read_seconds", "Reading a million rows", 60, "s", "a timed file, scaled up"),
            _within("load_seconds", "Loading a million rows", 120, "s", "a timed load, scaled up"),
            _within(
                "publication_seconds",
                "Slowest publication in a month",
                300,
                "s",
                "loads of one run added up, the longest of 30 days",
            ),
            Measure(
                "csv_times_excel",
                "CSV beside Excel",
                25,
                "times as fast",
                "the same rows as CSV and as a workbook",
            ),
        ),
        _TBD,
    ),
    Goal(
        8,
        "Answers for agents",
        (
            Measure(
                "agentic_pass",
                "Questions that agents get right",
                95,
                "%",
                "the survey of ten questions, asked of every dataset and metric",
            ),
            _within("list_ms", "List datasets", 100, "ms", "95th percentile in the survey"),
            _within("metadata_ms", "Metadata", 200, "ms", "95th percentile in the survey"),
            _within("simple_query_ms", "Simple query", 500, "ms", "95th percentile in the survey"),
            _within(
                "complex_query_ms", "Complex query", 2_000, "ms", "95th percentile in the survey"
            ),
        ),
        Baseline(94, "the brief's table says 94 %, its own text 89 %"),
    ),
)
MEASURES: dict[str, tuple[Goal, Measure]] = {
    measure.name: (one, measure) for one in GOALS for measure in one.measures
}
"""Each measure by its name, with the goal that it belongs to."""
