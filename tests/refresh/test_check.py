"""Check: one verdict a rule, passes too; what fails says where, which column and what next."""

import dataclasses
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.atlas.tables.organisation_contracts import PRACTICE
from engine.errors import ContractBroken
from engine.rules import Between, Holds, Matches, NoMoreThan, NotNull, OneOf, When
from engine.table import Column, Table
from engine.table_rules import References, RowCount, Sum, Unique
from refresh.finding import Finding, failed, from_error
from refresh.validate.check import check, check_between
from refresh.validate.compare import compare_count, compare_practices
from refresh.validate.gates import FEWEST_ROWS as FEW_ROWS
from tests.conftest import rows

SHARES = Table(
    name="shares",
    grain="code",
    meaning="A contract for these tests.",
    key=("code", "kind"),
    columns=(
        Column(
            "code",
            pl.String,
            "Code",
            rules=(NotNull(), Matches(allow=0.1, pattern="A[0-9]+", example="A1")),
        ),
        Column("kind", pl.String, "Kind", rules=(OneOf(values=("x", "y")),)),
        Column("part", pl.Int64, "Part", "people", rules=(NoMoreThan(allow=0.1, other="whole"),)),
        Column("whole", pl.Int64, "Whole", "people", rules=(Between(severity="warn"),)),
    ),
    owner="tests",
)
WHOLE = (
    When("kind", ("y",), "part", Between(0, 0)),
    RowCount(5, severity="warn"),
    Unique(("part", "whole"), of="pair", allow=0.1),
    Sum("whole", Between(0, 1_000), by=("kind",)),
)
GOOD = rows(
    "code|kind|part|whole\n" + "\n".join(f"A{i}|x|{i}|{2 * i}" for i in range(FEW_ROWS)), SHARES
)


def verdicts(frame: pl.DataFrame) -> dict[str, Finding]:
    return {finding.check: finding for finding in check(frame, SHARES, where="shares.csv")}


def with_bad(column: str, *values: object) -> pl.DataFrame:
    """The good rows, the first of them spoilt."""
    spoilt = pl.Series(column, [*values, *GOOD[column][len(values) :]], dtype=GOOD[column].dtype)
    return GOOD.with_columns(spoilt)


def test_good_rows_pass_every_rule_and_every_rule_says_so():
    result = verdicts(GOOD)
    assert {finding.status for finding in result.values()} == {"pass"}
    assert list(result) == [
        "there are rows",
        "one row a key",
        "code is always given",
        "code looks like A1",
        "kind is one of x, y",
        "part is not more than `whole`",
        "whole is 0 or more",
    ]


@pytest.mark.parametrize(
    ("column", "values", "check_name", "status"),
    [
        ("code", (None,), "code is always given", "fail"),
        ("code", ("B1",), "code looks like A1", "warn"),
        ("code", ("B1", "B2"), "code looks like A1", "fail"),
        ("kind", ("z",), "kind is one of x, y", "fail"),
        ("part", (9,), "part is not more than `whole`", "warn"),
        ("part", (9, 9), "part is not more than `whole`", "fail"),
        ("whole", (-1, -1, -1), "whole is 0 or more", "warn"),
    ],
)
def test_more_than_a_rule_allows_is_its_severity_and_less_is_a_warning(
    column: str, values: tuple, check_name: str, status: str
):
    result = verdicts(with_bad(column, *values))[check_name]
    assert (result.status, result.rows_failed, result.rows_total) == (status, len(values), FEW_ROWS)


def test_a_broken_rule_names_file_column_rows_and_next_step():
    result = verdicts(with_bad("kind", "z"))["kind is one of x, y"]
    assert (result.where, result.column) == ("shares.csv", "kind")
    assert result.expected == "is one of x, y"
    assert "'z'" in result.sample and "'z'" in result.observed
    assert "1 of 10 rows" in result.message
    assert "engine/*/tables/" in result.next_step


def test_rows_that_share_a_key_fail_and_one_of_them_is_shown():
    result = verdicts(pl.concat([GOOD, GOOD.head(1).with_columns(whole=pl.lit(99, pl.Int64))]))[
        "one row a key"
    ]
    assert (result.status, result.rows_failed, result.column) == ("fail", 2, "code + kind")
    assert "A0" in result.sample and result.next_step


