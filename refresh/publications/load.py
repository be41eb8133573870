"""Load: the files of a manifest through the one load path, and what came of each.

registered? -> already loaded? -> fetch -> read strictly -> gates -> seal -> reconcile -> record.
The walk is refresh/pipeline.py's, as for every source; here is what a manifest adds to it.
"""

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from engine.errors import LakeError
from engine.lake import Layout
from engine.vocabulary import LoadStatus
from refresh.extract.patience import PATIENT, Patience
from refresh.finding import Finding
from refresh.pipeline import Outcome, run
from refresh.progress import Listener, silent
from refresh.publications.agreed import Asked, accepted, as_text, name_of
from refresh.publications.bringing import REFUSED, Bringing, bring_asked
from refresh.publications.canonical import fingerprint
from refresh.publications.duplicates import look_for_duplicates
from refresh.publications.enrolling import enrol, fields_of
from refresh.publications.manifest import Manifest, TableOf
from refresh.store.ledger import Ledger
from refresh.store.rows import LoadRow

STATUSES: dict[LoadStatus, str] = {"completed": "loaded", "rolled_back": "failed"}


class NotRegistered(LakeError):
    """A source that nobody registered, or that was archived: it is not loaded."""

    exit_code = 2


@dataclass(frozen=True)
class Loaded:
    """What came of one file of one source.

    status   loaded, skipped (it is loaded already), refused (it would count twice) or failed
    columns  of each, in published order: published, name, dtype, sum, nulls, marks
    """

    source: str
    file: str
    member: str | None
    period: str
    status: str
    rows_read: int = 0
    rows_loaded: int = 0
    rows_rejected: int = 0
    columns: list[dict[str, Any]] = field(default_factory=list)
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Loads:
    """What came of a manifest: a `Loaded` a file, and what belongs to no single one."""

    files: tuple[Loaded, ...]
    findings: tuple[Finding, ...]
    snapshot: str | None

    @property
    def exit_code(self) -> int:
        """1 where any file failed or was refused."""
        wrong = any(one.status in ("failed", REFUSED) for one in self.files)
        return 1 if wrong or any(f.status == "fail" for f in self.findings) else 0


def load(
    manifest: Manifest,
    *,
    data: Path,
    base: Path,
    name: str = "",
    text: str = "",
    test: bool = False,
    force: bool = False,
    heal: str = "strict",
    today: date | None = None,
    tell: Listener = silent,
    patience: Patience = PATIENT,
) -> Loads:
    """Load every enabled source of a manifest and seal the lake.

    Takes:  the manifest; the data folder; the folder that its addresses without a scheme are
            relative to; its name and text, which the registry keeps; whether only to try it (in the
            sandbox, where nobody needs to register); whether to load again what is loaded; how far
            types may be widened.
    Gives:  what came of each file.
    Raises: NotRegistered, before anything is fetched; LakeBusy where another run is writing.
    """
    layout = Layout(data).sandbox if test else Layout(data)
    tables = [_with_addresses(of, base) for of in manifest.sources if of.enabled and of.files]
    day, bringing = today or date.today(), Bringing()
    asked = {of.code: Asked(of, name=name, text=text, force=force, heal=heal) for of in tables}
    with closing(_ledger(layout)) as ledger:
        if test:
            _enrol_all(ledger, manifest, tables)
        _refuse_strangers(ledger, tables)
        before = max((row["load_id"] for row in ledger.loads(1)), default=0)
        for of in tables:
            _make_known(ledger, of)
    try:
        outcome = run(
            tuple(asked),
            data=data,
            today=today,
            tell=tell,
            patience=patience,
            layout=layout,
            brought_by={
                code: partial(bring_asked, asked=one, bringing=bringing)
                for code, one in asked.items()
            },
        )
    finally:
        bringing.clear_away()
    with closing(Ledger(layout.registry_url)) as ledger:
        mine = [row for row in reversed(ledger.loads(1000)) if row["load_id"] > before]
        done = {(row["source_code"], row["period"]) for row in mine}
        files = [*_from_loads(ledger, mine, asked), *_passed(bringing, asked, outcome, done)]
        found = [
            *_on_its_way_out(ledger, tables, day),
            *(f for of in tables for f in look_for_duplicates(ledger, layout, of)),
        ]
        _describe(ledger, tables)
        _note_canonical(ledger, tables, files)
    told = {finding.check for one in files for finding in one.findings}
    others = [
        finding
        for finding in outcome.findings
        if not finding.source and _is_of(finding, tables) and finding.check not in told
    ]
    return Loads(tuple(files), (*found, *others), outcome.snapshot)


def _with_addresses(of: TableOf, base: Path) -> TableOf:
    """The same with every address in full."""
    files = [
        file
        if urlsplit(file.url).scheme in ("http", "https", "file")
        else msgspec.structs.replace(file, url=_found(file.url, base).as_uri())
        for file in of.files
    ]
    return msgspec.structs.replace(of, files=files)


def _found(path: str, base: Path) -> Path:
    beside = (base / path).absolute()
    return beside if beside.exists() else Path(path).absolute()


def _ledger(layout: Layout) -> Ledger:
    layout.root.mkdir(parents=True, exist_ok=True)
    return Ledger(layout.registry_url)


