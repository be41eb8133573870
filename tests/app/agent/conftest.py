"""Agents at a lake: a real client of the protocol, and DuckDB over the same files to check by."""

from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pytest
from anyio.from_thread import start_blocking_portal
from mcp import Client
from mcp_types import CallToolResult

from app.agent.serve import server
from app.agent.sql import end_workers
from engine import Lake

Ask = Callable[..., dict[str, Any]]


class Agent:
    """A client of the server on the small lake, which asks and reads as an agent does."""

    def __init__(self, call: Callable[[str, dict[str, Any]], CallToolResult]):
        self._call = call

    def ask(self, tool: str, **given: Any) -> dict[str, Any]:
        """What a tool answers."""
        result = self._call(tool, given)
        assert not result.is_error, result.content[0].text
        return result.structured_content

    def refused(self, tool: str, **given: Any) -> dict[str, str]:
        """Why a tool refuses, in its facts."""
        result = self._call(tool, given)
        assert result.is_error, result.structured_content
        return result.structured_content["error"]

    def raw(self, tool: str, **given: Any) -> CallToolResult:
        return self._call(tool, given)


@pytest.fixture(scope="session")
def agent(lake: Lake) -> Iterator[Agent]:
    """A client that is connected for the whole run."""
    with pytest.MonkeyPatch.context() as patch, start_blocking_portal() as portal:
        patch.setenv("CARE_ATLAS_DATA", str(lake.layout.root))
        with portal.wrap_async_context_manager(Client(server())) as client:
            yield Agent(lambda tool, given: portal.call(client.call_tool, tool, given))
        end_workers()


@pytest.fixture(scope="session")
def truth(lake: Lake) -> Iterator[Callable[[str], Any]]:
    """One value of a query that DuckDB answers from the snapshot's own files."""
    with duckdb.connect() as connection:
        for name in lake.manifest["tables"]:
            files = [str(lake.layout.table_file(f["path"])) for f in lake.files(name)]
            if files:
                connection.sql(f"CREATE VIEW {name} AS SELECT * FROM read_parquet({files})")

        def value(query: str) -> Any:
            rows = connection.execute(query).fetchall()
            return rows[0][0] if len(rows) == 1 and len(rows[0]) == 1 else rows

        yield value
