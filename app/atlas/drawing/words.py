"""Questions, organisations and releases as people read them. Pure: values in, text out."""

from typing import Literal

import polars as pl

from app.atlas.catalogue import Catalogue
from app.atlas.row import Row
from app.draw.spell import day
from engine import Question
from engine.atlas.ask import SMALL
from engine.atlas.metrics.context_filters import KEEP, applying
from engine.atlas.metrics.qof_measures import MEASURES
from engine.atlas.wing import ATLAS
from engine.lake import is_invented
from engine.manifest import Manifest

TABLES = tuple(table.name for table in ATLAS.tables)
LEVEL_WORDS = {
    "practice": ("practice", "practices"),
    "pcn": ("PCN", "PCNs"),
    "sub_icb": ("sub-ICB location", "sub-ICB locations"),
    "icb": ("ICB", "ICBs"),
    "region": ("region", "regions"),
}
SHARES = {name: m.words.share for name, m in MEASURES.items()}
NUMERATOR_WORDS = {name: (m.words.numerator, m.words.denominator) for name, m in MEASURES.items()}
COUNTED = {name: m.words.counted for name, m in MEASURES.items()}
NOBODY = {name: m.words.nobody for name, m in MEASURES.items()}
# Of who is selected and lies elsewhere, or is filtered out: nobody has asked for its figure.
NOT_AMONG = "not among those shown"


Against = Literal["", "few", "lower", "similar", "higher"]
"""How an interval lies to another value; few: too few patients to say; empty: one is not known."""


def short(name: str | None) -> str:
    """A name without what every name of its kind has.

    >>> short("NHS Kent and Medway Integrated Care Board")
    'Kent and Medway ICB'
    """
    return (name or "").removeprefix("NHS ").replace("Integrated Care Board", "ICB")


def coded(row: Row) -> str:
    """A name with its code, unless it ends with that, as a sub-ICB location's does.

    >>> coded({"organisation_name": "NHS Kent ICB - 91Q", "organisation_code": "91Q"})
    'Kent ICB - 91Q'
    >>> coded({"organisation_name": "The Ash Surgery", "organisation_code": "A81001"})
    'The Ash Surgery (A81001)'
    """
    name, code = short(row["organisation_name"]), row["organisation_code"]
    return (name or code) if not name or name.endswith(code) else f"{name} ({code})"


def many(number: int, level: str) -> str:
    """So many organisations of a level.

    >>> many(1, "pcn"), many(6145, "practice")
    ('1 PCN', '6,145 practices')
    """
    one, more = LEVEL_WORDS[level]
    return f"{number:,} {one if number == 1 else more}"


def partly(row: Row) -> str:
    """How many of an organisation's practices lie in the area shown, where not all of them do.

    >>> partly({"inside": 2, "members": 4}), partly({"inside": 4, "members": 4}), partly({})
    ('2 of its 4 practices lie in this area', '', '')
    """
    inside, members = row.get("inside"), row.get("members")
    if inside is None or inside == members:
        return ""
    lie = "lies" if inside == 1 else "lie"
    return f"{inside:,} of its {members:,} practices {lie} in this area"


def against(row: Row, other: float | None) -> Against:
    """Whether an interval lies below, across or above another's value; nothing without either.

    >>> against({"value_low": 61.0, "value_high": 65.0, "denominator": 900}, 66.1)
    'lower'
    >>> against({"value_low": 30.0, "value_high": 99.0, "denominator": 8}, 66.1)
    'few'
    """
    if row["value_low"] is None or other is None:
        return ""
    # Of so few the interval is so wide that "similar" would say more than is known.
    if row["denominator"] < SMALL:
        return "few"
    if row["value_high"] < other:
        return "lower"
    return "higher" if row["value_low"] > other else "similar"


def than_england(row: Row, england: float | None) -> str:
    """The same in words.

    >>> than_england({"value_low": 61.0, "value_high": 67.0, "denominator": 900}, 66.1)
    'similar to England'
    """
    said = against(row, england)
    words = {"": "", "similar": "similar to England", "few": "not compared, for want of patients"}
    return words.get(said, f"{said} than England")


