"""The server as it is started: on stdin and stdout, over HTTP, with a wing's own tools."""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from mcp import Client, StdioServerParameters
from prometheus_client.parser import text_string_to_metric_families

from app.agent import serve
from app.agent.__main__ import over_http as over_http_app
from app.agent.tool import Answer, Tool
from app.wing import Wing
from engine import Lake
from engine.errors import BadDeclaration
from tests.app.serving import listens, started

ROOT = Path(__file__).parents[3]
CORE = {
    *("list_datasets", "get_metadata", "get_schema", "get_periods", "get_lineage"),
    *("query_metric", "aggregate_by", "compare_periods", "drill_down", "query_sql"),
}
ATLAS = {"find_organisation", "find_indicator", "query_indicator", "detect_anomalies"}


async def asked(client: Client) -> tuple[set[str], int]:
    async with client:
        listed = await client.list_tools()
        said = await client.call_tool("get_periods", {"dataset": "prevalence"})
        return {tool.name for tool in listed.tools}, len(said.structured_content["rows"])


def environment(lake: Lake) -> dict[str, str]:
    return os.environ | {"CARE_ATLAS_DATA": str(lake.layout.root), "CARE_ATLAS_API_RATE": "20"}


def test_on_stdin_and_stdout(lake: Lake):
    """As a desktop client starts it: nothing but the protocol may stand on stdout."""
    started = StdioServerParameters(
        command=sys.executable, args=["-m", "app.agent"], cwd=ROOT, env=environment(lake)
    )
    names, years = asyncio.run(asked(Client(started)))
    assert names >= CORE | ATLAS and years == len(lake.partitions("prevalence"))


@contextmanager
def over_http(lake: Lake) -> Iterator[str]:
    """The address of the server, as an operator starts it."""
    with started("app.agent", "--http", "--port", "0", env=environment(lake)) as server:
        yield listens(server)


def test_over_http(lake: Lake):
    with over_http(lake) as address:
        names, years = asyncio.run(asked(Client(f"{address}/mcp")))
        assert names >= CORE | ATLAS and years == len(lake.partitions("prevalence"))
        # A web page that has our name point at this machine sends its own host.
        stranger = httpx.post(
            f"{address}/mcp",
            headers={"Host": "evil.example.org", "Content-Type": "application/json"},
            json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
        )
        assert stranger.status_code == 421
        assert httpx.get(f"{address}/healthz").json()["snapshot"] == lake.id
        told = httpx.get(f"{address}/metrics").text
        families = {family.name for family in text_string_to_metric_families(told)}
        assert {"care_atlas_question_seconds", "warehouse_loads"} <= families
        # Twenty a minute were asked for: a loop that runs wild is told to wait.
        with httpx.Client() as wild:
            codes = [wild.post(f"{address}/mcp", json={}).status_code for _ in range(40)]
        assert codes[-1] == 429


@pytest.mark.parametrize(
    ("said", "path", "status"),
    [
        ("", "/mcp", 401),
        ("Bearer wrong", "/mcp", 401),
        ("Bearer s3cret", "/mcp", 400),  # let in, and told that it asked nothing
        ("", "/healthz/live", 200),
    ],
)
def test_a_token_lets_in_who_says_it(
    said: str, path: str, status: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CARE_ATLAS_AGENT_TOKEN", "s3cret")
    served = over_http_app()

    async def answer() -> httpx.Response:
        transport = httpx.ASGITransport(served)
        async with (
            served.router.lifespan_context(served),
            httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:1") as client,
        ):
            headers = {"Authorization": said} if said else {}
            method = "POST" if path == "/mcp" else "GET"
            return await client.request(method, path, headers=headers, json={})

    assert asyncio.run(answer()).status_code == status


def test_every_tool_says_what_it_does_and_what_it_takes():
    tools = serve.tools()
    assert set(tools) >= CORE | ATLAS
    for tool in tools.values():
        assert tool.does.endswith(".") and tool.title


def test_every_tool_only_reads_and_every_argument_is_described():
    async def listed() -> list:
        async with Client(serve.server()) as client:
            return (await client.list_tools()).tools

    for tool in asyncio.run(listed()):
        assert tool.annotations.read_only_hint and not tool.annotations.destructive_hint
        for name, schema in tool.input_schema["properties"].items():
            assert schema.get("description"), f"{tool.name}({name})"


def test_a_wing_s_tool_joins_by_its_declaration(lake: Lake, monkeypatch: pytest.MonkeyPatch):
    def count_books(lake: Lake, shelf: str = "all") -> Answer:
        return Answer(values={"books": 3, "shelf": shelf}, tables=("pcn",))

    tool = Tool("count_books", "Count books", "Counts the books of a shelf.", count_books)
    wing = Wing("libraries", "What is lent.", (), (), agent_tools=(tool,))
    monkeypatch.setenv("CARE_ATLAS_DATA", str(lake.layout.root))
    monkeypatch.setattr(serve, "WINGS", (*serve.WINGS, wing))
    monkeypatch.setattr(serve, "tools", serve.tools.__wrapped__)

    async def answer() -> dict:
        async with Client(serve.server()) as client:
            return (await client.call_tool("count_books", {"shelf": "A"})).structured_content

    said = asyncio.run(answer())
    assert (said["books"], said["shelf"]) == (3, "A")
    # The core adds what every answer has.
    assert said["provenance"]["snapshot"] == lake.id and "invented" in said["caveats"][0]


def test_two_tools_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch):
    tool = Tool("list_datasets", "Again", "Lists.", lambda lake: Answer())
    monkeypatch.setattr(serve.catalogue, "TOOLS", (*serve.catalogue.TOOLS, tool))
    with pytest.raises(BadDeclaration, match="list_datasets"):
        serve.tools.__wrapped__()


def test_without_a_lake_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("CARE_ATLAS_DATA", str(tmp_path))

    async def refusal() -> str:
        async with Client(serve.server()) as client:
            result = await client.call_tool("list_datasets", {})
            assert result.is_error
            return result.content[0].text

    said = asyncio.run(refusal())
    assert "refresh run" in said and str(tmp_path) not in said
