"""Bands: every value is in one band, edges belong to the band above, 100 is in the top one."""

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.bands import MOST_EDGES, PRESETS, Bands, edges, words
from engine.errors import UnknownName

PERCENT = st.floats(0, 100, allow_nan=False)
EDGES = st.lists(st.integers(1, 999), min_size=1, max_size=MOST_EDGES, unique=True).map(
    lambda tenths: sorted(t / 10 for t in tenths)
)


def cut(text: str, *values: float | None) -> list[int | None]:
    frame = pl.DataFrame({"value": pl.Series(values, dtype=pl.Float64)})
    return frame.select(band=Bands.parse(text).of("value"))["band"].to_list()


@pytest.mark.parametrize(
    ("bands", "value", "band"),
    [
        ("brief", 0, 0),
        ("brief", 19.999, 0),
        ("brief", 20, 1),
        ("brief", 40, 2),
        ("brief", 59.999, 2),
        ("brief", 60, 3),
        ("brief", 100, 3),
        ("five", 79.999, 3),
        ("five", 80, 4),
        ("five", 100, 4),
        ("five", 120, 4),
        ("custom:70,80.5", 69.9, 0),
        ("custom:70,80.5", 80.5, 2),
        ("custom:99.9", 100, 1),
    ],
)
def test_a_band_includes_its_lower_edge_and_not_its_upper(bands: str, value: float, band: int):
    assert cut(bands, value) == [band]


@pytest.mark.parametrize("bands", [*PRESETS, "quintiles", "custom:50"])
def test_no_value_is_no_band_and_never_the_lowest(bands: str):
    assert cut(bands, None, 50, None)[::2] == [None, None]
    assert cut(bands, None) == [None]


def test_quintiles_put_a_fifth_of_the_values_in_each_band():
    assert cut("quintiles", *range(10)) == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


def test_quintiles_are_those_of_the_values_and_not_of_the_ends_of_intervals():
    frame = pl.DataFrame({"value": [10.0, 20, 30, 40, 50], "value_low": [0.0, 0, 0, 0, 49]})
    result = frame.select(band=Bands.parse("quintiles").of("value_low"))
    assert result["band"].to_list() == [0, 0, 0, 0, 4]


def test_quintiles_of_one_value_for_all_leave_nobody_without_a_band():
    assert cut("quintiles", 7, 7, 7) == [4, 4, 4]


def test_quintiles_of_no_values_have_no_edges():
    nothing = pl.LazyFrame({"value": [None]}, schema={"value": pl.Float64})
    assert edges(nothing, Bands.parse("quintiles")).collect().row(0) == (None,) * 4


def test_edges_come_in_one_row_from_the_lowest():
    values = pl.LazyFrame({"value": [0.0, 25, 50, 75, 100]})
    assert edges(values, Bands.parse("custom:5,50")).collect().row(0) == (5, 50)
    assert edges(values, Bands.parse("quintiles")).collect().row(0) == (20, 40, 60, 80)
    assert edges(values, Bands.parse("brief")).collect().columns == ["edge_1", "edge_2", "edge_3"]


@pytest.mark.parametrize(
    "text",
    [
        "custom:",
        "custom:a",
        "custom:50,",
        "custom:50,50",
        "custom:60,40",
        "custom:0,50",
        "custom:50,100",
        "custom:-5",
        "custom:nan",
        "custom:inf",
        "custom:1,2,3,4,5,6,7,8,9,10",
    ],
)
def test_edges_that_cannot_be_are_refused(text: str):
    with pytest.raises(UnknownName) as caught:
        Bands.parse(text)
    assert caught.value.found == text.removeprefix("custom:")
    assert "50,75,90" in caught.value.expected


@pytest.mark.parametrize("text", ["", "Five", "custom", "deciles"])
def test_bands_nobody_declared_are_refused_with_those_there_are(text: str):
    with pytest.raises(UnknownName, match="brief, five, quintiles or custom"):
        Bands.parse(text)


@pytest.mark.parametrize("text", [*PRESETS, "quintiles", "custom:10,50,90"])
def test_there_is_a_band_more_than_there_are_edges(text: str):
    bands = Bands.parse(text)
    assert bands.count == len(bands.cuts()) + 1


def test_bands_in_words_name_their_edges():
    assert words((20, 40, 60)) == ["under 20 %", "20 to 40 %", "40 to 60 %", "60 % and over"]
    assert words([99.5]) == ["under 99.5 %", "99.5 % and over"]


def test_edges_that_someone_chose_are_said_as_they_were_chosen():
    assert words((33.25, 33.29)) == ["under 33.25 %", "33.25 to 33.29 %", "33.29 % and over"]


def test_edges_close_together_are_said_apart():
    """Fifths of a rare register: at one decimal every band would read "0.6 to 0.6 %"."""
    assert words((0.571, 0.592, 0.612, 0.64), decimals=1) == [
        "under 0.57 %",
        "0.57 to 0.59 %",
        "0.59 to 0.61 %",
        "0.61 to 0.64 %",
        "0.64 % and over",
    ]
    assert words((0.5711, 0.5719), decimals=1)[1] == "0.571 to 0.572 %"
    assert words((62.04, 71.96), decimals=1)[1] == "62 to 72 %"


def test_no_band_is_said_to_lie_between_equal_edges_only():
    assert words((100.0, 100.0), decimals=1)[1] == "none between"
    assert words((70.00001, 70.00002), decimals=1)[1] == "about 70 %"


@given(st.lists(PERCENT, min_size=1, max_size=MOST_EDGES), st.integers(1, 2))
def test_bands_read_alike_only_where_edges_are_alike(chosen: list[float], decimals: int):
    cuts = sorted(chosen)
    said = words(cuts, decimals)
    assert len(said) == len(cuts) + 1
    apart = [word for word in said if word != "none between" and not word.startswith("about")]
    assert len(set(apart)) == len(apart)
    assert said.count("none between") == len(cuts) - len(set(cuts))


@given(EDGES, st.lists(PERCENT, min_size=1))
def test_every_value_falls_in_exactly_one_band(chosen: list[float], values: list[float]):
    closed = [0.0, *chosen, float("inf")]
    expected = [
        [band for band in range(len(chosen) + 1) if closed[band] <= v < closed[band + 1]]
        for v in values
    ]
    assert [[band] for band in cut(f"custom:{','.join(map(str, chosen))}", *values)] == expected


@given(st.sampled_from([*PRESETS, "quintiles"]), st.lists(PERCENT, min_size=1))
def test_a_higher_value_is_never_in_a_lower_band(bands: str, values: list[float]):
    ordered = cut(bands, *sorted(values))
    assert ordered == sorted(ordered)
    assert set(ordered) <= set(range(Bands.parse(bands).count))


@given(st.lists(PERCENT, min_size=5, unique=True))
def test_quintiles_of_different_values_are_near_to_fifths(values: list[float]):
    assume(all(b - a > 1e-6 for a, b in zip(sorted(values), sorted(values)[1:], strict=False)))
    found = cut("quintiles", *values)
    assert max(abs(found.count(band) - len(values) / 5) for band in range(5)) < 1.5
