"""Receipts as people and programs get them: the sums are the page's numbers, the file is there."""

import hashlib

import httpx
import polars as pl
import pytest
from playwright.sync_api import Page, expect

from app.atlas.drawing.links import receipt_address
from engine import Lake, Question, answer
from engine.atlas.receipt import receipt
from engine.atlas.receipt_sql import from_csv, from_parquet
from engine.atlas.rollup import UNALLOCATED
from engine.atlas.years import qof_years
from tests.app.test_accessible import serious


@pytest.fixture(scope="module")
def base(atlas: str) -> str:
    return atlas


def one_of(lake: Lake, level: str) -> str:
    """An organisation of a level in the newest year."""
    rows = lake.scan("organisation", qof_years(lake)[-1]).filter(pl.col("level") == level)
    return rows.collect()["organisation_code"][0]


@pytest.mark.parametrize("level", ["practice", "pcn", "icb", "england"])
@pytest.mark.parametrize("measure", ["net", "pri", "pca_rate", "points"])
def test_what_the_practices_add_is_the_number(lake: Lake, level: str, measure: str):
    """DOMAIN 3: never a mean of percentages; absent adds nothing."""
    question = Question("HYP008", qof_years(lake)[-1], level, measure)
    made = receipt(lake, question, one_of(lake, level))
    number, rows = pl.collect_all([made.number, made.practices])
    assert rows["adds_numerator"].sum() == pytest.approx(number["numerator"][0])
    assert rows["adds_denominator"].sum() == pytest.approx(number["denominator"][0])


def test_within_today_s_boundaries_it_names_the_newest_mapping(lake: Lake):
    """DOMAIN 1.6: two valid policies, never mixed."""
    year = qof_years(lake)[-2]
    question = Question("HYP", year, "icb", "prevalence", geography="today")
    made = receipt(lake, question, one_of(lake, "icb"))
    number, rows = pl.collect_all([made.number, made.practices])
    assert rows["adds_numerator"].sum() == number["numerator"][0]
    mapping = [table for release in made.evidence for table in release["holds"]][-1]
    newest = made.evidence[-1]["period"]
    assert (mapping in ("practice_geography", "practice_mapping")) and newest > year


def test_a_network_within_an_area_has_only_the_practices_of_both(lake: Lake):
    """DOMAIN 3: a PCN spans two sub-ICBs; the part in one of them is what its row shows."""
    year = qof_years(lake)[-1]
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
    code, year = one_of(lake, "practice"), qof_years(lake)[-1]
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


# The query that works it out again


def ran(engine: str, query: str) -> tuple[float, ...]:
    """A query's one row, from the files below the folder one stands in."""
    if engine == "DuckDB":
        with pytest.importorskip("duckdb").connect() as connection:
            row = connection.execute(query).fetchone()
    else:
        row = pl.SQLContext().execute(query.rstrip(";"), eager=True).row(0)
    return tuple(map(float, row))


@pytest.mark.parametrize("engine", ["DuckDB", "Polars"])
@pytest.mark.parametrize("level", ["practice", "pcn", "sub_icb", "icb", "region", "england"])
@pytest.mark.parametrize("measure", ["net", "pri", "pca_rate", "points", "prevalence"])
def test_the_sql_gives_the_number_from_the_snapshot_s_files(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, engine: str, level: str, measure: str
):
    monkeypatch.chdir(lake.layout.root)
    indicator = "HYP" if measure == "prevalence" else "HYP008"
    question = Question(indicator, qof_years(lake)[-1], level, measure)
    code = one_of(lake, level)
    assert_it_is_the_number(lake, question, code, engine=engine)


@pytest.mark.parametrize("engine", ["DuckDB", "Polars"])
@pytest.mark.parametrize(
    "asked",
    [{"geography": "today"}, {"area": "sub_icb"}, {"area": "group"}],
    ids=["today", "area", "group"],
)
def test_the_sql_heeds_boundaries_and_the_area(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, engine: str, asked: dict[str, str]
):
    monkeypatch.chdir(lake.layout.root)
    code, year = one_of(lake, "icb"), qof_years(lake)[-2]
    own = lake.scan("practice_geography", year).filter(pl.col("icb_code") == code).collect()
    places = {"sub_icb": own["sub_icb_code"][0], "group": ".".join(own["practice_code"][:3])}
    if kind := asked.get("area"):
        asked = {"area": f"{kind}:{places[kind]}"}
    question = Question("HYP008", year, "icb", **asked)
    assert_it_is_the_number(lake, question, code, engine=engine)


