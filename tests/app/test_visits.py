"""Nobody stays behind: what a process holds of those who left, and of a page that stays open."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.atlas.frames import catalogue
from engine import Lake
from tests.app.inside import inside
from tests.app.reader import Reader, reading
from tests.app.serving import served

HOUR = 1800  # changes, one every two seconds
TABS = ("one", "trend", "scatter", "funnel", "gap", "peers", "table")


@pytest.fixture(scope="module")
def process(lake: Lake) -> Iterator[str]:
    """The app as a reader meets it, in a process that can be looked into."""
    with served(lake.layout.root, app="tests.app.inside:app", SHINY_TESTMODE="0") as address:
        yield address


def look(address: str) -> None:
    """Come, see the map, leave."""
    with reading(address) as reader:
        reader.hears("codes")


def use_everything(address: str) -> None:
    """A visit in which every part of the page has been at work: both maps, all tabs, a group."""
    with reading(address) as reader:
        reader.hears("address")
        for changed in (
            {"against": "2024-25"},
            {".clientdata_output_map_before_hidden": False},
            {"compare_as": "change"},
            {"map_pick": 1},
            {"map_detail": 1},
            *({"tab": tab} for tab in TABS),
            {"colour": "deprivation", "size": "list_size", "columns": ["deprivation"]},
            {"level": "icb"},
            {"geography": "today"},
            {"back": {"search": "?level=pcn", "asked": 1}},
        ):
            reader.choose(**changed)
            reader.is_answered()


@pytest.mark.parametrize(("visit", "before", "times"), [(look, 60, 60), (use_everything, 4, 6)])
def test_those_who_have_left_are_let_go(
    process: str, visit: Callable[[str], None], before: int, times: int
):
    for _ in range(4):
        visit(process)
    first = inside(process)
    # The first few dozen leave the allocator's room for those who follow: taken once, about ten
    # megabytes, and not counted with what each visit leaves.
    for _ in range(before):
        visit(process)
    held = inside(process)
    for _ in range(times):
        visit(process)
    after = inside(process)
    assert after["sessions"] == 0
    assert after["objects"] - held["objects"] < 10 * times
    assert after["bytes"] - held["bytes"] < 8e6
    assert after["bytes"] - first["bytes"] < 20e6


def test_a_page_that_is_open_for_an_hour_holds_no_more_than_when_it_was_opened(
    process: str, lake: Lake
):
    codes = [code for group in catalogue(lake).indicators.values() for code in group][:12]

    def change(reader: Reader, times: int) -> None:
        for turn in range(times):
            reader.choose(indicator=codes[turn % len(codes)])
            reader.hears("codes")
        reader.hears("address")

    with reading(process, indicator=codes[-1]) as reader:
        reader.hears("address")
        change(reader, 60)
        before = inside(process, sessions=1)
        change(reader, HOUR)
        after = inside(process, sessions=1)
    assert after["objects"] - before["objects"] < HOUR
    assert after["bytes"] - before["bytes"] < 8e6


def test_a_page_hears_of_a_new_snapshot_until_it_is_closed(tmp_path: Path, lake: Lake):
    data = shutil.copytree(lake.layout.root, tmp_path / "data")
    with served(data, app="tests.app.inside:app") as address:
        with reading(address) as stays, reading(address) as leaves:
            assert stays.hears("codes")["cast"].startswith(lake.id)
            leaves.hears("codes")
            assert inside(address, sessions=2)["told"] == 2
            leaves.leave()
            assert inside(address, sessions=1)["told"] == 1
            newer = seal_again(data, lake.id)
            assert stays.hears("codes")["cast"].startswith(newer)
        assert inside(address)["told"] == 0


def seal_again(data: Path, snapshot: str) -> str:
    """The same tables under a later name, live from now on."""
    snapshots, newer = data / "lake" / "snapshots", f"{snapshot}-again"
    said = json.loads((snapshots / f"{snapshot}.json").read_text(encoding="utf-8"))
    text = json.dumps(said | {"id": newer})
    (snapshots / f"{newer}.json").write_text(text, encoding="utf-8")
    (data / "lake" / "CURRENT").write_text(newer, encoding="utf-8")
    return newer
