"""What narrows the list of members: part of a number, state, segment; and its pages. Pure."""

from dataclasses import replace

from htmltools import Tag, tags

from app.claims.people import Risks
from app.claims.people_view import PeopleView

MOST = 100  # members a page
KEPT = ("tier", "reason", "moved", "snapshot")
"""What the form has no control for, and keeps."""


def form(of: Risks, view: PeopleView) -> Tag:
    """The form; it works without scripts."""
    kept = (
        tags.input(type="hidden", name=name, value=value)
        for name in KEPT
        if (value := getattr(view, name))
    )
    return tags.form(
        *kept,
        tags.div(
            tags.div(
                tags.label("Member’s number", for_="ask_q"),
                tags.input(
                    type="search", name="q", id="ask_q", value=view.q, placeholder="or part of it"
                ),
                class_="claims-choice",
            ),
            _select("state", "State", of.values("state"), view.state),
            _select("segment", "Clinical segment", of.values("clinical_segment"), view.segment),
            class_="claims-asked",
        ),
        tags.button("Show", type="submit"),
        method="get",
        action="members",
        id="asked",
        class_="claims-form",
        data_in_place="",
        aria_label="Which members",
    )


def pages(height: int, page: int, view: PeopleView) -> Tag:
    """Which of how many members are shown, and the ways to those before and after.

    Takes:  how many there are in all, and which hundred is shown, from 1.
    """
    if height <= MOST:
        return tags.p(class_="claims-more")
    first, last = (page - 1) * MOST + 1, min(page * MOST, height)
    ways = ((page - 1, "Before", first > 1), (page + 1, "Next", last < height))
    links = [
        tags.a(words, href=replace(view, page=str(to) if to > 1 else "").address)
        for to, words, is_there in ways
        if is_there
    ]
    return tags.nav(
        tags.span(f"{first:,} to {last:,} of {height:,}"),
        *links,
        class_="claims-more claims-pages",
        aria_label="Pages of the list",
    )


def _select(name: str, label: str, values: list[str], chosen: str) -> Tag:
    options = (
        tags.option(words, value=value, selected="" if value == chosen else None)
        for value, words in [("", "all"), *((value, value) for value in values)]
    )
    return tags.div(
        tags.label(label, for_=f"ask_{name}"),
        tags.select(*options, name=name, id=f"ask_{name}"),
        class_="claims-choice",
    )
