"""How the numbers are made, /about: each wing's methods, where its numbers come from, its words."""

from typing import Any

from htmltools import Tag, TagChild, tags
from starlette.requests import Request
from starlette.responses import HTMLResponse

from app.draw import spell
from app.draw.grid import SCROLLS, Grid, draw, in_order
from app.frame import plain
from app.wings import WINGS
from engine import open_lake
from engine.errors import NoSnapshot

RELEASES = Grid(
    in_order("Publication", "Period", "Published", "Files", "SHA-256"), table=SCROLLS, scope=None
)


def about(_request: Request) -> HTMLResponse:
    """The page, made of what the live snapshot says of itself."""
    try:
        manifest = open_lake().manifest
    except NoSnapshot:
        manifest = None
    return plain("About the numbers", *_body(manifest))


def _body(manifest: dict[str, Any] | None) -> list[TagChild]:
    words = {word: meaning for wing in WINGS for word, meaning in wing.glossary.items()}
    return [
        tags.h1("How these numbers are made"),
        *(part for wing in WINGS for part in wing.methods()),
        tags.h2("Where they come from"),
        *_sources(manifest),
        tags.h2("Words"),
        tags.dl(*(part for word in words for part in (tags.dt(word), tags.dd(words[word])))),
        *(tags.p(wing.credit) for wing in WINGS if wing.credit),
    ]


def _sources(manifest: dict[str, Any] | None) -> list[Tag]:
    if manifest is None:
        return [tags.p("No data has been loaded yet.")]
    invented = [release["demonstration"] for release in manifest["releases"]]
    kind = "Demonstration data: every practice and number is invented." * (
        bool(invented) and all(invented)
    )
    rows = [
        (
            f"{release['name']}, {release['publisher']}"
            + " (demonstration: invented)" * (release["demonstration"] and not all(invented)),
            release["period"],
            spell.day(release["published_on"]) or "not given",
            ", ".join(file["name"] for file in release["files"]),
            release["sha256"][:12],
        )
        for release in manifest["releases"]
    ]
    return [
        tags.p(f"{kind} Snapshot {manifest['id']}, sealed {spell.day(manifest['sealed_at'])}."),
        draw(RELEASES, rows),
    ]
