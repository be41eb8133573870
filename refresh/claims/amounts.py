"""What stands in a cell of a claims file: an amount in dollars, a day, a number, yes or no. Pure.

Amounts become whole cents so that no engine, order or thread can change the last of them. Half a
cent goes away from zero, by the digits as they are written: 1.005 is 1.01. Most cells are plain and
are read many at a time; only those that are left are looked at digit by digit.
"""

import polars as pl

# Dollars as machines and as people write them: 1,234.50  $12  (3.10)  -5.
_AMOUNT = r"^\(?([+-]?)\$?([+-]?)(\d*)(?:\.(\d*))?\)?$"
_MOST = 15  # digits of dollars: with two of cents they fit whole numbers of 64 bits
_SURE = 10.0**12  # dollars: a binary fraction tells cents apart below that
_CLEAR = 0.05  # of a cent: what is nearer to a whole one is no half, whatever a fraction lost
_ISO = r"^(\d{4}-\d{2}-\d{2})(?:[T ].*)?$"
_FORMS = ("%m/%d/%Y", "%Y%m%d", "%m-%d-%Y", "%d-%b-%Y", "%d%b%Y", "%Y/%m/%d")
_FIRST_YEAR, _LAST_YEAR = 1890, 9999
_YES = ("1", "1.0", "true", "t", "y", "yes")
_NO = ("0", "0.0", "false", "f", "n", "no")


def cents(text: pl.Series) -> pl.Series:
    """Whole cents of amounts in dollars; null where a cell is no amount.

    >>> said = ["12.5", "1.005", "-1.005", "$1,234.50", "(3.10)", "9999999999.99", "abc", None]
    >>> cents(pl.Series(said)).to_list()
    [1250, 101, -101, 123450, -310, 999999999999, None, None]
    """
    value = text.cast(pl.Float64, strict=False) * 100
    is_sure = (value.abs() < _SURE * 100) & ((value - value.round()).abs() < _CLEAR)
    plain = pl.DataFrame({"text": text, "value": value.round(), "sure": is_sure.fill_null(False)})
    left = plain.filter(~pl.col("sure"), pl.col("text").is_not_null())
    read = plain.select(pl.when("sure").then("value").cast(pl.Int64, strict=False)).to_series()
    return read if left.is_empty() else read.fill_null(_by_digits(text, left["text"]))


def _by_digits(text: pl.Series, odd: pl.Series) -> pl.Series:
    """The cents of those cells that are among the odd ones."""
    words = odd.unique(maintain_order=True).to_frame("text")
    parts = pl.col("text").str.replace_all(r"[,\s]", "").str.extract_groups(_AMOUNT)
    apart = words.with_columns(parts.alias("parts")).unnest("parts")
    whole, tail = pl.col("3").fill_null(""), pl.col("4").fill_null("")
    digits = whole + (tail + "00").str.slice(0, 2)
    is_half = tail.str.slice(2, 1).cast(pl.Int64, strict=False).fill_null(0) >= 5
    is_taken_back = pl.col("text").str.contains(r"^\s*[(]|-")
    is_amount = (whole + tail != "") & (whole.str.len_bytes() <= _MOST)
    amount = digits.cast(pl.Int64, strict=False) + is_half.cast(pl.Int64)
    signed = pl.when(is_taken_back).then(-amount).otherwise(amount)
    known = apart.select("text", cents=pl.when(is_amount).then(signed))
    return _looked_up(text, known)


def _looked_up(text: pl.Series, known: pl.DataFrame) -> pl.Series:
    """For each cell what is known of its text; null where nothing is."""
    frame = text.to_frame("text").join(known, on="text", how="left", maintain_order="left")
    return frame.to_series(1)


def is_finer(text: pl.Series) -> pl.Series:
    """Whether an amount has a third decimal that is not nought.

    >>> is_finer(pl.Series(["1.005", "1.000", "7", None])).to_list()
    [True, False, False, None]
    """
    return text.str.contains(r"\.\d\d\d*[1-9]")


def day(text: pl.Series) -> pl.Series:
    """The calendar day that a cell says; null where it says none.

    A time and an offset are left aside: a service at 23:30-05:00 was on that day where it was
    given, and belongs to that month. Months come before days, as in the publishers' country.

    >>> said = ["2025-01-31T23:30:00-05:00", "01/31/2025", "20250131", "2025-02-30", "soon", None]
    >>> day(pl.Series(said)).dt.to_string("%F").to_list()
    ['2025-01-31', '2025-01-31', '2025-01-31', None, None, None]
    """
    iso = pl.col("text").str.extract(_ISO).str.to_date("%Y-%m-%d", strict=False)
    bare = pl.col("text").str.replace(r"[T ]\d{1,2}:\d\d.*$", "")
    read = pl.coalesce(iso, *(bare.str.to_date(form, strict=False) for form in _FORMS))
    is_near = read.dt.year().is_between(_FIRST_YEAR, _LAST_YEAR)
    # A file of a million claims has some thousand days.
    days = text.drop_nulls().unique(maintain_order=True).to_frame("text")
    return _looked_up(text, days.select("text", day=pl.when(is_near).then(read)))


def whole(text: pl.Series) -> pl.Series:
    """A whole number; null where it is none, as 1.5 is.

    >>> whole(pl.Series(["3", "4.0", "1,200", "1.5"])).to_list()
    [3, 4, 1200, None]
    """
    read = text.cast(pl.Int64, strict=False)
    if read.null_count() == text.null_count():
        return read
    plain = text.str.replace_all(",", "").str.replace(r"\.0*$", "")
    return plain.cast(pl.Int64, strict=False)


def fraction(text: pl.Series) -> pl.Series:
    """A number; null where it is none, and for what only machines call one (`inf`, `nan`).

    >>> fraction(pl.Series(["0.25", "1,200.5", "nan"])).to_list()
    [0.25, 1200.5, None]
    """
    value = text.cast(pl.Float64, strict=False)
    if value.null_count() > text.null_count():
        value = text.str.replace_all(",", "").cast(pl.Float64, strict=False)
    return value.to_frame("n").select(pl.when(pl.col("n").is_finite()).then("n")).to_series()


def yes(text: pl.Series) -> pl.Series:
    """Yes or no; null where it is neither.

    >>> yes(pl.Series(["1", "N", "maybe"])).to_list()
    [True, False, None]
    """
    word = pl.col("word").str.to_lowercase()
    is_yes = word.is_in(list(_YES))
    read = pl.when(is_yes | word.is_in(list(_NO))).then(is_yes)
    return text.to_frame("word").select(read.alias("yes")).to_series()
