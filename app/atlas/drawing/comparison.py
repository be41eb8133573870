"""Two organisations beside each other: the form that asks, the sentence, the table. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from htmltools import HTML, Tag, TagChild, TagList, tags

from app.atlas.drawing import words
from app.atlas.drawing.context_words import figure
from app.atlas.drawing.links import measure_in_link, on_the_map, organisation, receipt_address
from app.atlas.drawing.organisation_profile import AGAINST, BY_CONDITION, TOPS, conditions
from app.atlas.drawing.year_change import points_moved
from app.atlas.row import Row, Rows
from app.draw import spell
from app.draw.grid import NUMBER, Grid, GridColumn, draw
from engine.atlas.metrics.context_measures import CONTEXT
from engine.atlas.metrics.qof_measures import LISTED, MEASURES

KEY = ("aged_65_and_over", "deprivation", "gps_per_10_000", "cqc_rating", "registers_per_100")
CLASSES = {"one": "atlas-side-one", "other": "atlas-side-other"}


@dataclass(frozen=True)
class Side:
    """One of the two: `area` as a question has it, its level (or `group`), code and short name."""

    area: str
    level: str
    code: str
    name: str

    @property
    def as_typed(self) -> str:
        """What a box holds, so that it is found again."""
        if self.level in words.LEVEL_WORDS:
            # The search finds it again by its code, whatever others are called so.
            return f"{self.name} ({self.code})"
        return self.name if self.level == "england" else self.area


def address(one: str, other: str = "", *, root: str = "", **asked: str) -> str:
    """The comparison of two areas; what is empty is left out.

    >>> address("icb:QOP", "england:ENG", year="2025-26", geography="")
    'compare?one=icb:QOP&other=england&year=2025-26'
    """
    said = {"one": one, "other": other, **asked}
    kept = {name: "england" if v == "england:ENG" else v for name, v in said.items() if v}
    return f"{root}compare?{urlencode(kept, safe=':')}"


def hold_form(one: Side, ways: list[Side], *, year: str, root: str) -> TagList:
    """On an organisation's own page: a box for another one, and the likeliest as links."""
    return TagList(
        tags.form(
            *_kept(one=one.area, year=year),
            tags.label(
                "Hold against another ",
                *_box("other", "", placeholder="Practice, PCN, board, code or place", root=root),
            ),
            " ",
            tags.button("Compare", type="submit"),
            action=f"{root}compare",
            class_="atlas-hold",
        ),
        ways_to(one, ways, year=year, root=root),
        *scripted(root),
    )


def ways_to(one: Side, ways: list[Side], *, root: str = "", **asked: str) -> Tag | None:
    """Whom somebody is likely to hold it against, as links."""
    if not ways:
        return None
    links = [tags.a(w.name, href=address(one.area, w.area, root=root, **asked)) for w in ways]
    return tags.p("Against: ", *parted(links), class_="atlas-ways")


def parted(links: Sequence[Tag]) -> Sequence[TagChild]:
    """Links in a line, a dot between them."""
    return [part for link in links for part in (" · ", link)][1:]


def compare_form(
    one: str, other: str, *, years: list[str], year: str, geography: str, snapshot: str
) -> TagList:
    """On the comparison's page: both boxes, the year and whose boundaries."""
    boundaries = {"": "Of each year", "today": "Today’s"}
    return TagList(
        tags.form(
            tags.label("One ", *_box("one", one)),
            tags.label("Against ", *_box("other", other)),
            _select("Year ", "year", {y: y for y in reversed(years)}, year) if years else None,
            _select("Boundaries ", "geography", boundaries, geography),
            *_kept(snapshot=snapshot, year="" if years else year),
            tags.button("Compare", type="submit"),
            action="compare",
            class_="atlas-hold",
        ),
        *scripted(""),
    )


def scripted(root: str) -> tuple[Tag, Tag]:
    """What the forms and the table need beside the sheet of every plain page."""
    return (
        tags.link(rel="stylesheet", href=f"{root}compare.css"),
        tags.script(src=f"{root}compare.js", type="module"),
    )


