"""Whole runs: what a mirror offers is in the lake afterwards; nothing happens without a reason."""

import gzip
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from engine import Lake, Question, answer, current_id, open_lake
from engine.atlas.tables.organisation_contracts import PCN
from engine.atlas.years import qof_years
from engine.errors import NoSnapshot
from engine.lake import Layout, read_progress
from engine.period import Calendar
from refresh.__main__ import main
from refresh.atlas.wing import ATLAS
from refresh.operate.lifecycle import rollback
from refresh.pipeline import run
from refresh.recipe import recipe, staged
from refresh.store.fold import as_folded
from refresh.store.ledger import Ledger
from refresh.wing import Wings
from refresh.wings import SOURCES
from tests.people import DBA
from tests.refresh.files import workbook
from tests.refresh.mirrors import (
    EPCN,
    EPRACCUR,
    PRACTICES,
    READY,
    code,
    contents,
    england,
    epraccur,
    expected_net,
    held,
    lay_out,
    members,
    net,
    packed,
    ready,
    refresh,
    registers,
    served,
    tag,
    told,
    zip_of,
)
from tests.refresh.publisher import Publisher

YEAR, NEXT = "2023-24", "2024-25"
YEARS = ("2022-23", YEAR)


def again(root: Path, **options):
    return refresh(root / "mirror", root / "data", **options)


def offer(root: Path, files: dict[str, bytes]) -> None:
    lay_out(root / "mirror", files)


def reissue(year: str = YEAR, issue: int = 2, **changed: bytes | None) -> dict[str, bytes]:
    """The year's zip as another issue; members named in `changed` are left out or replaced."""
    given = members(year, issue) | {f"{name}.csv": c for name, c in changed.items()}
    return {zip_of(year): packed({name: c for name, c in given.items() if c is not None})}


def fresh(tmp_path: Path, files: dict[str, bytes], **options) -> Lake:
    """The lake that one first run makes of these files."""
    lay_out(tmp_path / "fresh" / "mirror", files)
    refresh(tmp_path / "fresh" / "mirror", tmp_path / "fresh" / "data", **options)
    return open_lake(tmp_path / "fresh" / "data")


# The first run, and the second


def test_the_first_run_serves_what_was_published_to_the_patient(original: Path):
    lake = open_lake(original / "data")
    assert qof_years(lake) == YEARS
    assert net(lake) == pytest.approx(expected_net())
    question = Question(indicator="AF", year=YEAR, level="england", measure="prevalence")
    row = answer(lake, question).collect().row(0, named=True)
    af = [registers(i, YEAR)["AF"] for i in PRACTICES]
    assert (row["numerator"], row["denominator"]) == (sum(r[0] for r in af), sum(r[2] for r in af))
    assert read_progress(original / "data")["state"] == "done"
    assert lake.manifest["coverage"][YEAR] == {"practices": 70, "placed": 70}


def test_a_manifest_says_how_far_each_source_is_and_when_more_is_due(original: Path):
    sources = open_lake(original / "data").manifest["sources"]
    assert set(sources) == set(SOURCES)
    newest = {code: said["newest"] for code, said in sources.items() if said["newest"]}
    assert newest == {
        "qof": YEAR,
        "ods_practices": "2026-02",
        "ods_networks": "2026-02",
        "postcode_directory": "2026-02",
        "ready_coordinates": "undated",
    }
    calendars = {code: Calendar(**said["calendar"]) for code, said in sources.items()}
    assert calendars == {code: source.calendar for code, source in SOURCES.items()}


def test_a_second_run_finds_nothing_new_and_touches_no_file(root: Path):
    def files() -> dict[Path, tuple[int, int, int]]:
        places = (root / "data" / name for name in ("raw", "staged", "lake"))
        stats = {p: p.stat() for place in places for p in place.rglob("*") if p.is_file()}
        return {path: (s.st_ino, s.st_mtime_ns, s.st_size) for path, s in stats.items()}

    before, loads = files(), loaded(root)
    outcome = again(root)
    assert (outcome.exit_code, outcome.is_new, outcome.releases) == (0, False, 0)
    assert outcome.findings == () and outcome.snapshot == current_id(root / "data")
    assert files() == before and loaded(root) == loads
    assert read_progress(root / "data")["message"] == "nothing new"


