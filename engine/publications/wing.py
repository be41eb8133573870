"""Publications under management: the tables and metrics that every registered one shares."""

from engine.publications.metrics import metrics_in
from engine.publications.operations.contracts import LOAD
from engine.publications.operations.metrics import LOAD_METRICS
from engine.wing import Wing

PUBLICATIONS = Wing(
    name="publications",
    tables=(),
    parts=(),
    metrics=LOAD_METRICS,
    views=(LOAD,),
    sealed=metrics_in,
)
