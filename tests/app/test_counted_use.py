"""How often indicators are chosen on the map, told in the catalogue, and never by whom."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.atlas.effects.counted_use import Chosen
from app.monitoring.usage import Usage
from app.publications.catalogue.asked_for import times_asked
from engine import Lake, Question
from engine.layout import Layout
from engine.usage import asked_in
from refresh.store.ledger import Ledger

COPD, POINTS = Question("COPD010", "2021-22"), Question("COPD010", "2021-22", measure="points")
DEM = Question("DEM004", "2021-22")


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("CARE_ATLAS_REGISTRY", raising=False)
    Ledger(Layout(tmp_path).registry_url).close()
    return tmp_path


def test_a_choice_counts_once_and_what_nobody_chose_does_not(data: Path):
    usage = Usage()
    for is_linked in (False, True):  # a page that is opened, and one that a link opened
        page = Chosen(usage)
        for asked in (COPD, COPD, DEM, Question("DEM004", "2020-21"), COPD, POINTS):
            page.shows(asked, is_linked=is_linked)
    usage.write(data)
    assert asked_in(Layout(data), datetime.now(UTC).date()) == {
        ("metric", "net"): 2 + 3,
        ("metric", "points"): 2,
        ("indicator", "net COPD010"): 1 + 2,
        ("indicator", "net DEM004"): 2,
        ("indicator", "points COPD010"): 2,
    }


def test_the_catalogue_says_which_indicators_of_a_metric_were_on_the_map(data: Path, lake: Lake):
    usage, bundle = Usage(), Lake(Layout(data), lake.manifest)
    assert times_asked(bundle, "metric", "net") == ""
    page = Chosen(usage)
    for asked in (COPD, DEM, COPD, DEM, COPD, POINTS):
        page.shows(asked, is_linked=True)
    usage.write(data)
    assert times_asked(bundle, "metric", "net") == (
        "5 times in 30 days; on the map most often: COPD010 3 times, DEM004 2 times"
    )
    assert times_asked(bundle, "metric", "points").endswith("most often: COPD010 1 time")
    assert times_asked(bundle, "metric", "prevalence") == "0 times in 30 days"
    assert times_asked(bundle, "table", "percent_achieved") == "0 times in 30 days"
