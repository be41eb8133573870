"""The frame of every page: its header with the navigation, and, of one without a session, its foot.

Which wings there are is asked late: their pages stand in this frame, so their files import it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from htmltools import Tag, TagChild, tags
from starlette.requests import Request
from starlette.responses import HTMLResponse

from app.draw import spell
from app.draw.badge import badge
from app.wing import Link, Wing
from engine import Lake, open_lake
from engine.errors import NoSnapshot

LONGEST_QUERY = 100
# The house's own entries in every header, after those of the wings.
OWN = (Link("API", "api/v1"), Link("About", "about"))
_SKIP = tags.a("Skip to the page", href="#main", class_="atlas-skip")


@dataclass(frozen=True)
class Manner:
    """How the plain pages of a wing differ from the usual.

    shows    tables of the lake that they show, all where none is named: the foot says whether
             these are invented
    invented what invented data is called there; is_marked: beside the title as well as in the foot,
             where nobody scrolls to
    styles   names of style sheets in app/www beside the frame's; scripts: of modules likewise
    before   addresses of scripts that those need, in their order
    head     what else stands in the head
    class_   of the page's body, which is as wide as text is where it says nothing else
    """

    shows: Sequence[str] = ()
    invented: str = "Demonstration data"
    is_marked: bool = False
    styles: Sequence[str] = ()
    scripts: Sequence[str] = ()
    before: Sequence[str] = ()
    head: TagChild = None
    class_: str = "atlas-about"


def plain(
    title: str,
    *body: TagChild,
    root: str = "",
    status: int = 200,
    shows: Sequence[str] = (),
    manner: Manner | None = None,
    here: str | None = None,
) -> HTMLResponse:
    """A plain page.

    Takes: its title and body; the way from its address to the front of the house (`../`); the
           tables of the lake that it shows, all where none is named: it says whether they are
           invented; how it differs from others; its address where the navigation lists it.
    """
    manner = manner or Manner(shows)
    page = tags.html(
        tags.head(
            tags.meta(charset="utf-8"),
            tags.meta(name="viewport", content="width=device-width, initial-scale=1"),
            tags.title(f"{title} · Care Atlas"),
            tags.link(rel="icon", href=f"{root}mark.svg", type="image/svg+xml"),
            *(
                tags.link(rel="stylesheet", href=f"{root}{name}.css")
                for name in ("page", "plain", *manner.styles)
            ),
            manner.head,
            tags.script(src=f"{root}theme.js"),
            *(tags.script(src=f"{root}{address}", defer="") for address in manner.before),
            *(
                tags.script(src=f"{root}{name}.js", type="module")
                for name in ("search", "paper", *manner.scripts)
            ),
        ),
        tags.body(
            header(root=root, here=here, first=_SKIP),
            tags.main(_mark(manner), *body, class_=manner.class_, id="main", tabindex="-1"),
            _footer(root, manner),
        ),
        lang="en-GB",
    )
    # Not str(page): that copies all tags first, to look for what has none here: dependencies.
    return HTMLResponse(f"<!doctype html>{page.get_html_string()}", status)


def no_data(*, root: str = "") -> HTMLResponse:
    """What every page says until the first lake is sealed."""
    said = "No data has been loaded yet. Please come back later."
    return plain("No data yet", tags.h1("No data yet"), tags.p(said), root=root, status=503)


def not_found(request: Request, _error: Exception) -> HTMLResponse:
    """What stands at an address where there is nothing; it says so, and where to go on."""
    path = request.url.path.removeprefix(request.scope.get("root_path", ""))
    root = "../" * (path.count("/") - 1)
    front = next((page.name for wing in _wings() for page in wing.pages), "The front page")
    finds = next((f"; or search for {w.search.finds} above" for w in _wings() if w.search), "")
    return plain(
        "Nothing here",
        tags.h1("There is no page at this address"),
        tags.p(
            "It may have been mistyped. ",
            tags.a(front, href=root or "./"),
            f" is the place to start{finds}.",
        ),
        root=root,
        status=404,
    )


def header(*more: TagChild, root: str = "", here: str | None = None, first: TagChild = None) -> Tag:
    """The header of every page: the name, the navigation, the search; then what else it has.

    Takes: the address of the page where it is an entry itself; what stands before all else.
    """
    return tags.header(
        first,
        tags.a("Care Atlas", href=root or "./", class_="atlas-brand"),
        navigation(root=root, here=here),
        search_form(root=root),
        *more,
        class_="atlas-header",
    )


def navigation(*, root: str = "", here: str | None = None) -> Tag:
    """The pages that every page leads to: each wing's of which there is data; then the house's."""
    lake = _live()
    wings = (link for wing in _wings() if _has_data(wing, lake) for link in wing.navigation)
    return tags.nav(
        *(
            tags.a(
                link.words,
                href=f"{root}{link.address}" or "./",
                aria_current="page" if link.address == here else None,
            )
            for link in (*wings, *OWN)
        ),
        aria_label="Pages",
    )


def search_form(text: str = "", *, root: str = "") -> Tag | None:
    """The search box of every header and of the search's own page; app/www/search.js suggests.

    None while no wing has a search.
    """
    box = next((wing.search for wing in _wings() if wing.search), None)
    if box is None:
        return None
    return tags.form(
        tags.input(
            type="search",
            name="q",
            value=text,
            maxlength=str(LONGEST_QUERY),
            placeholder=box.placeholder,
            aria_label=f"Find {box.finds}",
            autocomplete="off",
        ),
        tags.button("Search", type="submit", class_="visually-hidden"),
        action=f"{root}{box.address}",
        role="search",
        class_="atlas-search",
        data_root=root,
    )


def _mark(manner: Manner) -> Tag | None:
    """What the data is, at the head of the page."""
    lake = _live() if manner.is_marked else None
    return tags.div(_badge(lake, manner), class_="atlas-mark") if lake else None


def _badge(lake: Lake, manner: Manner) -> Tag:
    is_invented = lake.is_invented(*manner.shows) if manner.shows else lake.is_demonstration
    return badge(is_invented, manner.invented)


def _footer(root: str, manner: Manner) -> Tag | None:
    """What the data is: no invented number stands on a page that does not say so."""
    lake = _live()
    if lake is None:
        return None
    sealed = spell.day(lake.manifest["sealed_at"])
    return tags.footer(
        _badge(lake, manner),
        tags.span(f"snapshot of {sealed} ({lake.id[-8:]})"),
        tags.span("Not an NHS product. Sources under the Open Government Licence v3.0."),
        tags.a("How these numbers are made", href=f"{root}about"),
        class_="atlas-footer",
    )


def _live() -> Lake | None:
    try:
        return open_lake()
    except NoSnapshot:
        return None


def _has_data(wing: Wing, lake: Lake | None) -> bool:
    """Whether a snapshot has any of its tables; without a snapshot nobody has less."""
    return lake is None or not wing.tables or any(lake.has(name) for name in wing.tables)


def _wings() -> tuple[Wing, ...]:
    # When a page is drawn: the wings' own pages import this frame.
    from app.wings import WINGS

    return WINGS
