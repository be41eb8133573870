"""The members' page: tiers that filter, reasons in words, what is odd with its claims."""

import re
from html import unescape
from pathlib import Path

import polars as pl
import pytest

from app.claims.people import risks
from app.claims.people_view import PeopleView, read
from engine import Lake
from tests.app.claims.conftest import Get
from tests.app.claims.marketplace import EBOLA
from tests.app.claims.test_claims_page import words
from tests.people import with_roles

PAGES = ("members", "members-anomalies", "members?tab=find&need=Cardiology", "member?of=MBR000001")


def test_everybody_covered_has_a_tier_by_rank(market: Lake):
    """300 people: the dearest 1 in 100 are 3, the next 4 are 12, the next 15 are 45."""
    of = risks(market)
    assert of.rows.height == 300
    assert list(of.counts.items())[:3] == [("Catastrophic", 3), ("High", 12), ("Rising", 45)]
    assert of.rows["expected_cents"].is_sorted(descending=True)


def test_a_tier_filters_and_a_second_click_takes_it_off(get: Get):
    page = unescape(get("members").text)
    assert "300 of 300 members" in words(page)
    assert 'href="members?tier=High"' in page
    page = unescape(get("members?tier=High").text)
    assert "12 of 300 members" in words(page)
    assert re.search(r'href="members" aria-current="true"', page)


def test_a_reason_filters_those_who_have_it(get: Get, market: Lake):
    reason = "own cost of the past months"
    having = risks(market).rows.filter(pl.col("reasons").list.join(" ").str.contains(reason))
    said = words(get(f"members?reason={reason}").text)
    assert f"{having.height} of 300 members" in said


def test_a_members_year_is_there_without_a_name(get: Get, market: Lake):
    claims = market.scan("fact_claim").filter(pl.col("member_id") == "MBR000001").collect()
    said = words(get("member?of=MBR000001").text)
    assert f"All claims ({claims.height})" in said and "The name is masked" in said
    nobody = get("member?of=<b>")
    assert nobody.status_code == 404 and "<b>”" not in nobody.text


def test_what_is_odd_opens_the_claims_that_make_it(get: Get):
    """The outbreak: so many claims of 90,000.00 where half are of far less."""
    page = unescape(get("members-anomalies?level=claim").text)
    links = dict.fromkeys(re.findall(r'href="(anomaly\?of=A1:[^"]*)"', page))
    assert len(links) >= EBOLA
    said = words(get(next(iter(links))).text)
    assert "A98.4 · Ebola" in said and "$180,000.00" in said and "Expected" in said
    assert get("anomaly?of=A1:nobody").status_code == 404


def test_a_provider_is_found_by_need_with_reasons(get: Get):
    said = words(get("members?tab=find&need=Cardiology&state=OH").text)
    assert "Providers for Cardiology, the best first" in said
    assert "PRV00000" in said and "PRV00001" not in said
    none = words(get("members?tab=find&need=Alchemy").text)
    assert "No provider of Alchemy" in none


@pytest.mark.parametrize("address", PAGES)
def test_no_name_is_on_any_page_and_the_data_is_called_synthetic(get: Get, address: str):
    html = get(address).text
    assert "Invented" not in html and "Synthetic data" in html.partition("atlas-footer")[2]


def test_an_address_is_read_as_it_was_written():
    view = PeopleView(tab="find", need="OB/GYN", state="OH", condition="I10")
    query = re.findall(r"(\w+)=([^&]*)", view.address.replace("%2F", "/"))
    assert read(query) == view
    assert read([("tab", "nonsense")]).tab == "risk"


def test_the_api_gives_the_numbers_of_the_page(get: Get, market: Lake):
    """2025's paid by region, summed here from the rows themselves."""
    people = market.scan("dim_member").select("member_sk", "region")
    claims = market.scan("fact_claim").filter(pl.col("service_year") == "2025")
    paid = claims.join(people, on="member_sk").group_by("region").agg(pl.col("paid_cents").sum())
    asked = "api/v1/claims-metrics?metric=paid&by=region&from=2025-01"
    rows = get(asked).json()["rows"]
    assert {row["value_of"]: row["value"] for row in rows} == dict(paid.collect().iter_rows())
    assert get("api/v1/claims-metrics?metric=paid&grain=month").json()["total"] == 24
    refused = get("api/v1/claims-metrics?metric=paid&by=colour")
    assert refused.status_code == 404 and "region" in refused.json()["expected"]
    names = [row["metric"] for row in get("api/v1/claims-dictionary").json()["rows"]]
    assert "pmpm_paid" in names


def test_a_verdict_is_kept_with_its_name_and_reason(
    get: Get, market: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Two words are said of one anomaly: both stay, the last one counts. A visitor says none."""
    (roles := tmp_path / "roles.toml").write_text('Ada = "engineer"', encoding="utf-8")
    with_roles(monkeypatch, str(roles))
    monkeypatch.setenv("CARE_ATLAS_REGISTRY", f"sqlite:///{tmp_path / 'registry.sqlite'}")
    page = unescape(get("members-anomalies?level=claim").text)
    anomaly = re.findall(r'href="anomaly\?of=(A1:[^"]*)"', page)[0]
    said = {"of": anomaly, "reason": "billed twice", "verdict": "confirmed"}
    assert get.post("anomaly-verdict", said, by="Ada").status_code == 303
    second = said | {"verdict": "dismissed", "reason": "seen the <b>file"}
    get.post("anomaly-verdict", second, by="Ada")
    assert get.post("anomaly-verdict", said, by="Bob").status_code == 403
    html = get(f"anomaly?of={anomaly}").text
    assert "confirmed by Ada" in words(html) and "seen the <b>file" in words(html)
    assert "<b>file" not in html
    row = words(get("members-anomalies?level=claim").text).partition(anomaly.partition(":")[2])[2]
    assert "dismissed" in row.partition("CLM")[0]
    assert "An engineer or a dba" in words(html) and "Your name" not in html
    groundless = get.post("anomaly-verdict", said | {"reason": " "}, by="Ada")
    assert "refused=a+verdict" in groundless.headers["location"]
    stranger = get.post("anomaly-verdict", said, origin="https://elsewhere.example", by="Ada")
    assert stranger.status_code == 403
