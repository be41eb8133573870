"""Interchange: contracts and loads in words that others use. Pure.

A table as Frictionless Table Schema, a manifest as Data Package, a load as OpenLineage event: what
catalogues and people who work with data take as it is.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from engine.table_schema import FIELD_TYPES
from refresh.finding import Finding
from refresh.publications.manifest import Manifest, ManifestColumn, TableOf

PRODUCER = "https://care-atlas.example/refresh"
"""Who says so, as OpenLineage asks; an address that names and leads nowhere."""
NAMESPACE = "care-atlas"
_LINEAGE = "https://openlineage.io/spec"
_EVENT = f"{_LINEAGE}/2-0-2/OpenLineage.json#/$defs/RunEvent"
_MEDIA = {
    ".csv": "text/csv",
    ".zip": "application/zip",
    ".xls": "application/vnd.ms-excel",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
}
_LICENCES = {
    "open government licence v3.0": (
        "OGL-UK-3.0",
        "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
    )
}
EventType = Literal["START", "COMPLETE", "FAIL"]


@dataclass(frozen=True)
class LoadTold:
    """One load as plain values, for whoever tells it in other words.

    files     address, sha256, size of what was read
    columns   name, type and meaning of what was written
    """

    load_id: int
    source: str
    period: str
    status: str
    started_at: datetime
    completed_at: datetime | None
    table: str
    rows_read: int = 0
    rows_loaded: int = 0
    rows_rejected: int = 0
    files: tuple[tuple[str, str, int], ...] = ()
    columns: tuple[tuple[str, str, str], ...] = ()
    findings: tuple[Finding, ...] = ()
    error: str = ""


def table_schema(source: TableOf, *, as_published: bool = False) -> dict[str, Any]:
    """A source's columns as Frictionless Table Schema.

    Takes:  the source; whether its fields are called as in its files, or as in its table.

    >>> column = ManifestColumn(name="n", original_name="N ", dtype="int64", marks={"*": "small"})
    >>> table_schema(TableOf(code="a", name="a", table="a", columns=[column]))
    {'fields': [{'name': 'n', 'type': 'integer', 'title': 'N '}], 'missingValues': ['', '*']}
    """
    names = {column.name: _field_name(column, as_published) for column in source.columns}
    marks = dict.fromkeys(mark for column in source.columns for mark in column.marks)
    schema: dict[str, Any] = {
        "fields": [_field(column, names[column.name], source) for column in source.columns],
        "missingValues": ["", *marks],
    }
    if key := [names[name] for name in source.key if name in names]:
        schema["primaryKey"] = key
    return schema


def data_package(manifest: Manifest) -> dict[str, Any]:
    """A manifest as Data Package: each source is a resource with its files and its schema."""
    said = manifest.manifest
    package: dict[str, Any] = {
        "profile": "data-package",
        "name": _slug(said.name),
        "title": said.publication or said.name,
        "description": said.description,
        "homepage": said.source_url,
        "created": said.created_at,
        "licenses": [_licence(said.licence)] if said.licence else [],
        "sources": [{"title": said.publisher, "path": said.source_url}] if said.publisher else [],
        "contributors": [{"title": said.owner, "role": "maintainer"}] if said.owner else [],
        "resources": [_resource(source) for source in manifest.sources if source.files],
    }
    return {name: value for name, value in package.items() if value or name == "resources"}


def run_event(load: LoadTold) -> dict[str, Any]:
    """A load as OpenLineage event: which files it read, what it wrote, what its gates said."""
    kind = _event_type(load)
    at = load.completed_at if kind != "START" and load.completed_at else load.started_at
    run: dict[str, Any] = {"runId": str(uuid.uuid5(uuid.NAMESPACE_URL, _run_name(load)))}
    if load.error:
        run["facets"] = {
            "errorMessage": _facet(
                "1-0-1/ErrorMessageRunFacet", message=load.error, programmingLanguage="Python"
            )
        }
    return {
        "eventType": kind,
        "eventTime": at.isoformat(),
        "run": run,
        "job": {"namespace": NAMESPACE, "name": f"load.{load.source}"},
        "inputs": [_input(file, load) for file in load.files],
        "outputs": [_output(load)] if kind == "COMPLETE" else [],
        "producer": PRODUCER,
        "schemaURL": _EVENT,
    }


def _event_type(load: LoadTold) -> EventType:
    if load.status == "completed":
        return "COMPLETE"
    return "START" if load.status == "in_progress" else "FAIL"


def _run_name(load: LoadTold) -> str:
    return f"{PRODUCER}/load/{load.load_id}/{load.source}/{load.started_at.isoformat()}"


def _input(file: tuple[str, str, int], load: LoadTold) -> dict[str, Any]:
    url, sha256, size = file
    split = urlsplit(url)
    namespace = f"{split.scheme}://{split.netloc}" if split.netloc else "file"
    return {
        "namespace": namespace,
        "name": unquote(split.path),
        "facets": {
            "dataSource": _facet("1-0-1/DatasourceDatasetFacet", name=namespace, uri=url),
            "version": _facet("1-0-1/DatasetVersionDatasetFacet", datasetVersion=sha256),
        },
        "inputFacets": {
            "inputStatistics": _facet(
                "1-0-0/InputStatisticsInputDatasetFacet", rowCount=load.rows_read, size=size
            ),
            "dataQualityAssertions": _facet(
                "1-0-1/DataQualityAssertionsDatasetFacet",
                assertions=[_assertion(finding) for finding in load.findings],
            ),
        },
    }


def _output(load: LoadTold) -> dict[str, Any]:
    fields = [
        {"name": name, "type": dtype, "description": meaning}
        for name, dtype, meaning in load.columns
    ]
    return {
        "namespace": NAMESPACE,
        "name": load.table,
        "facets": {
            "schema": _facet("1-1-1/SchemaDatasetFacet", fields=fields),
            "version": _facet("1-0-1/DatasetVersionDatasetFacet", datasetVersion=load.period),
        },
        "outputFacets": {
            "outputStatistics": _facet(
                "1-0-2/OutputStatisticsOutputDatasetFacet", rowCount=load.rows_loaded
            )
        },
    }


def _assertion(finding: Finding) -> dict[str, Any]:
    told = {"assertion": finding.check, "success": finding.status != "fail"}
    return told | ({"column": finding.column} if finding.column else {})


def _facet(schema: str, **told: Any) -> dict[str, Any]:
    version, name = schema.split("/")
    url = f"{_LINEAGE}/facets/{version}/{name}.json#/$defs/{name}"
    return {"_producer": PRODUCER, "_schemaURL": url, **told}


def _resource(source: TableOf) -> dict[str, Any]:
    paths = [file.url for file in source.files]
    newest = source.files[0]
    ending = PurePosixPath(urlsplit(newest.extract or newest.url).path).suffix.lower()
    resource: dict[str, Any] = {
        "profile": "tabular-data-resource" if ending == ".csv" else "data-resource",
        "name": _slug(source.code),
        "title": source.name,
        "description": source.description,
        "path": paths[0] if len(paths) == 1 else paths,
        "format": ending.lstrip("."),
        "mediatype": _MEDIA.get(ending, ""),
        "hash": f"sha256:{newest.sha256}" if len(paths) == 1 and newest.sha256 else "",
        "schema": table_schema(source, as_published=True),
    }
    if ending == ".csv":
        layout = source.layout
        resource["encoding"] = layout.encoding
        resource["dialect"] = {
            "delimiter": layout.delimiter,
            "quoteChar": layout.quote or '"',
            "header": bool(layout.header_rows),
        }
    return {name: value for name, value in resource.items() if value}


def _field(column: ManifestColumn, name: str, source: TableOf) -> dict[str, Any]:
    constraints: dict[str, Any] = {}
    if column.name in source.key:
        constraints["required"] = True
    if source.key == [column.name]:
        constraints["unique"] = True
    told = {
        "name": name,
        "type": FIELD_TYPES[column.dtype],
        "title": column.original_name if column.original_name != name else "",
        "description": column.description,
        "unit": column.unit,
        "constraints": constraints,
    }
    return {key: value for key, value in told.items() if value}


def _field_name(column: ManifestColumn, as_published: bool) -> str:
    return (column.original_name or column.name) if as_published else column.name


def _licence(words: str) -> dict[str, str]:
    name, path = _LICENCES.get(words.lower(), ("", ""))
    told = {"name": name, "path": path, "title": words}
    return {key: value for key, value in told.items() if value}


def _slug(text: str) -> str:
    """A name as Data Package allows it: small letters, figures, `-`, `_` and points."""
    return "".join(c if c.isalnum() and c.isascii() or c in "-_." else "-" for c in text.lower())
