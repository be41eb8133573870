"""Drafts: publications that somebody is adding, a folder each, kept until they are dropped.

What takes long (looking into files, trying, loading) is done by a process of its own
(draft_worker.py), which says in the draft's file how far it is. Whatever goes wrong, the text stays
as it was: nothing is lost, and every step can be taken again.
"""

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock, Timeout

from engine.access import Reader
from engine.errors import LakeError, UnknownName
from engine.lake import Layout
from refresh.operate.auditing import audited
from refresh.wing import Adding

Step = Literal["look", "try", "load"]
MOST_DRAFTS, MOST_AT_WORK = 50, 3
LONGEST_TEXT, LONGEST_GIVEN = 1_000_000, 2_000
LIMITS: dict[Step, int] = {"look": 300, "try": 900, "load": 1_800}
"""Seconds after which a step is given up."""
SILENT = timedelta(seconds=60)
LONGEST_WAIT = 30
"""Seconds for who would change a draft while somebody else changes one."""
_ID = re.compile(r"[0-9a-f]{12}")
_WORK = "refresh.operate.draft_worker"


class NotDrafted(LakeError):
    """A draft that cannot be made, changed or taken further as it is."""

    exit_code = 2


@dataclass(frozen=True)
class Draft:
    """A publication that is being added, as its folder has it.

    given     the address, or the name of the file that was sent
    is_file   whether a file was sent
    state     working, drafted (it can be mended), tried, loaded, or failed: `error` says why
    step      what is being done, or was done last; words, done, total: how far it is
    notes     what was met while looking; seen: by source, the first rows and what columns hold
    outcome   of the last trial or load, a file each
    """

    id: str
    given: str
    is_file: bool
    by: str
    made_at: str
    state: str = "drafted"
    step: str = "look"
    words: str = ""
    done: int = 0
    total: int = 0
    beat_at: str = ""
    error: str = ""
    next: str = ""
    notes: list[str] = field(default_factory=list)
    seen: dict[str, Any] = field(default_factory=dict)
    outcome: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_working(self) -> bool:
        """Whether a process is at work on it."""
        return self.state == "working"


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
        with _one_at_a_time(data):
            if len(drafts(data)) >= MOST_DRAFTS:
                raise NotDrafted(
                    f"{MOST_DRAFTS} drafts wait already", next="drop one that nobody needs"
                )
            made = Draft(secrets.token_hex(6), name or address, bool(file), by.name, _now())
            folder = _folder(data, made.id)
            (folder / "files").mkdir(parents=True)
            if file:
                (folder / "files" / name).write_bytes(file[1])
            save(folder, made)
            said.after = {"draft": made.id}
            _work(data, made, "look", by)
    return made.id


def drafts(data: Path, reader: Reader | None = None) -> list[Draft]:
    """Every draft that somebody may see (None: that there is), the newest first."""
    root = Layout(data).drafts
    ids = (
        [path.name for path in root.iterdir() if _ID.fullmatch(path.name)] if root.is_dir() else []
    )
    there = [one for name in ids if (one := _read(root / name)) and _is_theirs(one, reader)]
    return sorted(there, key=lambda one: one.made_at, reverse=True)


def draft(data: Path, name: str, reader: Reader | None = None) -> Draft:
    """One draft as it is now.

    Raises: UnknownName where there is none of that id, or it is not theirs to see.
    """
    found = _read(_folder(data, name)) if _ID.fullmatch(name) else None
    if found is None or not _is_theirs(found, reader):
        raise UnknownName("there is no such draft", found=name[:20], next="begin it again")
    return found


def draft_text(data: Path, name: str) -> str:
    """The manifest's text; empty where nothing was drafted yet."""
    path = _folder(data, draft(data, name).id) / "manifest.yaml"
    return path.read_text(encoding="utf-8") if path.is_file() else ""


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
        folder = _folder(data, now.id)
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
        _work(data, now, "try", by)


def register_draft(data: Path, name: str, *, by: Reader) -> None:
    """Register the sources of a draft and load them: each is a row of the audit log of its own.

    Raises: NotDrafted for a text that cannot be loaded; NotAllowed for who may not. What is found
            later (no owner, a domain that is not theirs) the draft says.
    """
    with _changing(data, name, by, "the sources of") as now:
        _assert_whole(data, now)
        _work(data, now, "load", by)


def look_again(data: Path, name: str, *, by: Reader) -> None:
    """Look at what was given once more: the text is made anew, the former one is kept beside.

    Raises: NotDrafted while a process is at work on it; NotAllowed for who may not.
    """
    with _changing(data, name, by, "another look at") as now:
        _work(data, now, "look", by)


