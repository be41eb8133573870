"""The tools that the atlas adds for agents: codes, a figure with its interval, what moved."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import Field

from app.agent.tool import USUAL_ROWS, Answer, Explained, Limit, Tool
from app.api.parameters import Refused
from app.atlas import api_rows, frames
from app.atlas.agent_beside import view
from app.atlas.drawing import links
from app.atlas.pages.organisation_lookup import everywhere
from app.atlas.unknown_codes import nearest_indicators
from engine import Lake
from engine.atlas.ask import Question
from engine.atlas.comparability import NOTES
from engine.atlas.funnel import dispersion, funnel
from engine.atlas.metrics.qof_measures import MEASURES
from engine.atlas.moved import moved, moved_in_all
from engine.atlas.rollup import LEVELS
from engine.atlas.search import find, near
from engine.errors import BadQuestion

Text = Annotated[str, Field(min_length=1, max_length=100, description="What somebody would type.")]
Code = Annotated[
    str,
    Field(description="A QOF indicator such as COPD010; for prevalence a register such as COPD."),
]
Year = Annotated[
    str, Field(description="A QOF year such as 2021-22; without it, the newest that there is.")
]
Level = Annotated[
    Literal["practice", "pcn", "sub_icb", "icb", "region", "england"],
    Field(description="What a row is."),
]
Measure = Annotated[
    Literal["net", "pri", "pca_rate", "points", "prevalence"],
    Field(
        description="net: of patients eligible; pri: of all on the register; pca_rate: care"
        " adjustments; points; prevalence: of the list (give a register as indicator)."
    ),
]
WhereAt = Annotated[
    str, Field(description="Only practices of one organisation, such as icb:QOP; empty: England.")
]
Organisation = Annotated[str, Field(description="Only this organisation, by its ODS code.")]
FOUND = ("level", "organisation_code", "organisation_name", "parent_name", "postcode", "year")
FIGURE = (
    *("organisation_code", "organisation_name", "icb_name", "numerator", "denominator", "pcas"),
    *("value", "value_low", "value_high", "band_label", "small", "reported", "practices"),
)
TABLES = ("percent_achieved", "practice_geography", "organisation")


def find_organisation(lake: Lake, text: Text, limit: Limit = 10) -> Answer:
    """Practices and areas that a text may mean, the likeliest first."""
    everything = everywhere(lake).lazy()
    found = find(everything, text, most=limit).collect()
    alike = found.is_empty()
    if alike:
        found = near(everything, text, most=limit).collect()
    if found.is_empty():
        raise BadQuestion(
            "no practice or area is called like that",
            found=text[:80],
            expected="a name, an ODS code, a network, a town or a postcode",
            next="try fewer words, or the town, or the first half of the postcode",
        )
    first = found.row(0, named=True)
    return Answer(
        values={"spelt_alike_only": alike},
        rows=found.select(*FOUND, "is_current", "list_size", "kilometres"),
        limit=limit,
        explains=(
            Explained("is_current", "Whether it is in the newest year"),
            Explained("kilometres", "From the place of the postcode that was typed", "km"),
        ),
        tables=("organisation", "practice"),
        address=links.organisation(first["level"], first["organisation_code"]),
        next=(
            f"query_indicator with level={first['level']},"
            f" organisation={first['organisation_code']}",
        ),
    )


def find_indicator(lake: Lake, text: Text, year: Year = "", limit: Limit = 10) -> Answer:
    """Indicators and registers whose code, group or words hold all that was typed."""
    rows = frames.indicators(lake)
    if year:
        rows = rows.filter(pl.col("year") == year)
    newest = rows.sort("year").group_by("indicator_code").last()
    said = pl.concat_str(
        [pl.col(name).fill_null("") for name in ("indicator_code", "group_name", "description")],
        separator=" ",
    ).str.to_lowercase()
    words = text.lower().split()
    held = [said.str.contains(word, literal=True) for word in words]
    found = newest.filter(pl.all_horizontal(held))
    if found.is_empty():
        # Some of the words: most of them first.
        found = newest.with_columns(held=pl.sum_horizontal(held)).filter(pl.col("held") > 0)
        found = found.sort("held", "indicator_code", descending=[True, False]).drop("held")
    else:
        is_code = pl.col("indicator_code").str.to_lowercase() == text.lower()
        order = (~is_code, pl.col("year"), pl.col("indicator_code"))
        found = found.sort(*order, descending=[False, True, False])
    if found.is_empty():
        codes = nearest_indicators(text.upper()[:12], frames.catalogue(lake))
        raise BadQuestion(
            "no indicator or register has such words",
            found=text[:80],
            expected="a condition, a code or words, such as asthma, COPD010, blood pressure",
            next=f"try another word; nearest codes: {codes.partition(', see')[0]}",
        )
    columns = ("indicator_code", "kind", "group_name", "description", "year")
    return Answer(
        rows=found.select(*columns),
        limit=limit,
        explains=(Explained("year", "The newest year that has it"),),
        tables=("indicator",),
        next=("query_indicator; a register is asked by measure=prevalence",),
    )


def query_indicator(
    lake: Lake,
    indicator: Code,
    year: Year = "",
    level: Level = "england",
    measure: Measure = "net",
    area: WhereAt = "",
    organisation: Organisation = "",
    order: Annotated[
        Literal["by code", "highest first", "lowest first"],
        Field(description="How rows are sorted."),
    ] = "by code",
    limit: Limit = USUAL_ROWS,
) -> Answer:
    """An indicator's figure of each organisation, with counts and its 95 % interval."""
    question = _question(lake, indicator, year, level, measure, area)
    asked = _values(question) | {"organisation": organisation or None}
    with _in_our_words():
        rows = api_rows.achievement(lake, asked).select(*FIGURE)
    if organisation and rows.is_empty():
        raise BadQuestion(
            f"{organisation} is not in {area}", found=organisation, next="leave `area` out"
        )
    if order != "by code":
        rows = rows.sort("value", descending=order == "highest first", nulls_last=True)
    metric = MEASURES[measure]
    found = {"indicator": question.indicator, "year": question.year, "level": level}
    if rows.height == 1:
        found["written"] = metric.written(rows["value"][0])
    receipt = (
        links.receipt(question, level, organisation.upper(), area=question.area)
        if organisation
        else _link(question)
    )
    return Answer(
        values={**found, "measure": measure, "area": question.area},
        rows=rows,
        limit=limit,
        explains=(
            Explained("numerator", metric.words.numerator, metric.words.counted),
            Explained("denominator", metric.words.denominator, metric.words.counted),
            Explained("pcas", "Patients with a personalised care adjustment", "patients"),
            Explained("value", metric.label, metric.unit),
            Explained("value_low", "Lower end of the 95 % interval (Wilson)", metric.unit),
            Explained("value_high", "Upper end of the 95 % interval (Wilson)", metric.unit),
            Explained("small", "Fewer than ten eligible patients"),
            Explained("practices", "How many practices gave both parts", "practices"),
        ),
        tables=(metric.table, *TABLES[1:]),
        periods=(question.year,),
        metrics=(metric,),
        caveats=_notes(question.year),
        address=receipt,
    )


