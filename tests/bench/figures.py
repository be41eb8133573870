"""A measured figure beside its peer's, as a table and as JSON. Measures nothing itself."""

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Figure:
    """One line of the bench: less is better, so the ratio is peer / ours.

    peer      the peer's figure in the same unit, None where nothing can be compared
    at_most   what ours should not exceed, if that was said
    at_least  what the ratio should not fall below, if that was said
    """

    name: str
    unit: str
    ours: float
    peer: float | None = None
    peer_name: str | None = None
    at_most: float | None = None
    at_least: float | None = None

    @property
    def ratio(self) -> float | None:
        return self.peer / self.ours if self.peer is not None and self.ours > 0 else None

    @property
    def missed(self) -> bool:
        """Whether ours is worse than it should be."""
        too_much = self.at_most is not None and self.ours > self.at_most
        too_little = self.at_least is not None and (self.ratio or 0) < self.at_least
        return too_much or too_little

    def row(self) -> dict[str, Any]:
        """The figure as data/bench.json has it."""
        said = asdict(self) | {"ratio": self.ratio}
        names = ("name", "unit", "ours", "peer", "peer_name", "ratio")
        return {name: _rounded(said[name]) for name in names}


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def p95(values: Sequence[float]) -> float:
    """The value that 95 % do not exceed (nearest rank, so it is one that was measured)."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * 95 // 100) - 1)]


def print_table(console: Console, title: str, figures: list[Figure]) -> None:
    """One line a figure; a name is said once, for the peers that follow each other."""
    table = Table(title=title, title_justify="left", header_style="bold")
    table.add_column("figure", no_wrap=True)
    for name in ("ours", "peer", "ratio", "wanted"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("beside", no_wrap=True)
    said = ""
    for figure in figures:
        name = f"{figure.name}, {figure.unit}"
        table.add_row(
            "" if name == said else name,
            f"[{'red' if figure.missed else 'default'}]{_shown(figure.ours)}",
            _shown(figure.peer),
            "" if figure.ratio is None else f"{figure.ratio:.1f} x",
            _wanted(figure),
            figure.peer_name or "",
        )
        said = name
    console.print(table)


def write(path: Path, figures: list[Figure]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [figure.row() for figure in figures]
    path.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def _wanted(figure: Figure) -> str:
    most = None if figure.at_most is None else f"<= {figure.at_most:g}"
    least = None if figure.at_least is None else f">= {figure.at_least:g} x"
    return ", ".join(filter(None, (most, least)))


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:,.2f}" if abs(value) < 10 else f"{value:,.1f}"


def _rounded(value: Any) -> Any:
    return round(value, 4) if isinstance(value, float) else value
