"""Enrolling: what must be said of a source before anything of it is loaded, and what is refused."""

import re
from collections.abc import Mapping
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

from engine.access import Reader
from engine.errors import LakeError
from engine.lake import Layout
from engine.wings import LAKE
from refresh.operate.auditing import audited
from refresh.publications.manifest import Manifest, TableOf
from refresh.store.ledger import Ledger

CODE = re.compile(r"[a-z][a-z0-9_]{0,62}")
MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
MODES = ("replace", "append", "upsert", "history")
LONGEST = {"owner": 255, "purpose": 500, "domain": 50, "publication": 255}
REQUIRED = ("publication", "domain", "owner", "purpose")


class NotEnrolled(LakeError):
    """A source that cannot be registered as it is described."""

    exit_code = 2


def register(data: Path, code: str, said: Mapping[str, Any], *, by: Reader) -> None:
    """Register a source for somebody who may: `enrol`, with its row in the audit log.

    Raises: as `enrol`; NotAllowed for who may not, or not in that domain.
    """
    named, domain = code[:63], said.get("domain")
    with audited(data, by, "register", object=f"source {named}", domain=domain) as row:
        with closing(Ledger(Layout(data).registry_url)) as ledger:
            enrol(ledger, code, said, by=by.name)
        told = ("publication", "domain", "owner", "purpose", "load_mode", "manifest_name")
        row.after = {name: said.get(name) for name in told}


def enrol(
    ledger: Ledger, code: str, said: Mapping[str, Any], *, is_test: bool = False, by: str = ""
) -> None:
    """Register a source: its row has the status `registered` from now on.

    Takes:  its code; what is said of it, columns of `sources`; whether it is only tried, and so
            needs no owner; who registers it.
    Raises: NotEnrolled for a bad or known code, a missing field, a purpose of over 500 characters,
            an owner that is no e-mail address, a mode nobody knows, a table that is another's.
    """
    assert_enrollable(ledger, code, said, is_test=is_test)
    table = said.get("table_name") or f"tbl_{code}"
    row = {"name": code, "publisher": "", "owner": "", "purpose": ""} | dict(said)
    ledger.enrol(code, **row | {"table_name": table, "created_by": by or None})


def assert_enrollable(
    ledger: Ledger, code: str, said: Mapping[str, Any], *, is_test: bool = False
) -> None:
    """Refuse what `enrol` would, and change nothing.

    Raises: as `enrol`.
    """
    if not is_test:
        _check(said, code)
    if not CODE.fullmatch(code):
        raise NotEnrolled(
            "a code is lower case letters, digits and underscores, up to 63, and begins with a"
            " letter",
            where=code,
            found=code,
        )
    if ledger.source(code) is not None:
        raise NotEnrolled(
            "a source of this code is registered already",
            where=code,
            found=code,
            next="python -m refresh list   shows it; choose another code",
        )
    table = said.get("table_name") or f"tbl_{code}"
    taken = {row["table_name"]: row["code"] for row in ledger.sources() if row["table_name"]}
    if table in LAKE or table in taken:
        raise NotEnrolled(
            f"the table `{table}` is another's",
            where=code,
            found=f"of {taken.get(table, 'a wing')}",
            next="name another `table` in the manifest",
        )


def fields_of(manifest: Manifest, of: TableOf) -> dict[str, Any]:
    """What a manifest says of one of its sources, as columns of `sources`."""
    said = manifest.manifest
    return {
        "name": of.name[:255] or of.code,
        "publisher": said.publisher,
        "publication": said.publication or said.name,
        "domain": said.domain,
        "owner": said.owner,
        "purpose": said.purpose or said.description[:500],
        "description": of.description or said.description,
        "table_name": of.table,
        "load_mode": of.load_mode,
        "default_sheet": next((file.sheet for file in of.files if file.sheet), None),
        "metadata": {
            "licence": said.licence,
            "cadence": said.cadence,
            "source_url": said.source_url,
        },
    }


def day(text: str) -> date:
    """A day as people write it for a machine: 2026-11-30.

    Raises: NotEnrolled for what is no day.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotEnrolled("this is no day", found=text, expected="2026-11-30") from None


def _check(said: Mapping[str, Any], code: str) -> None:
    missing = [name for name in REQUIRED if not str(said.get(name) or "").strip()]
    if missing:
        raise NotEnrolled(
            f"{' and '.join(missing)} must be said",
            where=code,
            expected=", ".join(f"--{name}" for name in REQUIRED),
            found=", ".join(name for name in REQUIRED if name not in missing) or "none of them",
        )
    for name, most in LONGEST.items():
        if len(str(said.get(name) or "")) > most:
            raise NotEnrolled(
                f"{name} is too long",
                where=code,
                expected=f"at most {most} characters",
                found=f"{len(said[name])} characters",
            )
    if not MAIL.fullmatch(said["owner"]):
        raise NotEnrolled(
            "the owner must be somebody who can be written to",
            where=code,
            expected="an e-mail address",
            found=said["owner"],
        )
    if said.get("load_mode", "replace") not in MODES:
        raise NotEnrolled(
            "nobody knows this load mode",
            where=code,
            expected=", ".join(MODES),
            found=said["load_mode"],
        )
    if int(said.get("retention_days") or 365) < 1:
        raise NotEnrolled(
            "data is kept for a day or more",
            where=code,
            expected="--retention-days 1 or more",
            found=str(said["retention_days"]),
        )
