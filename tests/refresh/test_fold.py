"""Fold: load 1, load 2, look - for each of the four words, also late and corrected publications."""

from collections.abc import Sequence
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from engine.table import Column, Table
from refresh.store import fold
from refresh.store.fold import (
    FOREVER,
    Edition,
    append,
    batches,
    history,
    newest_revisions,
    replace,
    upsert,
)
from tests.conftest import rows

SCHEMA = {"code": pl.String, "name": pl.String, "size": pl.Int64}


def edition(period: str, text: str, revision: int = 1) -> Edition:
    return Edition(period, revision, rows(text, SCHEMA).lazy())


MAY = edition("2022-05", "code|name|size\nA|Ash|1\nB|Birch|2")
JUNE = edition("2022-06", "code|name|size\nA|Ash|1\nC|Cedar|3")
JUNE_CORRECTED = edition("2022-06", "code|name|size\nA|Oak|9", revision=2)
APRIL_LATE = edition("2022-04", "code|name|size\nA|Acorn|0\nD|Dogwood|4")


def look(lf: pl.LazyFrame) -> list[tuple]:
    return lf.collect().rows()


def versions(editions: Sequence[Edition]) -> list[str]:
    """The history as lines: code, what it said, from and to (`now` while current)."""
    lines = []
    for row in history(editions, ["code"]).collect().rows(named=True):
        to = "now" if row["valid_to"] == FOREVER else f"{row['valid_to']:%Y-%m}"
        lines.append(f"{row['code']} {row['name']} {row['valid_from']:%Y-%m} {to}")
    return lines


# The word


OF = Table(
    name="tree",
    grain="tree",
    meaning="Trees.",
    key=("code", "valid_from"),
    columns=(
        Column("code", pl.String, "Code"),
        Column("name", pl.String, "Name"),
        Column("size", pl.Int64, "Height", "m"),
        Column("valid_from", pl.Date, "First day", derived=True),
    ),
    owner="nobody",
)
WORDS = {
    "replace": "code|name\nA|Oak",
    "append": "code|name\nA|Ash\nA|Oak\nB|Birch",
    "upsert": "code|name\nA|Oak\nB|Birch",
    "history": "code|name\nA|Ash\nA|Oak\nB|Birch",
}


def by_word(word: str, editions: Sequence[Edition]) -> pl.LazyFrame:
    keyed = {"upsert": fold.upsert, "history": fold.history}
    if word in keyed:
        return keyed[word](editions, OF.staged.key)
    return {"replace": fold.replace, "append": fold.append}[word](editions)


@pytest.mark.parametrize("word", WORDS)
def test_the_word_decides_what_the_table_is(word: str):
    lf = by_word(word, [MAY, JUNE, JUNE_CORRECTED])
    said = lf.select("code", "name").sort("code", "name").collect()
    assert_frame_equal(said, rows(WORDS[word], SCHEMA))
    added = {"append": {"period"}, "history": {"valid_from", "valid_to"}}
    assert set(lf.collect_schema().names()) - set(SCHEMA) == added.get(word, set())


# Which edition counts


@pytest.mark.parametrize(
    ("period", "on"),
    [
        ("2026-02", date(2026, 2, 1)),
        ("2012-11", date(2012, 11, 1)),
        ("2026-Q1", date(2026, 1, 1)),
        ("2026-Q4", date(2026, 10, 1)),
        ("2021-22", date(2021, 4, 1)),
        ("2012-13", date(2012, 4, 1)),
    ],
)
def test_an_edition_is_valid_from_the_first_day_of_its_period(period: str, on: date):
    assert Edition(period, 1, pl.LazyFrame()).on == on


def test_a_period_that_reads_as_two_is_what_the_source_s_calendar_says():
    of_years = Edition("2011-12", 1, pl.LazyFrame(), kind="year")
    of_months = Edition("2011-12", 1, pl.LazyFrame(), kind="month")
    assert (of_years.on, of_months.on) == (date(2011, 4, 1), date(2011, 12, 1))


def test_only_the_newest_revision_of_a_period_counts():
    best = newest_revisions([JUNE_CORRECTED, MAY, JUNE])
    assert [(e.period, e.revision) for e in best] == [("2022-05", 1), ("2022-06", 2)]


def test_revisions_are_counted_not_spelt():
    best = newest_revisions([edition("2022-05", "code", r) for r in (10, 9, 2)])
    assert [e.revision for e in best] == [10]


# replace


def test_replace_keeps_only_the_newest_period():
    assert look(replace([MAY, JUNE])) == [("A", "Ash", 1), ("C", "Cedar", 3)]


def test_replace_takes_the_correction_of_the_newest_period():
    assert look(replace([MAY, JUNE, JUNE_CORRECTED])) == [("A", "Oak", 9)]


def test_replace_is_not_moved_by_a_late_older_period():
    assert look(replace([JUNE, APRIL_LATE])) == look(JUNE.rows)


