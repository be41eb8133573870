"""/claims-why: what the change of a view is made of, and which claims that is."""

from htmltools import TagChild, tags
from starlette.requests import Request
from starlette.responses import Response

from app.claims import plain_page
from app.claims.asked import Answered, ask
from app.claims.drawing import waterfall, words
from app.claims.view import View, address
from app.claims.why import why
from engine import Lake

HOW = (
    "A group’s part is its own cost over everybody’s member months, so parts add up to the whole."
    " A group adds by what it costs and by how many it holds. The lists overlap: a claim has a"
    " diagnosis and a provider."
)


def why_page(request: Request, lake: Lake, view: View) -> Response:
    """The page, whose part `why` the claims page takes as its own."""
    of = ask(lake, view)
    title = f"Why did it change? {words.title(view, of.metric)}"
    part = tags.section(*_body(of, request.query_params.get("apart", "")), id="why", data_part="")
    back = tags.p(tags.a("All of the view", href=address(view)))
    # What it is of; the part's own heading asks.
    return plain_page.wide(title, tags.h1(words.title(view, of.metric)), part, back)


def _body(of: Answered, wanted: str) -> list[TagChild]:
    heading = tags.h2("Why did it change?")
    against = words.held_against(of.view)
    if not against:
        return [heading, tags.p("It is held against nothing: choose what, above.")]
    told = why(of.lake, of.view)
    if told is None:
        label = of.metric.label
        return [heading, tags.p(f"{label}: its parts do not add up, so none of them tells why.")]
    chosen = wanted if wanted in told.parts else told.telling
    change = words.moved(of.change, of.percent, of.metric)
    return [
        heading,
        tags.p(f"{change} against {against}. The largest part of it, told apart in several ways:"),
        waterfall.in_short(of, told),
        waterfall.switch(of, told, chosen),
        waterfall.waterfall(of, told, chosen),
        tags.details(tags.summary("How to read this"), tags.p(HOW), id="why_how"),
    ]
