"""Places: a practice that lies among strangers is on no map, and is told; a remote one stays."""

import polars as pl
import pytest

from refresh.atlas.sources import places
from refresh.extract.geocode import LOCATION, inside_england, tidy_postcode
from refresh.recipe import Answers
from tests.refresh.files import REAL, needs_real

Point = tuple[float, float]
HOME, AWAY, ISLAND = (-2.0, 53.0), (0.0, 52.0), (-6.3, 49.9)


def town(area: str, middle: Point, practices: int) -> dict[str, Point]:
    """Postcodes of an area on a grid of about a mile, a practice each."""
    x, y = middle
    return {f"{area}{i} 1AA": (x + i % 6 / 40, y + i // 6 / 60) for i in range(1, practices + 1)}


TOWNS = town("AB", HOME, 12) | town("CD", AWAY, 60)


def given(points: dict[str, Point], *, method: str = "ready") -> Answers:
    """What the makers of the table take: practices named for their postcodes, placed so."""
    postcodes = [postcode.rstrip("!") for postcode in points]
    codes = [name.replace(" ", "") for name in points]
    practices = pl.LazyFrame({"practice_code": codes, "postcode": postcodes})
    where = [
        (c, p, *at, method, "2026-02")
        for c, p, at in zip(codes, postcodes, points.values(), strict=True)
    ]
    known = pl.LazyFrame(where, schema={"practice_code": pl.String} | LOCATION, orient="row")
    nowhere = pl.LazyFrame(schema=LOCATION)
    located = nowhere if method == "ready" else known.drop("practice_code")
    ready = known if method == "ready" else known.clear()
    frames = {"practices": practices, "located": located, "ready": ready}
    return Answers({name: lf.collect() for name, lf in frames.items()})


def drawn(points: dict[str, Point], **how: str) -> set[str]:
    rows = places.practice_coordinates(given(points, **how)).collect()
    return set(rows["practice_code"])


def test_a_practice_among_those_of_another_area_is_not_drawn():
    astray = TOWNS | {"AB99 9ZZ": (0.06, 52.06)}
    assert drawn(astray) == drawn(TOWNS) == {p.replace(" ", "") for p in TOWNS}


def test_it_is_told_with_its_place_its_area_and_how_far_it_is():
    [finding] = places.withheld(given(TOWNS | {"AB99 9ZZ": (0.06, 52.06)}))
    assert (finding.status, finding.rows_failed, finding.rows_total) == ("warn", 1, 73)
    assert "AB999ZZ (AB99 9ZZ) at 52.06, 0.06" in finding.sample
    assert "km from all others in AB" in finding.observed and "ONSPD" in finding.next_step
    kilometres = int(finding.sample.split(": ")[1].split(" km")[0])
    assert 140 < kilometres < 180


def test_two_practices_of_one_wrong_postcode_are_no_witnesses_for_each_other():
    both = TOWNS | {"AB99 9ZZ": (0.06, 52.06), "AB99 9ZZ!": (0.06, 52.06)}
    assert drawn(both) == drawn(TOWNS)
    assert places.withheld(given(both))[0].rows_failed == 2


def test_nothing_is_told_where_all_are_in_place():
    [finding] = places.withheld(given(TOWNS))
    assert (finding.status, finding.rows_failed, finding.next_step) == ("pass", 0, "")


@pytest.mark.parametrize(
    "point", [ISLAND, (-2.0, 54.2), (-1.4, 52.8)], ids=["an island", "the dales", "between towns"]
)
def test_a_practice_far_from_everybody_stays(point: Point):
    """Scilly is 60 km from the next practice of Cornwall, and from any other."""
    assert "AB999ZZ" in drawn(TOWNS | {"AB99 9ZZ": point})


def test_at_a_border_neighbours_of_another_area_are_no_proof():
    border = TOWNS | town("EF", (-2.0, 53.06), 20)
    assert len(drawn(border)) == len(border)


def test_where_an_area_has_few_practices_nobody_can_tell():
    few = town("CD", AWAY, 60) | town("AB", HOME, 2)
    assert "AB999ZZ" in drawn(few | {"AB99 9ZZ": (0.06, 52.06)})


@pytest.mark.parametrize("method", ["postcode_directory", "postcodes_io"])
def test_the_middle_of_its_postcode_is_where_a_practice_is(method: str):
    astray = TOWNS | {"AB99 9ZZ": (0.06, 52.06)}
    assert "AB999ZZ" in drawn(astray, method=method)
    assert places.withheld(given(astray, method=method))[0].status == "pass"


@pytest.fixture(scope="module")
def geocoded() -> Answers:
    """The published practices as somebody placed them by address."""
    copies = REAL / "qof" / "parquet-copies"
    mapped = pl.concat(
        pl.scan_parquet(path).select(practice_code="PRACTICE_CODE")
        for path in copies.glob("structures_*.parquet")
    )
    rows = (
        pl.scan_parquet(copies / "practice_location_info.parquet")
        .join(mapped.unique(), on="practice_code", how="semi")
        .filter(inside_england("long", "lat"))
        .with_columns(tidy_postcode(pl.col("postcode")))
    )
    point = {"longitude": "long", "latitude": "lat"}
    ready = rows.select("practice_code", **point, vintage=pl.lit(""))
    practices = rows.select("practice_code", "postcode")
    frames = {"practices": practices, "located": pl.LazyFrame(schema=LOCATION), "ready": ready}
    return Answers({name: lf.collect() for name, lf in frames.items()})


@needs_real
def test_of_the_published_practices_those_told_really_lie_elsewhere(geocoded):
    """Another geocoding of the same practices is the judge: it never saw this one."""
    wrong = places.astray(places.placed(geocoded)).collect()
    assert {"P81771", "L84018", "F81071"} <= set(wrong["practice_code"])
    judge = pl.read_parquet(REAL / "qof" / "parquet-copies" / "practice_coordinates.parquet")
    both = wrong.join(judge, on="practice_code").with_columns(
        km=111.2
        * (
            (pl.col("latitude") - pl.col("lat")) ** 2
            + (0.6 * (pl.col("longitude") - pl.col("lon"))) ** 2
        ).sqrt()
    )
    assert both.height >= 5 and both["km"].min() > 3


@needs_real
@pytest.mark.parametrize("area", ["TR", "PL", "EX", "CA", "LA", "NE", "LN", "NR", "HR", "SY", "PO"])
def test_large_rural_areas_keep_all_their_practices(geocoded, area: str):
    wrong = places.astray(places.placed(geocoded)).filter(area=area).collect()
    assert wrong["practice_code"].to_list() == []
