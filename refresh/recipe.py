"""The modules whose text decides what is stored: where one of them changes, tables are made again.

Imports nothing of them: only what is written in them counts. tests/refresh/test_recipe.py follows
their imports, so that none can be forgotten.
"""

import hashlib
from pathlib import Path

TABLES_BY = (
    *("engine.geography", "engine.metrics.qof", "engine.reconcile", "engine.rollup"),
    *("engine.table", "engine.tables.context", "engine.tables.organisations"),
    *("engine.tables.published", "engine.tables.qof"),
    *("refresh.build", "refresh.extract.geocode", "refresh.locate"),
    *("refresh.sources.area_scores", "refresh.sources.boundary_tables"),
    *("refresh.sources.context_tables", "refresh.sources.places", "refresh.sources.qof_tables"),
    *("refresh.sources.qof_totals", "refresh.sources.qof_words"),
    *("refresh.store.fold", "refresh.store.seal"),
    *("refresh.validate.check", "refresh.validate.whole"),
)
"""From staged editions to the tables of the lake."""

STAGING_BY = (
    *("engine.rollup", "engine.table", "engine.tables.context", "engine.tables.organisations"),
    *("engine.tables.published", "engine.tables.qof"),
    *("refresh.extract.decode", "refresh.extract.geojson", "refresh.extract.parse"),
    *("refresh.extract.read", "refresh.extract.sheets"),
    *("refresh.staging", "refresh.validate.check", "refresh.validate.stage"),
)
"""From a release's bytes to staged editions, beside each source's own shaping."""

ONLY_CARRIES = (
    *("engine.errors", "engine.lake", "engine.ledger", "engine.metric", "engine.period"),
    "engine.tables",
    *("refresh.extract.ask", "refresh.extract.vet"),
    *("refresh.finding", "refresh.progress", "refresh.recipe", "refresh.source"),
    *("refresh.sources.qof", "refresh.store.database", "refresh.store.ledger"),
    *("refresh.store.migrate", "refresh.store.migrations", "refresh.store.rows"),
)
"""What those import and what decides no value: it names, finds, keeps or tells."""


def written(*modules: str) -> str:
    """All that is written in these modules of ours, named as they are imported."""
    root = Path(__file__).parents[1]
    files = (root.joinpath(*name.split(".")).with_suffix(".py") for name in modules)
    return "".join(file.read_text(encoding="utf-8") for file in files)


RECIPE = hashlib.sha256(written(*TABLES_BY).encode()).hexdigest()[:12]
