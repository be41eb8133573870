"""How a CSV is written: its encoding, what parts its cells, what it quotes with.

Each way that it could be is tried on its first records; the one by which most of them have the
same, and the most, cells is taken.
"""

import csv
import io
from collections import Counter
from itertools import islice

from refresh.publications.manifest import Layout
from refresh.publications.reading.text import reader

SAMPLE = 1 << 17
DELIMITERS = (",", ";", "\t", "|", "^", "~", ":", " ")
LOOKED_AT = 200


def encoding_of(data: bytes) -> str:
    """The encoding that a manifest names: UTF-8, UTF-16 with its mark, or Windows-1252.

    >>> encoding_of(b"a,b"), encoding_of("é".encode("cp1252")), encoding_of(b"\\xef\\xbb\\xbfa")
    ('utf-8', 'cp1252', 'utf-8-sig')
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    if data[:3] == b"\xef\xbb\xbf":
        return "utf-8-sig"
    try:
        data.decode()
    except UnicodeDecodeError as error:
        # A sample may end within a character.
        return "utf-8" if error.start >= len(data) - 3 and error.start > 60 else "cp1252"
    return "utf-8"


def dialect_of(text: str) -> Layout:
    """Delimiter, quote and escape of a CSV, as a layout with nothing else said.

    >>> layout = dialect_of("a;b\\n'x;y';2\\n'z';3\\n")
    >>> layout.delimiter, layout.quote
    (';', "'")
    """
    sample = text[:SAMPLE]
    if len(text) > SAMPLE:
        sample = sample[: sample.rfind("\n") + 1] or sample
    best, most = Layout(), -1.0
    for delimiter in DELIMITERS:
        if delimiter not in sample:
            continue
        for quote in ('"', "'"):
            if quote == "'" and not any(
                f"{before}'" in f"\n{sample}" for before in (delimiter, "\n")
            ):
                continue
            layout = Layout(delimiter=delimiter, quote=quote, escape=_escape(sample, quote))
            score = _score(sample, layout)
            if score > most:
                best, most = layout, score
    return best


def _escape(sample: str, quote: str) -> str:
    """A backslash where quotes within cells are written with one, and never doubled."""
    return (
        "\\"
        if f"\\{quote}" in sample and f"{quote}{quote}" not in sample.replace(f"\\{quote}", "")
        else ""
    )


def _score(sample: str, layout: Layout) -> float:
    try:
        rows = [r for r in islice(reader(io.StringIO(sample, newline=""), layout), LOOKED_AT) if r]
    except csv.Error:
        return -1
    widths = Counter(len(row) for row in rows if any(row))
    if not widths:
        return -1
    width, same = max(widths.items(), key=lambda one: (one[1] * (one[0] > 1), one[0]))
    share = same / widths.total()
    quoted = sum(layout.quote in cell for row in rows for cell in row) / max(1, len(rows) * width)
    # Blanks and colons part words and times, too: they have to do much better.
    rare = {" ": 0.3, ":": 0.3, "~": 0.6, "^": 0.6}.get(layout.delimiter, 1.0)
    return 0 if width == 1 else share * min(width, 20) ** 0.25 * rare - quoted