def _enrol_all(ledger: Ledger, manifest: Manifest, tables: Sequence[TableOf]) -> None:
    """Register what is only tried; the sandbox asks nobody who owns it and what for."""
    for of in tables:
        if ledger.source(of.code) is None:
            enrol(ledger, of.code, fields_of(manifest, of), is_test=True)


def _refuse_strangers(ledger: Ledger, tables: Iterable[TableOf]) -> None:
    rows = {of.code: ledger.source(of.code) for of in tables}
    unknown = [code for code, row in rows.items() if row is None]
    if unknown:
        raise NotRegistered(
            f"of the manifest's sources {len(unknown)} not registered; nothing is loaded",
            found=", ".join(unknown),
            next="python -m refresh register MANIFEST --publication P --domain D --owner MAIL"
            " --purpose WORDS   (or, only to try it: load --test)",
        )
    gone = [code for code, row in rows.items() if row and row["status"] == "archived"]
    if gone:
        raise NotRegistered(
            f"of the manifest's sources {len(gone)} archived; nothing is loaded",
            found=", ".join(gone),
            next="register it under another code if it is published again",
        )


def _make_known(ledger: Ledger, of: TableOf) -> None:
    """Give a source that never was loaded the manifest's words: then it has a table."""
    row = ledger.source(of.code)
    if row and (accepted(row) is None or not ledger.ever_loaded(of.code)):
        ledger.amend(of.code, contract=as_text(of), table_name=of.table, load_mode=of.load_mode)
    elif row and (known := accepted(row)) and known.metrics != of.metrics:
        # What is asked of the columns changes none of them: nobody needs to agree.
        known.metrics = of.metrics
        ledger.amend(of.code, contract=as_text(known))


def _from_loads(
    ledger: Ledger, rows: Sequence[LoadRow], asked: dict[str, Asked]
) -> Iterable[Loaded]:
    """What the ledger says of the loads of this run, a file each."""
    periods = {(code, file.period) for code, one in asked.items() for file in one.of.files}
    # A changed contract has other releases staged anew, too: nobody asked for those.
    for row in (row for row in rows if (row["source_code"], row["period"]) in periods):
        findings = tuple(ledger.verdicts_of(row["load_id"]))
        status = STATUSES.get(row["status"], "failed")
        url = row["file_url"]
        seen = row["profile"] or [{"file": name_of(url), "member": None}]
        for one in seen:
            yield Loaded(
                row["source_code"],
                period=row["period"],
                status=status,
                findings=findings,
                **one,
            )


def _passed(
    bringing: Bringing, asked: dict[str, Asked], outcome: Outcome, done: set[tuple[str, str]]
) -> Iterable[Loaded]:
    """The files of which nothing was loaded anew, and why."""
    every = [(code, file) for code, one in asked.items() for file in one.of.files]
    for code, file in ((c, f) for c, f in every if (c, f.period) not in done):
        # What was refused before and is the same still has failed this time, too.
        why = bringing.passed.get((code, file.period), "failed")
        told = tuple(f for f in outcome.findings if (f.source, f.period) == (code, file.period))
        member = file.extract or file.sheet or None
        yield Loaded(code, name_of(file.url), member, file.period, why, findings=told)


def _on_its_way_out(ledger: Ledger, tables: Iterable[TableOf], day: date) -> Iterable[Finding]:
    """A warning for each source that is deprecated."""
    for of in tables:
        row = ledger.source(of.code)
        if row and row["status"] == "deprecated":
            yield Finding(
                "warn",
                "metadata",
                "deprecated",
                of.code,
                f"it is deprecated ({row['deprecation_reason']}) and goes on {row['archive_date']}",
                observed=f"{day}",
                next_step="find what takes its place before that day",
                source=of.code,
            )


def _describe(ledger: Ledger, tables: Iterable[TableOf]) -> None:
    """Keep what the manifest says of each column."""
    for of in tables:
        row = ledger.source(of.code)
        agreed = accepted(row) if row else None
        ledger.describe_columns(
            of.code,
            [
                {
                    "column_name": column.name,
                    "original_name": column.original_name,
                    "description": column.description,
                    "data_type": column.dtype,
                    "is_dimension": column.is_dimension,
                    "is_measure": column.is_measure,
                    "query_keywords": column.query_keywords,
                    "metadata_source": column.metadata_source or "manual",
                    "confidence": {"llm": 0.7, "profiled": 0.95}.get(column.metadata_source, 1.0),
                }
                for column in (agreed.columns if agreed else ())
            ],
        )


def _note_canonical(ledger: Ledger, tables: Iterable[TableOf], files: Iterable[Loaded]) -> None:
    """Keep what each source that loaded is known by, so that another period's draft finds it."""
    known = {of.code: of for of in tables}
    for one in files:
        if one.status == "loaded":
            mark = fingerprint(known[one.source])
            ledger.note_canonical(
                one.source,
                fingerprint=asdict(mark) | {"column_count": mark.column_count},
                period=one.period,
                rows=one.rows_loaded,
            )


def _is_of(finding: Finding, tables: Iterable[TableOf]) -> bool:
    """Whether what was found at a seal is about one of these tables."""
    return any(f"table {of.table}" in finding.where for of in tables)
