"""What stands beside a question: the network's reach, seasons, the search, the finder's map."""

import re
import sqlite3
from contextlib import closing
from datetime import date
from html import unescape
from pathlib import Path

import polars as pl
import pytest

from app.claims.drawing import member_search, season_chart
from app.claims.drawing.state_tiles import places, tiles
from app.claims.found import found
from app.claims.months import Stretch
from app.claims.network import network
from app.claims.people import risks
from app.claims.people_view import PeopleView
from engine import Lake
from engine.claims.quality.census_regions import REGION_OF
from engine.claims.tables.account_contracts import CLAIMS_REJECT
from tests.app.claims.conftest import Get
from tests.app.claims.marketplace import marketplace
from tests.app.claims.test_claims_page import words
from tests.conftest import sealed, whole
from tests.people import with_roles

YEAR = Stretch(date(2025, 1, 1), date(2025, 12, 1))


def test_every_state_has_one_tile_and_no_two_share_a_place():
    there = places()
    assert set(there) == set(REGION_OF)
    assert len(set(there.values())) == len(there)


def test_a_tile_counts_its_states_providers_and_asks_for_the_state():
    rows = pl.DataFrame({"state": ["OH", "OH", "TX", "GU", None]})
    html = unescape(str(tiles(rows, PeopleView(tab="find", need="Cardiology", state="TX"))))
    assert 'aria-label="OH: 2 providers"' in html and "2 more in no state" in html
    assert 'href="members?tab=find&need=Cardiology&state=OH"' in html
    # The one that is chosen takes the choice off.
    assert re.search(r'href="members\?tab=find&need=Cardiology" aria-label="TX: 1 provider"', html)


def test_the_network_counts_who_has_a_provider_in_the_own_state(market: Lake):
    """Of twenty providers those with even numbers are in OH, with odd in TX; so specialties 0 and 2
    of four are in OH alone, and members of TX have none of them."""
    people = market.scan("dim_member").collect()
    ohio = people.filter(pl.col("state") == "OH").height / people.height
    rows = network(market, YEAR).rows
    shares = dict(rows.select("specialty", "share").iter_rows())
    assert shares["Cardiology"] == shares["Oncology"] == pytest.approx(ohio)
    assert shares["Family Medicine"] == pytest.approx(1 - ohio)
    claims = market.scan("fact_claim").filter(pl.col("service_year") == "2025", "is_oon").collect()
    assert rows["oon_allowed_cents"].sum() == claims["allowed_cents"].sum()


@pytest.mark.parametrize(
    ("tab", "said"), [("network", "is furthest"), ("trends", "the mean month")]
)
def test_a_tab_has_something_besides_with_its_table(get: Get, tab: str, said: str):
    page = get(f"claims-beside?tab={tab}")
    assert page.status_code == 200 and said in words(page.text)
    assert 'id="beside"' in page.text and "The same as a table" in page.text
    assert f'data-later="claims-beside?tab={tab}' in unescape(get(f"claims?tab={tab}").text)
    assert "data-later" not in get("claims?tab=plans&against=none").text


def test_a_season_is_told_by_its_highest_and_lowest_month():
    index = [1.5 if month == 3 else 0.5 if month == 8 else 1.0 for month in range(1, 13)]
    rows = pl.DataFrame({"month_of_year": range(1, 13), "index": index, "years": [2] * 12})
    said = season_chart.in_short("Paid", rows)
    assert "March is highest, 50.0 % above" in said and "August lowest, 50.0 % below" in said


def test_a_search_finds_metrics_codes_and_numbers_but_no_names(get: Get, market: Lake):
    kinds = {one.kind for one in found(market, "a98.4")}
    assert kinds == {"diagnosis"}
    assert [one.address for one in found(market, "MBR000007")] == ["member?of=MBR000007"]
    assert any("metric=denial_rate" in one.address for one in found(market, "denial rate"))
    assert found(market, "Invented Person") == [] == found(market, " ")
    page = get("claims-search?q=<b>cardiology")
    assert page.status_code == 200 and "<b>cardiology" not in page.text
    assert "Providers" in words(get("claims-search?q=cardiology").text)


def test_members_are_narrowed_by_number_state_and_segment_and_paged(get: Get, market: Lake):
    rows = risks(market).rows
    ohio = rows.filter(pl.col("state") == "OH", pl.col("clinical_segment") == "Chronic").height
    assert f"{ohio} of 300 members" in words(get("members?state=OH&segment=Chronic").text)
    assert "10 of 300 members" in words(get("members?q=mbr00012").text)
    third = words(get("members?page=3").text)
    assert "201 to 300 of 300" in third and "Next" not in third.partition("201 to")[2][:40]
    assert "201 to 300 of 300" in words(get("members?page=99").text)
    assert "href" not in str(member_search.pages(100, 1, PeopleView()))


def test_a_claim_that_no_cover_was_found_for_is_listed_with_its_days(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, get: Get
):
    """A3: cover of everybody ends with 2025; a service of 10 January 2026 is ten days late."""
    refused = {
        "part": "2026",
        "entity": "claims",
        "key": "CLM9",
        "reason": "no_enrollment_on_date",
        "member_id": "MBR000001",
        "provider_id": "PRV00001",
        "plan_id": "PLN0001",
        "service_date": date(2026, 1, 10),
        "billed_cents": 20_000,
        "allowed_cents": 10_000,
        "paid_cents": 12_300,
        "batch": "b",
        "file_row": 1,
        "nth": 1,
    }
    market = marketplace(tmp_path, claims=400, members=40)
    tables = {
        name: market.scan(name).collect() for name in market.manifest["tables"] if market.has(name)
    }
    rejects = whole(pl.DataFrame([refused]), CLAIMS_REJECT)
    sealed(tmp_path / "more", {"demonstration": True}, **tables, claims_reject=rejects)
    monkeypatch.setenv("CARE_ATLAS_DATA", str(tmp_path / "more"))
    assert "10 days after cover ended" in words(get("members-anomalies?rule=A3").text)
    page = words(get("anomaly?of=A3:CLM9").text)
    assert "$123.00" in page and "refused: no cover" in page


def test_a_name_is_shown_to_a_dba_who_asks_and_that_is_noted(
    get: Get, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (roles := tmp_path / "roles.toml").write_text('Dan = "dba"\nEve = "engineer"', encoding="utf-8")
    with_roles(monkeypatch, str(roles))
    monkeypatch.setenv("CARE_ATLAS_REGISTRY", f"sqlite:///{tmp_path / 'registry.sqlite'}")
    asked = {"of": "MBR000001"}
    assert "Name: Invented Person" in words(get.post("member-name", asked, by="Dan").text)
    for refused in (get.post("member-name", asked, by="Eve"), get.post("member-name", asked)):
        assert refused.status_code == 403 and "Invented" not in refused.text
    stranger = get.post("member-name", asked, origin="https://elsewhere.example", by="Dan")
    assert stranger.status_code == 403 and "Invented" not in stranger.text
    assert _audit(tmp_path) == [("Dan", "done"), ("Eve", "refused"), ("visitor", "refused")]
    assert "member-name" not in get("member?of=MBR000001").text


def _audit(folder: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(folder / "registry.sqlite")) as ledger:
        return ledger.execute("select who, outcome from audit_log order by audit_id").fetchall()
