"""The lake: a snapshot is opened whole or not at all, and only what an answer needs is read."""

import gc
import json
import re
import weakref
from datetime import UTC
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
from polars.testing import assert_frame_equal

from engine import Lake, Question, answer, current_id, open_lake
from engine.atlas.tables.qof_contracts import PERCENT_ACHIEVED
from engine.atlas.years import qof_years
from engine.errors import NoSnapshot, UnknownName
from engine.lake import AT_HAND, Layout, data_folder, read_progress
from engine.wings import LAKE, TABLES, table
from tests.conftest import rows, sealed, whole
from tests.engine.universe import england

ONE = rows("year | practice_code | indicator_code\n2021-22 | A00001 | COPD010", PERCENT_ACHIEVED)
OTHER = rows("year | practice_code | indicator_code\n2021-22 | B00001 | HYP008", PERCENT_ACHIEVED)


def test_where_nothing_is_sealed_the_next_step_is_said(tmp_path: Path):
    assert current_id(tmp_path) is None
    with pytest.raises(NoSnapshot, match="python -m refresh run") as caught:
        open_lake(tmp_path)
    assert caught.value.where == str(tmp_path.resolve())


@pytest.mark.parametrize("name", ["../../drafts/sent", "..", "a/b", "a\\b"])
def test_a_file_that_somebody_sent_is_no_manifest(tmp_path: Path, name: str):
    """It could name whatever file there is as a table that everybody may see."""
    lake = sealed(tmp_path, percent_achieved=ONE)
    drafts = Layout(tmp_path).drafts
    drafts.mkdir()
    (drafts / "sent.json").write_text(json.dumps(lake.manifest), encoding="utf-8")
    with pytest.raises(NoSnapshot):
        open_lake(tmp_path, snapshot=name)


def test_a_snapshot_that_is_not_there_is_named(tmp_path: Path):
    sealed(tmp_path, percent_achieved=ONE)
    with pytest.raises(NoSnapshot, match="19990101T000000Z-0"):
        open_lake(tmp_path, snapshot="19990101T000000Z-0")


@pytest.mark.parametrize("damage", [b"", b"{", b"{}", b"[]", b"null", b"\xff\xfe"])
def test_a_damaged_manifest_is_no_snapshot_and_no_traceback(tmp_path: Path, damage: bytes):
    lake = sealed(tmp_path, percent_achieved=ONE)
    (lake.layout.snapshots / "broken.json").write_bytes(damage)
    with pytest.raises(NoSnapshot, match="rollback"):
        open_lake(tmp_path, snapshot="broken")


def test_a_missing_file_is_named_when_the_lake_is_opened(tmp_path: Path):
    lake = sealed(tmp_path, percent_achieved=ONE)
    lake.layout.snapshots.joinpath("copy.json").write_text(json.dumps(lake.manifest), "utf-8")
    (file,) = tmp_path.rglob("*.parquet")
    file.unlink()
    with pytest.raises(NoSnapshot, match=file.name):
        open_lake(tmp_path, snapshot="copy")


def test_a_file_that_went_since_is_noticed_at_the_next_opening(tmp_path: Path):
    sealed(tmp_path, percent_achieved=ONE)
    (file,) = tmp_path.rglob("*.parquet")
    file.unlink()
    with pytest.raises(NoSnapshot, match="gone"):
        open_lake(tmp_path)


def test_the_facts_of_a_snapshot(tmp_path: Path):
    lake = england(tmp_path)
    assert lake.id == current_id(tmp_path) == lake.manifest["id"]
    assert lake.sealed_at.tzinfo == UTC
    assert lake.is_demonstration is False
    assert qof_years(lake) == ("2021-22", "2022-23")
    assert lake.partitions("percent_achieved") == {"2021-22", "2022-23"}
    assert lake.partitions("indicator") == lake.partitions("pcn") == set()


def test_a_table_comes_back_as_it_was_sealed(tmp_path: Path):
    lake = sealed(tmp_path, percent_achieved=pl.concat([ONE, OTHER]))
    result = lake.scan("percent_achieved").collect()
    assert result.schema == PERCENT_ACHIEVED.schema
    assert_frame_equal(result.select(ONE.columns), pl.concat([ONE, OTHER]))


def test_a_folder_may_be_called_as_it_likes(tmp_path: Path):
    lake = sealed(tmp_path / "data [old] *" / "Ä b", percent_achieved=ONE)
    assert lake.scan("percent_achieved").collect().height == 1


@pytest.mark.parametrize("name", LAKE)
def test_an_absent_table_has_no_rows_and_all_columns(tmp_path: Path, name: str):
    lake = sealed(tmp_path, percent_achieved=ONE.clear())
    for lf in (lake.scan(name), lake.scan(name, "2030-31")):
        assert lf.collect_schema() == table(name).schema
        assert lf.collect().is_empty()


