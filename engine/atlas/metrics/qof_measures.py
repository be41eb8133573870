"""The five QOF measures, with NHS England's own formulas (DOMAIN: the official names).

The published DENOMINATOR already has personalised care adjustments (PCAs) taken off: they are
added back for PRI and never subtracted again.
"""

import polars as pl

from engine.atlas.rollup import GIVEN
from engine.metric import Metric

OWNER = "Care Atlas data team"
_num, _den = pl.when(GIVEN).then("numerator"), pl.when(GIVEN).then("denominator")
_pcas = pl.when(GIVEN).then(pl.col("pcas").fill_null(0))

NET = Metric(
    name="net",
    label="Of patients eligible",
    table="percent_achieved",
    code="indicator_code",
    numerator=_num,
    denominator=_den,
    formula="sum(numerator) / sum(denominator)",
    unit="percent",
    better="higher",
    why="NHS England's underlying achievement, net of personalised care adjustments (PCAs).",
    caveats="Patients excluded by a PCA are in neither sum, so heavy use of PCAs raises it.",
    owner=OWNER,
)
PRI = Metric(
    name="pri",
    label="Of all on the register",
    table="percent_achieved",
    code="indicator_code",
    numerator=_num,
    denominator=_den + _pcas,
    formula="sum(numerator) / sum(denominator + PCAs)",
    unit="percent",
    better="higher",
    why="Patients receiving the intervention: nobody is left out, so practices compare fairly.",
    caveats="Where no PCAs are recorded they count as none.",
    owner=OWNER,
)
PCA_RATE = Metric(
    name="pca_rate",
    label="Care adjustments (PCA rate)",
    table="percent_achieved",
    code="indicator_code",
    numerator=_pcas,
    denominator=_den + _pcas,
    formula="sum(PCAs) / sum(denominator + PCAs)",
    unit="percent",
    better="neither",
    why="How many patients were excluded from the indicator, with a reason given.",
    caveats="A patient can be counted once for each indicator: these are PCA events.",
    owner=OWNER,
)
POINTS = Metric(
    name="points",
    label="QOF points",
    table="percent_achieved",
    code="indicator_code",
    numerator=pl.col("points"),
    denominator=pl.when(pl.col("points").is_not_null()).then(pl.col("points_max")),
    formula="sum(points achieved) / sum(points that could be achieved)",
    unit="percent of points",
    better="higher",
    why="What practices are paid for.",
    caveats=(
        "Points have thresholds and were protected in 2020-21 and, for 32 indicators, 2024-25;"
        " they are not a share of patients."
    ),
    owner=OWNER,
    interval=False,
)
PREVALENCE = Metric(
    name="prevalence",
    label="Prevalence",
    table="prevalence",
    code="group_code",
    numerator=pl.when(pl.col("list_size").is_not_null()).then("register"),
    denominator=pl.col("list_size"),
    formula="sum(register) / sum(list of that age band)",
    unit="percent",
    better="neither",
    why="How common the condition is among registered patients, as far as it is diagnosed.",
    caveats=(
        "The list is that of the register's age band, about 1 April after the year ends. As in the"
        " publisher's own totals, the list of a practice that gave no register counts in its areas."
    ),
    owner=OWNER,
)

MEASURES: dict[str, Metric] = {m.name: m for m in (NET, PRI, PCA_RATE, POINTS, PREVALENCE)}
