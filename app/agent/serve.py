"""The tools served by the Model Context Protocol: on stdin and stdout, or over HTTP.

What a tool gives is written down with its provenance; what it refuses is said in the words of a
LakeError, with the next step. Tools only read: every one is marked so.
"""

import inspect
import json
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp_types import CallToolResult, TextContent, ToolAnnotations

from app.agent import catalogue, known, metrics, periods, sql
from app.agent.tool import Snapshot, Tool
from app.agent.written import written
from app.api.snapshot import lake_of
from app.monitoring.series import question_answered
from app.monitoring.usage import USAGE
from app.wings import WINGS
from engine import Lake
from engine.address import front
from engine.errors import BadDeclaration, LakeError

log = logging.getLogger("care_atlas.agent")
INSTRUCTIONS = """\
Care Atlas: published health data, checked and versioned. Every figure is a metric asked of a
sealed snapshot.
1. Find what there is: list_datasets, get_metadata; find_organisation and find_indicator for codes.
2. Ask metrics (query_metric, aggregate_by, compare_periods, drill_down) before SQL: they know what
   may be added up. Name the period in every question.
3. Quote a figure with its unit, period, caveats and link; say so where `demonstration` is true.
4. An error says what was expected and what to ask next: do that, do not guess codes.
5. Null is "not published or withheld", never zero. Associations are not causes."""


@cache
def tools() -> dict[str, Tool]:
    """Every tool by its name: the core's, then each wing's.

    Raises: BadDeclaration where two have one name.
    """
    everything = (*catalogue.TOOLS, *metrics.TOOLS, *periods.TOOLS, *sql.TOOLS)
    found: dict[str, Tool] = {}
    for tool in (*everything, *(tool for wing in WINGS for tool in wing.agent_tools)):
        if found.setdefault(tool.name, tool) is not tool:
            raise BadDeclaration(f"two tools are called `{tool.name}`", found=tool.name)
    return found


def server() -> MCPServer[Any]:
    """The server with every tool."""
    served: MCPServer[Any] = MCPServer(
        "care-atlas",
        title="Care Atlas",
        instructions=INSTRUCTIONS,
        website_url=front(),
        log_level="WARNING",
    )
    for tool in tools().values():
        served.add_tool(
            _exposed(tool),
            tool.name,
            tool.title,
            tool.does,
            ToolAnnotations(
                read_only_hint=True,
                destructive_hint=False,
                idempotent_hint=True,
                open_world_hint=False,
            ),
            structured_output=False,
        )
    return served


def asked_of(snapshot: str | None) -> Lake:
    """The lake that a caller asks, as he may see it.

    Who asks, the token said (token.py), or the machine where it was started on one; every tool, SQL
    too, reads through what this gives.
    """
    return lake_of(snapshot)


def _exposed(tool: Tool) -> Callable[..., CallToolResult]:
    """The tool's function as the protocol calls it: without a lake, with a snapshot."""
    _, *own = inspect.signature(tool.run).parameters.values()
    keyword = inspect.Parameter.KEYWORD_ONLY
    pinned = inspect.Parameter("snapshot", keyword, default=None, annotation=Snapshot)

    def call(**given: Any) -> CallToolResult:
        try:
            with question_answered("agent", tool.name):
                lake = asked_of(given.pop("snapshot", None))
                said = written(tool.run(lake, **given), lake, front())
        except LakeError as error:
            log.info("%s refused: %s", tool.name, error.what)
            facts = _facts(error)
            text = "\n".join(f"{name}: {fact}" for name, fact in facts.items())
            return _result(text, {"error": facts}, is_error=True)
        _noted(lake, given)
        return _result(json.dumps(said, ensure_ascii=False), said)

    call.__name__ = tool.name
    call.__signature__ = inspect.Signature(  # type: ignore[attr-defined]  # what inspect reads
        [*(p.replace(kind=keyword) for p in own), pinned], return_annotation=CallToolResult
    )
    return call


def _noted(lake: Lake, given: Mapping[str, Any]) -> None:
    """Count the dataset and the metric that were asked for, by the names that the lake has."""
    with suppress(LakeError):  # what was answered stays answered, whatever it was called
        if isinstance(name := given.get("dataset"), str) and name:
            USAGE.add("table", known.dataset(lake, name))
        if isinstance(name := given.get("metric"), str) and name:
            USAGE.add("metric", known.metric(lake, name).name)
    if USAGE.is_due:
        USAGE.write()


def _result(text: str, said: dict[str, Any], *, is_error: bool = False) -> CallToolResult:
    return CallToolResult(
        content=[TextContent(type="text", text=text)], structured_content=said, is_error=is_error
    )


def _facts(error: LakeError) -> dict[str, str]:
    """An error's facts, but not where on our disk it happened: that is not for strangers."""
    names = ("what", "expected", "found", "next")
    said = {name: getattr(error, name) for name in names}
    return {"kind": type(error).__name__} | {name: fact for name, fact in said.items() if fact}
