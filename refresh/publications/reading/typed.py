"""From text to the types of a manifest: numbers, marks, dates; what fits nothing is told.

One plan for all columns; only words that are no number are looked at one by one, and those are few.
"""

from dataclasses import dataclass, field

import polars as pl

from refresh.publications.manifest import ManifestColumn
from refresh.publications.reading.marks import PLAIN, is_annotated, reason

NUMBER = rf"^(?:{PLAIN.pattern})$"
WHOLE = ("int8", "int16", "int32", "int64")
DECIMAL = ("float32", "float64")
TYPES: dict[str, pl.DataType] = {
    "string": pl.String(),
    "boolean": pl.Boolean(),
    "int8": pl.Int8(),
    "int16": pl.Int16(),
    "int32": pl.Int32(),
    "int64": pl.Int64(),
    "float32": pl.Float32(),
    "float64": pl.Float64(),
    "date": pl.Date(),
    "timestamp": pl.Datetime("us"),
}
SUPPRESSED = "_suppressed"


@dataclass
class Told:
    """What was seen of one column, summed up over the parts of a file.

    marks      how often each mark stands in it; unknown, those that the manifest does not name
    annotated  how many numbers have a note glued on
    bad        how many values do not fit, by value
    """

    sum: float | int | None = None
    nulls: int = 0
    marks: dict[str, int] = field(default_factory=dict)
    unknown: dict[str, int] = field(default_factory=dict)
    annotated: int = 0
    bad: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Typed:
    """A part of a file to its types.

    values  the columns of the manifest, and `<name>_suppressed` beside those with marks
    wrong   of each row why it does not fit, or null
    """

    values: pl.DataFrame
    wrong: pl.Series


def typed(cells: pl.DataFrame, columns: list[ManifestColumn], told: dict[str, Told]) -> Typed:
    """The cells of one part to the types of the manifest.

    Takes:  columns named as the manifest names them, all text, null where blank; what was told of
            the parts before, which is added to.
    """
    made: list[pl.Expr] = []
    wrong: list[pl.Expr] = []
    seen = _scanned(cells, columns)
    for column in columns:
        words = _meanings(column, seen[column.name].others, told[column.name])
        value, fits = _value(cells, column, words, seen[column.name])
        made.append(value.alias(column.name))
        if is_number(column) and column.marks:
            made.append(_reasons(column, words).alias(column.name + SUPPRESSED))
        if fits is not None:
            why = pl.format("`{}` in " + column.name + " is no " + _noun(column), column.name)
            wrong.append(pl.when(~fits).then(why))
    values = cells.select(made)
    if not wrong:
        return Typed(values, pl.Series("reason", [None] * cells.height, dtype=pl.String))
    reasons = cells.select(pl.concat_str(wrong, separator="; ", ignore_nulls=True).alias("reason"))
    return Typed(values, reasons.to_series().replace("", None))


def sum_up(values: pl.DataFrame, columns: list[ManifestColumn], told: dict[str, Told]) -> None:
    """Add the sums and the blanks of rows that were kept to what is told."""
    numbers = [column.name for column in columns if is_number(column)]
    if not values.height:
        return
    sums = values.select(pl.col(numbers).sum()).row(0, named=True) if numbers else {}
    some = values.select(pl.col(numbers).is_not_null().any()).row(0, named=True) if numbers else {}
    nulls = values.null_count().row(0, named=True)
    for column in columns:
        seen = told[column.name]
        seen.nulls += nulls[column.name]
        if some.get(column.name):
            seen.sum = (seen.sum or 0) + sums[column.name]


def is_number(column: ManifestColumn) -> bool:
    """Whether a column holds numbers."""
    return column.dtype in WHOLE or column.dtype in DECIMAL


def _noun(column: ManifestColumn) -> str:
    if column.dtype in WHOLE:
        return "whole number"
    return "number" if column.dtype in DECIMAL else f"{column.dtype} ({column.format})"


@dataclass(frozen=True)
class _Scanned:
    """What a column of numbers holds in this part.

    others   how often each word stands in it that is no number
    values   its numbers where all of them are as figures alone; None where some are not: they have
             a comma, a sign of money, a point where whole numbers belong, or are too large
    is_bare  its numbers are figures alone: no comma, no sign of money, no per cent
    is_whole and no point
    """

    others: dict[str, int] = field(default_factory=dict)
    values: pl.Series | None = None
    is_bare: bool = True
    is_whole: bool = True


def _scanned(cells: pl.DataFrame, columns: list[ManifestColumn]) -> dict[str, _Scanned]:
    """A first look at all columns of numbers at once: most need no second."""
    numbers = [column for column in columns if is_number(column)]
    found = dict.fromkeys((column.name for column in columns), _Scanned())
    if not numbers:
        return found
    cast = cells.select(
        pl.col(column.name).cast(TYPES[column.dtype], strict=False) for column in numbers
    )
    slow = []
    for column in numbers:
        text, values = cells[column.name], cast[column.name]
        others: dict[str, int] = {}
        if values.null_count() > text.null_count():
            left = text.filter(values.is_null() & text.is_not_null())
            others = dict(left.value_counts().iter_rows())
        # What Polars takes for a number is one, but for words such as `nan` and `infinity`.
        is_finite = column.dtype in WHOLE or values.is_finite().all()
        if is_finite and not any(map(PLAIN.fullmatch, others)):
            found[column.name] = _Scanned(others, values)
        else:
            slow.append(column.name)
    return found | _looked_at(cells, slow)


