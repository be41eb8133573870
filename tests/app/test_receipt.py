"""Receipts as people and programs get them: the sums are the page's numbers, the file is there."""

import hashlib
from collections.abc import Iterator

import httpx
import polars as pl
import pytest

from app.draw.links import receipt_address
from engine import Lake, Question, answer
from engine.receipt import receipt
from engine.rollup import UNALLOCATED
from tests.app.serving import served


@pytest.fixture(scope="module")
def base(lake: Lake) -> Iterator[str]:
    with served(lake.layout.root, CARE_ATLAS_API_RATE="0") as address:
        yield address


def one_of(lake: Lake, level: str) -> str:
    """An organisation of a level in the newest year."""
    rows = lake.scan("organisation", lake.years[-1]).filter(pl.col("level") == level)
    return rows.collect()["organisation_code"][0]


@pytest.mark.parametrize("level", ["practice", "pcn", "icb", "england"])
@pytest.mark.parametrize("measure", ["net", "pri", "pca_rate", "points"])
def test_what_the_practices_add_is_the_number(lake: Lake, level: str, measure: str):
    """DOMAIN 3: never a mean of percentages; absent adds nothing."""
    question = Question("HYP008", lake.years[-1], level, measure)
    made = receipt(lake, question, one_of(lake, level))
    number, rows = pl.collect_all([made.number, made.practices])
    assert rows["adds_numerator"].sum() == pytest.approx(number["numerator"][0])
    assert rows["adds_denominator"].sum() == pytest.approx(number["denominator"][0])


def test_within_today_s_boundaries_it_names_the_newest_mapping(lake: Lake):
    """DOMAIN 1.6: two valid policies, never mixed."""
    year = lake.years[-2]
    question = Question("HYP", year, "icb", "prevalence", geography="today")
    made = receipt(lake, question, one_of(lake, "icb"))
    number, rows = pl.collect_all([made.number, made.practices])
    assert rows["adds_numerator"].sum() == number["numerator"][0]
    mapping = [table for release in made.evidence for table in release["holds"]][-1]
    newest = made.evidence[-1]["period"]
    assert (mapping in ("practice_geography", "practice_mapping")) and newest > year


def test_a_network_within_an_area_has_only_the_practices_of_both(lake: Lake):
    """DOMAIN 3: a PCN spans two sub-ICBs; the part in one of them is what its row shows."""
    year = lake.years[-1]
    geography = lake.scan("practice_geography", year).collect()
    split = (
        geography.filter(pl.col("pcn_code") != UNALLOCATED)
        .group_by("pcn_code")
        .agg(pl.col("sub_icb_code").unique())
        .filter(pl.col("sub_icb_code").list.len() > 1)
        .sort("pcn_code")
    )
    if not split.height:
        pytest.skip("no network of this small demonstration spans two areas")
    pcn, area = split["pcn_code"][0], f"sub_icb:{sorted(split['sub_icb_code'][0])[0]}"
    question = Question("HYP008", year, "pcn", area=area)
    made = receipt(lake, question, pcn)
    (row,) = answer(lake, question).filter(pl.col("organisation_code") == pcn).collect().to_dicts()
    rows = made.practices.collect()
    assert rows["adds_numerator"].sum() == row["numerator"]
    assert rows.height < geography.filter(pl.col("pcn_code") == pcn).height


def test_the_file_it_names_is_there_and_is_what_it_says(base: str, lake: Lake):
    query = {"organisation": one_of(lake, "icb"), "indicator": "HYP008", "level": "icb"}
    said = httpx.get(f"{base}api/v1/receipt", params=query).json()
    release = said["releases"][-1]
    (held,) = release["holds"]["percent_achieved"]["files"]
    file = next(file for file in release["files"] if file["name"] == held)
    content = (lake.layout.root / file["path"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == file["sha256"]
    assert release["publisher"] == "NHS England" and release["revision"] == 1
    assert said["snapshot"]["id"] == lake.id


def test_a_place_on_a_mirror_s_disk_is_not_told(base: str, lake: Lake):
    query = {"organisation": one_of(lake, "icb"), "indicator": "HYP008", "level": "icb"}
    assert "file:" not in httpx.get(f"{base}api/v1/receipt", params=query).text


def test_the_page_shows_the_number_its_sum_and_every_practice(base: str, lake: Lake):
    code, year = one_of(lake, "practice"), lake.years[-1]
    page = httpx.get(base + receipt_address(organisation=code, indicator="HYP008", year=year))
    (row,) = (
        answer(lake, Question("HYP008", year))
        .filter(pl.col("organisation_code") == code)
        .collect()
        .to_dicts()
    )
    assert page.status_code == 200
    assert f"{row['numerator']:,} / {row['denominator']:,} = {row['value']:.1f} %" in page.text
    assert row["organisation_name"] in page.text.replace("&#x27;", "'").replace("&apos;", "'")


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ("", 400, "is missing"),
        ("organisation=ZZZ&indicator=HYP008", 404, "ZZZ"),
        ("organisation=A81001&indicator=<script>", 400, "cannot be this"),
        ("organisation=A81001&indicator=ZZZ999", 404, "ZZZ999"),
        (
            "organisation=A81001&indicator=HYP008&snapshot=20200101T000000Z-00000000",
            404,
            "not kept",
        ),
    ],
)
def test_a_number_that_does_not_exist_gets_a_sentence(
    base: str, query: str, status: int, says: str
):
    page = httpx.get(f"{base}receipt?{query}")
    assert page.status_code == status
    assert says in page.text and "Choose a number on the map" in page.text
    assert "<script>&" not in page.text
