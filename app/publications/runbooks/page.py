"""/runbooks and its pages: what to do, with each command as it is typed and the page where it is
done. Who may not do a step is told so before trying."""

import re
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import quote

from htmltools import Tag, TagChild, tags
from starlette.requests import Request
from starlette.responses import Response

from app.access import reader_of
from app.publications.areas import area_called, areas
from app.publications.plain_page import wide
from app.publications.runbooks.books import BY_NAME, RUNBOOKS, Runbook, Step
from engine import Lake
from engine.access import MAY, Reader, may

HERE, LONGEST = "runbooks", 80
_PLAIN = re.compile(r"[\w.@/-]+")
"""What a page fills into a command: nothing that a shell would take for anything else."""


def runbooks_page(_request: Request, _lake: Lake, _now: datetime) -> Response:
    """The list."""
    return wide(
        "Runbooks",
        tags.h1("Runbooks"),
        areas(HERE),
        tags.p("What to do when something is wrong, step by step.", class_="atlas-lead"),
        tags.ul(
            *(
                tags.li(
                    tags.a(tags.strong(book.title), href=f"runbooks/{book.name}"),
                    tags.p(book.detect),
                )
                for book in RUNBOOKS
            ),
            class_="runbooks",
        ),
        here=HERE,
    )


def runbook_page(request: Request, _lake: Lake, _now: datetime) -> Response:
    """One runbook, with what its address says of the source filled in."""
    book = BY_NAME.get(request.path_params["name"])
    if book is None:
        there = ", ".join(BY_NAME)
        words = tags.p(f"There are: {there}.", role="alert")
        return wide("No such runbook", tags.h1("No such runbook"), words, root="../", status=404)
    given = _given(request)
    reader = reader_of(request)
    return wide(
        book.title,
        tags.h1(book.title),
        areas(HERE, root="../"),
        tags.h2("How it is noticed"),
        tags.p(book.detect),
        tags.p(f"To be well again within {book.within}.") if book.within else None,
        tags.h2("What to do"),
        tags.ol(*(tags.li(*_step(step, given, reader)) for step in book.steps), class_="runbook"),
        tags.h2("How one sees that it is well"),
        tags.div(*_step(book.well, given, reader), class_="runbook"),
        tags.p(_others(book)),
        root="../",
        here=HERE,
    )


def _step(step: Step, given: dict[str, str], reader: Reader) -> Iterator[TagChild]:
    yield tags.p(step.words)
    if step.command:
        yield tags.pre(tags.code(step.asked(given)), tabindex="0")
    if step.page:
        page, _, query = step.page.partition("?")
        wanted = query.format(**{name: quote(given.get(name, "")) for name in ("source",)})
        address = f"../{page}?{wanted}" if wanted else f"../{page}"
        lead = "Or in the browser: " if step.command else "In the browser: "
        yield tags.p(lead, tags.a(area_called(page), href=address))
    if not may(reader, step.may):
        least = next(role for role, actions in MAY.items() if step.may in actions)
        yield tags.p(
            tags.small(f"You look at this as {reader.role}; it needs the role {least}."),
            class_="runbook-may",
        )


def _given(request: Request) -> dict[str, str]:
    """What the address says of the source, where it is a plain word."""
    asked = ((name, request.query_params.get(name, "")) for name in ("source", "request"))
    return {name: text for name, text in asked if len(text) <= LONGEST and _PLAIN.fullmatch(text)}


def _others(book: Runbook) -> list[Tag | str]:
    links = (tags.a(one.title, href=one.name) for one in RUNBOOKS if one is not book)
    return ["Other runbooks: ", *(part for link in links for part in (link, " · "))][:-1]