def test_a_mirror_that_was_only_touched_is_nothing_new(root: Path):
    for path in (root / "mirror").rglob("*.*"):
        path.touch()
    before = held(root / "data")
    assert again(root).releases == 0
    assert held(root / "data") == before


def test_two_first_runs_make_the_same_lake_to_the_byte(original: Path, tmp_path: Path):
    assert contents(fresh(tmp_path, england(YEARS))) == held(original / "data")


def test_the_demonstration_refreshes_as_published(lake: Lake):
    assert lake.is_demonstration and len(qof_years(lake)) == 7
    assert all(c["placed"] >= 0.95 * c["practices"] for c in lake.manifest["coverage"].values())


def test_a_recipe_with_another_word_gives_another_table(root: Path):
    one = workbook(
        **{
            "PCNDetails": [
                ["PCN Code", "PCN Name", "Current Sub ICB Loc Code", "Open Date", "Close Date"],
                ["U10000", "THE ONLY ONE", "00A", "20190701", None],
            ]
        }
    )
    offer(root, {"ods/2026-05/ePCN.xlsx": one})
    again(root)
    assert served(root / "data", "pcn")["pcn_name"].to_list() == ["THE ONLY ONE"]
    recipes = [
        recipe(PCN, as_folded, rows=staged(PCN, "upsert")) if r.tables == (PCN,) else r
        for r in ATLAS.recipes
    ]
    by_another = Wings((replace(ATLAS, recipes=tuple(recipes)),))
    assert again(root, wings=by_another).is_new
    names = served(root / "data", "pcn")["pcn_name"]
    assert len(names) == 14 and names[0] == "THE ONLY ONE"


# What comes later


def test_a_new_year_is_added_and_the_files_of_the_others_stay(root: Path):
    before, live = held(root / "data"), current_id(root / "data")
    offer(root, reissue(NEXT, 1))
    outcome = again(root)
    assert (outcome.exit_code, outcome.is_new, outcome.releases) == (0, True, 1)
    lake = open_lake(root / "data")
    assert qof_years(lake) == (*YEARS, NEXT) and lake.manifest["previous"] == live
    assert {k: v for k, v in held(root / "data").items() if k[1] in YEARS} == {
        k: v for k, v in before.items() if k[1] in YEARS
    }
    assert net(lake, NEXT) == pytest.approx(expected_net(NEXT))


@pytest.mark.parametrize(
    "name", ["QOF2324.zip", "QOF2324_v2.zip", "QOF2324 v2.zip", "QOF 23-24-V03.zip"]
)
def test_a_re_issue_is_a_new_revision_whatever_it_is_called(root: Path, name: str):
    old = open_lake(root / "data")
    offer(root, {f"qof/{YEAR}/{name}": reissue()[zip_of(YEAR)]})
    if name != "QOF2324.zip" and "v2" not in name:
        (root / "mirror" / zip_of(YEAR)).unlink()
    assert again(root).exit_code == 0
    assert net(open_lake(root / "data")) == pytest.approx(expected_net(issue=2))
    assert net(old) == pytest.approx(expected_net(issue=1)), "who reads the old snapshot still may"
    assert [r.revision for r in releases(root, "qof", YEAR)] == [1, 2]
    assert len(list((root / "data" / "raw" / "qof" / YEAR).glob("*/QOF*.zip"))) == 2


def test_a_re_issue_that_is_withdrawn_is_followed_back(root: Path):
    first = held(root / "data")
    offer(root, reissue())
    again(root)
    assert held(root / "data") != first
    offer(root, {zip_of(YEAR): packed(members(YEAR))})
    assert again(root).exit_code == 0
    assert held(root / "data") == first


def test_loose_files_that_change_one_after_the_other_are_never_mixed_up(root: Path):
    """Equal names and equal sizes: only the bytes tell one issue of a file from the next."""
    (root / "mirror" / zip_of(YEAR)).unlink()
    loose = {f"qof/{YEAR}/{name}": c for name, c in members(YEAR).items() if "ORG" not in name}
    offer(root, loose)
    again(root)
    for member in ("MAPPING_NHS_GEOGRAPHIES_2324.csv", "PREVALENCE_2324.csv"):
        path = f"qof/{YEAR}/{member}"
        offer(root, {path: loose[path].replace(b"A81000", b"A99999")})
        again(root)
    assert "A99999" in served(root / "data", "prevalence", YEAR)["practice_code"]
    assert served(root / "data", "practice_geography", YEAR).filter(
        pl.col("practice_code") == "A99999"
    )["icb_code"].to_list() == ["Q00"]


