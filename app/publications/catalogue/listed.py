"""What the catalogue lists: every table, column and metric of a snapshot, each as one entry."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from app.agent import known
from app.publications.catalogue.registry import Row, sources, sources_of
from engine import Lake
from engine.metric import AnyMetric

Kind = Literal["table", "metric", "column", "ledger"]
KINDS: dict[Kind, str] = {
    "table": "Table",
    "metric": "Metric",
    "column": "Column",
    "ledger": "Ledger table",
}
LEDGER = "ledger"
"""The wing and the domain of the ledger's tables: they are the house's own."""


@dataclass(frozen=True)
class Entry:
    """One thing of the catalogue.

    table         its table; of a metric the first that it counts
    publications  whose rows it is made of, as people call them
    unit          of a column or metric; type: of a column
    rows          of a table
    deprecated    why and when it goes; empty where it stays
    """

    kind: Kind
    name: str
    table: str
    meaning: str
    wing: str
    publications: tuple[str, ...]
    domain: str
    owner: str
    unit: str = ""
    type: str = ""
    rows: int | None = None
    deprecated: str = ""

    @property
    def address(self) -> str:
        """Its page, below the front of the house."""
        if self.kind == "metric":
            return f"catalogue/metric/{self.name}"
        return f"catalogue/{self.table}" + (f"#c-{self.name}" if self.kind == "column" else "")

    @property
    def words(self) -> str:
        """All words by which it is found."""
        said = (self.name, self.meaning, *self.publications, self.owner, self.table, self.unit)
        return " ".join(said).lower().replace("_", " ")


def publications(lake: Lake, table: str, rows: list[Row]) -> tuple[str, ...]:
    """The publications behind a table: as the registry calls them, else as its releases do."""
    codes = lake.manifest.get("made_of", {}).get(table, [])
    names = {r["source"]: r["name"] for r in lake.manifest["releases"]}
    told = {row["code"]: row["publication"] or row["name"] for row in rows}
    return tuple(dict.fromkeys(n for c in (*told, *codes) if (n := told.get(c) or names.get(c))))


def entries(lake: Lake) -> list[Entry]:
    """Every table with its columns, then every metric."""
    registry, domains = sources(lake), known.domains()
    tables = {
        name: _table(lake, name, sources_of(lake, name, registry), domains)
        for name in lake.manifest["tables"]
    }
    of_columns = (column for one in tables.values() for column in _columns(lake, one))
    of_metrics = (_metric(metric, tables) for metric in known.metrics(lake).values())
    return [*tables.values(), *of_metrics, *of_columns]


def _table(lake: Lake, name: str, rows: list[Row], domains: Mapping[str, str]) -> Entry:
    entry, contract = lake.manifest["tables"][name], known.contract(name)
    wing = domains.get(name, known.REGISTERED)
    mine = next((row for row in rows if row["table_name"] == name), None)
    said = next((row for row in (mine, *rows) if row), {})
    return Entry(
        kind="table",
        name=name,
        table=name,
        meaning=contract.meaning if contract else said.get("description") or said.get("name", ""),
        wing=wing,
        publications=publications(lake, name, rows),
        # What is made of several sources is of its first one's; of none that is known, its wing's.
        domain=said.get("domain") or wing,
        owner=contract.owner if contract else said.get("owner", ""),
        rows=sum(file["rows"] for file in entry["files"]),
        deprecated=entry.get("deprecated", ""),
    )


def _columns(lake: Lake, of: Entry) -> Iterator[Entry]:
    for column in lake.manifest["tables"][of.name]["columns"]:
        yield Entry(
            kind="column",
            name=column["name"],
            table=of.name,
            meaning=column["meaning"],
            wing=of.wing,
            publications=of.publications,
            domain=of.domain,
            owner=of.owner,
            unit=column["unit"],
            type=column["type"],
            deprecated=of.deprecated,
        )


def _metric(metric: AnyMetric, tables: Mapping[str, Entry]) -> Entry:
    of = [tables[name] for name in known.tables(metric)]
    return Entry(
        kind="metric",
        name=metric.name,
        table=of[0].name,
        meaning=metric.label,
        wing=of[0].wing,
        publications=tuple(dict.fromkeys(p for one in of for p in one.publications)),
        domain=of[0].domain,
        owner=metric.owner,
        unit=metric.unit,
        deprecated=next((one.deprecated for one in of if one.deprecated), ""),
    )