# append


def test_append_keeps_every_period_and_says_which():
    assert look(append([MAY, JUNE])) == [
        ("A", "Ash", 1, "2022-05"),
        ("B", "Birch", 2, "2022-05"),
        ("A", "Ash", 1, "2022-06"),
        ("C", "Cedar", 3, "2022-06"),
    ]


def test_append_replaces_a_period_by_its_correction_whole():
    result = append([MAY, JUNE, JUNE_CORRECTED], period="month").filter(month="2022-06")
    assert look(result) == [("A", "Oak", 9, "2022-06")]


def test_append_puts_a_late_period_where_it_belongs():
    periods = append([JUNE, MAY, APRIL_LATE]).collect()["period"]
    assert periods.unique(maintain_order=True).to_list() == ["2022-04", "2022-05", "2022-06"]


# upsert


def test_upsert_keeps_what_was_not_said_again_and_renews_what_was():
    later = edition("2022-06", "code|name|size\nB|Beech|7\nC|Cedar|3")
    assert sorted(look(upsert([MAY, later], ["code"]))) == [
        ("A", "Ash", 1),
        ("B", "Beech", 7),
        ("C", "Cedar", 3),
    ]


def test_upsert_lets_a_late_older_period_change_nothing_that_is_newer():
    result = upsert([JUNE, APRIL_LATE], ["code"])
    assert sorted(look(result)) == [("A", "Ash", 1), ("C", "Cedar", 3), ("D", "Dogwood", 4)]


def test_upsert_forgets_what_only_a_withdrawn_revision_said():
    result = upsert([MAY, JUNE, JUNE_CORRECTED], ["code"])
    assert sorted(look(result)) == [("A", "Oak", 9), ("B", "Birch", 2)]


# history


def test_what_did_not_change_stays_one_version():
    assert versions([MAY, JUNE])[0] == "A Ash 2022-05 now"


def test_a_change_closes_one_version_and_opens_the_next_on_the_same_day():
    assert versions([MAY, JUNE_CORRECTED]) == [
        "A Ash 2022-05 2022-06",
        "A Oak 2022-06 now",
        "B Birch 2022-05 2022-06",
    ]


def test_what_vanishes_is_closed_and_opens_again_when_it_returns():
    july = edition("2022-07", "code|name|size\nA|Ash|1\nB|Birch|2")
    assert versions([MAY, JUNE, july]) == [
        "A Ash 2022-05 now",
        "B Birch 2022-05 2022-06",
        "B Birch 2022-07 now",
        "C Cedar 2022-06 2022-07",
    ]


def test_a_null_equals_a_null_and_differs_from_a_value():
    unknown = [edition(f"2022-0{m}", "code|name|size\nA||1") for m in (5, 6)]
    known = edition("2022-07", "code|name|size\nA|Ash|1")
    assert versions(unknown) == ["A None 2022-05 now"]
    assert versions([*unknown, known]) == ["A None 2022-05 2022-07", "A Ash 2022-07 now"]
    assert versions([known, edition("2022-08", "code|name|size\nA||1")])[1] == "A None 2022-08 now"


def test_a_late_publication_opens_the_past_and_leaves_the_present():
    assert versions([MAY, JUNE, APRIL_LATE]) == [
        "A Acorn 2022-04 2022-05",
        "A Ash 2022-05 now",
        "B Birch 2022-05 2022-06",
        "C Cedar 2022-06 now",
        "D Dogwood 2022-04 2022-05",
    ]


def test_a_correction_leaves_no_trace_of_what_it_corrects():
    assert versions([MAY, JUNE, JUNE_CORRECTED]) == versions([MAY, JUNE_CORRECTED])


def test_a_change_back_is_a_third_version():
    back = edition("2022-07", "code|name|size\nA|Ash|1")
    assert [v for v in versions([MAY, JUNE_CORRECTED, back]) if v.startswith("A")] == [
        "A Ash 2022-05 2022-06",
        "A Oak 2022-06 2022-07",
        "A Ash 2022-07 now",
    ]


def test_history_by_two_columns_follows_the_pair():
    first = edition("2022-05", "code|name|size\nA|x|1\nA|y|1")
    later = edition("2022-06", "code|name|size\nA|x|2\nA|y|1")
    result = history([first, later], ["code", "name"]).collect()
    assert result.select("name", "size").rows() == [("x", 1), ("x", 2), ("y", 1)]


def test_history_has_the_columns_of_the_editions_and_two_days():
    schema = history([MAY], ["code"]).collect_schema()
    assert dict(schema) == SCHEMA | {"valid_from": pl.Date, "valid_to": pl.Date}


# Properties

SAID = st.tuples(st.sampled_from(["Ash", "Oak", None]), st.sampled_from([1, 2, None]))
FRAMES = st.dictionaries(st.sampled_from("ABC"), SAID)
EDITIONS = st.dictionaries(
    st.tuples(st.sampled_from([f"2022-0{m}" for m in range(1, 6)]), st.integers(1, 3)),
    FRAMES,
    min_size=1,
    max_size=8,
)


