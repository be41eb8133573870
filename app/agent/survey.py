"""The confidence survey: ten questions an agent is asked of this lake, answered by trying.

`python -m app.agent --survey` asks every dataset and metric through a client of the protocol and
prints a report. No opinion is taken: confidence is the share of tries that went as they should.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from mcp import Client
from mcp_types import CallToolResult

from app.agent.serve import server

WANTED = 0.95
# What an answer may take at the 95th percentile, in milliseconds, by what is asked.
BUDGETS = {"list": 100, "metadata": 200, "simple query": 500, "complex query": 2_000}
KINDS = {
    "list_datasets": "list",
    "get_metadata": "metadata",
    "get_schema": "metadata",
    "get_periods": "metadata",
    "get_lineage": "metadata",
    "query_metric": "simple query",
    "aggregate_by": "complex query",
    "compare_periods": "complex query",
    "drill_down": "complex query",
    "query_sql": "complex query",
}
PERIODS = ("year", "period", "month")
HARMFUL = (
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT 1; DROP TABLE {}",
    "SELECT * FROM information_schema.tables",
    "WITH {0} AS (SELECT 1 AS a FROM {0}) SELECT * FROM {0}",
    "SELECT * FROM generate_series(1, 1000000000)",
    "COPY {} TO 'stolen.csv'",
)


@dataclass
class Answers:
    """What came of the tries of one question."""

    right: int = 0
    wrong: list[str] = field(default_factory=list)

    def note(self, is_right: bool, what: str) -> None:
        if is_right:
            self.right += 1
        else:
            self.wrong.append(what)

    @property
    def share(self) -> float:
        """The share of tries that went well; all, where there was nothing to try."""
        tried = self.right + len(self.wrong)
        return self.right / tried if tried else 1.0


@dataclass
class Survey:
    """The answers by question, and what each call took in milliseconds, by what was asked."""

    answers: dict[str, Answers] = field(default_factory=dict)
    took: dict[str, list[float]] = field(default_factory=dict)
    snapshot: str = ""

    @property
    def confidence(self) -> float:
        """The mean of all questions, from 0 to 1."""
        return sum(one.share for one in self.answers.values()) / max(1, len(self.answers))


class Asker:
    """A client that times what it asks."""

    def __init__(self, client: Client, survey: Survey):
        self._client, self._survey = client, survey
        self.datasets: list[dict[str, Any]] = []
        self.metrics: list[dict[str, Any]] = []

    async def raw(self, tool: str, **given: Any) -> CallToolResult:
        start = perf_counter()
        result = await self._client.call_tool(tool, given)
        took = (perf_counter() - start) * 1000
        self._survey.took.setdefault(KINDS[tool], []).append(took)
        return result

    async def ask(self, tool: str, **given: Any) -> dict[str, Any]:
        """The answer; empty where it is refused."""
        result = await self.raw(tool, **given)
        return {} if result.is_error else dict(result.structured_content or {})

    async def refusal(self, tool: str, **given: Any) -> dict[str, str]:
        """The facts of a refusal; empty where there is none."""
        result = await self.raw(tool, **given)
        said = result.structured_content or {}
        return dict(said.get("error", {})) if result.is_error else {}


Probe = Callable[[Asker, Answers], Awaitable[None]]


async def finds(asker: Asker, found: Answers) -> None:
    """Each dataset, by the words of its own name."""
    for one in asker.datasets:
        said = await asker.ask("list_datasets", keyword=one["dataset"], limit=100)
        listed = {other["dataset"] for other in said.get("datasets", [])}
        found.note(one["dataset"] in listed, one["dataset"])


async def understands_columns(asker: Asker, found: Answers) -> None:
    """Each column of each dataset: it has a meaning, and a number has a unit."""
    for one in asker.datasets:
        said = await asker.ask("get_schema", dataset=one["dataset"], sample=1)
        for column in said.get("fields", []):
            is_number = column["type"].startswith(("int", "float"))
            is_said = bool(column["meaning"]) and (bool(column["unit"]) or not is_number)
            found.note(is_said, f"{one['dataset']}.{column['name']}")


async def knows_periods(asker: Asker, found: Answers) -> None:
    """The periods of each dataset add up to its rows, or it says why it has none."""
    for one in asker.datasets:
        said = await asker.ask("get_periods", dataset=one["dataset"])
        rows = sum(period["rows"] for period in said.get("rows", []))
        is_right = rows == one["rows"] if said.get("period_column") else bool(said.get("caveats"))
        found.note(is_right, one["dataset"])


async def knows_sources(asker: Asker, found: Answers) -> None:
    """Each dataset names its releases, with their hashes, or says why it has none."""
    for one in asker.datasets:
        said = await asker.ask("get_lineage", dataset=one["dataset"])
        releases = said.get("rows", [])
        is_told = bool(releases or said.get("caveats"))
        is_right = is_told and all(len(r["sha256"]) == 64 for r in releases)
        found.note(is_right, one["dataset"])


async def gets_figures(asker: Asker, found: Answers) -> None:
    """Each metric has a value, with its unit, caveats and snapshot beside it."""
    for metric in asker.metrics:
        name = metric["metric"]
        said = await asker.ask("query_metric", metric=name)
        if not said:
            # One that is itself a comparison over time is asked by a time.
            metric["by_time"] = next(
                (time for time in reversed(PERIODS) if time in metric["dimensions"]), None
            )
            said = await asker.ask("query_metric", metric=name, by=[metric["by_time"]])
        values = [row[name] for row in said.get("rows", []) if row[name] is not None]
        is_cited = bool(said.get("provenance", {}).get("snapshot"))
        found.note(bool(values) and is_cited, name)
        # The whole definition, which comes with the value.
        metric |= said.get("definitions", [{}])[0]


async def knows_meanings(asker: Asker, found: Answers) -> None:
    """Each metric says its formula, unit, which way is good, why, what to beware of, and whose."""
    for metric in asker.metrics:
        for fact in ("formula", "unit", "which_way", "why", "caveats", "owner", "dimensions"):
            found.note(bool(metric.get(fact)), f"{metric['metric']}: {fact}")


async def compares(asker: Asker, found: Answers) -> None:
    """Each metric of several periods, in the last two: a change, or why there is none."""
    for metric in asker.metrics:
        if "by_time" in metric:
            continue  # it is a comparison itself
        period = next((name for name in PERIODS if name in metric["dimensions"]), None)
        rows = (
            await asker.ask("query_metric", metric=metric["metric"], by=[period]) if period else {}
        )
        there = [row[period] for row in rows.get("rows", []) if row[period] is not None]
        if len(there) < 2:
            continue
        said = await asker.ask(
            "compare_periods", metric=metric["metric"], before=there[-2], after=there[-1]
        )
        changes = [row["change"] for row in said.get("rows", [])]
        is_told = changes != [] and changes[0] is not None
        found.note(is_told or "cannot_be_compared" in said, metric["metric"])


async def recovers(asker: Asker, found: Answers) -> None:
    """Each name with a letter wrong: the refusal names the right one, and what to do."""
    for one in asker.datasets:
        said = await asker.refusal("get_schema", dataset=_misspelt(one["dataset"]))
        is_right = one["dataset"] in said.get("expected", "") and bool(said.get("next"))
        found.note(is_right, one["dataset"])
    for metric in asker.metrics:
        said = await asker.refusal("query_metric", metric=metric["metric"], by=["no_such_thing"])
        is_named = metric["dimensions"][0] in said.get("expected", "")
        is_right = is_named and bool(said.get("next"))
        found.note(is_right, metric["metric"])


async def is_kept_from_harm(asker: Asker, found: Answers) -> None:
    """Statements that would do or reach anything else are refused; one that reads runs."""
    name = asker.datasets[0]["dataset"]
    for text in HARMFUL:
        said = await asker.refusal("query_sql", sql=text.format(name))
        found.note("refused" in said.get("what", ""), text)
    counted = await asker.ask("query_sql", sql=f"SELECT count(*) AS n FROM {name}")
    rows = [row["n"] for row in counted.get("rows", [])]
    found.note(rows == [asker.datasets[0]["rows"]], "count")


QUESTIONS: dict[str, Probe] = {
    "Can I find the dataset that I need?": finds,
    "Do I know what every column means?": understands_columns,
    "Do I know which periods there are?": knows_periods,
    "Can I say where a figure comes from?": knows_sources,
    "Do I get a figure of every metric?": gets_figures,
    "Do I know what a figure means, and what to beware of?": knows_meanings,
    "Can I compare two periods?": compares,
    "Does an error tell me what to do next?": recovers,
    "Am I kept from doing harm?": is_kept_from_harm,
}
IN_TIME = "Am I answered in time?"


def survey() -> Survey:
    """Ask all ten of the lake that is there."""
    return asyncio.run(_survey())


async def _survey() -> Survey:
    made = Survey()
    async with Client(server()) as client:
        asker = Asker(client, made)
        listed = await asker.ask("list_datasets", limit=1000)
        made.snapshot = listed.get("provenance", {}).get("snapshot", "")
        asker.datasets = [one for one in listed.get("datasets", []) if one["rows"]]
        for one in asker.datasets:
            said = await asker.ask("get_metadata", dataset=one["dataset"])
            dimensions = {"dimensions": said.get("dimensions", [])}
            asker.metrics += [dimensions | metric for metric in said.get("metrics", [])]
        for words, probe in QUESTIONS.items():
            await probe(asker, made.answers.setdefault(words, Answers()))
    in_time = made.answers.setdefault(IN_TIME, Answers())
    for kind, most in BUDGETS.items():
        took = p95(made.took.get(kind, []))
        in_time.note(took <= most, f"{kind}: {took:.0f} ms")
    return made


def figures(made: Survey) -> dict[str, float]:
    """The figures of the eighth goal, by the names that evidence has for them (engine/goals.py)."""
    names = {kind: f"{kind.replace(' ', '_')}_ms" for kind in BUDGETS}
    took = {names[kind]: p95(times) for kind, times in made.took.items() if times}
    return {"agentic_pass": 100 * made.confidence} | took


def report(made: Survey) -> str:
    """The survey as Markdown."""
    is_good = made.confidence >= WANTED
    rows = [
        f"| {number} | {words} | {1 + 4 * one.share:.1f} | {one.right} of"
        f" {one.right + len(one.wrong)} | {', '.join(one.wrong[:3])} |"
        for number, (words, one) in enumerate(made.answers.items(), start=1)
    ]
    times = [
        f"| {kind} | {len(took)} | {p95(took):.0f} | {most:,} |"
        f" {'yes' if p95(took) <= most else 'no'} |"
        for kind, most in BUDGETS.items()
        if (took := made.took.get(kind, []))
    ]
    return "\n".join(
        (
            "# Confidence survey of agents",
            "",
            f"Snapshot `{made.snapshot}`. Confidence {made.confidence * 100:.1f} %:"
            f" {'at or over' if is_good else 'under'} the {WANTED * 100:.0f} % that is aimed at.",
            "",
            "| # | question | confidence (1 to 5) | tries that went well | that did not |",
            "|---|---|---|---|---|",
            *rows,
            "",
            "| asked for | calls | p95, ms | at most | in time |",
            "|---|---|---|---|---|",
            *times,
            "",
        )
    )


def p95(values: list[float]) -> float:
    """The value that 95 % do not exceed: one that was measured; 0 for none.

    >>> p95([3.0, 1.0, 2.0])
    3.0
    """
    ordered = sorted(values)
    return ordered[-(-len(ordered) * 95 // 100) - 1] if ordered else 0.0


def _misspelt(name: str) -> str:
    """The name with its second and third letter changed about."""
    return name[0] + name[2] + name[1] + name[3:] if len(name) > 3 else f"{name}x"
