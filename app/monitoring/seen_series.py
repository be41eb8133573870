"""The series of the lake as somebody sees them who is limited to some domains."""

from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric

from app.monitoring.lake_series import LAKE
from engine import Lake, open_lake
from engine.access import Reader
from engine.errors import NoSnapshot

_OF_EVERYBODY = ("care_atlas_", "warehouse_ledger_readable")
"""How series begin that tell of the app, and of no source."""


class SeenSeries:
    """Collects what is left of the series for a reader."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def collect(self) -> Iterable[Metric]:
        """The series of the app; those of tables and sources that are theirs; no sums of all."""
        try:
            lake: Lake | None = open_lake().for_reader(self._reader)
        except NoSnapshot:
            lake = None
        for family in LAKE.collect():
            if family.name.startswith(_OF_EVERYBODY):
                yield family
            elif lake is not None:
                yield from _theirs(family, lake)


def seen_series(reader: Reader) -> CollectorRegistry:
    """A registry of what is left of the series for a reader."""
    made = CollectorRegistry(auto_describe=False)
    made.register(SeenSeries(reader))
    return made


def _theirs(family: Metric, lake: Lake) -> Iterator[Metric]:
    """A family with the samples of what is theirs; nothing where no sample says whose it is."""
    of = lake.manifest
    said = {"table": frozenset(of["tables"]), "source": frozenset(of.get("sources", ()))}
    told = Metric(family.name, family.documentation, family.type, family.unit)
    for sample in family.samples:
        whose = sample.labels.keys() & said.keys()
        if whose and all(sample.labels[label] in said[label] for label in whose):
            told.samples.append(sample)
    if told.samples:
        yield told
