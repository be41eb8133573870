"""The claims page, asked as a reader asks: the outbreak of March 2025 is found and followed."""

import io
import re
from html import unescape

import polars as pl
import pytest

from app.claims.asked import METRICS
from app.claims.drawing.waterfall import _reach
from app.claims.tabs import TABS
from app.claims.why import Why
from engine import Lake
from tests.app.claims.conftest import Get
from tests.app.claims.marketplace import EBOLA

MARCH = "from=2025-03&to=2025-03&against=period"
PAGES = ("claims", "claims-why", "claims-list", "claims-metric")


def words(html: str) -> str:
    """A page's text, without its figures and choices."""
    bare = re.sub(r"(?s)<(script|style|select).*?</\1>", " ", html)
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", bare)))


@pytest.mark.parametrize("tab", [tab.name for tab in TABS])
def test_each_tab_answers(get: Get, tab: str):
    page = get(f"claims?tab={tab}")
    assert page.status_code == 200
    assert re.search(rf'href="claims\?tab={tab}&[^"]*" aria-current="page"', unescape(page.text))
    assert "<table" in page.text and 'class="plot"' in page.text


def test_the_money_of_march_is_that_of_the_claims(get: Get, market: Lake):
    """By another way: the file's rows summed here, and 300 people in the month."""
    claims = market.scan("fact_claim").filter(pl.col("service_month") == pl.date(2025, 3, 1))
    paid = claims.select(pl.col("paid_cents").sum()).collect().item()
    assert f"${paid / 300 / 100:,.2f}" in words(get(f"claims?{MARCH}").text)


def test_why_march_cost_more_is_told_by_diagnosis_and_provider(get: Get):
    """Twelve claims of 90,000.00 over 300 members are 3,600.00 for each."""
    assert EBOLA * 90_000 / 300 == 3_600
    said = words(get(f"claims-why?{MARCH}").text)
    assert "Diagnosis A98.4 · Ebola : +$3,600.00" in said
    assert "Provider PRV00007 · Infectious Disease : +$3,6" in said


def test_what_tells_a_change_apart_is_who_makes_it_not_who_more_than_makes_it():
    """Bills of hospitals rose by more than the whole, which others took back; one diagnosis did."""
    shares = {
        "claim_type": [1.18, -0.18],
        "provider_id": [0.949, 0.03],
        "plan_id": [0.21],
        "no": [],
    }
    parts = {
        name: pl.DataFrame({"share": them}, {"share": pl.Float64}) for name, them in shares.items()
    }
    assert Why(METRICS["pmpm_paid"], parts).telling == "provider_id"
    # A diagnosis and its only provider make the same of it but for a cent.
    diagnosis = pl.DataFrame({"share": [0.951]})
    assert (
        Why(METRICS["pmpm_paid"], {"diagnosis_code": diagnosis} | parts).telling == "diagnosis_code"
    )


def test_the_bars_of_a_change_leave_room_for_their_amounts():
    """Down by 8, then up by 3: from -8 to 0, and a quarter of that beside the outermost bar."""
    assert _reach([-8, 3, -5], 0.25) == [-10, 0]
    assert _reach([2, 4, -1, 5], 0) == [0, 6]


def test_a_click_narrows_a_second_opens_and_what_is_set_can_be_taken_off(get: Get):
    page = unescape(get(f"claims?by=diagnosis_code&{MARCH}").text)
    [narrowed] = re.findall(
        r'<a href="(claims\?[^"]*diagnosis_code=A98.4)">A98.4 · Ebola</a>', page
    )
    page = unescape(get(narrowed).text)
    assert "only diagnosis A98.4 · Ebola" in words(page)
    [opened] = re.findall(r'<a href="(claims-list\?[^"]*)">A98.4 · Ebola</a>', page)
    assert f"{EBOLA} claims." in words(get(opened).text)
    [off] = re.findall(r'<a href="([^"]*)" aria-label="Take off diagnosis: A98.4', page)
    assert "A98.4" not in off


def test_no_page_names_a_person(get: Get):
    for page in PAGES:
        html = get(f"{page}?metal_tier=Gold").text
        assert "Invented" not in html and "Person" not in html, page
    assert "Invented" not in get("claims-list?format=csv").text


def test_every_page_says_that_the_data_is_synthetic(get: Get):
    for page in PAGES:
        assert "Synthetic data" in get(page).text.partition("atlas-footer")[2], page


def test_a_view_is_taken_away_as_it_is_shown(get: Get, market: Lake):
    asked = "claims-rows?metric=paid&by=region&from=2025-01&to=2025-12&format="
    rows = pl.read_csv(io.BytesIO(get(asked + "csv").content))
    people = market.scan("dim_member").select("member_sk", "region")
    claims = market.scan("fact_claim").join(people, on="member_sk")
    # What stands beside the metric is held against the year before, too.
    for column, year, cents in (("paid", "2025", "paid"), ("allowed_other", "2024", "allowed")):
        of_year = claims.filter(pl.col("service_year") == year)
        expected = of_year.group_by("region").agg(pl.col(f"{cents}_cents").sum())
        assert dict(rows.select("region", column).rows()) == dict(expected.collect().rows())
    assert set(rows["snapshot"]) == {market.id}
    assert pl.read_parquet(io.BytesIO(get(asked + "parquet").content)).height == rows.height
    assert get(asked + "xls").status_code == 422


def test_all_claims_of_a_view_are_in_its_file(get: Get, market: Lake):
    rows = pl.read_csv(io.BytesIO(get("claims-list?is_oon=true&from=2024-01&format=csv").content))
    outside = market.scan("fact_claim").filter("is_oon").select(pl.len()).collect().item()
    assert rows.height == outside and rows["paid_cents"].is_sorted(descending=True)


def test_two_groups_against_each_other(get: Get):
    said = words(get("claims?metal_tier=Gold&than=metal_tier:Silver").text)
    assert "metal tier Silver: $" in said and "only metal tier Gold" in said


def test_a_snapshot_that_is_gone_and_a_filter_that_leaves_nobody_are_said(get: Get):
    gone = get("claims?snapshot=20200101T000000Z-00000000")
    assert gone.status_code == 404 and "not kept any more" in gone.text
    nobody = get("claims?region=Atlantis")
    assert nobody.status_code == 200
    assert "with these filters. Take one off above" in words(nobody.text)


def test_a_number_says_its_formula_its_owner_and_its_files(get: Get, market: Lake):
    said = words(get("claims-metric").text)
    for part in ("Formula", "Owner", "Mind", market.files("fact_claim")[0]["path"], market.id):
        assert part in said


def test_what_is_typed_into_an_address_stays_text(get: Get):
    for page in (*PAGES, "claims-rows"):
        asked = f"{page}?region=<script>alert(1)</script>&metric=<b>x</b>&than=region:<i>"
        html = get(asked).text
        assert "<script>alert" not in html and "<b>x" not in html and "<i>" not in html


def test_where_there_are_no_claims_nothing_leads_to_them(
    lake: Lake, get: Get, monkeypatch: pytest.MonkeyPatch
):
    assert 'href="claims"' in get("about").text
    monkeypatch.setenv("CARE_ATLAS_DATA", str(lake.layout.root))
    assert 'href="claims"' not in get("about").text
    assert get("claims").status_code == 503
