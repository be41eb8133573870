"""Following an area, a group or a practice by e-mail: asked for here, confirmed and ended by links.

/follow?area=icb:QOP, /watch/TOKEN. No answer says whether an address is known; without a mail
server neither page is there.
"""

import logging
from datetime import UTC, datetime

from htmltools import Tag, TagChild, tags
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from app.atlas.drawing.comparison import Side
from app.atlas.follow_link import ENGLAND, LONGEST_AREA
from app.atlas.pages.organisation_lookup import side_of
from app.atlas.plain_page import plain
from app.http.origin import is_own
from engine import open_lake
from engine.errors import LakeError, NoSnapshot
from engine.lake import data_folder
from refresh.operate import lifecycle
from refresh.operate.lifecycle import can_mail

LONGEST_ADDRESS = 254
log = logging.getLogger("care_atlas.watch")
ASKED = (
    "If that address can be written to, a mail is on its way to it. Open the link in it within a"
    " week: nothing is followed before."
)
PROMISE = (
    "One mail after each release or correction: what is new, what moved beyond chance, which series"
    " broke. The address is kept for this alone, apart from all else, and is gone with one click."
)


def follow_page(request: Request) -> Response:
    """The form."""
    if not can_mail():
        return _no_mail()
    side = _side(request.query_params.get("area", ""))
    return _nobody() if side is None else _page(side, _form(side))


async def follow_form(request: Request) -> Response:
    """What the form says: the same answer for every address that is one."""
    # Another site's page could have a reader's browser write to strangers.
    if not is_own(request):
        return PlainTextResponse("To follow something, use the form on its own page.", 403)
    if not can_mail():
        return _no_mail()
    form = await request.form()
    side = await run_in_threadpool(_side, str(form.get("area", "")))
    if side is None:
        return _nobody()
    address = str(form.get("address", ""))[: LONGEST_ADDRESS + 1]
    try:
        lifecycle.plain_address(address)
    except LakeError as error:
        said = tags.p(f"Not taken: {error.what}.", role="alert", class_="atlas-note")
        return _page(side, said, _form(side), status=422)
    # Behind the answer: how long a mail takes would tell what is known of an address.
    task = BackgroundTask(_ask, address, side)
    return _page(side, tags.p(ASKED, role="status"), task=task)


def watch_page(request: Request) -> Response:
    """What a link from a mail would do, and the button that does it.

    A link alone does nothing: mail servers open them to look for viruses.
    """
    token = request.path_params["token"]
    link = lifecycle.read_link(data_folder(), token, now=_now())
    if link is None:
        return _gone()
    titles = ", ".join(link.titles)
    words = {
        "confirm": (f"Follow {titles} by e-mail?", "Yes, follow it"),
        "stop": (f"Stop following {titles}?", "Stop following it"),
        "leave": (f"Stop all mails? You follow {titles}.", "Stop all mails, forget my address"),
    }[link.purpose]
    if link.is_done:
        return _said(f"You follow {titles}.")
    form = tags.form(tags.button(words[1], type="submit"), method="post", action=token)
    return plain("By e-mail", tags.h1(words[0]), form, root="../")


async def watch_form(request: Request) -> Response:
    """Do what the link says, for who presses the button, or for a mail program (RFC 8058).

    No look at where it comes from: the link is signed, and a mail program has no page of ours.
    """
    token = request.path_params["token"]
    link = await run_in_threadpool(_use, token)
    if link is None:
        return _gone()
    titles = ", ".join(link.titles)
    return _said(
        {
            "confirm": f"You follow {titles}. The next release is told to you.",
            "stop": f"You do not follow {titles} any more.",
            "leave": "You are not written to any more, and your address is forgotten.",
        }[link.purpose]
    )


def _use(token: str) -> lifecycle.Link | None:
    return lifecycle.use_link(data_folder(), token, now=_now())


def _ask(address: str, side: Side) -> None:
    topic = "" if side.level == ENGLAND else f"{side.level}:{side.code}"
    try:
        lifecycle.follow_by_mail(data_folder(), address, topic, side.name, now=_now())
    except LakeError as error:
        # Its words have no address in them.
        log.warning("a mail that confirms was not sent: %s", error.what)


def _side(text: str) -> Side | None:
    try:
        return side_of(open_lake(), text[:LONGEST_AREA]) if text else None
    except NoSnapshot:
        return None


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def _page(
    side: Side, *body: TagChild, status: int = 200, task: BackgroundTask | None = None
) -> Response:
    answer = plain(
        f"Follow {side.name}",
        tags.h1(f"Follow {side.name} by e-mail"),
        tags.p(PROMISE),
        *body,
        status=status,
    )
    answer.background = task
    return answer


def _form(side: Side) -> Tag:
    area = ENGLAND if side.level == ENGLAND else f"{side.level}:{side.code}"
    return tags.form(
        tags.input(type="hidden", name="area", value=area),
        tags.label("Your e-mail address ", for_="address"),
        tags.input(
            type="email",
            name="address",
            id="address",
            required="",
            maxlength=str(LONGEST_ADDRESS),
            autocomplete="email",
        ),
        " ",
        tags.button("Follow", type="submit"),
        method="post",
        action="follow",
        class_="atlas-follow",
    )


def _said(words: str) -> Response:
    return plain("By e-mail", tags.h1("By e-mail"), tags.p(words, role="status"), root="../")


def _nobody() -> Response:
    words = "No area, group or practice is called so. Open its page, and follow it from there."
    return plain("Follow", tags.h1("Whom?"), tags.p(words, role="alert"), status=404)


def _gone() -> Response:
    words = "The link is too old, or what it stood for is gone. Nobody writes to you because of it."
    return plain(
        "By e-mail",
        tags.h1("That link does nothing any more"),
        tags.p(words),
        root="../",
        status=404,
    )


def _no_mail() -> Response:
    words = "Nothing can be followed by e-mail here. Every figure has an Atom feed."
    return plain("Follow", tags.h1("Not by e-mail"), tags.p(words), status=404)
