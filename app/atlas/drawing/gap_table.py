"""The gap in patients and who holds it: a table with cumulative shares, a bar each. Pure."""

from html import escape

from htmltools import HTML, Tag, TagList, tags

from app.atlas.area_gap import Gap
from app.atlas.drawing.words import many, short
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
    patients = gap.rows["shortfall"].sum()
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
    most = gap.rows["shortfall"].max()
    shown = gap.rows.head(SHOWN)
    body = "".join(_row(row, most, gap.selected) for row in shown.iter_rows(named=True))
    head = "".join(
        f'<th scope="col">{words}</th>'
        for words in ("Practice", "Value", "More patients", "Running share")
    )
    left = gap.rows.height - shown.height
    return TagList(
        HTML(
            '<table class="atlas-facts atlas-holders"><caption class="visually-hidden">Practices by'
            f" their part of the gap</caption><thead><tr>{head}</tr></thead>"
            f"<tbody>{body}</tbody></table>"
        ),
        tags.p(f"and {many(left, 'practice')} with smaller parts") if left else None,
    )


def _row(row: dict, most: int, selected: str) -> str:
    code, short_of = escape(row["organisation_code"]), row["shortfall"]
    name = escape(short(row["organisation_name"]) or row["organisation_code"])
    current = ' aria-current="true"' if row["organisation_code"] == selected else ""
    return (
        f'<tr{current}><th scope="row"><button type="button" data-practice="{code}">{name}</button>'
        f"<small>{code}</small></th>"
        f"<td>{percent(row['value'])}<small>{count(row['numerator'])} of"
        f" {count(row['denominator'])}</small></td>"
        f'<td>{count(short_of)}<i class="part" style="--w:{short_of / most * 100:.1f}%"></i></td>'
        f"<td>{row['cumulative_percent']:.0f} %</td></tr>"
    )