def assert_it_is_the_number(lake: Lake, question: Question, code: str, *, engine: str) -> None:
    made = receipt(lake, question, code)
    number, rows = pl.collect_all([made.number, made.practices])
    query = from_parquet(lake, question, code, practices=rows["practice_code"].to_list())
    want = number.select("numerator", "denominator", "value").row(0)
    assert want[1], "the demonstration has this number"
    assert ran(engine, query) == pytest.approx(want)


@pytest.mark.parametrize("measure", ["net", "pri", "pca_rate", "points", "prevalence"])
def test_the_sql_gives_the_number_from_the_receipt_s_csv(
    base: str, lake: Lake, tmp_path, monkeypatch: pytest.MonkeyPatch, measure: str
):
    monkeypatch.chdir(tmp_path)
    code, indicator = one_of(lake, "icb"), "HYP" if measure == "prevalence" else "HYP008"
    asked = {"organisation": code, "indicator": indicator, "level": "icb", "measure": measure}
    got = httpx.get(f"{base}receipt", params={**asked, "format": "csv"})
    file = got.headers["content-disposition"].split('"')[1]
    (tmp_path / file).write_bytes(got.content)
    question = Question(indicator, qof_years(lake)[-1], "icb", measure)
    number = receipt(lake, question, code).number.collect()
    want = number.select("numerator", "denominator", "value").row(0)
    assert ran("DuckDB", from_csv(measure, file)) == pytest.approx(want)


def test_the_page_has_the_citation_the_queries_and_the_rows_to_copy(base: str, lake: Lake):
    code, year = one_of(lake, "icb"), qof_years(lake)[-1]
    asked = receipt_address(organisation=code, indicator="HYP008", year=year, level="icb")
    page = httpx.get(base + asked).text
    for said in ("Cite", "Download CSV", "SQL, from the Parquet files", "data-copies"):
        assert said in page
    pinned = f"organisation={code}&amp;indicator=HYP008&amp;year={year}&amp;level=icb"
    assert f"{pinned}&amp;measure=net&amp;snapshot={lake.id}" in page


@pytest.mark.browser
def test_a_button_copies_the_citation(page: Page, base: str, lake: Lake):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    code = one_of(lake, "icb")
    page.goto(base + receipt_address(organisation=code, indicator="HYP008", level="icb"))
    page.get_by_role("button", name="Copy", exact=True).first.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "NHS England" in copied and lake.id in copied and "HYP008" in copied
    page.get_by_role("button", name="Copy CSV").click()
    page.wait_for_function("async () => (await navigator.clipboard.readText()).startsWith('prac')")


@pytest.mark.browser
def test_a_receipt_is_for_everybody_s_eyes_and_ears(page: Page, base: str, lake: Lake):
    page.emulate_media(reduced_motion="reduce")
    code = one_of(lake, "icb")
    page.goto(base + receipt_address(organisation=code, indicator="HYP008", level="icb"))
    for summary in page.locator(".atlas-to-copy > summary").all()[1:]:
        summary.click()
    assert serious(page, all_in_the_dark=True) == []


def test_a_printed_total_stands_beside_the_number_it_is_of(base: str, lake: Lake):
    """DOMAIN 1.6: as published, to the patient; a part of an area is what nobody printed."""
    asked = {"indicator": "HYP008", "year": qof_years(lake)[-1], "level": "region"}
    code = one_of(lake, "region")
    (row,) = answer(lake, Question(**asked)).filter(organisation_code=code).collect().to_dicts()
    page = httpx.get(base + receipt_address(organisation=code, **asked)).text
    said = page.split("What the publisher printed</h2>")[1].split("</table>")[0]
    assert "The same as ours, to the patient." in said
    assert said.count(f">{row['numerator']:,}<") == said.count(f">{row['denominator']:,}<") == 2
    within = receipt_address(organisation=code, **asked, area=f"region:{code}")
    assert "What the publisher printed" not in httpx.get(base + within).text
