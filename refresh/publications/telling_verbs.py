"""`metric`, `page`, `lineage`, `describe`: what was loaded, as numbers and in others' words."""

import argparse
import json
import os
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.table import Table

from engine.errors import LakeError
from engine.lake import Layout, data_folder
from refresh.publications.evidence_verbs import console, say

Call = Callable[[argparse.Namespace], int]


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
            say(f"{one.name}: {one.label} ({one.formula})")
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
    say(str(to))
    if given.open:
        webbrowser.open(to.absolute().as_uri())
    return 0


def lineage_options(parser: argparse.ArgumentParser) -> None:
    """What `lineage` asks."""
    parser.add_argument("load", help="the number of a load, or a source: its last one")
    parser.add_argument("--to", help="a file, or a collector's address; here where none is named")
    parser.add_argument("--test", action="store_true", help="a load of the sandbox")


def lineage(given: argparse.Namespace) -> int:
    """A load as OpenLineage event."""
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


def with_lineage(load: Call) -> Call:
    """A verb that loads, and then tells each load to who is named for it, if anybody is.

    A collector that is down is told of, and fails no load.
    """

    def told(given: argparse.Namespace) -> int:
        from refresh.publications.interchange import run_event
        from refresh.publications.lineage_out import VARIABLE, tell
        from refresh.publications.load_page import lineage_of, loads_since

        to = os.environ.get(VARIABLE)
        if not to:
            return load(given)
        layout = _layout(given)
        last = max(loads_since(layout), default=0)
        code = load(given)
        try:
            for number in loads_since(layout, last):
                tell(run_event(lineage_of(layout, str(number))), to)
        except (LakeError, OSError) as error:
            print(error, file=sys.stderr)
        return code

    return told


def _layout(given: argparse.Namespace) -> Layout:
    layout = Layout(data_folder(given.data))
    return layout.sandbox if given.test else layout
