"""Search: what a text may mean, as a page and for the box that suggests: organisations and
indicators first, then what other wings know, group by group.

/search?q=leeds, /search.json?q=TS18, /search.json?q=beds&everywhere. A plain page, no session.
"""

from typing import Any

import polars as pl
from htmltools import Tag, tags
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse

from app.atlas import frames
from app.atlas.catalogue import in_order
from app.atlas.drawing import links, words
from app.atlas.drawing import organisation_profile as draw
from app.atlas.pages.organisation_lookup import everywhere
from app.atlas.plain_page import plain
from app.atlas.row import Row, Rows
from app.found import Found, drawn, elsewhere, suggested
from app.frame import LONGEST_QUERY, no_data, search_form
from engine import open_lake
from engine.atlas.search import POSTCODE, find, near
from engine.errors import NoSnapshot
from engine.lake import current_id

FOUND = 30
SUGGESTED = 8
BESIDE, MOST_BESIDE = 2, 12
WING = "atlas"


def search_page(request: Request) -> HTMLResponse:
    """What a text may mean, as links; in words where it means nothing."""
    if current_id() is None:
        return no_data()
    text = request.query_params.get("q", "")[:LONGEST_QUERY]
    others = elsewhere(open_lake(), text, most=FOUND, but=WING)
    found, is_near = _found(text, FOUND, is_known=bool(others))
    indicators = indicators_called(text)
    said = _nothing(text, bool(found), bool(others))
    return plain(
        "Search",
        tags.h1("Search"),
        search_form(text),
        None if found and not is_near else tags.p(said, role="status"),
        draw.listed(found, root="") if found else None,
        _how_near(found),
        draw.indicators(indicators) if indicators else None,
        drawn(others),
    )


def search_json(request: Request) -> JSONResponse:
    """The likeliest few, for the box that suggests while somebody types: of the atlas, and with
    `everywhere` of the whole house, group by group."""
    text = request.query_params.get("q", "")[:LONGEST_QUERY]
    others = _others(text) if "everywhere" in request.query_params else []
    found, is_near = _found(text, SUGGESTED - min(len(others), 3), is_known=bool(others))
    return JSONResponse(
        [
            {
                "group": "Practices and areas",
                "near": is_near,
                "name": words.short(row["organisation_name"]) or row["organisation_code"],
                "code": row["organisation_code"],
                "level": words.LEVEL_WORDS[row["level"]][0],
                "parent": words.short(row["parent_name"]),
                "far": words.far(row["kilometres"], row["placed_by"]),
                "until": None if row["is_current"] else row["year"],
                "href": links.organisation(row["level"], row["organisation_code"]),
            }
            for row in found
        ]
        + [_suggested(row) for row in indicators_called(text)[: SUGGESTED - len(found)]]
        + suggested(others)
    )


def _others(text: str) -> list[Found]:
    """What the other wings know, few of a group: what is likeliest must not be pushed out."""
    try:
        return elsewhere(open_lake(), text, most=BESIDE, but=WING)[:MOST_BESIDE]
    except NoSnapshot:
        return []


def indicators_called(text: str) -> list[dict[str, Any]]:
    """The newest year's indicators and registers whose condition, code or words have a text."""
    typed = text.lower().split()
    try:
        # Two letters are in half of all words: a list of those helps nobody.
        rows = frames.indicators(open_lake()) if max(map(len, typed), default=0) > 2 else None
    except NoSnapshot:
        rows = None
    if rows is None:
        return []
    newest = rows.filter(pl.col("year") == pl.col("year").max()).to_dicts()
    said = [(row, " ".join(row[name] or "" for name in _SAID).lower()) for row in newest]
    found = [row for row, words_of in said if all(word in words_of for word in typed)]
    return sorted(found, key=in_order)


def _suggested(row: Row) -> Row:
    code = row["indicator_code"]
    return {
        "group": "Indicators",
        "near": False,
        "name": f"{row['group_name']}: {row['description']}",
        "code": code,
        "level": "register" if row["kind"] == "register" else "indicator",
        "parent": "",
        "far": "",
        "until": None,
        "href": links.on_the_map(indicator=code, year=row["year"]),
    }


_SAID = ("group_name", "indicator_code", "description")


def _how_near(found: Rows) -> Tag | None:
    """From where the distances are: not the postcode itself, unless a practice has it."""
    parts = [row["placed_by"] for row in found if row["placed_by"]]
    if not parts:
        return None
    said = f"Distances are as the crow flies, from the middle of the practices of {parts[0]}."
    return tags.p(tags.small(said))


def _found(text: str, most: int, *, is_known: bool) -> tuple[list[dict[str, Any]], bool]:
    """What a text may mean; where it means nothing, what is spelt much like it, and that it is.

    Takes:  whether it is known elsewhere: then what is only spelt like it is not meant.
    """
    try:
        lake = open_lake()
    except NoSnapshot:
        return [], False
    everything = everywhere(lake).lazy()
    # Looked for as it is typed first: what is spelt like it would only stand in its way.
    found = find(everything, text, most=most).collect().to_dicts()
    is_meant = found or is_known or indicators_called(text)
    if is_meant or POSTCODE.fullmatch(text.strip().upper()):
        return found, False
    return near(everything, text, most=most).collect().to_dicts(), True


def _nothing(text: str, has_near: bool, has_others: bool) -> str:
    if not text.strip():
        return (
            "Type a practice's name or code, a network, a town or a postcode; or the name of a"
            " publication, a table, a metric, an alert or a runbook."
        )
    if has_near:
        return f"Nothing is called “{text}”; near to it:"
    if POSTCODE.fullmatch(text.strip().upper()):
        return (
            f"“{text}”: that postcode is not known here. No practice has it, nor one near it; try"
            " a neighbouring one, or a town."
        )
    if indicators_called(text):
        return f"No practice or area is called “{text}”, but these indicators are."
    if has_others:
        return f"No practice or area is called “{text}”; this is:"
    return f"Nothing is called “{text}”. Try fewer letters, a code, a town or a postcode."