def test_a_table_nobody_declared_is_told_with_those_there_are(tmp_path: Path):
    with pytest.raises(UnknownName, match="percent_achieved"):
        sealed(tmp_path, percent_achieved=ONE).scan("qof")


def test_every_table_of_the_lake_is_declared():
    assert set(LAKE) <= set(TABLES)


def test_an_opened_snapshot_is_not_touched_by_a_later_seal(tmp_path: Path):
    before = sealed(tmp_path, percent_achieved=ONE)
    lf = before.scan("percent_achieved", "2021-22")
    after = sealed(tmp_path, percent_achieved=OTHER)
    assert current_id(tmp_path) == after.id != before.id
    assert lf.collect()["practice_code"].to_list() == ["A00001"]
    again = open_lake(tmp_path, snapshot=before.id)
    assert again.scan("percent_achieved").collect()["practice_code"].to_list() == ["A00001"]
    assert after.scan("percent_achieved").collect()["practice_code"].to_list() == ["B00001"]


def test_the_data_folder_is_the_one_given_else_the_environments_else_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CARE_ATLAS_DATA", raising=False)
    assert data_folder() == tmp_path.resolve() / "data"
    monkeypatch.setenv("CARE_ATLAS_DATA", str(tmp_path / "elsewhere"))
    assert data_folder() == tmp_path.resolve() / "elsewhere"
    assert data_folder("here") == tmp_path.resolve() / "here"


def test_the_registry_is_a_file_of_the_lake_unless_the_environment_names_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("CARE_ATLAS_REGISTRY", raising=False)
    assert Layout(tmp_path).registry_url == f"sqlite:///{tmp_path / 'registry.sqlite'}"
    monkeypatch.setenv("CARE_ATLAS_REGISTRY", "postgresql://db/atlas")
    assert Layout(tmp_path).registry_url == "postgresql://db/atlas"


def test_progress_is_none_until_a_run_wrote_it_and_while_it_cannot_be_read(tmp_path: Path):
    assert read_progress(tmp_path) is None
    Layout(tmp_path).progress.write_text("{", encoding="utf-8")
    assert read_progress(tmp_path) is None
    Layout(tmp_path).progress.write_text('{"state": "done"}', encoding="utf-8")
    assert read_progress(tmp_path) == {"state": "done"}


# What an answer reads

PRACTICES = [f"A{i:05}" for i in range(6_300)]
INDICATORS = [f"IND{i:03}" for i in range(18)]
MIDDLE = "IND008"
NEEDED = {"indicator_code", "year", "practice_code", "numerator", "denominator", "pcas"}
SCAN = re.compile(r"Parquet SCAN \[(.*?)\]\s+PROJECT (\d+)/(\d+) COLUMNS(?:\s+SELECTION: (.*))?")


@pytest.fixture
def wide(tmp_path: Path) -> Path:
    """Two years of 6,300 practices and 18 indicators: three row groups a year."""
    n = len(PRACTICES) * len(INDICATORS)
    year = pl.DataFrame(
        {
            "indicator_code": [code for code in INDICATORS for _ in PRACTICES],
            "practice_code": PRACTICES * len(INDICATORS),
            "numerator": pl.int_range(n, eager=True) % 90,
            "denominator": pl.repeat(100, n, eager=True),
        }
    )
    years = [year.with_columns(year=pl.lit(y)) for y in ("2021-22", "2022-23")]
    geography = pl.DataFrame({"practice_code": PRACTICES, "icb_code": "QAA"})
    sealed(
        tmp_path,
        percent_achieved=pl.concat(years),
        practice_geography=geography.with_columns(year=pl.lit("2021-22")),
        organisation=pl.DataFrame(
            {"year": "2021-22", "level": "icb", "organisation_code": "QAA"},
        ),
    )
    return tmp_path


def facts_file(folder: Path, year: str = "2021-22") -> Path:
    (file,) = (folder / "lake" / "tables" / "percent_achieved").glob(f"{year}-*.parquet")
    return file


def ask(folder: Path, indicator: str = MIDDLE, measure: str = "net") -> pl.LazyFrame:
    return answer(open_lake(folder), Question(indicator, "2021-22", "icb", measure))


def test_the_plan_filters_in_the_scan_and_takes_only_needed_columns(wide: Path):
    scans = SCAN.findall(ask(wide).explain())
    by_table = {Path(path).parent.name: (int(n), int(m), where) for path, n, m, where in scans}
    taken, of, where = by_table["percent_achieved"]
    assert f'col("indicator_code") == "{MIDDLE}"' in where
    assert taken == len(NEEDED)
    assert of == len(PERCENT_ACHIEVED.columns)
    assert by_table["practice_geography"][0] == len({"practice_code", "icb_code"})
    assert set(by_table) == {"percent_achieved", "practice_geography", "organisation"}


