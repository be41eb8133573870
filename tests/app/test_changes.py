"""The page of what changed, and its feeds: every number is the engine's, every feed is Atom."""

from urllib.request import urlopen
from xml.etree import ElementTree as ET

import polars as pl

from engine import Lake, Question, answer, changes

ATOM = "{http://www.w3.org/2005/Atom}"


def got(address: str) -> str:
    return urlopen(address).read().decode()


def entries(address: str) -> list[ET.Element]:
    return ET.fromstring(got(address)).findall(f"{ATOM}entry")


def test_the_page_counts_the_practices_that_went_and_came(atlas: str, lake: Lake):
    earlier, later = lake.years[-2:]
    found = changes.practices(lake, earlier, lake, later).collect()
    page = got(f"{atlas}changes?from={earlier}&to={later}")
    assert f"From {earlier} to {later}" in page
    for what, title in (("gone", "Practices no longer there"), ("new", "New practices")):
        assert f"{title}: {found.filter(pl.col('what') == what).height:,}" in page


def test_a_link_that_names_nothing_known_still_opens(atlas: str, lake: Lake):
    page = got(f"{atlas}changes?snapshot=nothing&from=1066&to=%3Cscript%3E")
    assert f"to {lake.years[-1]}" in page
    assert "<script>alert" not in page


def test_the_feed_has_an_entry_for_the_snapshot(atlas: str, lake: Lake):
    (entry,) = entries(f"{atlas}changes.atom")
    assert entry.findtext(f"{ATOM}id") == f"urn:care-atlas:snapshot:{lake.id}"
    assert entry.findtext(f"{ATOM}updated") == lake.manifest["sealed_at"]


def test_an_area_and_an_indicator_are_followed_year_by_year(atlas: str, lake: Lake):
    year = lake.years[-1]
    question = Question("HYP008", year, level="icb")
    code, value = answer(lake, question).select("organisation_code", "value").collect().row(0)
    found = entries(f"{atlas}changes.atom?indicator=HYP008&area=icb:{code}")
    title = found[0].findtext(f"{ATOM}title")
    assert f"{value:.1f} %" in title and year in title
    assert "Demonstration" in found[0].findtext(f"{ATOM}summary")
    assert len({entry.findtext(f"{ATOM}id") for entry in found}) == len(found) > 1
