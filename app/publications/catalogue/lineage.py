"""Where a table comes from, in layers: releases, staged parts, tables, metrics. Pure.

A snapshot's manifest says all of it; what it does not say (an older one) is left out, not guessed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from app.agent import known
from app.agent.written import made_of
from engine import Lake
from engine.manifest import FeedEntry, ReleaseEntry

LAYERS = ("Releases", "Staged parts", "Tables", "Metrics")
MOST_METRICS = 8


@dataclass(frozen=True)
class Node:
    """A box of the picture.

    layer    which column it stands in
    more     a second line: how many releases, the newest period
    address  its page below the front of the house; empty: it has none
    """

    layer: int
    name: str
    more: str = ""
    address: str = ""
    is_here: bool = False

    @property
    def key(self) -> tuple[int, str]:
        """What it is known by."""
        return self.layer, self.name


@dataclass(frozen=True)
class Lineage:
    """Boxes, and which leads to which by their keys."""

    nodes: tuple[Node, ...]
    edges: tuple[tuple[tuple[int, str], tuple[int, str]], ...]

    @property
    def sentences(self) -> list[str]:
        """The picture in words, an arrow a sentence."""
        names = {node.key: f"{LAYERS[node.layer][:-1].lower()} {node.name}" for node in self.nodes}
        return [f"{names[one]} leads to {names[other]}" for one, other in self.edges]


def lineage(lake: Lake, table: str) -> Lineage:
    """The lineage of a table, through whatever tables lie between."""
    fed: dict[str, FeedEntry] = lake.manifest.get("fed_by", {})
    releases = _by_source(made_of(lake, [table]))
    nodes: dict[tuple[int, str], Node] = {}
    edges: list[tuple[tuple[int, str], tuple[int, str]]] = []

    def join(one: Node, other: Node) -> None:
        for node in (one, other):
            nodes.setdefault(node.key, node)
        if (one.key, other.key) not in edges:
            edges.append((one.key, other.key))

    def walk(name: str) -> None:
        here = _table(name, table)
        nodes.setdefault(here.key, here)
        for part, sources in fed.get(name, {"parts": {}, "tables": []})["parts"].items():
            staged = Node(1, part)
            join(staged, here)
            for source in (one for one in sources if one in releases):
                join(releases[source], staged)
        # Of a table that this reader may not see nothing is told, and so nothing behind it.
        others = fed.get(name, {"parts": {}, "tables": []})["tables"]
        for other in (one for one in others if one in lake.manifest["tables"]):
            is_new = (2, other) not in nodes
            join(_table(other, table), here)
            if is_new:
                walk(other)

    walk(table)
    if table not in fed:
        for node in releases.values():
            join(node, _table(table, table))
    for metric in known.metrics_of(lake, table)[:MOST_METRICS]:
        join(
            _table(table, table),
            Node(3, metric.name, metric.label, f"catalogue/metric/{metric.name}"),
        )
    return Lineage(tuple(nodes.values()), tuple(edges))


def files(lake: Lake, table: str) -> list[dict[str, Any]]:
    """The files of each release that a table is made of, the newest period first."""
    return [
        {
            "source": release["source"],
            "publisher": release["publisher"],
            "period": release["period"],
            "revision": release["revision"],
            "published_on": release["published_on"],
            "file": file["name"],
            "sha256": file["sha256"],
            "size": file["size"],
        }
        for release in sorted(
            made_of(lake, [table]), key=lambda r: (r["period"], r["source"]), reverse=True
        )
        for file in release["files"]
    ]


def _table(name: str, here: str) -> Node:
    return Node(2, name, address=f"catalogue/{name}", is_here=name == here)


def _by_source(releases: Iterable[ReleaseEntry]) -> dict[str, Node]:
    found: dict[str, list[ReleaseEntry]] = {}
    for release in releases:
        found.setdefault(release["source"], []).append(release)
    return {
        code: Node(
            0,
            code,
            f"{len(some)} release{'s' if len(some) > 1 else ''}, newest"
            f" {max(one['period'] for one in some)}",
        )
        for code, some in found.items()
    }
