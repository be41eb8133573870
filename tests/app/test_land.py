"""The sketch of the land: what is known to lie in England lies on it, and it fades nearer by."""

import numpy as np
import pytest
from playwright.sync_api import Page

from app.atlas.drawing.town_labels import PLACES
from engine import Lake
from engine.atlas.land import LAND
from tests.app.test_practices import ASKED

MISSED = 0.02  # share of practices that a sketch good to a few kilometres may leave in the sea


def on_land(points: np.ndarray) -> np.ndarray:
    """Whether each (longitude, latitude) lies in a ring: it has an odd number of sides east."""
    x, y = points[:, :1], points[:, 1:]
    found = np.zeros(len(points), dtype=bool)
    for ring in map(np.array, LAND):
        (west, south), (east, north) = ring.T, np.roll(ring, -1, axis=0).T
        spans = (south > y) != (north > y)
        rise = np.where(spans, north - south, 1)
        crosses = x < (east - west) * (y - south) / rise + west
        found ^= (spans & crosses).sum(axis=1) % 2 == 1
    return found


def test_every_town_that_is_named_lies_on_the_land():
    towns = np.array([(place.longitude, place.latitude) for place in PLACES])
    assert [PLACES[i].name for i in np.flatnonzero(~on_land(towns))] == []


@pytest.mark.parametrize("name", ["Cardiff", "Edinburgh", "Swansea", "Calais", "Dublin"])
def test_the_neighbours_do_not(name: str):
    elsewhere = {
        "Cardiff": (-3.18, 51.48),
        "Edinburgh": (-3.19, 55.95),
        "Swansea": (-3.94, 51.62),
        "Calais": (1.86, 50.95),
        "Dublin": (-6.26, 53.35),
    }
    assert not on_land(np.array([elsewhere[name]])).any()


def test_practices_lie_on_the_land(lake: Lake):
    places = lake.scan("practice_coordinates").select("longitude", "latitude").drop_nulls()
    assert (~on_land(places.collect().to_numpy())).mean() <= MISSED


@pytest.mark.browser
def test_the_land_is_drawn_for_england_and_gone_near_by(page: Page, atlas: str):
    """A sketch that is kilometres wrong would put practices into the sea."""
    page.goto(f"{atlas}{ASKED}")
    page.wait_for_function("() => careAtlas.maps.map?.surface?.land.drawn")
    opacity = """([longitude, latitude]) => {
        const { land, map } = careAtlas.maps.map.surface;
        const { x, y } = map.latLngToContainerPoint([latitude, longitude]);
        return land.context.getImageData(x * devicePixelRatio, y * devicePixelRatio, 1, 1).data[3];
    }"""
    assert page.evaluate(opacity, [-1.0, 52.9]) == 255
    assert page.evaluate(opacity, [-4.5, 53.5]) == 0
    page.evaluate("careAtlas.maps.map.surface.map.setView([52.9, -1.0], 9, { animate: false })")
    assert 0 < page.evaluate(opacity, [-1.0, 52.9]) < 255
    page.evaluate("careAtlas.maps.map.surface.map.setView([52.9, -1.0], 11, { animate: false })")
    assert page.evaluate(opacity, [-1.0, 52.9]) == 0