def in_short(rows: Rows, one: str, other: str) -> str:
    """How many indicators, and registers, are lower, similar and higher, and what chance would do.

    >>> rows = [{"measure": "net", "verdict": v} for v in ("lower", "similar", "lower", None)]
    >>> in_short(rows[:3], "Kent", "Sussex").partition(". ")[0]
    'Of 3 indicators compared, 2 lower in Kent than in Sussex, 1 similar, 0 higher'
    """
    said: list[str] = []
    for metric in reversed(LISTED):
        count, what = (
            Counter[str | None](r["verdict"] for r in rows if r["measure"] == metric.name),
            metric.item,
        )
        if compared := count.total() - count[None]:
            than = f" in {one} than in {other}" if not said else ""
            many = what if compared == 1 else f"{what}s"
            said.append(
                f"of {compared} {many} compared, {count['lower']} lower{than},"
                f" {count['similar']} similar, {count['higher']} higher"
            )
    text = "; ".join(said)
    sentences = [f"{text[:1].upper()}{text[1:]}. About one in twenty would differ by chance alone."]
    if left := sum(row["verdict"] is None for row in rows):
        sentences.append(
            f"{left} not compared: fewer than 10 patients in either, or only one of them has it."
        )
    return " ".join(sentences if said else sentences[1:])


def beside(
    sides: tuple[Side, Side],
    names: tuple[str, str],
    facts: tuple[Row, Row],
    around: tuple[Row, Row],
) -> Tag:
    """What each is: its link, practices and patients, and what is known of its surroundings."""
    what = [
        _what(side) + ("; here with the other in it" if name != side.name else "")
        for side, name in zip(sides, names, strict=True)
    ]
    lines: list[tuple[str, str, list[str]]] = [
        ("What it is", "", what),
        ("Practices", "", [f"{fact['practices']:,}" for fact in facts]),
        ("Patients on their lists", "", [spell.count(fact["list_size"]) for fact in facts]),
    ]
    for name in KEY:
        if any(row.get(name) is not None for row in around):
            measure = CONTEXT[name]
            said = [figure(row.get(name), measure) for row in around]
            lines.append((measure.label, f"{measure.why} {measure.caveats}", said))
    columns: list[GridColumn[tuple[str, str, list[str]]]] = [
        GridColumn(None, lambda line: line[0], names_row=True, title=lambda line: line[1]),
        GridColumn(_linked(sides[0]), lambda line: line[2][0]),
        GridColumn(_linked(sides[1]), lambda line: line[2][1]),
    ]
    return draw(Grid(columns, table={"class": "atlas-beside"}), lines)


def table(
    rows: Rows,
    sides: tuple[Side, Side],
    names: tuple[str, str],
    *,
    year: str,
    geography: str,
    snapshot: str,
) -> TagList:
    """One table, by condition: both figures, the difference, and what it says of the first.

    Takes:  rows of `engine.atlas.compare_pair.apart`; the two and what each is called (one may be
            the rest of itself); what a receipt must name to be of these very figures.
    """
    asked = {"year": year, "geography": geography, "snapshot": snapshot}
    grid = Grid(_columns(sides, names, asked), table={"class": "atlas-apart"})
    return TagList(conditions(rows), draw(grid, rows, groups=BY_CONDITION))


def _columns(sides: tuple[Side, Side], names: tuple[str, str], asked: Row) -> list[GridColumn[Row]]:
    one, other = (name[:1].upper() + name[1:] for name in names)

    def figure(at: int, heading: str) -> GridColumn[Row]:
        name, side, called = tuple(CLASSES)[at], sides[at], names[at]
        cells = NUMBER | {"data-said": called}
        return GridColumn(heading, lambda row: _figure(row, name, side, called, asked), cells=cells)

    return [
        GridColumn("Indicator", lambda row: _indicator(row, sides[0], asked), names_row=True),
        figure(0, one),
        figure(1, other),
        GridColumn("Intervals", lambda row: _picture(row, names), cells={"class": "atlas-whisker"}),
        GridColumn("Difference, points", _difference, cells=NUMBER | {"data-said": "Difference"}),
        GridColumn(f"{one} is", lambda row: AGAINST[row["verdict"]], cells=NUMBER),
    ]


def _indicator(row: Row, side: Side, asked: Row) -> TagList:
    view = {"indicator": row["indicator_code"], "year": asked["year"]}
    view["measure"] = measure_in_link(row["measure"])
    return TagList(
        tags.a(row["indicator_code"], href=on_the_map(**view, **_on_map(side, asked))),
        f" {row['description'] or ''} ",
        tags.small(f"{MEASURES[row['measure']].which_way}."),
    )


