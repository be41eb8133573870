"""What an agent does beyond one question: it errs and recovers, and goes through a session."""

import math
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.monitoring.usage import USAGE
from engine import Lake
from engine.lake import Layout
from engine.usage import asked_in
from refresh.store.ledger import Ledger
from tests.app.agent.conftest import Agent
from tests.app.agent.questions import BEFORE, HYP, YEAR, net

# A wrong call, a word that its error must have, and the call that the error leads to.
RECOVERIES = {
    "a dataset misspelt": ("get_schema", {"dataset": "prevalance"}, "prevalence"),
    "a dataset by half its name": ("get_metadata", {"dataset": "achieved"}, "percent_achieved"),
    "a metric misspelt": ("query_metric", {"metric": "prevelence"}, "prevalence"),
    "a dimension misspelt": (
        "query_metric",
        {"metric": "net", "where": HYP, "by": ["icb"]},
        "icb_code",
    ),
    "a dimension that it lacks": (
        "query_metric",
        {"metric": "net", "by": ["colour"]},
        "indicator_code",
    ),
    "a code misspelt": (
        "query_metric",
        {"metric": "net", "where": {"indicator_code": "HYP08", "year": YEAR}},
        "HYP008",
    ),
    "a year that is not there": (
        "query_metric",
        {"metric": "net", "where": {"indicator_code": "HYP008", "year": "2031-32"}},
        YEAR,
    ),
    "a year in another form": ("query_indicator", {"indicator": "HYP008", "year": "2024"}, YEAR),
    "an indicator of other years": ("query_indicator", {"indicator": "HYP8"}, "HYP008"),
    "a board that is none": (
        "query_indicator",
        {"indicator": "HYP008", "level": "icb", "organisation": "QZZ"},
        "find_organisation",
    ),
    "a name of nobody": ("find_organisation", {"text": "xqzzy"}, "postcode"),
    "words of no indicator": ("find_indicator", {"text": "xqzzy"}, "another word"),
    "an unknown domain": ("list_datasets", {"domain": "weather"}, "atlas"),
    "a column that is not there": (
        "query_sql",
        {"sql": "SELECT registered FROM prevalence"},
        "get_schema",
    ),
    "a table that is not there": ("query_sql", {"sql": "SELECT * FROM practices"}, "practice"),
    "the period named twice": (
        "compare_periods",
        {"metric": "net", "before": BEFORE, "after": YEAR, "where": {"year": YEAR}},
        "leave `year` out",
    ),
    "a filter of another type": (
        "query_metric",
        {"metric": "net", "where": {"year": {"from": 2020}}},
        "query_sql",
    ),
    "two values that do not meet": (
        "query_metric",
        {"metric": "net", "where": HYP | {"icb_code": "QOP", "region_code": "Y56"}},
        "leave one out",
    ),
}


@pytest.mark.parametrize(("tool", "given", "word"), RECOVERIES.values(), ids=RECOVERIES)
def test_an_error_leads_to_the_right_call(
    agent: Agent, tool: str, given: dict[str, Any], word: str
):
    said = agent.refused(tool, **given)
    assert said["what"] and said["next"] and word in " ".join(said.values())
    assert "Traceback" not in str(said) and "/" not in said.get("where", "")


def test_an_argument_of_the_wrong_kind_is_said_by_the_schema(agent: Agent):
    result = agent.raw("query_metric", metric="net", limit=100_000)
    assert result.is_error and "limit" in result.content[0].text


def test_an_unknown_dataset_is_named_and_then_asked(agent: Agent):
    """What an agent does with an error: takes the first of what was expected."""
    expected = agent.refused("get_schema", dataset="prevalance")["expected"].split(", ")[0]
    assert agent.ask("get_schema", dataset=expected)["dataset"] == "prevalence"


def test_a_search_for_nothing_there_says_the_nearest(agent: Agent):
    found = agent.ask("list_datasets", keyword="prevalance")
    assert found["datasets"] == [] and found["nearest"][0] == "prevalence"


def test_progressive_narrowing_adds_up(agent: Agent):
    """England, then each region, then each board of one: the patients are the same ones."""

    def eligible(**where: str) -> int:
        given = {"indicator": "HYP008", "year": YEAR} | where
        return sum(row["denominator"] or 0 for row in agent.ask("query_indicator", **given)["rows"])

    assert eligible() == eligible(level="region") == eligible(level="icb")
    boards = agent.ask(
        "query_metric", metric="net", where=HYP | {"region_code": "Y62"}, by=["icb_code"]
    )
    inside = [eligible(level="icb", organisation=row["icb_code"]) for row in boards["rows"]]
    assert sum(inside) == eligible(level="region", organisation="Y62")


def test_no_change_across_a_break_in_series(agent: Agent):
    """The asthma register counts other patients from 2020-21 on: both values, and no change."""
    said = agent.ask(
        "compare_periods",
        metric="prevalence",
        before="2019-20",
        after=YEAR,
        where={"group_code": "AST"},
    )
    [row] = said["rows"]
    assert row["value_before"] and row["value_after"]
    assert row["change"] is None and row["change_percent"] is None
    assert said["cannot_be_compared"][0].startswith("2020-21: ")


