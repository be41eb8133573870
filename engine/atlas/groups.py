"""Groups: practices that somebody lists, read out of whatever they paste.

A group is an area of a question (`group:A81001.A81002`), summed over its practices like any other,
but no organisation.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

import polars as pl

from engine.atlas.area import GROUP, Area
from engine.lake import Lake

MOST = 500
# A letter and five more with a digit among them is a code (A81001); a letter and three digits or
# more, or three letters and two, was meant to be one. Names, towns and halves of postcodes are
# neither.
# What a keyboard of another script, or a web page, puts into a code: nothing that can be seen.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_WHOLE = re.compile(r"(?!U[0-9]{5})[A-Z](?=[A-Z]*[0-9])[0-9A-Z]{5}")  # but no network's
_CODE = re.compile(r"[A-Z](?=[A-Z]*[0-9])[0-9A-Z]{5}|[A-Z][0-9]{3,}|[A-Z]{3}[0-9]{2,}")


def area_of(codes: Sequence[str]) -> str:
    """The area of a question that is these practices and no other.

    >>> area_of(["A81002", "A81001", "A81002"])
    'group:A81001.A81002'
    """
    # Sorted and once each: the same practices are the same link, and the same answer that is kept.
    return str(Area(GROUP, tuple(sorted(set(codes)))))


def codes_of(area: str) -> tuple[str, ...]:
    """The practices that an area lists; none where it is an organisation, or all of England.

    >>> codes_of("group:A81001.A81002"), codes_of("icb:QOP")
    (('A81001', 'A81002'), ())
    """
    named = Area.parse(area)
    return named.codes if named.is_group else ()


def parse_codes(text: str) -> tuple[str, ...]:
    """Every ODS code of a practice in a text of any layout, in its order, repeats included.

    Takes:  lines, a column or rows of a sheet, a sentence; codes in upper or lower case, with names
            and punctuation around them.
    Gives:  codes in upper case, full-width letters as plain ones. What looks like one with a
            character too few or too many is given too: it is for `sort_out` to say that nobody
            knows it.

    >>> parse_codes("A81001, a81002;The Densham Surgery\\tTS18 1HU\\n'A81001' (A8100)")
    ('A81001', 'A81002', 'A81001', 'A8100')
    >>> parse_codes("ZZZ99, TS18")
    ('ZZZ99',)
    """
    return tuple(word for word in _words(text) if _CODE.fullmatch(word))


def column_of_codes(rows: Iterable[Sequence[str]]) -> list[str]:
    """The cells of a table that list its practices: of the column that has most of their codes.

    Takes:  rows of cells, titles and a header among them or not; of equals the first counts. A
            table of one row with codes is read along it.
    Gives:  what stands in that column, top to bottom, blank cells left out; none without codes.

    >>> column_of_codes([["No", "Code"], ["1", "A81001"], ["2", "A81002"]])
    ['Code', 'A81001', 'A81002']
    """
    table = [[*row] for row in rows]
    counted: dict[int, int] = {}
    for row in table:
        for at, cell in enumerate(row):
            has_one = any(_WHOLE.fullmatch(word) for word in _words(cell))
            counted[at] = counted.get(at, 0) + has_one
    most = max(counted.values(), default=0)
    if not most:
        return []
    if most == 1:
        whole = max(table, key=lambda row: len(parse_codes(" ".join(row))))
        return [cell for cell in whole if cell.strip()]
    column = min(at for at, count in counted.items() if count == most)
    return [row[column] for row in table if len(row) > column and row[column].strip()]


def without_codes(cells: Sequence[str]) -> tuple[str, ...]:
    """The cells of a column of codes in which there is none, each once; its header is no such cell.

    >>> without_codes(["Code", "A81001", "closed", "A81002"])
    ('closed',)
    """
    first = next((at for at, cell in enumerate(cells) if parse_codes(cell)), len(cells))
    left = (" ".join(cell.split()) for cell in cells[first:] if not parse_codes(cell))
    return tuple(dict.fromkeys(filter(None, left)))


def pasted_cells(text: str) -> list[str]:
    r"""What was pasted, a list as its reader sees it: by lines, one line by its commas.

    >>> pasted_cells("A81001 The Densham Surgery, Stockton\n\nA81 002")
    ['A81001 The Densham Surgery, Stockton', 'A81 002']
    >>> pasted_cells("A81001, A81 002; A81003")
    ['A81001', 'A81 002', 'A81003']
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines if len(lines) > 1 else re.split(r"\s*[,;]\s*", text.strip())


def _words(text: str) -> list[str]:
    plain = _UNSEEN.sub("", unicodedata.normalize("NFKC", text))
    return re.findall(r"[0-9A-Z]+", plain.upper())


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
        # As it is now: the table keeps every name that a practice ever had.
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
            # The name in QOF first: it is the one that stands beside its figures.
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
