"""Evidence: what the releases of one source show of how they follow on one another. Pure.

Names and descriptions promise; the rows show. Two releases, the newest last, tell whether rows come
again, whether a key's numbers only grow, and which dates each has. One release tells its dates.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from refresh.publications.header_words import has_phrase, says_date, tokens
from refresh.validate.seen import AUDIT

MANY = 0.5
"""A share of rows from which on a release is taken to have the one before in it."""
_SURE, _SAMPLE, _ENOUGH = 0.95, 300, 20
# Dates of whoever a row is about, not of the release.
_OF_THE_THING = frozenset(
    "open opened opening close closed birth dob start started end ended join joined left leave"
    " valid effective expiry from to registered inspection review achieved".split()
)
_DATING = frozenset("date day week month quarter year years period time fy ending".split())
_NAMING = frozenset("id identifier uuid guid".split())
_NO_MEASURE = frozenset("code id year month age quarter postcode ods ons identifier".split())
_YEARLY = r"^(?:19|20)\d\d(?:[/-]\d\d(?:\d\d)?)?$"
_CLOCK = r"\d\d:\d\d"


@dataclass(frozen=True)
class Evidence:
    """What releases show. Shares are 0 to 1, None where there is no release before to compare with.

    dates         the column that says of when the rows are; empty: none does
    distinct      how many dates the newest release has there
    shared_dates  the share of those that the release before had, too
    is_range      whether a column for the first and one for the last day say the same in all rows
    repeated      the share of rows that the release before had word for word
    shared_keys   the share of keys that it had
    agreeing      of those, the share whose numbers are all the same
    growing       of those, the share of which no number is less; 0 where nothing grew
    is_by_event   whether rows have moments of their own, to the minute
    is_by_record  whether each row has an identifier of its own
    """

    rows: int
    dates: str = ""
    distinct: int = 0
    shared_dates: float | None = None
    is_range: bool = False
    repeated: float | None = None
    shared_keys: float | None = None
    agreeing: float | None = None
    growing: float | None = None
    is_by_event: bool = False
    is_by_record: bool = False

    @property
    def is_stamped(self) -> bool:
        """Whether all rows are of one date."""
        return bool(self.dates) and self.distinct == 1


def evidence_of(releases: Sequence[pl.DataFrame], key: Sequence[str] = ()) -> Evidence:
    """What the newest release shows, beside the one before where there is one.

    Takes:  frames of text or typed, oldest first; the columns that name a row, where that is known.
    Raises: ValueError where there is no release at all.

    >>> january = pl.DataFrame({"code": ["A", "B"], "month": ["Jan 2025"] * 2, "n": [1, 2]})
    >>> found = evidence_of([january])
    >>> found.dates, found.is_stamped, found.repeated
    ('month', True, None)
    """
    if not releases:
        raise ValueError("no release to look at")
    newest = _published(releases[-1])
    dates = _dates(newest)
    found = Evidence(
        rows=newest.height,
        dates=dates,
        distinct=_distinct(newest[dates]) if dates else 0,
        is_range=_is_range(newest),
        is_by_event=_is_by_event(newest),
        is_by_record=_is_by_record(newest),
    )
    if len(releases) == 1 or not newest.height:
        return found
    return _beside(found, _published(releases[-2]), newest, key)


def _beside(
    found: Evidence, before: pl.DataFrame, newest: pl.DataFrame, key: Sequence[str]
) -> Evidence:
    """The same with what only two releases show."""
    both = [name for name in newest.columns if name in before.columns]
    if not both or not before.height:
        return found
    one, two = before.select(both), newest.select(both)
    dates = found.dates if found.dates in both else ""
    shared_dates = _share(two[dates].unique(), one[dates]) if dates else None
    measures = [name for name in both if _is_measure(two, name) and name not in key]
    stamps = {name for name in both if two[name].n_unique() == 1}
    names = [n for n in key if n in both] or [n for n in both if n not in (*measures, *stamps)]
    shared, agreeing, growing = _by_key(one, two, names, measures)
    return Evidence(
        rows=found.rows,
        dates=found.dates,
        distinct=found.distinct,
        shared_dates=shared_dates,
        is_range=found.is_range,
        repeated=_share(_hashes(two), _hashes(one)),
        shared_keys=shared,
        agreeing=agreeing,
        growing=growing,
        is_by_event=found.is_by_event,
        is_by_record=found.is_by_record,
    )


def _by_key(
    one: pl.DataFrame, two: pl.DataFrame, names: list[str], measures: list[str]
) -> tuple[float | None, float | None, float | None]:
    """The share of keys that both have, of those that agree, and of those that do not shrink."""
    if not names or not measures:
        return None, None, None
    numbers = [pl.col(name).cast(pl.String).str.replace_all(",", "") for name in measures]
    frames = [
        frame.select(
            pl.concat_str(pl.col(names).cast(pl.String), separator="|", ignore_nulls=True).alias(
                "key"
            ),
            *(number.cast(pl.Float64, strict=False) for number in numbers),
        ).unique("key", keep="first", maintain_order=True)
        for frame in (one, two)
    ]
    both = frames[1].join(frames[0], on="key", how="inner", suffix=" before")
    shared = both.height / frames[1].height
    if both.height < _ENOUGH:
        return shared, None, None
    steps = [pl.col(name) - pl.col(f"{name} before") for name in measures]
    same = both.select(pl.all_horizontal(step.fill_null(0) == 0 for step in steps)).to_series()
    kept = both.select(pl.all_horizontal(step.fill_null(0) >= 0 for step in steps)).to_series()
    grew = both.height - int(same.sum())
    growing = kept.mean() if grew / both.height >= 0.3 else 0.0
    return shared, int(same.sum()) / both.height, float(growing or 0.0)  # type: ignore[arg-type]


def _published(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.drop(AUDIT, strict=False)


def _hashes(rows: pl.DataFrame) -> pl.Series:
    # As text: one release's 1 and another's 1.0 were typed apart, not published apart.
    return rows.select(pl.all().cast(pl.String).str.strip_chars()).hash_rows()


def _share(these: pl.Series, those: pl.Series) -> float:
    """The share of values that another column has, too."""
    if not these.len():
        return 0.0
    text = [one.cast(pl.String) for one in (these, those.unique())]
    return int(text[0].is_in(text[1].implode()).sum()) / these.len()


def _dates(rows: pl.DataFrame) -> str:
    """The column that says of when the rows are: of those with dates, the one with the fewest.

    A year beside a month says less than the month does.
    """
    dating = [name for name in rows.columns if _is_dating(rows, name)]
    years = [name for name in dating if rows[name].cast(pl.String).str.contains(_YEARLY).all()]
    found = [name for name in dating if name not in years] or years
    return min(found, key=lambda name: rows[name].n_unique(), default="")


def _is_dating(rows: pl.DataFrame, name: str) -> bool:
    words = tokens(name)
    if _OF_THE_THING & set(words) and "period" not in words:
        return False
    column = rows[name]
    if not column.len() or column.null_count() > 0.1 * column.len() or column.dtype.is_float():
        return False
    if column.dtype.is_temporal():
        return True
    values = column.cast(pl.String).drop_nulls().unique(maintain_order=True).head(_SAMPLE)
    # A bare number is a year only in a column that says so: 2019 patients are no year.
    if values.str.contains(r"^\d{4}$").mean() == 1 and not _DATING & set(words):
        return False
    # A total stands in every text column of its row, so that one value may be no date.
    dated = sum(says_date(value) for value in values)
    return dated >= _SURE * values.len() or (dated and dated == values.len() - 1) is True


def _distinct(dates: pl.Series) -> int:
    """How many dates there are, without the word that a total has in their place."""
    told = dates.cast(pl.String).drop_nulls().unique()
    return told.len() - (1 < told.len() <= _SAMPLE and not all(map(says_date, told)))


def _is_range(rows: pl.DataFrame) -> bool:
    """Whether the first and the last day of a reporting period are told, the same in all rows."""
    ends = [
        name
        for name in rows.columns
        if has_phrase(tokens(name), ("period", "start"))
        or has_phrase(tokens(name), ("period", "end"))
    ]
    return len(ends) == 2 and all(rows[name].n_unique() == 1 for name in ends)


def _is_by_event(rows: pl.DataFrame) -> bool:
    def moments(name: str) -> bool:
        column = rows[name]
        if column.dtype == pl.String:
            told = column.head(_SAMPLE).drop_nulls().str.contains(_CLOCK)
            timed = told.len() > 0 and told.all()
        else:
            timed = isinstance(column.dtype, pl.Datetime) and bool(
                (column.dt.truncate("1d") != column).any()
            )
        return timed and column.n_unique() >= 0.3 * rows.height

    return rows.height >= _ENOUGH and any(moments(name) for name in rows.columns)


def _is_by_record(rows: pl.DataFrame) -> bool:
    named = [name for name in rows.columns if _NAMING & set(tokens(name))]
    return rows.height >= _ENOUGH and any(
        rows[name].null_count() == 0 and rows[name].n_unique() == rows.height for name in named
    )


def _is_measure(rows: pl.DataFrame, name: str) -> bool:
    if _NO_MEASURE & set(tokens(name)):
        return False
    column = rows[name]
    if column.dtype.is_numeric():
        return True
    told = column.cast(pl.String).drop_nulls().head(1_000).str.replace_all(",", "")
    numbers = told.cast(pl.Float64, strict=False)
    return told.len() > 0 and numbers.null_count() <= 0.3 * told.len()
