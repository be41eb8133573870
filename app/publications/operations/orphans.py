"""/operations/orphans: what belongs to nobody, what archiving it would do, and the form for it."""

from datetime import datetime

from htmltools import Tag, TagChild, tags
from starlette.requests import Request
from starlette.responses import Response

from app.access import reader_of
from app.draw import spell
from app.draw.grid import GridColumn
from app.publications.areas import OPERATIONS, areas
from app.publications.opened import utc_now
from app.publications.operations import drawn
from app.publications.operations.reviews import told
from app.publications.plain_page import wide
from app.publications.posted import changed, form_of, refused
from engine import Lake
from engine.access import Reader, may
from engine.lake import data_folder
from refresh.operate.lifecycle import Orphan, archive_orphans, mark_of, orphans

ROOT = "../"
LEAD = (
    "Tables, sources, files and loads that have lost their other half. This page only looks;"
    " what is younger than seven days is somebody's to ask about, and nothing is ever deleted."
)
WOULD = {
    "table without source": "its rows are written to the archive as Parquet",
    "source without table": "the source is put out of use; its history stays",
    "files without source": "the folder is moved into the archive",
    "loads without source": "they get a source that is out of use: their history has a home",
}
MAY_NOT = "Archiving is for who may archive (dba), of every domain. You may look."
ASKED = "yes"


def orphans_page(request: Request, _lake: Lake, now: datetime) -> Response:
    """Every orphan with what archiving would do to it: the dry run; below, the form."""
    query, by = request.query_params, reader_of(request)
    may_all = by.domains is None
    found = orphans(data_folder(), today=now.date()) if may_all else []
    old = [one for one in found if one.action == "archive"]
    return wide(
        "Orphans",
        tags.h1("Orphans"),
        areas(f"{OPERATIONS}/storage", root=ROOT),
        told(query.get("done", ""), query.get("refused", "")),
        tags.p(LEAD, class_="atlas-lead"),
        _listed(found) if may_all else None,
        _form(old) if old and may(by, "archive") and may_all else None,
        tags.p(MAY_NOT) if not (may(by, "archive") and may_all) else None,
        tags.p(tags.a("Runbook", href=f"{ROOT}runbooks/orphaned-table")),
        root=ROOT,
        here=OPERATIONS,
    )


async def archive(request: Request) -> Response:
    """Takes the wish that what was listed goes to the archive."""
    form = await form_of(request)
    if form is None:
        return refused("Orphans are archived on their own page.")
    return await changed("orphans", "they are in the archive", _archive, reader_of(request), form)


def _archive(by: Reader, form: dict[str, str]) -> None:
    archive_orphans(
        data_folder(),
        by=by,
        today=utc_now().date(),
        seen=form.get("seen", "") if form.get("confirmed") == ASKED else "",
    )


def _listed(found: list[Orphan]) -> Tag:
    def would(row: drawn.Row) -> TagChild:
        if row["action"] == "ask":
            return "nothing yet: it is younger than seven days"
        return WOULD[row["kind"]]

    return drawn.table(
        "orphans",
        "What belongs to nobody",
        (
            GridColumn("Name", lambda row: row["name"], names_row=True),
            drawn.text("Kind", "kind"),
            drawn.number("Days old", lambda row: spell.count(row["days"])),
            drawn.text("Ask", "ask"),
            drawn.words("Archiving it", would),
        ),
        [vars(one) for one in found],
        nothing="None: everything here belongs to somebody.",
    )


def _form(old: list[Orphan]) -> Tag:
    many = f"{len(old)} that {'is' if len(old) == 1 else 'are'} a week old or older"
    return tags.form(
        tags.input(type="hidden", name="seen", value=mark_of(old)),
        tags.label(
            tags.input(type="checkbox", name="confirmed", value=ASKED, required=""),
            f" I have looked at the list, and archive the {many}.",
        ),
        tags.button("Archive them", type="submit"),
        method="post",
        action="archive-orphans",
        class_="publications-form",
        aria_label="Archive what is old",
    )
