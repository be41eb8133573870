"""The verbs of evidence: discover a page, suggest a load mode, enrich a draft, golden datasets.

What each does lies elsewhere; these ask and tell. Imports that take long are made when a verb is
called.
"""

import argparse
import json
import sys
from contextlib import closing
from dataclasses import asdict
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from engine.lake import Layout, data_folder

if TYPE_CHECKING:
    from refresh.publications.canonical import Mapping
    from refresh.publications.manifest import Manifest

console = Console()


def is_address(text: str) -> bool:
    """Whether something is an address, and no code of a source."""
    return text.startswith(("http://", "https://", "file://"))


def discover_options(parser: argparse.ArgumentParser) -> None:
    """What `discover` asks beside the sources, where it is given a page."""
    parser.add_argument("-o", "--output", type=Path, help="of a page: the manifest to write")
    parser.add_argument(
        "--mode", choices=("discover", "template", "explicit"), help="of a page: how to look"
    )
    parser.add_argument("--periods", nargs="*", default=[], help="of a template: 2025-04 2025-05")
    parser.add_argument("--links-only", action="store_true", help="of a page: open no file")
    parser.add_argument(
        "--opinion", action="store_true", help="of a page: ask a language model too"
    )


def is_of_a_page(given: argparse.Namespace) -> bool:
    """Whether `discover` was given an address, and no codes of sources."""
    return any(map(is_address, given.source))


def discover(given: argparse.Namespace) -> int:
    """A draft manifest of what a page offers; its newest files are opened."""
    from refresh.extract import fetch
    from refresh.publications.discovering import discover as look
    from refresh.publications.looked_into import classified, looked_into
    from refresh.publications.opinion import opinion_asked

    with fetch.open_client() as client, TemporaryDirectory(prefix="discover-") as scratch:
        found = look(
            given.source,
            lambda url: fetch.open_page(url, client=client),
            today=date.today(),
            mode=given.mode,
            periods=given.periods,
        )
        manifest, notes = found.manifest, list(found.notes)
        if not given.links_only:
            manifest, more = looked_into(manifest, Path(scratch), client=client)
            notes += more
            opened = [path for path in Path(scratch).rglob("*") if path.is_file()]
            asked = opinion_asked() if given.opinion else None
            manifest = classified(manifest, opened, opinion=asked)
    _write(manifest, given.output)
    # Beside the manifest, which may be what goes to a pipe.
    for note in notes:
        print(f"note: {note}", file=sys.stderr)
    files = sum(len(source.files) for source in manifest.sources)
    said = f"{len(manifest.sources)} sources, {files} files"
    print(f"{said}{f': {given.output}' if given.output else ''}", file=sys.stderr)
    return 0


def suggest_options(parser: argparse.ArgumentParser) -> None:
    """What `suggest` asks."""
    parser.add_argument("manifest", type=Path, help="the manifest, YAML")
    parser.add_argument("--write", action="store_true", help="write it into the manifest")
    parser.add_argument("--opinion", action="store_true", help="ask a language model, too")
    parser.add_argument("--json", action="store_true", help="as JSON")


def suggest(given: argparse.Namespace) -> int:
    """By which mode each source should be loaded, and why."""
    from refresh.publications.classifier import band
    from refresh.publications.looked_into import classified
    from refresh.publications.manifest_file import read
    from refresh.publications.opinion import opinion_asked

    manifest = classified(
        read(given.manifest),
        base=given.manifest.absolute().parent,
        opinion=opinion_asked() if given.opinion else None,
    )
    told = [
        {
            "source": source.code,
            "load_mode": source.load_mode,
            "pattern": source.load_mode_pattern,
            "confidence": source.load_mode_confidence,
            "decision": band(source.load_mode_confidence),
            "reason": source.load_mode_reason,
            "signals": source.load_mode_signals,
        }
        for source in manifest.sources
        if source.enabled
    ]
    if given.json:
        print(json.dumps(told, indent=1))
    for one in told if not given.json else ():
        say(
            f"{one['source']}: {one['load_mode']} ({one['pattern']}, {one['confidence']:.2f},"
            f" {one['decision']}): {one['reason']}"
        )
    if given.write:
        _write(manifest, given.manifest)
    return 0


