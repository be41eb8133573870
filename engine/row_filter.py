"""What a reader may see of a lake: which of its sources, and whether people's own facts. Pure.

A registered source belongs to a domain; whoever has some domains only sees neither the tables that
are made of others' sources nor what the ledger says of these. What a wing declares is everybody's,
but for columns that say who somebody is: an analyst finds them masked.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import polars as pl
import sqlalchemy as sa

from engine.access import Reader
from engine.ledger import ACCESS_GRANTS, AUDIT_HEAD, AUDIT_LOG, CLI_RUNS, FETCHES, SOURCES
from engine.manifest import Manifest

MASK = "•••"
_OF_DBAS = (AUDIT_LOG, AUDIT_HEAD, ACCESS_GRANTS)
_OF_ALL_DOMAINS = (CLI_RUNS, FETCHES)
"""Tables that say things of every source in words: nobody can tell whose a row is."""
_CODES = ("source_code", "canonical_code")


@dataclass(frozen=True)
class Sees:
    """How much of a lake somebody sees.

    domains   of which registered sources; None: of all
    personal  whether columns that say who somebody is are as they are; else they are masked
    audit     whether the audit log and the grants are theirs to read
    """

    domains: frozenset[str] | None = None
    personal: bool = True
    audit: bool = True


EVERYTHING = Sees()


def sees(reader: Reader | None) -> Sees:
    """How much a reader sees; a program that asks for itself sees everything.

    >>> sees(Reader("ann", "analyst", frozenset({"Workforce"}))).personal
    False
    """
    if reader is None:
        return EVERYTHING
    return Sees(reader.domains, reader.role != "analyst", reader.role == "dba")


def hidden_sources(manifest: Manifest, seen: Sees, declared: Collection[str]) -> set[str]:
    """The codes of the sources of a snapshot that somebody does not see.

    Takes:  the names of the tables that wings declare: theirs are everybody's. Of any other, whose
            domain an older manifest does not say, only who sees all domains sees anything.
    """
    if seen.domains is None:
        return set()
    said = manifest.get("sources", {})
    made_of = manifest.get("made_of", {})
    of_wings = {code for name in declared for code in made_of.get(name, ())}
    registered = {code for name, codes in made_of.items() if name not in declared for code in codes}
    registered |= {code for code, entry in said.items() if "domain" in entry}
    seen_here = {code for code, entry in said.items() if entry.get("domain") in seen.domains}
    return registered - of_wings - seen_here


def manifest_for(manifest: Manifest, seen: Sees, declared: Collection[str]) -> Manifest:
    """A manifest as somebody sees it: without the tables, releases and findings of others."""
    if seen.domains is None:
        return manifest
    codes, made_of = hidden_sources(manifest, seen, declared), manifest.get("made_of", {})
    gone = {
        name
        for name in manifest["tables"]
        if name not in declared and (codes & {*made_of.get(name, ())} or name not in made_of)
    }
    if not codes and not gone:
        return manifest
    left: dict[str, Any] = {}
    for name, said in manifest.items():
        if isinstance(said, Mapping):
            left[name] = {key: one for key, one in said.items() if key not in codes | gone}
        elif isinstance(said, list):
            left[name] = [one for one in said if not _is_of(one, codes, gone)]
        else:
            left[name] = said
    return cast(Manifest, left)


def masked(rows: pl.LazyFrame, personal: Iterable[str]) -> pl.LazyFrame:
    """Rows in which some columns, all text, say no more than that there is something.

    >>> masked(pl.LazyFrame({"name": ["Ada", None]}), ["name"]).collect()["name"].to_list()
    ['•••', None]
    """
    return rows.with_columns(
        pl.when(pl.col(name).is_not_null()).then(pl.lit(MASK)).alias(name) for name in personal
    )


def may_read(table: sa.Table, seen: Sees) -> bool:
    """Whether anything of a table of the ledger is theirs to read."""
    if table in _OF_DBAS:
        return seen.audit
    return seen.domains is None or table not in _OF_ALL_DOMAINS


def rows_of_ledger(table: sa.Table, seen: Sees) -> sa.ColumnElement[bool] | None:
    """Which rows of a table of the ledger somebody sees, to be asked of the database; None: all.

    What is of no source, or of one that a wing declares, everybody sees.
    """
    if seen.domains is None:
        return None
    code = SOURCES.c.code if table is SOURCES else _code_of(table)
    if code is None:
        return _rows_of_what_it_is_of(table, seen)
    # Aliased: of `sources` itself this is another reading.
    of = SOURCES.alias("of")
    # One that is registered, as its table says, and of no domain at all is nobody's.
    theirs = of.c.domain.in_(sorted(seen.domains)) if seen.domains else sa.false()
    is_anothers = sa.or_(of.c.domain.is_(None), sa.not_(theirs))
    hidden = sa.select(of.c.code).where(of.c.table_name.is_not(None), is_anothers)
    return sa.or_(code.is_(None), code.not_in(hidden))


def _rows_of_what_it_is_of(table: sa.Table, seen: Sees) -> sa.ColumnElement[bool] | None:
    """The rows of a table that names no source, but what is of one: the events of an alert."""
    for column in table.columns:
        for key in column.foreign_keys:
            of = rows_of_ledger(key.column.table, seen)
            if of is not None:
                mine = sa.select(key.column).where(of)
                return sa.or_(column.is_(None), column.in_(mine))
    return None


def _code_of(table: sa.Table) -> sa.Column[Any] | None:
    return next((table.c[name] for name in _CODES if name in table.c), None)


def _is_of(said: Any, codes: set[str], tables: set[str]) -> bool:
    """Whether an entry of a list in a manifest is of a source, or of a table, that is hidden."""
    if not isinstance(said, Mapping):
        return said in codes | tables
    where = str(said.get("where", "")).split()
    return (
        said.get("source") in codes
        or said.get("table") in tables
        or bool(tables.intersection(where))
    )