def editions_of(said: dict) -> list[Edition]:
    return [
        Edition(
            period,
            revision,
            pl.LazyFrame([(c, *v) for c, v in frame.items()], schema=SCHEMA, orient="row"),
        )
        for (period, revision), frame in said.items()
    ]


def by_hand(said: dict) -> set[tuple]:
    """Versions as one would note them on cards, one edition after the other."""
    newest = {p: frame for (p, r), frame in sorted(said.items())}
    days = [date(2022, int(period[5:]), 1) for period in newest]
    closed, opened = set(), {}
    for day, frame in zip(days, newest.values(), strict=True):
        for code, (said_then, since) in list(opened.items()):
            if frame.get(code) != said_then:
                closed.add((code, *said_then, since, day))
                del opened[code]
        for code, said_now in frame.items():
            opened.setdefault(code, (said_now, day))
    return closed | {(c, *s, since, FOREVER) for c, (s, since) in opened.items()}


@given(EDITIONS)
def test_history_is_what_one_would_note_by_hand(said: dict):
    result = look(history(editions_of(said), ["code"]).select(*SCHEMA, "valid_from", "valid_to"))
    assert len(result) == len(set(result))
    assert set(result) == by_hand(said)


@given(EDITIONS)
def test_versions_of_a_key_never_overlap_and_what_is_current_is_the_newest_edition(said: dict):
    editions = editions_of(said)
    result = history(editions, ["code"]).collect()
    ordered = result.sort("code", "valid_from")
    before = pl.col("valid_to").shift().over("code")
    assert ordered.filter(pl.col("valid_from") >= pl.col("valid_to")).is_empty()
    assert ordered.filter(before > pl.col("valid_from")).is_empty()
    current = result.filter(valid_to=FOREVER).select(SCHEMA.keys()).rows()
    assert sorted(map(str, current)) == sorted(map(str, look(replace(editions))))


@pytest.mark.parametrize("word", WORDS)
@given(EDITIONS, st.randoms(use_true_random=False))
def test_the_order_in_which_editions_came_does_not_matter(word: str, said: dict, random):
    editions = editions_of(said)
    shuffled = random.sample(editions, len(editions))
    assert look(by_word(word, shuffled)) == look(by_word(word, editions))


@pytest.mark.parametrize("word", WORDS)
@given(EDITIONS)
def test_an_edition_given_twice_changes_nothing(word: str, said: dict):
    editions = editions_of(said)
    assert look(by_word(word, editions + editions)) == look(by_word(word, editions))


# Batches, editions in part, columns


def test_a_batch_is_replaced_by_its_own_files_issued_again_and_joined_by_others():
    def issue(revision: int, *files: str) -> Edition:
        return Edition("2022-05", revision, MAY.rows, ", ".join(files))

    first, other, again = issue(1, "a.csv"), issue(2, "b.csv"), issue(3, "a.csv", "c.csv")
    late = Edition("2022-04", 1, APRIL_LATE.rows, "a.csv")
    assert batches([again, first, late, other]) == [late, other, again]


def test_an_edition_in_part_closes_nobody_and_changes_those_whom_it_has():
    part = Edition("2022-06", 1, JUNE.rows, is_whole=False)
    assert versions([MAY, part]) == [
        "A Ash 2022-05 now",
        "B Birch 2022-05 now",
        "C Cedar 2022-06 now",
    ]
    july = edition("2022-07", "code|name|size\nA|Oak|1")
    assert versions([MAY, part, july]) == [
        "A Ash 2022-05 2022-07",
        "A Oak 2022-07 now",
        "B Birch 2022-05 2022-07",
        "C Cedar 2022-06 2022-07",
    ]


def test_of_a_column_that_is_not_tracked_a_version_has_what_was_said_last():
    later = edition("2022-06", "code|name|size\nA|Ash|7\nB|Beech|2")
    told = history([MAY, later], ["code"], tracked=["name"]).sort("code", "valid_from")
    assert look(told.select("code", "name", "size")) == [
        ("A", "Ash", 7),
        ("B", "Birch", 2),
        ("B", "Beech", 2),
    ]


def test_what_an_edition_has_no_column_for_stays_and_a_new_column_was_null_before():
    without = Edition("2022-06", 1, MAY.rows.select("code", "name"))
    later = edition("2022-07", "code|name|size\nA|Ash|1\nB|Birch|3")
    tall = Edition("2022-08", 1, later.rows.with_columns(tall=pl.Series([None, True])))
    told = history([MAY, without, later, tall], ["code"]).sort("code", "valid_from")
    assert look(told.select("code", "size", "tall", pl.col("valid_from").dt.month())) == [
        ("A", 1, None, 5),
        ("B", 2, None, 5),
        ("B", 3, None, 7),
        ("B", 3, True, 8),
    ]
