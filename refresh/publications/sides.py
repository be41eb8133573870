"""Sides: what `compare` is given, as manifests: a manifest, one period of it or of a source that
was loaded, or a data file.
"""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import msgspec
import polars as pl

from engine.errors import LakeError, UnknownName
from engine.lake import Layout
from refresh.publications.agreed import name_of, words_of
from refresh.publications.comparing import Values, of_period
from refresh.publications.fiscal import first_day
from refresh.publications.looking.draft import draft
from refresh.publications.manifest import Described, File, Manifest, TableOf
from refresh.publications.manifest_file import read as read_manifest
from refresh.publications.reading.read import read
from refresh.store.ledger import Ledger

_SAMPLE = 50_000


@dataclass(frozen=True)
class Side:
    """One of two: the manifest, the newest period in it, and where its paths begin."""

    manifest: Manifest
    period: str
    base: Path


def side_of(text: str, layout: Layout) -> Side:
    """What an argument names: `M.yaml`, `M.yaml@2025-04`, `code@2025-04`, or a file to look at.

    Takes:  the argument; where what was loaded lies.
    Raises: UnknownName where there is no such file, or nothing of that period.
    """
    name, _, period = (
        text.rpartition("@") if "@" in text and not Path(text).exists() else (text, "", "")
    )
    path = Path(name)
    if not path.exists() and period and (loaded := _loaded(name, period, layout)):
        return loaded
    if not path.exists():
        raise UnknownName(
            "there is no such file",
            where=text,
            expected="a manifest, MANIFEST@PERIOD, SOURCE@PERIOD or a data file",
        )
    is_manifest = path.suffix in (".yaml", ".yml")
    manifest = read_manifest(path) if is_manifest else draft([path])
    if not is_manifest:
        manifest = _under_one_code(manifest)
    if period:
        known = {file.period for source in manifest.sources for file in source.files}
        if period not in known:
            raise UnknownName(
                f"nothing of {period} is in it", where=name, expected=", ".join(sorted(known))
            )
        manifest = of_period(manifest, period)
    return Side(manifest, period or _newest(manifest), path.absolute().parent)


def _loaded(code: str, period: str, layout: Layout) -> Side | None:
    """The newest release of a source of one period, as it was read; None where there is none."""
    with closing(Ledger(layout.registry_url)) as ledger:
        of_period = [r for r, _ in ledger.releases(code, demonstration=False) if r.period == period]
    if not of_period:
        return None
    release = max(of_period, key=lambda one: one.revision)
    base = layout.release(code, period, release.sha256)
    said = Described(name=f"{code}@{period}")
    if not release.read_by:
        drafted = _under_one_code(draft([base]))
        return Side(Manifest(manifest=said, sources=drafted.sources), period, base)
    of = words_of(release).of
    files = [msgspec.structs.replace(f, url=name_of(f.url), period=period) for f in of.files]
    mine = msgspec.structs.replace(of, files=files)
    return Side(Manifest(manifest=said, sources=[mine]), period, base)


def values_of(*sides: Side) -> Values:
    """Whoever gives the rows of a source of these sides, where its newest file lies here."""
    of = {id(source): side.base for side in sides for source in side.manifest.sources}

    def values(source: TableOf) -> pl.DataFrame | None:
        for file in source.files:
            path = of[id(source)] / file.url
            if path.is_file() and (rows := _rows(path, source, file)) is not None:
                return rows
        return None

    return values


def _rows(path: Path, source: TableOf, file: File) -> pl.DataFrame | None:
    try:
        rows = read(path, source, file).frame
    except LakeError:
        return None
    return rows.lazy().head(_SAMPLE).collect()


def _newest(manifest: Manifest) -> str:
    told = {file.period for source in manifest.sources for file in source.files if file.period}
    return max(told, key=first_day, default="")


def _under_one_code(manifest: Manifest) -> Manifest:
    """Of a file with one table the table, whatever the file is called this month."""
    enabled = [source for source in manifest.sources if source.enabled]
    if len(enabled) == 1:
        enabled[0].code = "release"
    return manifest