def test_rows_that_say_the_same_are_not_said_to_differ():
    """As where two files of a release both have them."""
    result = verdicts(pl.concat([GOOD, GOOD.head(1)]))["one row a key"]
    assert result.status == "fail" and "something else" not in result.message


def test_part_of_a_key_may_repeat():
    twice = pl.concat([GOOD, GOOD.with_columns(kind=pl.lit("y"))])
    assert verdicts(twice)["one row a key"].status == "pass"


@pytest.mark.parametrize(
    ("n", "status"), [(0, "fail"), (1, "warn"), (FEW_ROWS - 1, "warn"), (FEW_ROWS, "pass")]
)
def test_no_rows_fail_and_few_rows_warn(n: int, status: str):
    assert verdicts(GOOD.head(n))["there are rows"].status == status


def test_rows_in_a_file_are_judged_as_rows_in_hand_are(tmp_path: Path):
    """As where they are more than memory takes: only a scan is given."""
    bad = with_bad("code", "B1", None).with_columns(kind=pl.lit("z"))
    bad = pl.concat([bad, bad.tail(3)])
    bad.write_parquet(tmp_path / "shares.parquet", row_group_size=2)
    scan = pl.scan_parquet(tmp_path / "shares.parquet")
    for contract in (SHARES, dataclasses.replace(SHARES, rules=WHOLE)):
        held = check(bad, contract, where="shares.csv")
        assert check(scan, contract, where="shares.csv") == held
        assert {f.status for f in held} == {"pass", "warn", "fail"}


def test_a_table_that_may_be_empty_is_not_held_for_an_empty_file():
    """A table of what went wrong has no rows where nothing did; its contract stays the same."""
    spare = dataclasses.replace(SHARES, may_be_empty=True)
    found = {f.check: f for f in check(GOOD.clear(), spare, where="rejects")}
    assert found["there are rows"].status == "pass"
    assert spare.fingerprint == SHARES.fingerprint


def test_an_empty_frame_breaks_nothing_else():
    others = [f for name, f in verdicts(GOOD.clear()).items() if name != "there are rows"]
    assert {f.status for f in others} == {"pass"}


def test_only_columns_that_are_there_are_judged():
    assert "whole is 0 or more" not in verdicts(GOOD.select("code", "kind"))


