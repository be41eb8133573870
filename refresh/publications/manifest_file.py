"""Manifests as files: YAML that people mend, whose comments survive a rewrite.

An error names the line and the field. The schema is exported as JSON Schema, so that editors
complete and check what is typed.
"""

import json
import re
from collections.abc import Iterable
from io import StringIO
from pathlib import Path
from typing import Any

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from engine.errors import BadDeclaration, UnknownName
from refresh.publications.manifest import Manifest

_WIDE = 10_000  # columns stay on one line each, however long
_STEP = re.compile(r"\.(?P<name>\w+)|\[(?P<at>\d+)\]|\[\.\.\.\]")
_ONE_LINE = ("columns", "files", "metrics")


def read(path: Path) -> Manifest:
    """The manifest in a file.

    Raises: UnknownName where there is none; BadDeclaration for what is no YAML or no manifest, with
            the line and the field.
    """
    if not path.is_file():
        raise UnknownName(
            "there is no such manifest",
            where=str(path),
            next=f"python -m refresh manifest draft FILE -o {path.with_suffix('.yaml').name}",
        )
    return parse(path.read_text(encoding="utf-8"), str(path))


def parse(text: str, where: str) -> Manifest:
    """The manifest that a text is.

    Raises: BadDeclaration for what is no YAML or no manifest, with the line and the field.
    """
    document = _document(text, where)
    try:
        return msgspec.convert(_plain(document), Manifest)
    except msgspec.ValidationError as error:
        what, _, path = str(error).partition(" - at `")
        steps = path.rstrip("`").removeprefix("$")
        line = _line(document, steps)
        raise BadDeclaration(
            what,
            where=f"{where}, line {line}",
            found=steps.lstrip(".") or "the whole file",
            next="mend it; `python -m refresh manifest schema` says what a manifest may hold",
        ) from error


def text_of(manifest: Manifest) -> str:
    """A manifest as YAML, one column a line.

    >>> from refresh.publications.manifest import Described
    >>> print(text_of(Manifest(manifest=Described(name="a"), sources=[])), end="")
    manifest:
      name: a
    sources: []
    """
    return _written(_styled(msgspec.to_builtins(manifest)))


def write(path: Path, manifest: Manifest) -> None:
    """Write a manifest; of a file that is there the comments and the order stay.

    Raises: BadDeclaration where the file that is there is no YAML.
    """
    new = _styled(msgspec.to_builtins(manifest))
    if path.exists():
        old = _document(path.read_text(encoding="utf-8"), str(path))
        new = _merged(old, new)
    path.write_text(_written(new), encoding="utf-8")


def schema() -> str:
    """The JSON Schema of a manifest."""
    return json.dumps(msgspec.json.schema(Manifest), indent=1)


def _yaml() -> YAML:
    yaml = YAML()
    yaml.width = _WIDE
    yaml.preserve_quotes = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _document(text: str, where: str) -> CommentedMap:
    try:
        document = _yaml().load(text)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise BadDeclaration(
            "it is no YAML", where=f"{where}{line}", found=str(problem), next="mend the line"
        ) from error
    if not isinstance(document, CommentedMap):
        raise BadDeclaration(
            "it is no manifest",
            where=where,
            expected="`manifest:` and `sources:`",
            found=type(document).__name__,
        )
    _assert_no_alias(document, where)
    return document


def _assert_no_alias(document: CommentedMap, where: str) -> None:
    """That no part is said to be another part: nine lines of that are a thousand million cells."""
    met: set[int] = set()
    waiting: list[Any] = [document]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict | list):
            if id(part) in met:
                raise BadDeclaration(
                    "a part of it is an alias of another",
                    where=where,
                    expected="each part written out, without `&` and `*`",
                )
            met.add(id(part))
            waiting.extend(part.values() if isinstance(part, dict) else part)


def _written(document: Any) -> str:
    stream = StringIO()
    _yaml().dump(document, stream)
    return stream.getvalue()


def _plain(value: Any) -> Any:
    """The same without comments and places, for whoever checks it."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    # A date that nobody quoted.
    return value if value is None else str(value)


def _line(document: CommentedMap, path: str) -> int:
    """The line, from 1, of a field; of what is missing, that of what lacks it."""
    here: Any = document
    line = 0
    for step in _STEP.finditer(path):
        key: Any = step["name"] if step["name"] else int(step["at"] or 0)
        try:
            place = here.lc.key(key) if isinstance(here, CommentedMap) else here.lc.item(key)
            here, line = here[key], place[0]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
    return line + 1


def _styled(value: Any, name: str = "", *, inside: bool = False) -> Any:
    """Plain values as they are to be written: a column, a file, a row of numbers on one line."""
    if isinstance(value, dict):
        styled = CommentedMap(
            {key: _styled(each, key, inside=inside) for key, each in value.items()}
        )
        return styled
    if isinstance(value, list):
        items = [_styled(each, inside=inside) for each in value]
        if name in _ONE_LINE:
            _on_one_line(items)
        sequence = CommentedSeq(items)
        if all(isinstance(each, int) for each in value):
            sequence.fa.set_flow_style()
        return sequence
    return value


def _on_one_line(items: Iterable[Any]) -> None:
    for item in items:
        if isinstance(item, CommentedMap):
            item.fa.set_flow_style()


_IDENTITY = ("code", "name", "url")


def _merged(old: Any, new: Any) -> Any:
    """What is new in the place of what is old, whose comments, order and quotes are kept."""
    if isinstance(old, CommentedMap) and isinstance(new, dict):
        for key in [key for key in old if key not in new]:
            del old[key]
        for key, value in new.items():
            old[key] = _merged(old[key], value) if key in old else value
        return old
    if isinstance(old, CommentedSeq) and isinstance(new, list):
        return _merged_list(old, new)
    return old if old == new else new


def _merged_list(old: CommentedSeq, new: list[Any]) -> Any:
    """Items that are known by a name are matched by it; others by their place."""
    names = [_name(each) for each in old]
    if [_name(each) for each in new] == names or all(name is None for name in names):
        for at, value in enumerate(new):
            if at < len(old):
                old[at] = _merged(old[at], value)
            else:
                old.append(value)
        del old[len(new) :]
        return old
    known = {name: each for name, each in zip(names, old, strict=True) if name is not None}
    kept = CommentedSeq([_merged(known.get(_name(each) or ""), each) for each in new])
    # Comments hang on the places of the old list: those whose place is still that item's.
    for at, item in enumerate(new):
        if at < len(names) and names[at] == _name(item) and at in old.ca.items:
            kept.ca.items[at] = old.ca.items[at]
    return kept


def _name(item: Any) -> str | None:
    if not isinstance(item, dict):
        return None
    return next((str(item[key]) for key in _IDENTITY if key in item), None)
