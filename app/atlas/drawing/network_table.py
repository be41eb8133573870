"""The practices of a network beside each other, in one indicator, the lowest first. Pure."""

from collections import Counter

from htmltools import Tag, TagChild, TagList, tags

from app.atlas.drawing.links import organisation, receipt
from app.atlas.drawing.organisation_profile import held_against, interval_bar
from app.atlas.drawing.words import many, short
from app.atlas.row import Row, Rows
from app.draw import spell
from app.draw.grid import NUMBER, Attributes, Grid, GridColumn, draw
from engine import Question


def network_practices(
    rows: Rows, indicators: Rows, *, asked: Question, own: str, root: str
) -> TagList:
    """The chooser of the indicator, a sentence, the table.

    Takes:  rows of `engine.atlas.network.practices_of` and, to choose from, of `short_of_england`;
            the question that was asked; the code of the practice whose page it is, if it is one's.
    """
    return TagList(
        _chooser(indicators, asked),
        tags.p(_in_short(rows), class_="atlas-lead"),
        draw(_grid(asked, root), rows, row=lambda row: _marked(row, own)),
    )


def _chooser(indicators: Rows, asked: Question) -> Tag:
    """Indicators, those in which the most patients are short of England's share first."""
    options = (
        tags.option(
            f"{row['indicator_code']} · {row['description'] or row['group_name']}{_lacks(row)}",
            value=row["indicator_code"],
            selected="" if row["indicator_code"] == asked.indicator else None,
        )
        for row in indicators
    )
    return tags.form(
        tags.label("Indicator ", tags.select(*options, name="beside")),
        tags.input(type="hidden", name="year", value=asked.year),
        " ",
        tags.button("Show", type="submit"),
        method="get",
        action="#beside",
        class_="atlas-hold",
    )


def _lacks(row: Row) -> str:
    return f" ({_patients(row['short'])} short)" if row["short"] else ""


def _in_short(rows: Rows) -> str:
    england = next((row["england_value"] for row in rows), None)
    said = Counter(row["against_england"] for row in rows)
    compared = said.total() - said[None]
    short_by = sum(row["short"] or 0 for row in rows)
    parts = [
        f"Lowest first. England: {spell.percent(england)}.",
        f"Of {many(compared, 'practice')} compared, {said['lower']} lower, {said['similar']}"
        f" similar, {said['higher']} higher by the 95 % interval (◂ lower, ▸ higher, in points)."
        if compared
        else "None has enough patients to be compared.",
        f"Those below England’s share lack {_patients(short_by)} to it." if short_by else "",
    ]
    return " ".join(filter(None, parts))


def _grid(asked: Question, root: str) -> Grid[Row]:
    columns: list[GridColumn[Row]] = [
        GridColumn("Practice", lambda row: _name(row, asked.year, root), names_row=True),
        GridColumn("Value", lambda row: spell.percent(row["value"]), cells=NUMBER),
        GridColumn("n of N", lambda row: _parts(row, asked, root), cells=NUMBER),
        GridColumn("95 % interval", interval_bar, cells={"class": "atlas-whisker"}),
        GridColumn(
            "Against England",
            lambda row: held_against(row, "england", "England"),
            cells=NUMBER | {"data-whom": "England"},
        ),
        GridColumn("Short by", _short_by, cells=NUMBER | {"data-whom": "short"}),
    ]
    caption = f"Practices in {asked.indicator}, {asked.year}, the lowest first"
    return Grid(
        columns, caption=caption, is_caption_heard=True, table={"class": "atlas-profile network"}
    )


def _name(row: Row, year: str, root: str) -> TagList:
    code = row["organisation_code"]
    href = f"{organisation('practice', code, root=root)}?year={year}"
    return TagList(tags.a(short(row["organisation_name"]) or code, href=href), f" {code}")


def _parts(row: Row, asked: Question, root: str) -> TagChild:
    if row["numerator"] is None:
        return "not reported"
    said = f"{spell.count(row['numerator'])} of {spell.count(row['denominator'])}"
    own = Question(asked.indicator, asked.year)
    return tags.a(said, href=receipt(own, "practice", row["organisation_code"], root=root))


def _short_by(row: Row) -> TagChild:
    """The patients that it lacks; a dash where it lacks none, nothing where nobody knows."""
    if row["value"] is None:
        return ""
    if not row["short"]:
        return "–"
    return TagList(_patients(row["short"]), tags.span(" short", class_="than"))


def _patients(number: int) -> str:
    return f"{number:,} {'patient' if number == 1 else 'patients'}"


def _marked(row: Row, own: str) -> Attributes:
    return {"aria-current": "true"} if row["organisation_code"] == own else {}