def far(kilometres: float | None, placed_by: str | None = None) -> str:
    """A distance, from a place that is known or from the middle of a part of a postcode.

    >>> far(0.84), far(0.84, "LS1 8TL"), far(0.84, "LS1 8"), far(3.9, "TS18"), far(None)
    ('0.8 km', '0.8 km', 'under 1 km', 'about 4 km', '')
    """
    if kilometres is None:
        return ""
    is_whole = placed_by is None or len(placed_by.partition(" ")[2]) == 3
    if is_whole:
        return f"{kilometres:.1f} km"
    return f"about {kilometres:.0f} km" if kilometres >= 1 else "under 1 km"


def title_of(question: Question, catalogue: Catalogue, *, when: str = "") -> str:
    """What is shown, in words: the condition, what is measured of it, when, and of whom only.

    Takes: what stands for the question's year, where more than that year is shown.
    """
    only = filters_of(question)
    year = when or question.year
    return f"{what_of(question, catalogue)}, {year}{f'; only: {only}' if only else ''}"


def what_of(question: Question, catalogue: Catalogue) -> str:
    """The condition and what is measured of it, as the question's year has them in words."""
    row = catalogue.in_year(question.indicator, question.year)
    return f"{row['group_name']}: {row['description']}" if row else question.indicator


def filters_of(question: Question) -> str:
    """Who alone is shown, in words; empty where that is everybody of the level.

    >>> filters_of(Question("HYP", "2022-23", "practice", "prevalence", keep="large,few_gps"))
    'Lists of 10,000 and over; Fewer than 4 GPs per 10,000'
    >>> filters_of(Question("HYP", "2022-23", "icb", "prevalence", keep="deprived"))
    ''
    """
    return "; ".join(KEEP[name].label for name in applying(question.keep, question.level))


def subtitle_of(question: Question) -> str:
    """What a dot is, what its number is, and which way is good."""
    one = LEVEL_WORDS[question.level][0]
    what = "a general practice" if one == "practice" else f"{'an' if one[0] in 'IA' else 'a'} {one}"
    metric = MEASURES[question.measure]
    return f"{question.indicator}. {metric.label}. Each dot is {what}. {metric.which_way}."


def why_empty(question: Question, title: str, find: str) -> str:
    """Why the table has no row, and what to do about it."""
    many = LEVEL_WORDS[question.level][1]
    if find:
        return f"No {many} match “{find}”. Clear the search, or tick more bands."
    # Networks began in July 2019: an empty table would look like a fault of ours.
    if question.level == "pcn" and question.year < "2019-20":
        return f"There were no primary care networks in {question.year}. Choose another level."
    if question.keep:
        return f"No {many} match what is chosen under “Show only”. Choose fewer filters there."
    return f"No {many} in these bands: {title}. Tick more bands, or choose a wider area."


def is_demonstration(manifest: Manifest) -> bool:
    """Whether what the atlas shows is invented, whatever else the snapshot has."""
    return is_invented(manifest, *TABLES)


def provenance(manifest: Manifest, *years: str) -> list[str]:
    """What the numbers of some years are made of: releases, with when they were published.

    Takes:  a snapshot's manifest.
    Gives:  one sentence a release of those years, then the snapshot's.
    """
    said = []
    for release in manifest["releases"]:
        if release["source"] == "qof" and release["period"] in years:
            when = day(release["published_on"])
            by = f"{release['name']} {release['period']}, {release['publisher']}"
            if release["demonstration"]:
                by, when = f"invented practices and numbers, in the files of {by}", ""
            said.append(f"{by}, published {when}" if when else by)
    return [*said, f"snapshot of {day(manifest['sealed_at'])} ({manifest['id'][-8:]})"]


def coverage(here: pl.DataFrame, level: str) -> str:
    """How many of the practices shown have no place on the map, where that matters."""
    missing = here["latitude"].null_count() if level == "practice" else 0
    if not missing:
        return ""
    have = "has" if missing == 1 else "have"
    return f"{missing:,} of {many(here.height, level)} {have} no known place: see the table."
