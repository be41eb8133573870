"""Lakes that lack something, and a busy house: every page says so in words, and none breaks."""

import asyncio
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import polars as pl
import pytest
from starlette.applications import Starlette

from app import typeset
from app.routes import routes
from engine import Lake
from engine.atlas.years import qof_years
from engine.wings import table
from tests.conftest import rows, sealed

PLACES = """
practice_code | longitude | latitude
A81001        | -1.3      | 54.6
"""
OLD = "20200101T000000Z-00000000"


def asked(*paths: str, **options) -> list[httpx.Response]:
    """The answers of the routes beside the page of practices."""

    async def ask() -> list[httpx.Response]:
        transport = httpx.ASGITransport(Starlette(routes=routes()))
        async with httpx.AsyncClient(transport=transport, base_url="http://atlas") as client:
            return [await client.get(path, **options) for path in paths]

    return asyncio.run(ask())


@pytest.fixture
def without_years(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """What a first run leaves whose QOF was refused: who and where, and no figure."""
    monkeypatch.setenv("CARE_ATLAS_DATA", str(tmp_path))
    return sealed(tmp_path, practice_coordinates=rows(PLACES, table("practice_coordinates")))


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/achievement?indicator=COPD010",
        "/api/v1/prevalence?group=COPD",
        "/api/v1/organisations",
        "/api/v1/organisations?year=2021-22",
        "/api/v1/context",
        "/api/v1/indicators",
        "/api/v1/receipt?organisation=A81001&indicator=COPD010",
        "/whole",
        "/whole?area=icb:QOP&year=2021-22",
        "/brief",
        "/receipt?organisation=A81001&indicator=COPD010",
        "/practice/A81001",
        "/compare?one=icb:QOP&other=icb:QMJ",
        "/search?q=leeds",
        "/changes",
        "/changes.atom",
        "/changes.atom?indicator=COPD010",
    ],
)
def test_a_lake_without_a_year_is_answered_in_words(without_years: Lake, path: str):
    assert qof_years(without_years) == ()
    (answer,) = asked(path, follow_redirects=True)
    assert answer.status_code < 500 and answer.text


@pytest.fixture
def damaged(lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The demonstration with an older snapshot beside it, one of whose files is gone."""
    shutil.copytree(lake.layout.root / "lake", tmp_path / "lake")
    manifest = json.loads(json.dumps(lake.manifest)) | {"id": OLD, "previous": None}
    manifest["tables"]["practice_coordinates"]["files"][0]["path"] = "tables/gone.parquet"
    (tmp_path / "lake" / "snapshots" / f"{OLD}.json").write_text(json.dumps(manifest))
    monkeypatch.setenv("CARE_ATLAS_DATA", str(tmp_path))
    yield tmp_path


@pytest.mark.parametrize("whole", [True, False], ids=["a file is gone", "its manifest is cut"])
def test_an_old_snapshot_that_is_damaged_takes_nothing_else_down(
    damaged: Path, lake: Lake, whole: bool
):
    if not whole:
        (damaged / "lake" / "snapshots" / f"{OLD}.json").write_text('{"id": "2020')
    feed, page, named, table_ = asked(
        "/changes.atom", "/changes", f"/changes?snapshot={OLD}", "/api/v1/changes"
    )
    assert [a.status_code for a in (feed, page, named, table_)] == [200] * 4
    assert f"snapshot:{lake.id}" in feed.text and OLD not in feed.text
    assert "not kept any more" in named.text and "not kept any more" not in page.text
    assert {row["snapshot"] for row in table_.json()["rows"]} == {lake.id}


def test_a_name_that_no_header_can_carry_is_no_error(lake: Lake, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CARE_ATLAS_DATA", str(lake.layout.root))
    code = lake.scan("practice_geography").select(pl.col("practice_code").first()).collect().item()
    (whole,) = asked("/whole", params={"area": f"group:\u03a9.{code}", "year": qof_years(lake)[0]})
    assert whole.status_code == 200 and whole.headers["Content-Disposition"].isascii()


def test_who_asks_for_a_brief_while_others_are_set_is_told_to_come_back(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
):
    """Each who waits keeps a thread from all other pages."""
    monkeypatch.setenv("CARE_ATLAS_DATA", str(lake.layout.root))
    monkeypatch.setattr(typeset, "PATIENCE", 0.01)
    with typeset.AT_ONCE, typeset.AT_ONCE:
        busy, page = asked("/brief?format=pdf", "/brief")
    assert (busy.status_code, busy.headers["Retry-After"], page.status_code) == (503, "5", 200)
    (later,) = asked("/brief?format=pdf")
    assert later.status_code == 200 and later.content.startswith(b"%PDF")
