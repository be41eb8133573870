"""The verbs of the registry and of loads: what is asked on the command line, and what is said.

What each does lies in load.py, enrolling.py and refresh/operate/lifecycle.py; these only ask and
tell. Imports that take long are made when a verb is called.
"""

import argparse
import json
import sys
from contextlib import closing, nullcontext
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from engine.lake import Layout, data_folder
from refresh.finding import Finding

_MARKS = {"pass": "✓", "warn": "⚠", "fail": "✗"}
_STYLES = {"pass": "green", "warn": "yellow", "fail": "red"}
# Nobody cuts columns of what is read by a program.
console = Console(width=None if sys.stdout.isatty() else 200)


def load_options(parser: argparse.ArgumentParser) -> None:
    """What `load` asks."""
    parser.add_argument("manifest", type=Path, help="the manifest, YAML")
    parser.add_argument("--validate", action="store_true", help="print the report of every gate")
    parser.add_argument(
        "--test", action="store_true", help="only try it: in the sandbox, nothing is registered"
    )
    parser.add_argument("--force", action="store_true", help="load again what is loaded")
    parser.add_argument(
        "--auto-heal",
        choices=("strict", "permissive", "aggressive"),
        default="strict",
        help="how far types may be widened: not at all, to fractions, to text",
    )
    parser.add_argument("--profile", action="store_true", help="say what was seen of each column")
    parser.add_argument("--json", action="store_true", help="as JSON: a list, one item a table")


def load(given: argparse.Namespace) -> int:
    """Load a manifest; 1 where any file failed."""
    from refresh.operate.acting import me
    from refresh.operate.auditing import Said
    from refresh.operate.bringing import bringing
    from refresh.publications.load import load as loading
    from refresh.publications.manifest_file import read

    manifest, data = read(given.manifest), data_folder(given.data)
    codes = [of.code for of in manifest.sources if of.enabled]
    # What is only tried changes nothing that is anybody's: whoever may look may try.
    door = nullcontext(Said("")) if given.test else bringing(data, codes, by=me(data))
    with _listening(quiet=given.quiet or given.json) as tell, door as said:
        loads = loading(
            manifest,
            data=data,
            base=given.manifest.absolute().parent,
            name=given.manifest.name,
            text=given.manifest.read_text(encoding="utf-8"),
            test=given.test,
            force=given.force,
            heal=given.auto_heal,
            tell=tell,
        )
        said.after = {"live": loads.snapshot, "failed": loads.exit_code > 0}
    if given.json:
        print(json.dumps([_plain(one) for one in loads.files], indent=1, default=str))
        return loads.exit_code
    for one in loads.files:
        what = f"{one.file}/{one.member}" if one.member else one.file
        counts = f"{one.rows_loaded:,} rows" if one.status == "loaded" else ""
        _say(f"{one.status:8} {one.source} {one.period} {counts} ({what})".replace("  (", " ("))
        if given.validate or one.status == "skipped":
            print_report(one.findings)
        else:
            print_report(f for f in one.findings if f.status != "pass")
        if given.profile:
            _print_profile(one.columns)
    print_report(f for f in loads.findings if f.status != "pass" or given.validate)
    if given.test:
        lies = Layout(data).sandbox.root
        _say(f"Only tried: it lies in {lies}, which open_lake opens as any lake.")
        _say("Next, to keep it: python -m refresh register MANIFEST --publication P --domain D ...")
    elif loads.snapshot:
        _say(f"Live: snapshot {loads.snapshot}")
    return loads.exit_code


