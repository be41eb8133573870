"""Question and answer: one frozen instruction in, one lazy plan out.

An answer scans only the files of its year, the row groups of its indicator and the columns of its
measure; nothing is read until the caller collects.
"""

from collections.abc import Collection
from dataclasses import dataclass

import polars as pl

from engine.atlas import geography
from engine.atlas.area import GROUP, Area
from engine.atlas.metrics.qof_measures import MEASURES, USUAL_MEASURE, QofMeasure
from engine.atlas.rollup import GIVEN, LEVELS, SHARE, organisation_code, roll_up
from engine.atlas.years import qof_years
from engine.bands import Bands
from engine.errors import BadQuestion, UnknownName
from engine.interval import wilson
from engine.lake import Lake
from engine.measure import looked_up

SMALL = 10
COLUMNS = (
    "organisation_code",
    "organisation_name",
    "numerator",
    "denominator",
    "pcas",
    "value",
    "value_low",
    "value_high",
    "band",
    "practices",
    "latitude",
    "longitude",
)


@dataclass(frozen=True)
class Question:
    """What is asked: equal questions have equal answers on one snapshot.

    indicator  a QOF indicator (COPD010), or for prevalence the register's group (HYP)
    year       QOF year, such as 2021-22
    level      practice, pcn, sub_icb, icb, region or england
    measure    net, pri, pca_rate, points or prevalence
    bands      brief, five, quintiles or custom:10,50,90
    area       only practices of one organisation, `level:code` such as `icb:QOP`, or listed ones,
               `group:A81001.A81002`; empty: all
    geography  published: each year's own; today: the newest applied to every year
    keep       only organisations in such a context, comma-separated names; empty: all
    """

    indicator: str
    year: str
    level: str = "practice"
    measure: str = USUAL_MEASURE
    bands: str = "five"
    area: str = ""
    geography: str = "published"
    keep: str = ""

    @property
    def within(self) -> Area:
        """The area that it names."""
        return Area.parse(self.area)


def answer(lake: Lake, question: Question) -> pl.LazyFrame:
    """One row an organisation of the level and year, with its value, interval and band.

    Gives:  COLUMNS, sorted by organisation_code. `numerator`, `denominator` and `pcas` in patients
            (in points for measure points); all null where nothing was reported. `value` and its
            95 % Wilson interval in percent, null where nobody was eligible. `band` counts from 0,
            null with the value. `practices`: how many gave both parts. Coordinates in degrees,
            null where the place is unknown.
    Raises: UnknownName for a level, measure, band or area level that does not exist; BadQuestion
            for a year that is not in this snapshot.
    """
    organisations = geography.organisations(lake, question.geography, question.year).filter(
        pl.col("level") == question.level
    )
    return (
        numbers(lake, question)
        .join(
            organisations.select("organisation_code", "organisation_name", "latitude", "longitude"),
            on="organisation_code",
            how="left",
            maintain_order="left",
        )
        .select(COLUMNS)
    )


def numbers(lake: Lake, question: Question) -> pl.LazyFrame:
    """An answer without names and places, for callers that have those already.

    Gives, Raises: as `answer`.
    """
    metric, bands = check(lake, question)
    # Left: a practice without the indicator is on the map too, and says so.
    practices = _practices(lake, question).join(
        _facts(lake, question, metric), on="practice_code", how="left", maintain_order="left"
    )
    low, high = wilson(pl.col("numerator"), pl.col("denominator"))
    none = pl.lit(None, pl.Float64)
    return (
        _per_organisation(practices, question.level)
        .with_columns(
            value=SHARE,
            value_low=low if metric.interval else none,
            value_high=high if metric.interval else none,
        )
        .with_columns(band=bands.of("value"))
    )


