"""Tables in others' words: DCAT 3 as JSON-LD, and Data Package. Pure but for the lake's manifest.

What a catalogue of catalogues harvests: https://www.w3.org/TR/vocab-dcat-3/.
"""

from collections.abc import Iterable
from typing import Any

from app.agent import known
from app.agent.written import made_of
from app.publications.catalogue.listed import Entry, entries
from app.publications.catalogue.registry import Row, facts, sources, sources_of
from engine import Lake
from engine.errors import UnknownName
from engine.period import Period
from engine.table_schema import table_schema

CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "adms": "http://www.w3.org/ns/adms#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
LICENCE = "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"
_EVERY = "http://publications.europa.eu/resource/authority/frequency/"
_FREQUENCIES = {"month": "MONTHLY", "quarter": "QUARTERLY", "year": "ANNUAL"}
_ENGLISH = "http://publications.europa.eu/resource/authority/language/ENG"
_MEDIA = "https://www.iana.org/assignments/media-types/"
FILES = {
    "csv": ("CSV", "text/csv"),
    "parquet": ("Parquet", "application/vnd.apache.parquet"),
}


def dcat_catalogue(lake: Lake, front: str) -> dict[str, Any]:
    """The whole catalogue as DCAT, every table a dataset.

    Takes:  the snapshot; the address of the front of the house, with its last slash.
    """
    tables = [one for one in entries(lake) if one.kind == "table"]
    registry = sources(lake)
    return {
        "@context": CONTEXT,
        "@id": f"{front}catalogue",
        "@type": "dcat:Catalog",
        "dct:title": _said("Care Atlas"),
        "dct:description": _said("Health publications and claims, kept in one checked lake."),
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": "Care Atlas"},
        "dct:modified": _moment(lake.manifest["sealed_at"]),
        "dct:language": {"@id": _ENGLISH},
        "dcat:version": lake.id,
        "dcat:dataset": [
            _dataset(lake, one, front, sources_of(lake, one.name, registry)) for one in tables
        ],
    }


def dcat_dataset(lake: Lake, table: str, front: str) -> dict[str, Any]:
    """One table as a DCAT dataset with its distributions."""
    one = next(one for one in entries(lake) if (one.kind, one.name) == ("table", table))
    rows = sources_of(lake, table, sources(lake))
    return {"@context": CONTEXT, **_dataset(lake, one, front, rows)}


def data_package(lake: Lake, table: str, front: str) -> dict[str, Any]:
    """One table as a Data Package whose resource is its CSV."""
    one = next(one for one in entries(lake) if (one.kind, one.name) == ("table", table))
    publishers = dict.fromkeys(r["publisher"] for r in made_of(lake, [table]))
    return {
        "profile": "tabular-data-package",
        "name": table.replace("_", "-"),
        "title": table,
        "description": one.meaning,
        "homepage": f"{front}catalogue/{table}",
        "version": lake.id,
        "created": lake.manifest["sealed_at"],
        "contributors": [{"title": one.owner, "role": "maintainer"}] if one.owner else [],
        "sources": [{"title": publisher} for publisher in publishers],
        "resources": [
            {
                "profile": "tabular-data-resource",
                "name": table.replace("_", "-"),
                "path": f"{front}catalogue/{table}.csv?snapshot={lake.id}",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "schema": table_schema(lake.manifest["tables"][table]),
            }
        ],
    }


def _dataset(lake: Lake, one: Entry, front: str, rows: Iterable[Row]) -> dict[str, Any]:
    at = f"{front}catalogue/{one.name}"
    publishers = dict.fromkeys(r["publisher"] for r in made_of(lake, [one.name]))
    told: dict[str, Any] = {
        "@id": at,
        "@type": "dcat:Dataset",
        "dct:title": _said(one.name),
        "dct:description": _said(one.meaning),
        "dct:identifier": one.name,
        "dct:publisher": [{"@type": "foaf:Agent", "foaf:name": name} for name in publishers],
        "dcat:contactPoint": _contact(one.owner),
        "dct:modified": _moment(lake.manifest["sealed_at"]),
        "dct:language": {"@id": _ENGLISH},
        "dct:accrualPeriodicity": _frequency(lake, one.name),
        "dct:temporal": _temporal(lake, one.name),
        "dct:license": _licence(rows),
        "dcat:landingPage": {"@id": at},
        "dcat:keyword": [_said(word) for word in dict.fromkeys((one.wing, one.domain))],
        "dcat:version": lake.id,
        "adms:status": {"@id": "http://purl.org/adms/status/Deprecated"}
        if one.deprecated
        else None,
        "dct:isReferencedBy": [
            {"@id": f"{front}catalogue/metric/{metric.name}"}
            for metric in known.metrics_of(lake, one.name)
        ],
        "dcat:distribution": [_distribution(at, form) for form in FILES],
    }
    return {name: value for name, value in told.items() if value}


def _distribution(at: str, form: str) -> dict[str, Any]:
    words, media = FILES[form]
    return {
        "@id": f"{at}.{form}",
        "@type": "dcat:Distribution",
        "dct:title": _said(words),
        "dcat:accessURL": {"@id": at},
        "dcat:downloadURL": {"@id": f"{at}.{form}"},
        "dcat:mediaType": {"@id": f"{_MEDIA}{media}"},
        "dct:conformsTo": {"@id": f"{at}.schema.json"},
    }


def _said(text: str) -> dict[str, str]:
    return {"@value": text, "@language": "en"}


def _moment(text: str) -> dict[str, str]:
    return {"@value": text, "@type": "xsd:dateTime"}


def _contact(owner: str) -> dict[str, Any] | None:
    if not owner:
        return None
    mail = {"vcard:hasEmail": {"@id": f"mailto:{owner}"}} if "@" in owner else {}
    return {"@type": "vcard:Organization", "vcard:fn": owner, **mail}


def _frequency(lake: Lake, table: str) -> list[dict[str, str]]:
    codes = lake.manifest.get("made_of", {}).get(table, [])
    followed = lake.manifest.get("sources", {})
    every = {followed[code]["calendar"]["every"] for code in codes if code in followed}
    return [{"@id": f"{_EVERY}{_FREQUENCIES[one]}"} for one in sorted(every) if one in _FREQUENCIES]


def _temporal(lake: Lake, table: str) -> dict[str, Any] | None:
    """From the first day to the last of the periods of its parts, or of its releases."""
    texts = lake.partitions(table) or {r["period"] for r in made_of(lake, [table])}
    periods = sorted(period for text in texts if (period := _period(text)))
    if not periods:
        return None
    ends = {"dcat:startDate": periods[0].first_day, "dcat:endDate": periods[-1].last_day}
    days = {name: {"@value": day.isoformat(), "@type": "xsd:date"} for name, day in ends.items()}
    return {"@type": "dct:PeriodOfTime", **days}


def _period(text: str) -> Period | None:
    try:
        return Period.parse(text, "year")
    except UnknownName:
        return None


def _licence(rows: Iterable[Row]) -> dict[str, str] | None:
    """The licence, where every source that says one says the open one."""
    said = {_text(row).lower() for row in rows if _text(row)}
    return {"@id": LICENCE} if said == {"open government licence v3.0"} else None


def _text(row: Row) -> str:
    return str(facts(row).get("licence") or "")