def test_of_many_indicators_only_the_unbroken_have_a_change(
    agent: Agent, truth: Callable[[str], Any]
):
    said = agent.ask(
        "compare_periods",
        metric="prevalence",
        before="2019-20",
        after="2020-21",
        by=["group_code"],
        limit=1000,
    )
    broken = truth(
        "SELECT list(indicator_code ORDER BY 1) FROM indicator WHERE year = '2020-21'"
        " AND kind = 'register' AND breaks_series"
    )
    changes = {row["group_code"]: row["change"] for row in said["rows"]}
    assert "AST" in broken and changes["HYP"] is not None
    assert [code for code in broken if changes.get(code) is not None] == []
    assert any(reason.startswith("AST: ") for reason in said["cannot_be_compared"])
    together = agent.ask("compare_periods", metric="net", before=BEFORE, after=YEAR)
    assert together["rows"][0]["change"] is None and together["cannot_be_compared"]


def test_a_link_leads_to_the_same_view(agent: Agent):
    asked = {"metric": "net", "where": HYP | {"icb_code": "QOP"}, "by": ["practice_code"]}
    address = "http://127.0.0.1:8000/?indicator=HYP008&year=2024-25&area=icb:QOP"
    assert agent.ask("query_metric", **asked)["link"] == address
    one = agent.ask(
        "query_indicator", indicator="HYP008", level="icb", organisation="QOP", year=YEAR
    )
    assert one["link"].endswith(
        "/receipt?organisation=QOP&indicator=HYP008&year=2024-25&level=icb&measure=net"
    )


def test_different_indicators_are_not_added_up_in_silence(agent: Agent):
    caveats = " ".join(agent.ask("query_metric", metric="net")["caveats"])
    assert "indicator_code" in caveats and "All periods" in caveats and "invented" in caveats


def test_an_answer_names_the_releases_of_its_year_alone(agent: Agent, lake: Lake):
    told = agent.ask("query_metric", metric="prevalence", where={"group_code": "HYP", "year": YEAR})
    of_qof = {
        (r["source"], r["period"]) for r in told["provenance"]["releases"] if r["source"] == "qof"
    }
    assert of_qof == {("qof", YEAR)}
    release = next(
        r for r in lake.manifest["releases"] if (r["source"], r["period"]) == ("qof", YEAR)
    )
    [named] = [r for r in told["provenance"]["releases"] if r["source"] == "qof"]
    known = {file["name"]: file["sha256"][:12] for file in release["files"]}
    assert all(known[file["name"]] == file["sha256"] for file in named["files"])


def test_a_pinned_session_has_one_snapshot(agent: Agent, lake: Lake):
    first = agent.ask("list_datasets")["provenance"]["snapshot"]
    again = agent.ask("query_metric", metric="net", where=HYP, snapshot=first)
    assert again["provenance"]["snapshot"] == first == lake.id
    said = agent.refused("list_datasets", snapshot="20200101T000000Z-00000000")
    assert "not kept" in said["what"]


def test_a_research_session(agent: Agent, truth: Callable[[str], Any]):
    """From a vague question to a cited figure: how is blood pressure in Manchester, and why?"""
    place = agent.ask("find_organisation", text="Greater Manchester")["rows"][0]
    found = agent.ask("find_indicator", text="hypertension blood pressure", year=YEAR)
    codes = [row["indicator_code"] for row in found["rows"]]
    assert place["level"] == "icb" and "HYP008" in codes
    board = {"level": "icb", "organisation": place["organisation_code"], "year": YEAR}
    own = agent.ask("query_indicator", indicator="HYP008", **board)
    value = own["rows"][0]["value"]
    assert value == pytest.approx(truth(net("icb_code = 'QOP'")))
    low, high = own["rows"][0]["value_low"], own["rows"][0]["value_high"]
    assert low < value < high and own["definitions"][0]["caveats"]
    england = agent.ask("drill_down", metric="net", into="icb_code", where=HYP)
    assert england["whole"] == pytest.approx(truth(net()))
    trend = agent.ask(
        "query_metric",
        metric="net",
        where={"indicator_code": "HYP008", "icb_code": "QOP"},
        by=["year"],
    )
    assert [row["year"] for row in trend["rows"]] == sorted(row["year"] for row in trend["rows"])
    assert trend["rows"][-2]["net"] == pytest.approx(value)
    parts = agent.ask(
        "drill_down", metric="net", into="practice_code", where=HYP | {"icb_code": "QOP"}
    )
    spread = truth(
        "SELECT count(*) FROM practice_geography JOIN percent_achieved USING (year, practice_code)"
        f" WHERE icb_code = 'QOP' AND year = '{YEAR}' AND indicator_code = 'HYP008'"
    )
    assert parts["parts"] == spread and parts["rows"][0]["practice_name"]
    moved = agent.ask(
        "detect_anomalies", indicator="HYP008", year=YEAR, level="practice", area="icb:QOP"
    )
    assert moved["before"] == BEFORE and moved["rose"] + moved["fell"] == moved["rows_in_all"]
    source = agent.ask("get_lineage", dataset=own["definitions"][0]["datasets"][0])
    assert source["rows"][0]["sha256"] and own["link"].startswith("http")


def test_what_agents_ask_for_is_counted_by_the_name_that_the_lake_has(
    agent: Agent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("CARE_ATLAS_REGISTRY", raising=False)
    Ledger(Layout(tmp_path).registry_url).close()
    monkeypatch.setattr(USAGE, "_kept_seconds", math.inf)
    USAGE.write(tmp_path / "before")  # what was asked for until now is of no account here
    agent.ask("get_schema", dataset="Prevalence")
    agent.ask("query_metric", metric="net", where=HYP, by=["year"])
    agent.refused("get_schema", dataset="prevalance")
    USAGE.write(tmp_path)
    counted = asked_in(Layout(tmp_path), datetime.now(UTC).date())
    assert counted == {("table", "prevalence"): 1, ("metric", "net"): 1}
