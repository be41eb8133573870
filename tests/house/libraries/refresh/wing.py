"""Libraries: the publication, its recipes and an invented return."""

from collections.abc import Iterator
from pathlib import Path

from refresh.libraries.recipe import RECIPES
from refresh.libraries.returns import SOURCE
from refresh.progress import Listener
from refresh.wing import Wing


def _invent(folder: Path, seed: int, scale: float, tell: Listener) -> Iterator[None]:
    lines = [f"L{i:03d},Invented library {i},{100 * i + seed},{50_000 * i}" for i in range(1, 13)]
    text = "\n".join(["LIBRARY_CODE,LIBRARY_NAME,LOANS,COST_PENCE", *lines, ""])
    path = folder / "libraries" / "library_returns_2026_04.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    tell("libraries", 1, 1)
    yield


LIBRARIES = Wing(
    name="libraries",
    sources=(SOURCE,),
    recipes=RECIPES,
    needs=frozenset({"library_return"}),
    demonstration=_invent,
)
