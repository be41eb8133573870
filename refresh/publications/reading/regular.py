"""A CSV that is regular, read as text all at once: every record on a line, as long as the others.

Whether it is, is proved by counting its bytes; where it is not, nothing is given, and records.py
reads it one by one. Pure: bytes in, a frame out.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from refresh.publications.manifest import Layout

# What `strip_chars` takes away, and what a return before a newline is not.
_BLANKS = tuple(b" \t\x0b\x0c")
_PART = 1 << 18
# Beyond ASCII, up to the last of them, the ideographic space: to look at all of Unicode takes a
# third of a second at each start.
_BEYOND = tuple(chr(code).encode() for code in range(0x80, 0x3001) if chr(code).isspace())


def regular(text: bytes, layout: Layout, width: int) -> pl.DataFrame | None:
    """The cells of a regular CSV.

    Takes:  its text in UTF-8; the layout; how many cells every record must have.
    Gives:  `c1` to `cN`, one row a record, all text without outer blanks, null where blank; None
            where a record is longer or shorter, a line is blank, or a cell has quotes within.

    >>> regular(b"a, b\\n1,\\n", Layout(), 2).rows()
    [('a', 'b'), ('1', None)]
    >>> regular(b"a,b\\n1\\n", Layout(), 2) is None
    True
    """
    if layout.escape or len(layout.delimiter) != 1 or not layout.delimiter.isascii():
        return None
    quote = layout.quote.encode()
    is_quoted = bool(quote) and quote in text
    try:
        frame = pl.read_csv(
            text,
            has_header=False,
            schema={f"c{at}": pl.String for at in range(1, width + 1)},
            separator=layout.delimiter,
            quote_char=layout.quote if is_quoted else None,
            empty_string_is_null=not is_quoted,
        )
    except pl.exceptions.PolarsError:
        return None
    if not (_is_even_quoted if is_quoted else _is_even)(frame, text, layout):
        return None
    if has_outer_blanks(text, layout):
        frame = frame.with_columns(pl.all().str.strip_chars())
    elif not is_quoted:
        return frame
    return frame.with_columns(pl.all().replace("", None))


def has_outer_blanks(text: bytes, layout: Layout) -> bool:
    """Whether a cell of a text may begin or end with a blank; False only where none does.

    >>> has_outer_blanks(b"a b,c\\r\\nd,e", Layout()), has_outer_blanks(b"a ,b", Layout())
    (False, True)
    """
    if b"\r" in text and text.count(b"\r") != text.count(b"\r\n"):
        return True
    if not text.isascii() and any(blank in text for blank in _BEYOND):
        return True
    is_edge = np.zeros(256, np.bool_)
    is_edge[list(f"{layout.delimiter}{layout.quote}\n\r".encode())] = True
    blanks = [one for one in _BLANKS if chr(one) != layout.delimiter and one in text]
    if any(one in (text[0], text[-1]) for one in blanks):
        return True
    # A part at a time: masks as large as the text would be in no processor's cache.
    parts = (
        np.frombuffer(text[at : at + _PART + 1], np.uint8) for at in range(0, len(text), _PART)
    )
    return any(_meet(part, blank, is_edge) for part in parts for blank in blanks)


def _meet(part: NDArray[np.uint8], blank: int, is_edge: NDArray[np.bool_]) -> bool:
    """Whether a byte stands beside one of the others."""
    at = np.flatnonzero(part == blank)
    before, after = part[at[at > 0] - 1], part[at[at < len(part) - 1] + 1]
    return bool(is_edge[before].any() or is_edge[after].any())


def _count(text: bytes, one: str) -> int:
    """How often a byte stands in a text: several times as quick as `bytes.count`."""
    whole = np.frombuffer(text, np.uint8)
    return sum(
        int(np.count_nonzero(whole[at : at + _PART] == ord(one)))
        for at in range(0, len(whole), _PART)
    )


def _is_even(frame: pl.DataFrame, text: bytes, layout: Layout) -> bool:
    """Whether every record had as many cells as there are columns, and every line was one.

    Polars fills short rows up, and leaves blank lines out, without a word.
    """
    lines = _count(text, "\n") + (not text.endswith(b"\n"))
    delimiters = _count(text, layout.delimiter)
    return delimiters == frame.height * (frame.width - 1) and lines == frame.height


def _is_even_quoted(frame: pl.DataFrame, text: bytes, layout: Layout) -> bool:
    """The same where delimiters and line ends may stand within quotes."""
    cells = pl.all().fill_null("")
    counts = frame.select(
        quotes=pl.any_horizontal(cells.str.contains(layout.quote, literal=True).any()),
        within=pl.sum_horizontal(cells.str.count_matches(layout.delimiter, literal=True).sum()),
        lines=pl.sum_horizontal(cells.str.count_matches("\n", literal=True).sum()),
    ).row(0, named=True)
    delimiters = _count(text, layout.delimiter) - counts["within"]
    lines = _count(text, "\n") + (not text.endswith(b"\n")) - counts["lines"]
    return (
        not counts["quotes"]
        and delimiters == frame.height * (frame.width - 1)
        and lines == frame.height
    )