# Parts


def test_half_the_regions_are_refused_and_the_other_parts_load(root: Path):
    before = held(root / "data")
    some = ("LONDON", "MIDLANDS", "NORTH_WEST")
    half = {f"ACHIEVEMENT_{region}_2425": None for region in some}
    offer(root, reissue(NEXT, 1, **half))
    outcome = again(root)
    (failure,) = told(outcome.findings, "fail")
    assert outcome.exit_code == 1
    assert "QOF2425.zip" in failure.where and "4 of 7" in failure.message and failure.next_step
    now = held(root / "data")
    assert ("prevalence", NEXT) in now and ("percent_achieved", NEXT) not in now
    assert now["percent_achieved", YEAR] == before["percent_achieved", YEAR]
    assert net(open_lake(root / "data"), YEAR) == pytest.approx(expected_net())


def test_a_zip_without_achievement_brings_its_other_parts(root: Path):
    without = {name[:-4]: None for name in members(NEXT) if name.startswith("ACH")}
    offer(root, reissue(NEXT, 1, **without))
    outcome = again(root)
    assert outcome.exit_code == 0
    (missing,) = told(outcome.findings)
    assert (missing.status, missing.check) == ("warn", "parts of the release")
    assert "`achievement`" in missing.message and "QOF2425.zip" in missing.where
    assert served(root / "data", "prevalence", NEXT).height == 210


def test_a_re_issue_without_achievement_keeps_that_of_the_first(root: Path):
    before = held(root / "data")
    without = {name[:-4]: None for name in members(YEAR) if name.startswith("ACH")}
    offer(root, reissue(**without))
    again(root)
    assert held(root / "data")["percent_achieved", YEAR] == before["percent_achieved", YEAR]
    assert held(root / "data")["prevalence", YEAR] != before["prevalence", YEAR]


def test_what_failed_is_told_again_until_it_is_mended(root: Path):
    offer(root, reissue(PREVALENCE_2324=b"PRACTICE_CODE\r\n"))
    first, second = again(root), again(root)
    assert (second.exit_code, second.is_new, second.releases) == (1, False, 0)
    assert told(second.findings, "fail") == told(first.findings, "fail")
    assert read_progress(root / "data")["state"] == "failed"
    offer(root, reissue())
    assert again(root).exit_code == 0
    assert again(root).findings == ()


def test_an_optional_column_that_is_gone_is_missed_and_the_rest_loads(root: Path):
    """A network's name is optional: without the warning it would be null and nobody told."""
    name = f"MAPPING_NHS_GEOGRAPHIES_{tag(NEXT)}.csv"
    renamed = members(NEXT)[name].replace(b"PCN_NAME", b"NETWORK_TITLE")
    offer(root, {zip_of(NEXT): packed(members(NEXT) | {name: renamed})})
    outcome = again(root)
    [missed] = [
        f for f in told(outcome.findings) if f.check == "columns against the release before"
    ]
    assert (missed.status, missed.period, missed.column) == ("warn", NEXT, "pcn_name")
    assert name in missed.where and "`NETWORK_TITLE`" in missed.message
    assert outcome.exit_code == 0 and qof_years(open_lake(root / "data"))[-1] == NEXT


def test_a_place_in_another_part_of_england_is_told_and_not_drawn(root: Path):
    """The last region has another postcode area; its last practice lies in the first region."""
    lost = code(69)
    points = ready().replace(b"TS7 ", b"LE7 ").replace(b"9AB,52.61,-0.6", b"9AB,52.01,-1.4")
    offer(root, {EPRACCUR: epraccur().replace(b"TS7 ", b"LE7 "), READY: points})
    outcome = again(root)
    [warning] = told(outcome.findings)
    assert (warning.status, warning.rows_failed, outcome.exit_code) == ("warn", 1, 0)
    assert lost in warning.sample and "LE7 9AB" in warning.sample and "km" in warning.sample
    data = root / "data"
    assert lost not in set(served(data, "practice_coordinates")["practice_code"])
    assert lost in set(served(data, "percent_achieved", YEAR)["practice_code"])
    assert open_lake(data).manifest["coverage"][YEAR] == {"practices": 70, "placed": 69}


