"""Fingerprint: what stands for code in the hash of what it made, so that a changed rule is applied.

A maker's text is that of its own module and of every module of ours that it imports, to the end:
whoever changes a word there makes again what hangs on it, and nothing else.
"""

import ast
import hashlib
from collections.abc import Callable, Iterable
from functools import cache, partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]

CARRIES = frozenset(
    {
        *("engine", "engine.errors", "engine.lake", "engine.layout", "engine.ledger"),
        *("engine.dimension", "engine.metric", "engine.unit", "engine.wing", "engine.wings"),
        *("engine.manifest", "engine.vocabulary", "engine.atlas.facts", "engine.atlas.wing"),
        *("refresh.finding", "refresh.kept_parts", "refresh.progress", "refresh.recipe"),
        *("refresh.store.database", "refresh.store.ledger", "refresh.store.migrate"),
        *("refresh.store.migrations", "refresh.store.rows", "refresh.extract.patience"),
        *("refresh.store.records", "refresh.store.registry"),
        *("refresh.extract.vet", "refresh.fingerprint", "refresh.source"),
    }
)
"""Modules that decide no value: they name, find, keep or tell. Not followed, and not counted."""

BUILD = ("refresh.builder", "refresh.store.fold", "refresh.store.seal", "refresh.validate.check")
"""What every table goes through, whoever makes it."""

STAGE = ("refresh.staging",)
"""What every release goes through, beside its source's own shaping."""


def text_of(*makers: Callable[..., Any] | str) -> str:
    """Sixteen characters that change with what is written for these functions, or modules.

    Takes:  functions (a partial counts with what it binds) and dotted names of modules.
    """
    # Two makers of one function with other arguments give other tables.
    bound = tuple(repr((f.args, f.keywords)) for f in makers if isinstance(f, partial))
    return _hashed(bound, tuple(map(_module, makers)))


@cache
def _hashed(bound: tuple[str, ...], makers: tuple[str, ...]) -> str:
    # Kept: each file of each table asks for it, of half a megabyte of text.
    modules = sorted({module for maker in makers for module in needed(maker)})
    said = [*bound, *map(_text, modules)]
    return hashlib.sha256("\0".join(said).encode()).hexdigest()[:16]


@cache
def needed(module: str) -> frozenset[str]:
    """This module and whatever it imports of ours, and those import, to the end; see CARRIES."""
    found: set[str] = set()
    todo = [module]
    while todo:
        name = todo.pop()
        if name not in found and name not in CARRIES:
            found.add(name)
            todo += imported(name)
    return frozenset(found)


@cache
def imported(module: str) -> frozenset[str]:
    """The modules of ours that a module's own text imports."""
    # Read, not imported: an import would run it, and say nothing of what it imports later.
    tree, package = ast.parse(_text(module)), module.rpartition(".")[0]
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: -(node.level - 1) or None] if node.level else []
            base = ".".join((*above, *filter(None, [node.module])))
            names |= set(_modules_of(base, (alias.name for alias in node.names)))
    return frozenset(name for name in names if _file(name) is not None)


def _modules_of(base: str, names: Iterable[str]) -> Iterable[str]:
    """What `from base import names` reads: modules below a package, else the module itself."""
    for name in names:
        inner = f"{base}.{name}"
        yield inner if _file(inner) is not None else base


def _module(maker: Callable[..., Any] | str) -> str:
    if isinstance(maker, str):
        return maker
    return maker.func.__module__ if isinstance(maker, partial) else maker.__module__


@cache
def _text(module: str) -> str:
    file = _file(module)
    return file.read_text(encoding="utf-8") if file is not None else ""


@cache
def _file(module: str) -> Path | None:
    """The file of a module of ours; None for everybody else's."""
    path = ROOT.joinpath(*module.split("."))
    places = (path.with_suffix(".py"), path / "__init__.py")
    return next((place for place in places if place.is_file()), None)
