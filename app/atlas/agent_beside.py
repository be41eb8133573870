"""What the atlas knows beside a metric that an agent asks: its page, caveats, breaks and names."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from app.agent.tool import Beside, MetricAsked
from app.atlas import frames
from app.atlas.drawing import links
from engine import Lake
from engine.atlas.area import Area
from engine.atlas.comparability import NOTES, PAID_AS_BEFORE, PAID_AS_BEFORE_WORDS
from engine.atlas.metrics.qof_measures import MEASURES, QofMeasure
from engine.atlas.rollup import LEVELS
from engine.atlas.year_change import breaks_within
from engine.atlas.years import qof_years

# A dimension of the metrics, and the level of the organisations that it names.
LEVEL_OF = {f"{level}_code": level for level in LEVELS if level != "england"}
WIDEST_FIRST = tuple(reversed(LEVEL_OF))


def beside(lake: Lake, asked: MetricAsked) -> Beside:
    """The page, caveats, breaks and names of a metric of the atlas, as it is asked."""
    metric, years = asked.metric, _years(asked)
    code = _one(asked.where, metric.code) if isinstance(metric, QofMeasure) else None
    return Beside(
        address=_address(asked, code, years),
        caveats=(*_unnamed(asked), *_of_years(asked, years)),
        parted=_parted(lake, asked, code),
        broken=_broken(lake, asked),
        names={d: names(lake, d, years) for d in asked.by if d in LEVEL_OF}
        | _indicators(lake, asked, years),
    )


def names(lake: Lake, dimension: str, years: tuple[str, ...]) -> pl.DataFrame:
    """What the organisations of a dimension are called: in the newest year asked, or there is."""
    known = [year for year in years if year in qof_years(lake)] or list(qof_years(lake))
    level = LEVEL_OF[dimension]
    if not known:
        return pl.DataFrame(schema={dimension: pl.String, f"{level}_name": pl.String})
    rows = frames.organisations(lake, max(known), level)
    return rows.select(
        pl.col("organisation_code").alias(dimension),
        pl.col("organisation_name").alias(f"{level}_name"),
    )


def view(
    *, indicator: str, year: str = "", level: str = "", measure: str = "", area: str = ""
) -> str:
    """The page of practices in a state, below the front."""
    return links.on_the_map(
        indicator=indicator,
        year=year,
        level="" if level == "practice" else level,
        measure=links.measure_in_link(measure),
        area=area,
    ).removeprefix("./")


def _address(asked: MetricAsked, code: str | None, years: tuple[str, ...]) -> str:
    if code is None or asked.metric.name not in MEASURES:
        return ""
    level = next((LEVEL_OF[name] for name in asked.by if name in LEVEL_OF), "")
    # The narrowest organisation that is named is where it looks.
    within = [(LEVEL_OF[d], v) for d in WIDEST_FIRST if (v := _one(asked.where, d))]
    area = str(Area(within[-1][0], (within[-1][1],))) if within else ""
    year = max(years) if years else ""
    found = view(
        indicator=code,
        year=year,
        level=level or ("england" if not area else ""),
        measure=asked.metric.name,
        area=area if not area.startswith("practice:") else "",
    )
    if len(asked.periods) == 2:
        found += f"&against={asked.periods[0]}"
    return found


def _unnamed(asked: MetricAsked) -> tuple[str, ...]:
    """That different indicators were added up, where nobody chose one."""
    if not isinstance(asked.metric, QofMeasure):
        return ()
    code = asked.metric.code
    if code in (*asked.by, *asked.where):
        return ()
    return (
        f"All {asked.metric.item}s are added up, which is hardly ever meant: name `{code}`"
        " (find_indicator knows the codes).",
    )


def _of_years(asked: MetricAsked, years: tuple[str, ...]) -> tuple[str, ...]:
    """What was out of order in the years asked."""
    said = [f"{year}: {NOTES[year]}" for year in years if year in NOTES]
    paid = isinstance(asked.metric, QofMeasure) and asked.metric.is_paid
    if paid and PAID_AS_BEFORE in years:
        said.append(f"{PAID_AS_BEFORE}: {PAID_AS_BEFORE_WORDS}")
    return tuple(said)


def _parted(lake: Lake, asked: MetricAsked, code: str | None) -> tuple[str, ...]:
    """Why two years cannot be compared at all: a break of the one code, or of any of several."""
    if not _is_of_two_years(asked):
        return ()
    assert isinstance(asked.metric, QofMeasure)
    name, (one, other) = asked.metric.code, asked.periods
    if code:
        return tuple(
            f"{year}: {why}" for year, why in frames.breaks_between(lake, code, one, other)
        )
    if name in asked.by:
        return ()  # then each row is of one code
    if name not in asked.where:
        return (f"The {asked.metric.item}s of the two years are not the same: name `{name}`.",)
    parted = _breaks(lake, one, other)
    return tuple(f"{one}: {parted[one]}" for one in asked.where[name] if one in parted)


def _broken(lake: Lake, asked: MetricAsked) -> dict[str, dict[str, str]]:
    """The codes whose series is broken between two years, where rows are grouped by them."""
    if not _is_of_two_years(asked):
        return {}
    assert isinstance(asked.metric, QofMeasure)
    name = asked.metric.code
    return {name: _breaks(lake, *asked.periods)} if name in asked.by else {}


def _is_of_two_years(asked: MetricAsked) -> bool:
    return isinstance(asked.metric, QofMeasure) and len(set(asked.periods)) == 2


def _breaks(lake: Lake, one: str, other: str) -> dict[str, str]:
    """Why each code that is parted between two years is, by the first that parts it."""
    rows = breaks_within(lake, one, other).sort("year", descending=True).collect()
    why = rows["break_reason"].fill_null("the publisher gives no reason")
    return dict(zip(rows["indicator_code"], why, strict=True))


def _indicators(lake: Lake, asked: MetricAsked, years: tuple[str, ...]) -> dict[str, pl.DataFrame]:
    """What indicators are, where rows are grouped by them: in the newest year that has each."""
    code = asked.metric.code if isinstance(asked.metric, QofMeasure) else ""
    if not code or code not in asked.by:
        return {}
    rows = frames.indicators(lake)
    if years:
        rows = rows.filter(pl.col("year").is_in(years))
    newest = rows.sort("year").group_by("indicator_code").last()
    name = newest.select(pl.col("indicator_code").alias(code), "description")
    return {code: name}


def _years(asked: MetricAsked) -> tuple[str, ...]:
    said = asked.periods or asked.where.get("year") or ()
    return tuple(map(str, said)) if isinstance(said, list | tuple) else (str(said),)


def _one(where: Mapping[str, Any], name: str) -> str | None:
    """The one value that a filter leaves of a dimension."""
    value = where.get(name)
    if isinstance(value, list):
        value = value[0] if len(value) == 1 else None
    return None if value is None else str(value)
