"""Metric entries: the metrics that a manifest declares, checked, as a snapshot says them. Pure.

A sum of percentages is no percentage, and rows of several levels in one table count everybody
several times. What the grain does not allow is refused here, in words, before anything is sealed.
"""

from collections.abc import Iterator

from engine.publications.metrics import MetricEntry
from engine.vocabulary import TypeName
from engine.wings import METRICS
from refresh.publications.header_words import tokens
from refresh.publications.manifest import Manifest, ManifestColumn, ManifestMetric, TableOf

_NUMBERS = ("int8", "int16", "int32", "int64", "float32", "float64")
_NO_SUM = frozenset(
    "percent percentage pct rate average mean median proportion ratio index".split()
)


def entries_of(source: TableOf, *, owner: str) -> list[MetricEntry]:
    """What a snapshot says of a source's metrics: those that hold; see `wrong_metrics`."""
    return [
        _entry(source, metric, owner)
        for metric in source.metrics
        if not any(wrong_metric(source, metric))
    ]


def wrong_metrics(manifest: Manifest) -> list[str]:
    """Why metrics of a manifest cannot be asked, in words with the source and the metric."""
    return [
        f"{source.code}, metric `{metric.name}`: {why}"
        for source in manifest.sources
        for metric in source.metrics
        for why in wrong_metric(source, metric)
    ]


def wrong_metric(source: TableOf, metric: ManifestMetric) -> Iterator[str]:
    """Why one metric cannot be asked; nothing where it can."""
    columns = {column.name: column for column in _columns(source)}
    for name in filter(None, (metric.numerator, metric.denominator)):
        if name not in columns:
            yield f"there is no column `{name}`; there are {', '.join(columns)}"
        elif columns[name].dtype not in _NUMBERS:
            yield f"`{name}` is no number but {columns[name].dtype}"
        elif _does_not_add_up(columns[name]):
            yield (
                f"`{name}` is a share or an average, which does not add up: name the counts that"
                " it is made of, as numerator and denominator"
            )
    for name in (metric.grain, *metric.where):
        if name and name not in columns:
            yield f"there is no column `{name}`; there are {', '.join(columns)}"
    if metric.format in ("percent", "rate") and not metric.denominator:
        yield f"a {metric.format} needs a denominator"
    if source.grain == "mixed" and not metric.where:
        yield (
            "the rows are of several levels, so that everybody counts once a level: say in `where`"
            " which level counts"
        )
    if metric.name in METRICS:
        yield "that is the name of a metric of Care Atlas; choose another"


def _columns(source: TableOf) -> list[ManifestColumn]:
    """The columns of the table: those that are dates became rows, of a date and a value each."""
    if (wide := source.wide) is None:
        return source.columns
    kept = [column for column in source.columns if column.name not in wide.columns]
    value: TypeName = next((c.dtype for c in source.columns if c.name in wide.columns), "float64")
    return [*kept, ManifestColumn(name=wide.date), ManifestColumn(name=wide.value, dtype=value)]


def _does_not_add_up(column: ManifestColumn) -> bool:
    said = {*tokens(column.name), *tokens(column.unit), *tokens(column.original_name)}
    return bool(said & _NO_SUM) or "%" in column.unit + column.original_name


def _entry(source: TableOf, metric: ManifestMetric, owner: str) -> MetricEntry:
    return MetricEntry(
        name=metric.name,
        label=metric.label,
        table=source.table,
        numerator=metric.numerator,
        denominator=metric.denominator,
        unit=metric.unit,
        format=metric.format,
        better=metric.better,
        level=source.grain,
        grain_column=metric.grain or source.grain_column,
        dimensions=[c.name for c in _columns(source) if _groups(c, source)],
        where=metric.where,
        has_totals=bool(source.total_rows),
        is_balance=source.load_mode_pattern == "point_in_time_snapshot",
        description=metric.description or source.description,
        caveats=metric.caveats,
        owner=owner,
    )


def _groups(column: ManifestColumn, source: TableOf) -> bool:
    return column.is_dimension or column.name in source.key or column.dtype not in _NUMBERS
