"""The brief of an area: what app/atlas/brief_data.py collected, as a document. Pure."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import polars as pl

from app.atlas.drawing import citation, context_words
from app.atlas.drawing.brief_land import in_words
from app.atlas.drawing.brief_pictures import histogram, points
from app.atlas.drawing.brief_sentences import nothing_before, sentences
from app.atlas.drawing.brief_trend import in_words as in_years
from app.atlas.drawing.brief_trend import years
from app.atlas.drawing.context_words import figure, inside
from app.atlas.drawing.words import (
    LEVEL_WORDS,
    against,
    coded,
    is_demonstration,
    many,
    short,
    title_of,
)
from app.atlas.drawing.year_change import points_moved, reasons
from app.atlas.row import Row
from app.atlas.view import UNREPORTED
from app.draw.document import Beside, Block, Document, Figures, Picture, Section, TextTable, Words
from app.draw.extent import total
from app.draw.spell import count, day, percent, span
from engine.atlas.comparability import NOTES, SUCCESSIONS, disturbed
from engine.atlas.metrics.context_measures import CONTEXT
from engine.atlas.metrics.qof_measures import MEASURES

if TYPE_CHECKING:
    from app.atlas.brief_data import Brief

MOST_PRACTICES, MOVERS, HOLDERS = 500, 5, 10
PARTS, FEWER = 10, 3  # of the edition of two pages
FEW = "few patients"
COVERED = 0.95


def document(
    brief: "Brief", *, today: str, link: str, notes: Sequence[str] = (), is_full: bool = True
) -> Document:
    """The brief: two pages to take into a meeting, or everything.

    Takes:  what was collected; the day (ISO); the link that opens the same on the page; what had
            to be changed about the question, in sentences; whether every practice is wanted, and
            every organisation of its parts.
    """
    asked, manifest = brief.now.question, brief.now.lake.manifest
    return Document(
        title=" · ".join(filter(None, (short(brief.name), citation.only(asked.keep)))),
        subtitle=f"{title_of(asked, brief.catalogue)}. {asked.indicator}, {_measure(brief)}."
        + (" In today’s boundaries." if asked.geography == "today" else ""),
        kind=citation.kind(manifest),
        is_invented=is_demonstration(manifest),
        bands=len(brief.now.band_words),
        ramp=context_words.ramp("", asked.measure),
        sections=[
            Section("In short", [*map(Words, notes), *_in_short(brief)]),
            Section("Where, and how they spread", _where(brief)),
            *_parts(brief, most=None if is_full else PARTS),
            Section("What moved", _moved(brief, most=MOVERS if is_full else FEWER)),
            Section("Who holds the gap", _gap(brief, most=HOLDERS if is_full else FEWER)),
            Section("What surrounds it", _context(brief)),
            *(_practices(brief) if is_full else ()),
            Section("Where this comes from", _made_of(brief, today, link, is_full=is_full)),
        ],
    )


def _measure(brief: "Brief") -> str:
    metric = MEASURES[brief.now.question.measure]
    label = metric.label[0].lower() + metric.label[1:]
    return f"{label}. {metric.which_way}"


# In short


def _in_short(brief: "Brief") -> list[Block]:
    now = brief.now
    here, england, metric = now.summary, now.england, MEASURES[now.question.measure]
    who = _kept(brief)
    if not here["reported"]:
        said = f"No practice of {short(brief.name)} reported this in {now.question.year}."
        return [Words(f"{said} Choose another year, indicator or area.", strong=True), *who]
    is_england = not brief.view.area and not now.question.keep
    is_some = bool(now.question.keep)
    whose = "These practices" if is_some else short(brief.name)
    own = () if is_england else ((whose, percent(here["value"]), _of(here)),)
    middle = span(here["lower_quartile"], here["upper_quartile"])
    rows = (
        *own,
        ("England", percent(england["value"]), _of(england)),
        (
            f"Middle half of {'these' if is_some else 'its'} practices",
            middle or "–",
            f"median {percent(here['median'])}",
        ),
    )
    reported = (
        f"{here['reported']:,} of {many(here['organisations'], 'practice')} reported."
        f" {metric.caveats}"
    )
    year = disturbed(now.question)
    noted = [Words(f"{now.question.year}: {year}")] if year else []
    first = [Words(said, strong=True) for said in sentences(brief)]
    return [*first, *noted, *who, Figures(rows), Words(reported)]


def _kept(brief: "Brief") -> list[Words]:
    """Who is kept by the filters, where there are any."""
    now = brief.now
    said = citation.only(now.question.keep)
    if not said:
        return []
    left = f"; {now.unknown:,} left out, for their context is not known" if now.unknown else ""
    who = f"{many(now.here.height, 'practice')} of {short(brief.name)}{left}"
    return [Words(f"{said}: {who}. England’s figures are those of everybody.")]


def _of(row: Row) -> str:
    parts = f"{count(row['numerator'])} of {count(row['denominator'])}"
    interval = span(row["value_low"], row["value_high"])
    return f"{interval} · {parts}" if interval else parts


# The map and the distribution


def _where(brief: "Brief") -> list[Block]:
    now = brief.now
    rows = now.here.filter(pl.col("latitude").is_not_null())
    missing = now.here.height - rows.height
    unplaced = f" Not drawn, for their place is not known: {missing:,}."
    words = f"Each dot is a practice of {short(brief.name)}, in the colour of its band."
    by_band = dict(now.here.group_by("band").len().rows())
    known = [by_band.get(band, 0) for band in range(len(now.band_words))]
    bands = TextTable(
        "Practices by band",
        ("Band", "Practices"),
        [(said, f"{number:,}") for said, number in zip(now.band_words, known, strict=True)]
        + [("no value", f"{by_band.get(None, 0):,}")],
        bands=[*range(len(known)), None],
    )
    if not rows.height:
        return [bands]
    return [
        Beside(
            Picture(lambda paint: points(rows, paint, brief.lines), f"Map. {words}"),
            bands,
        ),
        Words(f"{words} {in_words(brief.lines)}".rstrip() + (unplaced if missing else "")),
        Picture(
            lambda paint: histogram(now, paint),
            f"Histogram of practices by value, from 0 to {now.top} %; England at"
            f" {percent(now.england['value'])}.",
        ),
    ]


# Its organisations


def _parts(brief: "Brief", *, most: int | None) -> list[Section]:
    if not brief.parts:
        return []
    level = brief.parts.question.level
    rows = brief.parts.here.sort("value", nulls_last=True)
    cut = most is not None and rows.height > most
    name = LEVEL_WORDS[level][1]
    caption = (
        f"{name[0].upper()}{name[1:]}, by value, low to high. The colours are fifths of these"
        " values."
    )
    if most is not None and cut:
        known = rows.filter(pl.col("value").is_not_null())
        caption += f" The {most // 2} lowest and the {most // 2} highest of {known.height:,}."
        rows = pl.concat([known.head(most // 2), known.tail(most // 2)])
    if brief.now.question.keep:
        caption += " All their practices are counted, also those that “Show only” leaves out."
    table = _organisations(rows, brief.now.england["value"], caption, one=LEVEL_WORDS[level][0])
    same = len(brief.parts.band_words) == len(brief.now.band_words)
    bands = rows["band"].to_list() if same else ()
    return [Section(f"Its {name}", [TextTable(**{**vars(table), "bands": bands})])]


def _practices(brief: "Brief") -> list[Section]:
    rows = brief.now.here.sort("small", "value", nulls_last=True)
    if rows.height > MOST_PRACTICES:
        said = f"{many(rows.height, 'practice')} are too many for a page: the map's own page has"
        return [
            Section("Its practices", [Words(f"{said} them all, to sort, search and take away.")])
        ]
    kept = f"{said}. " if (said := citation.only(brief.now.question.keep)) else ""
    has_few = MEASURES[brief.now.question.measure].interval
    last = f"{'with fewer than 10 patients and those ' if has_few else ''}without a value last."
    caption = f"{kept}Practices, by value, low to high; those {last}"
    table = _organisations(rows, brief.now.england["value"], caption)
    return [
        Section("Its practices", [TextTable(**{**vars(table), "bands": rows["band"].to_list()})])
    ]


def _organisations(
    rows: pl.DataFrame, england: float | None, caption: str, *, one: str = "practice"
) -> TextTable:
    head = (one[0].upper() + one[1:], "Value", "95 % interval", "n of N", "PCAs", "Against England")
    words = {"few": FEW, "": "–"}
    return TextTable(
        caption,
        head,
        [
            (
                coded(row),
                percent(row["value"]),
                span(row["value_low"], row["value_high"]) or "–",
                _fraction(row),
                count(row["pcas"]),
                words.get(said := against(row, england), said),
            )
            for row in rows.iter_rows(named=True)
        ],
    )


def _fraction(row: Row) -> str:
    if row["numerator"] is None or row["denominator"] is None:
        return "not reported"
    return f"{count(row['numerator'])} of {count(row['denominator'])}"


def _years(brief: "Brief") -> list[Block]:
    rows = brief.past.to_dicts()
    if sum(row["value"] is not None for row in rows) < 2:
        return []
    is_area = bool(brief.view.area)
    names = (short(brief.name), short(brief.above), "England" if is_area else "")
    said = in_years(rows, names)
    return [Picture(lambda paint: years(rows, names, paint), said)]


# What moved


def _moved(brief: "Brief", *, most: int) -> list[Block]:
    return [*_years(brief), *_between(brief, most=most)]


def _between(brief: "Brief", *, most: int) -> list[Block]:
    year = brief.now.question.year
    if not brief.before:
        follows = [s for s in SUCCESSIONS if s.after == brief.now.question.indicator]
        linked = "".join(f" It follows {s.before}, linked with a break: {s.why}." for s in follows)
        return [Words(f"{nothing_before(brief)}{linked}")]
    first, last = sorted((brief.before, year))
    if brief.moved is None:
        return [Words(f"{first} and {last} cannot be compared. {reasons(brief.broken)}.")]
    notes = [f"{when}: {NOTES[when]}" for when in (first, last) if when in NOTES]
    # Of few patients a change says nothing; they would lead every list.
    known = brief.moved.filter(pl.col("change_low").is_not_null() & ~pl.col("small"))
    if not known.height:
        said = f"No practice has a value with an interval in both {first} and {last}."
        return [*map(Words, notes), Words(said)]
    up = known.filter(pl.col("change_low") > 0).sort("change", descending=True)
    down = known.filter(pl.col("change_high") < 0).sort("change")
    said = (
        f"From {first} to {last}, {up.height:,} of {many(known.height, 'practice')} rose and"
        f" {down.height:,} fell by more than their intervals allow; of practices that did not"
        " move, about 1 in 20 would seem to."
    )
    head = ("Practice", first, last, "Change, points", "95 % interval")
    tables = [
        TextTable(f"Practices that {words} most", head, _movers(rows.head(most)))
        for words, rows in (("rose", up), ("fell", down))
        if rows.height
    ]
    return [*map(Words, notes), Words(said), *tables]


def _movers(rows: pl.DataFrame) -> list[tuple[str, ...]]:
    return [
        (
            coded(row),
            percent(row["value_before"]),
            percent(row["value_after"]),
            points_moved(row["change"]),
            f"{points_moved(row['change_low'])} to {points_moved(row['change_high'])}",
        )
        for row in rows.iter_rows(named=True)
    ]


# Who holds the gap


def _gap(brief: "Brief", *, most: int) -> list[Block]:
    gap, metric = brief.gap, MEASURES[brief.now.question.measure]
    if gap is None:
        return [Words(f"“{metric.label}” has no gap in patients.")]
    if gap.percent is None or not gap.practices:
        return [Words("No practice has a value, so there is no gap to share out.")]
    target = f"{gap.target}, {percent(gap.percent)}"
    if not gap.rows.height:
        return [Words(f"No practice is under {target}: there is no gap.")]
    patients = total(gap.rows["shortfall"])
    hold = "holds" if gap.half == 1 else "hold"
    said = (
        f"{many(gap.half, 'practice')} {hold} half of the gap of {count(patients)} patients to"
        f" {target}. {gap.rows.height:,} of {many(gap.practices, 'practice')} are under it."
    )
    rows = [
        (
            coded(row),
            percent(row["value"]),
            count(row["shortfall"]),
            f"{row['cumulative_percent']:.0f} %",
        )
        for row in gap.rows.head(most).iter_rows(named=True)
    ]
    head = ("Practice", "Value", "More patients", "Running share")
    caption = f"The {len(rows)} with the largest parts: patients who would bring each to the target"
    return [Words(said, strong=True), TextTable(caption, head, rows)]


# What surrounds it, and where it comes from


def _context(brief: "Brief") -> list[Block]:
    if brief.context is None:
        return [Words("Context is known of published organisations, not of a group of one's own.")]
    own, england = brief.context
    measures = [m for m in CONTEXT.values() if own.get(m.name) is not None]
    if not measures:
        return [Words("Nothing that surrounds it is loaded for this year.")]
    # A brief of England would say each figure twice.
    columns = [own, england] if brief.view.area else [england]
    rows = [
        (m.label, *(figure(each[m.name], m) for each in columns), _as_of(own, m.name))
        for m in measures
    ]
    names = (short(brief.name), "England")[-len(columns) :]
    whose = f"Context of all of {short(brief.name)}, whatever “Show only” says"
    caption = whose if brief.now.question.keep else "Context"
    return [TextTable(caption, ("Measure", *names, "As of"), rows)]


def _as_of(own: Row, name: str) -> str:
    known = own[f"{name}_coverage"]
    partly = f", known for {known:.0%}" if known is not None and known < COVERED else ""
    return day(own[f"{name}_as_of"].isoformat()) + partly


def _made_of(brief: "Brief", today: str, link: str, *, is_full: bool) -> list[Block]:
    asked, manifest = brief.now.question, brief.now.lake.manifest
    said = citation.question_in_words(asked, brief.catalogue, brief.name)
    return [
        Words(f"{citation.kind(manifest)}. A value is {MEASURES[asked.measure].formula}."),
        *map(Words, _left_aside(brief)),
        Words(f"{_releases(brief, is_full=is_full)}."),
        Words(f"Snapshot {manifest['id']}, sealed {day(manifest['sealed_at'])}."),
        Words(
            "Intervals are 95 % (Wilson). Practice figures are no league table: chance alone moves"
            " small ones a long way. Care Atlas is not an NHS product."
        ),
        Words(citation.LICENCE),
        Words(
            "Cite as: " + citation.citation(manifest, said, year=asked.year, today=today, link=link)
        ),
    ]


def _releases(brief: "Brief", *, is_full: bool) -> str:
    """The publications; on two pages the year's own, and how many others there are."""
    first, *others = citation.made_of(brief.now.lake.manifest, brief.now.question.year) or [""]
    if is_full or not others:
        return "; ".join((first, *others))
    return f"{first}; and {len(others)} others, which the edition with every practice names"


def _left_aside(brief: "Brief") -> list[str]:
    """What the page shows that plays no part in a brief: a sentence, if there is anything."""
    view = brief.view
    said = [
        f"the dots are coloured by {inside(CONTEXT[view.colour].label)}" if view.colour else "",
        "some bands are not ticked" if view.hidden - {UNREPORTED} else "",
        f"the table is searched for “{view.find}”" if view.find else "",
    ]
    there = ", ".join(filter(None, said))
    return [f"On the page {there}: that plays no part here."] if there else []
