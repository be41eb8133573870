"""Groups: practices that somebody lists, read out of whatever they paste, and compared as one.

A group is a sum over its practices like any area, but no organisation: its row comes first, and
its members beside it.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from engine.ask import COLUMNS, Question, answer, check
from engine.bands import edges
from engine.interval import wilson
from engine.lake import Lake
from engine.rollup import roll_up

GROUP = "GROUP"
MOST = 500
# A letter and five more with a digit among them is a code (A81001); a letter and three digits or
# more, or three letters and two, was meant to be one. Names, towns and halves of postcodes are
# neither.
_CODE = re.compile(r"[A-Z](?=[A-Z]*[0-9])[0-9A-Z]{5}|[A-Z][0-9]{3,}|[A-Z]{3}[0-9]{2,}")


def area_of(codes: Sequence[str]) -> str:
    """The area of a question that is these practices and no other.

    >>> area_of(["A81002", "A81001", "A81002"])
    'group:A81001.A81002'
    """
    return "group:" + ".".join(sorted(set(codes)))


def codes_of(area: str) -> tuple[str, ...]:
    """The practices that an area lists; none where it is an organisation, or all of England.

    >>> codes_of("group:A81001.A81002"), codes_of("icb:QOP")
    (('A81001', 'A81002'), ())
    """
    kind, _, codes = area.partition(":")
    return tuple(code for code in codes.split(".") if code) if kind == "group" else ()


def parse_codes(text: str) -> tuple[str, ...]:
    """Every ODS code of a practice in a text of any layout, in its order, repeats included.

    Takes:  lines, a column or rows of a sheet, a sentence; codes in upper or lower case, with names
            and punctuation around them.
    Gives:  codes in upper case. What looks like one with a character too few or too many is given
            too: it is for `sort_out` to say that nobody knows it.

    >>> parse_codes("A81001, a81002;The Densham Surgery\\tTS18 1HU\\n'A81001' (A8100)")
    ('A81001', 'A81002', 'A81001', 'A8100')
    >>> parse_codes("ZZZ99, TS18")
    ('ZZZ99',)
    """
    return tuple(word for word in re.findall(r"[0-9A-Z]+", text.upper()) if _CODE.fullmatch(word))


def sort_out(lake: Lake, codes: Sequence[str], year: str) -> pl.LazyFrame:
    """What is known of each code that was listed, so that the reader can be told.

    Takes:  codes as `parse_codes` gives them, and a QOF year.
    Gives:  one row a code, in the order listed: `practice_code`, `practice_name` (null where
            nobody knows it), `times` listed, `verdict` and `closed_on`. Verdicts: `member` (it is
            in that year's QOF, even if it closed since), `closed` (it is not, and has closed),
            `absent` (a practice, but not in that year's QOF) and `unknown`.
    """
    listed = pl.LazyFrame({"practice_code": list(codes)}, schema={"practice_code": pl.String})
    known = (
        lake.scan("practice")
        .join(listed, on="practice_code", how="semi")
        .group_by("practice_code")
        .agg(pl.col("practice_name", "status", "closed_on").sort_by("valid_from").last())
    )
    seen = (
        lake.scan("practice_geography")
        .join(listed, on="practice_code", how="semi")
        .group_by("practice_code")
        .agg(
            seen_name=pl.col("practice_name").sort_by("year").last(),
            in_year=(pl.col("year") == year).any(),
        )
    )
    is_closed = (pl.col("status") == "closed") | pl.col("closed_on").is_not_null()
    return (
        listed.group_by("practice_code", maintain_order=True)
        .agg(times=pl.len().cast(pl.Int64))
        .join(known, on="practice_code", how="left", maintain_order="left")
        .join(seen, on="practice_code", how="left", maintain_order="left")
        .select(
            "practice_code",
            practice_name=pl.coalesce("seen_name", "practice_name"),
            times="times",
            verdict=pl.when("in_year")
            .then(pl.lit("member"))
            .when(is_closed)
            .then(pl.lit("closed"))
            .when(pl.col("in_year").is_not_null() | pl.col("status").is_not_null())
            .then(pl.lit("absent"))
            .otherwise(pl.lit("unknown")),
            closed_on="closed_on",
        )
    )


def group(
    lake: Lake, question: Question, codes: Sequence[str], *, name: str = "This group"
) -> pl.LazyFrame:
    """The practices of a list as one organisation, followed by each of them.

    Takes:  a question, of which level and area play no part; codes, of which those that are not
            in the year's QOF, and repeats, add nothing.
    Gives:  the columns of `answer` and `is_group`. First the group: sum over sum, code GROUP, no
            place on the map; then its members, by code, banded as in the answer for all England.
            A group of nobody has its row, with nulls.
    Raises: UnknownName, BadQuestion; see `answer`.
    """
    metric, bands = check(lake, question)
    everybody = answer(lake, replace(question, level="practice", area="", keep="")).cache()
    members = everybody.filter(pl.col("organisation_code").is_in(list(codes)))
    eligible = pl.when(pl.col("denominator") > 0).then(pl.col("denominator"))
    low, high = wilson(pl.col("numerator"), pl.col("denominator"))
    none = pl.lit(None, pl.Float64)
    reached = [pl.col("value") >= pl.col(f"edge_{i}") for i in range(1, bands.count)]
    one = pl.LazyFrame({"organisation_code": [GROUP]}).join(
        roll_up(members.with_columns(organisation_code=pl.lit(GROUP))),
        on="organisation_code",
        how="left",
    )
    total = (
        one.with_columns(
            organisation_name=pl.lit(name),
            practices=pl.col("practices").fill_null(0),
            value=pl.col("numerator") * 100 / eligible,
            value_low=low if metric.interval else none,
            value_high=high if metric.interval else none,
            latitude=none,
            longitude=none,
        )
        .join(edges(everybody, bands), how="cross")
        .with_columns(band=pl.sum_horizontal(reached, ignore_nulls=False).cast(pl.UInt8))
    )
    both = [part.select(COLUMNS) for part in (total, members)]
    return pl.concat(both).with_columns(is_group=pl.col("organisation_code") == GROUP)
