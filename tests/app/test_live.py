"""A page that is open while data comes, changes or fails to: no restart, never blank."""

import re
import shutil
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from engine import Lake, current_id
from refresh.pipeline import run
from refresh.source import DEMONSTRATION
from tests.app.serving import served
from tests.refresh.mirrors import NEWEST, YEARS, england, lay_out

pytestmark = pytest.mark.browser


@pytest.fixture
def pocket(tmp_path: Path) -> Path:
    """A small mirror of invented files, for tests that wait for a refresh of all of it."""
    return lay_out(tmp_path / "mirror", {**england(), DEMONSTRATION: b""})


def test_a_page_that_waits_for_data_opens_when_it_is_there(
    page: Page, tmp_path: Path, pocket: Path
):
    with served(tmp_path / "data") as address:
        page.goto(address)
        expect(page.get_by_role("heading", name="No data has been loaded yet")).to_be_visible()
        run(data=tmp_path / "data", mirror=str(pocket), demonstration=True)
        expect(page.get_by_role("table")).to_be_visible()


def test_the_app_starts_a_refresh_that_is_due_and_shows_what_came(
    page: Page, tmp_path: Path, pocket: Path
):
    wanted = {"CARE_ATLAS_REFRESH": "auto", "CARE_ATLAS_MIRROR": str(pocket)}
    with served(tmp_path / "data", **wanted) as address:
        page.goto(address)
        expect(page.get_by_role("table")).to_be_visible()
        expect(page.get_by_text("Demonstration data")).to_be_visible()


def test_a_refresh_that_was_started_and_failed_is_told(page: Page, tmp_path: Path):
    wanted = {"CARE_ATLAS_REFRESH": "auto", "CARE_ATLAS_MIRROR": str(tmp_path / "no such folder")}
    with served(tmp_path / "data", **wanted) as address:
        page.goto(address)
        expect(page.get_by_text("The last refresh did not succeed")).to_be_visible()
        expect(page.get_by_role("heading", name="No data has been loaded yet")).to_be_visible()


def test_an_open_page_moves_to_a_new_snapshot(page: Page, tmp_path: Path):
    some = lay_out(tmp_path / "mirror", {**england(YEARS[:-1]), DEMONSTRATION: b""})
    run(data=tmp_path / "data", mirror=str(some), demonstration=True)
    first = current_id(tmp_path / "data")
    with served(tmp_path / "data") as address:
        page.goto(address)
        expect(page.locator(".atlas-footer")).to_contain_text(first[-8:])
        lay_out(some, england())
        run(data=tmp_path / "data", mirror=str(some), demonstration=True)
        second = current_id(tmp_path / "data")
        assert second != first
        expect(page.locator(".atlas-footer")).to_contain_text(second[-8:])
        expect(page.get_by_label("Year", exact=True)).to_contain_text(NEWEST)
        expect(page.get_by_role("table")).to_be_visible()


def test_a_refresh_that_fails_leaves_the_page_and_says_so(page: Page, tmp_path: Path, lake: Lake):
    data = tmp_path / "data"
    shutil.copytree(lake.layout.root, data)
    (data / "refresh.json").write_text(
        '{"state": "failed", "started_at": "2026-11-20T10:00:00+00:00", "message":'
        ' "2 checks failed; the last good data is still served"}',
        encoding="utf-8",
    )
    with served(data) as address:
        page.goto(address)
        expect(page.get_by_role("table")).to_be_visible()
        expect(page.get_by_text("the last good data is still served")).to_be_visible()


def test_every_page_says_so_while_there_is_no_data(tmp_path: Path):
    receipt = "receipt?indicator=COPD010&organisation=A81001"
    pages = ("", "search?q=a", "practice/A81001", "icb/QOP", "compare", receipt, "changes")
    with served(tmp_path) as empty:
        for page in (*pages, "brief", "changes.atom", "about", "embed/", "whole"):
            answer = httpx.get(empty + page)
            assert answer.status_code in (200, 503), page
            assert re.search("[Nn]o data|nothing is sealed", answer.text), page
            assert str(tmp_path) not in answer.text, page
