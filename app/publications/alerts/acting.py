"""What people say to alerts: forms of this house alone, taken, audited, and gone back from."""

from datetime import datetime
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from app.access import reader_of
from app.publications.narrowing import day_of, number_of
from app.publications.opened import Clock
from app.publications.posted import changed, form_of, refused
from engine.access import Reader
from engine.errors import UnknownName
from engine.lake import data_folder
from refresh.operate.lifecycle import acknowledge, send_test, snooze


class Acting:
    """The endpoints of the forms, which know the hour by one clock."""

    def __init__(self, clock: Clock):
        self._clock = clock

    async def act(self, request: Request) -> Response:
        """Acknowledge or snooze an alert; back to where the form stood."""
        form = await form_of(request)
        if form is None:
            return refused("An alert is answered on its own page.")
        back = _back(form.get("back", ""))
        done = "snooze" if form.get("do") == "snooze" else "acknowledge"
        return await changed(back, done, _act, reader_of(request), form, self._clock())

    async def test(self, request: Request) -> Response:
        """Send a test to a channel."""
        form = await form_of(request)
        if form is None:
            return refused("A test is sent from the page of alerts.")
        mark = form.get("channel", "")
        return await changed("../alerts", "test", _test, reader_of(request), mark)


def _act(by: Reader, form: dict[str, str], now: datetime) -> None:
    number, words = number_of(form.get("alert", "")), form.get("words", "")
    if number is None:
        raise UnknownName("there is no such alert", found=form.get("alert", "")[:20])
    if form.get("do") == "snooze":
        until = day_of(form.get("until", ""))
        if until is None:
            found = form.get("until", "")[:20]
            raise UnknownName("that is no day", found=found, expected="2026-12-31")
        snooze(data_folder(), number, until=until, by=by, now=now, words=words)
    else:
        acknowledge(data_folder(), number, by=by, now=now, words=words)


def _test(by: Reader, mark: str) -> None:
    send_test(data_folder(), mark, by=by)


def _back(text: str) -> str:
    """Where the form stood, if that is a page of alerts: nobody is sent anywhere else."""
    parts = urlsplit(text)
    is_ours = parts.path == "alerts" or parts.path.removeprefix("alerts/").isdecimal()
    # From /alerts/act: one up is the front of the house.
    return f"../{text if is_ours and not parts.scheme and not parts.netloc else 'alerts'}"
