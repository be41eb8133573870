"""/members: who needs attention, what is odd, whom to go to. A plain page that filters itself."""

from collections.abc import Iterable

import polars as pl
from htmltools import TagChild, tags
from starlette.requests import Request
from starlette.responses import Response

from app.claims import plain_page
from app.claims.asked import as_of
from app.claims.drawing import anomaly_table, finder, member_search, risk_list, state_tiles
from app.claims.drawing.search_box import search_box
from app.claims.pages.opened import of_lake
from app.claims.people import anomalies, risks
from app.claims.people_view import TABS, PeopleView, read
from app.draw import spell
from engine import Lake
from engine.claims.analytics.recommend import Need, recommended
from engine.lake import data_folder
from refresh.operate.lifecycle import verdicts

HEADINGS = {
    "risk": "Who needs attention, and why?",
    "anomalies": "What is odd?",
    "find": "Whom to go to?",
}
HOW_RISK = (
    "Expected cost blends a member’s own cost of twelve months, how often care was sought, and what"
    " members of the same kind cost. Tiers are by rank. Nobody is judged before three months of"
    " cover. It says what may come, not why a person is ill; names are masked."
)
HOW_ODD = (
    "A claim is held against claims of the same procedure, a provider against the specialty, a"
    " month against the other months, never against itself. Odd is not wrong: look at the claims."
)


def members_page(request: Request, lake: Lake) -> Response:
    """The page; its tab of anomalies is asked for when the rest is there."""
    view = read(request.query_params.multi_items())
    parts: dict[str, Iterable[TagChild]] = {
        "risk": _risk(lake, view) if view.tab == "risk" else (),
        "anomalies": _soon(view) if view.tab == "anomalies" else (),
        "find": _find(lake, view) if view.tab == "find" else (),
    }
    title = HEADINGS[view.tab]
    return plain_page.wide(
        title,
        tags.h1(title, id="heading", data_part=""),
        search_box(),
        _tabs(view),
        tags.div(*parts[view.tab], id="answer", data_part="", class_=f"claims-{view.tab}"),
        here="members",
    )


def anomalies_page(request: Request, lake: Lake) -> Response:
    """/members-anomalies: the part `odd` of the page; also a page, where there are no scripts."""
    view = read([*request.query_params.multi_items(), ("tab", "anomalies")])
    rows = anomalies(lake)
    shown = rows
    for name in ("level", "rule"):
        if value := getattr(view, name):
            shown = shown.filter(pl.col(name) == value)
    said = {name: words[-1]["verdict"] for name, words in verdicts(data_folder()).items()}
    part = tags.section(
        anomaly_table.filters(rows, view),
        anomaly_table.table(shown, said),
        tags.details(tags.summary("How to read this"), tags.p(HOW_ODD), id="odd_how"),
        id="odd",
        data_part="",
    )
    return plain_page.wide(HEADINGS["anomalies"], tags.h1(HEADINGS["anomalies"]), part)


def _tabs(view: PeopleView) -> TagChild:
    links = (
        tags.a(
            label,
            href=PeopleView(tab=name, snapshot=view.snapshot).address,
            title=why,
            aria_current="page" if name == view.tab else None,
        )
        for name, (label, why) in TABS.items()
    )
    return tags.nav(*links, id="tabs", class_="claims-tabs", aria_label="Views", data_part="")


def _risk(lake: Lake, view: PeopleView) -> list[TagChild]:
    of = risks(lake)
    rows = risk_list.narrowed(of, view)
    until = spell.day(as_of(lake).isoformat())
    return [
        tags.section(
            tags.h2("Tiers"),
            risk_list.histogram(of, view),
            tags.h2("Reasons"),
            risk_list.ticks(of, view),
            aria_label="Filters",
        ),
        tags.section(
            member_search.form(of, view),
            tags.p(f"{rows.height:,} of {of.rows.height:,} members, as of {until}.", role="status"),
            risk_list.table(rows, view),
            tags.details(tags.summary("How to read this"), tags.p(HOW_RISK), id="risk_how"),
            aria_label="Members",
        ),
    ]


def _soon(view: PeopleView) -> list[TagChild]:
    """The place of the anomalies: to find them takes seconds, once a snapshot."""
    href = view.address.replace("members", "members-anomalies", 1)
    waiting = tags.p(tags.a("Looking through all claims for what is odd …", href=href))
    return [tags.section(waiting, id="odd", data_part="", data_later=href)]


def _find(lake: Lake, view: PeopleView) -> list[TagChild]:
    there = finder.offered(lake)
    form = finder.form(there, view)
    if not view.need:
        return [form, tags.p("Choose what is needed; place and condition are as you like.")]
    need = Need(view.need, as_of(lake), view.state or None, view.condition or None)
    rows = recommended(lake.scan("fact_claim"), lake.scan("dim_provider"), need).collect()
    return [form, state_tiles.tiles(rows, view), finder.table(rows, view)]


ENDPOINTS = {
    "/members": of_lake(members_page),
    "/members-anomalies": of_lake(anomalies_page),
}
