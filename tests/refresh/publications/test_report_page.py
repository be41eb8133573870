"""The page of a load: what it tells, whatever a publisher wrote."""

from datetime import date, datetime

import polars as pl
import pytest

from refresh.finding import Finding
from refresh.publications.column_profiles import BARS, column_profiles
from refresh.publications.manifest import Layout, ManifestColumn, TableOf
from refresh.publications.report_page import SHOWN_REJECTS, PageTold, page

HOSTILE = '<script>alert("x")</script>'
LOAD = {
    "load_id": 7, "source_code": "a", "period": "2025-11", "status": "completed",
    "started_at": datetime(2025, 12, 1), "rows_loaded": 3, "rows_rejected": 1,
    "file_url": HOSTILE, "file_sha256": "ab", "file_size_bytes": 1234, "error_message": HOSTILE,
}  # fmt: skip
SOURCE = TableOf(
    code="a", name=HOSTILE, table="tbl_a", notes=[HOSTILE], load_mode_reason=HOSTILE,
    layout=Layout(footer=HOSTILE), total_rows={"org": HOSTILE},
    columns=[ManifestColumn(name="org", original_name=HOSTILE, description=HOSTILE)],
)  # fmt: skip


def told(**other: object) -> PageTold:
    rows = pl.DataFrame({"org": [HOSTILE, "b", None], "n": [1, 2, 9]})
    said = {
        "load": LOAD,
        "source": SOURCE,
        "findings": [Finding("fail", "quality", HOSTILE, "w", HOSTILE, "org", HOSTILE)],
        "profiles": column_profiles(rows),
        "seen": [{"name": "n", "published": "N", "marks": {HOSTILE: 3}}],
        "rejects": pl.DataFrame({"reason": [HOSTILE], "org": [HOSTILE]}),
    }
    return PageTold(**said | other)  # type: ignore[arg-type]


def test_what_a_publisher_wrote_is_never_markup():
    text = page(told())
    assert "<script" not in text
    assert text.count("&lt;script&gt;") >= 12


def test_the_worst_gates_come_first_and_are_counted():
    findings = [
        Finding("pass", "row_count", "there are rows", "w", "they are there"),
        Finding("fail", "quality", "one row a key", "w", "2 twice", next_step="mend the key"),
    ]
    text = page(told(findings=findings))
    assert "1 fail, 1 pass" in text and text.index("2 twice") < text.index("they are there")
    assert "next: mend the key" in text


def test_rejected_rows_are_counted_by_reason_and_cut():
    many = pl.DataFrame({"reason": ["no number"] * 300 + ["too short"], "row": range(301)})
    text = page(told(rejects=many))
    assert "300: no number" in text and "1: too short" in text
    assert f"The first {SHOWN_REJECTS} of 301." in text
    assert "None: every row was used." in page(told(rejects=None))


def test_a_profile_of_numbers_dates_and_words():
    """0 to 240 in steps of ten: 0 and 5 in the first, 240 in the last, which ends with it."""
    numbers, days, words = column_profiles(
        pl.DataFrame(
            {
                "n": [0, 5, 240, None],
                "on": [date(2025, 1, 1), date(2025, 1, 2), date(2025, 1, 2), None],
                "who": ["b", "a", "b", ""],
            }
        )
    )
    assert (len(numbers.bars), numbers.bars[0], numbers.bars[-1]) == (BARS, 2, 1)
    assert (numbers.sum, numbers.nulls, numbers.null_share) == (245, 1, 0.25)
    assert (days.low, days.high, sum(days.bars)) == ("2025-01-01", "2025-01-02", 3)
    assert words.top[0] == ("b", 2) and words.distinct == 3


@pytest.mark.parametrize(
    "values",
    [[], [None, None], [7, 7], [float("nan"), 1.0], [float("inf"), 1.0, 2.0]],
)
def test_odd_columns_have_a_profile_and_a_picture(values: list[object]):
    profiles = column_profiles(pl.DataFrame({"n": pl.Series(values, dtype=pl.Float64)}))
    assert "<h2>Columns</h2>" in page(told(profiles=profiles))
