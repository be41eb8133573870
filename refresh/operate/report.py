"""What the refresh says on a terminal, and what `status` tells of a lake, as words or as JSON."""

from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from engine.lake import Layout, current_id, open_lake, read_progress
from engine.vocabulary import LoadMode
from refresh.finding import Finding
from refresh.operate.maintain import Swept
from refresh.pipeline import Outcome
from refresh.source import Release, Source
from refresh.store.ledger import Ledger
from refresh.store.rows import ReleaseState, SourceRow
from refresh.wings import WINGS

_MARK = {"pass": "[green]pass[/]", "warn": "[yellow]warn[/]", "fail": "[red]fail[/]"}


def status(data: Path, *, today: date) -> dict[str, Any]:
    """Every source, release, row count and finding of a lake, as plain values for JSON.

    Takes:  the data folder; `today` judges what is late.
    Gives:  `snapshot` (None where nothing is sealed), `sources` and `refresh` (the last run).
    """
    layout = Layout(data)
    live = current_id(data)
    if not data.is_dir():
        return {"snapshot": None, "sources": [], "refresh": None}
    ledger = Ledger(layout.registry_url)
    invented = _invented(data) if live else set()
    known = {row["code"]: row for row in ledger.sources()}
    wings = WINGS.as_of(ledger)
    sources = [
        _source(
            ledger,
            source,
            known.get(source.code),
            data,
            load_mode=wings.load_mode(source),
            demonstration=wing.name in invented,
            today=today,
        )
        for wing in wings.wings
        for source in wing.sources
    ]
    ledger.close()
    return {
        "snapshot": _snapshot(data) if live else None,
        "sources": sources,
        "refresh": read_progress(data),
    }


def print_status(console: Console, said: dict[str, Any]) -> None:
    """The same for people: the snapshot, then one line a source, then what is wrong."""
    snapshot = said["snapshot"]
    if snapshot is None:
        console.print(
            "Nothing is sealed yet. Next: python -m refresh run, or python -m refresh demo"
        )
    else:
        kind = "Demonstration data" if snapshot["demonstration"] else "Real data"
        console.print(f"{kind}, snapshot [bold]{snapshot['id']}[/], sealed {snapshot['sealed_at']}")
        rows = Table("table", "rows", "years", box=None, pad_edge=False)
        for name, described in snapshot["tables"].items():
            rows.add_row(name, f"{described['rows']:,}", ", ".join(described["partitions"]))
        console.print(rows)
    sources = Table("source", "newest", "expected", "releases", "state", box=None, pad_edge=False)
    for source in said["sources"]:
        state = "late" if source["is_late"] else "up to date" if source["newest"] else "not loaded"
        sources.add_row(
            source["code"],
            source["newest"] or "none",
            source["expected"],
            str(len(source["releases"])),
            state,
        )
    console.print(sources)
    for finding in snapshot["findings"] if snapshot else []:
        _print_one(console, finding["status"], "lake", finding)
    for source in said["sources"]:
        for release in source["releases"]:
            _print_rejects(console, f"{source['code']} {release['period']}", release["rejects"])
            for finding in release["findings"]:
                if finding["status"] != "pass":
                    about = f"{source['code']} {release['period']}"
                    _print_one(console, finding["status"], about, finding)
    _print_end(console, said["refresh"] or {})


def print_outcome(console: Console, outcome: Outcome, *, invented: bool = False) -> None:
    """How a run ended: what needs attention first, then the one line that matters.

    Takes:  whether the publications are a demonstration's own: like the publishers', its releases
            lack some optional parts, on purpose, which is one line and no warning.
    """
    left_out = [f for f in outcome.findings if invented and _is_left_out(f)]
    for finding in outcome.findings:
        if finding.status != "pass" and finding not in left_out:
            about = f"{finding.source} {finding.period}".strip() or "lake"
            _print_one(console, finding.status, about, _plain(finding))
    if left_out:
        releases = len({(finding.source, finding.period) for finding in left_out})
        console.print(
            f"As the publishers' own, {releases} releases lack some optional parts (see status)."
        )
    if outcome.snapshot is None:
        console.print("Nothing could be sealed: no release is usable yet.")
    elif outcome.is_new:
        console.print(f"[bold]A new snapshot is live:[/] {outcome.snapshot}")
    else:
        console.print(f"Nothing new. Snapshot {outcome.snapshot} stays live.")


def print_swept(console: Console, swept: Swept, *, data: Path, dry_run: bool) -> None:
    """What a maintenance removed, a line a file, and how many bytes in all."""
    for path, size in swept.files:
        said = f"{path.relative_to(data).as_posix()}  {size:,} bytes"
        console.print(said, markup=False, highlight=False, soft_wrap=True)
    many, kept = len(swept.files), len(swept.kept)
    went = "Would remove" if dry_run else "Removed"
    said = f"{went} {many:,} files, {swept.bytes:,} bytes." if many else "Nothing to remove."
    console.print(f"{said} Snapshots kept: {kept}.", highlight=False)