@pytest.mark.parametrize(
    ("now", "before", "status"),
    [
        (6_188, None, "pass"),
        (6_188, 6_267, "pass"),
        (3_134, 6_267, "pass"),
        (3_133, 6_267, "fail"),
        (5, 10, "warn"),
        (0, 6_267, "fail"),
        (9_401, 6_267, "warn"),
        (9_400, 6_267, "pass"),
        (1, 0, "pass"),
    ],
)
def test_a_count_that_halves_fails_and_one_that_grows_by_half_warns(
    now: int, before: int | None, status: str
):
    result = compare_count(now, before, where="a.csv", unit="practices")
    assert result.status == status
    assert bool(result.next_step) == (status != "pass")
    assert f"{now:,} practices" in result.message


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_count_is_never_worse_for_being_nearer_to_the_one_before(now: int, before: int):
    order = ["pass", "warn", "fail"]
    here = compare_count(now, before, where="x").status
    nearer = compare_count((now + before) // 2, before, where="x").status
    assert order.index(nearer) <= order.index(here)


@pytest.mark.parametrize(
    ("absent", "status"), [(0, "pass"), (1, "warn"), (5, "warn"), (6, "fail"), (100, "fail")]
)
def test_a_part_without_many_of_the_practices_of_another_fails(absent: int, status: str):
    theirs = pl.Series([f"A{i:03}" for i in range(100)])
    result = compare_practices(theirs[absent:], theirs, where="a.csv", other="prevalence")
    assert (result.status, result.rows_failed, result.rows_total) == (status, absent, 100)
    assert bool(result.next_step) == (status != "pass")
    assert "A000" in result.sample if absent else not result.sample


def test_practices_are_compared_as_sets():
    mine, theirs = pl.Series(["B", "A", "A", "C"]), pl.Series(["A", "A", "B"])
    assert compare_practices(mine, theirs, where="a.csv", other="b").status == "pass"
    nobody = pl.Series([], dtype=pl.String)
    assert compare_practices(mine, nobody, where="a.csv", other="b").status == "pass"


# Rules of a row, of a table, and between tables

CLAIMS = Table(
    name="claims",
    grain="claim",
    meaning="Another contract for these tests.",
    key=("claim",),
    columns=(
        Column("claim", pl.Int64, "Claim", "number"),
        Column("member", pl.String, "Member"),
        Column("on", pl.Date, "Day"),
        Column("status", pl.String, "Status"),
        Column("paid", pl.Int64, "Paid", "pence"),
    ),
    owner="tests",
    rules=(
        When("status", ("denied", "pending"), "paid", Between(0, 0)),
        Holds("members are paid one claim a day", lambda: pl.col("paid") < 90, severity="warn"),
        Unique(("member", "on"), of="member and day", allow=0.2),
        RowCount(12),
        Sum("paid", Between(0, 60), by=("member",)),
        References(("member",), "member", allow=0.1),
        References(("member",), "member", as_of="on"),
    ),
)
PAID = rows(
    """
    claim | member | on         | status   | paid
    1     | M1     | 2026-01-01 | approved | 10
    2     | M1     | 2026-01-02 | approved | 20
    3     | M1     | 2026-01-03 | denied   | 0
    4     | M1     | 2026-01-04 | denied   | 40
    5     | M2     | 2026-01-01 | pending  |
    6     | M2     | 2026-01-01 | approved | 10
    7     | M2     | 2026-01-02 | approved | 10
    8     | M2     | 2026-01-03 | approved | 10
    9     | M2     | 2026-01-04 | approved | 10
    10    | M3     | 2026-01-05 | approved | 10
    """,
    CLAIMS,
)
MEMBER = rows(
    """
    member | valid_from | valid_to
    M1     | 2026-01-01 | 2026-01-04
    M2     | 2026-01-01 | 9999-12-31
    """,
    {"member": pl.String, "valid_from": pl.Date, "valid_to": pl.Date},
)


def claims(frame: pl.DataFrame = PAID, **others: pl.DataFrame) -> dict[str, Finding]:
    """What is declared beside the columns, by the words of the rule."""
    lazy = {name: other.lazy() for name, other in others.items()}
    found = check(frame, CLAIMS, where="claims.csv", others=lazy)
    return {finding.check: finding for finding in found if finding.check not in ALWAYS}


ALWAYS = ("there are rows", "one row a key")


@pytest.mark.parametrize(
    ("check_name", "verdict", "failed_of", "column", "said"),
    [
        (
            "where `status` is denied or pending, `paid` is 0",
            "fail",
            (1, 10),
            "status + paid",
            "but not in 1 of 10 rows",
        ),
        ("members are paid one claim a day", "pass", (0, 10), "paid", "paid one claim a day"),
        (
            "one row a member and day",
            "warn",
            (2, 10),
            "member + on",
            "2 rows share a member and day with another row",
        ),
        ("the number of rows is 12 or more", "fail", (1, 1), "", "not in 1 of 1 counts"),
        (
            "the sum of `paid` of each `member` is 0 or more and at most 60",
            "fail",
            (1, 3),
            "member + paid",
            "but not in 1 of 3 sums",
        ),
        ("every `member` is in `member`", "warn", (1, 10), "member", "not in 1 of 10 rows"),
        (
            "every `member` is in `member` on its `on`",
            "fail",
            (2, 10),
            "member + on",
            "not in 2 of 10 rows",
        ),
    ],
)
def test_every_rule_of_a_table_is_one_verdict_with_its_figures(
    check_name: str, verdict: str, failed_of: tuple[int, int], column: str, said: str
):
    result = claims(member=MEMBER)[check_name]
    assert (result.status, result.rows_failed, result.rows_total) == (verdict, *failed_of)
    assert (result.where, result.column, result.expected) == ("claims.csv", column, check_name)
    assert said in result.message
    assert bool(result.next_step) == (verdict != "pass")


def test_what_breaks_a_rule_of_a_table_is_shown():
    result = claims(member=MEMBER)
    assert result["the number of rows is 12 or more"].observed == "(10,)"
    assert result["one row a member and day"].sample == (
        "[('M2', datetime.date(2026, 1, 1)), ('M2', datetime.date(2026, 1, 1))]"
    )
    summed = "the sum of `paid` of each `member` is 0 or more and at most 60"
    assert result[summed].sample == "[('M1', 70)]"
    on_its_day = result["every `member` is in `member` on its `on`"]
    assert on_its_day.observed == "('M1', datetime.date(2026, 1, 4))"
    assert "'M3'" in on_its_day.sample and "'M3'" in result["every `member` is in `member`"].sample


def test_counts_belong_to_the_gate_of_counts():
    gates = {finding.check: finding.gate for finding in claims(member=MEMBER).values()}
    assert [name for name, gate in gates.items() if gate == "row_count"] == [
        "the number of rows is 12 or more"
    ]
    assert set(gates.values()) == {"row_count", "quality"}


def test_a_rule_between_tables_is_judged_only_where_others_are_given():
    names = {finding.check for finding in check(PAID, CLAIMS, where="claims.csv")}
    assert not [name for name in names if "is in `member`" in name]
    assert len([name for name in claims(member=MEMBER) if "is in `member`" in name]) == 2


def test_a_table_that_is_not_there_is_named_and_nothing_is_taken_for_granted():
    (one, two) = check_between(PAID, CLAIMS, where="claims.csv", others={"plan": MEMBER.lazy()})
    assert (one.status, one.rows_failed, one.check) == ("warn", 0, "every `member` is in `member`")
    assert "there is no `member`" in one.message and one.next_step
    assert two.status == "warn"


def test_where_the_structure_fails_what_is_built_on_it_is_said_not_to_be_judged():
    """A claim that is there twice is also paid twice: only the first is what is wrong."""
    found = check(pl.concat([PAID, PAID.head(1)]), CLAIMS, where="claims.csv", others={})
    failing = [finding.check for finding in found if finding.status == "fail"]
    assert failing == ["one row a key"]
    others = [finding for finding in found if finding.check not in ALWAYS]
    assert [finding.check for finding in others] == [rule.words for rule in CLAIMS.rules]
    assert {finding.status for finding in others} == {"warn"}
    assert all(finding.message.startswith("not judged") for finding in others)


def test_a_rule_of_a_column_that_is_not_there_is_not_judged():
    judged = claims(PAID.drop("paid", "on"), member=MEMBER)
    assert list(judged) == ["the number of rows is 12 or more", "every `member` is in `member`"]


# Findings


def test_a_finding_reads_as_a_sentence_with_its_facts():
    finding = Finding(
        "fail", "schema", "columns", "q.csv", "column `x` is missing", "x", "X", "Y", next_step="go"
    )
    assert str(finding.of("qof", "2021-22")).splitlines() == [
        "fail: qof 2021-22: q.csv, column x: column `x` is missing",
        "  expected: X",
        "  found: Y",
        "  next: go",
    ]
    assert str(finding).startswith("fail: q.csv, column x:")


def test_an_error_leaves_a_finding_with_all_it_knew():
    error = ContractBroken("column is missing", where="q.csv", expected="X", found="Y", next="go")
    finding = from_error(error, source="qof", period="2021-22")
    assert (finding.status, finding.gate, finding.check) == ("fail", "schema", "ContractBroken")
    kept = (finding.where, finding.message, finding.expected, finding.observed, finding.next_step)
    assert kept == ("q.csv", "column is missing", "X", "Y", "go")
    assert (finding.source, finding.period) == ("qof", "2021-22")


def test_failed_keeps_failures_only():
    finding = Finding("fail", "g", "c", "w", "m")
    passes, warns = (dataclasses.replace(finding, status=s) for s in ("pass", "warn"))
    assert failed([passes, finding, warns]) == [finding]


def test_a_practice_whose_code_is_none_is_kept_and_asked_about():
    codes = pl.DataFrame({"practice_code": ["A81001"] * 11 + ["A8100"]})
    found = check(codes, PRACTICE.staged, where="epraccur.csv")
    (said,) = [f for f in found if f.check == "practice_code looks like A81001"]
    assert (said.status, said.rows_failed) == ("warn", 1)
