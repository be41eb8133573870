"""How these numbers are made: methods, sources, caveats, words. A plain page without a session."""

from typing import Any

from htmltools import Tag, TagChild, tags
from starlette.requests import Request
from starlette.responses import HTMLResponse

from app.draw import words
from app.draw.help import WORDS
from engine.errors import NoSnapshot
from engine.lake import open_lake
from engine.metrics.qof import MEASURES

CAVEATS = (
    "This is not a league table. QOF is an incentive scheme, not a measure of how well a practice"
    " is run; practices differ in their patients, their size and their staff.",
    "Every figure for a group of practices is a sum over a sum, never a mean of percentages. A"
    " practice that reported no figure adds to neither sum: absent is not zero.",
    "Areas are those published for the year that is shown. Networks and boards change; a figure"
    " for an area may differ from one published later for the same name.",
    "2020-21 and 2021-22 were disturbed by the pandemic, and points were protected; in 2024-25"
    " points of 32 indicators were paid at the level of the year before.",
    "A practice is drawn at the middle of its postcode.",
)


def about(_request: Request) -> HTMLResponse:
    """The page, made of what the live snapshot says of itself."""
    try:
        manifest = open_lake().manifest
    except NoSnapshot:
        manifest = None
    page = tags.html(
        tags.head(
            tags.meta(charset="utf-8"),
            tags.meta(name="viewport", content="width=device-width, initial-scale=1"),
            tags.title("About the numbers · Care Atlas"),
            tags.link(rel="icon", href="mark.svg", type="image/svg+xml"),
            tags.link(rel="stylesheet", href="page.css"),
            tags.script(_THEME),
        ),
        tags.body(
            tags.header(
                tags.a("Care Atlas", href="./", class_="atlas-brand"),
                tags.nav(
                    tags.a("Practices", href="./"),
                    tags.a("About", href="about", aria_current="page"),
                    aria_label="Pages",
                ),
                class_="atlas-header",
            ),
            tags.main(*_body(manifest), class_="atlas-about"),
        ),
        lang="en-GB",
    )
    return HTMLResponse(f"<!doctype html>{page}")


# The page has no session, so it takes the reader's system theme.
_THEME = (
    "if(matchMedia('(prefers-color-scheme: dark)').matches)"
    "document.documentElement.dataset.bsTheme='dark'"
)


def _body(manifest: dict[str, Any] | None) -> list[TagChild]:
    return [
        tags.h1("How these numbers are made"),
        *(tags.p(text) for text in CAVEATS),
        tags.h2("Measures"),
        tags.table(
            tags.thead(_cells("th", "Measure", "Formula", "What it says", "What to keep in mind")),
            tags.tbody(
                *(_cells("td", m.label, m.formula, m.why, m.caveats) for m in MEASURES.values())
            ),
            tabindex="0",  # wider than a phone, it scrolls
        ),
        tags.h2("Marks on the map and in the table"),
        tags.p(
            "A hollow ring: nobody was eligible. A small grey ring: the practice reported nothing."
            " A small, faint dot, and “few” in the table: fewer than 10 patients. A lighter middle,"
            " and ± in the table: the interval reaches into another band."
        ),
        tags.h2("Where they come from"),
        *_sources(manifest),
        tags.h2("Words"),
        tags.dl(*(part for word in WORDS for part in (tags.dt(word), tags.dd(WORDS[word])))),
        tags.p(
            "Contains information from NHS England, the Organisation Data Service and ONS, licensed"
            " under the Open Government Licence v3.0. Care Atlas is not an NHS product."
        ),
    ]


def _sources(manifest: dict[str, Any] | None) -> list[Tag]:
    if manifest is None:
        return [tags.p("No data has been loaded yet.")]
    kind = "Demonstration data: every practice and number is invented." * manifest["demonstration"]
    rows = [
        _cells(
            "td",
            f"{release['name']}, {release['publisher']}",
            release["period"],
            words.day(release["published_on"]) or "not given",
            ", ".join(file["name"] for file in release["files"]),
            release["sha256"][:12],
        )
        for release in manifest["releases"]
    ]
    return [
        tags.p(f"{kind} Snapshot {manifest['id']}, sealed {words.day(manifest['sealed_at'])}."),
        tags.table(
            tags.thead(_cells("th", "Publication", "Period", "Published", "Files", "SHA-256")),
            tags.tbody(*rows),
            tabindex="0",
        ),
    ]


def _cells(kind: str, *texts: str) -> Tag:
    return tags.tr(*(Tag(kind, text) for text in texts))
