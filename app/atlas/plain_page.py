"""The frame of the atlas's plain pages: that of every page, which says whether the atlas's own
tables are invented, whatever else the lake has.
"""

from functools import partial

from app import frame
from engine.atlas.tables import (
    context_contracts,
    organisation_contracts,
    published_contracts,
    qof_contracts,
)
from engine.table import Table

TABLES = tuple(
    declared.name
    for module in (qof_contracts, organisation_contracts, context_contracts, published_contracts)
    for declared in vars(module).values()
    if isinstance(declared, Table)
)

plain = partial(frame.plain, shows=TABLES)
