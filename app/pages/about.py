"""How these numbers are made: methods, sources, caveats, words. A plain page without a session."""

from typing import Any

from htmltools import Tag, TagChild, tags
from starlette.requests import Request
from starlette.responses import HTMLResponse

from app.draw import words
from engine.errors import NoSnapshot
from engine.lake import open_lake
from engine.metrics.qof import MEASURES

GLOSSARY = {
    "Denominator": "Patients eligible for an indicator. The publisher has taken off those with a"
    " personalised care adjustment already.",
    "ICB": "Integrated care board: plans and pays for care in an area of one to three million"
    " people. Before July 2022 its place was taken by an STP.",
    "PCA": "Personalised care adjustment: a patient is left out of an indicator for a stated"
    " reason, such as declining. Called an exception before 2019-20.",
    "PCN": "Primary care network: practices that work together for 30,000 to 50,000 patients."
    " Practices that belong to none are not shown at this level.",
    "Prevalence": "Patients on a disease register, per hundred on the list of its age band.",
    "QOF": "Quality and Outcomes Framework: the voluntary scheme that pays practices in England"
    " for achieving indicators of care.",
    "Register": "The practice's list of its patients with a diagnosis.",
    "Sub-ICB location": "A part of an ICB; a CCG before July 2022.",
    "Wilson interval": "The range in which the share would lie 95 times in 100 if chance alone"
    " moved it. Wide where patients are few.",
}
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
        tags.dl(*(part for word in GLOSSARY for part in (tags.dt(word), tags.dd(GLOSSARY[word])))),
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
        ),
    ]


def _cells(kind: str, *texts: str) -> Tag:
    return tags.tr(*(Tag(kind, text) for text in texts))
