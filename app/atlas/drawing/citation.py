"""How a view is cited, and what a file that leaves the page says of itself. Pure."""

from app.atlas.catalogue import Catalogue
from app.atlas.drawing.words import LEVEL_WORDS, is_demonstration, title_of
from app.draw.spell import day
from engine import Question
from engine.atlas.metrics.context_filters import KEEP, names
from engine.atlas.metrics.qof_measures import MEASURES
from engine.manifest import Manifest, ReleaseEntry

LICENCE = (
    "Contains information licensed under the Open Government Licence v3.0:"
    " https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"
)
LINK = "{link}"  # the browser knows its own address: app/www/taking.js


def kind(manifest: Manifest) -> str:
    """Whether the numbers are real."""
    if is_demonstration(manifest):
        return "Demonstration data: invented practices and numbers"
    return "Real data, as published"


def question_in_words(question: Question, catalogue: Catalogue, area: str) -> str:
    """The whole question in a sentence.

    Takes: what the area is called.
    """
    said = [
        title_of(question, catalogue),
        question.indicator,
        MEASURES[question.measure].label.lower(),
        f"{LEVEL_WORDS[question.level][1]} of {area}",
    ]
    if question.geography == "today":
        said.append("in today’s boundaries")
    return "; ".join(said)


def only(keep: str) -> str:
    """The filters of a question in words; empty where there is none.

    >>> only("large,deprived"), only("")
    ('Only: Lists of 10,000 and over; England’s most deprived fifth', '')
    """
    labels = [KEEP[name].label for name in names(keep)]
    return f"Only: {'; '.join(labels)}" if labels else ""


def citation(manifest: Manifest, said: str, *, year: str, today: str, link: str) -> str:
    """The line to cite.

    Takes:  the question in words; the day it is looked at (ISO); the link that opens it again.
    """
    publisher, name, when = "NHS England", "Quality and Outcomes Framework", ""
    if release := release_of(manifest, year):
        publisher, name = release["publisher"], release["name"]
        when = day(release["published_on"])
    published = f", published {when}" if when else ""
    # First, where whoever shortens a citation cuts last.
    invented = "Invented data (demonstration) in the form of: " * is_demonstration(manifest)
    return (
        f"{invented}{publisher}, {name}, {year}{published}. {said}."
        f" Care Atlas, snapshot {manifest['id']}, seen on {day(today)}. {link}"
    )


def release_of(manifest: Manifest, year: str) -> ReleaseEntry | None:
    """The QOF release of a year; the newest revision, where there are several."""
    ours = [r for r in manifest["releases"] if (r["source"], r["period"]) == ("qof", year)]
    return max(ours, key=lambda release: release["revision"], default=None)


def made_of(manifest: Manifest, year: str) -> list[str]:
    """The releases that a year's numbers and what stands beside them come from.

    Gives: a line a publication, with its periods and the days they were published; the year's QOF
           first.
    """
    periods: dict[str, list[str]] = {}
    # Context is joined by its own days: any of its releases may stand beside the year.
    used = [r for r in manifest["releases"] if r["source"] != "qof" or r["period"] == year]
    for release in sorted(used, key=lambda r: (r["source"] != "qof", r["name"], r["period"])):
        name = f"{release['name']}, {release['publisher']}"
        when = day(release["published_on"])
        periods.setdefault(name, []).append(release["period"] + (f" ({when})" if when else ""))
    return [f"{name}: {', '.join(said)}{_unknown(said)}" for name, said in periods.items()]


def _unknown(said: list[str]) -> str:
    """A word on releases without a day of publication, once for all of them."""
    return "" if any("(" in period for period in said) else " (day of publication not known)"