def _difference(row: Row) -> TagList:
    span = _span(row["difference_low"], row["difference_high"])
    return TagList(points_moved(row["difference"]), tags.small(span))


def _figure(row: Row, name: str, side: Side, called: str, asked: Row) -> TagChild:
    """A value over its n of N, which opens its receipt: of the whole, where it is the rest."""
    if row[f"value_{name}"] is None:
        return "not reported"
    parts = (spell.count(row[f"{part}_{name}"]) for part in ("numerator", "denominator"))
    # The rest of an area is nobody whom a receipt could be asked of.
    is_rest = called != side.name
    title = "Where this number comes from"
    if is_rest:
        title = f"The whole of {side.name}, from which the other is taken away here"
    link = tags.a(" of ".join(parts), href=_receipt(row, side, asked), title=title)
    return TagList(spell.percent(row[f"value_{name}"]), tags.small(link))


def _receipt(row: Row, side: Side, asked: Row) -> str:
    """A group's own is England's over its practices alone."""
    is_group = side.level == "group"
    return receipt_address(
        organisation="ENG" if is_group else side.code,
        indicator=row["indicator_code"],
        year=asked["year"],
        level="england" if is_group else side.level,
        measure=row["measure"],
        area=side.area if is_group else "",
        geography=asked["geography"],
        snapshot=asked["snapshot"],
    )


def _on_map(side: Side, asked: Row) -> dict[str, str]:
    kept = {"geography": asked["geography"]}
    if side.level == "group":
        return kept | {"area": side.area}
    return kept | ({"level": side.level, "selected": side.code} if side.level != "england" else {})


def _picture(row: Row, names: tuple[str, str]) -> Tag | str:
    """Both intervals on one line from 0 to a round end that holds them, the first above."""
    ends = [row[f"value_{end}_{name}"] for name in CLASSES for end in ("low", "high")]
    if None in ends:
        return "–"
    top = next(top for top in TOPS if top >= max(ends))
    bars = []
    for place, name in enumerate(CLASSES):
        low, high = (row[f"value_{end}_{name}"] / top * 100 for end in ("low", "high"))
        bars.append(
            f'<rect class="{CLASSES[name]}" x="{low:.1f}" y="{1 + 7 * place}"'
            f' width="{max(high - low, 1):.1f}" height="5"/>'
        )
    spans = (
        f"{called}: {spell.span(row[f'value_low_{name}'], row[f'value_high_{name}'])}"
        for called, name in zip(names, CLASSES, strict=True)
    )
    return tags.svg(
        Tag("title", f"{'; '.join(spans)}; on a line from 0 to {top} %"),
        HTML("".join(bars)),
        viewBox="0 0 101 14",
        preserveAspectRatio="none",
        role="img",
        class_="atlas-interval",
    )


def _span(low: float | None, high: float | None) -> str:
    return "" if low is None else f"{points_moved(low)} to {points_moved(high)}"


def _what(side: Side) -> str:
    if side.level in words.LEVEL_WORDS:
        one = words.LEVEL_WORDS[side.level][0]
        return f"{one[:1].upper()}{one[1:]}, {side.code}"
    return "All practices" if side.level == "england" else "Practices that somebody listed"


def _linked(side: Side) -> Tag:
    if side.level in words.LEVEL_WORDS:
        return tags.a(side.name, href=organisation(side.level, side.code))
    area = "" if side.level == "england" else side.area
    return tags.a(side.name, href=on_the_map(area=area))


def _box(name: str, value: str, *, placeholder: str = "", root: str = "") -> tuple[Tag, Tag]:
    """A box whose list app/www/compare.js fills from the search while somebody types."""
    place = f"hold_{name}"
    box = tags.input(
        name=name,
        value=value,
        placeholder=placeholder or None,
        list=place,
        autocomplete="off",
        required="",
        data_root=root,
    )
    return box, tags.datalist(id=place)


def _kept(**values: str) -> list[Tag]:
    hidden = {name: value for name, value in values.items() if value}
    return [tags.input(type="hidden", name=name, value=hidden[name]) for name in hidden]


def _select(label: str, name: str, options: dict[str, str], chosen: str) -> Tag:
    drawn = (
        tags.option(said, value=value, selected="" if value == chosen else None)
        for value, said in options.items()
    )
    return tags.label(label, tags.select(*drawn, name=name))
