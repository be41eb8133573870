"""The page of what changed, and its feeds: every number is the engine's, every feed is Atom."""

import re
from pathlib import Path
from urllib.request import urlopen
from xml.etree import ElementTree as ET

import httpx
import polars as pl
import pytest
from starlette.requests import Request

from app.atlas.pages.changes import changes_page
from app.atlas.pages.feeds import changes_feed
from engine import Lake, Question, answer
from engine.atlas import snapshot_diff
from engine.atlas.years import qof_years
from tests.engine.universe import england

ATOM = "{http://www.w3.org/2005/Atom}"


def got(address: str) -> str:
    return urlopen(address).read().decode()


def entries(address: str) -> list[ET.Element]:
    return ET.fromstring(got(address)).findall(f"{ATOM}entry")


def test_the_page_counts_the_practices_that_went_and_came(atlas: str, lake: Lake):
    earlier, later = qof_years(lake)[-2:]
    found = snapshot_diff.practices(lake, earlier, lake, later).collect()
    page = got(f"{atlas}changes?from={earlier}&to={later}")
    assert f"From {earlier} to {later}" in page
    for what, title in (("gone", "Practices no longer there"), ("new", "New practices")):
        assert f"{title}: {found.filter(pl.col('what') == what).height:,}" in page


def test_a_link_that_names_nothing_known_still_opens(atlas: str, lake: Lake):
    page = got(f"{atlas}changes?snapshot=nothing&from=1066&to=%3Cscript%3E")
    assert f"to {qof_years(lake)[-1]}" in page
    assert "<script>alert" not in page


def test_of_a_first_snapshot_nothing_is_called_new(atlas: str):
    said = got(f"{atlas}changes").split("<h2>Snapshot of")[1].split("<h2>")[0]
    assert "No snapshot before it is kept" in said
    assert "<li>" in said and ", new:" not in said


def test_our_sums_are_held_against_every_printed_total(atlas: str, lake: Lake):
    page = got(f"{atlas}changes").split("own totals</h2>")[1].split("</table>")[0]
    tallied = lake.manifest["reconciled"]
    assert sorted(tallied) == list(qof_years(lake)[-3:])
    for level in (level for levels in tallied.values() for level in levels):
        assert level["equal"] == level["printed"] > 0
        assert page.count(f">{level['printed']:,}<") >= 3  # printed, compared, equal


def test_a_total_that_is_not_ours_stands_there_with_both_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    other = "year|level|organisation_code|code|part|value\n2021-22|icb|QAA|COPD010|numerator|7\n"
    tallied = [{"level": "icb", "printed": 1, "compared": 1, "equal": 0, "differ": 1}]
    england(tmp_path, facts={"reconciled": {"2021-22": tallied}}, published_total=other)
    monkeypatch.setenv("CARE_ATLAS_DATA", str(tmp_path))
    page = changes_page(Request({"type": "http", "query_string": b"", "headers": []})).body.decode()
    said = page.split("Totals of 2021-22 that are not ours: 1")[1]
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", said)
    assert cells == ["Integrated care board", "QAA", "COPD010", "patients achieved", "7", "115"]


def test_the_feed_has_an_entry_for_the_snapshot(atlas: str, lake: Lake):
    (entry,) = entries(f"{atlas}changes.atom")
    assert entry.findtext(f"{ATOM}id") == f"urn:care-atlas:snapshot:{lake.id}"
    assert entry.findtext(f"{ATOM}updated") == lake.manifest["sealed_at"]


def test_an_area_and_an_indicator_are_followed_year_by_year(atlas: str, lake: Lake):
    year = qof_years(lake)[-1]
    question = Question("HYP008", year, level="icb")
    code, value = answer(lake, question).select("organisation_code", "value").collect().row(0)
    found = entries(f"{atlas}changes.atom?indicator=HYP008&area=icb:{code}")
    title = found[0].findtext(f"{ATOM}title")
    assert f"{value:.1f} %" in title and year in title
    assert "Demonstration" in found[0].findtext(f"{ATOM}summary")
    ids = [entry.findtext(f"{ATOM}id") for entry in found]
    assert len(set(ids)) == len(ids) > 1
    typed = entries(f"{atlas}changes.atom?indicator=hyp008&area=icb:{code.lower()}&measure=")
    assert [entry.findtext(f"{ATOM}id") for entry in typed] == ids
    england = [entries(f"{atlas}changes.atom?indicator=HYP008{area}") for area in ("", "&area=")]
    assert [len(each) for each in england] == [len(found)] * 2


@pytest.mark.parametrize("asked", ["indicator=HYP800", "indicator=HYP008&area=icb:NOPE"])
def test_nobody_follows_a_misspelt_code_for_ever(atlas: str, asked: str):
    refused = httpx.get(f"{atlas}changes.atom?{asked}")
    assert refused.status_code == 404 and "No year has a figure of it" in refused.text


def test_a_feed_of_no_data_says_so_and_not_where_our_disk_is(tmp_path, monkeypatch):
    monkeypatch.setenv("CARE_ATLAS_DATA", str(tmp_path))
    asked = {"type": "http", "path": "/changes.atom", "query_string": b"", "headers": []}
    refused = changes_feed(Request(asked | {"server": ("atlas.example", 80)}))
    assert refused.status_code == 503 and str(tmp_path) not in refused.body.decode()


def test_the_page_shows_the_figure_that_a_feed_follows(atlas: str, lake: Lake):
    year = qof_years(lake)[-1]
    rows = answer(lake, Question("HYP", year, level="icb", measure="prevalence")).collect()
    code, value = rows.select("organisation_code", "value").row(0)
    asked = f"indicator=HYP&area=icb:{code}&measure=prevalence"
    page = got(f"{atlas}changes?{asked}").replace("&amp;", "&")
    assert f": {value:.1f} % in {year}</a>" in page
    assert f'href="?indicator=HYP&year={year}&area=icb:{code}&measure=prevalence"' in page
    assert f'href="changes.atom?{asked}"' in page
    ids = [entry.findtext(f"{ATOM}id") for entry in entries(f"{atlas}changes.atom?{asked}")]
    assert all(":prevalence:" in key for key in ids) and len(set(ids)) == len(ids)


def test_a_figure_that_nobody_published_is_said_to_be_none(atlas: str):
    assert "No year has a figure of it" in got(f"{atlas}changes?indicator=HYP008&area=icb:NONE")
    assert "no measure is called" in got(f"{atlas}changes?indicator=HYP008&measure=best")
