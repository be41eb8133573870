"""/claims-search: whatever of the claims has all words of a text: metrics, codes, members."""

from itertools import groupby

from htmltools import TagChild, tags
from starlette.requests import Request
from starlette.responses import Response

from app.claims import plain_page
from app.claims.drawing.search_box import search_box
from app.claims.found import Found, found
from engine import Lake

LONGEST = 100
HINT = (
    "Write part of a metric’s name, a plan, a provider, a specialty, a diagnosis or its code, or a"
    " member’s number. Names of people are not searched."
)


def search_page(request: Request, lake: Lake) -> Response:
    """The page; an empty text finds nothing and says what can be written."""
    text = request.query_params.get("q", "").strip()[:LONGEST]
    rows = found(lake, text)
    title = f"“{text}” in claims" if text else "Search in claims"
    said = f"{len(rows):,} found." if rows else f"Nothing has “{text}”. {HINT}" if text else HINT
    return plain_page.text(
        title,
        tags.h1(title),
        search_box(text),
        tags.p(said, role="status"),
        *(_kind(kind, list(own)) for kind, own in groupby(rows, key=lambda one: one.kind)),
    )


def _kind(kind: str, rows: list[Found]) -> TagChild:
    items = (
        tags.li(tags.a(one.name, href=one.address), tags.small(f" {one.why}") if one.why else None)
        for one in rows
    )
    plural = {"diagnosis": "Diagnoses"}.get(kind, f"{kind.capitalize()}s")
    return tags.section(tags.h2(plural), tags.ul(*items, class_="claims-found"))
