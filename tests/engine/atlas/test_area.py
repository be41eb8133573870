"""Areas: what a text names, how it is written again, and which practices lie in it."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.atlas.area import GROUP, Area
from engine.atlas.groups import area_of, codes_of

CODES = st.text("ABCXYZ0123456789", min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("text", "level", "codes"),
    [
        ("", "", ()),
        ("icb:QOP", "icb", ("QOP",)),
        ("sub_icb:", "sub_icb", ()),
        ("icb", "icb", ()),
        ("group:A81001.A81002", "group", ("A81001", "A81002")),
        ("group:.A81001.", "group", ("A81001",)),
        ("icb:Q.P", "icb", ("Q.P",)),
    ],
)
def test_a_text_names_an_area(text: str, level: str, codes: tuple[str, ...]):
    assert Area.parse(text) == Area(level, codes)


@given(st.sampled_from(["icb", "pcn", "practice"]), CODES)
def test_an_organisation_is_written_as_it_is_read(level: str, code: str):
    assert str(Area.parse(f"{level}:{code}")) == f"{level}:{code}"


@given(st.lists(CODES, min_size=1, max_size=9))
def test_a_group_is_its_practices_each_once(codes: list[str]):
    area = Area.parse(area_of(codes))
    assert area.is_group and area.codes == codes_of(str(area)) == tuple(sorted(set(codes)))


def test_codes_are_published_in_capitals():
    assert str(Area.parse("group:a81001.b2").upper) == "group:A81001.B2"


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("icb:QAA", [True, False, False]),
        ("england:ENG", [True, True, True]),
        (f"{GROUP}:A1.C3", [True, False, True]),
        ("pcn:U", [None, False, None]),  # in no network, whatever asks for `U`
        ("icb:", [False, False, False]),
    ],
)
def test_who_lies_in_it(text: str, inside: list[bool | None]):
    practices = pl.DataFrame(
        {
            "practice_code": ["A1", "B2", "C3"],
            "pcn_code": ["U", "N1", "U"],
            "icb_code": ["QAA", "QBB", "QBB"],
        }
    )
    assert practices.with_columns(inside=Area.parse(text).holds)["inside"].to_list() == inside