@pytest.mark.parametrize("measure", ["net", "pri", "pca_rate", "points"])
def test_the_plan_names_the_files_of_its_year_only(wide: Path, measure: str):
    plan = ask(wide, measure=measure).explain()
    assert facts_file(wide).name in plan
    assert facts_file(wide, "2022-23").name not in plan


def spoil(file: Path, *, keep_group: int, keep_columns: set[str]) -> int:
    """Overwrite every column chunk but those; how many were spoilt."""
    described = pq.ParquetFile(file).metadata
    content, spoilt = bytearray(file.read_bytes()), 0
    for group in range(described.num_row_groups):
        for i in range(described.num_columns):
            chunk = described.row_group(group).column(i)
            if group == keep_group and chunk.path_in_schema in keep_columns:
                continue
            start = chunk.dictionary_page_offset or chunk.data_page_offset
            content[start : start + chunk.total_compressed_size] = b"\xff" * (
                chunk.total_compressed_size
            )
            spoilt += 1
    file.write_bytes(content)
    return spoilt


def test_other_row_groups_and_columns_are_not_even_read(wide: Path):
    file, expected = facts_file(wide), ask(wide).collect()
    described = pq.ParquetFile(file).metadata
    assert described.num_row_groups == 3
    assert spoil(file, keep_group=1, keep_columns=NEEDED) == 3 * 11 - 6
    assert_frame_equal(ask(wide).collect(), expected)
    assert expected["practices"].to_list() == [6_300]


def test_spoilt_bytes_are_noticed_where_they_are_needed(wide: Path):
    spoil(facts_file(wide), keep_group=1, keep_columns=NEEDED - {"numerator"})
    with pytest.raises(pl.exceptions.PolarsError):
        ask(wide).collect()


def test_an_indicator_lies_in_one_row_group(wide: Path):
    described = pq.ParquetFile(facts_file(wide)).metadata
    at = described.schema.names.index("indicator_code")
    groups = [described.row_group(g).column(at).statistics for g in range(3)]
    assert [(s.min, s.max) for s in groups] == [
        ("IND000", "IND005"),
        ("IND006", "IND011"),
        ("IND012", "IND017"),
    ]


# Many snapshots, as pinned links open them


@pytest.fixture
def many(tmp_path: Path) -> list[str]:
    """The ids of six snapshots of one lake, the live one first."""
    lake = sealed(tmp_path, percent_achieved=ONE)
    others = [f"19990101T00000{n}Z-0" for n in range(5)]
    for name in others:
        said = json.dumps(lake.manifest | {"id": name})
        (lake.layout.snapshots / f"{name}.json").write_text(said, "utf-8")
    return [lake.id, *others]


def with_rows_held(folder: Path, name: str) -> tuple[Lake, weakref.ref]:
    lake = open_lake(folder, snapshot=name)
    lake.keep("percent_achieved", "2021-22", lake.scan("percent_achieved", "2021-22").collect())
    return lake, weakref.ref(lake.kept("percent_achieved", "2021-22"))


def test_what_is_held_for_a_snapshot_goes_with_it_though_somebody_still_has_the_lake(
    tmp_path: Path, many: list[str]
):
    lake, frame = with_rows_held(tmp_path, many[1])
    for name in many[2:AT_HAND]:
        open_lake(tmp_path, snapshot=name)
    assert frame() is not None
    open_lake(tmp_path, snapshot=many[AT_HAND])
    assert frame() is None, "of its frames nothing is left"
    rows_again = lake.scan("percent_achieved", "2021-22").collect()
    assert_frame_equal(rows_again, whole(ONE, PERCENT_ACHIEVED))
    lake.keep("percent_achieved", "2021-22", ONE)
    assert lake.kept("percent_achieved", "2021-22") is None, "nor comes anything back"
    again, _ = with_rows_held(tmp_path, many[1])
    assert again is not lake and again.kept("percent_achieved", "2021-22") is not None


def test_a_lake_that_was_let_go_and_that_nobody_has_is_freed(tmp_path: Path, many: list[str]):
    lake = weakref.ref(open_lake(tmp_path, snapshot=many[1]))
    for name in many[2:]:
        open_lake(tmp_path, snapshot=name)
    gc.collect()
    assert lake() is None


def test_the_live_snapshot_is_never_the_one_that_goes(tmp_path: Path, many: list[str]):
    live, frame = with_rows_held(tmp_path, many[0])
    for name in many[1:] * 2:
        open_lake(tmp_path, snapshot=name)
    assert open_lake(tmp_path) is live and frame() is not None
