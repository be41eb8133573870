"""The ledger: what was fetched, loaded and judged, written as it happens.

SQLite in WAL mode beside the lake, or PostgreSQL by its address. Each method is one transaction, so
a run that dies leaves whole rows; the next run closes what it left open. To open a ledger makes it,
or brings one of an older version up to date.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import Any

import polars as pl
from sqlalchemy import (
    ColumnElement,
    case,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from engine.ledger import (
    FETCHES,
    LOAD_EVENTS,
    POSTCODES,
    RELEASES,
    SOURCES,
    VALIDATION_RESULTS,
)
from engine.vocabulary import LoadMode, ReleaseStatus
from refresh.finding import Finding
from refresh.kept_parts import RejectedPart, StagedPart
from refresh.source import Release, Source, StoredFile
from refresh.store.records import now
from refresh.store.registry import Registry
from refresh.store.rows import (
    LoadRow,
    ReleaseState,
    VerdictRow,
    finding_of,
    parts_of,
    parts_to_keep,
    release_of,
    row_of,
)

# SQLite takes 999 parameters a statement where it is old.
_POSTCODES_AT_ONCE = 500


class Ledger(Registry):
    """One open ledger. Rows of loads and verdicts are added, never deleted.

    Any method raises LedgerBroken where the database is gone, damaged, or out of room; to open one
    raises LedgerRefused where a newer Care Atlas wrote it, or where it is no ledger.
    """

    # What was fetched

    def fetched(self, url: str) -> StoredFile | None:
        """What is known of the file at this address since it was last fetched."""
        rows = self._rows(select(FETCHES).where(FETCHES.c.url == url))
        return (
            StoredFile(**{k: v for k, v in rows[0].items() if k != "fetched_at"}) if rows else None
        )

    def note_fetch(self, url: str, file: StoredFile) -> None:
        row = asdict(file) | {"url": url, "fetched_at": now()}
        with self._write() as connection:
            # One row an address: only the last fetch can be asked about by its ETag.
            connection.execute(delete(FETCHES).where(FETCHES.c.url == url))
            connection.execute(insert(FETCHES).values(row))

    # Releases

    def releases(self, source: str, *, demonstration: bool) -> list[tuple[Release, ReleaseState]]:
        """Every release of a source, oldest first, with what became of it.

        Gives:  beside its row, `parts`: what is staged of those that can be used; and `rejects`:
                by part, what was not staged, of those that cannot be used too.
        """
        return self._stored(
            RELEASES.c.source_code == source, RELEASES.c.demonstration == demonstration
        )

    def releases_of_all(
        self, *, demonstration: bool
    ) -> dict[str, list[tuple[Release, ReleaseState]]]:
        """The `releases` of every source that has any, by its code: one question for all."""
        of: dict[str, list[tuple[Release, ReleaseState]]] = {}
        for release, row in self._stored(RELEASES.c.demonstration == demonstration):
            of.setdefault(release.source, []).append((release, row))
        return of

    def _stored(self, *which: ColumnElement[bool]) -> list[tuple[Release, ReleaseState]]:
        order = (RELEASES.c.period, RELEASES.c.revision)
        found = self._rows(select(RELEASES).where(*which).order_by(*order))
        for row in found:
            row["parts"], row["rejects"] = parts_of(row["parts"])
        return [(release_of(row), row) for row in found]

    def add_release(self, release: Release) -> Release:
        """Keep a release as the next revision of its period; a demonstration counts its own.

        One that is known stays as it is; but one whose bytes came back under the names of the
        newest (a re-issue was withdrawn) is the newest again, and one that is to be read by other
        words than before (`read_by`) is judged anew.
        """
        mine = _of(release)
        with self._write() as connection:
            query = select(RELEASES).where(*mine).order_by(RELEASES.c.revision)
            stored = [dict(row) for row in connection.execute(query).mappings()]
            revision = stored[-1]["revision"] + 1 if stored else 1
            for known in (row for row in stored if row["sha256"] == release.sha256):
                if _came_back(known, stored):
                    this = (*mine, RELEASES.c.sha256 == release.sha256)
                    connection.execute(update(RELEASES).where(*this).values(revision=revision))
                    known["revision"] = revision
                if release.read_by and release.read_by != known["read_by"]:
                    this = (*mine, RELEASES.c.sha256 == release.sha256)
                    # Where its files lie now: a publisher moves them, and renames them, too.
                    files = [asdict(file) for file in release.files]
                    anew = dict(read_by=release.read_by, files=files)
                    known |= anew
                    anew |= dict(status="stored", judged_by="")
                    connection.execute(update(RELEASES).where(*this).values(anew))
                return release_of(known)
            row = {
                "source_code": release.source,
                "period": release.period,
                "sha256": release.sha256,
                "revision": revision,
                "published_on": release.published_on.isoformat() if release.published_on else None,
                "demonstration": release.demonstration,
                "files": [asdict(file) for file in release.files],
                "status": "stored",
                "stored_at": now(),
                "read_by": release.read_by or None,
            }
            connection.execute(insert(RELEASES).values(row))
            return release_of(row)

    def judge(
        self,
        release: Release,
        *,
        status: ReleaseStatus,
        parts: Mapping[str, StagedPart],
        by: str,
        rejects: Mapping[str, RejectedPart] | None = None,
    ) -> None:
        """What staging made of a release: `staged` or `refused`, and the rows of each part.

        Takes:  by part, what is known of its staged and of its rejected rows, where there are any.
        """
        kept = parts_to_keep(parts, rejects or {})
        with self._write() as connection:
            connection.execute(
                update(RELEASES)
                .where(*_of(release), RELEASES.c.sha256 == release.sha256)
                .values(status=status, parts=kept, judged_by=by)
            )

    def reconsider(self, release: Release) -> None:
        """Judge a release that was refused anew, now that its bytes were stored once more."""
        with self._write() as connection:
            connection.execute(
                update(RELEASES)
                .where(
                    *_of(release),
                    RELEASES.c.sha256 == release.sha256,
                    RELEASES.c.status == "refused",
                )
                .values(status="stored", judged_by="")
            )

    def load_again(self, release: Release) -> None:
        """Judge a release anew at the next staging, whatever became of it before."""
        mine = (*_of(release), RELEASES.c.sha256 == release.sha256)
        with self._write() as connection:
            anew = dict(status="stored", judged_by="")
            connection.execute(update(RELEASES).where(*mine).values(anew))

    def set_aside(self, source: str, period: str, sha256: str) -> None:
        """Leave a release out of every fold from now on; its bytes stay."""
        with self._write() as connection:
            connection.execute(
                update(RELEASES)
                .where(
                    RELEASES.c.source_code == source,
                    RELEASES.c.period == period,
                    RELEASES.c.sha256 == sha256,
                )
                .values(status="set_aside")
            )

    def take_again(self, only: Collection[str] | None = None) -> int:
        """Use releases again that were set aside: these by their hash, or all; how many."""
        which = RELEASES.c.status == "set_aside"
        if only is not None:
            which &= RELEASES.c.sha256.in_(only)
        with self._write() as connection:
            again = dict(status="stored", judged_by="")
            return connection.execute(update(RELEASES).where(which).values(again)).rowcount

    # Loads and verdicts

    def begin_load(
        self, source: Source, release: Release, *, by: str, load_mode: LoadMode = ""
    ) -> int:
        """Note that a load began; its number ties the verdicts to it."""
        with self._write() as connection:
            result = connection.execute(
                insert(LOAD_EVENTS).values(
                    source_code=source.code,
                    period=release.period,
                    file_url=release.files[0].url,
                    file_sha256=release.sha256,
                    file_size_bytes=sum(file.size for file in release.files),
                    load_mode=load_mode,
                    status="in_progress",
                    started_at=now(),
                    triggered_by=by,
                )
            )
            key = result.inserted_primary_key
            assert key is not None  # one row with a key of its own was inserted
            load: int = key[0]
            return load

    def end_load(
        self,
        load: int,
        findings: Iterable[Finding],
        *,
        source: str,
        read: int,
        rows: int,
        rejected: int,
        facts: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        """Close a load with its verdicts: completed, or failed where one of them failed.

        Takes:  how many rows were read of its files, how many of those parts that are kept, and how
                many rows could not be used; `facts`, what else is known of it, by column.
        """
        verdicts = list(findings)
        worst = next((f for f in verdicts if f.status == "fail"), None)
        counted = dict(facts) | dict(source_row_count=read, rows_rejected=rejected)
        loaded = counted | dict(status="completed", rows_loaded=rows)
        failed = counted | dict(status="failed")
        if worst:
            failed |= {"error_type": worst.check[:60], "error_message": str(worst)}
        with self._write() as connection:
            connection.execute(
                update(LOAD_EVENTS)
                .where(LOAD_EVENTS.c.load_id == load)
                # A release of which one part failed and others are used has been loaded: its
                # finding says the rest.
                .values(completed_at=now(), **(failed if worst and not rows else loaded))
            )
            if rows:
                mine, at = SOURCES.c.code == source, now()
                state = dict(last_load_at=at, last_validated_at=at)
                connection.execute(update(SOURCES).where(mine).values(state))
                # One that is on its way out is not called back by a load.
                first = (mine, SOURCES.c.status == "registered")
                connection.execute(update(SOURCES).where(*first).values(status="active"))
        self.note_findings(verdicts, load=load)

    def note_findings(self, findings: Iterable[Finding], *, load: int | None = None) -> None:
        rows = [row_of(finding, load, now()) for finding in findings]
        if rows:
            with self._write() as connection:
                connection.execute(insert(VALIDATION_RESULTS), rows)

    def close_interrupted(self) -> int:
        """Mark loads that a dead run left open; how many there were."""
        with self._write() as connection:
            return connection.execute(
                update(LOAD_EVENTS)
                .where(LOAD_EVENTS.c.status == "in_progress")
                .values(
                    status="rolled_back",
                    completed_at=now(),
                    error_type="Interrupted",
                    error_message="the run ended before this load did; the next run repeats it",
                )
            ).rowcount

    def loads(self, limit: int = 50, *, source: str = "") -> list[LoadRow]:
        """The newest loads, newest first; of one source where that is named."""
        query = select(LOAD_EVENTS).order_by(LOAD_EVENTS.c.load_id.desc()).limit(limit)
        return self._rows(query.where(LOAD_EVENTS.c.source_code == source) if source else query)

    def verdicts_of(self, load: int) -> list[Finding]:
        """What a load was found to be, passes too, in the order in which it was looked at."""
        mine = VALIDATION_RESULTS.c.load_id == load
        query = select(VALIDATION_RESULTS).where(mine).order_by(VALIDATION_RESULTS.c.validation_id)
        return [finding_of(row) for row in self._rows(query)]

    def load_of(self, release: Release) -> LoadRow | None:
        """The last load that judged a release; None where none did."""
        mine = (
            LOAD_EVENTS.c.file_sha256 == release.sha256,
            LOAD_EVENTS.c.source_code == release.source,
            LOAD_EVENTS.c.period == release.period,
        )
        newest = LOAD_EVENTS.c.load_id.desc()
        rows: list[LoadRow] = self._rows(select(LOAD_EVENTS).where(*mine).order_by(newest).limit(1))
        return rows[0] if rows else None

    def findings_of(
        self, source: str, period: str, *, sha256: str | None = None
    ) -> list[VerdictRow]:
        """The verdicts of the last load that judged a period (or one release of it), worst first.

        Takes:  `sha256`, the release's; without it, whichever was judged last.
        """
        mine = (VALIDATION_RESULTS.c.source_code == source, VALIDATION_RESULTS.c.period == period)
        # Verdicts are never deleted: those of the loads before are history, and only the last ones
        # hold.
        last = select(func.max(VALIDATION_RESULTS.c.load_id)).where(*mine)
        if sha256:
            loads = select(LOAD_EVENTS.c.load_id).where(LOAD_EVENTS.c.file_sha256 == sha256)
            last = last.where(VALIDATION_RESULTS.c.load_id.in_(loads))
        worst = case({"fail": 0, "warn": 1}, value=VALIDATION_RESULTS.c.status, else_=2)
        return self._rows(
            select(VALIDATION_RESULTS)
            .where(VALIDATION_RESULTS.c.load_id == last.scalar_subquery(), *mine)
            .order_by(worst, VALIDATION_RESULTS.c.validation_id)
        )

    def failures_of(self, release: Release) -> list[Finding]:
        """What a release failed in when it was last judged."""
        said = self.findings_of(release.source, release.period, sha256=release.sha256)
        return [finding_of(row) for row in said if row["status"] == "fail"]

    def ever_failed(self) -> set[tuple[str, str]]:
        """Sources and periods of which any load failed in anything, ever: the others never did."""
        code, period = VALIDATION_RESULTS.c.source_code, VALIDATION_RESULTS.c.period
        query = select(code, period).where(VALIDATION_RESULTS.c.status == "fail").distinct()
        return {(row["source_code"], row["period"]) for row in self._rows(query)}

    # Postcodes: asked once, known for ever

    def known_postcodes(self, postcodes: Iterable[str]) -> pl.DataFrame:
        wanted = sorted(set(postcodes))
        rows = []
        for start in range(0, len(wanted), _POSTCODES_AT_ONCE):
            some = wanted[start : start + _POSTCODES_AT_ONCE]
            rows += self._rows(select(POSTCODES).where(POSTCODES.c.postcode.in_(some)))
        schema = {"postcode": pl.String, "longitude": pl.Float64, "latitude": pl.Float64}
        return pl.DataFrame(rows, schema=schema | {"method": pl.String, "vintage": pl.String})

    def remember_postcodes(self, places: pl.DataFrame) -> None:
        with self._write() as connection:
            for row in places.to_dicts():
                try:
                    # A savepoint: PostgreSQL gives up the whole transaction over one row that is
                    # there already.
                    with connection.begin_nested():
                        connection.execute(insert(POSTCODES).values(row))
                except IntegrityError:
                    where = POSTCODES.c.postcode == row["postcode"]
                    connection.execute(update(POSTCODES).where(where).values(row))


def _of(release: Release) -> tuple[ColumnElement[bool], ...]:
    """Every revision of the release's period; a demonstration's are its own."""
    return (
        RELEASES.c.source_code == release.source,
        RELEASES.c.period == release.period,
        RELEASES.c.demonstration == release.demonstration,
    )


def _came_back(known: dict[str, Any], stored: list[dict[str, Any]]) -> bool:
    """Whether newer bytes had the same names: then what is offered again has replaced them."""
    newest = [row for row in stored if row["demonstration"] == known["demonstration"]][-1]
    names = [{file["name"] for file in row["files"]} for row in (known, newest)]
    return known is not newest and names[0] == names[1]