def _looked_at(cells: pl.DataFrame, names: list[str]) -> dict[str, _Scanned]:
    """The same of columns whose numbers are written in other ways, too."""
    looks = []
    for name in names:
        text = pl.col(name)
        looks += [
            text.filter(~text.str.contains(NUMBER))
            .value_counts(name="_n")
            .implode()
            .alias(f"o{name}"),
            text.str.contains(r"[,£$€%\s]").any().alias(f"b{name}"),
            text.str.contains(r"[.eE]").any().alias(f"w{name}"),
        ]
    row = cells.select(looks).row(0, named=True) if looks else {}
    return {
        name: _Scanned(
            {one[name]: one["_n"] for one in row[f"o{name}"]},
            None,
            not row[f"b{name}"],
            not row[f"w{name}"],
        )
        for name in names
    }


def _meanings(column: ManifestColumn, others: dict[str, int], told: Told) -> dict[str, str]:
    """What each word means that stands among numbers: its reason; what is wrong is left out."""
    known = {mark.lower(): why for mark, why in column.marks.items()}
    words: dict[str, str] = {}
    # In one order, so that a finding reads the same each time.
    for text, count in sorted(others.items(), key=lambda one: (-one[1], one[0])):
        if why := known.get(text.lower(), ""):
            told.marks[text] = told.marks.get(text, 0) + count
            words[text] = why
        elif is_annotated(text):
            told.annotated += count
            words[text] = text
        elif why := reason(text):
            told.marks[text] = told.marks.get(text, 0) + count
            told.unknown[text] = told.unknown.get(text, 0) + count
            words[text] = why
        else:
            told.bad[text] = told.bad.get(text, 0) + count
    return words


def _value(
    cells: pl.DataFrame, column: ManifestColumn, words: dict[str, str], seen: _Scanned
) -> tuple[pl.Expr, pl.Expr | None]:
    """The value of a column, null where it has none; and whether what stands there fits, or None
    where all of it does.
    """
    text = pl.col(column.name)
    if is_number(column):
        return _number(column, words, seen)
    if column.dtype == "date":
        value = text.str.to_date(column.format or "%Y-%m-%d", strict=False)
    elif column.dtype == "timestamp":
        value = text.str.to_datetime(column.format or None, strict=False, time_unit="us")
    elif column.dtype == "boolean":
        lower = text.str.to_lowercase()
        value = (
            pl.when(lower.is_in(["true", "yes", "y", "1"]))
            .then(True)
            .when(lower.is_in(["false", "no", "n", "0"]))
            .then(False)
        )
    else:
        return text, None
    made = cells.select(value.alias(column.name)).to_series()
    if made.null_count() == cells[column.name].null_count():
        return pl.lit(made), None
    return pl.lit(made), text.is_null() | pl.lit(made.is_not_null()) | text.is_in([*column.marks])


def _number(
    column: ManifestColumn, words: dict[str, str], seen: _Scanned
) -> tuple[pl.Expr, pl.Expr | None]:
    """The same of a column of numbers."""
    text = pl.col(column.name)
    is_bad = any(other not in words for other in seen.others)
    if seen.values is not None:
        known = text.is_null() | pl.lit(seen.values.is_not_null()) | text.is_in(list(words))
        return pl.lit(seen.values), known if is_bad else None
    bare = text if seen.is_bare else text.str.replace_all(r"[,£$€%\s]", "")
    plain = text.str.contains(NUMBER)
    # What has a note would lose it, and count.
    bare = pl.when(plain).then(bare) if seen.others else bare
    known = text.is_null() | plain | text.is_in(list(words))
    if column.dtype in DECIMAL:
        return bare.cast(TYPES[column.dtype], strict=False), known if is_bad else None
    whole = bare.cast(TYPES[column.dtype], strict=False)
    if not seen.is_whole:
        # `112.0` is a whole number; `112.5` is none, nor is it rounded.
        decimal = bare.cast(pl.Float64, strict=False)
        by_float = pl.when(decimal == decimal.floor()).then(decimal.cast(pl.Int64, strict=False))
        whole = pl.coalesce(whole, by_float).cast(TYPES[column.dtype], strict=False)
    return whole, known & (~plain | whole.is_not_null() | text.is_null())


def _reasons(column: ManifestColumn, words: dict[str, str]) -> pl.Expr:
    if not words:
        return pl.lit(None, pl.String)
    return pl.col(column.name).replace_strict(
        list(words), list(words.values()), default=None, return_dtype=pl.String
    )
