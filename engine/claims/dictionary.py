"""The dictionary of claims, as other tools read it."""

from engine.claims.metrics.dimensions import DAYS
from engine.claims.wing import CLAIMS
from engine.semantic_manifest import as_yaml, semantic_manifest


def metricflow_yaml(schema: str = "claims") -> str:
    """Every metric of claims in MetricFlow's YAML, over tables of the lake's names.

    Takes:  the schema in which those tables lie for who reads the dictionary.
    """
    tables = (*CLAIMS.tables, *(view.table for view in CLAIMS.views))
    documents = semantic_manifest(
        CLAIMS.metrics, tables, calendar=(DAYS.table, DAYS.day), schema=schema
    )
    return as_yaml(documents)
