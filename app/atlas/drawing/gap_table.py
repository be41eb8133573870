"""The gap in patients and who holds it: a table with cumulative shares, a bar each. Pure."""

from functools import partial
from html import escape

from htmltools import HTML, Tag, TagList, tags

from app.atlas.area_gap import Gap
from app.atlas.drawing.words import many, short
from app.atlas.row import Row
from app.draw.extent import total
from app.draw.grid import Grid, GridColumn, draw_html
from app.draw.spell import count, percent
from engine.metric import Metric

SHOWN = 100


def no_gap(metric: Metric) -> Tag:
    """Why this measure has no gap, and which has."""
    return tags.p(
        f"“{metric.label}” has no gap in patients: more of it is not better, or it is no share of"
        " patients. Choose the measure “Of patients eligible” or “Of all on the register”.",
        class_="atlas-empty",
    )


def no_target() -> Tag:
    """What stands in the place of figures while there is nothing to measure them to."""
    return tags.p("Type a target to see who holds the gap to it.", class_="atlas-empty")


def render(gap: Gap) -> TagList:
    """The gap in a sentence, in figures, and by practice."""
    if not gap.practices or gap.percent is None:
        said = f"No practice of {short(gap.place)} has a value here. Choose a wider area."
        return TagList(tags.p(said, class_="atlas-empty"), _only(gap))
    target = f"{gap.target}, {percent(gap.percent)}"
    if not gap.rows.height:
        return TagList(
            tags.h2(short(gap.place)),
            _only(gap),
            tags.p(f"No practice is under {target}: there is no gap. Choose a higher target."),
        )
    patients = total(gap.rows["shortfall"])
    return TagList(
        tags.h2(short(gap.place)),
        _only(gap),
        tags.p(
            tags.strong(f"{many(gap.half, 'practice')} {_hold(gap.half)} half of the gap"),
            f" to {target}.",
        ),
        tags.dl(
            _pair("The gap", f"{count(patients)} {'patient' if patients == 1 else 'patients'}"),
            _pair("Practices under it", f"{gap.rows.height:,} of {gap.practices:,}"),
            class_="atlas-pairs",
        ),
        _table(gap),
        tags.p(
            "The gap of a practice is how many more patients would bring it to the target. One that"
            " is over it makes up for no other.",
            class_="atlas-help",
        ),
    )


def _only(gap: Gap) -> Tag | None:
    """Whose gap it is not: the filters that are in force here."""
    if not gap.only:
        return None
    left = f", {gap.unknown:,} left out because their context is not known" if gap.unknown else ""
    kept = many(gap.practices, "practice")
    own = gap.target == "the target"
    whole = "" if own else " The target is that of all practices of England."
    said = f"Only: {'; '.join(gap.only)}: {kept} with a value{left}.{whole}"
    return tags.p(said, class_="atlas-help")


def _hold(number: int) -> str:
    return "holds" if number == 1 else "hold"


def _pair(name: str, value: str) -> Tag:
    return tags.div(tags.dt(name), tags.dd(value))


def _table(gap: Gap) -> TagList:
    shown = gap.rows.head(SHOWN)
    left = gap.rows.height - shown.height
    grid = Grid(
        [
            GridColumn("Practice", _name, names_row=True),
            GridColumn("Value", _value),
            GridColumn("More patients", partial(_part, max(gap.rows["shortfall"]))),
            GridColumn("Running share", lambda row: f"{row['cumulative_percent']:.0f} %"),
        ],
        caption="Practices by their part of the gap",
        is_caption_heard=True,
        table={"class": "atlas-facts atlas-holders"},
    )

    def current(row: Row) -> str:
        return ' aria-current="true"' if row["organisation_code"] == gap.selected else ""

    return TagList(
        HTML(draw_html(grid, shown.iter_rows(named=True), row=current)),
        tags.p(f"and {many(left, 'practice')} with smaller parts") if left else None,
    )


def _name(row: Row) -> str:
    code = escape(row["organisation_code"])
    name = escape(short(row["organisation_name"]) or row["organisation_code"])
    return f'<button type="button" data-practice="{code}">{name}</button><small>{code}</small>'


def _value(row: Row) -> str:
    parts = f"{count(row['numerator'])} of {count(row['denominator'])}"
    return f"{percent(row['value'])}<small>{parts}</small>"


def _part(most: float, row: Row) -> str:
    """How many more patients, with a bar as wide as its part of the largest."""
    width = row["shortfall"] / most * 100
    return f'{count(row["shortfall"])}<i class="part" style="--w:{width:.1f}%"></i>'
