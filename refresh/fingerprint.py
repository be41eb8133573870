"""The modules whose text decides what is stored: where one of them changes, tables are made again.

Imports nothing of them: only what is written in them counts. tests/refresh/test_recipe.py follows
their imports, so that none can be forgotten.
"""

import hashlib
from pathlib import Path

TABLES_BY = (
    *(
        "engine.atlas.geography",
        "engine.atlas.metrics.qof_measures",
        "engine.atlas.reconcile",
        "engine.atlas.rollup",
    ),
    *(
        "engine.rules",
        "engine.table",
        "engine.table_rules",
        "engine.atlas.tables.context_contracts",
        "engine.atlas.tables.organisation_contracts",
    ),
    *("engine.atlas.tables.published_contracts", "engine.atlas.tables.qof_contracts"),
    *("refresh.builder", "refresh.extract.geocode", "refresh.atlas.locate"),
    *("refresh.atlas.area_scores", "refresh.atlas.boundary_tables"),
    *("refresh.atlas.context_makers", "refresh.atlas.sources.places", "refresh.atlas.qof_tables"),
    *("refresh.atlas.sources.qof_totals", "refresh.atlas.qof_words"),
    *("refresh.store.fold", "refresh.store.seal"),
    *("refresh.validate.check", "refresh.atlas.lake_checks"),
)
"""From staged editions to the tables of the lake."""

STAGING_BY = (
    *(
        "engine.atlas.rollup",
        "engine.rules",
        "engine.table",
        "engine.table_rules",
        "engine.atlas.tables.context_contracts",
        "engine.atlas.tables.organisation_contracts",
    ),
    *("engine.atlas.tables.published_contracts", "engine.atlas.tables.qof_contracts"),
    *("refresh.extract.decode", "refresh.extract.geojson", "refresh.extract.parse"),
    *("refresh.extract.read", "refresh.extract.sheets"),
    *("refresh.part_files", "refresh.staging"),
    *("refresh.validate.check", "refresh.validate.compare", "refresh.validate.stage"),
)
"""From a release's bytes to staged editions, beside each source's own shaping."""

ONLY_CARRIES = (
    *("engine.errors", "engine.lake", "engine.ledger", "engine.metric", "engine.period"),
    *("engine.vocabulary", "engine.wings"),
    *("refresh.extract.patience", "refresh.extract.vet"),
    *("refresh.finding", "refresh.progress", "refresh.fingerprint", "refresh.source"),
    *("refresh.atlas.sources.qof", "refresh.store.ledger", "refresh.store.rows"),
)
"""What those import and what decides no value: it names, finds, keeps or tells."""


def written(*modules: str) -> str:
    """All that is written in these modules of ours, named as they are imported."""
    root = Path(__file__).parents[1]
    files = (root.joinpath(*name.split(".")).with_suffix(".py") for name in modules)
    return "".join(file.read_text(encoding="utf-8") for file in files)


RECIPE = hashlib.sha256(written(*TABLES_BY).encode()).hexdigest()[:12]
