"""Boundaries: read from GeoJSON or refused in words; a board is known by its practices alone."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import open_lake
from engine.atlas.boundary import boundaries
from engine.errors import ContractBroken
from refresh.atlas.boundary_tables import icb_boundary, within
from refresh.atlas.sources.boundaries import SOURCE
from refresh.extract import geojson
from refresh.extract.geojson import parse_geojson
from refresh.source import Link
from tests.refresh.mirrors import england, lay_out, refresh

WEST = [[-2, 52], [-1, 52], [-1, 53], [-2, 53], [-2, 52]]
EAST = [[-1, 52], [0, 52], [0, 53], [-1, 53], [-1, 52]]
MIDDLE = [[-1.8, 52.2], [-1.2, 52.2], [-1.2, 52.8], [-1.8, 52.8], [-1.8, 52.2]]
PLACES = pl.LazyFrame(
    {
        "practice_code": ["W1", "W2", "W3", "W4", "W5", "E1", "E2"],
        "longitude": [-1.9, -1.5, -1.1, -1.5, -1.5, -0.5, -0.2],
        "latitude": [52.5, 52.1, 52.5, 52.9, 52.95, 52.5, 52.5],
    }
)
BOARDS = pl.LazyFrame(
    {
        "practice_code": ["W1", "W2", "W3", "W4", "W5", "E1", "E2"],
        "icb_code": ["QAA"] * 5 + ["QBB"] * 2,
    }
)


def feature(*rings: Any, kind: str = "Polygon", **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": kind, "coordinates": list(rings)},
    }


def file_of(*features: Any, **more: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features, **more}).encode()


def corners(*features: Any) -> pl.LazyFrame:
    """The `area_boundary` rows of a file."""
    rows = parse_geojson(file_of(*features), "a.geojson").rename(str.lower)
    numbers = pl.col("boundary", "ring", "corner").cast(pl.Int64)
    degrees = pl.col("longitude", "latitude").cast(pl.Float64)
    named = rows.rename({"name": "boundary_name"}).with_columns(ons_code=pl.lit(None, pl.String))
    return named.with_columns(numbers, degrees).lazy()


def boards(*features: Any, places: pl.LazyFrame = PLACES, **mappings: pl.LazyFrame) -> pl.DataFrame:
    told = mappings or {"2026-04": BOARDS}
    drawn = corners(*features)
    return icb_boundary(drawn, coordinates=places, by_year={}, by_month=told, year="2026").collect()


@pytest.mark.parametrize(
    ("name", "period"),
    [
        ("Integrated_Care_Boards_April_2026_EN_BGC_-8241.geojson", "2026"),
        ("Integrated_Care_Boards_(April_2023)_EN_BUC.geojson", "2023"),
        ("icb_boundaries_2026.geojson", "2026"),
        ("boundaries_icb22.geojson", "2022"),
        ("pcn_simple_WEST_SUSSEX.geojson", None),
    ],
)
def test_a_file_is_of_the_year_that_its_name_says(name: str, period: str | None):
    found = [m for p in SOURCE.files if (m := re.search(p, name, re.IGNORECASE))]
    assert (SOURCE.period(found[0], Link(name)) if found else None) == period


def test_outer_rings_turn_left_and_holes_right_whatever_the_file_does():
    backwards = feature(WEST[::-1], MIDDLE, ICB26NM="A Board")
    rows = parse_geojson(file_of(backwards), "a.geojson").cast(
        {"LONGITUDE": pl.Float64, "LATITUDE": pl.Float64}
    )
    for is_hole, ring in (("false", WEST), ("true", MIDDLE[::-1])):
        read = rows.filter(IS_HOLE=is_hole).select("LONGITUDE", "LATITUDE").to_numpy()
        assert read.tolist() == ring
    assert rows["ICB26NM"].unique().to_list() == ["A Board"]


BROKEN = {
    "no features": (file_of(), "no boundaries"),
    "no GeoJSON": (b'{"a": 1}', "no GeoJSON"),
    "a list": (b"[]", "no GeoJSON"),
    "nothing": (b"", "no JSON"),
    "cut short": (file_of(feature(WEST))[:-9], "no JSON"),
    "no text": (b"\xff\xfe\x00", "no JSON"),
    "bottomless": (b"[" * 200_000, "no JSON"),
    "a point": (file_of(feature(-2, 52, kind="Point")), "no area"),
    "no geometry": (file_of({"type": "Feature", "properties": {}, "geometry": None}), "no area"),
    "a feature of words": (file_of("West"), "no object"),
    "an open ring": (file_of(feature(WEST[:-1])), "not closed"),
    "a line": (file_of(feature([[0, 52], [1, 52], [0, 52]])), "not closed"),
    "words for places": (file_of(feature([["a", "b"]] * 4)), "no place"),
    "no number": (file_of(feature([[float("nan"), 52]] * 4)), "no place"),
    "an endless number": (file_of(feature([[10**400, 52]] * 4)), "no place"),
    "a flat list": (file_of(feature([1, 2, 3, 4])), "no place"),
    "a polygon for several": (file_of(feature(WEST, kind="MultiPolygon")), "no place"),
    "grid metres": (file_of(feature([[x * 1e5, y * 1e4] for x, y in WEST])), "not in WGS84"),
    "a national grid by name": (
        file_of(feature(WEST), crs={"properties": {"name": "EPSG:27700"}}),
        "not in WGS84",
    ),
    "a grid without a name": (file_of(feature(WEST), crs={"type": "link"}), "not in WGS84"),
    "a kind that is a list": (file_of(feature(WEST, kind=[[]])), "no area"),
    "a flood of properties": (
        file_of(*(feature(WEST, **{f"p{i}": i}) for i in range(99))),
        "too many properties",
    ),
}


@pytest.mark.parametrize(("data", "what"), BROKEN.values(), ids=BROKEN)
def test_what_is_no_boundary_is_refused_in_words(data: bytes, what: str):
    with pytest.raises(ContractBroken, match=what):
        parse_geojson(data, "icb_boundaries_2026.geojson")


def test_a_file_too_large_for_a_map_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(geojson, "MAX_CORNERS", 9)
    with pytest.raises(ContractBroken, match="finer than a map needs"):
        parse_geojson(file_of(feature(WEST), feature(EAST)), "a.geojson")
    monkeypatch.setattr(geojson, "MAX_BYTES", 9)
    with pytest.raises(ContractBroken, match="larger than a map needs"):
        parse_geojson(file_of(feature(WEST)), "a.geojson")


def test_half_a_character_in_a_name_is_no_traceback():
    data = file_of(feature(WEST, name="A \ud800 Board"))
    assert parse_geojson(data, "a.geojson")["NAME"][0] == "A ? Board"


@given(st.lists(st.tuples(st.floats(-3, 1), st.floats(51, 54)), min_size=1, max_size=30))
def test_a_point_is_within_a_box_as_anybody_can_see(points: list[tuple[float, float]]):
    """The same answer whichever way round the ring goes."""
    at = np.array(points)
    inside = ((at > [-2, 52]) & (at < [-1, 53])).all(axis=1)
    on_edge = np.isin(at[:, 0], [-2, -1]) | np.isin(at[:, 1], [52, 53])
    for ring in (WEST, WEST[::-1]):
        assert ((within(at, np.array(ring, dtype=float)) == inside) | on_edge).all()


def test_a_board_is_known_by_its_practices_though_its_name_is_anothers():
    """DOMAIN 1.6: never by name alone; here the names are swapped."""
    found = boards(feature(EAST, name="West Board"), feature(WEST, name="East Board"))
    assert found["icb_code"].to_list() == ["QBB", "QAA"]
    assert found["is_used"].all() and found["share_of_icb"].to_list() == [1, 1]
    assert found["mapped_by"].unique().to_list() == ["2026-04"]


def test_practices_in_a_hole_are_not_inside():
    found = boards(feature(WEST, MIDDLE, name="West"), feature(EAST, name="East"))
    assert found["practices_inside"].to_list() == [5, 2]
    moved = PLACES.with_columns(latitude=pl.lit(52.5))
    found = boards(feature(WEST, MIDDLE, name="West"), feature(EAST, name="East"), places=moved)
    assert found["share_of_icb"].to_list() == [0.4, 1] and found["is_used"].to_list() == [
        False,
        True,
    ]


def test_two_boundaries_of_one_board_are_not_both_used():
    found = boards(feature(WEST, name="West"), feature(WEST, name="West again"))
    assert found["icb_code"].to_list() == ["QAA", "QAA"] and not found["is_used"].any()


def test_the_mapping_is_the_one_that_fits_and_the_newest_of_those():
    merged = BOARDS.with_columns(icb_code=pl.lit("QCC"))
    told = {"2026-03": BOARDS, "2026-04": BOARDS, "2026-05": merged}
    found = boards(feature(WEST, name="West"), feature(EAST, name="East"), **told)
    assert found["mapped_by"].unique().to_list() == ["2026-04"] and found["is_used"].all()


def test_a_mapping_that_is_older_than_the_boundaries_names_no_board():
    """The end of a QOF year is its March."""
    drawn, years = corners(feature(WEST, name="West")), {"2024-25": BOARDS, "2025-26": BOARDS}
    told = {"2026-02": BOARDS}
    found = icb_boundary(
        drawn, coordinates=PLACES, by_year=years, by_month=told, year="2026-03"
    ).collect()
    assert found["mapped_by"].to_list() == ["2025-26"]


def test_without_a_place_or_a_mapping_no_boundary_is_used():
    drawn = corners(feature(WEST, name="West"))
    found = icb_boundary(drawn, coordinates=PLACES, by_year={}, by_month={}, year="2026").collect()
    assert found.select("icb_code", "is_used").row(0) == (None, False)
    assert not boards(feature(WEST, name="West"), places=PLACES.clear())["is_used"].any()


def test_a_mirror_with_a_boundary_file_brings_it_into_the_lake(tmp_path: Path):
    """The pocket England has one board a region; a broken file later leaves the good one."""
    mirror, data = lay_out(tmp_path / "mirror", england()), tmp_path / "data"
    refresh(mirror, data)
    before = open_lake(data)
    places = before.scan("practice_coordinates").collect()
    whose = (
        before.scan("practice_geography", "2023-24").select("practice_code", "icb_code").collect()
    )
    shapes = []
    for (board,), of in (
        whose.join(places, on="practice_code").partition_by("icb_code", as_dict=True).items()
    ):
        (x1, y1), (x2, y2) = (
            of.select(pl.col("longitude", "latitude").min()).row(0),
            of.select(pl.col("longitude", "latitude").max()).row(0),
        )
        e = 1e-4
        box = [
            [x1 - e, y1 - e],
            [x2 + e, y1 - e],
            [x2 + e, y2 + e],
            [x1 - e, y2 + e],
            [x1 - e, y1 - e],
        ]
        shapes.append(feature(box, ICB24NM=f"Board {board}", ICB24CD="E54000001"))
    name = "geography/Integrated_Care_Boards_April_2022_EN_BGC.geojson"
    lay_out(mirror, {name: file_of(*shapes)})
    outcome = refresh(mirror, data)
    lake = open_lake(data)
    assert outcome.exit_code == 0
    assert lake.scan("icb_boundary").collect()["is_used"].all()
    drawn = boundaries(lake, "icb", "2023-24").collect()
    assert set(drawn["organisation_code"]) == set(whose["icb_code"])
    lay_out(mirror, {name: file_of()})
    outcome = refresh(mirror, data)
    told = [f for f in outcome.findings if f.source == SOURCE.code and f.status == "fail"]
    assert outcome.exit_code == 1 and "no boundaries" in f"{told[0]}"
    assert boundaries(open_lake(data), "icb", "2023-24").collect().equals(drawn)
