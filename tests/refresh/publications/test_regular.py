"""A CSV is read all at once only where that is sure to read it as it stands."""

import pytest

from refresh.publications.manifest import Layout
from refresh.publications.reading.regular import has_outer_blanks, regular


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (b"a,b\n1,2\n", [("a", "b"), ("1", "2")]),
        (b"a,b\r\n1,\r\n", [("a", "b"), ("1", None)]),
        (b"a , b\n\t1,2 ", [("a", "b"), ("1", "2")]),
        ("a\u00a0,b\n\u20031,2".encode(), [("a", "b"), ("1", "2")]),
        (b'"a","",b\n1,"2, and\n3", x', [("a", None, "b"), ("1", "2, and\n3", "x")]),
        (b"  ,1\n2, ", [(None, "1"), ("2", None)]),
    ],
)
def test_cells_are_read_without_outer_blanks_and_null_where_blank(text: bytes, rows: list):
    frame = regular(text, Layout(), len(rows[0]))
    assert frame is not None and frame.rows() == rows


@pytest.mark.parametrize(
    "text",
    [
        b"a,b\n1\n",
        b"a,b\n1,2,3\n",
        b"a,b\n\n1,2\n",
        b"a,b\n1\n1,2,3\n",  # as many cells as there should be, in the wrong records
        b'a,b\n1,"2 "" 3"\n',
        b'a,b\n"1,2\n',
    ],
)
def test_what_is_not_regular_is_left_to_who_reads_record_by_record(text: bytes):
    assert regular(text, Layout(), 2) is None


def test_a_blank_at_the_edge_of_a_part_of_a_long_text_is_seen(monkeypatch):
    from refresh.publications.reading import regular as module

    monkeypatch.setattr(module, "_PART", 8)
    for at in range(1, 17):
        text = b"x" * at + b" ," + b"y" * (20 - at)
        assert has_outer_blanks(text, Layout()), at
    assert not has_outer_blanks(b"x x,y y\nz zzzzzzzz z,z", Layout())
