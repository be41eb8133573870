"""What people say to alerts: forms of this house alone, taken, audited, and gone back from."""

from datetime import date, datetime
from urllib.parse import urlencode, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from app.access import reader_of
from app.publications.opened import Clock
from engine.access import Reader
from engine.errors import LakeError, NotAllowed, UnknownName
from engine.lake import data_folder
from refresh.operate.lifecycle import acknowledge, send_test, snooze

LONGEST = 500


class Acting:
    """The endpoints of the forms, which know the hour by one clock."""

    def __init__(self, clock: Clock):
        self._clock = clock

    async def act(self, request: Request) -> Response:
        """Acknowledge or snooze an alert; back to where the form stood."""
        form = await _form(request)
        if form is None:
            return _refused("An alert is answered on its own page.")
        back = _back(form.get("back", ""))
        return await _taken(back, "", _act, reader_of(request), form, self._clock())

    async def test(self, request: Request) -> Response:
        """Send a test to a channel."""
        form = await _form(request)
        if form is None:
            return _refused("A test is sent from the page of alerts.")
        mark = form.get("channel", "")
        return await _taken("alerts", "test", _test, reader_of(request), mark)


def _act(by: Reader, form: dict[str, str], now: datetime) -> None:
    number, words = form.get("alert", ""), form.get("words", "")
    if not number.isdecimal():
        raise UnknownName("there is no such alert", found=number[:20])
    if form.get("do") == "snooze":
        until = _day(form.get("until", ""))
        snooze(data_folder(), int(number), until=until, by=by, now=now, words=words)
    else:
        acknowledge(data_folder(), int(number), by=by, now=now, words=words)


def _test(by: Reader, mark: str) -> None:
    send_test(data_folder(), mark, by=by)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UnknownName("that is no day", found=text[:20], expected="2026-12-31") from error


def _back(text: str) -> str:
    """Where the form stood, if that is a page of alerts: nobody is sent anywhere else."""
    parts = urlsplit(text)
    is_ours = parts.path == "alerts" or parts.path.removeprefix("alerts/").isdecimal()
    return text if is_ours and not parts.scheme and not parts.netloc else "alerts"


async def _form(request: Request) -> dict[str, str] | None:
    """What a form of this house says; None where another site's page sent it in a reader's name."""
    origin = request.headers.get("origin", "")
    if urlsplit(origin).netloc != request.headers.get("host", ""):
        return None
    return {name: str(value)[:LONGEST] for name, value in (await request.form()).items()}


async def _taken(back: str, done: str, change: object, *given: object) -> Response:
    told = {"done": done} if done else {}
    try:
        await run_in_threadpool(change, *given)  # type: ignore[arg-type]
    except NotAllowed as error:
        return _refused(f"{error.what}.")
    except LakeError as error:
        told = {"refused": error.what}
    joint = "&" if "?" in back else "?"
    # From /alerts/act: one up is the front of the house.
    return RedirectResponse(f"../{back}{joint + urlencode(told) if told else ''}", status_code=303)


def _refused(words: str) -> Response:
    return PlainTextResponse(words, 403)
