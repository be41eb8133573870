"""/operations/add: give an address or a file; the drafts that wait."""

from htmltools import Tag, tags
from starlette.requests import Request
from starlette.responses import Response

from app.access import reader_of
from app.draw.grid import SCROLLS, Grid, GridColumn, draw
from app.publications import plain_page
from app.publications.areas import areas
from engine.access import may, refusal
from engine.lake import data_folder
from refresh.operate.lifecycle import Draft, drafts

ROOT = "../"
HERE = "operations/add"
STATES = {
    "working": "being worked on",
    "drafted": "drafted, to be looked at",
    "tried": "tried, to be registered",
    "loaded": "registered and loaded",
    "failed": "failed; nothing is lost",
}
WAITING: Grid[Draft] = Grid(
    (
        GridColumn(
            "Given", lambda one: tags.a(one.given, href=f"add/draft?id={one.id}"), names_row=True
        ),
        GridColumn("How it stands", lambda one: STATES[one.state]),
        GridColumn("By", lambda one: one.by),
        GridColumn("Begun", lambda one: one.made_at[:16].replace("T", " ")),
    ),
    caption="Drafts, the newest first",
    table=SCROLLS | {"class": "pub-rows"},
    nothing="None: what you add first stands here until it is dropped.",
)


def begin_page(request: Request) -> Response:
    """The page; who may not register is told so."""
    reader = reader_of(request)
    if not may(reader, "register"):
        return refused(refusal(reader, "register", object="a publication").what, ROOT)
    return plain_page.wide(
        "Add a publication",
        tags.h1("Add a publication"),
        areas(HERE, root=ROOT),
        _refused(request),
        tags.p(
            "Give the page on which a publication is announced, the address of one of its files, or"
            " a file. It is looked at as a careful person would, and nothing is loaded before you"
            " say so.",
            class_="atlas-lead",
        ),
        _form(),
        tags.h2("Drafts"),
        draw(WAITING, drafts(data_folder(), reader)),
        root=ROOT,
        here="operations",
    )


def refused(words: str, root: str) -> Response:
    """A page for who may not add anything."""
    return plain_page.wide(
        "Add a publication",
        tags.h1("Add a publication"),
        tags.p(f"{words[:1].upper()}{words[1:]}.", role="alert"),
        tags.p("Ask a dba for the role of an engineer; the catalogue shows what there is."),
        tags.p(tags.a("The catalogue", href=f"{root}catalogue")),
        root=root,
        status=403,
        here="operations",
    )


def _refused(request: Request) -> Tag | None:
    said = request.query_params.get("refused", "")[:500]
    return tags.p(said, role="alert", class_="atlas-note") if said else None


def _form() -> Tag:
    return tags.form(
        tags.div(
            tags.label("Address of a page or a file", for_="f_address"),
            tags.input(
                type="url",
                name="address",
                id="f_address",
                placeholder="https://digital.nhs.uk/…",
                maxlength="2000",
            ),
            class_="pub-choice pub-wide",
        ),
        tags.div(
            tags.label("or a file: CSV, Excel, ODS, zip; up to 64 MB", for_="f_file"),
            tags.input(
                type="file",
                name="file",
                id="f_file",
                accept=".csv,.tsv,.txt,.xlsx,.xlsm,.xlsb,.xls,.ods,.zip,.gz",
            ),
            class_="pub-choice",
        ),
        tags.button("Look at it", type="submit"),
        method="post",
        action="add/begin",
        enctype="multipart/form-data",
        class_="pub-form pub-asked",
        aria_label="What is added",
    )