def enrich_options(parser: argparse.ArgumentParser) -> None:
    """What `manifest enrich` asks."""
    parser.add_argument("manifest", type=Path, help="the draft of a new period")
    parser.add_argument("--reference", type=Path, required=True, help="the manifest it follows")
    # Of the verb above it, too: where it is not given here, that one's stays.
    parser.add_argument("--data", type=Path, default=argparse.SUPPRESS, help="data folder")
    parser.add_argument(
        "-o", "--output", type=Path, help="where to write; the draft itself if none"
    )


def enrich(given: argparse.Namespace) -> int:
    """Take over what a reference says; 1 where a source matches none of its."""
    from refresh.publications.canonical import enriched
    from refresh.publications.manifest_file import read

    draft = read(given.manifest)
    manifest, pairs = enriched(draft, read(given.reference))
    to = given.output or given.manifest
    if not to.exists():
        # Written over the reference's own text, what a steward wrote beside it stays.
        to.write_text(given.reference.read_text(encoding="utf-8"), encoding="utf-8")
    _write(manifest, to)
    _note_mappings(given, pairs)
    for pair in pairs:
        doubt = " (look at it: nothing was taken over)" if pair.needs_review else ""
        say(
            f"{pair.generated_code} is {pair.canonical_code}, {pair.match_confidence:.0%}"
            f" {pair.match_method}{doubt}"
        )
    known = {pair.generated_code for pair in pairs if not pair.needs_review}
    unknown = [s.code for s in draft.sources if s.enabled and s.code not in known]
    for code in unknown:
        say(f"{code} is none of the reference's, or is not sure to be")
    share = len(known) / max(1, len(known) + len(unknown))
    say(f"{share:.0%} of the sources are the reference's")
    return 1 if unknown else 0


def _note_mappings(given: argparse.Namespace, pairs: "list[Mapping]") -> None:
    """Keep in the registry, where there is one, which drafted source is which known one."""
    from refresh.store.ledger import Ledger

    layout = Layout(data_folder(given.data))
    if not layout.root.is_dir():
        return
    with closing(Ledger(layout.registry_url)) as ledger:
        ledger.note_mappings(asdict(pair) | {"reviewed": not pair.needs_review} for pair in pairs)


def golden_options(parser: argparse.ArgumentParser) -> None:
    """What `golden` asks."""
    parser.add_argument("dataset", nargs="*", help="which; all where none is named")
    parser.add_argument(
        "--folder", type=Path, default=Path("tests/golden/publications"), help="where they lie"
    )
    parser.add_argument("--json", action="store_true", help="as JSON")


def golden(given: argparse.Namespace) -> int:
    """Load golden datasets again; 1 where one gives other numbers from the same bytes."""
    from refresh.publications.golden_run import golden_folders, noted, run_golden

    folders = golden_folders(given.folder, given.dataset)
    reports = [run_golden(folder) for folder in folders]
    noted(data_folder(given.data), list(zip(folders, reports, strict=True)))
    if given.json:
        print(json.dumps([asdict(report) for report in reports], indent=1))
        return int(any(report.is_bad for report in reports))
    table = Table("dataset", "outcome", "sources", "rows", "expected", box=None)
    for report in reports:
        counts = (f"{n:,}" for n in (report.sources, report.rows, report.expected_rows))
        table.add_row(report.name, report.outcome, *counts)
    console.print(table)
    for report in reports:
        for difference in report.differences:
            say(f"{report.name}: {difference}")
    return int(any(report.is_bad for report in reports))


def _write(manifest: "Manifest", to: Path | None) -> None:
    from refresh.publications.manifest_file import text_of, write

    if to is None:
        print(text_of(manifest), end="")
    else:
        write(to, manifest)


def say(line: str) -> None:
    """A line as it is: no word of it is cut or coloured."""
    console.print(line, soft_wrap=True, markup=False, highlight=False)
