"""Adding: a publication from an address or a file to a registered source, for pages.

The same as `discover`, `manifest draft`, `load --test`, `register` and `load`, step by step; what
was understood is told as plain values. Imports that take long are made when a step is taken.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from engine.access import Reader
from engine.errors import BadDeclaration, LakeError
from engine.lake import Layout
from refresh.progress import Listener
from refresh.wing import Adding

MIB = 1 << 20
LARGEST = 200 * MIB
"""Of a file that is fetched to be looked at."""
FIRST_ROWS, MOST_COLUMNS = 8, 60
LEFT_OUT = "-"
"""What is said for a mode of a table that is not loaded at all."""
ABOUT = ("publication", "domain", "owner", "purpose", "description", "publisher", "licence")
_LINE = re.compile(r", line (\d+)")


def look(given: str, is_file: bool, folder: Path, tell: Listener) -> dict[str, Any]:
    """Draft what was given.

    Takes:  an address, or the name of a file in `folder/files`; who hears how far it is.
    Gives:  `text`, the manifest; `notes`; `seen`, by source its first rows and columns.
    """
    from refresh.publications.looked_into import classified
    from refresh.publications.manifest_file import text_of

    if is_file:
        from refresh.publications.looking.draft import draft

        tell("looking into the file", 0, 1)
        path = folder / "files" / given
        manifest = draft([path])
        notes: list[str] = []
        for file in (file for of in manifest.sources for file in of.files):
            file.url = f"files/{given}"
        manifest.manifest.source_url = ""
        opened = [path]
    else:
        manifest, notes, opened = _from_address(given, folder / "looked", tell)
    tell("choosing load modes", 0, 1)
    manifest = classified(manifest, opened, base=folder)
    seen = _seen(manifest, folder, {path.name: path for path in opened}, tell)
    _forget(folder / "looked")
    return {"text": text_of(manifest), "notes": notes, "seen": seen}


def understand(text: str) -> dict[str, Any]:
    """What a manifest's text says, and what is wrong with it.

    Gives:  `errors` (line, what), `findings` (status, where, message, next), `about`, `sources`.
    """
    from refresh.publications.checking import check
    from refresh.publications.manifest_file import parse

    try:
        manifest = parse(text, "manifest")
    except BadDeclaration as error:
        line = _LINE.search(error.where)
        found = f" ({error.found})" if error.found else ""
        wrong = {"line": f"line {line[1]}" if line else "the text", "what": f"{error.what}{found}"}
        return {"errors": [wrong], "findings": [], "about": {}, "sources": []}
    findings = check(manifest, where="manifest", strict=True)
    failed = [{"line": f.where, "what": f.message} for f in findings if f.status == "fail"]
    told = [
        {"status": f.status, "where": f.where, "message": f.message, "next": f.next_step}
        for f in findings
    ]
    sources = [_source(of) for of in manifest.sources if of.enabled]
    return {
        "errors": failed,
        "findings": told,
        "about": {name: getattr(manifest.manifest, name) for name in ABOUT},
        "sources": sources,
        "left_out": [of.name for of in manifest.sources if not of.enabled],
    }


def _source(of: Any) -> dict[str, Any]:
    """One of its sources, as a page shows it."""
    from refresh.publications.classifier import band

    return {
        "code": of.code,
        "name": of.name,
        "table": of.table,
        "periods": sorted({file.period for file in of.files if file.period}),
        "undated": sum(not file.period for file in of.files),
        "files": [file.url for file in of.files],
        "sheet": next((file.sheet for file in of.files if file.sheet), ""),
        "encoding": of.layout.encoding,
        "header_rows": of.layout.header_rows,
        "first_row": of.layout.first_row,
        "footer": of.layout.footer,
        "grain": of.grain,
        "grain_column": of.grain_column,
        "key": of.key,
        "load_mode": of.load_mode,
        "pattern": of.load_mode_pattern,
        "confidence": of.load_mode_confidence,
        "decision": band(of.load_mode_confidence),
        "reason": of.load_mode_reason,
        "signals": of.load_mode_signals,
        "notes": of.notes,
        "columns": [
            {
                "name": c.name,
                "published": c.original_name,
                "dtype": c.dtype,
                "unit": c.unit,
                "marks": c.marks,
                "description": c.description,
            }
            for c in of.columns
        ],
    }


def say(path: Path, said: Mapping[str, str]) -> None:
    """Write what was said beside a text into it; its comments stay."""
    from refresh.publications.described import describe
    from refresh.publications.enrolling import MODES
    from refresh.publications.manifest_file import read, write

    manifest = read(path)
    for name in (name for name in ABOUT if name in said):
        setattr(manifest.manifest, name, said[name].strip())
    for of in manifest.sources:
        mode = said.get(f"mode {of.code}", "")
        for file in of.files:
            # Only where nothing says it: what a file says itself is not said over.
            file.period = file.period or said.get(f"period {of.code}", "").strip()
        describe(of, said)
        of.enabled = of.enabled and mode != LEFT_OUT
        if mode in MODES and mode != of.load_mode:
            of.load_mode = mode  # type: ignore[assignment]
            of.load_mode_reason = "as a steward chose"
    write(path, manifest)


def refuses(folder: Path) -> str:
    """Which file of a manifest lies neither on the web nor among those that were sent; or none."""
    from refresh.publications.manifest_file import read

    sent = (folder / "files").resolve()
    for url in (file.url for of in read(folder / "manifest.yaml").sources for file in of.files):
        if urlsplit(url).scheme in ("http", "https"):
            continue
        lies = (folder / url).resolve()
        if urlsplit(url).scheme or not lies.is_relative_to(sent) or not lies.is_file():
            return url
    return ""


def trial(folder: Path, data: Path, tell: Listener) -> list[dict[str, Any]]:
    """Load a draft into the sandbox; what came of each file."""
    from refresh.publications.load import load
    from refresh.publications.manifest_file import read

    loads = load(
        read(folder / "manifest.yaml"), data=data, base=folder, test=True, force=True, tell=tell
    )
    return _told(loads)


def load_draft(folder: Path, data: Path, by: Reader, tell: Listener) -> list[dict[str, Any]]:
    """Register the sources of a draft, as far as they are not, and load them.

    Raises: NotEnrolled, before anything is registered, for a source that cannot be.
    """
    from contextlib import closing

    from refresh.operate.bringing import bringing
    from refresh.publications.agreed import as_text
    from refresh.publications.enrolling import assert_enrollable, fields_of, register
    from refresh.publications.load import load
    from refresh.publications.manifest_file import read
    from refresh.store.ledger import Ledger

    path = folder / "manifest.yaml"
    manifest, text = read(path), path.read_text(encoding="utf-8")
    name = f"{manifest.manifest.name or 'manifest'}.yaml"
    sources = {of.code: of for of in manifest.sources if of.enabled}
    said = {
        code: fields_of(manifest, of)
        | {"contract": as_text(of), "manifest_name": name, "manifest_text": text}
        for code, of in sources.items()
    }
    layout = Layout(data)
    with closing(Ledger(layout.registry_url)) as ledger:
        # A draft that was registered before, and whose load failed, is loaded again.
        rows = {code: ledger.source(code) for code in said}
        mine = {code for code, row in rows.items() if row and row["manifest_text"] == text}
        for code in said.keys() - mine:
            assert_enrollable(ledger, code, said[code])
    if len({of.table for of in sources.values()}) < len(sources):
        raise BadDeclaration("two sources of it have one table", next="name another `table`")
    for code in sorted(said.keys() - mine):
        register(data, code, said[code], by=by)
    with bringing(data, sorted(sources), by=by) as row:
        loads = load(manifest, data=data, base=folder, name=name, text=text, tell=tell)
        row.after = {"live": loads.snapshot}
    return _told(loads)


def _from_address(given: str, scratch: Path, tell: Listener) -> tuple[Any, list[str], list[Path]]:
    """The manifest of a file or a landing page, notes, and the files that were opened."""
    from datetime import date

    from refresh.extract import fetch
    from refresh.publications.discovering import discover
    from refresh.publications.looked_into import looked_into

    _forget(scratch)
    scratch.mkdir(parents=True)
    with fetch.open_client() as client:
        tell("reading the page", 0, 1)
        found = discover(
            [given], lambda url: fetch.open_page(url, client=client), today=date.today()
        )
        tell("fetching and opening the newest files", 0, 1)
        manifest, more = looked_into(found.manifest, scratch, client=client, limit=LARGEST)
    if not manifest.sources:
        raise LakeError(
            "no table was seen in any of its files",
            where=given,
            found="; ".join(more)[:500],
            next="give the address of one file, or upload it",
        )
    opened = [path for path in scratch.rglob("*") if path.is_file()]
    return manifest, [*found.notes, *more], opened


def _seen(
    manifest: Any, folder: Path, by_name: Mapping[str, Path], tell: Listener
) -> dict[str, Any]:
    """By source, the first rows of its newest file as they are read by the manifest."""
    from refresh.publications.agreed import name_of

    seen = {}
    enabled = [of for of in manifest.sources if of.enabled and of.files]
    for at, of in enumerate(enabled):
        tell(f"reading {of.name}", at, len(enabled))
        file = max(of.files, key=lambda file: file.period)
        path = by_name.get(name_of(file.url)) or folder / file.url
        seen[of.code] = _first(path, of, file) if path.is_file() else {}
    return seen


def _first(path: Path, of: Any, file: Any) -> dict[str, Any]:
    from refresh.publications.reading.read import read

    try:
        reading = read(path, of, file)
    except LakeError as error:
        return {"error": error.what}
    rows = reading.frame.lazy().head(FIRST_ROWS).collect()
    names = rows.columns[:MOST_COLUMNS]
    return {
        "rows_read": reading.source_rows,
        "rows_rejected": reading.rejects.height,
        "names": names,
        "rows": [[None if v is None else str(v) for v in row] for row in rows.select(names).rows()],
        "columns": {
            one.name: {"sum": one.sum, "nulls": one.nulls, "marks": one.marks}
            for one in reading.columns
        },
        "findings": [
            {"status": f.status, "where": f.check, "message": f.message, "next": f.next_step}
            for f in reading.findings
            if f.status != "pass"
        ],
    }


def _told(loads: Any) -> list[dict[str, Any]]:
    """What came of a load, as plain values: a file each, then what belongs to none."""
    files = [
        {
            "source": one.source,
            "file": one.file,
            "period": one.period,
            "status": one.status,
            "rows_read": one.rows_read,
            "rows_loaded": one.rows_loaded,
            "rows_rejected": one.rows_rejected,
            "findings": [_finding(f) for f in one.findings if f.status != "pass"],
            "passed": sum(f.status == "pass" for f in one.findings),
        }
        for one in loads.files
    ]
    if files and (others := [_finding(f) for f in loads.findings if f.status != "pass"]):
        files[-1]["findings"] += others
    return files


def _finding(of: Any) -> dict[str, str]:
    return {
        "status": of.status,
        "where": f"{of.check}{', ' + of.column if of.column else ''}",
        "message": of.message,
        "next": of.next_step,
    }


def _forget(scratch: Path) -> None:
    import shutil

    shutil.rmtree(scratch, ignore_errors=True)


ADDING = Adding(look, understand, say, refuses, trial, load_draft)
