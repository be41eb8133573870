"""The receipt of a number: which published file it came from, which rows of it, by which formula.

Everything that is needed to work the number out again without Care Atlas. The rows are those of
the lake, which keeps every published count as it came; nothing is read until the caller collects.
"""

from dataclasses import dataclass, replace
from typing import TypedDict

import polars as pl

from engine.atlas import geography
from engine.atlas.area import Area
from engine.atlas.ask import Question, answer, check, numbers
from engine.atlas.metrics.qof_measures import QofMeasure
from engine.atlas.publications import page_of
from engine.atlas.years import qof_years
from engine.lake import Lake
from engine.manifest import ReleaseEntry, ReleaseFileEntry
from engine.measure import looked_up

# What files of a release hold a table.
HELD_IN = {
    "percent_achieved": ("ACHIEVEMENT",),
    "prevalence": ("PREVALENCE",),
    "practice_geography": ("MAPPING_NHS_GEOGRAPHIES", "STRUCTURES", "ORGANISATION_REFERENCE"),
    "practice_mapping": ("GP-REG-PAT-PRAC-MAP",),
    "indicator": ("MAPPING_INDICATORS", "INDICATOR_MAPPINGS", "QOF_INDICATORS"),
}
SOURCE = "qof"


class Sealed(TypedDict):
    """The snapshot that a number was asked of."""

    id: str
    sealed_at: str
    demonstration: bool


class KeptFile(ReleaseFileEntry):
    """A file of a release, its place below the data folder, and whether it is still there."""

    path: str
    is_kept: bool


class HeldIn(TypedDict):
    """Where in a release a table's rows are.

    files   by name; none: this release has no such rows
    called  the words that the name of the file, or of the zip's member, begins with
    """

    files: list[str]
    called: list[str]


class Evidence(TypedDict):
    """A release that a number needs, as its manifest says it; `holds`, by table.

    page  where the publisher announces it; None where nobody knows
    """

    source: str
    name: str
    publisher: str
    period: str
    revision: int
    sha256: str
    published_on: str | None
    demonstration: bool
    page: str | None
    files: list[KeptFile]
    holds: dict[str, HeldIn]


@dataclass(frozen=True, eq=False)
class Receipt:
    """Where one number comes from.

    question   the question that has the number, over all of the organisation
    number     one row, as `engine.answer` gives it; none where there is no such organisation
    practices  one row a practice that could add to it, by code: the counts as published, and
               `adds_numerator` and `adds_denominator`, what the metric takes of them (null:
               nothing). The number is the sum of the one over the sum of the other
    evidence   the releases, each with `holds`: what of the number is in it, and in which file
    """

    organisation: str
    question: Question
    metric: QofMeasure
    snapshot: Sealed
    number: pl.LazyFrame
    practices: pl.LazyFrame
    evidence: list[Evidence]


def receipt(lake: Lake, question: Question, organisation: str) -> Receipt:
    """The receipt of what an organisation has in the answer to a question.

    Takes:  a question, of which `keep` does not matter: it hides organisations and changes none.
    Raises: UnknownName, BadQuestion; see `engine.atlas.ask.answer`.
    """
    asked = replace(question, keep="")
    metric, _ = check(lake, asked)
    number = answer(lake, asked).filter(pl.col("organisation_code") == organisation)
    return Receipt(
        organisation,
        asked,
        metric,
        {
            "id": lake.manifest["id"],
            "sealed_at": lake.manifest["sealed_at"],
            "demonstration": lake.is_invented(metric.table),
        },
        number,
        _practices(lake, asked, organisation, metric),
        _evidence(lake, asked, metric),
    )


def _practices(
    lake: Lake, question: Question, organisation: str, metric: QofMeasure
) -> pl.LazyFrame:
    """The practices of the organisation (and of the question's area), with what they gave."""
    # By way of the question itself: the rows are those that the number was made of, by the same
    # code.
    own = replace(question, level="practice", area=str(Area(question.level, (organisation,))))
    parts = numbers(lake, own).select(
        practice_code="organisation_code",
        adds_numerator="numerator",
        adds_denominator="denominator",
    )
    if question.area:
        there = numbers(lake, replace(question, level="practice"))
        codes = there.select(practice_code="organisation_code")
        parts = parts.join(codes, on="practice_code", how="semi")
    names = lake.scan("practice_geography", question.year).select("practice_code", "practice_name")
    return (
        parts.join(names, on="practice_code", how="left")
        .join(_published(lake, question, metric), on="practice_code", how="left")
        .select(
            "practice_code",
            "practice_name",
            *metric.shows,
            "adds_numerator",
            "adds_denominator",
        )
        .sort("practice_code")
    )


def _published(lake: Lake, question: Question, metric: QofMeasure) -> pl.LazyFrame:
    """The counts of the indicator as published, one row a practice that has a row."""
    rows = lake.scan(metric.table, question.year).filter(pl.col(metric.code) == question.indicator)
    return looked_up(lake, rows, metric).select("practice_code", *metric.shows)


def _evidence(lake: Lake, question: Question, metric: QofMeasure) -> list[Evidence]:
    """The releases that the number needs, oldest first."""
    wanted = [(SOURCE, question.year, metric.table)]
    if metric.lookup:
        wanted.append((SOURCE, question.year, metric.lookup.table))
    if question.level not in ("practice", "england") or question.area:
        wanted.append(_mapping(lake, question))
    releases: list[Evidence] = []
    for release in lake.manifest["releases"]:
        own = (release["source"], release["period"])
        tables = [table for *said, table in wanted if tuple(said) == own]
        releases += [_described(lake, release, tables)] if tables else []
    return sorted(releases, key=lambda release: release["period"])


def _mapping(lake: Lake, question: Question) -> tuple[str, str, str]:
    """The source, period and table that say which practice belongs where."""
    if question.geography != geography.TODAY:
        return SOURCE, question.year, "practice_geography"
    newest = geography.newest(lake) or question.year
    if newest in qof_years(lake):
        return SOURCE, newest, "practice_geography"
    return "registrations", newest, geography.MAPPING


def _described(lake: Lake, release: ReleaseEntry, tables: list[str]) -> Evidence:
    """A release, each of its files with its place below the data folder."""
    folder = lake.layout.release(release["source"], release["period"], release["sha256"])
    files: list[KeptFile] = [
        {
            **file,
            "path": (folder / file["name"]).relative_to(lake.layout.root).as_posix(),
            "is_kept": (folder / file["name"]).is_file(),
        }
        for file in release["files"]
    ]
    holds = {table: _held_in(table, files) for table in tables}
    return {**release, "page": page_of(release["source"]), "files": files, "holds": holds}


def _held_in(table: str, files: list[KeptFile]) -> HeldIn:
    """Where in a release a table's rows are."""
    called = HELD_IN[table]
    names = [file["name"] for file in files]
    holding = [n for n in names if n.lower().endswith(".zip") or n.upper().startswith(called)]
    return {"files": holding, "called": list(called)}
