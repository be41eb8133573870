"""Drafts: publications that somebody is adding, a folder each, kept until they are dropped.

What takes long (looking into files, trying, loading) is done by a process of its own
(draft_worker.py), which says in the draft's file how far it is. Whatever goes wrong, the text stays
as it was: nothing is lost, and every step can be taken again.
"""

import re
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine.access import Reader
from engine.lake import Layout
from refresh.operate.auditing import audited
from refresh.operate.draft_kept import (
    Draft,
    NotDrafted,
    draft,
    draft_text,
    drafts,
    folder_of,
    now_said,
    one_at_a_time,
    save,
)
from refresh.operate.draft_steps import take_step
from refresh.wing import Adding

MOST_DRAFTS = 50
LONGEST_TEXT, LONGEST_GIVEN = 1_000_000, 2_000


def begin_draft(
    data: Path, *, by: Reader, address: str = "", file: tuple[str, bytes] | None = None
) -> str:
    """Begin to look at what somebody gives.

    Takes:  the data folder; an address (http or https), or a file's name and bytes.
    Gives:  the draft's id; a process looks at it from now on.
    Raises: NotDrafted for what is neither, or where too much waits; NotAllowed for who may not.
    """
    address = address.strip()
    name = _file_name(file[0]) if file else ""
    with audited(data, by, "register", object=f"a draft of {(name or address)[:200]}") as said:
        if not (file and file[1]) and not re.match(r"https?://[^\s/]+", address):
            raise NotDrafted(
                "there is nothing to look at",
                expected="an address that begins with http:// or https://, or a file",
                found=address[:80] or "nothing",
            )
        if len(address) > LONGEST_GIVEN:
            raise NotDrafted("the address is too long", expected=f"{LONGEST_GIVEN} characters")
        if Layout(data).is_copy:
            raise NotDrafted("this lake is a copy", next="add it where the lake is written")
        with one_at_a_time(data):
            if len(drafts(data)) >= MOST_DRAFTS:
                raise NotDrafted(
                    f"{MOST_DRAFTS} drafts wait already", next="drop one that nobody needs"
                )
            made = Draft(secrets.token_hex(6), name or address, bool(file), by.name, now_said())
            folder = folder_of(data, made.id)
            (folder / "files").mkdir(parents=True)
            if file:
                (folder / "files" / name).write_bytes(file[1])
            save(folder, made)
            said.after = {"draft": made.id}
            take_step(data, made, "look", by)
    return made.id


def understood(data: Path, name: str) -> dict[str, Any]:
    """What a draft's text says, as a page shows it: `errors` with their lines, `about`, `sources`.

    Nothing but `errors` where the text is no manifest.
    """
    text = draft_text(data, name)
    return _adding().understand(text) if text else {"errors": [], "about": {}, "sources": []}


def mend_draft(
    data: Path, name: str, text: str, said: Mapping[str, str], *, by: Reader
) -> Sequence[str]:
    """Keep another text of a draft, with what was said of it beside.

    Takes:  the text; owner, purpose, domain and the like, and by `mode SOURCE` a load mode: they
            are written into the text where it is a manifest, so that it alone counts.
    Gives:  what is wrong with it, a sentence each: it is kept all the same.
    Raises: NotDrafted while a process is at work on it; NotAllowed for who may not.
    """
    with _changing(data, name, by, "the text of") as now:
        if len(text) > LONGEST_TEXT:
            raise NotDrafted("the text is too long", expected=f"at most {LONGEST_TEXT:,} letters")
        folder = folder_of(data, now.id)
        path = folder / "manifest.yaml"
        path.write_text(text.replace("\r\n", "\n"), encoding="utf-8")
        wrong = [f"{one['line']}: {one['what']}" for one in _adding().understand(text)["errors"]]
        if not wrong:
            _adding().say(path, said)
        save(folder, now, state="drafted", error="", next="", outcome=[])
    return wrong


def try_draft(data: Path, name: str, *, by: Reader) -> None:
    """Load a draft into the sandbox, where nobody else sees it.

    Raises: NotDrafted for a text that cannot be loaded; NotAllowed for who may not.
    """
    with _changing(data, name, by, "a trial of") as now:
        _assert_whole(data, now)
        take_step(data, now, "try", by)


def register_draft(data: Path, name: str, *, by: Reader) -> None:
    """Register the sources of a draft and load them: each is a row of the audit log of its own.

    Raises: NotDrafted for a text that cannot be loaded; NotAllowed for who may not. What is found
            later (no owner, a domain that is not theirs) the draft says.
    """
    with _changing(data, name, by, "the sources of") as now:
        _assert_whole(data, now)
        take_step(data, now, "load", by)


def look_again(data: Path, name: str, *, by: Reader) -> None:
    """Look at what was given once more: the text is made anew, the former one is kept beside.

    Raises: NotDrafted while a process is at work on it; NotAllowed for who may not.
    """
    with _changing(data, name, by, "another look at") as now:
        take_step(data, now, "look", by)


def drop_draft(data: Path, name: str, *, by: Reader) -> None:
    """Throw a draft away, with the file that was sent; what was loaded of it stays loaded.

    Raises: NotDrafted while a process is at work on it; NotAllowed for who may not.
    """
    with _changing(data, name, by, "the end of") as now:
        shutil.rmtree(folder_of(data, now.id))


@contextmanager
def _changing(data: Path, name: str, by: Reader, what: str) -> Iterator[Draft]:
    """Let somebody change a draft that nothing is at work on; who may not has not even looked."""
    with audited(data, by, "register", object=f"{what} draft {name[:12]}") as said:
        with one_at_a_time(data):
            now = draft(data, name, by)
            if now.is_working:
                raise NotDrafted(
                    "it is being worked on", found=now.words, next="wait until that ends"
                )
            said.object = f"{what} draft {now.id}, {now.given[:200]}"
            yield now


def _adding() -> Adding:
    """How publications are taken in: by the one wing that does."""
    from refresh.wings import WINGS

    return next(wing.adding for wing in WINGS.wings if wing.adding)


def _assert_whole(data: Path, of: Draft) -> None:
    wrong = _adding().understand(draft_text(data, of.id))
    if wrong["errors"] or not wrong["sources"]:
        first = wrong["errors"][0]["what"] if wrong["errors"] else "it names no table"
        raise NotDrafted("the manifest does not hold together", found=first, next="mend the text")
    if refused := _adding().refuses(folder_of(data, of.id)):
        raise NotDrafted("a file of the manifest may not be read from here", found=refused)


def _file_name(name: str) -> str:
    """A name that any file system takes and that leads nowhere else."""
    plain = re.sub(r'[<>:"/\\|?*\x00-\x1f]', "_", name).strip(" .")[-120:]
    return plain or "file"
