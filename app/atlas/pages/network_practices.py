"""On the page of a network, and of a practice in one: its practices beside each other."""

from functools import lru_cache

import polars as pl
from htmltools import TagChild, tags

from app.atlas.drawing import links, words
from app.atlas.drawing.network_table import network_practices
from app.atlas.row import Row, Rows
from engine import Lake, Question
from engine.atlas.network import practices_of, short_of_england
from engine.atlas.parents import parents

HERE = "beside"


def beside(lake: Lake, here: Row, year: str, wanted: str, *, root: str) -> list[TagChild]:
    """The section; nothing where there is no network of two practices or more with figures.

    Takes: a row of what has a page; the indicator asked for: without one, or for one that the
           network has no figure of, that in which most patients are short of England's share.
    """
    network, name = _network(lake, here, year)
    indicators = _indicators(lake, year, network) if network else []
    if not indicators:
        return []
    there = [row["indicator_code"] for row in indicators]
    asked = Question(wanted if wanted in there else there[0], year)
    rows = practices_of(lake, year, network, asked.indicator).collect().to_dicts()
    if len(rows) < 2:
        return []
    own = here["organisation_code"] if here["level"] == "practice" else ""
    page = tags.a(name, href=links.organisation("pcn", network, root=root)) if own else None
    return [
        tags.h2("Its practices beside each other", id=HERE)
        if not own
        else tags.h2("The practices of its network beside each other", id=HERE),
        tags.p("Its network: ", page) if page else None,
        network_practices(rows, indicators, asked=asked, own=own, root=root),
    ]


def _network(lake: Lake, here: Row, year: str) -> tuple[str, str]:
    """The code and short name of the network that it is, or was in; empty where it is in none."""
    if here["level"] == "pcn":
        return here["organisation_code"], ""
    if here["level"] != "practice":
        return "", ""
    own = pl.col("organisation_code") == here["organisation_code"]
    codes = parents(lake, "practice", "pcn", year=year).filter(own)
    names = lake.scan("organisation", year).filter(level="pcn")
    found = (
        codes.join(names, left_on="parent_code", right_on="organisation_code")
        .select("parent_code", "organisation_name")
        .collect()
    )
    if not found.height:
        return "", ""
    code, name = found.row(0)
    return code, words.short(name) or code


@lru_cache(maxsize=64)
def _indicators(lake: Lake, year: str, network: str) -> Rows:
    return short_of_england(lake, year, network).collect().to_dicts()
