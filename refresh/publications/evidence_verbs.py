"""The verbs of evidence: discover a page, compare, suggest a load mode, golden datasets, metrics.

What each does lies elsewhere; these ask and tell. Imports that take long are made when a verb is
called.
"""

import argparse
import json
import sys
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from engine.errors import BadQuestion
from engine.lake import Layout, data_folder

if TYPE_CHECKING:
    from refresh.publications.comparing import Comparison
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


def compare_options(parser: argparse.ArgumentParser) -> None:
    """What `compare` asks."""
    parser.add_argument(
        "side", nargs="+", help="two or more: a manifest, a manifest@period, or a data file"
    )
    parser.add_argument(
        "--fiscal-boundary", action="store_true", help="what April has to do with it"
    )
    parser.add_argument("--json", action="store_true", help="as JSON")


def compare(given: argparse.Namespace) -> int:
    """What differs; 2 where somebody who reads the earlier cannot read the later."""
    from refresh.publications.comparing import as_json
    from refresh.publications.comparing import compare as between
    from refresh.publications.sides import side_of, values_of

    if len(given.side) < 2:
        raise BadQuestion("two are compared", found=given.side[0], next="name another beside it")
    sides = [side_of(text) for text in given.side]
    pairs = list(zip(sides, sides[1:], strict=False))
    compared = [
        between(one.manifest, two.manifest, values=values_of(one, two)) for one, two in pairs
    ]
    fiscal = (
        _fiscal([(side.period, side.manifest) for side in sides]) if given.fiscal_boundary else {}
    )
    if given.json:
        print(json.dumps({"comparisons": [as_json(one) for one in compared], **fiscal}, indent=1))
    else:
        for one in compared:
            _tell_comparison(one, fiscal=bool(fiscal))
        _tell_fiscal(fiscal)
    return 2 if any(one.breaking for one in compared) else 0


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
        _say(
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
    for pair in pairs:
        doubt = " (look at it: nothing was taken over)" if pair.needs_review else ""
        _say(
            f"{pair.generated_code} is {pair.canonical_code}, {pair.match_confidence:.0%}"
            f" {pair.match_method}{doubt}"
        )
    known = {pair.generated_code for pair in pairs if not pair.needs_review}
    unknown = [s.code for s in draft.sources if s.enabled and s.code not in known]
    for code in unknown:
        _say(f"{code} is none of the reference's, or is not sure to be")
    share = len(known) / max(1, len(known) + len(unknown))
    _say(f"{share:.0%} of the sources are the reference's")
    return 1 if unknown else 0


def golden_options(parser: argparse.ArgumentParser) -> None:
    """What `golden` asks."""
    parser.add_argument("dataset", nargs="*", help="which; all where none is named")
    parser.add_argument(
        "--folder", type=Path, default=Path("tests/golden/publications"), help="where they lie"
    )
    parser.add_argument("--json", action="store_true", help="as JSON")


def golden(given: argparse.Namespace) -> int:
    """Load golden datasets again; 1 where one gives other numbers from the same bytes."""
    from dataclasses import asdict

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
            _say(f"{report.name}: {difference}")
    return int(any(report.is_bad for report in reports))


def metric_options(parser: argparse.ArgumentParser) -> None:
    """What `metric` asks."""
    parser.add_argument("metric", nargs="*", help="which; none: what there is")
    parser.add_argument("--by", nargs="*", default=[], help="dimensions that all of them share")
    parser.add_argument("--where", nargs="*", default=[], metavar="DIMENSION=VALUE")
    parser.add_argument("--json", action="store_true", help="as JSON")


def metric(given: argparse.Namespace) -> int:
    """The values of metrics, those of wings and those that manifests declared."""
    from engine import measure, open_lake
    from engine.wings import METRICS, sealed_metrics

    lake = open_lake(given.data)
    if not given.metric:
        for one in {**METRICS, **sealed_metrics(lake.manifest)}.values():
            _say(f"{one.name}: {one.label} ({one.formula})")
        return 0
    where = dict(pair.split("=", 1) for pair in given.where)
    found = measure(lake, given.metric, by=given.by, where=where or None).collect()
    if given.json:
        print(json.dumps(found.to_dicts(), indent=1, default=str))
        return 0
    table = Table(*found.columns, box=None)
    for row in found.rows():
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    console.print(table)
    return 0


def describe_options(parser: argparse.ArgumentParser) -> None:
    """What `describe` asks."""
    parser.add_argument("manifest", type=Path, help="the manifest, YAML")
    parser.add_argument(
        "--as", dest="words", choices=("data-package", "table-schema"), default="data-package"
    )
    parser.add_argument("-o", "--output", type=Path, help="where to write; here where none")


def describe(given: argparse.Namespace) -> int:
    """A manifest in the words of Frictionless: a Data Package, or Table Schemas by source."""
    from refresh.publications.interchange import data_package, table_schema
    from refresh.publications.manifest_file import read

    manifest = read(given.manifest)
    told: Any = (
        data_package(manifest)
        if given.words == "data-package"
        else {source.code: table_schema(source) for source in manifest.sources}
    )
    text = json.dumps(told, indent=1) + "\n"
    if given.output:
        given.output.write_text(text, encoding="utf-8")
    else:
        print(text, end="")
    return 0


def page_options(parser: argparse.ArgumentParser) -> None:
    """What `page` asks."""
    parser.add_argument("load", help="the number of a load, or a source: its last one")
    parser.add_argument("-o", "--output", type=Path, help="where to write; load-N.html where none")
    parser.add_argument("--test", action="store_true", help="a load of the sandbox")
    parser.add_argument("--open", action="store_true", help="show it in the browser")


def page(given: argparse.Namespace) -> int:
    """A page of one load: what was seen and decided, every gate, every column."""
    from refresh.publications.load_page import page_of

    number, text = page_of(_layout(given), given.load)
    to = given.output or Path(f"load-{number}.html")
    to.write_text(text, encoding="utf-8")
    _say(str(to))
    if given.open:
        import webbrowser

        webbrowser.open(to.absolute().as_uri())
    return 0


def lineage_options(parser: argparse.ArgumentParser) -> None:
    """What `lineage` asks."""
    parser.add_argument("load", help="the number of a load, or a source: its last one")
    parser.add_argument("--to", help="a file, or a collector's address; here where none is named")
    parser.add_argument("--test", action="store_true", help="a load of the sandbox")


def lineage(given: argparse.Namespace) -> int:
    """A load as OpenLineage event."""
    import os

    from refresh.publications.interchange import run_event
    from refresh.publications.lineage_out import VARIABLE, tell
    from refresh.publications.load_page import lineage_of

    event = run_event(lineage_of(_layout(given), given.load))
    to = given.to or os.environ.get(VARIABLE)
    if to:
        tell(event, to)
    else:
        print(json.dumps(event, indent=1))
    return 0


def _layout(given: argparse.Namespace) -> Layout:
    layout = Layout(data_folder(given.data))
    return layout.sandbox if given.test else layout


def _fiscal(periods: "list[tuple[str, Manifest]]") -> dict[str, Any]:
    from refresh.publications.fiscal import alerts, course, expectation

    if not all(period for period, _ in periods):
        raise BadQuestion(
            "a boundary is between periods, and a manifest's files say none",
            expected="files with a `period`, or MANIFEST@2025-04",
        )
    found = course(periods)
    steps = [
        {
            "before": step.before,
            "after": step.after,
            "crosses_april": step.crosses_april,
            "expected": expectation(step.before, step.after).level,
            "added": len(step.added),
            "removed": len(step.removed),
            "share": round(step.share, 4),
            "band": step.comparison.fiscal_band,
            "alerts": alerts(step, found.kind),
        }
        for step in found.steps
    ]
    return {"class": found.kind, "reason": found.reason, "steps": steps}


def _tell_fiscal(fiscal: dict[str, Any]) -> None:
    for step in fiscal.get("steps", ()):
        _say(
            f"{step['before']} to {step['after']}: {step['added']} came, {step['removed']} went"
            f" ({step['share']:.0%}); expected: {step['expected']}"
        )
        for severity, words in step["alerts"]:
            _say(f"  {severity}: {words}")
    if fiscal:
        _say(f"{fiscal['class']}: {fiscal['reason']}")


def _tell_comparison(one: "Comparison", *, fiscal: bool) -> None:
    _say(
        f"{one.before} beside {one.after}: {one.verdict}, {one.consistency:.0%} of the sources stay"
    )
    if fiscal:
        _say(f"across the boundary: {one.fiscal_band}")
    for code in one.added:
        _say(f"+ source {code}")
    for change in one.changes:
        for name in change.added:
            _say(f"+ {change.code}.{name}")
        for label in change.relabelled:
            _say(f"  {change.code}.{label[0]}: published as `{label[2]}`, was `{label[1]}`")
        for pair in change.renamed:
            _say(f"~ {change.code}.{pair.before} -> {pair.after}: {pair.evidence}")
        for retyped in change.retyped:
            _say(f"~ {change.code}.{retyped.name}: {retyped.before} -> {retyped.after}")
    for words in one.breaking:
        _say(f"breaking: {words}")


def _write(manifest: "Manifest", to: Path | None) -> None:
    from refresh.publications.manifest_file import text_of, write

    if to is None:
        print(text_of(manifest), end="")
    else:
        write(to, manifest)


def _say(line: str) -> None:
    console.print(line, soft_wrap=True, markup=False, highlight=False)