def print_report(findings: Any) -> None:
    """A line a gate: ✓, ⚠ or ✗, what was seen, and what to do where that is not nothing."""
    for finding in findings:
        console.print(
            f"  {_MARKS[finding.status]} {line_of(finding)}",
            style=_STYLES[finding.status],
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
        if finding.status != "pass" and finding.next_step:
            _say(f"      next: {finding.next_step}")


def line_of(finding: Finding) -> str:
    """What a gate saw, beside what it expects, as people read it.

    >>> line_of(Finding("pass", "row_count", "rows against the load before", "a.csv",
    ...     "1,234 (within 10 % of previous: 1,150)"))
    'Row count: 1,234 (within 10 % of previous: 1,150)'
    """
    name = finding.check
    if name == "rows against the load before":
        name = "row count"
    said = finding.message
    expects = f" [expected: {finding.expected}]" if finding.status != "pass" else ""
    return f"{name[:1].upper()}{name[1:]}: {said}{expects if finding.expected else ''}"


def register_options(parser: argparse.ArgumentParser) -> None:
    """What `register` asks: a code, or a manifest whose words stand for what is not given."""
    parser.add_argument("target", help="the code of a source, or a manifest with sources")
    for name in ("publication", "domain", "owner", "purpose"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--retention-days", type=int, default=365)
    parser.add_argument("--load-mode", help="replace, append, upsert or history")
    parser.add_argument("--validation-required", choices=("true", "false"), default="true")


def register(given: argparse.Namespace) -> int:
    """Register one source, or all of a manifest."""
    from refresh.operate.acting import me
    from refresh.publications.agreed import as_text
    from refresh.publications.enrolling import fields_of
    from refresh.publications.enrolling import register as enrol
    from refresh.publications.manifest_file import read

    names = ("publication", "domain", "owner", "purpose", "load_mode")
    own = {name: value for name in names if (value := getattr(given, name)) is not None}
    own |= {
        "retention_days": given.retention_days,
        "validation_required": given.validation_required == "true",
    }
    sources: dict[str, dict[str, Any]] = {given.target: own}
    if given.target.endswith((".yaml", ".yml")):
        manifest, text = read(Path(given.target)), Path(given.target).read_text(encoding="utf-8")
        sources = {
            of.code: fields_of(manifest, of)
            | own
            | {
                "contract": as_text(of),
                "manifest_name": Path(given.target).name,
                "manifest_text": text,
            }
            for of in manifest.sources
            if of.enabled
        }
    data = data_folder(given.data)
    for code, said in sources.items():
        enrol(data, code, said, by=me(data))
        _say(f"Registered: {code}")
    if len(sources) > 1 or given.target not in sources:
        _say(f"Next: python -m refresh load {given.target} --validate")
    return 0


def deprecate_options(parser: argparse.ArgumentParser) -> None:
    """What `deprecate` asks."""
    parser.add_argument("code")
    parser.add_argument("--reason", required=True)
    parser.add_argument("--archive-date", help="2026-12-31; thirty days from today if not given")


def deprecate(given: argparse.Namespace) -> int:
    """Say that a source is on its way out."""
    from refresh.operate import lifecycle
    from refresh.publications.enrolling import day

    data = data_folder(given.data)
    on = lifecycle.deprecate(
        data,
        given.code,
        by=lifecycle.me(data),
        reason=given.reason,
        today=date.today(),
        archive_on=day(given.archive_date) if given.archive_date else None,
    )
    _say(f"Deprecated: {given.code}. It is served, with a warning, and may be archived on {on}.")
    return 0


def archive_options(parser: argparse.ArgumentParser) -> None:
    """What `archive` asks."""
    parser.add_argument("code")
    parser.add_argument("--force", action="store_true", help="do not wait for its day")


def archive(given: argparse.Namespace) -> int:
    """Take a source out of the lake, into the archive."""
    from refresh.operate import lifecycle

    data = data_folder(given.data)
    gone = lifecycle.archive(
        data, given.code, by=lifecycle.me(data), today=date.today(), force=given.force
    )
    _say(f"Archived: {given.code}, {gone.rows:,} rows in {gone.table.name}, {gone.metadata.name}")
    return 0


def requests_options(parser: argparse.ArgumentParser) -> None:
    """What `requests` asks."""
    parser.add_argument("--all", action="store_true", help="also those that were answered")
    parser.add_argument("--json", action="store_true", help="as JSON")


def requests(given: argparse.Namespace) -> int:
    """Show what waits for a yes or no."""
    from refresh.operate import lifecycle

    data = data_folder(given.data)
    rows = lifecycle.requests(data, status=None if given.all else "pending")
    if given.json:
        print(json.dumps(rows, indent=1, default=str))
        return 0
    shown = Table("no", "source", "period", "change", "columns", "status", "by", box=None)
    for row in rows:
        words = ", ".join(row["details"]["columns"]) or f"to {row['details'].get('to', '')}"
        cells = (row["request_id"], row["source_code"], row["period"], row["change"], words)
        shown.add_row(*map(str, cells), row["status"], row["decided_by"] or "")
    console.print(shown if rows else "Nothing waits.")
    return 0


def answer_options(parser: argparse.ArgumentParser) -> None:
    """What `approve` and `reject` ask."""
    parser.add_argument("request", type=int, help="its number, as `requests` shows it")
    parser.add_argument("--reason", required=True)
    parser.add_argument("--by", help="who says so; whoever is logged in, if not given")


def approve(given: argparse.Namespace) -> int:
    """Say yes to a change, and build again."""
    from refresh.operate import lifecycle

    data = data_folder(given.data)
    said = {"by": lifecycle.me(data), "reason": given.reason, "said_by": given.by or ""}
    outcome = lifecycle.approve(data, given.request, **said)
    print_report(f for f in outcome.findings if f.status == "fail")
    _say(f"Approved: {given.request}. Live: {outcome.snapshot}")
    return outcome.exit_code


def reject(given: argparse.Namespace) -> int:
    """Say no to a change."""
    from refresh.operate import lifecycle

    data = data_folder(given.data)
    said = {"by": lifecycle.me(data), "reason": given.reason, "said_by": given.by or ""}
    lifecycle.reject(data, given.request, **said)
    _say(f"Rejected: {given.request}")
    return 0


def execute_options(parser: argparse.ArgumentParser) -> None:
    """What `orphans` and `retention` ask."""
    parser.add_argument("--execute", action="store_true", help="act; else only say what would be")
    parser.add_argument("--json", action="store_true", help="as JSON")


def orphans(given: argparse.Namespace) -> int:
    """Show, or archive, what belongs to nobody."""
    from refresh.operate import lifecycle

    data, today = data_folder(given.data), date.today()
    if given.execute:
        found = lifecycle.archive_orphans(data, by=lifecycle.me(data), today=today)
    else:
        found = lifecycle.orphans(data, today=today)
    if given.json:
        print(json.dumps([asdict(one) for one in found], indent=1, default=str))
        return 0
    for one in found:
        what = "archived" if given.execute else one.action
        _say(f"{what}: {one.kind}: {one.name}, {one.days} days old; ask {one.ask}")
    if not found:
        _say("No orphans." if not given.execute else "Nothing to archive.")
    return 0


def retention(given: argparse.Namespace) -> int:
    """Show, or archive, periods that are older than their source's data is kept."""
    from refresh.operate import lifecycle

    data, today = data_folder(given.data), date.today()
    found = lifecycle.outlived(data, today=today)
    if given.json:
        print(json.dumps([asdict(one) for one in found], indent=1))
    else:
        for one in found:
            kept = f"{one.days} days old, kept {one.kept_days}"
            _say(f"{one.source} {one.period}: {one.rows:,} rows, {kept}")
    if given.execute:
        for file in lifecycle.archive_outlived(data, by=lifecycle.me(data), today=today):
            _say(f"archived: {file.name}")
    return 0


def list_options(parser: argparse.ArgumentParser) -> None:
    """What `list` asks."""
    parser.add_argument("--json", action="store_true", help="as JSON")


def list_sources(given: argparse.Namespace) -> int:
    """Show the registry."""
    from refresh.store.ledger import Ledger

    with closing(Ledger(Layout(data_folder(given.data)).registry_url)) as ledger:
        rows = ledger.sources()
    if given.json:
        told = [{n: v for n, v in row.items() if n != "manifest_text"} for row in rows]
        print(json.dumps(told, indent=1, default=str))
        return 0
    shown = Table("code", "status", "mode", "domain", "owner", "table", "last load", box=None)
    for row in rows:
        at = f"{row['last_load_at']:%Y-%m-%d %H:%M}" if row["last_load_at"] else "never"
        cells = (row["code"], row["status"], row["load_mode"], row["domain"] or "", row["owner"])
        shown.add_row(*cells, row["table_name"] or "", at)
    console.print(shown if rows else "Nothing is registered.")
    return 0


def history_options(parser: argparse.ArgumentParser) -> None:
    """What `history` asks."""
    parser.add_argument("code")
    parser.add_argument("--json", action="store_true", help="as JSON")


def history(given: argparse.Namespace) -> int:
    """Show every load of a source, the newest first."""
    from engine.errors import UnknownName
    from refresh.store.ledger import Ledger

    with closing(Ledger(Layout(data_folder(given.data)).registry_url)) as ledger:
        if ledger.source(given.code) is None:
            codes = ", ".join(row["code"] for row in ledger.sources())
            raise UnknownName(f"no source is called `{given.code}`", expected=codes)
        loads = ledger.loads(1000, source=given.code)
    if given.json:
        told = [{n: v for n, v in row.items() if n != "profile"} for row in loads]
        print(json.dumps(told, indent=1, default=str))
        return 0
    shown = Table(
        "load", "period", "status", "read", "loaded", "rejected", "began", "why", box=None
    )
    for row in loads:
        counts = (row["source_row_count"], row["rows_loaded"], row["rows_rejected"])
        told_counts = ("" if count is None else f"{count:,}" for count in counts)
        began = f"{row['started_at']:%Y-%m-%d %H:%M}"
        cells = (str(row["load_id"]), row["period"], row["status"], *told_counts, began)
        shown.add_row(*cells, row["error_type"] or "")
    console.print(shown if loads else "Nothing was ever loaded.")
    return 0


def _plain(one: Any) -> dict[str, Any]:
    said = asdict(one)
    said["findings"] = [
        {name: value for name, value in finding.items() if value not in ("", 0)}
        for finding in said["findings"]
    ]
    return said


def _print_profile(columns: list[dict[str, Any]]) -> None:
    shown = Table("column", "type", "nulls", "marks", "sum", box=None)
    for column in columns:
        marks = ", ".join(f"{mark} {count}" for mark, count in column["marks"].items())
        total = "" if column["sum"] is None else f"{column['sum']:,}"
        shown.add_row(column["name"], column["dtype"], f"{column['nulls']:,}", marks, total)
    console.print(shown)


def _listening(*, quiet: bool) -> Any:
    from refresh.operate.bar import listener

    return listener(console, quiet=quiet)


def _say(line: str) -> None:
    console.print(line, soft_wrap=True, markup=False, highlight=False)
