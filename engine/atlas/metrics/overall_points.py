"""Points of all indicators together, of the most that a practice could achieve.

What the publisher pays by: its revised maximum leaves out indicators that a practice has nobody
for, so a practice is not held to points that it could not have.
"""

import polars as pl

from engine.atlas.metrics.qof_measures import OWNER, PLACES
from engine.metric import Metric, MetricWords

_WORDS = MetricWords(
    "points",
    "possible",
    counted="points",
    nobody="no maximum was published",
    enough="a value",
    size="Points possible",
    no_interval="Points are no share of patients, so chance sets them no limits.",
)
POINTS_AVAILABLE = Metric(
    name="points_available",
    label="QOF points available",
    table="practice_points",
    numerator=pl.col("points_max"),
    sql=("points_max", ""),
    dimensions=PLACES,
    formula="sum(revised maximum of points)",
    unit="points",
    format="number",
    better="neither",
    words=_WORDS,
    why="What practices could achieve, as the publisher revised it.",
    caveats="Not every year publishes it: absent where a release has no maximum.",
    owner=OWNER,
)
POINTS_OVERALL = Metric(
    name="points_overall",
    label="QOF points, all indicators",
    table="percent_achieved",
    numerator=pl.col("points"),
    over=POINTS_AVAILABLE,
    sql=("points", ""),
    shows=("points",),
    dimensions=PLACES,
    formula="sum(points achieved) / sum(revised maximum of points)",
    unit="percent of points",
    format="percent",
    better="higher",
    words=_WORDS,
    why="What practices are paid for, all indicators together.",
    caveats="Most practices are above 90 %, so it tells few of them apart; it is no measure of how"
    " well patients are cared for.",
    owner=OWNER,
)
