"""What is stored, staged once more: how many rows there were, and what became of each."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from engine.lake import Layout
from refresh.source import Release
from refresh.staging import Judged, stage_release
from refresh.store.ledger import Ledger
from refresh.wings import SOURCES


def read_again(data: Path, *, demonstration: bool) -> Iterator[tuple[Release, Judged]]:
    """Every release that a data folder holds, judged as a refresh judges it."""
    layout = Layout(data)
    with closing(Ledger(layout.registry_url)) as ledger:
        for source in SOURCES.values():
            for release, _ in ledger.releases(source.code, demonstration=demonstration):
                folder = layout.release(source.code, release.period, release.sha256)
                files = [folder / file.name for file in release.files]
                yield release, stage_release(source, release, files, before={})


def unaccounted(judged: Judged) -> dict[str, tuple[int, int, int]]:
    """The good parts of which rows are lost or invented: given, staged, rejected."""
    counts = {
        name: (judged.given[name], rows.height, judged.rejects[name].height)
        for name, rows in judged.parts.items()
    }
    return {name: three for name, three in counts.items() if three[0] != sum(three[1:])}