def marked(lf: pl.LazyFrame, bands: str) -> pl.LazyFrame:
    """An answer with the three things that a reader must see beside the number.

    Gives: `reported` (both parts were given), `small` (fewer than 10 eligible patients; points
           are not patients), `uncertain` (the interval reaches into another band), all Boolean,
           never null.
    """
    cut = Bands.parse(bands)
    are_patients = pl.col("value_low").is_not_null().any()  # a share of points has no interval
    return lf.with_columns(
        reported=GIVEN,
        small=(pl.col("denominator") < SMALL).fill_null(False) & are_patients,
        uncertain=(cut.of("value_low") != cut.of("value_high")).fill_null(False),
    )


def summary(lf: pl.LazyFrame) -> pl.LazyFrame:
    """What a whole answer says: one row.

    Gives: `organisations`, `reported`, `numerator`, `denominator` (sums), `value` (sum over sum,
           percent), its interval, and `lower_quartile`, `median`, `upper_quartile` of the
           organisations' own values (percent; null where there are none).
    """
    sums = lf.select(
        organisations=pl.len(),
        reported=GIVEN.sum(),
        numerator=pl.col("numerator").sort().sum(),  # a fixed order: see engine.metric.total
        denominator=pl.col("denominator").sort().sum(),
        lower_quartile=pl.col("value").quantile(0.25, "linear"),
        median=pl.col("value").median(),
        upper_quartile=pl.col("value").quantile(0.75, "linear"),
        has_interval=pl.col("value_low").is_not_null().any(),
    )
    low, high = wilson(pl.col("numerator"), pl.col("denominator"))
    return sums.with_columns(
        value=SHARE,
        value_low=pl.when("has_interval").then(low),
        value_high=pl.when("has_interval").then(high),
    ).drop("has_interval")


def check(lake: Lake, question: Question) -> tuple[QofMeasure, Bands]:
    """The metric and the bands of a question that can be put to this lake.

    Raises: UnknownName, BadQuestion; see `answer`.
    """
    asked: list[tuple[str, str, Collection[str]]] = [
        ("level", question.level, LEVELS),
        ("measure", question.measure, MEASURES),
        *([("area level", question.within.level, (*LEVELS, GROUP))] if question.area else []),
    ]
    for kind, name, known in asked:
        if name not in known:
            raise UnknownName(
                f"no {kind} is called `{name}`", found=name, expected=", ".join(known)
            )
    if question.year not in qof_years(lake):
        raise BadQuestion(
            f"there is no data for {question.year}",
            where=f"snapshot {lake.id}",
            found=question.year,
            expected=", ".join(qof_years(lake)) or "no year has been loaded yet",
            next="choose one of those, or load it: python -m refresh run",
        )
    return MEASURES[question.measure], Bands.parse(question.bands)


def _practices(lake: Lake, question: Question) -> pl.LazyFrame:
    """Every practice of the year (and area), with its organisation at the level asked."""
    practices = geography.practices(lake, question.geography, question.year)
    if question.area:
        practices = practices.filter(question.within.holds)
    return practices.select("practice_code", organisation_code=organisation_code(question.level))


def _facts(lake: Lake, question: Question, metric: QofMeasure) -> pl.LazyFrame:
    """The parts of the metric, one row a practice that has any row for the indicator."""
    rows = lake.scan(metric.table, question.year).filter(
        # The year once more, though the file has no other: a table without partitions is asked
        # alike.
        pl.col(metric.code) == question.indicator,
        pl.col("year") == question.year,
    )
    # Counted beside whatever the publication counts them for, points too.
    pcas = pl.col("pcas") if "pcas" in metric.shows else pl.lit(None, pl.Int64)
    return looked_up(lake, rows, metric).select(
        "practice_code",
        numerator=metric.numerator,
        denominator=metric.denominator,
        # What was not reported has no adjustments either; a sum of them would pass for a count.
        pcas=pl.when(metric.numerator.is_not_null()).then(pcas),
    )


def _per_organisation(practices: pl.LazyFrame, level: str) -> pl.LazyFrame:
    if level != "practice":
        return roll_up(practices)
    return practices.drop("practice_code").with_columns(practices=GIVEN.cast(pl.Int64))
