"""/operations/snapshots: which snapshot is served, and another one served in its place.

What that would change is shown first: tables, rows, releases. Nothing is deleted by it.
"""

from datetime import datetime

from htmltools import Tag, TagChild, tags
from starlette.requests import Request
from starlette.responses import Response

from app.access import reader_of
from app.draw import spell
from app.draw.grid import GridColumn
from app.publications.areas import OPERATIONS, areas
from app.publications.opened import said
from app.publications.operations import drawn, filters
from app.publications.operations.reviews import told
from app.publications.plain_page import wide
from app.publications.posted import changed, form_of, reason_field, refused
from engine import Lake
from engine.access import Reader, may
from engine.errors import NoSnapshot
from engine.lake import data_folder
from refresh.operate.lifecycle import GoingBack, Kept, going_back, kept_snapshots, rollback

ROOT = "../"
MOST = 30
LEAD = (
    "Each run that changes something seals a snapshot; readers see one of them. Another one can be"
    " served in its place: an earlier one where the newest is wrong, a later one to take that back."
)
MAY_NOT = "Serving another one is for who may restore (dba), of every domain. You may look."


def snapshots_page(request: Request, _lake: Lake, _now: datetime) -> Response:
    """The snapshots that are kept, the newest first."""
    query = request.query_params
    kept = kept_snapshots(data_folder())
    is_open = _may(reader_of(request))
    return wide(
        "Snapshots",
        tags.h1("Snapshots"),
        areas(f"{OPERATIONS}/storage", root=ROOT),
        told(query.get("done", ""), query.get("refused", "")),
        tags.p(LEAD, class_="atlas-lead"),
        _listed(kept[:MOST], is_open),
        None if is_open else tags.p(MAY_NOT),
        tags.p(
            "Of more than these only the newest are listed: python -m refresh rollback SNAPSHOT."
        )
        if len(kept) > MOST
        else None,
        root=ROOT,
        here=OPERATIONS,
    )


def snapshot_page(request: Request, _lake: Lake, _now: datetime) -> Response:
    """What serving one of them would change, and the form that does it."""
    if not _may(reader_of(request)):
        return said("Snapshots", MAY_NOT, 403, root=ROOT)
    try:
        change = going_back(data_folder(), request.query_params.get("id", "")[:40] or None)
    except NoSnapshot as error:
        return said(
            "No such snapshot", f"{error.what}: {error.found or error.where}", 404, root=ROOT
        )
    is_live = change.live == change.to
    return wide(
        "Serve another snapshot",
        tags.h1("Serve another snapshot"),
        areas(f"{OPERATIONS}/storage", root=ROOT),
        tags.p("Now: ", tags.code(change.live), ". Then: ", tags.code(change.to), "."),
        drawn.section("Tables that change", _tables(change), name="changes"),
        drawn.section("Releases", *_releases(change), name="releases"),
        tags.p("It is served now.") if is_live else _form(change),
        tags.p(tags.a("All snapshots", href="snapshots")),
        root=ROOT,
        here=OPERATIONS,
    )


async def serve(request: Request) -> Response:
    """Takes the wish that another snapshot be served, with its reason."""
    form = await form_of(request)
    if form is None:
        return refused("Another snapshot is served on the page of snapshots.")
    return await changed(
        "snapshots", "another snapshot is served", _serve, reader_of(request), form
    )


def _serve(by: Reader, form: dict[str, str]) -> None:
    if not (reason := form.get("reason", "").strip()):
        raise NoSnapshot("nobody said why", next="say a reason, which the audit log keeps")
    rollback(data_folder(), form.get("to", ""), by=by, reason=reason, seen=form.get("live", ""))


def _may(by: Reader) -> bool:
    return may(by, "restore") and by.domains is None


def _listed(kept: list[Kept], is_open: bool) -> Tag:
    def link(row: drawn.Row) -> TagChild:
        if row["is_live"]:
            return tags.strong("served now")
        if not is_open:
            return "kept"
        return tags.a(
            "What serving it would change", href=filters.address("snapshot", id=row["id"])
        )

    return drawn.table(
        "kept",
        "Snapshots that are kept, the newest first",
        (
            GridColumn("Snapshot", lambda row: tags.code(row["id"]), names_row=True),
            GridColumn(
                "Sealed", lambda row: spell.instant(datetime.fromisoformat(row["sealed_at"]))
            ),
            drawn.number("Tables", lambda row: spell.count(row["tables"])),
            drawn.number("Rows", lambda row: spell.count(row["rows"])),
            drawn.number("Releases", lambda row: spell.count(row["releases"])),
            GridColumn("", link),
        ),
        [vars(one) for one in kept],
        nothing="None is kept yet.",
    )


def _tables(change: GoingBack) -> Tag:
    def difference(row: drawn.Row) -> str:
        now, then = row["rows_now"], row["rows_then"]
        if now is None or then is None:
            return "comes" if now is None else "goes"
        return f"{then - now:+,}" if then != now else "other values"

    return drawn.table(
        "tables",
        "Tables whose files differ",
        (
            GridColumn("Table", lambda row: row["name"], names_row=True),
            drawn.number("Rows now", lambda row: spell.count(row["rows_now"])),
            drawn.number("Rows then", lambda row: spell.count(row["rows_then"])),
            drawn.number("Difference", difference),
        ),
        [vars(one) for one in change.tables],
        nothing="No table has other rows.",
    )


def _releases(change: GoingBack) -> tuple[Tag, ...]:
    def named(of: list[tuple[str, str, int]]) -> Tag:
        return tags.ul(
            *(tags.li(f"{source} {period}, revision {number}") for source, period, number in of)
        )

    parts = []
    if change.set_aside:
        words = (
            "These are set aside: their bytes stay, and no run uses them until this is taken back."
        )
        parts.append(tags.div(tags.p(words), named(change.set_aside), id="set_aside"))
    if change.taken:
        words = "These were set aside, and are used again:"
        parts.append(tags.div(tags.p(words), named(change.taken), id="taken"))
    return tuple(parts) or (tags.p("None is set aside or taken back."),)


def _form(change: GoingBack) -> Tag:
    return tags.form(
        tags.input(type="hidden", name="to", value=change.to),
        tags.input(type="hidden", name="live", value=change.live),
        reason_field("reason"),
        tags.button("Serve it", type="submit"),
        tags.small("Every reader sees it within seconds. It can be taken back the same way."),
        method="post",
        action="serve-snapshot",
        class_="publications-form",
        aria_label="Serve this snapshot",
    )
