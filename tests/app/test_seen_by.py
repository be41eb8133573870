"""A lake as somebody sees it: other domains' sources are not there, whichever way it is asked."""

import asyncio
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from mcp import Client
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.agent.__main__ import over_http
from app.agent.serve import server
from app.agent.sql import end_workers
from app.main import joined
from engine import Lake, open_lake
from engine.access import Reader, asked_by
from engine.errors import NotAllowed, UnknownName
from engine.lake import Layout
from engine.row_filter import MASK
from refresh.operate.auditing import audited
from refresh.store.ledger import Ledger
from refresh.wings import SOURCES
from tests.conftest import sealed
from tests.people import ANALYST, DBA, ENGINEER, client_as, with_roles
from tests.refresh.publications.feeds import ROWS, Feed, organisations, source

BEDS, STAFF = "tbl_beds", "tbl_staff"
OF_STAFF = Reader("wes", "analyst", frozenset({"Workforce"}))
ROLES = """
ann = "analyst"
eve = "engineer"
dan = "dba"
wes = { role = "analyst", domains = ["Workforce"] }
"agent-of-staff" = { role = "analyst", domains = ["Workforce"] }
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A lake of two registered sources of two domains."""
    root = tmp_path_factory.mktemp("domains")
    (root / "roles.toml").write_text(ROLES, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CARE_ATLAS_REGISTRY", raising=False)
        for code, domain in (("beds", "Clinical"), ("staff", "Workforce")):
            feed = Feed(root, source(code, key=["org"], columns=_columns()))
            feed.register(domain=domain)
            assert feed.publish("2026-01", organisations()).exit_code == 0
        yield feed.data
    end_workers()


def _columns() -> list[Any]:
    from tests.refresh.publications.feeds import columns_of

    return columns_of(organisations())


@pytest.fixture
def here(data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Those roles and that lake are the app's."""
    with_roles(monkeypatch, str(data.parent / "roles.toml"))
    monkeypatch.setenv("CARE_ATLAS_DATA", str(data))
    monkeypatch.setenv("CARE_ATLAS_API_RATE", "0")
    monkeypatch.delenv("CARE_ATLAS_REGISTRY", raising=False)
    return data


def seen(lake: Lake) -> set[str]:
    return {name for name in (BEDS, STAFF) if lake.has(name)}


def test_a_table_of_another_domain_is_not_there(data: Path):
    whole = open_lake(data)
    assert seen(whole) == seen(whole.for_reader(DBA)) == seen(whole.for_reader(ANALYST))
    theirs = whole.for_reader(OF_STAFF)
    assert seen(theirs) == {STAFF}
    assert theirs.scan(STAFF).select(pl.len()).collect().item() == ROWS
    with pytest.raises(UnknownName):
        theirs.scan(BEDS)
    assert BEDS not in str(theirs.manifest) and "'source': 'beds'" not in str(theirs.manifest)
    assert BEDS in str(whole.manifest) and "'source': 'beds'" in str(whole.manifest)
    # Nobody narrows for one and leaves it narrow for the next.
    assert whole.for_reader(None) is whole and theirs.for_reader(DBA).has(BEDS)
    assert theirs is not whole.for_reader(ANALYST) and theirs is whole.for_reader(OF_STAFF)


def test_who_asks_is_carried_to_wherever_a_lake_is_opened(data: Path):
    with asked_by(OF_STAFF):
        assert seen(open_lake(data)) == {STAFF}
    assert seen(open_lake(data)) == {BEDS, STAFF}


def test_the_ledger_says_nothing_of_other_domains(data: Path):
    theirs, whole = open_lake(data).for_reader(OF_STAFF), open_lake(data)
    for table, code in (
        ("sources", "code"),
        ("load_events", "source_code"),
        ("validation_results", "source_code"),
        ("source_metrics", "source_code"),
        ("column_metadata", "source_code"),
        ("canonical_sources", "canonical_code"),
    ):
        all_codes, codes = ({*lake.scan(table).collect()[code]} for lake in (whole, theirs))
        assert (all_codes - codes, "staff" in codes) == ({"beds"}, True), table
    counted = theirs.scan("load_events").select(pl.len()).collect().item()
    assert counted == whole.scan("load_events").filter(source_code="staff").collect().height


@pytest.mark.parametrize("table", ["audit_log", "access_grants", "audit_head"])
def test_only_a_dba_reads_what_everybody_did(data: Path, table: str):
    assert open_lake(data).for_reader(DBA).has(table)
    for reader in (ANALYST, ENGINEER, OF_STAFF):
        lake = open_lake(data).for_reader(reader)
        assert not lake.has(table)
        with pytest.raises(NotAllowed):
            lake.scan(table)


def test_series_and_the_report_of_all_sources_are_for_who_sees_all(here: Path):
    app = joined().starlette_app
    whole, theirs = (client_as(app, name).get("/metrics").text for name in ("dan", "wes"))
    for code, table in (("beds", BEDS), ("staff", STAFF)):
        assert f'source="{code}"' in whole and f'table="{table}"' in whole
    assert 'source="staff"' in theirs and f'table="{STAFF}"' in theirs
    assert "beds" not in theirs
    # What adds up all sources tells of the others, too; what tells of the app does not.
    assert "warehouse_validation" in whole and "warehouse_validation" not in theirs
    assert "care_atlas_ready 1.0" in theirs and "warehouse_ledger_readable 1.0" in theirs
    reports = [client_as(app, name).get("/evidence-report") for name in ("dan", "wes")]
    assert [one.status_code for one in reports] == [200, 403]
    assert "wes sees those of some domains" in reports[1].text


def test_a_source_of_a_wing_has_a_domain_and_is_still_everybodys_to_see(tmp_path: Path):
    with closing(Ledger(Layout(tmp_path).registry_url)) as ledger:
        ledger.register(SOURCES["pcn_workforce"], load_mode="append")
        ledger.register(SOURCES["qof"], load_mode="append")
        kept = {row["code"]: row["domain"] for row in ledger.sources()}
    assert kept == {"pcn_workforce": "Workforce", "qof": "Primary care"}
    lake = sealed(tmp_path).for_reader(OF_STAFF)
    assert {*lake.scan("sources").collect()["code"]} == {"pcn_workforce", "qof"}


def test_who_has_the_domain_of_a_wings_source_may_bring_it_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("CARE_ATLAS_REGISTRY", raising=False)
    with closing(Ledger(Layout(tmp_path).registry_url)) as ledger:
        for code in ("pcn_workforce", "qof"):
            ledger.register(SOURCES[code], load_mode="append")
    by = Reader("eve", "engineer", frozenset({"Workforce"}))
    with audited(tmp_path, by, "load", object="pcn_workforce", source="pcn_workforce"):
        pass
    with pytest.raises(NotAllowed, match="only what is of their domains"):
        with audited(tmp_path, by, "load", object="qof", source="qof"):
            raise AssertionError("qof was brought")


# By every way that there is


@contextmanager
def asking(app: Starlette, name: str) -> Iterator[TestClient]:
    with client_as(app, name) as client:
        yield client


def test_by_the_agents_tools_and_sql_too(here: Path, monkeypatch: pytest.MonkeyPatch):
    """The token says who asks; two tokens, asked in turn, see two lakes, also the second time."""
    tokens = here.parent / "tokens.toml"
    tokens.write_text('dan = "one"\nagent-of-staff = "two"\n', encoding="utf-8")
    monkeypatch.setenv("CARE_ATLAS_AGENT_TOKENS", str(tokens))
    with TestClient(over_http("testserver", ["testserver"])) as client:
        for token, tables in (("one", {BEDS, STAFF}), ("two", {STAFF}), ("one", {BEDS, STAFF})):
            listed = called(client, token, "list_datasets", limit=1000)
            assert {row["dataset"] for row in listed["datasets"]} & {BEDS, STAFF} == tables
            count = f"SELECT count(*) AS n FROM {BEDS}"
            said = called(client, token, "query_sql", sql=count)
            if BEDS in tables:
                assert said["rows"] == [{"n": ROWS}]
            else:
                assert "rows" not in said["error"] and "beds" not in str(said["error"]["expected"])
        assert client.post("/mcp", headers={"Authorization": "Bearer 1"}).status_code == 401


def called(client: TestClient, token: str, tool: str, **given: Any) -> dict[str, Any]:
    """What a tool says over HTTP to who has a token."""
    asked = {"name": tool, "arguments": given}
    said = client.post(
        "/mcp",
        json={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": asked},
        headers={
            "Authorization": f"Bearer {token}",
            "Accept": "application/json, text/event-stream",
        },
    )
    assert said.status_code == 200, said.text
    return said.json()["result"]["structuredContent"]


def test_on_the_machine_itself_the_agent_is_who_started_it(here: Path):
    """In whose name the server runs, its tools read."""

    async def datasets() -> set[str]:
        async with Client(server()) as client:
            said = await client.call_tool("list_datasets", {"limit": 1000})
            return {row["dataset"] for row in said.structured_content["datasets"]}

    with asked_by(OF_STAFF):
        assert asyncio.run(datasets()) & {BEDS, STAFF} == {STAFF}


def test_by_the_api_and_its_downloads_and_what_was_kept_of_them(here: Path):
    """Asked in turn by two people: no answer, kept or not, is the other's."""
    app = joined().starlette_app
    for name, tables in (("dan", True), ("wes", False), ("dan", True)):
        with asking(app, name) as client:
            said = client.get("/api/v1/sources").text + client.get("/about").text
            assert ("tbl_beds" in said or "beds" in said.lower()) == tables, name


def test_names_of_people_are_masked_for_analysts(tmp_path: Path):
    from tests.app.claims.marketplace import marketplace

    whole = marketplace(tmp_path)
    names = ["first_name", "last_name", "email"]
    for reader, is_masked in ((ANALYST, True), (ENGINEER, False), (DBA, False)):
        rows = whole.for_reader(reader).scan("dim_member").select(names).collect()
        values = set(rows.unpivot()["value"].drop_nulls())
        assert (values == {MASK}) == is_masked and len(values) > 0
    # What is not of a person is the very same frame, so that it is held once.
    theirs = whole.for_reader(ANALYST)
    assert theirs.scan("fact_claim") is whole.scan("fact_claim")


@pytest.mark.parametrize(
    "address",
    [
        "/catalogue/tbl_beds",
        "/catalogue/tbl_beds.csv",
        "/catalogue/tbl_beds.parquet",
        "/catalogue/tbl_beds/datapackage.json",
    ],
)
def test_by_an_address_that_somebody_else_passed_on(here: Path, address: str):
    """What a dba downloads first is not what an analyst of another domain is given then."""
    app = joined().starlette_app
    with asking(app, "dan") as client:
        first = client.get(address)
    with asking(app, "wes") as client:
        second = client.get(address, headers={"If-None-Match": first.headers.get("etag", "*")})
    assert second.status_code == 404 and b"R0001" not in second.content
    known = first.status_code == 200, second.status_code == 404
    assert known == (True, True), (first.status_code, address)


@pytest.mark.parametrize(
    ("address", "word"),
    [
        ("/catalogue", BEDS),  # a column of both is called `beds`
        ("/catalogue.jsonld", BEDS),
        ("/operations", "beds"),
        ("/operations/loads", "beds"),
        ("/operations/freshness", "beds"),
    ],
)
def test_by_the_pages_that_list_everything(here: Path, address: str, word: str):
    app = joined().starlette_app
    for name, is_there in (("dan", True), ("wes", False), ("dan", True)):
        with asking(app, name) as client:
            said = client.get(address)
        assert said.status_code == 200
        assert (word in said.text) == is_there and "staff" in said.text, name


def test_the_search_finds_only_what_is_of_ones_domains(here: Path):
    def hits(name: str) -> set[str]:
        client = client_as(joined().starlette_app, name)
        texts = ("tbl", "beds", "staff", "org")
        said = [client.get("/search.json", params={"q": t, "everywhere": ""}).text for t in texts]
        return {name for name in (BEDS, STAFF) if any(name in one for one in said)}

    assert hits("dan") == {BEDS, STAFF}
    assert hits("wes") == {STAFF}
