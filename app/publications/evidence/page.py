"""/evidence: whether the eight goals are met, how their figures moved, and the golden datasets."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import polars as pl
from htmltools import Tag, TagChild, tags
from starlette.requests import Request
from starlette.responses import Response

from app.access import reader_of
from app.draw import spell
from app.draw.grid import NUMBER, Grid, GridColumn, draw
from app.publications.areas import areas
from app.publications.evidence import gauges, target
from app.publications.evidence.lines import lines
from app.publications.operations.reviews import told
from app.publications.plain_page import wide
from app.publications.posted import refused
from engine import Lake
from engine.access import may
from engine.goals import GOALS, MEASURES, Goal, Measure, status_of
from engine.lake import data_folder
from engine.publications import evidence
from engine.vocabulary import Verdict
from refresh.operate.lifecycle import scorecard_text

HERE = "evidence"
KINDS = {"weekly": "of the week", "monthly": "of the month", "quarterly": "of the quarter"}
Row = Mapping[str, Any]


def evidence_page(request: Request, lake: Lake, now: datetime) -> Response:
    """The page."""
    query = request.query_params
    newest = {row["metric_name"]: row for row in evidence.newest(lake, now).collect().to_dicts()}
    aims = dict(evidence.targets(lake).collect().rows())
    moved = evidence.trend(lake, now).collect()
    bases = {row["metric_name"]: row for row in evidence.baselines(lake).collect().to_dicts()}
    return wide(
        "Evidence",
        tags.h1("Evidence"),
        areas(HERE),
        told(query.get("done", ""), query.get("refused", "")),
        tags.p(_sentence(newest, aims), class_="atlas-lead"),
        tags.p(
            "The report as Markdown: ",
            *[
                part
                for kind, words in KINDS.items()
                for part in (", ", tags.a(words, href=f"evidence-report?kind={kind}"))
            ][1:],
        ),
        tags.div(
            *(
                _card(goal, newest, aims, bases.get(goal.headline.name), moved, now)
                for goal in GOALS
            ),
            class_="goals",
        ),
        lines(lake, moved, now),
        tags.h2("Golden datasets"),
        tags.p("Releases that somebody once counted by hand, and that must give the same again."),
        _golden(evidence.golden(lake).collect().to_dicts()),
        tags.h2("Targets that were moved"),
        _moves(evidence.moves(lake).collect().to_dicts()),
        target.form(aims) if may(reader_of(request), "administer") else None,
        here=HERE,
    )


def report_page(request: Request, lake: Lake, now: datetime) -> Response:
    """The scorecard as a file of Markdown, for who sees all domains: it counts every source."""
    del lake
    reader = reader_of(request)
    if reader.domains is not None:
        return refused(
            f"The report counts all sources, and {reader.name} sees those of some domains."
        )
    asked = request.query_params.get("kind", "weekly")
    kind = next((one for one in ("weekly", "monthly", "quarterly") if one == asked), "weekly")
    text = scorecard_text(data_folder(), kind, now=now)  # type: ignore[arg-type]
    name = f"evidence-{kind}-{now:%Y-%m-%d}.md"
    return Response(
        text,
        media_type="text/markdown; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _sentence(newest: Mapping[str, Row], aims: Mapping[str, float]) -> str:
    found = [_status(goal.headline, newest, aims) for goal in GOALS]
    counts = {word: found.count(word) for word in ("pass", "warn", "fail", None)}
    days = [row["evidence_date"] for row in newest.values()]
    if not days:
        return "Nothing was measured yet: python -m refresh evidence"
    parts = [
        f"{counts[status]} {words}"
        for status, words in (*gauges.WORDS.items(), (None, "not measured"))
        if counts[status]
    ]
    return f"Of eight goals: {', '.join(parts)}. Last measured {spell.day(max(days).isoformat())}."


def _status(
    measure: Measure, newest: Mapping[str, Row], aims: Mapping[str, float]
) -> Verdict | None:
    actual = _actual(measure, newest)
    return None if actual is None else status_of(measure, actual, aims.get(measure.name))


def _actual(measure: Measure, newest: Mapping[str, Row]) -> float | None:
    """The last figure of a measure; None where it was not measured."""
    row = newest.get(measure.name)
    return row["actual_value"] if row else None


def _card(
    goal: Goal,
    newest: Mapping[str, Row],
    aims: Mapping[str, float],
    base: Row | None,
    moved: pl.DataFrame,
    now: datetime,
) -> Tag:
    """One goal: how it stands, its gauge, its thirty days, and all of its measures."""
    head = goal.headline
    aim = aims.get(head.name, head.target)
    actual, status = _actual(head, newest), _status(head, newest, aims)
    mine = moved.filter(pl.col("metric_name") == head.name)
    points = list(zip(mine["evidence_date"], mine["actual_value"], strict=True))
    since = now.date() - timedelta(days=evidence.TREND_DAYS)
    return tags.section(
        tags.h2(f"{goal.number}. {goal.name}", id=f"goal_{goal.number}"),
        tags.p(
            tags.strong("–" if actual is None else head.written(actual), class_="goal-figure"),
            " ",
            gauges.said(status),
        ),
        tags.p(f"{head.label}; {head.aim(aim)} is aimed at.", class_="goal-words"),
        gauges.gauge(head, actual, aim, status),
        gauges.trend(head, points, aim, since, now.date()),
        tags.p(
            f"{evidence.TREND_DAYS} days, the target dashed. Baseline: ",
            head.written(base["actual_value"]) if base else "none yet",
            f" ({base['notes'].removeprefix('baseline: ')})" if base and base["notes"] else None,
            ".",
            class_="goal-words",
        ),
        tags.details(
            tags.summary("All measures, and how they are taken"),
            tags.ul(*(_measure(one, newest, aims) for one in goal.measures), class_="goal-list"),
            id=f"measures_{goal.number}",
        ),
        aria_labelledby=f"goal_{goal.number}",
        class_="goal",
    )


def _measure(measure: Measure, newest: Mapping[str, Row], aims: Mapping[str, float]) -> Tag:
    """One figure of a goal, what is aimed at, and how it is taken: a card is narrow for a table."""
    actual, status = _actual(measure, newest), _status(measure, newest, aims)
    note = (newest.get(measure.name) or {}).get("notes")
    return tags.li(
        tags.strong(measure.label),
        f": {measure.written(actual)} " if actual is not None else ": ",
        gauges.said(status),
        tags.br(),
        f"{measure.aim(aims.get(measure.name))} is aimed at.",
        tags.br(),
        tags.small(measure.how, f" ({note})" if note else None),
    )


def _moves(rows: Sequence[Row]) -> Tag:
    def label(row: Row) -> str:
        known = MEASURES.get(row["metric_name"])
        return known[1].label if known else row["metric_name"]

    columns: tuple[GridColumn[Row], ...] = (
        GridColumn("Goal", lambda row: f"{row['goal_id']}", names_row=True),
        GridColumn("Measure", label),
        GridColumn("From", lambda row: f"{row['former_value']:g}", cells=NUMBER, head=NUMBER),
        GridColumn("To", lambda row: f"{row['target_value']:g}", cells=NUMBER, head=NUMBER),
        GridColumn("By", lambda row: row["decided_by"]),
        GridColumn("On", lambda row: spell.day(row["decided_at"].isoformat())),
        GridColumn("Why", lambda row: row["reason"]),
    )
    nothing = "None was."
    return tags.div(
        draw(Grid(columns, table={"class": "publications-rows"}, nothing=nothing), rows),
        class_="publications-table",
        role="region",
        aria_label="Targets that were moved",
        tabindex="0",
    )


def _golden(rows: Sequence[Row]) -> Tag:
    def rules(row: Row) -> dict[str, Any]:
        told = row["validation_rules"]
        found: dict[str, Any] = json.loads(told) if isinstance(told, str) else told
        return found or {}

    def tested(row: Row) -> str:
        at = row["last_tested_at"]
        return spell.day(at.isoformat()) if at else "never"

    def outcome(row: Row) -> TagChild:
        word: str = rules(row).get("outcome", "not tested")
        status: dict[str, Verdict] = {"pass": "pass", "regression": "fail"}
        if word not in status:
            return word
        return tags.span(f"{gauges.MARKS[status[word]]} {word}", class_=f"is-{status[word]}")

    columns: tuple[GridColumn[Row], ...] = (
        GridColumn("Dataset", lambda row: row["name"], names_row=True),
        GridColumn("Last tested", tested),
        GridColumn("Outcome", outcome),
        GridColumn(
            "Rows", lambda row: spell.count(rules(row).get("rows")), cells=NUMBER, head=NUMBER
        ),
        GridColumn(
            "Rows expected",
            lambda row: spell.count(row["expected_rows"]),
            cells=NUMBER,
            head=NUMBER,
        ),
        GridColumn("What differs", lambda row: "; ".join(rules(row).get("differences", [])) or "–"),
    )
    nothing = "None was tested here yet: python -m refresh golden"
    return tags.div(
        draw(Grid(columns, table={"class": "publications-rows"}, nothing=nothing), rows),
        class_="publications-table",
        role="region",
        aria_label="Golden datasets",
        tabindex="0",
    )