def _print_end(console: Console, refresh: dict[str, Any]) -> None:
    """That the last refresh failed, if it did, with what pages keep to themselves."""
    if refresh.get("state") == "failed":
        console.print(f"[red]The last refresh did not succeed:[/] {escape(refresh['message'])}")
        for line in refresh.get("detail", "").splitlines():
            console.print(f"     {line}", markup=False, highlight=False, soft_wrap=True)


def _is_left_out(finding: Finding) -> bool:
    """Whether it says that an optional part of a release is not there."""
    return finding.status == "warn" and finding.check == "parts of the release"


def _print_rejects(console: Console, about: str, rejects: dict[str, Any]) -> None:
    """How many rows of a release were not staged, and where to look at them."""
    if rejects:
        rows, kept = (sum(part[name] for part in rejects.values()) for name in ("rows", "kept"))
        some = "" if kept == rows else f", {kept:,} of them kept"
        paths = ", ".join(part["path"] for part in rejects.values())
        said = f"{about}: {rows:,} rows rejected{some}: see {paths}"
        console.print(said, markup=False, highlight=False, soft_wrap=True)


def _print_one(console: Console, status: str, about: str, finding: dict[str, Any]) -> None:
    column = f", column {finding['column']}" if finding["column"] else ""
    say = partial(console.print, highlight=False, soft_wrap=True)
    where = escape(f"{about}: {finding['where']}{column}")
    say(f"{_MARK[status]} {where}")
    say(f"     {finding['message']}", markup=False)
    if finding["next_step"]:
        say(f"     next: {finding['next_step']}", markup=False)


def _plain(finding: Finding) -> dict[str, Any]:
    return {
        "where": finding.where,
        "column": finding.column,
        "message": finding.message,
        "next_step": finding.next_step,
    }


def _invented(data: Path) -> set[str]:
    """The names of the wings of which a demonstration is live."""
    releases = open_lake(data).manifest["releases"]
    codes = {release["source"] for release in releases if release["demonstration"]}
    return {w.name for w in WINGS.wings if any(source.code in codes for source in w.sources)}


def _snapshot(data: Path) -> dict[str, Any]:
    lake = open_lake(data)
    manifest = lake.manifest
    tables = {
        name: {
            "rows": sum(file["rows"] for file in described["files"]),
            "partitions": [file["partition"] for file in described["files"] if file["partition"]],
        }
        for name, described in manifest["tables"].items()
        if described["files"]
    }
    return {
        "id": manifest["id"],
        "sealed_at": manifest["sealed_at"],
        "previous": manifest["previous"],
        "demonstration": manifest["demonstration"],
        "coverage": lake.fact("coverage"),
        "findings": manifest.get("findings", []),
        "tables": tables,
    }


def _source(
    ledger: Ledger,
    source: Source,
    row: SourceRow | None,
    data: Path,
    *,
    load_mode: LoadMode,
    demonstration: bool,
    today: date,
) -> dict[str, Any]:
    code = source.code
    stored = ledger.releases(code, demonstration=demonstration)
    newest = max((r.period for r, s in stored if s["status"] == "staged"), default=None)
    return {
        "code": code,
        "name": source.name,
        "publisher": source.publisher,
        "owner": source.owner,
        "licence": source.licence,
        "load_mode": load_mode,
        "state": row["status"] if row else "registered",
        "last_checked_at": row["last_checked_at"].isoformat()
        if row and row["last_checked_at"]
        else None,
        "newest": newest,
        "expected": source.calendar.expected(today),
        "next_due": source.calendar.next_due(today).isoformat(),
        # As in engine.period.late: nobody offers here what was never loaded, and what is invented
        # is of no day.
        "is_late": newest is not None
        and not demonstration
        and source.calendar.is_late(newest, today),
        "releases": [_release(ledger, code, release, state, data) for release, state in stored],
    }


def _release(
    ledger: Ledger, code: str, release: Release, row: ReleaseState, data: Path
) -> dict[str, Any]:
    findings = ledger.findings_of(code, release.period, sha256=release.sha256)
    load = ledger.load_of(release)
    return {
        "period": release.period,
        "revision": release.revision,
        "sha256": release.sha256,
        "state": row["status"],
        "files": [file.name for file in release.files],
        "rows": {name: part["rows"] for name, part in row["parts"].items()},
        "rows_read": load["source_row_count"] if load else None,
        "rows_rejected": load["rows_rejected"] if load else None,
        "rejects": {
            name: {"rows": kept["rows"], "kept": kept["kept"], "path": str(data / kept["path"])}
            for name, kept in row["rejects"].items()
        },
        "findings": [
            {
                "status": finding["status"],
                "where": finding["where"],
                "column": finding["column"],
                "message": finding["message"],
                "expected": finding["expected"],
                "observed": finding["observed"],
                "next_step": finding["next_step"],
            }
            for finding in findings
        ],
    }