# Where it comes from


@pytest.fixture
def publisher(root: Path) -> Iterator[Publisher]:
    with Publisher(root / "mirror") as publisher:
        yield publisher


def test_a_mirror_by_address_makes_the_lake_that_its_folder_makes(
    original: Path, publisher: Publisher, tmp_path: Path
):
    outcome = run(data=tmp_path / "data", mirror=publisher.url)
    assert (outcome.exit_code, told(outcome.findings)) == (0, [])
    assert contents(open_lake(tmp_path / "data")) == held(original / "data")
    asked = len(publisher.requests)
    assert run(data=tmp_path / "data", mirror=publisher.url).releases == 0
    statuses = {r.path: r.status for r in publisher.requests[asked:] if not r.path.endswith("/")}
    assert set(statuses.values()) == {304}


def test_gzipped_files_in_folders_of_any_depth_make_the_same_lake(original: Path, tmp_path: Path):
    files = {f"a/b c/{name}": content for name, content in england(YEARS).items()}
    del files[f"a/b c/{EPRACCUR}"]
    files[f"a/b c/{EPRACCUR}.gz"] = gzip.compress(epraccur(), mtime=0)
    assert contents(fresh(tmp_path, files)) == held(original / "data")


def test_offline_builds_the_lake_again_from_what_is_stored(original: Path, root: Path):
    for gone in ("lake", "staged"):
        shutil.rmtree(root / "data" / gone)
    outcome = run(data=root / "data", offline=True)
    assert (outcome.exit_code, outcome.is_new) == (0, True)
    assert held(root / "data") == held(original / "data")


def test_offline_asks_no_mirror_on_the_web_either(root: Path):
    live = current_id(root / "data")
    outcome = run(data=root / "data", mirror="http://127.0.0.1:9/mirror", offline=True)
    assert (outcome.exit_code, outcome.snapshot, outcome.is_new) == (0, live, False)


def test_offline_without_what_was_stored_says_so_and_keeps_the_snapshot(root: Path):
    live = held(root / "data")
    for gone in ("raw", "staged"):
        shutil.rmtree(root / "data" / gone)
    outcome = run(data=root / "data", offline=True)
    assert outcome.exit_code == 1 and held(root / "data") == live
    assert {f.check for f in told(outcome.findings, "fail")} >= {"FileNotFoundError"}
    assert again(root).exit_code == 0, "a mirror brings them back"
    assert held(root / "data") == live


def test_a_snapshot_whose_files_are_gone_is_built_again(original: Path, root: Path):
    lake = open_lake(root / "data")
    (root / "data" / "lake" / lake.manifest["tables"]["prevalence"]["files"][0]["path"]).unlink()
    assert again(root).is_new
    assert held(root / "data") == held(original / "data")


def test_a_source_named_alone_leaves_the_others_as_they_are(root: Path):
    offer(root, reissue() | {EPRACCUR: epraccur(2)})
    before = held(root / "data")
    outcome = again(root, codes=("ods_practices",))
    assert (outcome.exit_code, outcome.releases) == (0, 1)
    changed = {key for key, content in held(root / "data").items() if content != before[key]}
    assert changed == {("practice", None)}
    assert again(root).releases == 1
    assert net(open_lake(root / "data")) == pytest.approx(expected_net(issue=2))


def test_too_few_places_fail_and_the_table_still_has_every_practice(root: Path, tmp_path: Path):
    files = {name: c for name, c in england(YEARS).items() if name != READY}
    lake = fresh(tmp_path, files)
    outcome = refresh(tmp_path / "fresh" / "mirror", tmp_path / "fresh" / "data")
    (failure,) = told(outcome.findings, "fail")
    assert (outcome.exit_code, failure.observed) == (1, "85.7%")
    assert failure.column == "longitude, latitude" and "ONSPD" in failure.next_step
    practices = answer(lake, Question(indicator="COPD010", year=YEAR)).collect()
    assert (practices.height, practices["latitude"].null_count()) == (70, 10)


