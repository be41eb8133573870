"""Whether a form is a page's of this house: another site could send one in a reader's name."""

from urllib.parse import urlsplit

from starlette.requests import Request


def is_own(request: Request) -> bool:
    """Whether the page that sent it is of the host that it was sent to."""
    origin = request.headers.get("origin", "")
    return bool(origin) and urlsplit(origin).netloc == request.headers.get("host", "")
