"""Running golden datasets: each is loaded into a sandbox of its own by the one load path.

The registry of them is data: every folder below one that has a manifest and what is expected.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit
from urllib.request import url2pathname

import msgspec
from ruamel.yaml import YAML

from engine.errors import BadDeclaration, UnknownName
from engine.lake import Layout
from refresh.publications.golden import Expected, Report, TableSeen, changed_files, judged
from refresh.publications.load import Loaded, load
from refresh.publications.manifest import Manifest
from refresh.publications.manifest_file import read
from refresh.store.ledger import Ledger

MANIFEST, EXPECTED = "manifest.yaml", "expected.yaml"


def golden_folders(root: Path, names: Sequence[str] = ()) -> list[Path]:
    """The golden datasets below a folder, or those named.

    Raises: UnknownName for one that is not there.
    """
    found = {path.parent.name: path.parent for path in sorted(root.glob(f"*/{EXPECTED}"))}
    for name in names:
        if name not in found:
            raise UnknownName(
                f"no golden dataset is called `{name}`",
                where=str(root),
                expected=", ".join(found) or f"folders with {MANIFEST} and {EXPECTED}",
                found=name,
            )
    return [folder for name, folder in found.items() if not names or name in names]


def run_golden(folder: Path) -> Report:
    """Load one golden dataset and hold it against what is expected.

    Raises: BadDeclaration where what is expected cannot be read.
    """
    expected, manifest = _expected(folder / EXPECTED), read(folder / MANIFEST)
    found = {
        file.url: _hash(file.url, folder) for source in manifest.sources for file in source.files
    }
    missing, changed = changed_files(manifest, found)
    if missing:
        return judged(expected, (), missing=missing)
    # Pins are held above: to the load itself a changed file is a file like any other.
    with TemporaryDirectory(prefix="golden-") as data:
        loads = load(_unpinned(manifest), data=Path(data), base=folder, test=True)
    return judged(expected, list(_seen(loads.files)), changed=changed)


def noted(data: Path, reports: Sequence[tuple[Path, Report]]) -> None:
    """Say in the registry, where there is one, when each was tested and what is expected of it."""
    url = Layout(data).registry_url
    if url.startswith("sqlite") and not Path(url.removeprefix("sqlite:///")).is_file():
        return
    with closing(Ledger(url)) as ledger:
        for folder, report in reports:
            ledger.note_golden(
                report.name,
                manifest_path=(folder / MANIFEST).as_posix(),
                expected_sources=report.sources,
                expected_rows=report.expected_rows,
                validation_rules={
                    "outcome": report.outcome,
                    "differences": report.differences,
                    "rows": report.rows,
                },
            )


def _seen(files: Sequence[Loaded]) -> Iterator[TableSeen]:
    for one in files:
        wrong = next((f.message for f in one.findings if f.status == "fail"), "")
        yield TableSeen(
            source=one.source,
            period=one.period,
            is_loaded=one.status == "loaded",
            rows=one.rows_loaded,
            columns=tuple(str(column["published"]) for column in one.columns),
            sums={c["published"]: c["sum"] for c in one.columns if c.get("sum") is not None},
            nulls={c["published"]: c["nulls"] for c in one.columns},
            why=wrong or one.status,
        )


def _expected(path: Path) -> Expected:
    try:
        return msgspec.convert(YAML(typ="safe").load(path), Expected)
    except msgspec.ValidationError as error:
        raise BadDeclaration(
            "what is expected of a golden dataset cannot be read",
            where=str(path),
            found=str(error),
        ) from error


def _hash(url: str, base: Path) -> str | None:
    """The sha256 of a file beside the manifest; None where it is not here, or on the web."""
    split = urlsplit(url)
    if split.scheme in ("http", "https"):
        return None
    path = Path(url2pathname(split.path)) if split.scheme == "file" else base / url
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _unpinned(manifest: Manifest) -> Manifest:
    sources = [
        msgspec.structs.replace(
            source, files=[msgspec.structs.replace(file, sha256="") for file in source.files]
        )
        for source in manifest.sources
    ]
    return msgspec.structs.replace(manifest, sources=sources)
