"""Free SQL at work: right rows, a cap, and a statement that takes too much is ended alone."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from app.agent import sql
from tests.app.agent.conftest import Agent

TWICE = "FROM percent_achieved AS a, percent_achieved AS b"


def test_rows_are_those_of_another_engine(agent: Agent, truth: Callable[[str], Any]):
    query = (
        "WITH big AS (SELECT practice_code FROM practice_geography WHERE year = '2024-25'"
        " AND list_size > 10000) SELECT group_code, sum(register) AS r FROM prevalence"
        " JOIN big USING (practice_code) WHERE year = '2024-25' GROUP BY group_code"
        " ORDER BY r DESC, group_code"
    )
    rows = agent.ask("query_sql", sql=query)["rows"]
    assert [(row["group_code"], row["r"]) for row in rows] == truth(query)


def test_rows_are_capped_and_it_says_so(agent: Agent):
    said = agent.ask("query_sql", sql="SELECT * FROM prevalence", limit=7)
    assert len(said["rows"]) == 7 and "more than 7" in said["cut"]
    whole = agent.ask("query_sql", sql="SELECT year FROM prevalence GROUP BY year")
    assert "cut" not in whole


def test_what_it_read_is_named(agent: Agent):
    said = agent.ask("query_sql", sql="SELECT count(*) AS n FROM PCN")
    assert said["provenance"]["datasets"] == ["pcn"]
    assert {release["source"] for release in said["provenance"]["releases"]} == {"ods_networks"}


# Each takes for ever, or more memory than there is, and every word of it is allowed.
BOMBS = {
    "a cross join": f"SELECT count(*) AS n {TWICE}, percent_achieved AS c",
    "a condition that nothing helps": f"SELECT count(*) AS n {TWICE} WHERE a.points < b.points",
    "a window over a cross join": f"SELECT sum(a.points) OVER (ORDER BY b.points) AS s {TWICE}",
    "a sort of a cross join": f"SELECT a.points, b.register {TWICE} ORDER BY 1, 2",
    "a text of itself": "WITH a0 AS (SELECT 'atlas' AS t FROM pcn), "
    + ", ".join(
        f"a{i + 1} AS (SELECT concat({', '.join(['t'] * 60)}) AS t FROM a{i})" for i in range(6)
    )
    + " SELECT length(t) AS n FROM a6",
    "a text of texts": f"SELECT string_agg(a.indicator_code, '{'x' * 500}') AS t {TWICE}",
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
def test_a_bomb_ends_alone(agent: Agent, text: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sql, "SECONDS", 1.5)
    start = monotonic()
    said = agent.refused("query_sql", sql=text)
    assert monotonic() - start < 1.5 + sql.START_SECONDS
    assert "takes too much memory" in str(said) or "takes longer than 1.5 s" in str(said)
    monkeypatch.undo()
    assert agent.ask("query_sql", sql="SELECT count(*) AS n FROM pcn")["rows"][0]["n"] > 0


def test_an_engine_s_own_complaint_is_handed_on(agent: Agent):
    said = agent.refused("query_sql", sql="SELECT nothing_like_it FROM pcn")
    assert "nothing_like_it" in said["found"] and "get_schema" in said["next"]


def test_a_worker_may_not_write_a_file(tmp_path: Path):
    """The last wall, behind the list of what is allowed: no statement can make a file."""
    program = (
        "from app.agent.worker import limit_memory; limit_memory(4 << 30)\n"
        f"open({str(tmp_path / 'made')!r}, 'w', encoding='utf-8').write('x')"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=sql.ROOT, capture_output=True)
    assert done.stderr == b"" or b"File too large" in done.stderr
    assert (tmp_path / "made").stat().st_size == 0
