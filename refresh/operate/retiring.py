"""Retiring: a source goes in two steps, with time to notice; what was loaded stays as Parquet.

Nothing here deletes history: of an archived source every load, verdict and release is kept.
"""

import warnings
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from engine.access import Reader
from engine.errors import LakeError, UnknownName
from engine.lake import Lake, Layout, current_id, open_lake
from engine.period import Period
from refresh.operate.auditing import audited
from refresh.operate.handling import heed
from refresh.pipeline import run
from refresh.progress import Listener, silent
from refresh.source import Release
from refresh.store import seal
from refresh.store.ledger import Ledger
from refresh.store.records import now
from refresh.store.rows import ReleaseState, SourceRow

GRACE = timedelta(days=30)


class NotRetired(LakeError):
    """A source that cannot be deprecated or archived like this."""

    exit_code = 2


@dataclass(frozen=True)
class Archived:
    """What went to the archive: the table's file with its rows, and that of its metadata."""

    table: Path
    rows: int
    metadata: Path


@dataclass(frozen=True)
class Outlived:
    """A period of a source that is older than the source's data is kept."""

    source: str
    period: str
    rows: int
    days: int
    kept_days: int


def deprecate(
    data: Path,
    code: str,
    *,
    by: Reader,
    reason: str,
    today: date,
    archive_on: date | None = None,
) -> date:
    """Say that a source is on its way out: it is still served, and whoever reads it is told.

    Takes:  the data folder; the source; who says so and why; today; the day from which it may be
            archived (thirty days from today, where none is given).
    Gives:  that day.
    Raises: UnknownName for no such source, NotRetired for a day that is past, a source that is
            archived, or no reason; NotAllowed for who may not.
    """
    layout = Layout(data)
    day = archive_on or today + GRACE
    with audited(data, by, "deprecate", object=f"source {code}", source=code) as said:
        with seal.writing(layout), closing(Ledger(layout.registry_url)) as ledger:
            row = _may_be_deprecated(ledger, code, day, today)
            if not reason.strip():
                raise NotRetired("nobody said why", where=code, expected="--reason")
            said.before = _state(row)
            ledger.amend(code, status="deprecated", deprecation_reason=reason, archive_date=day)
            said.after = _state(_known(ledger, code))
        if current_id(data):
            run(data=data, offline=True)  # readers are told by the snapshot
    heed(data)
    return day


def archive(
    data: Path,
    code: str,
    *,
    by: Reader,
    today: date,
    force: bool = False,
    tell: Listener = silent,
) -> Archived:
    """Take a deprecated source out of the lake, once its table lies in the archive, row for row.

    Takes:  the data folder; the source; who says so; today; whether not to wait for its day.
    Gives:  what lies in the archive now. The registry and the history of its loads are kept.
    Raises: UnknownName for no such source; NotRetired for one that is not deprecated, whose day has
            not come, that nobody described, or whose export has not the rows of the table: then
            nothing has changed; LakeBusy while a run is writing; NotAllowed for who may not.
    """
    layout = Layout(data)
    with audited(data, by, "archive", object=f"source {code}", source=code) as said:
        with seal.writing(layout), closing(Ledger(layout.registry_url)) as ledger:
            row = _may_go(ledger, code, today, force=force)
            said.before = _state(row)
            stamp = f"{today:%Y%m%d}"
            name = row["table_name"] or f"tbl_{code}"
            rows = _table(data, name)
            table = layout.archived(name, stamp)
            count = _exported(rows, table)
            metadata = layout.archived(f"tbl_metadata_{code}", stamp)
            _exported(_metadata(ledger, row).lazy(), metadata)
            ledger.amend(code, status="archived", archived_at=now())
            said.after = _state(_known(ledger, code)) | {"file": table.name, "rows": count}
        run(data=data, offline=True, tell=tell)
    heed(data)
    return Archived(table, count, metadata)


def outlived(data: Path, *, today: date) -> list[Outlived]:
    """The periods that are older than their sources' data is kept, oldest first; of each source
    the newest stays, however old it is."""
    with closing(Ledger(Layout(data).registry_url)) as ledger:
        return [one for one, _ in _outlived(ledger, today)]


def archive_outlived(data: Path, *, by: Reader, today: date, tell: Listener = silent) -> list[Path]:
    """Put those periods into the archive, a file each, and leave them out of the tables.

    Gives:  the files. Their releases are set aside; the bytes and the history of loads are kept.
    Raises: LakeBusy while a run is writing; NotRetired where a file has not the period's rows;
            NotAllowed for who may not.
    """
    layout, files = Layout(data), []
    with audited(data, by, "archive", object="outlived periods", everything=True) as said:
        with seal.writing(layout), closing(Ledger(layout.registry_url)) as ledger:
            for one, (release, state) in _outlived(ledger, today):
                for name, part in state["parts"].items():
                    file = layout.archived(f"{name}_{one.period}", f"{today:%Y%m%d}")
                    _exported(pl.scan_parquet(layout.told(part["path"]), glob=False), file)
                    files.append(file)
                ledger.set_aside(release.source, release.period, release.sha256)
        said.after = {"files": [file.name for file in files]}
        if files:
            run(data=data, offline=True, tell=tell)
    return files


