"""/brief: what is worth saying of an area in one document, as HTML and, with format=pdf, as PDF."""

from dataclasses import replace
from datetime import date

from htmltools import HTML, tags
from starlette.requests import Request
from starlette.responses import Response

from app import live
from app.atlas import frames
from app.atlas.brief_data import brief_of
from app.atlas.controls import read
from app.atlas.drawing.brief_document import document
from app.atlas.drawing.download_menu import FOLLOW, WHAT_A_FEED_SAYS, feed
from app.atlas.drawing.links import file_name
from app.atlas.drawing.words import short
from app.atlas.plain_page import plain
from app.atlas.stale_links import NOT_KEPT
from app.atlas.view import View
from app.draw.document import Document, html
from app.draw.ramp import ramp_css
from app.typeset import Busy, pdf
from engine import open_lake
from engine.errors import LakeError, NoSnapshot

FULL = "full"


def brief(request: Request) -> Response:
    """The brief; a sentence where there is nothing to be brief about."""
    asked = request.query_params
    try:
        lake = live.pinned(asked.get("snapshot", "")) or open_lake()
        catalogue = frames.catalogue(lake)
        view, _ = read(asked, catalogue)
        _, notes = read({**asked, "level": "practice"}, catalogue)  # a brief is of practices
        # A brief is printed and cited: its link opens the very figures.
        view = replace(view, snapshot=lake.id)
        made = brief_of(lake, view, catalogue)
    except LakeError as error:
        status = 503 if isinstance(error, NoSnapshot) else 404
        return plain("Area brief", tags.h1("There is no brief"), tags.p(error.what), status=status)
    # An empty snapshot is the live one, which is what was asked for.
    if asked.get("snapshot", lake.id) not in ("", lake.id):
        notes = [NOT_KEPT, *notes]
    if not made.now.here.height:
        said = (
            f"No practice of {view.year} lies in {made.view.area[:60]}. Choose an area on the map."
        )
        if view.keep:
            said = f"No practice of {made.name} matches what is chosen under “Show only”."
            said += " Choose fewer."
        return plain("Area brief", tags.h1("There is no brief"), tags.p(said), status=404)
    root = str(request.base_url)
    is_full = asked.get("edition") == FULL
    told = document(
        made,
        today=date.today().isoformat(),
        link=f"{root}{view.address()}",
        notes=notes,
        is_full=is_full,
    )
    if asked.get("format") == "pdf":
        return _pdf(told, made.view)
    return _page(told, view, made.view.area, is_full=is_full)


def _pdf(told: Document, view: View) -> Response:
    parts = (view.area or "england", view.indicator, view.year, view.keep)
    name = file_name("care-atlas-brief", *parts)
    # Inline: most read it first and keep it then.
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"'}
    try:
        return Response(pdf(told), media_type="application/pdf", headers=headers)
    except Busy:
        said = "Several briefs are being set just now. Ask for this one again in a few seconds."
        busy = plain("Area brief", tags.h1("One moment"), tags.p(said), status=503)
        busy.headers["Retry-After"] = "5"
        return busy


def _page(told: Document, view: View, area: str, *, is_full: bool) -> Response:
    address, edition = view.address(), f"&edition={FULL}"
    own, other = (edition, "") if is_full else ("", edition)
    follow = feed(indicator=view.indicator, measure=view.measure, area=area)
    return plain(
        f"{short(told.title)}, {view.indicator}, {view.year}",
        tags.style(HTML(ramp_css())),
        tags.link(rel="stylesheet", href="brief.css"),
        tags.nav(
            tags.a("As PDF", href=f"brief{address}{own}&format=pdf"),
            tags.a("Two pages" if is_full else "Every practice", href=f"brief{address}{other}"),
            tags.a("On the map", href=f"./{address}"),
            tags.a(FOLLOW, href=follow, title=WHAT_A_FEED_SAYS) if follow else None,
            aria_label="This brief",
            class_="brief-ways",
        ),
        html(told),
    )
