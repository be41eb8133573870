"""The frame of a page without a session: head, header, one column of text."""

from htmltools import Tag, TagChild, tags
from starlette.requests import Request
from starlette.responses import HTMLResponse

from app.draw import spell
from app.draw.badge import badge
from engine import open_lake
from engine.errors import NoSnapshot

LONGEST_QUERY = 100


def plain(title: str, *body: TagChild, root: str = "", status: int = 200) -> HTMLResponse:
    """A plain page.

    Takes: its title and body; the way from its address to the page of practices (`../`).
    """
    page = tags.html(
        tags.head(
            tags.meta(charset="utf-8"),
            tags.meta(name="viewport", content="width=device-width, initial-scale=1"),
            tags.title(f"{title} · Care Atlas"),
            tags.link(rel="icon", href=f"{root}mark.svg", type="image/svg+xml"),
            *(tags.link(rel="stylesheet", href=f"{root}{name}.css") for name in ("page", "plain")),
            tags.script(src=f"{root}theme.js"),
            *(tags.script(src=f"{root}{name}.js", type="module") for name in ("search", "paper")),
        ),
        tags.body(
            tags.header(
                tags.a("Care Atlas", href=root or "./", class_="atlas-brand"),
                tags.nav(
                    tags.a("Practices", href=root or "./"),
                    tags.a("Changes", href=f"{root}changes"),
                    tags.a("API", href=f"{root}api/v1"),
                    tags.a("About", href=f"{root}about"),
                    aria_label="Pages",
                ),
                search_form(root=root),
                class_="atlas-header",
            ),
            tags.main(*body, class_="atlas-about"),
            _footer(root),
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
    return plain(
        "Nothing here",
        tags.h1("There is no page at this address"),
        tags.p(
            "It may have been mistyped. ",
            tags.a("The map of practices", href=root or "./"),
            " is the place to start; or search for a practice or an area above.",
        ),
        root=root,
        status=404,
    )


def _footer(root: str) -> Tag | None:
    """What the data is: no invented number stands on a page that does not say so."""
    try:
        lake = open_lake()
    except NoSnapshot:
        return None
    sealed = spell.day(lake.manifest["sealed_at"])
    return tags.footer(
        badge(lake.is_demonstration),
        tags.span(f"snapshot of {sealed} ({lake.id[-8:]})"),
        tags.span("Not an NHS product. Sources under the Open Government Licence v3.0."),
        tags.a("How these numbers are made", href=f"{root}about"),
        class_="atlas-footer",
    )


def search_form(text: str = "", *, root: str = "") -> Tag:
    """The search box of every header and of the search's own page; app/www/search.js suggests."""
    return tags.form(
        tags.input(
            type="search",
            name="q",
            value=text,
            maxlength=str(LONGEST_QUERY),
            placeholder="Practice, code, place or postcode",
            aria_label="Find a practice or an area",
            autocomplete="off",
        ),
        tags.button("Search", type="submit", class_="visually-hidden"),
        action=f"{root}search",
        role="search",
        class_="atlas-search",
        data_root=root,
    )
