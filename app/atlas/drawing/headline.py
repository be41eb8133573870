"""Title, boxes, footer and the refresh's note. Pure: values in, tags out."""

from collections.abc import Iterable, Sequence
from typing import Any

from htmltools import Tag, TagChild, TagList, tags

from app.atlas.drawing import words
from app.atlas.drawing.links import receipt
from app.atlas.row import Figure, Row, Summary
from app.draw import spell
from app.draw.badge import badge
from engine import Question
from engine.atlas.metrics.context_filters import applying
from engine.atlas.publications import page_of
from engine.manifest import Manifest
from engine.metric import Metric

QOF_NAME = "Quality and Outcomes Framework"


def title(title: str, said: Iterable[str]) -> TagList:
    """What the map is of, and what cannot be drawn."""
    line = " ".join(filter(None, said))
    # Long words are clipped on the page: the whole of them is said on hover.
    return TagList(tags.h1(title, title=title), tags.p(line, title=line))


def year_note(noted: Sequence[str]) -> TagList | Tag:
    """What was out of order in each year that is shown, in a sentence each; all of it on hover."""
    # There is room for one sentence over the map.
    first = (f"{one.partition('. ')[0].rstrip('.')}." for one in noted)
    return tags.span(" ".join(first), title=" ".join(noted)) if noted else TagList()


def notes(said: list[TagChild]) -> TagList:
    """What had to be changed about the question, a sentence (maybe with links) each."""
    return TagList(*(tags.p(note, class_="atlas-note") for note in said))


def spoken(question: Question, title: str, *, england: Figure, here: Summary) -> str:
    """The answer in one sentence, for those who hear the page."""
    many = words.LEVEL_WORDS[question.level][1]
    area = f", this area {spell.percent(here['value'])}" if question.area else ""
    return (
        f"{title}, {many}: {here['reported']:,} shown{area},"
        f" England {spell.percent(england['value'])}."
    )


def question_in_words(question: Question) -> str:
    """The question in a line, for a phone's summary."""
    return f"{question.indicator} · {question.year} · {words.LEVEL_WORDS[question.level][1]}"


def boxes(
    question: Question,
    *,
    area: str,
    england: Figure,
    here: Summary,
    picked: Row | None,
) -> Tag:
    """England, what is selected (an organisation, an area, or all that is shown), the spread.

    Takes: what the area is called; the sums of England and of what is shown, as the engine's
           `summary` gives them; the row of what is selected.
    """
    # A group is held against England and against one of its own: all three stay in sight.
    is_group = question.within.is_group
    return tags.dl(
        _box(
            "England",
            spell.percent(england["value"]),
            _parts(england),
            " · ",
            _receipt(question, "england", "ENG"),
        ),
        _selection(question, here, picked) or _area(question, here, area, england),
        _area(question, here, area, england) if is_group and picked else _spread(here),
        class_="atlas-boxes",
    )


def strip(picked: Row) -> Tag:
    """What is selected, in a line under a phone's map; it opens the card of it."""
    name = words.short(picked["organisation_name"]) or picked["organisation_code"]
    return tags.button(
        tags.span(name),
        " ",
        tags.strong(spell.percent(picked["value"])),
        " ",
        tags.small(_of(picked)),
        type="button",
        data_opens="one",
        class_="atlas-picked-line",
    )


def about_indicator(metric: Metric, row: Row, year: str) -> TagList:
    """What the indicator and the measure mean, and why the series breaks, beside the controls."""
    reason = row.get("break_reason")
    said = [
        row.get("definition"),
        f"{metric.why} {metric.caveats}",
        f"{year}: {reason}." if reason else None,
    ]
    return TagList(*(tags.p(text, class_="atlas-help") for text in said if text))


def footer(manifest: Manifest, sources: Iterable[str]) -> Tag:
    """What the data is: demonstration or real, releases, snapshot."""
    return tags.footer(
        badge(words.is_demonstration(manifest)),
        # On a phone it is one line, until this is pressed.
        tags.button("Sources", type="button", aria_expanded="false", class_="atlas-unfold"),
        *(_source(said, words.is_demonstration(manifest)) for said in sources),
        tags.a("How these numbers are made", href="about"),
        class_="atlas-footer",
    )


