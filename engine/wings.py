"""Every table that is declared, by name."""

from engine.atlas.tables import (
    context_contracts,
    organisation_contracts,
    published_contracts,
    qof_contracts,
)
from engine.errors import UnknownName
from engine.table import Table

TABLES: dict[str, Table] = {
    table.name: table
    for module in (qof_contracts, organisation_contracts, context_contracts, published_contracts)
    for table in vars(module).values()
    if isinstance(table, Table)
}
LAKE = (
    "practice",
    "organisation",
    "practice_geography",
    "practice_mapping",
    "practice_coordinates",
    "indicator",
    "percent_achieved",
    "prevalence",
    "pcn",
    "pcn_member",
    "area_boundary",
    "icb_boundary",
    "practice_context",
    "published_total",
)


def table(name: str) -> Table:
    """The contract called `name`.

    Raises: UnknownName, with the names there are.

    >>> table("prevalence").key
    ('year', 'practice_code', 'group_code')
    """
    if name not in TABLES:
        raise UnknownName(f"no table is called `{name}`", found=name, expected=", ".join(TABLES))
    return TABLES[name]
