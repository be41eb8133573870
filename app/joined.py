"""Many small files as one: a browser asks for six at a time, and a page has forty of them.

Modules keep their own scopes: each becomes a function that gives what it exports, and is called
once, after those that it imports. What is read here is prettier's hand: an import or export begins
its line and ends it.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path, PurePosixPath

from htmltools import HTML
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

WWW = Path(__file__).parent / "www"
TYPES = {"js": "text/javascript", "css": "text/css"}
IMPORT = re.compile(r'^import (?:\{ (.+) \} from )?"(\..+\.js)";$', re.MULTILINE)
EXPORT = re.compile(r"^export ((?:async )?(?:const|function|class) (\w+))", re.MULTILINE)
LEFT = re.compile(r"^\s*(?:import|export)\b.*", re.MULTILINE)
_MADE: dict[str, str] = {}
"""Texts by the last two parts of their address. Whatever pages load is made when the app starts, so
that every process of several has it."""


@cache
def joined_styles(names: tuple[str, ...]) -> str:
    """The address of one style sheet that holds those of app/www, by name, in their order."""
    return _address("css", "\n".join((WWW / f"{name}.css").read_text("utf-8") for name in names))


@cache
def joined_scripts(names: tuple[str, ...]) -> str:
    """The address of one script that runs modules of app/www, by name, in their order."""
    return _address("js", as_one(names))


@cache
def in_page(name: str) -> HTML:
    """A small script of app/www, to stand in a page whose first look waits for it."""
    return HTML((WWW / f"{name}.js").read_text("utf-8"))


def route() -> Route:
    """Where they are asked for."""
    return Route("/lib/{folder}/joined.{kind}", _answer)


def as_one(names: Sequence[str], folder: Path = WWW) -> str:
    """The text of a script that does what these modules do, with all that they import.

    Raises: ValueError for an import or export that is written otherwise, CycleError for modules
            that import each other.
    """
    graph: dict[str, set[str]] = {}
    for name in names:
        _follow(f"{name}.js", folder, graph)
    ordered = TopologicalSorter(graph).static_order()
    # One that waits, or fails, does so alone, as it would as a module of its own.
    parts = [_wrapped(path, folder, alone=path[:-3] in names) for path in _in_order(ordered, names)]
    return "\n".join(('"use strict";', "{", "const modules = {};", *parts, "}", ""))


def _in_order(ordered: Iterable[str], names: Sequence[str]) -> list[str]:
    """What is imported first; then the modules that were named, as they were named."""
    mine = [f"{name}.js" for name in names]
    return [*(path for path in ordered if path not in mine), *mine]


def _follow(path: str, folder: Path, graph: dict[str, set[str]]) -> None:
    if path in graph:
        return
    text = (folder / path).read_text("utf-8")
    graph[path] = {_resolved(path, match[2]) for match in IMPORT.finditer(text)}
    for other in graph[path]:
        _follow(other, folder, graph)


def _resolved(path: str, said: str) -> str:
    """Where an import leads, from the folder.

    >>> _resolved("charts/reader.js", "../points/tooltip.js")
    'points/tooltip.js'
    """
    parts: list[str] = []
    for part in (PurePosixPath(path).parent / said).parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def _wrapped(path: str, folder: Path, *, alone: bool) -> str:
    exported: list[str] = []

    def read(match: re.Match[str]) -> str:
        if match[1] is None:
            return ""
        names = match[1].replace(" as ", ": ")
        return f'const {{ {names} }} = modules["{_resolved(path, match[2])}"];'

    def told(match: re.Match[str]) -> str:
        exported.append(match[2])
        return match[1]

    text = EXPORT.sub(told, IMPORT.sub(read, (folder / path).read_text("utf-8")))
    if left := LEFT.search(text):
        raise ValueError(
            f"{path} cannot be joined: `{left[0]}` is not read here; write it in one line as the "
            "others are"
        )
    if alone and exported:
        raise ValueError(f"{path} is a page's own module and exports {', '.join(exported)}")
    if alone:
        return f"(async () => {{\n{text}\n}})();"
    return f'modules["{path}"] = (() => {{\n{text}\nreturn {{ {", ".join(exported)} }};\n}})();'


def _address(kind: str, text: str) -> str:
    version = int(hashlib.sha256(text.encode()).hexdigest()[:12], 16)
    address = f"joined-1.{version}/joined.{kind}"
    _MADE[address] = text
    return f"lib/{address}"


def _answer(request: Request) -> Response:
    said = request.path_params
    text = _MADE.get(f"{said['folder']}/joined.{said['kind']}")
    if text is None:
        return PlainTextResponse("Not Found", 404)
    return Response(text, media_type=TYPES[said["kind"]])
