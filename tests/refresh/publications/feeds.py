"""Small publications in files, with manifests of them, and lakes to load them into."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest

from engine import open_lake
from engine.lake import Layout
from refresh.finding import Finding
from refresh.publications.enrolling import enrol, fields_of
from refresh.publications.load import Loads, load
from refresh.publications.manifest import Described, File, Manifest, ManifestColumn, TableOf
from refresh.publications.manifest import Layout as Lies
from refresh.store.ledger import Ledger

ROWS = 120
DESCRIBED = Described(
    name="beds",
    publication="Beds",
    publisher="NHS England",
    domain="Operational",
    owner="beds@nhs.test",
    purpose="How many beds there are.",
    cadence="month",
)
on_both = pytest.mark.parametrize("feed", ["sqlite", "postgresql"], indirect=True)
"""Marks a test whose ledger is asked on either database."""


def organisations(rows: int = ROWS, *, first: int = 0) -> list[dict[str, Any]]:
    """Rows of a publication: an organisation, its beds."""
    return [{"ORG": f"R{n:04d}", "BEDS": 3 * n + 1} for n in range(first, first + rows)]


def columns_of(rows: Iterable[Mapping[str, Any]]) -> list[ManifestColumn]:
    """What a steward would write of these rows' columns."""
    kinds = {int: "int64", float: "float64", str: "string"}
    return [
        ManifestColumn(
            name=name.lower(),
            original_name=name,
            position=at,
            dtype=kinds[type(value)],
            description=f"The {name.lower()}.",
            query_keywords=[name.lower()],
        )
        for at, (name, value) in enumerate(next(iter(rows)).items(), 1)
    ]


def source(code: str = "beds", **said: Any) -> TableOf:
    """A source of a manifest; its layout is a CSV with one header."""
    usual = dict(name=code, table=f"tbl_{code}", layout=Lies(header_rows=[1], first_row=2))
    return TableOf(code=code, **{**usual, **said})


class Feed:
    """A folder of files, and a lake that they are loaded into."""

    def __init__(self, root: Path, of: TableOf | None = None):
        self.root, self.data = root, root / "data"
        self.of = of or source(key=["org"], columns=columns_of(organisations()))

    def write(self, period: str, rows: Iterable[Mapping[str, Any]], name: str = "") -> File:
        """Publish rows as the CSV of a period."""
        name = name or f"{self.of.code}-{period}.csv"
        pl.DataFrame(list(rows)).write_csv(self.root / name)
        return File(url=name, period=period)

    def manifest(self, *files: File, **said: Any) -> Manifest:
        of = msgspec.structs.replace(self.of, files=list(files), **said)
        return Manifest(manifest=DESCRIBED, sources=[of])

    def register(self, **said: Any) -> None:
        with self.ledger() as ledger:
            enrol(ledger, self.of.code, fields_of(self.manifest(), self.of) | said)

    def load(self, *files: File, how: Mapping[str, Any] | None = None, **said: Any) -> Loads:
        """Load files of the feed; `said` is other in this manifest, `how` is what the load asks."""
        manifest = self.manifest(*files, **said)
        return load(manifest, data=self.data, base=self.root, name="beds.yaml", **(how or {}))

    def publish(self, period: str, rows: Iterable[Mapping[str, Any]], **said: Any) -> Loads:
        """Publish rows and load them."""
        return self.load(self.write(period, rows), **said)

    def table(self) -> pl.DataFrame:
        return open_lake(self.data).scan(self.of.table).collect()

    def ledger(self) -> closing[Ledger]:
        self.data.mkdir(parents=True, exist_ok=True)
        return closing(Ledger(Layout(self.data).registry_url))

    def asked(self, ask: Callable[[Ledger], Any]) -> Any:
        with self.ledger() as ledger:
            return ask(ledger)


def said(loads: Loads, check: str) -> list[Finding]:
    """What a load says of one gate."""
    return [finding for one in loads.files for finding in one.findings if finding.check == check]


def statuses(loads: Loads) -> list[str]:
    return [one.status for one in loads.files]
