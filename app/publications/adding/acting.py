"""What the forms of adding a publication do; each answer leads back to a page."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from app.access import reader_of
from app.http.origin import is_own
from engine.access import Reader, may, refusal
from engine.errors import LakeError, NotAllowed
from engine.lake import data_folder
from refresh.operate import lifecycle

MOST_FIELDS = 5_000  # a wide table has a description a column
LONGEST_PART = 2_000_000  # bytes of a field: the text of a manifest is one
ASKED = "confirmed"


async def begin(request: Request) -> Response:
    """Takes an address or a file, and leads to its draft."""
    if not is_own(request):
        return _elsewhere()
    by = reader_of(request)
    try:
        if not may(by, "register"):  # before anything that is sent is read
            raise refusal(by, "register", object="a draft")
        form = await request.form(max_files=1, max_fields=8, max_part_size=LONGEST_PART)
        file, address = await _sent(form.get("file")), str(form.get("address", ""))
        made = await run_in_threadpool(
            lifecycle.begin_draft, data_folder(), by=by, address=address, file=file
        )
    except NotAllowed as error:
        return PlainTextResponse(f"{error.what}. Next: {error.next}", 403)
    except LakeError as error:
        return _back("../add", refused=_words(error))
    return _back("draft", id=made)


async def act(request: Request) -> Response:
    """Saves a draft, then tries, registers, drops it or looks again, as the button says."""
    if not is_own(request):
        return _elsewhere()
    form = await request.form(max_fields=MOST_FIELDS, max_part_size=LONGEST_PART)
    name = str(form.get("id", ""))[:40]
    try:
        said = await run_in_threadpool(_act, name, form, reader_of(request))
    except NotAllowed as error:
        return PlainTextResponse(f"{error.what}. Next: {error.next}", 403)
    except LakeError as error:
        return _back("draft", id=name, refused=_words(error))
    return said


def _act(name: str, form: FormData, by: Reader) -> Response:
    """What the button says. What stands in the form is saved first, so that none of it is lost."""
    data, action = data_folder(), str(form.get("action", ""))
    if action == "drop":
        lifecycle.drop_draft(data, name, by=by)
        return _back("../add")
    if "text" in form:
        said = {key: str(value) for key, value in form.items() if key not in ("text", "id")}
        # A field that nobody touched says nothing: what was changed in the text counts.
        before = _said_before(lifecycle.understood(data, name))
        said = {key: value for key, value in said.items() if before.get(key) != value}
        lifecycle.mend_draft(data, name, str(form["text"]), said, by=by)
    if action == "register" and form.get(ASKED) != "yes":
        raise lifecycle.NotDrafted(
            "nothing is registered until somebody has looked",
            next="tick that you have looked at what was understood",
        )
    steps: dict[str, Callable[..., None]] = {
        "try": lifecycle.try_draft,
        "register": lifecycle.register_draft,
        "again": lifecycle.look_again,
    }
    if action in steps:
        steps[action](data, name, by=by)
    return _back("draft", id=name)


def _said_before(told: dict[str, Any]) -> dict[str, str]:
    """What the fields of the form said when the page was drawn, by their names."""
    sources = told["sources"]
    means = {
        f"means {of['code']} {column['name']}": column["description"]
        for of in sources
        for column in of["columns"]
    }
    return {**told["about"], **{f"mode {of['code']}": of["load_mode"] for of in sources}, **means}


async def _sent(sent: object) -> tuple[str, bytes] | None:
    """The name and bytes of a file that was chosen."""
    if not isinstance(sent, UploadFile) or not sent.filename:
        return None
    return sent.filename, await sent.read()


def _words(error: LakeError) -> str:
    found = f" ({error.found})" if error.found else ""
    return f"{error.what}{found}" + (f". Next: {error.next}" if error.next else "")


def _back(page: str, **said: str) -> Response:
    asked = f"?{urlencode(said)}" if said else ""
    # Relative to /operations/add/…, where all of these forms are sent to.
    return RedirectResponse(f"{page}{asked}", status_code=303)


def _elsewhere() -> Response:
    return PlainTextResponse("A publication is added on its own page.", 403)
