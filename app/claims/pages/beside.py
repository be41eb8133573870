"""/claims-beside: what a tab has besides its question: the network's reach, a metric's seasons."""

from htmltools import TagChild, tags
from starlette.requests import Request
from starlette.responses import Response

from app.claims import plain_page
from app.claims.asked import METRICS, as_of, where
from app.claims.drawing import network_chart, season_chart, words
from app.claims.network import network
from app.claims.view import View, address
from engine import Lake
from engine.claims.questions.over_time import seasons
from engine.metric import AnyMetric

BESIDE = {
    "network": "Who is near enough, and what leaves the network",
    "trends": "Which months of the year are dear",
}
"""What tabs have besides, by their name."""


def beside_page(_request: Request, lake: Lake, view: View) -> Response:
    """The page, whose part `beside` the claims page takes as its own."""
    title = BESIDE.get(view.tab, "Nothing besides")
    parts = {"network": _network, "trends": _seasons}
    body = parts[view.tab](lake, view) if view.tab in parts else ()
    part = tags.section(tags.h2(title), *body, id="beside", data_part="")
    back = tags.p(tags.a("All of the view", href=address(view)))
    # What it is of; the part's own heading says the rest.
    return plain_page.wide(title, tags.h1(f"Claims: {view.tab}"), part, back)


def _network(lake: Lake, view: View) -> tuple[TagChild, ...]:
    of = network(lake, view.period)
    return (
        tags.p(network_chart.in_short(of)),
        network_chart.heat(of),
        tags.div(network_chart.table(of, view.period.words), class_="claims-adequacy"),
        tags.p(network_chart.HOW, class_="claims-more"),
    )


def _seasons(lake: Lake, view: View) -> tuple[TagChild, ...]:
    metric: AnyMetric = METRICS[view.metric]
    rows = seasons(lake, metric, as_of=as_of(lake), where=where(view, None)).collect()
    only = words.filters(lake, view)
    about = f"{metric.label}{f', only {only}' if only else ''}"
    if rows.is_empty():
        return (tags.p(f"{about}: fewer than two whole years are known, and one has no season."),)
    return (tags.p(season_chart.in_short(about, rows)), season_chart.bars(about, rows))
