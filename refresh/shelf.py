"""Where the bytes of releases lie, their staged rows and what was rejected of them: found again,
or put there whole.

Part of the walk's keeping: nothing here knows what the bytes mean.
"""

import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from engine.lake import Layout
from refresh.kept_parts import RejectedPart, StagedPart
from refresh.source import Release, Source, StoredFile
from refresh.store.seal import as_parquet, settle

REJECTS_KEPT = 100_000  # rows of one part: enough to see what is wrong; all of them are counted
_REJECTS = "-rejects-"


def find(folder: Path, file: StoredFile) -> Path | None:
    """Where the very bytes that were fetched before lie, if they still do.

    Takes:  the folder of a source's period in data/raw; the file as it was fetched.
    """
    alone = folder / file.sha256[:12] / file.name
    if alone.is_file():  # a folder is named for its file's hash: no need to read a large one
        return alone
    # The same name, and often the same size, is what a re-issue has too.
    places = (p for p in folder.glob(f"*/{_escaped(file.name)}") if p.is_file())
    return next((p for p in places if p.stat().st_size == file.size and _is(p, file)), None)


def periods(layout: Layout, source: Source) -> list[Path]:
    """The folders of every period of which something is stored of a source, in order."""
    folder = layout.period(source.code, "any").parent
    there = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in there if path.is_dir() and not path.name.startswith("."))


def put_together(paths: list[Path], final: Path) -> None:
    """All files into one folder that appears whole: links where they lie elsewhere already.

    Takes:  files on this disk; the folder's final name, `data/raw/<source>/<period>/<sha12>`.
    Raises: OSError where the disk is full or closed to us; nothing has its final name then.
    """
    part = final.with_name(f".part-{os.getpid()}-{final.name}")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for path in paths:
        try:
            # A link takes no room: a period whose one file was issued again keeps its others once.
            os.link(path, part / path.name)
        except OSError:
            shutil.copy2(path, part / path.name)
    shutil.rmtree(final, ignore_errors=True)  # what is left of it, where a file was lost
    os.replace(part, final)


def write_staged(
    layout: Layout, source: Source, release: Release, name: str, rows: pl.DataFrame
) -> StagedPart:
    """Keep a part's staged rows; what the ledger keeps of them: path, rows, practices, sha256."""
    final = _final(layout, source, release, name)
    content = as_parquet(rows)
    settle(final, content)
    practices = rows["practice_code"].n_unique() if "practice_code" in rows.columns else None
    return {
        "path": layout.below(final),
        "rows": rows.height,
        "practices": practices,
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def take_staged(
    layout: Layout, source: Source, release: Release, name: str, file: Path
) -> StagedPart:
    """Keep a part's staged rows that lie in a Parquet file already; otherwise as `write_staged`.

    Takes:  a file on the data folder's disk, in a folder of its own: both go from where they lie.
    """
    final = _final(layout, source, release, name)
    final.parent.mkdir(parents=True, exist_ok=True)
    with file.open("rb+") as written:
        sha256 = hashlib.file_digest(written, "sha256").hexdigest()
        os.fsync(written.fileno())
    os.replace(file, final)
    shutil.rmtree(file.parent, ignore_errors=True)
    rows = pl.scan_parquet(final, glob=False)
    code = pl.col("^practice_code$").n_unique().alias("practices")
    counted = rows.select(pl.len().alias("rows"), code).collect(engine="streaming")
    told = counted.row(0, named=True)
    return {
        "path": layout.below(final),
        "rows": told["rows"],
        "practices": told.get("practices"),
        "sha256": sha256,
    }


def write_rejects(
    layout: Layout, source: Source, release: Release, name: str, rejects: pl.DataFrame
) -> RejectedPart:
    """Keep what was rejected of a part beside its staged rows; what the ledger keeps of that.

    Takes:  the rejected rows, at least one.
    Gives:  path, sha256, how many `rows` there were and how many are `kept`: the first 100,000.
            The file is named by its content, so that none is ever another than the ledger says.
    """
    kept = rejects.head(REJECTS_KEPT)
    content = as_parquet(kept)
    sha256 = hashlib.sha256(content).hexdigest()
    final = _staged(layout, source, release) / f"{name}{_REJECTS}{sha256[:12]}.parquet"
    settle(final, content)
    return {
        "path": layout.below(final),
        "rows": rejects.height,
        "kept": kept.height,
        "sha256": sha256,
    }


def rows_kept(layout: Layout) -> list[Path]:
    """Every file of staged or rejected rows, whether or not a release still speaks of it."""
    return sorted(
        path for path in layout.staged.rglob("*.parquet") if not path.name.startswith(".part-")
    )


def are_there(
    layout: Layout, parts: Mapping[str, StagedPart], rejects: Mapping[str, RejectedPart]
) -> bool:
    """Whether the files that the ledger speaks of, of staged or rejected rows, are all there."""
    kept = (part["path"] for part in (*parts.values(), *rejects.values()))
    return all(layout.told(path).is_file() for path in kept)


def _staged(layout: Layout, source: Source, release: Release) -> Path:
    return layout.staged_release(source.code, release.period, release.sha256)


def _final(layout: Layout, source: Source, release: Release, name: str) -> Path:
    # Named by its contract: a changed one writes another file, and an older program finds its own.
    mark = source.contract(name).staged.fingerprint
    return _staged(layout, source, release) / f"{name}-{mark}.parquet"


def _is(path: Path, file: StoredFile) -> bool:
    with path.open("rb") as stored:
        return hashlib.file_digest(stored, "sha256").hexdigest() == file.sha256


def _escaped(name: str) -> str:
    # Publishers put brackets into names, and glob takes them for a choice of letters.
    return "".join(f"[{c}]" if c in "[]*?" else c for c in name)
