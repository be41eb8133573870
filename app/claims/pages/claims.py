"""/claims: where does the money go, and is it real? A plain page whose controls are its address."""

from htmltools import TagChild, tags
from starlette.requests import Request
from starlette.responses import Response

from app.claims import plain_page
from app.claims.asked import Answered, ask, offered, pinned
from app.claims.drawing import charts, controls, rows, words
from app.claims.drawing.headline import headline
from app.claims.drawing.search_box import search_box
from app.claims.pages.beside import BESIDE
from app.claims.view import View, address
from engine import Lake


def claims_page(_request: Request, lake: Lake, view: View) -> Response:
    """The page; what its address asks for and is not there is said in a sentence."""
    answered = ask(lake, view)
    title = words.title(view, answered.metric)
    return plain_page.wide(title, *_body(answered, title), here="claims")


def _body(of: Answered, title: str) -> list[TagChild]:
    there = offered(of.lake)
    assert there  # or nothing could have been asked of it
    only = words.filters(of.lake, of.view)
    return [
        tags.div(
            tags.h1(title, tags.small(f" · only {only}") if only else None),
            *(tags.p(note, role="alert", class_="atlas-note") for note in of.view.notes),
            id="heading",
            data_part="",
        ),
        search_box(),
        controls.tabs(of.view, there),
        controls.form(of.lake, of.view, there),
        controls.chips(of.lake, of.view),
        tags.div(*_answer(of), id="answer", class_="claims-answer", data_part=""),
        *_why(of),
        _beside(of),
        _ways_out(of),
    ]


def _answer(of: Answered) -> list[TagChild]:
    if of.is_empty:
        return [tags.p(words.nothing(of.view), role="status", class_="claims-nothing")]
    return [
        tags.section(headline(of), aria_label="In short"),
        tags.section(
            charts.chart(of),
            tags.p(late, class_="claims-late") if (late := words.not_all_in(of)) else None,
            aria_label="Chart",
        ),
        tags.section(rows.table(of), aria_label="Table", class_="claims-table")
        if of.view.by or of.view.then
        else None,
    ]


def _why(of: Answered) -> list[TagChild]:
    """Why it changed: asked for when the rest is there, so that a change of view never waits."""
    if of.is_empty or not (against := words.held_against(of.view)):
        return []
    href = address(of.view, page="claims-why")
    return [
        tags.section(
            tags.h2("Why did it change?"),
            tags.p(tags.a(f"What the change against {against} is made of", href=href)),
            id="why",
            data_part="",
            data_later=href,
        )
    ]


def _beside(of: Answered) -> TagChild:
    """What a tab has besides: asked for when the rest is there."""
    words = BESIDE.get(of.view.tab, "")
    href = address(of.view, page="claims-beside")
    return tags.section(
        tags.p(tags.a(words, href=href)) if words else None,
        id="beside",
        data_part="",
        data_later=href if words else None,
    )


def _ways_out(of: Answered) -> TagChild:
    """Downloads of the view, a link that stays, and where its number comes from."""
    own: View = pinned(of.view, of.lake)
    return tags.p(
        tags.a("CSV", href=address(own, page="claims-rows", format="csv"), download=""),
        tags.a("Parquet", href=address(own, page="claims-rows", format="parquet"), download=""),
        tags.a("The claims behind it", href=address(of.view, page="claims-list")),
        tags.a("A link to these very figures", href=address(own)),
        tags.a("How this number is made", href=address(own, page="claims-metric")),
        id="ways",
        class_="claims-ways",
        data_part="",
    )
