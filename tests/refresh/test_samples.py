"""Which rows a gate on columns complains of."""

from datetime import date, timedelta

import polars as pl

from refresh.validate.gates import GATES, judged
from refresh.validate.measured import columns_seen, misread_marks
from refresh.validate.samples import MOST_SHOWN, sampled
from refresh.validate.seen import Seen
from tests.refresh.publications.feeds import Feed, columns_of, said, source

TODAY = date(2026, 11, 30)


def samples(rows: pl.DataFrame, *, strict: bool = False) -> dict[tuple[str, str], tuple[str, int]]:
    """By check and column, the sample and how many rows failed."""
    seen = Seen(
        rows.height,
        columns_seen(rows),
        source_rows=rows.height,
        misread=misread_marks(rows),
        on=TODAY,
        strict=strict,
    )
    found = sampled(judged(seen, GATES, where="a.csv"), rows, key=["org"], on=TODAY)
    return {(f.check, f.column): (f.sample, f.rows_failed) for f in found if f.sample}


def test_days_to_come_and_of_long_ago_are_shown_and_those_on_the_line_are_not():
    days = [TODAY, TODAY + timedelta(1), date(2016, 11, 30), date(2016, 11, 29), None]
    rows = pl.DataFrame({"org": list("ABCDE"), "seen": days})
    shown = "row 2 (B): `seen` is 2026-12-01; row 4 (D): `seen` is 2016-11-29"
    assert samples(rows) == {("believable dates", "seen"): (shown, 2)}


def test_columns_without_values_show_their_first_rows():
    rows = pl.DataFrame({"org": list("ABC"), "n": [1, None, None], "m": [None] * 3})
    rows = rows.with_columns(pl.col("m").cast(pl.Int64))
    result = samples(rows, strict=True)
    assert result["nulls", "n"] == ("row 2 (B): `n` is null; row 3 (C): `n` is null", 2)
    assert result["columns have values", "m"][0].startswith("row 1 (A): `m` is null; row 2 (B)")


def test_marks_that_were_read_as_text_are_shown_with_what_names_their_rows():
    rows = pl.DataFrame({"org": list("ABCD"), "n": ["1", "2", "*", "4"], "name": list("-xyz")})
    assert samples(rows) == {("marks are understood", ""): ("row 3 (C): `n` is *", 1)}


def test_no_more_rows_are_shown_than_somebody_reads():
    many = 3 * MOST_SHOWN
    rows = pl.DataFrame({"org": [f"R{n}" for n in range(many)], "seen": [date(2050, 1, 1)] * many})
    shown, failed = samples(rows)["believable dates", "seen"]
    assert failed == many and shown.count("row ") == MOST_SHOWN
    assert shown.endswith(f"; and {many - MOST_SHOWN:,} more")


def test_a_table_without_a_key_names_a_row_by_its_first_columns():
    rows = pl.DataFrame({"a": ["x"], "b": [2], "seen": [date(2050, 1, 1)]})
    seen = Seen(1, columns_seen(rows), source_rows=1, on=TODAY)
    found = sampled(judged(seen, GATES, where="a.csv"), rows, on=TODAY)
    assert "row 1 (x, 2): `seen` is 2050-01-01" in [f.sample for f in found]


def test_a_load_keeps_the_rows_with_its_verdict_in_the_ledger(tmp_path):
    rows = [
        {"ORG": f"R{n:03}", "SEEN": "1899-12-31" if n == 7 else "2026-01-05"} for n in range(99)
    ]
    columns = columns_of(rows)
    columns[1].dtype, columns[1].format = "date", "%Y-%m-%d"
    feed = Feed(tmp_path, source(key=["org"], columns=columns))
    feed.register()
    (told,) = said(feed.publish("2026-01", rows), "believable dates")
    assert (told.status, told.sample) == ("warn", "row 8 (R007): `seen` is 1899-12-31")
    with feed.ledger() as ledger:
        kept = [v.sample for v in ledger.verdicts_of(1) if v.check == told.check]
    assert kept == [told.sample]