def drop_draft(data: Path, name: str, *, by: Reader) -> None:
    """Throw a draft away, with the file that was sent; what was loaded of it stays loaded.

    Raises: NotDrafted while a process is at work on it; NotAllowed for who may not.
    """
    with _changing(data, name, by, "the end of") as now:
        shutil.rmtree(_folder(data, now.id))


@contextmanager
def _changing(data: Path, name: str, by: Reader, what: str) -> Iterator[Draft]:
    """Let somebody change a draft that nothing is at work on; who may not has not even looked."""
    with audited(data, by, "register", object=f"{what} draft {name[:12]}") as said:
        with _one_at_a_time(data):
            now = draft(data, name, by)
            if now.is_working:
                raise NotDrafted(
                    "it is being worked on", found=now.words, next="wait until that ends"
                )
            said.object = f"{what} draft {now.id}, {now.given[:200]}"
            yield now


@contextmanager
def _one_at_a_time(data: Path) -> Iterator[None]:
    """Nobody else changes a draft meanwhile: what was looked at is what a process then reads."""
    lock = Layout(data).drafting
    lock.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(lock, timeout=LONGEST_WAIT):
            yield
    except Timeout as error:
        raise NotDrafted("others change drafts just now", next="try again in a minute") from error


def _is_theirs(of: Draft, reader: Reader | None) -> bool:
    """Whether somebody may see a draft: its first rows are of a domain that nobody has said yet."""
    return reader is None or reader.domains is None or of.by == reader.name


def save(folder: Path, of: Draft, **other: Any) -> Draft:
    """Write down how a draft stands, replaced in one step: pages read it at any moment."""
    told = asdict(of) | other
    part = folder / f".draft.{os.getpid()}"
    part.write_text(json.dumps(told, default=str), encoding="utf-8")
    os.replace(part, folder / "draft.json")
    return Draft(**told)


def _adding() -> Adding:
    """How publications are taken in: by the one wing that does."""
    from refresh.wings import WINGS

    return next(wing.adding for wing in WINGS.wings if wing.adding)


def _work(data: Path, of: Draft, step: Step, by: Reader) -> None:
    """Start the process that takes a step."""
    if sum(one.is_working for one in drafts(data)) >= MOST_AT_WORK:
        raise NotDrafted("others are being looked at", next="try again in a minute")
    folder = _folder(data, of.id)
    save(
        folder,
        of,
        state="working",
        step=step,
        words="starting",
        done=0,
        total=0,
        beat_at=_now(),
        error="",
        next="",
    )
    asked = {
        "data": str(data.absolute()),
        "draft": of.id,
        "step": step,
        "by": {"name": by.name, "role": by.role, "request": by.request},
        "domains": None if by.domains is None else sorted(by.domains),
    }
    child = subprocess.Popen(
        [sys.executable, "-m", _WORK],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert child.stdin  # asked for above
    child.stdin.write(json.dumps(asked).encode())
    child.stdin.close()
    _CHILDREN[:] = [one for one in _CHILDREN if one.poll() is None] + [child]


_CHILDREN: list[subprocess.Popen[bytes]] = []
"""Those that were started here: asked for how they ended, so that none stays as a zombie."""


def _assert_whole(data: Path, of: Draft) -> None:
    wrong = _adding().understand(draft_text(data, of.id))
    if wrong["errors"] or not wrong["sources"]:
        first = wrong["errors"][0]["what"] if wrong["errors"] else "it names no table"
        raise NotDrafted("the manifest does not hold together", found=first, next="mend the text")
    if refused := _adding().refuses(_folder(data, of.id)):
        raise NotDrafted("a file of the manifest may not be read from here", found=refused)


def _read(folder: Path) -> Draft | None:
    try:
        found = Draft(**json.loads((folder / "draft.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    is_silent = datetime.now(UTC) - datetime.fromisoformat(found.beat_at or found.made_at) > SILENT
    if not (found.is_working and is_silent):
        return found
    # Killed, or the machine went down: what was drafted is still there.
    lost = {"error": "it ended without a word", "next": "take the step again"}
    return Draft(**(asdict(found) | {"state": "failed"} | lost))


def _folder(data: Path, name: str) -> Path:
    return Layout(data).drafts / name


def _file_name(name: str) -> str:
    """A name that any file system takes and that leads nowhere else."""
    plain = re.sub(r'[<>:"/\\|?*\x00-\x1f]', "_", name).strip(" .")[-120:]
    return plain or "file"


def _now() -> str:
    return datetime.now(UTC).isoformat()
