"""Files larger than memory should hold, staged a piece at a time: the same rows and verdicts."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from engine.claims.tables.dimension_contracts import DIM_MEMBER
from engine.errors import ContractBroken
from refresh import staged_pieces
from refresh.claims import batches as claim_batches
from refresh.claims.batches import Absent
from refresh.claims.dimensions import dimension
from refresh.extract import pieces
from refresh.extract.read import members
from refresh.source import Release, Source
from refresh.staging import Judged, stage_release
from refresh.store.fold import Edition
from refresh.wings import WINGS
from tests.refresh.claims.cases import loaded, rows

HEADER = "claim_id,member_id,service_date,claim_amount,paid_amount,note\n"
DAY = "2026-01-31"


def claim(at: int) -> str:
    """A claim of seven dollars and as many cents; some cannot be used, some are rounded."""
    day = "soon" if at % 50 == 7 else f"2025-{at % 12 + 1:02}-01"
    paid = "1.005" if at % 40 == 3 else f"{at % 90}.50"
    note = '"two\nlines, ""quoted"""' if at % 30 == 5 else "é" if at % 70 == 9 else ""
    return f"C{at:05},M{at % 60},{day},7.{at % 100:02},{paid},{note}\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "raw" / "abc" / f"claims_{DAY}.csv"
    path.parent.mkdir(parents=True)
    lines = "".join(claim(at) for at in range(900))
    path.write_text(HEADER + lines + "\n" + claim(900), encoding="utf-8", newline="")
    return path


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(staged_pieces, "LARGE", 1)
    monkeypatch.setattr(pieces, "PIECE", 2_000)
    monkeypatch.setattr(pieces, "ROWS", 100)
    yield


def staged(file: Path, source: Source) -> Judged:
    return stage_release(source, Release(source.code, DAY, 1, "0"), [file], before={})


def told(judged: Judged) -> set[tuple[str, str, str]]:
    return {(f.check, f.column, f.status) for f in judged.findings}


def test_rows_and_verdicts_are_those_of_the_whole_file(file: Path, request):
    source = WINGS.sources["claims_claims"]
    whole = staged(file, source)
    request.getfixturevalue("small_pieces")
    made = staged(file, source)
    (kept,) = made.streamed.values()
    got = pl.read_parquet(kept)
    assert got.equals(whole.parts["claims_raw"]) and not made.parts
    # Said by the file, not by either way of reading it.
    assert got["file_row"].to_list() == [*range(1, 902)] and got["file_rows"].unique().item() == 901
    assert got["problem"].is_not_null().sum() == sum(at % 50 == 7 for at in range(901))
    assert got["billed_cents"].sum() == sum(700 + at % 100 for at in range(901))
    assert (made.source_rows, made.given) == (901, {"claims_raw": 901})
    assert told(made) == told(whole) and made.headers == whole.headers
    # One file is left beside the release's own, in its folder: the pipeline takes both.
    assert [*kept.parent.iterdir()] == [kept] and kept.parent.parent == file.parent.parent


def test_a_gzip_and_a_parquet_file_come_in_pieces_too(file: Path, small_pieces: None):
    (whole,) = members(file)
    text = pl.concat(frame for frame, _ in pieces.read_in_pieces(whole))
    packed = file.with_suffix(".csv.gz")
    packed.write_bytes(gzip.compress(file.read_bytes()))
    table = file.with_suffix(".parquet")
    text.write_parquet(table, row_group_size=100)
    for path in (packed, table):
        (member,) = members(path)
        frames = [frame for frame, _ in pieces.read_in_pieces(member)]
        assert len(frames) > 5 and pl.concat(frames).equals(text), path.name


def test_a_record_that_is_not_whole_is_told_by_its_line_and_leaves_nothing(
    file: Path, small_pieces: None
):
    at = file.read_bytes().count(b"\n") + 2
    file.write_bytes(file.read_bytes() + b"\nC9,M1\n")
    with pytest.raises(ContractBroken, match=f"2 in the record of line {at:,}"):
        list(pieces.read_in_pieces(*members(file)))
    judged = staged(file, WINGS.sources["claims_claims"])
    assert not judged.is_usable and f"line {at:,}" in str(judged.findings)
    assert [*file.parent.parent.iterdir()] == [file.parent]


def test_a_feed_in_pieces_makes_the_same_lake_and_reconciles(file: Path, tmp_path: Path, request):
    lakes = [loaded([file], tmp_path / "whole")]
    request.getfixturevalue("small_pieces")
    lakes.append(loaded([file], tmp_path / "pieces"))
    facts, rejects = ([rows(lake, t) for lake in lakes] for t in ("fact_claim", "claims_reject"))
    assert facts[0].equals(facts[1]) and rejects[0].equals(rejects[1])
    assert facts[0].height + rejects[0].height == 901
    hops = rows(lakes[1], "claims_reconciliation")
    assert hops.select(pl.col("^.*_difference.*$").abs().sum()).sum_horizontal().item() == 0
    (load,) = rows(lakes[1], "load_batch").rows(named=True)
    assert (load["row_count"], load["source_row_count"]) == (901, 901)
    assert load["billed_cents"] == sum(700 + at % 100 for at in range(901))


@pytest.mark.parametrize("absent", ["ignore", "close"])
def test_versions_made_some_keys_at_a_time_are_those_of_all_at_once(
    absent: Absent, monkeypatch: pytest.MonkeyPatch
):
    """Forty members, of whom a third moves each year; in the last batch one file has no street."""

    def batch(year: int, keys: range, given: str = "member_id city street") -> Edition:
        rows = pl.LazyFrame(
            {
                "member_id": [f"M{at:03}" for at in keys],
                "city": [f"C{year if at % 3 == year % 3 else 0}" for at in keys],
                "street": ["Elm" if "street" in given else None] * len(keys),
                "problem": pl.Series([None] * len(keys), dtype=pl.String),
                "columns_given": [given] * len(keys),
                "other_attributes": pl.Series([None] * len(keys), dtype=pl.String),
            }
        )
        return Edition(f"{year}-12-31", 1, rows, where=f"members_{year}.csv")

    batches = [batch(2022, range(40)), batch(2023, range(2, 40)), batch(2024, range(39))]
    batches.append(batch(2025, range(40), "member_id city"))
    said = {"table": DIM_MEMBER, "part": "members_raw", "key": ("member_id",), "absent": absent}
    (whole,) = dimension(batches, **said)
    monkeypatch.setattr(claim_batches, "_KEYS_AT_ONCE", 7)
    shares = [*dimension(batches, **said)]
    assert len(shares) == 6 and max(share["member_id"].n_unique() for share in shares) == 7
    assert pl.concat(shares).equals(whole)
    # Nobody's street is forgotten because a file has no such column.
    assert whole["street"].unique().to_list() == ["Elm"]
    gone = whole.filter(pl.col("valid_to") == pl.date(2023, 12, 31), member_id="M001")
    assert gone.height == (absent == "close")