def _known(ledger: Ledger, code: str) -> SourceRow:
    row = ledger.source(code)
    if row is None:
        codes = ", ".join(row["code"] for row in ledger.sources())
        raise UnknownName(f"no source is called `{code}`", found=code, expected=codes)
    return row


def _state(row: SourceRow) -> dict[str, Any]:
    """What retiring changes of a source."""
    names = ("status", "deprecation_reason", "archive_date", "archived_at")
    return {name: row[name] for name in names}  # type: ignore[literal-required]  # its own columns


def _may_be_deprecated(ledger: Ledger, code: str, day: date, today: date) -> SourceRow:
    """The source's row, where nothing speaks against its going on that day."""
    row = _known(ledger, code)
    if row["status"] == "archived":
        raise NotRetired("it is archived already", where=code, found=str(row["archived_at"]))
    if day < today:
        raise NotRetired(
            "the day on which it goes is past",
            where=code,
            expected=f"{today} or later",
            found=str(day),
        )
    return row


def _may_go(ledger: Ledger, code: str, today: date, *, force: bool) -> SourceRow:
    """The source's row, where nothing speaks against archiving it."""
    row = _known(ledger, code)
    day = row["archive_date"]
    if row["status"] == "archived":
        raise NotRetired("it is archived already", where=code, found=str(row["archived_at"]))
    if not row["contract"]:
        raise NotRetired(
            "its tables are declared in code and made with others; only a registered source goes"
            " to the archive",
            where=code,
            next="take it out of its wing's `sources`",
        )
    if row["status"] != "deprecated":
        raise NotRetired(
            "only a deprecated source is archived",
            where=code,
            found=row["status"],
            next=f"python -m refresh deprecate {code} --reason ...",
        )
    if day and today < day and not force:
        raise NotRetired(
            f"its day has not come: {day}",
            where=code,
            found=str(today),
            next="wait, or --force",
        )
    if not force and not any(c["description"] for c in ledger.columns_of(code)):
        raise NotRetired(
            "none of its columns is described: nobody could read the export",
            where=code,
            next="write descriptions in its manifest and load it with --force; or archive --force",
        )
    return row


def _table(data: Path, name: str) -> pl.LazyFrame:
    lake: Lake | None = open_lake(data) if current_id(data) else None
    if lake is None or name not in lake.manifest["tables"]:
        raise NotRetired(
            "the live snapshot has no such table",
            where=name,
            next="python -m refresh run   makes it again; then archive it",
        )
    with warnings.catch_warnings():
        # That it goes is known to who takes it away.
        warnings.simplefilter("ignore", FutureWarning)
        return lake.scan(name)


def _exported(rows: pl.LazyFrame, final: Path) -> int:
    """Rows as one Parquet file under its final name, once it has as many rows as the table has."""
    final.parent.mkdir(parents=True, exist_ok=True)
    part = final.with_name(f".part-{final.name}")
    try:
        rows.sink_parquet(part, statistics=True)
        wanted, found = (
            lf.select(pl.len()).collect().item() for lf in (rows, pl.scan_parquet(part, glob=False))
        )
        if wanted != found:
            raise NotRetired(
                "the export has not the rows of the table; nothing is archived",
                where=final.name,
                expected=f"{wanted:,} rows",
                found=f"{found:,} rows",
            )
        part.replace(final)
    finally:
        part.unlink(missing_ok=True)
    count: int = found
    return count


def _metadata(ledger: Ledger, row: SourceRow) -> pl.DataFrame:
    """What is known of the source and its columns, a row a column."""
    about = {"owner": row["owner"], "purpose": row["purpose"], "domain": row["domain"]}
    columns: list[dict[str, Any]] = ledger.columns_of(row["code"]) or [{"source_code": row["code"]}]
    rows = [
        {name: None if value is None else str(value) for name, value in (about | column).items()}
        for column in columns
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def _outlived(
    ledger: Ledger, today: date
) -> Iterator[tuple[Outlived, tuple[Release, ReleaseState]]]:
    for row in ledger.sources():
        # Where releases fold into each other, an old one is part of what is true now.
        if not row["contract"] or row["load_mode"] != "append" or row["status"] == "archived":
            continue
        releases = ledger.releases(row["code"], demonstration=False)
        used = [pair for pair in releases if pair[1]["status"] == "staged"]
        newest = used[-1][0].period if used else ""
        for release, state in used:
            days = _age(release.period, today)
            if days > row["retention_days"] and release.period != newest:
                rows = sum(part["rows"] for part in state["parts"].values())
                told = Outlived(row["code"], release.period, rows, days, row["retention_days"])
                yield told, (release, state)


def _age(period: str, today: date) -> int:
    """Days since a period ended; none where nobody knows when that was."""
    try:
        return (today - Period.parse(period).last_day).days
    except UnknownName:
        return 0
