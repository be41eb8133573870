"""The map of a brief: a dot a practice, where it is, and none behind another."""

import re

import polars as pl

from app.atlas.drawing.brief_pictures import points

ROW = {"band": 1, "small": False, "uncertain": False}


def middles(*places: tuple[float, float]) -> list[tuple[float, float]]:
    rows = pl.DataFrame([ROW | {"longitude": x, "latitude": y} for x, y in places])
    found = re.findall(
        r'class="band-dot b1" cx="([\d.]+)" cy="([\d.]+)" r="([\d.]+)"', points(rows, str)
    )
    assert len(found) == len(places)
    return [(float(x), float(y)) for x, y, _ in found]


def test_practices_at_one_address_stand_side_by_side():
    """The trap: overlapping markers. The brief of five practices showed four."""
    *three, alone = middles((-1, 53), (-1, 53), (-1, 53), (-2, 52))
    assert len(set(three)) == 3 and len({y for _, y in three}) == 1
    steps = [b[0] - a[0] for a, b in zip(three, three[1:], strict=False)]
    assert min(steps) > 0 and max(steps) - min(steps) < 0.2
    assert alone[0] < three[0][0] and alone[1] > three[0][1]
