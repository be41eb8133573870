"""Of every published file: rows read are rows staged and rows rejected, and these are kept."""

import polars as pl

from engine import Lake
from tests.refresh.read_again import read_again, unaccounted


def test_no_published_row_is_lost_and_those_left_out_are_known(real: Lake):
    told = list(read_again(real.layout.root, demonstration=False))
    assert {r: wrong for r, judged in told if (wrong := unaccounted(judged))} == {}
    assert sum(sum(judged.given.values()) for _, judged in told) > 1_000_000
    left_out = {
        (release.source, release.period, name): rows
        for release, judged in told
        for name, rows in judged.rejects.items()
        if rows.height
    }
    assert list(left_out) == [("ready_coordinates", "undated", "ready_coordinates")]
    (repeats,) = left_out.values()
    assert (repeats.height, repeats["reason"].n_unique()) == (38, 1)
    assert "repeat" in repeats["reason"][0] and repeats["row"].null_count() == 38
    files = sorted(real.layout.staged.rglob("*-rejects-*"))
    assert [pl.read_parquet(path).height for path in files] == [38]
