"""A receipt as SQL: the query that works its number out again, from Parquet or from CSV.

Text only, for DuckDB; nothing is run here. What a practice adds is said by the metric, in Polars
and once more in SQL: tests/app/test_receipt.py holds the one to the other.
"""

import re
from collections.abc import Sequence

from engine.atlas import geography
from engine.atlas.area import Area
from engine.atlas.ask import Question
from engine.atlas.metrics.qof_measures import MEASURES
from engine.lake import Lake
from engine.metric import Metric


def from_parquet(
    lake: Lake, question: Question, organisation: str, *, practices: Sequence[str]
) -> str:
    """The query over the snapshot's own files, for who stands in the data folder.

    Takes:  the codes of the organisation's practices, which are named where today's boundaries say
            who they are: that is no published mapping, but one that was made of several.
    Gives:  one row: `numerator`, `denominator` (sums) and `percent`.
    """
    metric = MEASURES[question.measure]
    rows = _files(lake, metric.table, question.year)
    wanted = [
        f"{metric.code} = {_text(question.indicator)}",
        _whose(lake, question, organisation, practices),
    ]
    source = f"{rows}{_looked_up(lake, question)}\n  where " + "\n    and ".join(wanted)
    return _query(metric, source)


def from_csv(measure: str, file: str) -> str:
    """The query over the receipt's own CSV, which has each practice's counts as published.

    >>> print(from_csv("points", "receipt.csv"))
    with parts as (
      select points as n,
        case when points is not null then points_max end as d
      from read_csv('receipt.csv', types = {'points': 'DOUBLE', 'points_max': 'DOUBLE'})
    )
    select sum(n) as numerator, sum(d) as denominator,
      sum(n) * 100.0 / nullif(sum(d), 0) as percent
    from parts;
    """
    metric = MEASURES[measure]
    words = set(re.findall(r"\w+", " ".join(metric.sql)))
    # A column without any value says nothing of its type by itself.
    types = ", ".join(f"{_text(name)}: 'DOUBLE'" for name in metric.shows if name in words)
    return _query(metric, f"read_csv({_text(file)}, types = {{{types}}})")


def _query(metric: Metric, source: str) -> str:
    above, below = metric.sql
    return (
        f"with parts as (\n  select {above} as n,\n    {below} as d\n  from {source}\n)\n"
        "select sum(n) as numerator, sum(d) as denominator,\n"
        "  sum(n) * 100.0 / nullif(sum(d), 0) as percent\nfrom parts;"
    )


def _whose(lake: Lake, question: Question, organisation: str, practices: Sequence[str]) -> str:
    """The condition by which a row is that of one of the organisation's practices."""
    if question.level == "practice":
        return f"practice_code = {_text(organisation)}"
    if question.geography == geography.TODAY:
        return f"practice_code in ({', '.join(map(_text, practices))})"
    mapping = _files(lake, "practice_geography", question.year)
    inside = [_inside(Area(question.level, (organisation,)))]
    if question.area:
        inside.append(_inside(question.within))
    where = " and ".join(filter(None, inside))
    named = f"select practice_code from {mapping}"
    return f"practice_code in (\n      {named}" + (f"\n      where {where})" if where else ")")


def _inside(area: Area) -> str:
    if area.is_group:
        return f"practice_code in ({', '.join(map(_text, area.codes))})"
    return "" if area.level == "england" else f"{area.level}_code = {_text(area.code)}"


def _looked_up(lake: Lake, question: Question) -> str:
    """Beside each row what another table has of the indicator and year, such as possible points."""
    metric = MEASURES[question.measure]
    if metric.lookup is None:
        return ""
    asked = {"year": question.year, metric.code: question.indicator}
    where = " and ".join(f"{name} = {_text(asked[name])}" for name in metric.lookup.on)
    columns = ", ".join(metric.lookup.columns)
    return (
        f"\n  cross join (select {columns} from {_files(lake, metric.lookup.table, None)}"
        f"\n    where {where}) as most"
    )


def _files(lake: Lake, table: str, partition: str | None) -> str:
    """A table's files of a year, by their place below the data folder."""
    files = lake.files(table)
    wanted = [f["path"] for f in files if partition in (None, f["partition"])]
    paths = [lake.layout.below(lake.layout.table_file(path)) for path in wanted]
    named = ", ".join(map(_text, paths))
    return f"read_parquet({named if len(paths) == 1 else f'[{named}]'})"


def _text(value: str) -> str:
    """A string as SQL has it.

    >>> _text("O'Brien")
    "'O''Brien'"
    """
    return "'" + value.replace("'", "''") + "'"
