"""/alerts: what needs somebody, by source; /alerts/N: what is known of one.

/alerts?status=open|acknowledged|snoozed|resolved&severity=&source=&rule=
"""

from datetime import datetime
from itertools import groupby
from typing import Any

import polars as pl
from htmltools import Tag, TagChild, tags
from starlette.requests import Request
from starlette.responses import Response

from app.access import reader_of
from app.publications.alerts import drawn
from app.publications.alerts.asked import SEVERITIES, STATUSES, WHOLE_LAKE, Asked, read
from app.publications.areas import areas
from app.publications.narrowing import number_of
from app.publications.opened import said
from app.publications.plain_page import wide
from engine import Lake
from engine.access import Reader, may
from engine.alert_rules import BY_NAME, RULES
from engine.errors import LakeError
from engine.lake import data_folder
from refresh.operate import lifecycle

HERE = "alerts"
SHOWN = 200
TABS = {"open": "Open", "acknowledged": "Acknowledged", "snoozed": "Snoozed"}
TABS |= {"resolved": "History"}
DONE = {
    "test": "The channel took the test.",
    "acknowledge": "Acknowledged: it stays here until its rule clears, and is told no more.",
    "snooze": "Snoozed: it comes back on its day, if it is still there then.",
}
NOTHING = {
    "open": "No alert is open.",
    "acknowledged": "Nobody has acknowledged any that is still there.",
    "snoozed": "None is snoozed.",
    "resolved": "None was ever resolved.",
}
Row = dict[str, Any]


def inbox_page(request: Request, lake: Lake, now: datetime) -> Response:
    """The alerts of a status, the worst first, by source."""
    asked, reader = read(request.query_params), reader_of(request)
    every = lake.scan("alerts").filter(asked.beside_status)
    counts = dict(every.group_by("status").len().collect().iter_rows())
    worst = pl.col("severity").replace_strict(
        {name: at for at, name in enumerate(SEVERITIES)}, return_dtype=pl.Int8
    )
    rows = (
        every.filter(pl.col("status") == asked.status)
        # Those of a source together, and first the source with the worst.
        .sort(worst.min().over("source_code"), "source_code", worst, -pl.col("alert_id"))
        .head(SHOWN)
        .collect()
        .to_dicts()
    )
    is_may = may(reader, "acknowledge")
    return wide(
        "Alerts",
        tags.h1("Alerts"),
        areas(HERE),
        *_told(request),
        _tabs(asked, counts),
        _filters(asked, lake),
        tags.div(
            *(_group(code, list(own), asked, is_may, now) for code, own in _by_source(rows)),
            None if rows else tags.p(NOTHING[asked.status]),
            tags.p(f"The newest {SHOWN} are shown.") if len(rows) == SHOWN else None,
            id="answer",
            data_part="",
        ),
        *(_channels(reader) if is_may else ()),
        tags.h2("The rules"),
        _rules(),
        here="operations",
    )


def alert_page(request: Request, lake: Lake, now: datetime) -> Response:
    """One alert: what is observed, what to do, who said what."""
    # A number that no alert has, where the address has none.
    number = number_of(request.path_params["number"]) or 0
    mine = pl.col("alert_id") == number
    rows = lake.scan("alerts").filter(mine).collect().to_dicts()
    if not rows:
        return said("No such alert", "There is no alert of that number.", 404, root="../")
    (row,) = rows
    events = lake.scan("alert_events").filter(mine).sort("event_id").collect().to_dicts()
    rule, is_may = BY_NAME.get(row["rule"]), may(reader_of(request), "acknowledge")
    facts = (
        ("How it stands", drawn.stands_alone(row)),
        ("Severity", drawn.severity(row)),
        ("Source", row["source_code"] or "the whole lake"),
        ("Since", drawn.instant(row["opened_at"])),
        ("Last seen", drawn.instant(row["last_seen_at"])),
        ("Rule", f"{rule.title}: {rule.thresholds}" if rule else row["rule"]),
    )
    return wide(
        f"Alert {number}",
        tags.h1(f"Alert {number}: {drawn.title(row)}"),
        areas(HERE, root="../"),
        *_told(request),
        tags.p(row["message"], class_="atlas-lead"),
        *drawn.help_with(row, root="../"),
        tags.dl(*(part for w, t in facts for part in (tags.dt(w), tags.dd(t)))),
        drawn.forms(row, root="../", back=f"alerts/{number}", today=now.date())
        if is_may and row["status"] != "resolved"
        else None,
        tags.h2("What happened"),
        drawn.history(events),
        tags.p(tags.a("All alerts", href="../alerts")),
        root="../",
        here="operations",
    )


