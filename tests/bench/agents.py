"""Agents: what a tool's answer takes through a real client, beside a plain server over DuckDB.

Both are asked by the same client of the protocol, in this process, so that what differs is what
they do. The peer is what is usually written: a tool that runs SQL over the Parquet files and gives
its rows. It gives no definition, caveat or provenance, and guards nothing.
"""

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import duckdb
from mcp import Client
from mcp.server.mcpserver import MCPServer

from app.agent import sql
from app.agent.serve import server
from engine import Lake
from tests.bench.figures import Figure, p95
from tests.bench.scene import subjects

INDICATORS = 12
# What an answer may take at the 95th percentile, in milliseconds.
WANTED = {"list": 100, "metadata": 200, "simple": 500, "complex": 2_000}
Call = tuple[str, dict[str, Any]]
TABLES = ("percent_achieved", "prevalence", "practice_geography", "indicator", "organisation")
BY_BOARD = """
SELECT icb_code, sum(numerator) * 100.0 / sum(denominator) AS net FROM percent_achieved
JOIN practice_geography USING (year, practice_code)
WHERE indicator_code = '{code}' AND year = '{year}' AND numerator IS NOT NULL
  AND denominator IS NOT NULL GROUP BY icb_code ORDER BY icb_code
"""
MOVED = """
SELECT practice_code, sum(numerator) FILTER (year = '{year}') * 100.0
  / sum(denominator) FILTER (year = '{year}') - sum(numerator) FILTER (year = '{before}') * 100.0
  / sum(denominator) FILTER (year = '{before}') AS change
FROM percent_achieved WHERE indicator_code = '{code}' AND year IN ('{year}', '{before}')
GROUP BY practice_code ORDER BY practice_code LIMIT 1000
"""


def measure(lake: Lake, *, rounds: int) -> list[Figure]:
    """Every kind of call in turn, ours and the peer's, after all were asked once."""
    year, codes = subjects(lake, INDICATORS)
    before = sorted(lake.partitions("percent_achieved"))[-2]
    os.environ["CARE_ATLAS_DATA"] = str(lake.layout.root)
    try:
        times = asyncio.run(_timed(lake, year, before, codes, rounds))
    finally:
        sql.end_workers()
    return [*_figures(times)]


def _figures(times: dict[tuple[str, str], list[float]]) -> Iterator[Figure]:
    kinds = dict.fromkeys(kind for _, kind in times)
    for kind in kinds:
        ours, theirs = (p95(times[who, kind]) for who in ("ours", "peer"))
        wanted = WANTED[kind.split(":")[0]]
        name = f"an agent's {kind}, p95"
        yield Figure(name, "ms", ours, theirs, "plain server over DuckDB", at_most=wanted)


async def _timed(
    lake: Lake, year: str, before: str, codes: tuple[str, ...], rounds: int
) -> dict[tuple[str, str], list[float]]:
    calls = {"ours": _ours(year, before), "peer": _peers(year, before)}
    times: dict[tuple[str, str], list[float]] = {}
    async with Client(server()) as ours, Client(_plain(lake)) as peer:
        clients = {"ours": ours, "peer": peer}
        for turn in range(rounds + 1):
            for code in codes:
                for who, client in clients.items():
                    for kind, make in calls[who].items():
                        tool, given = make(code)
                        start = time.perf_counter()
                        said = await client.call_tool(tool, given)
                        took = 1000 * (time.perf_counter() - start)
                        assert not said.is_error, said.content[0].text
                        # The first round opens files that every later one has open.
                        if turn:
                            times.setdefault((who, kind), []).append(took)
    return times


def _ours(year: str, before: str) -> dict[str, Callable[[str], Call]]:
    def where(code: str) -> dict[str, str]:
        return {"indicator_code": code, "year": year}

    return {
        "list: datasets": lambda code: ("list_datasets", {}),
        "metadata: a dataset": lambda code: ("get_metadata", {"dataset": "percent_achieved"}),
        "metadata: columns": lambda code: ("get_schema", {"dataset": "percent_achieved"}),
        "simple: England's figure": lambda code: (
            "query_metric",
            {"metric": "net", "where": where(code)},
        ),
        "complex: a figure by board": lambda code: (
            "query_metric",
            {"metric": "net", "where": where(code), "by": ["icb_code"]},
        ),
        "complex: how far practices moved": lambda code: (
            "compare_periods",
            {
                "metric": "net",
                "before": before,
                "after": year,
                "where": {"indicator_code": code},
                "by": ["practice_code"],
                "limit": 1000,
            },
        ),
        "complex: SQL by board": lambda code: (
            "query_sql",
            {"sql": BY_BOARD.format(code=code, year=year)},
        ),
    }


def _peers(year: str, before: str) -> dict[str, Callable[[str], Call]]:
    def run(text: str) -> Call:
        return "run", {"text": text}

    counted = " UNION ALL ".join(
        f"SELECT '{name}' AS name, count(*) FROM {name}" for name in TABLES
    )
    england = (
        "SELECT sum(numerator) * 100.0 / sum(denominator) FROM percent_achieved"
        " WHERE indicator_code = '{code}' AND year = '{year}'"
    )
    return {
        "list: datasets": lambda code: run(counted),
        "metadata: a dataset": lambda code: run("SUMMARIZE (SELECT * FROM indicator)"),
        "metadata: columns": lambda code: run("DESCRIBE percent_achieved"),
        "simple: England's figure": lambda code: run(england.format(code=code, year=year)),
        "complex: a figure by board": lambda code: run(BY_BOARD.format(code=code, year=year)),
        "complex: how far practices moved": lambda code: run(
            MOVED.format(code=code, year=year, before=before)
        ),
        "complex: SQL by board": lambda code: run(BY_BOARD.format(code=code, year=year)),
    }


def _plain(lake: Lake) -> MCPServer[Any]:
    """The peer: one tool that runs SQL over the same files."""
    connection = duckdb.connect()
    connection.execute("SET parquet_metadata_cache = true")
    for name in TABLES:
        files = [str(lake.layout.table_file(file["path"])) for file in lake.files(name)]
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet({files})")
    served: MCPServer[Any] = MCPServer("plain", log_level="ERROR")

    @served.tool()
    def run(text: str) -> list[dict[str, Any]]:
        """Run SQL."""
        result = connection.cursor().execute(text)
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    return served
