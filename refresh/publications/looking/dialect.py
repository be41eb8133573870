"""How a CSV is written: its encoding, what parts its cells, what it quotes with.

Each way that it could be is tried on its first records; the one by which most of them have the
same, and the most, cells is taken.
"""

from collections import Counter
from itertools import islice

from refresh.publications.manifest import Layout
from refresh.publications.reading.records import Mended, records

SAMPLE = 1 << 17
DELIMITERS = (", ", ",", ";", "\t", "|", "^", "~", ":", " ")
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
    best, most = Layout(), 0.0
    for delimiter in DELIMITERS:
        if delimiter not in sample:
            continue
        for quote in ('"', "'"):
            opens = (f"{delimiter}{quote}", f"\n{quote}")
            if quote == "'" and not any(each in f"\n{sample}" for each in opens):
                continue
            layout = Layout(delimiter=delimiter, quote=quote, escape=_escape(sample, quote))
            score = _score(sample, layout)
            if score > most:
                best, most = layout, score
    return best


def _escape(sample: str, quote: str) -> str:
    """A backslash, where quotes within cells are written with one and never doubled."""
    escaped = f"\\{quote}"
    is_used = escaped in sample and quote * 2 not in sample.replace(escaped, "")
    return "\\" if is_used else ""


def _score(sample: str, layout: Layout) -> float:
    """How much a text looks like a table by a dialect: alike in width, wide, no quotes left."""
    found = islice(records(sample, layout, 0, Mended(), 1), LOOKED_AT)
    rows = [row for row in found if any(row)]
    widths = Counter(map(len, rows))
    if not widths:
        return -1
    width, same = max(widths.items(), key=lambda one: (one[1] * (one[0] > 1), one[0]))
    # Two words are no two cells until other lines have them too.
    if width == 1 or (layout.delimiter in " :" and len(rows) < 3):
        return 0
    share = same / widths.total()
    cells = [cell for row in rows for cell in row]
    left = sum(cell.lstrip().startswith(('"', "'")) for cell in cells) / len(cells)
    # Blanks and colons part words and times, too: they have to do much better.
    rare = {" ": 0.6, ":": 0.3, "~": 0.6, "^": 0.6}.get(layout.delimiter, 1.0)
    return float(share * min(width, 20) ** 0.25 * rare - left)