def _source(said: str, is_invented: bool) -> Tag:
    """What the numbers are made of; a real publication leads to its publisher's page."""
    page = None if is_invented or not said.startswith(QOF_NAME) else page_of("qof")
    return tags.span(tags.a(said, href=page) if page else said)


def refresh_note(said: dict[str, Any] | None) -> TagChild:
    """How the refresh goes, while it does; that it failed, if it did."""
    if said is None or said["state"] == "done":
        return None
    if said["state"] == "running":
        done, total = said.get("done", 0), said.get("total") or 1
        return tags.div(
            tags.progress(value=str(done), max=str(total), aria_label="Refresh"),
            tags.span(f"{_ahead(said)}: {said.get('step', 'starting')}. You can go on."),
            class_="atlas-refresh",
            role="status",
        )
    return tags.div(
        tags.span(f"The last refresh did not succeed: {said['message']}."),
        class_="atlas-refresh atlas-refresh-failed",
        role="status",
    )


def _ahead(said: dict[str, Any]) -> str:
    if said.get("demonstration"):
        return "The rest of the demonstration is on its way"
    return "Looking for newer data"


def _selection(question: Question, here: Summary, picked: Row | None) -> Tag | None:
    """What is selected, else how many report; None where an area is shown as one."""
    if picked:
        return _box(
            words.short(picked["organisation_name"]),
            spell.percent(picked["value"]),
            _parts(picked),
            f" · {partly}" if (partly := words.partly(picked)) else "",
            " · ",
            _receipt(
                question,
                question.level,
                picked["organisation_code"],
                area=question.area if partly else "",
            ),
            class_="atlas-picked",
        )
    if question.area or applying(question.keep, question.level):
        return None
    whole = words.many(here["organisations"], question.level)
    return _box("Reported", f"{here['reported']:,}", f"of {whole}")


def _area(question: Question, here: Summary, area: str, england: Figure) -> Tag:
    """An area or a group as one: its sum over sum, against England, and of how many that report."""
    name = "This group" if question.within.is_group else words.short(area)
    if question.keep:
        name = "Shown"  # not all of it
    shown = words.many(here["reported"], question.level)
    said = (words.than_england(here, england["value"]), shown, _parts(here))
    return _box(name, spell.percent(here["value"]), " · ".join(filter(None, said)))


def _spread(here: Summary) -> Tag:
    low, high = here["lower_quartile"], here["upper_quartile"]
    middle = "–" if low is None else f"{low:.1f}–{high:.1f} %"
    return _box("Middle half", middle, f"median {spell.percent(here['median'])}")


def _parts(row: Row) -> str:
    """The interval where it is wider than the figure's one decimal, and n of N."""
    if not row.get("shown", True):
        return words.NOT_AMONG  # it may well have reported
    if row["numerator"] is None:
        return "not reported"
    low, high = row["value_low"], row["value_high"]
    # Of millions of patients the interval is the figure once more.
    is_wide = low is not None and spell.percent(low) != spell.percent(high)
    interval = spell.span(low, high) if is_wide else ""
    return f"{interval} · {_of(row)}" if interval else _of(row)


def _of(row: Row) -> str:
    if row["numerator"] is None:
        return "not reported"
    return f"{spell.count(row['numerator'])} of {spell.count(row['denominator'])}"


def _receipt(question: Question, level: str, code: str, *, area: str = "") -> Tag:
    """The way to where a number comes from: file, hash, published rows, formula."""
    address = receipt(question, level, code, area=area)
    return tags.a("receipt", href=address, title="The files and rows it is made of")


def _box(name: str, value: str, *more: TagChild, class_: str = "") -> Tag:
    return tags.div(
        tags.dt(name, title=name), tags.dd(value), tags.dd(tags.small(*more)), class_=class_
    )
