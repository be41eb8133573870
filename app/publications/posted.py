"""Forms that change something: from a page of this house alone, and back to it afterwards."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from htmltools import Tag, tags
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from app.http.origin import is_own
from engine.errors import LakeError, NotAllowed

LONGEST = 500


def reason_field(place: str) -> Tag:
    """The field `reason`, which a form that changes something does not go without; its id."""
    return tags.div(
        tags.label("Why", for_=place),
        tags.input(type="text", name="reason", id=place, required="", maxlength=str(LONGEST)),
        class_="publications-choice publications-reason",
    )


async def form_of(request: Request) -> dict[str, str] | None:
    """What a form says; None where another site's page sent it in a reader's name."""
    if not is_own(request):
        return None
    return {name: str(value)[:LONGEST] for name, value in (await request.form()).items()}


async def changed(
    back: str, done: str, change: Callable[..., Any], *given: Any, refused_to: str = ""
) -> Response:
    """Make the change, in a thread, and go back to the page, which says how it went.

    Takes: where to; what the page is told when it is done (empty: nothing); the door, and what it
           is given; where to if it is refused, where that is another page.
    """
    told = {"done": done} if done else {}
    try:
        await run_in_threadpool(change, *given)
    except NotAllowed as error:
        return refused(f"{error.what}.")
    except LakeError as error:
        back = refused_to or back
        told = {"refused": f"{error.what}. {error.next}"[:300] if error.next else error.what}
    joined = "&" if "?" in back else "?"
    return RedirectResponse(f"{back}{joined + urlencode(told) if told else ''}", status_code=303)


def refused(words: str) -> Response:
    """What somebody is told who may not, or whose form came from elsewhere."""
    return PlainTextResponse(words, 403)
