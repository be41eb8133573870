"""The Peers tab: the practices most like the one selected, by the features that are ticked.

The features are the year's context, kept for all sessions, so that a tick is two small queries.
"""

from dataclasses import replace

import polars as pl
from htmltools import Tag, TagList
from shiny import reactive, req

from app.atlas import frames
from app.atlas.answered import Answered, ask
from app.atlas.drawing import peer_table as drawn
from app.atlas.drawing.context_words import unkept
from app.atlas.drawing.peer_table import Likeness
from app.atlas.effects.desk import Desk
from app.atlas.effects.order import Order
from app.atlas.effects.own_group import use_as_group
from engine.atlas.metrics.qof_measures import MEASURES
from engine.atlas.peers import among, peers, taking_part


def show_the_peers(desk: Desk) -> None:
    """Write the peers while the tab is open, and put them on the map as a group when asked."""

    @reactive.effect(priority=Order.TAB)
    async def write_the_peers() -> None:
        req(desk.tab() == "peers")
        now = desk.answered()
        note = unkept(now.question.keep, "peers are found among all practices of England")
        drawn_up = _drawn(now, desk.selected(), desk.input.like())
        await desk.write(peers=TagList(drawn_up, note))

    @reactive.effect
    @reactive.event(desk.input.peers_show)
    async def show_them_on_the_map() -> None:
        likeness = likeness_of(desk.answered(), desk.selected(), features=desk.input.like())
        if likeness.near.height:
            await use_as_group(desk, (desk.selected(), *likeness.near["practice_code"]))


def _drawn(now: Answered, code: str, features: tuple[str, ...]) -> Tag | TagList:
    if now.question.level != "practice":
        return drawn.only_practices()
    if not code:
        return drawn.nobody()
    if not features:
        return drawn.no_feature()
    if code not in now.rows["organisation_code"]:
        return drawn.not_in_year(code, now.question.year)
    return drawn.render(likeness_of(now, code, features=features))


def likeness_of(now: Answered, code: str, *, features: tuple[str, ...]) -> Likeness:
    """A practice's peers by features of the year, with their values for the question."""
    whole = now
    # Peers are found among all of England: most of them lie outside the area.
    if now.question.area or now.question.keep:
        whole = ask(now.lake, replace(now.question, area="", keep=""))
    context = frames.context(now.lake, now.question.year, "practice")
    known = context.rename({"organisation_code": "practice_code"}).lazy()
    # What nobody gave that year likens nobody to anybody: it is set aside, and said.
    told = taking_part(known, features).collect().row(0, named=True)
    everybody = told["practices"] + told["left_out"]
    used = tuple(name for name in features if told[f"{name}_missing"] < everybody)
    if used != features:
        told = taking_part(known, used).collect().row(0, named=True) if used else told
    near = peers(known, code, used or features).collect()
    rows = whole.rows.filter(pl.col("organisation_code").is_in([code, *near["practice_code"]]))
    metric = MEASURES[now.question.measure]
    return Likeness(
        features=used,
        unknown=tuple(name for name in features if name not in used),
        chosen=rows.row(by_predicate=pl.col("organisation_code") == code, named=True),
        context=known.filter(pl.col("practice_code") == code).collect().row(0, named=True),
        near=near.join(rows, left_on="practice_code", right_on="organisation_code", how="left"),
        among=among(rows.lazy(), code, metric).collect().row(0, named=True),
        left_out=told,
        year=now.question.year,
        measure=now.question.measure,
    )
