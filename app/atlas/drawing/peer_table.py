"""Peers: who is most like a practice, in what, and where it stands among them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any

import polars as pl
from htmltools import HTML, Tag, TagList, tags

from app.atlas.drawing.organisation_card import measured
from app.atlas.drawing.words import SHARES, short
from app.atlas.row import Row
from app.draw.grid import Grid, GridColumn, draw_html
from app.draw.spell import count, percent
from engine.atlas.metrics.context_measures import CONTEXT, ContextMeasure

WIDE, HIGH = 400, 44


@dataclass(frozen=True, eq=False)
class Likeness:
    """features  what they are alike in; unknown: what was ticked and nobody gave that year
    chosen    the practice's row of the answer; context: its row of `context`
    near      what engine.atlas.peers.peers gives, beside the answer's columns
    among     what engine.atlas.peers.among gives; left_out: what `taking_part` gives
    """

    features: tuple[str, ...]
    unknown: tuple[str, ...]
    chosen: dict[str, Any]
    context: dict[str, Any]
    near: pl.DataFrame
    among: dict[str, Any]
    left_out: dict[str, Any]
    year: str
    measure: str


def only_practices() -> Tag:
    return _empty("Peers are found for practices. Choose the level Practice, then select one.")


def nobody() -> Tag:
    return _empty(
        "No practice is selected. Choose a dot on the map or a row of the table: the twenty"
        " practices most like it are listed here."
    )


def no_feature() -> Tag:
    return _empty("No feature is ticked, so nothing makes practices alike. Tick at least one.")


def not_in_year(code: str, year: str) -> Tag:
    return _empty(f"{code} is not among the practices of {year}. Choose another year or practice.")


def render(likeness: Likeness) -> TagList:
    """The peers with why, and the chosen one among them."""
    chosen, near = likeness.chosen, likeness.near
    name = short(chosen["organisation_name"]) or chosen["organisation_code"]
    if not near.height:
        return TagList(tags.h2(name), _unknown(likeness), _lacks(likeness), _left_out(likeness))
    return TagList(
        tags.h2(f"{near.height} practices most like {name}"),
        _unknown(likeness),
        _standing(likeness),
        _strip(likeness),
        tags.button("Show these on the map", type="button", data_tells="peers_show", class_="btn"),
        HTML(_table(likeness)),
        _left_out(likeness),
        tags.p(
            "Nearest first. Each feature is measured in its own interquartile ranges over all"
            " practices of England, and all count the same. The link keeps practice, year and"
            " features.",
            class_="atlas-help",
        ),
    )


def difference(value: float | None, measure: ContextMeasure) -> str:
    """How a peer differs, with its sign, in the feature's own unit.

    >>> difference(-1240.0, CONTEXT["list_size"]), difference(0.04, CONTEXT["deprivation"])
    ('−1,240', 'same')
    >>> difference(1.26, CONTEXT["aged_65_and_over"])
    '+1.3 points'
    """
    if value is None:
        return ""
    said = measured(abs(value), measure).removesuffix(" %")
    # Nothing but zeros as it is written: a sign before it would say more than is known.
    if not said.strip("£0.,"):
        return "same"
    unit = " points" if measure.unit.startswith("percent") else ""
    return f"{'−' if value < 0 else '+'}{said}{unit}"


def _standing(likeness: Likeness) -> Tag:
    told, chosen = likeness.among, likeness.chosen
    pairs = [
        ("This practice", f"{percent(chosen['value'])} · {_parts(chosen)}"),
        ("Its peers together", f"{percent(told['value'])} · {_parts(told)}"),
    ]
    if told["lower"] is None:
        pairs.append(("Among its peers", "not compared: fewer than 10 eligible, or no value"))
    else:
        said = f"{told['lower']} lower, {told['same']} the same, {told['higher']} higher"
        without = f", {told['not_compared']} not compared" if told["not_compared"] else ""
        pairs.append(("Among its peers", said + without))
    rows = (tags.div(tags.dt(name), tags.dd(value)) for name, value in pairs)
    return tags.dl(*rows, class_="atlas-pairs", title=SHARES[likeness.measure])


def _parts(row: Row) -> str:
    return f"{count(row['numerator'])} of {count(row['denominator'])}"


def _strip(likeness: Likeness) -> HTML | None:
    """The values on one line: peers as rings, the chosen one as a mark; the table says the same."""
    own, theirs = likeness.chosen["value"], likeness.near["value"].drop_nulls()
    values = [*theirs, *([] if own is None else [own])]
    # On one point there is no line to stand along.
    if len(values) < 2 or max(values) == min(values):
        return None
    low, high = min(values), max(values)

    def across(value: float) -> str:
        return f"{10 + (value - low) / (high - low) * (WIDE - 20):.1f}"

    rings = "".join(f'<circle cx="{across(value)}" cy="16" r="5"/>' for value in theirs)
    x = across(own) if own is not None else ""
    mark = f'<path d="M{x} 4v24" class="own"/>' if x else ""
    label = f"Values of the peers from {percent(low)} to {percent(high)}; this practice as a line"
    return HTML(
        f'<svg class="atlas-strip" viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="{label}">'
        f'<path d="M10 16H{WIDE - 10}"/>{rings}{mark}<text x="10" y="42">{percent(low)}</text>'
        f'<text x="{WIDE - 10}" y="42" text-anchor="end">{percent(high)}</text></svg>'
    )


def _table(likeness: Likeness) -> str:
    features = [CONTEXT[name] for name in likeness.features]
    own = likeness.chosen | likeness.context | {f"{m.name}_difference": None for m in features}
    near = likeness.near.rename({"practice_code": "organisation_code"})
    grid = Grid(
        [
            GridColumn("Practice", lambda row: _name(row, is_chosen=row is own), names_row=True),
            GridColumn("Value", _value),
            *(GridColumn(measure.label, partial(_feature, measure)) for measure in features),
        ],
        caption="Peers, nearest first, with what makes them alike",
        is_caption_heard=True,
        table={"class": "atlas-facts atlas-holders"},
    )
    drawn = draw_html(
        grid,
        [own, *near.iter_rows(named=True)],
        row=lambda row: " aria-current=true" if row is own else "",
    )
    return f'<div class="atlas-scroll" tabindex="0">{drawn}</div>'


def _name(row: Row, *, is_chosen: bool) -> str:
    code = escape(row["organisation_code"])
    name = escape(short(row["organisation_name"]) or row["organisation_code"])
    return (
        f'<button type="button" data-practice="{code}">{name}</button>'
        f"<small>{code}{' · this practice' if is_chosen else ''}</small>"
    )


def _value(row: Row) -> str:
    few = ' <abbr title="Fewer than 10 patients">few</abbr>' if row["small"] else ""
    return f"{percent(row['value'])}{few}<small>{_parts(row)}</small>"


def _feature(measure: ContextMeasure, row: Row) -> str:
    differs = difference(row[f"{measure.name}_difference"], measure)
    return f"{measured(row[measure.name], measure)}<small>{differs}</small>"


def _unknown(likeness: Likeness) -> Tag | None:
    if not likeness.unknown:
        return None
    names = _quoted(likeness.unknown)
    said = f"Not known of any practice for {likeness.year}, so it plays no part: {names}."
    return tags.p(said if likeness.features else f"{said} Tick another feature, or another year.")


def _lacks(likeness: Likeness) -> Tag | None:
    lacking = [name for name in likeness.features if likeness.context[name] is None]
    if not lacking:
        return None
    return tags.p(
        f"Not known of this practice for {likeness.year}, so no other can be likened to it:"
        f" {_quoted(lacking)}. Untick that feature."
    )


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f"“{CONTEXT[name].label}”" for name in names)


def _left_out(likeness: Likeness) -> Tag | None:
    told = likeness.left_out
    if not told["left_out"] or not likeness.features:
        return None
    lacking = ", ".join(
        f"{told[f'{name}_missing']:,} for {CONTEXT[name].label}"
        for name in likeness.features
        if told[f"{name}_missing"]
    )
    return tags.p(
        f"{told['left_out']:,} of {told['left_out'] + told['practices']:,} practices take no part:"
        f" a feature is not known ({lacking}).",
        class_="atlas-help",
    )


def _empty(said: str) -> Tag:
    return tags.p(said, class_="atlas-empty")
