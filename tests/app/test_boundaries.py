"""In Chromium on a lake with a boundary file: boards are drawn as published, and it is said."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Page, expect

from app.atlas.drawing.breadcrumbs import OUTLINED, outlined_by
from engine import Lake, open_lake
from engine.atlas.boundary import boundaries
from engine.atlas.territory import territories
from refresh.pipeline import run
from tests.app.serving import served
from tests.app.test_practices import ASKED

pytestmark = pytest.mark.browser
YEAR = "2021-22"
HALF = 1e-3  # degrees: a square about each practice


@pytest.fixture(scope="module")
def bounded(mirror: Path, lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The demonstration with a boundary file: a square about every practice, by its board."""
    places = lake.scan("practice_coordinates")
    whose = lake.scan("practice_geography", YEAR).join(places, on="practice_code")
    boards = whose.select("icb_code", "longitude", "latitude").drop_nulls().unique().collect()
    features = [
        {
            "type": "Feature",
            "properties": {"ICB22NM": f"A board, {number}"},
            "geometry": {
                "type": "MultiPolygon",
                "coordinates": [[square(x, y)] for x, y in of.drop("icb_code").rows()],
            },
        }
        for number, of in enumerate(boards.sort(pl.all()).partition_by("icb_code"))
    ]
    folder = tmp_path_factory.mktemp("bounded")
    shutil.copytree(mirror, folder / "mirror")
    file = folder / "mirror" / "Integrated_Care_Boards_April_2022_EN_BUC.geojson"
    said = json.dumps({"type": "FeatureCollection", "features": features})
    file.write_text(said, encoding="utf-8")
    shutil.copytree(lake.layout.root, folder / "data")  # so that only the boundaries are new
    run(data=folder / "data", mirror=str(folder / "mirror"), demonstration=True)
    return open_lake(folder / "data")


@pytest.fixture(scope="module")
def address(bounded: Lake) -> Iterator[str]:
    with served(bounded.layout.root) as at:
        yield at


def square(x: float, y: float) -> list[list[float]]:
    around = [(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]
    return [[x + HALF * east, y + HALF * north] for east, north in around]


def drawn(page: Page, rings: int) -> None:
    page.wait_for_function(f"() => window.careAtlas?.maps.map?.surface?.outlines.drawn === {rings}")


def test_boards_are_drawn_as_published_and_other_levels_from_practices(
    page: Page, bounded: Lake, address: str
):
    """Issue 3: published boundaries where a file of them is there, else territories; it is said."""
    rings = boundaries(bounded, "icb", YEAR).collect()
    assert rings.height > rings["organisation_code"].n_unique() > 1
    # Where a middling sub-ICB is large enough to be told apart: smaller ones are not drawn.
    page.set_viewport_size({"width": 1600, "height": 1200})
    page.goto(f"{address}{ASKED}&level=icb")
    drawn(page, rings.height)
    expect(page.locator("#outlines_said")).to_have_text(outlined_by("2022"))
    page.get_by_text("Sub-ICB", exact=True).first.click()
    drawn(page, territories(bounded, "sub_icb", YEAR).collect().height)
    expect(page.locator("#outlines_said")).to_have_text(OUTLINED)
    page.get_by_text("ICB", exact=True).first.click()
    drawn(page, rings.height)
    expect(page.locator("#outlines_said")).to_have_text(outlined_by("2022"))


def test_all_practices_lie_on_the_boards_as_published_and_an_area_on_its_own(
    page: Page, bounded: Lake, address: str
):
    """LOOK: dots on the land with its boards; where there are only hulls, on none of them."""
    rings = boundaries(bounded, "icb", YEAR).collect()
    page.goto(f"{address}{ASKED}")
    drawn(page, rings.height)
    expect(page.locator("#outlines_said")).to_have_text(outlined_by("2022"))
    code = rings["organisation_code"][0]
    page.goto(f"{address}{ASKED}&area=icb:{code}")
    drawn(page, rings.filter(pl.col("organisation_code") == code).height)