def detect_anomalies(
    lake: Lake,
    indicator: Code,
    kind: Annotated[
        Literal["moved", "outlying"],
        Field(
            description="moved: since another year beyond chance; outlying: from England's share"
            " beyond chance, for its size (funnel)."
        ),
    ] = "moved",
    year: Year = "",
    before: Annotated[
        str, Field(description="The year to compare with; without it, the last.")
    ] = "",
    level: Level = "icb",
    measure: Measure = "net",
    area: WhereAt = "",
    limit: Limit = 20,
) -> Answer:
    """Organisations that moved, or lie, beyond what chance explains."""
    question = _question(lake, indicator, year, level, measure, area)
    named = frames.organisations(lake, question.year, level).select(
        "organisation_code", "organisation_name"
    )
    if kind == "outlying":
        return _outlying(lake, question, named, limit)
    years = [y for y in frames.catalogue(lake).years_of(question.indicator) if y < question.year]
    if not years and not before:
        raise BadQuestion(
            f"{question.indicator} has no year before {question.year}",
            next="kind=outlying needs no other year",
        )
    return _moved(lake, question, before or years[-1], named, limit)


def _moved(lake: Lake, question: Question, other: str, named: pl.DataFrame, limit: int) -> Answer:
    changes = frames.change(lake, question, other)
    first, last = sorted((other, question.year))
    parted = frames.breaks_between(lake, question.indicator, first, last)
    found = moved(changes.lazy()).collect()
    counted = moved_in_all(changes.lazy()).collect().row(0, named=True)
    metric = MEASURES[question.measure]
    points = "percentage points"
    return Answer(
        values={
            **{"kind": "moved", "indicator": question.indicator, "before": first, "year": last},
            **counted,
            **({"cannot_be_compared": [f"{y}: {why}" for y, why in parted]} if parted else {}),
        },
        rows=found.join(named, on="organisation_code", how="left", maintain_order="left").select(
            *("organisation_code", "organisation_name", "moved", "value_before", "value_after"),
            *("change", "change_low", "change_high", "denominator_after"),
        ),
        limit=limit,
        explains=(
            Explained("moved", "Which way, beyond chance"),
            Explained("value_before", f"{metric.label}, {first}", metric.unit),
            Explained("value_after", f"{metric.label}, {last}", metric.unit),
            Explained("change", "After less before", points),
            Explained("change_low", "Lower end of its 95 % interval (Newcombe)", points),
            Explained("change_high", "Upper end of its 95 % interval", points),
            Explained("denominator_after", metric.words.denominator, metric.words.counted),
        ),
        tables=(metric.table, *TABLES[1:]),
        periods=(first, last),
        metrics=(metric,),
        caveats=(
            f"Of {counted['compared']:,} compared, about {counted['by_chance']:.0f} would be listed"
            " by chance alone. Beyond chance is no cause.",
            *_notes(first),
            *_notes(last),
        ),
        address=f"{_link(question)}&against={other}&compare_as=change",
    )