# Back


def test_a_run_does_not_undo_a_rollback_but_again_does(root: Path):
    first = current_id(root / "data")
    offer(root, reissue())
    again(root)
    assert rollback(root / "data", by=DBA) == first
    outcome = again(root)
    assert (outcome.is_new, outcome.snapshot, current_id(root / "data")) == (False, first, first)
    assert again(root, again=True).is_new
    assert net(open_lake(root / "data")) == pytest.approx(expected_net(issue=2))


def test_a_rollback_over_two_snapshots_is_not_undone_by_the_one_between(root: Path):
    first = current_id(root / "data")
    for issue in (2, 3):
        offer(root, reissue(issue=issue))
        again(root)
    rollback(root / "data", first, by=DBA)
    assert again(root).snapshot == first
    offer(root, reissue(issue=4))
    assert again(root).is_new, "what is newer than all of them is used"
    assert net(open_lake(root / "data")) == pytest.approx(expected_net(issue=4))


def test_real_data_takes_the_place_of_a_demonstration(lake: Lake, tmp_path: Path):
    data = Path(shutil.copytree(lake.layout.root, tmp_path / "data"))
    lay_out(tmp_path / "mirror", {EPRACCUR: epraccur(), EPCN: england()[EPCN]})
    outcome = refresh(tmp_path / "mirror", data)
    assert outcome.snapshot == lake.id, "names alone are no reason to blank every page"
    lay_out(tmp_path / "mirror", england(YEARS))
    assert refresh(tmp_path / "mirror", data).is_new
    real = open_lake(data)
    assert not real.is_demonstration and qof_years(real) == YEARS
    assert contents(real) == contents(fresh(tmp_path, england(YEARS)))
    assert rollback(data, by=DBA) == lake.id
    assert refresh(tmp_path / "mirror", data).snapshot == lake.id


def test_a_demonstration_does_not_take_the_place_of_real_data(
    root: Path, capsys: pytest.CaptureFixture[str]
):
    live = current_id(root / "data")
    assert main(["demo", "--scale", "0.004", "--data", str(root / "data"), "--quiet"]) == 1
    assert "there is real data here" in capsys.readouterr().err
    assert current_id(root / "data") == live


def test_there_is_nothing_to_go_back_to_before_the_first(root: Path):
    with pytest.raises(NoSnapshot):
        rollback(root / "data", by=DBA)


def test_an_empty_mirror_seals_nothing_and_says_so(tmp_path: Path):
    (tmp_path / "mirror").mkdir()
    outcome = refresh(tmp_path / "mirror", tmp_path / "data")
    assert (outcome.snapshot, outcome.is_new, outcome.exit_code) == (None, False, 1)
    assert [f.observed for f in told(outcome.findings)] == ["none"]
    assert current_id(tmp_path / "data") is None


def test_a_mirror_that_is_not_there_is_told_for_every_source(root: Path):
    outcome = refresh(root / "nowhere", root / "data")
    assert outcome.exit_code == 1
    assert {f.source for f in told(outcome.findings, "fail")} == set(SOURCES)
    assert net(open_lake(root / "data")) == pytest.approx(expected_net())


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_run_may_keep_its_ledger_in_postgresql(
    root: Path, url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CARE_ATLAS_REGISTRY", url)
    data = root / "elsewhere"
    first, second = (refresh(root / "mirror", data) for _ in range(2))
    assert (first.exit_code, first.is_new, second.exit_code, second.is_new) == (0, True, 0, False)
    assert held(data) == held(root / "data") and not list(data.glob("registry*"))
    assert {row["status"] for row in with_ledger(root, Ledger.loads)} == {"completed"}


def loaded(root: Path) -> int:
    return len(with_ledger(root, lambda ledger: ledger.loads(limit=10_000)))


def releases(root: Path, source: str, period: str) -> list:
    stored = with_ledger(root, lambda ledger: ledger.releases(source, demonstration=False))
    return [release for release, _ in stored if release.period == period]


def with_ledger(root: Path, ask):
    ledger = Ledger(Layout(root / "data").registry_url)
    try:
        return ask(ledger)
    finally:
        ledger.close()
