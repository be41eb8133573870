"""The practice atlas: the tables and metrics it adds."""

from engine.atlas.metrics.qof_measures import MEASURES
from engine.atlas.tables import (
    context_contracts,
    organisation_contracts,
    published_contracts,
    qof_contracts,
)
from engine.table import Table
from engine.wing import Wing

CONTRACTS = (qof_contracts, organisation_contracts, context_contracts, published_contracts)

ATLAS = Wing(
    name="atlas",
    tables=tuple(
        declared
        for module in CONTRACTS
        for declared in vars(module).values()
        if isinstance(declared, Table)
    ),
    metrics=tuple(MEASURES.values()),
)
