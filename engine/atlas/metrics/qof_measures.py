"""The five QOF measures, with NHS England's own formulas (DOMAIN: the official names).

The published DENOMINATOR already has personalised care adjustments (PCAs) taken off: they are
added back for PRI and never subtracted again.
"""

from dataclasses import dataclass
from typing import Literal

import polars as pl

from engine.atlas.rollup import GIVEN, organisation_code
from engine.dimension import Dimension, Lookup
from engine.metric import Metric, MetricWords

OWNER = "Care Atlas data team"


@dataclass(frozen=True, kw_only=True, eq=False)
class QofMeasure(Metric):
    """A metric that a question asks of one indicator, or of one register.

    code     the column of its table which the question's indicator selects
    item     what that is, in a word
    exists   the column of `indicator`, and its value, by which a code is known to have the measure
    pcas     what personalised care adjustments are to it: a count `beside` it, of patients who can
             be left out or counted; the rate `itself`; `none`: it has nothing to do with them
    is_paid  whether it is what was paid, which can be another year's level
    """

    code: str
    item: str = "indicator"
    exists: tuple[str, bool | str]
    pcas: Literal["beside", "itself", "none"] = "none"
    is_paid: bool = False


_num, _den = pl.when(GIVEN).then("numerator"), pl.when(GIVEN).then("denominator")
_pcas = pl.when(GIVEN).then(pl.col("pcas").fill_null(0))
# The same in SQL; tests/app/test_receipt.py holds the one to the other.
_GIVEN = "numerator is not null and denominator is not null"
_NUM, _DEN = (f"case when {_GIVEN} then {part} end" for part in ("numerator", "denominator"))
_PCAS = f"case when {_GIVEN} then coalesce(pcas, 0) end"
_ALL = f"case when {_GIVEN} then denominator + coalesce(pcas, 0) end"

_COUNTS = ("register", "numerator", "denominator", "pcas", "points")
PLACES = (
    Dimension("year"),
    Dimension("practice_code"),
    *(
        Dimension(
            f"{level}_code",
            organisation_code(level),
            table="practice_geography",
            on=("year", "practice_code"),
        )
        for level in ("pcn", "sub_icb", "icb", "region")
    ),
)
_OF_INDICATORS = (*PLACES, Dimension("indicator_code"))

NET = QofMeasure(
    name="net",
    label="Of patients eligible",
    table="percent_achieved",
    code="indicator_code",
    exists=("has_fraction", True),
    numerator=_num,
    denominator=_den,
    sql=(_NUM, _DEN),
    shows=_COUNTS,
    dimensions=_OF_INDICATORS,
    formula="sum(numerator) / sum(denominator)",
    unit="percent",
    format="percent",
    better="higher",
    interval=True,
    pcas="beside",
    words=MetricWords(
        "achieved", "eligible", of="those eligible", axis="Achieved, of patients eligible"
    ),
    why="NHS England's underlying achievement, net of personalised care adjustments (PCAs).",
    caveats="Patients excluded by a PCA are in neither sum, so heavy use of PCAs raises it.",
    owner=OWNER,
)
PRI = QofMeasure(
    name="pri",
    label="Of all on the register",
    table="percent_achieved",
    code="indicator_code",
    exists=("has_fraction", True),
    numerator=_num,
    denominator=_den + _pcas,
    sql=(_NUM, _ALL),
    shows=_COUNTS,
    dimensions=_OF_INDICATORS,
    formula="sum(numerator) / sum(denominator + PCAs)",
    unit="percent",
    format="percent",
    better="higher",
    interval=True,
    pcas="beside",
    words=MetricWords(
        "achieved",
        "on register",
        of="all on the register",
        size="Patients on the register",
        axis="Achieved, of all on the register",
    ),
    why="Patients receiving the intervention: nobody is left out, so practices compare fairly.",
    caveats="Where no PCAs are recorded they count as none.",
    owner=OWNER,
)
PCA_RATE = QofMeasure(
    name="pca_rate",
    label="Care adjustments (PCA rate)",
    table="percent_achieved",
    code="indicator_code",
    exists=("has_pcas", True),
    numerator=_pcas,
    denominator=_den + _pcas,
    sql=(_PCAS, _ALL),
    shows=_COUNTS,
    dimensions=_OF_INDICATORS,
    formula="sum(PCAs) / sum(denominator + PCAs)",
    unit="percent",
    format="percent",
    better="neither",
    interval=True,
    crowds=True,
    pcas="itself",
    words=MetricWords("PCAs", "on register", size="Patients on the register", banded="PCA rate"),
    why="How many patients were excluded from the indicator, with a reason given.",
    caveats="A patient can be counted once for each indicator: these are PCA events.",
    owner=OWNER,
)
POINTS = QofMeasure(
    name="points",
    label="QOF points",
    table="percent_achieved",
    code="indicator_code",
    exists=("has_points", True),
    lookup=Lookup("indicator", on=("year", "indicator_code"), columns=("points_max",)),
    numerator=pl.col("points"),
    denominator=pl.when(pl.col("points").is_not_null()).then(pl.col("points_max")),
    sql=("points", "case when points is not null then points_max end"),
    shows=(*_COUNTS, "points_max"),
    dimensions=_OF_INDICATORS,
    formula="sum(points achieved) / sum(points that could be achieved)",
    unit="percent of points",
    format="percent",
    better="higher",
    is_paid=True,
    words=MetricWords(
        "points",
        "possible",
        of="those possible",
        counted="points",
        nobody="no points could be achieved",
        enough="a value",
        size="Points possible",
        banded="Points",
        no_interval="Points are no share of patients, so chance sets them no limits.",
    ),
    why="What practices are paid for.",
    caveats=(
        "Points have thresholds and were protected in 2020-21 and, for 32 indicators, 2024-25;"
        " they are not a share of patients."
    ),
    owner=OWNER,
)
PREVALENCE = QofMeasure(
    name="prevalence",
    label="Prevalence",
    table="prevalence",
    code="group_code",
    item="register",
    exists=("kind", "register"),
    numerator=pl.when(pl.col("list_size").is_not_null()).then("register"),
    denominator=pl.col("list_size"),
    sql=("case when list_size is not null then register end", "list_size"),
    shows=("register", "list_type", "list_size"),
    dimensions=(*PLACES, Dimension("group_code")),
    formula="sum(register) / sum(list of that age band)",
    unit="percent",
    format="percent",
    better="neither",
    interval=True,
    crowds=True,
    words=MetricWords(
        "on register",
        "on list",
        of="all on the list",
        nobody="nobody on the list",
        enough="10 or more patients on the list",
        size="Patients on the list",
        banded="Prevalence",
    ),
    why="How common the condition is among registered patients, as far as it is diagnosed.",
    caveats=(
        "The list is that of the register's age band, about 1 April after the year ends. As in the"
        " publisher's own totals, the list of a practice that gave no register counts in its areas."
    ),
    owner=OWNER,
)

MEASURES: dict[str, QofMeasure] = {m.name: m for m in (NET, PRI, PCA_RATE, POINTS, PREVALENCE)}
USUAL_MEASURE = NET.name
"""What is asked where nobody says which measure; links leave it out."""
ADJUSTED = tuple(name for name, m in MEASURES.items() if m.pcas == "beside")
"""The shares of which patients with a care adjustment can be left out, or not."""
LISTED = (PREVALENCE, NET)
"""What a list of everything has: each group's register, then its indicators."""