def _outlying(lake: Lake, question: Question, named: pl.DataFrame, limit: int) -> Answer:
    rows = funnel(lake, question)
    counted = dispersion(rows).collect().row(0, named=True)
    metric = MEASURES[question.measure]
    found = (
        rows.filter(pl.col("place") != "within")
        .sort(pl.col("z").abs(), "organisation_code", descending=[True, False])
        .collect()
        .join(named, on="organisation_code", how="left", maintain_order="left")
    )
    return Answer(
        values={
            "kind": "outlying",
            "indicator": question.indicator,
            "year": question.year,
            **counted,
        },
        rows=found.select(
            *("organisation_code", "organisation_name", "place", "value", "england_value"),
            *("low_95", "high_95", "z", "denominator"),
        ),
        limit=limit,
        explains=(
            Explained("place", "Which control limits it lies outside of"),
            Explained("england_value", "England's share", metric.unit),
            Explained("z", "Standard errors from England's share"),
        ),
        tables=(metric.table, *TABLES[1:]),
        periods=(question.year,),
        metrics=(metric,),
        caveats=(
            "Limits are those of chance alone; practices differ in their patients, too. An outlier"
            " is a question, not a verdict.",
            *_notes(question.year),
        ),
        address=f"{_link(question)}&tab=funnel",
    )


def _question(
    lake: Lake, indicator: str, year: str, level: str, measure: str, area: str
) -> Question:
    """A question that the snapshot has an answer to.

    Raises: Refused, a LakeError, with the nearest codes, the years or the measures there are.
    """
    asked = Question(indicator, year, level, measure, area=area)
    with _in_our_words():
        return api_rows.question_of(lake, _values(asked))


@contextmanager
def _in_our_words() -> Iterator[None]:
    """The API's refusals, which name its addresses, with the tools in their place."""
    try:
        yield
    except Refused as error:
        raise BadQuestion(
            error.what,
            found=error.found,
            expected=error.expected.replace("see /api/v1/indicators", "see find_indicator"),
            next=re.sub(r"/api/v1/organisations\S*", "find_organisation", error.next)
            or "find_indicator knows codes and years",
        ) from error


def _values(question: Question) -> dict[str, Any]:
    """A question as the API's resources take it."""
    names = asdict(question)
    return names | {"year": question.year or None, "area": question.area or None, "keep": None}


def _link(question: Question) -> str:
    return view(
        indicator=question.indicator,
        year=question.year,
        level=question.level,
        measure=question.measure,
        area=question.area,
    )


def _notes(year: str) -> tuple[str, ...]:
    return (f"{year}: {NOTES[year]}",) if year in NOTES else ()


TOOLS = (
    Tool(
        "find_organisation",
        "Find a practice or an area",
        f"Finds practices and areas ({', '.join(LEVELS)}) by name, ODS code, network, town or"
        " postcode. Use it before any question about a named place.",
        find_organisation,
    ),
    Tool(
        "find_indicator",
        "Find an indicator",
        "Finds QOF indicators and registers by condition, code or words. Use it before any question"
        " about a condition.",
        find_indicator,
    ),
    Tool(
        "query_indicator",
        "A QOF figure",
        "One indicator of one year for England, areas or practices: counts, value, 95 % interval."
        " The first choice for any QOF figure.",
        query_indicator,
    ),
    Tool(
        "detect_anomalies",
        "What is beyond chance",
        "Organisations whose QOF figure moved since another year, or lies away from England's, by"
        " more than chance explains; with how many chance alone would list.",
        detect_anomalies,
    ),
)
