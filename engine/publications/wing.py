"""Publications under management: the tables and metrics that every registered one shares."""

from engine.publications.metrics import metrics_in
from engine.wing import Wing

PUBLICATIONS = Wing(name="publications", tables=(), parts=(), metrics=(), sealed=metrics_in)
