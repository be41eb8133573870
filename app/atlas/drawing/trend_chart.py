"""The trend of one organisation: a drawing, the words below it and the table behind it. Pure."""

from itertools import groupby
from operator import itemgetter

from htmltools import HTML, Tag, TagList, tags

from app.atlas.drawing.trend_lines import Shown, breaks, runs, svg
from app.atlas.drawing.words import LEVEL_WORDS, NUMERATOR_WORDS, many
from app.atlas.row import Row, Rows
from app.draw.grid import Grid, GridColumn, draw
from app.draw.spell import count, percent, span
from engine.atlas.metrics.qof_measures import MEASURES

FAN = "The grey fan is the deciles of all {several} with {enough}."
AREAS = {
    "published": "Every year is summed over the areas published for that year.",
    "today": "Every year is summed over today’s areas.",
}


def panel(shown: Shown) -> TagList:
    """The whole of the tab."""
    return TagList(
        tags.h2(shown.name),
        tags.p(tags.strong(said)) if (said := verdict(shown.rows)) else None,
        tags.p(_latest(shown)),
        HTML(svg(shown)),
        _reasons(shown),
        _links(shown.links),
        _table(shown),
        tags.p(
            f"{_whose_fan(shown)} {AREAS[shown.geography]}",
            class_="chart-note",
        ),
    )


def _whose_fan(shown: Shown) -> str:
    enough = MEASURES[shown.measure].words.enough
    return FAN.format(several=LEVEL_WORDS[shown.level][1], enough=enough)


def nothing(name: str, title: str) -> Tag:
    """Why there is no trend, and what to do about it."""
    return tags.p(
        f"Nothing was published of this measure for {name}: {title}. Choose another measure or"
        " indicator.",
        class_="atlas-empty",
    )


def verdict(rows: Rows) -> str:
    """Whether it rose or fell since the series began or last broke; empty without two such years.

    Takes: as `Shown.rows`. What chance may do is told by the intervals: those that lie apart say
           more than it would.
    """
    joined = runs(rows, "value")
    if not joined or len(joined[-1]) < 2:
        return ""
    first, last = joined[-1][0], joined[-1][-1]
    before, after = percent(first["value"]), percent(last["value"])
    if before == after:
        return f"At {after} in {last['year']} as in {first['year']}."
    verb = "Rose" if last["value"] > first["value"] else "Fell"
    said = f"{verb} from {before} in {first['year']} to {after} in {last['year']}"
    if first["value_low"] is None or last["value_low"] is None:
        return f"{said}."
    apart = last["value_low"] > first["value_high"] or last["value_high"] < first["value_low"]
    return f"{said}: {'more' if apart else 'no more'} than chance alone might do."


def _latest(shown: Shown) -> str:
    row = next((r for r in reversed(shown.rows) if r["value"] is not None), None)
    if row is None:
        return "It gave nothing for this measure in any year: England and the deciles are drawn."
    below = NUMERATOR_WORDS[shown.measure][1]
    interval = span(row["value_low"], row["value_high"])
    said = f"{row['year']}: {percent(row['value'])}" + (f" ({interval})" if interval else "")
    said += f", {count(row['numerator'])} of {count(row['denominator'])} {below}."
    others = [f"{shown.parent} {percent(row['parent_value'])}"] if shown.parent else []
    others += [] if shown.is_england else [f"England {percent(row['england_value'])}"]
    others += [f"middle {LEVEL_WORDS[shown.level][0]} {percent(row['p50'])}"]
    others[0] = others[0][0].upper() + others[0][1:]
    return f"{said} {', '.join(others)}."


def _reasons(shown: Shown) -> Tag | None:
    said = [
        f"Between {before} and {after} the series breaks: {why[0].lower()}{why[1:].rstrip('.')}."
        for before, after, why in breaks(shown.rows)
    ]
    for note, rows in groupby(
        [row for row in shown.rows if row["year_note"]], lambda row: row["year_note"]
    ):
        noted = list(rows)
        hatched = ", hatched" if noted[0]["protected"] else ""
        said.append(f"{', '.join(row['year'] for row in noted)}{hatched}: {note}")
    said += filter(None, (_moved(shown), _who_is_there(shown)))
    return tags.ul(*(tags.li(words) for words in said), class_="trend-reasons") if said else None


def _moved(shown: Shown) -> str:
    """That the parent is not the same in all years, where it is not."""
    codes = {row["parent_code"] for row in shown.rows if row["parent_code"]}
    if len(codes) < 2 or not shown.parent:
        return ""
    return f"It has belonged to {len(codes)} areas: the parent's line is that of each year's."


def _who_is_there(shown: Shown) -> str:
    """How many of a group's practices each year sums, where not all of them are there."""
    given = [(row["year"], row["practices"]) for row in shown.rows]
    if not shown.members or all(there == shown.members for _, there in given):
        return ""
    runs_ = [(there, [year for year, _ in some]) for there, some in groupby(given, itemgetter(1))]
    parts = (f"{there} in {_from_to(years)}" for there, years in runs_)
    return (
        f"Each year sums those of the {many(shown.members, 'practice')} that gave figures:"
        f" {', '.join(parts)}."
    )


def _from_to(years: list[str]) -> str:
    return years[0] if len(years) == 1 else f"{years[0]} to {years[-1]}"


def _links(links: list[tuple[str, str]]) -> Tag | None:
    if not links:
        return None
    return tags.div(
        tags.p("Linked, with a break: measured much the same, and not one series."),
        *(tags.button(words, type="button", data_asks=code) for code, words in links),
        class_="trend-links",
    )


def _table(shown: Shown) -> Tag:
    caption = f"{shown.name}: {shown.title}"
    grid = Grid(_columns(shown), caption=caption, table={"class": "chart-table"})
    drawn = draw(grid, shown.rows, row=lambda row: {"data-year": row["year"]})
    return tags.details(
        tags.summary("The numbers as a table"),
        tags.div(drawn, class_="trend-table"),
        class_="trend-numbers",
    )


def _columns(shown: Shown) -> list[GridColumn[Row]]:
    above, below = (words[0].upper() + words[1:] for words in NUMERATOR_WORDS[shown.measure])
    parent = GridColumn[Row](shown.parent, lambda row: percent(row["parent_value"]))
    england = GridColumn[Row]("England", lambda row: percent(row["england_value"]))
    return [
        GridColumn("Year", lambda row: TagList(row["year"], _break(row)), names_row=True),
        GridColumn("Value", _value),
        GridColumn(above, lambda row: count(row["numerator"])),
        GridColumn(below, lambda row: count(row["denominator"])),
        *([parent] if shown.parent else []),
        *([] if shown.is_england else [england]),
        GridColumn("Median", lambda row: percent(row["p50"])),
        GridColumn(
            "Deciles 1 to 9",
            lambda row: TagList(
                span(row["p10"], row["p90"]), tags.small(many(row["organisations"], shown.level))
            ),
        ),
    ]


def _break(row: Row) -> Tag | None:
    return tags.small("break in series before") if row["breaks_series"] else None


def _value(row: Row) -> TagList:
    return TagList(percent(row["value"]), tags.small(span(row["value_low"], row["value_high"])))
