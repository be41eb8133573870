"""/operations/audit: who did what, was refused what, and whether the log is whole; for a dba.

/operations/audit?who=&action=&outcome=&from=&to=&page=&verify=1
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, get_args
from urllib.parse import urlencode

import polars as pl
from htmltools import Tag, TagChild, tags
from starlette.requests import Request
from starlette.responses import Response

from app.access import reader_of
from app.draw.grid import SCROLLS, Grid, GridColumn, draw
from app.publications.areas import AUDIT, areas
from app.publications.narrowing import day_of, page_of, pages
from app.publications.opened import said
from app.publications.plain_page import wide
from engine import Lake
from engine.access import Action, may
from engine.errors import NotAllowed
from engine.lake import data_folder
from engine.vocabulary import Outcome
from refresh.operate.lifecycle import audited, verified

ROOT = "../"
A_PAGE = 100
LONGEST = 100
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
ACTIONS: tuple[Action, ...] = get_args(Action)
MARKS: Mapping[Outcome, str] = {"done": "✓ done", "refused": "✗ refused", "failed": "⚠ failed"}


@dataclass(frozen=True)
class Asked:
    """What an address asks of the log: empty, and all of it is shown; days count whole, in UTC."""

    who: str = ""
    action: str = ""
    outcome: str = ""
    first: date | None = None
    last: date | None = None
    page: int = 1

    @property
    def where(self) -> pl.Expr:
        """That a row is asked for.

        >>> rows = pl.DataFrame({"who": ["ada", "bob"], "outcome": ["done", "refused"]})
        >>> rows.filter(Asked(outcome="refused").where)["who"].to_list()
        ['bob']
        """
        wanted = [pl.lit(True)]
        for name in ("who", "action", "outcome"):
            if value := getattr(self, name):
                wanted.append(pl.col(name) == value)
        if self.first:
            wanted.append(pl.col("at") >= datetime.combine(self.first, time()))
        if self.last:
            wanted.append(pl.col("at") < datetime.combine(self.last + timedelta(days=1), time()))
        return pl.all_horizontal(wanted)

    def address(self, **more: str) -> str:
        """Its own address, from its page."""
        names = {"first": "from", "last": "to"}
        told = {names.get(name, name): value for name, value in asdict(self).items() if value}
        if told.get("page") == 1:
            told.pop("page")
        query = urlencode(told | more)
        return f"audit?{query}" if query else "audit"


def read(query: Mapping[str, str]) -> Asked:
    """What an address asks; what cannot be asked narrows nothing."""
    action, outcome, page = (query.get(name, "") for name in ("action", "outcome", "page"))
    return Asked(
        who=query.get("who", "")[:255],
        action=action if action in ACTIONS else "",
        outcome=outcome if outcome in OUTCOMES else "",
        first=day_of(query.get("from", "")),
        last=day_of(query.get("to", "")),
        page=page_of(page),
    )


def log_page(request: Request, lake: Lake, _now: datetime) -> Response:
    """The log, the newest first; who may not read it is told so, and that stands in it."""
    reader = reader_of(request)
    if not may(reader, "administer"):
        try:
            with audited(data_folder(), reader, "administer", object="the audit log"):
                pass
        except NotAllowed as error:
            return said("Audit", f"{error.what}: {error.next}.", 403, root=ROOT)
    asked = read(request.query_params)
    found = lake.scan("audit_log").filter(asked.where).sort("audit_id", descending=True)
    many = found.select(pl.len()).collect().item()
    rows = found.slice((asked.page - 1) * A_PAGE, A_PAGE).collect().to_dicts()
    return wide(
        "Audit",
        tags.h1("Audit"),
        areas(AUDIT, root=ROOT),
        tags.p(
            "Every change, and everything that somebody was refused. Rows are added and never"
            " changed: each has a hash of all that it says, and of the hash before it."
        ),
        _whole(asked, is_asked=request.query_params.get("verify") == "1"),
        _filters(asked),
        tags.div(
            tags.p(f"{many:,} rows." if many != 1 else "1 row.", role="status"),
            _table(rows),
            pages(
                asked.page,
                -(-many // A_PAGE),
                lambda to: replace(asked, page=to).address(),
                of="the log",
            ),
            id="answer",
            data_part="",
        ),
        root=ROOT,
        here="operations",
    )


def _whole(asked: Asked, *, is_asked: bool) -> Tag:
    """Whether the log is what was written, where somebody asks: every row is looked at."""
    if not is_asked:
        link = tags.a("Verify the chain", href=asked.address(verify="1"))
        return tags.p(link, ": whether any row was changed, taken out or moved.")
    count, last, broken = verified(data_folder())
    if not broken:
        words = f"The log is whole: {count:,} rows, the last {last[:16] or 'none'}."
        return tags.p(words, role="status")
    return tags.div(
        tags.p(f"The log is broken in {len(broken):,} places.", role="alert", class_="atlas-note"),
        tags.ul(*(tags.li(f"Row {one.row}: {one.what}.") for one in broken[:A_PAGE])),
        tags.p("Compare it with a backup: python -m refresh audit verify."),
    )


def _filters(asked: Asked) -> Tag:
    return tags.form(
        _box("who", "Who", asked.who),
        _choice("action", "Did", ACTIONS, asked.action),
        _choice("outcome", "Outcome", OUTCOMES, asked.outcome),
        _box("from", "From", asked.first, kind="date"),
        _box("to", "To", asked.last, kind="date"),
        tags.button("Show", type="submit"),
        action="audit",
        id="filters",
        class_="alert-form",
        aria_label="Filters",
        data_in_place="",
        data_part="",
    )


def _box(name: str, label: str, value: object, *, kind: str = "text") -> Tag:
    place = f"choose_{name}"
    box = tags.input(type=kind, name=name, id=place, value=str(value or ""), maxlength="255")
    return tags.div(tags.label(label, for_=place), box, class_="alert-choice")


def _choice(name: str, label: str, values: Sequence[str], chosen: str) -> Tag:
    place = f"choose_{name}"
    options = (
        tags.option(value or "all", value=value, selected="" if value == chosen else None)
        for value in ("", *values)
    )
    box = tags.select(*options, name=name, id=place)
    return tags.div(tags.label(label, for_=place), box, class_="alert-choice")


def _table(rows: list[dict[str, Any]]) -> Tag:
    columns: tuple[GridColumn[dict[str, Any]], ...] = (
        GridColumn("No", lambda row: f"{row['audit_id']:,}", names_row=True),
        GridColumn("When (UTC)", lambda row: f"{row['at']:%-d %b %Y %H:%M:%S}"),
        GridColumn("Who", lambda row: f"{row['who']} ({row['role']})"),
        GridColumn("Did", lambda row: row["action"]),
        GridColumn("Of", lambda row: row["object"]),
        GridColumn("Outcome", lambda row: MARKS[row["outcome"]]),
        GridColumn("Before and after, or why not", _change, cells={"class": "long"}),
    )
    nothing = "No row is so. Take a filter off to see more."
    table = SCROLLS | {"class": "pub-rows stacks", "aria-label": "The audit log"}
    return draw(Grid(columns, table=table, nothing=nothing, is_labelled=True), rows)


def _change(row: dict[str, Any]) -> TagChild:
    if row["why"]:
        return str(row["why"])
    states = [f"{name}: {row[name]}" for name in ("before", "after") if row[name]]
    short = " → ".join(states)
    if len(short) <= LONGEST:
        return short
    return tags.details(tags.summary(f"{short[:LONGEST]}…"), short)