def _by_source(rows: list[Row]) -> Any:
    return groupby(rows, lambda row: row["source_code"])


def _group(code: str, rows: list[Row], asked: Asked, is_may: bool, now: datetime) -> Tag:
    name = f"source_{code or 'lake'}"
    cards = (
        drawn.card(row, root="", may=is_may, back=asked.address, today=now.date()) for row in rows
    )
    return tags.section(
        tags.h2(code or "The whole lake", id=name),
        tags.ul(*cards, class_="alert-cards"),
        aria_labelledby=name,
    )


def _tabs(asked: Asked, counts: dict[str, int]) -> Tag:
    """A link a status, with how many there are."""
    return tags.nav(
        *(
            tags.a(
                f"{TABS[status]} ({counts.get(status, 0):,})",
                href=asked.with_status(status).address,
                aria_current="page" if status == asked.status else None,
            )
            for status in STATUSES
        ),
        id="statuses",
        data_part="",
        aria_label="Status",
        class_="publications-areas",
    )


def _filters(asked: Asked, lake: Lake) -> Tag:
    codes = lake.scan("alerts").select("source_code").unique().sort("source_code").collect()
    sources = [(code or WHOLE_LAKE, code or "the whole lake") for (code,) in codes.iter_rows()]
    return tags.form(
        tags.input(type="hidden", name="status", value=asked.status),
        _choice("severity", "Severity", [(word, word) for word in SEVERITIES], asked.severity),
        _choice("source", "Source", sources, asked.source),
        _choice("rule", "Rule", [(rule.name, rule.title) for rule in RULES], asked.rule),
        tags.button("Show", type="submit"),
        action="alerts",
        id="filters",
        class_="alert-form",
        aria_label="Filters",
        data_in_place="",
        data_part="",
    )


def _choice(name: str, label: str, options: list[tuple[str, str]], chosen: str) -> Tag:
    return tags.div(
        tags.label(label, for_=f"choose_{name}"),
        tags.select(
            *(
                tags.option(words, value=value, selected="" if value == chosen else None)
                for value, words in [("", "all"), *options]
            ),
            name=name,
            id=f"choose_{name}",
        ),
        class_="alert-choice",
    )


def _told(request: Request) -> list[TagChild]:
    """What came of the last thing that was asked for."""
    refused = request.query_params.get("refused", "")[:300]
    done = request.query_params.get("done", "")
    return [
        tags.p(f"Not taken: {refused}.", role="alert", class_="atlas-note") if refused else None,
        tags.p(DONE[done], role="status") if done in DONE else None,
    ]


def _channels(reader: Reader) -> list[TagChild]:
    try:
        marks, waiting = lifecycle.channel_marks(), lifecycle.waiting_for_channels(data_folder())
    except LakeError as error:
        return [tags.h2("Channels"), tags.p(str(error), role="alert", class_="atlas-note")]
    return [tags.h2("Channels"), drawn.channels(marks, waiting, root="")]


def _rules() -> Tag:
    return tags.details(
        tags.summary("What is watched, and from where on it is an alert"),
        tags.dl(
            *(
                part
                for rule in RULES
                for part in (tags.dt(rule.title), tags.dd(f"{rule.thresholds}. Next: {rule.next}."))
            )
        ),
    )
