"""/catalogue/metric/NAME: what a number means, by what it can be asked, its chart, its values.

The chart asks as its address says: `by` a dimension, `only` rows of which dimensions have a value.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import polars as pl
from htmltools import Tag, TagChild, tags
from starlette.requests import Request
from starlette.responses import Response

from app.agent import known
from app.agent.asking import asked_as
from app.agent.tool import Beside, MetricAsked
from app.http.conditional import sent
from app.publications import plain_page
from app.publications.catalogue.asked_for import times_asked
from app.publications.catalogue.chart import MOST_LINES, Charted, chart
from engine import Lake, measure
from engine.errors import UnknownName
from engine.metric import AnyMetric

ROOT = "../../"


@dataclass(frozen=True)
class Asked:
    """A metric as an address asks it."""

    metric: AnyMetric
    question: MetricAsked
    time: str | None
    by: str

    def address(self, *, by: str | None = None, **only: Any) -> str:
        """The same page with another dimension or filter, below the front; None takes one off."""
        filters = {**{k: str(v) for k, v in self.question.where.items()}, **only}
        said = [("by", self.by if by is None else by)]
        said += [("only", f"{k}:{v}") for k, v in filters.items() if v is not None]
        query = urlencode([(k, v) for k, v in said if v])
        return f"catalogue/metric/{self.metric.name}{f'?{query}' if query else ''}"


def metric_page(request: Request, lake: Lake) -> Response:
    """The page of one metric."""
    of = _asked(request, lake)
    beside = known.beside(lake, of.question)
    return plain_page.wide(
        of.metric.label,
        tags.h1(of.metric.label),
        tags.p(of.metric.why, class_="atlas-lead"),
        _form(of),
        _chips(of),
        tags.div(_answer(lake, of, beside), id="answer", data_part=""),
        _ways(of, beside),
        tags.h2("What it is"),
        _facts(lake, of),
        root=ROOT,
        manner=plain_page.of_tables(*known.tables(of.metric)),
        here="catalogue",
    )


def metric_file(request: Request, lake: Lake) -> Response:
    """The values as CSV, every group and period of them."""
    of = _asked(request, lake)
    rows = _values(lake, of).with_columns(
        metric=pl.lit(of.metric.name), unit=pl.lit(of.metric.unit), snapshot=pl.lit(lake.id)
    )
    name = f"{of.metric.name}-{of.by or 'all'}.csv"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Snapshot": lake.id,
    }
    return sent(request, rows.write_csv().encode(), "text/csv", **headers)


def _asked(request: Request, lake: Lake) -> Asked:
    name = request.path_params["name"]
    there = known.metrics(lake)
    if name not in there:
        near = known.nearest(name, there)
        raise UnknownName(
            f"no metric is called “{name[:80]}”",
            expected=", ".join(near),
            next=f"did you mean {near[0]}?" if near else "the catalogue lists all",
        )
    pairs = (said.partition(":") for said in request.query_params.getlist("only")[:12])
    where = {key: value[:200] for key, _, value in pairs if value}
    by = request.query_params.get("by", "")[:80]
    question = asked_as(lake, name, [by] if by else [], where)
    time = known.period_of(there[name])
    if time in question.where or time == by:
        time = None
    return Asked(there[name], question, time, question.by[0] if by else "")


def _values(lake: Lake, of: Asked) -> pl.DataFrame:
    by = [name for name in (of.time, of.by) if name]
    return measure(lake, [of.metric], by, of.question.where).collect()


def _answer(lake: Lake, of: Asked, beside: Beside) -> TagChild:
    rows = _values(lake, of)
    caveats = [tags.p(words, class_="atlas-note") for words in beside.caveats]
    if rows[of.metric.name].null_count() == rows.height:
        return tags.div(*caveats, tags.p("It has no value there.", role="status"))
    charted = Charted(
        rows,
        of.metric,
        of.time,
        of.by or None,
        _names(beside, of.by),
        leads=(lambda group: f"{ROOT}{of.address(by='', **{of.by: group})}") if of.by else None,
    )
    return tags.div(*caveats, chart(charted))


def _names(beside: Beside, by: str) -> dict[Any, str]:
    frame = beside.names.get(by)
    if frame is None:
        return {}
    name = next(column for column in frame.columns if column != by)
    return {code: text for code, text in frame.select(by, name).rows() if text}


def _form(of: Asked) -> Tag:
    others = [d for d in known.dimensions(of.metric) if d not in of.question.where and d != of.time]
    choices = [("", "all together"), *((name, name.replace("_", " ")) for name in others)]
    return tags.form(
        *(
            tags.input(type="hidden", name="only", value=f"{name}:{value}")
            for name, value in of.question.where.items()
        ),
        tags.div(
            tags.label("By", for_="f_by"),
            tags.select(
                *(
                    tags.option(words, value=name, selected="" if name == of.by else None)
                    for name, words in choices
                ),
                name="by",
                id="f_by",
            ),
            class_="pub-choice",
        ),
        tags.button("Show", type="submit"),
        method="get",
        action=f"{ROOT}catalogue/metric/{of.metric.name}",
        id="asked",
        class_="pub-asked",
        data_in_place="",
        data_part="",
        aria_label="What is shown",
    )


def _chips(of: Asked) -> Tag:
    set_ = [
        tags.a(
            f"{name.replace('_', ' ')}: {value}",
            tags.span(" ×", aria_hidden="true"),
            href=f"{ROOT}{of.address(**{name: None})}",
            aria_label=f"Take off {name.replace('_', ' ')}: {value}",
        )
        for name, value in of.question.where.items()
    ]
    hint = f"The {MOST_LINES} largest are drawn; a row's name narrows to it." if of.by else None
    return tags.p(*set_, hint, id="chips", class_="pub-chips", data_part="")


def _ways(of: Asked, beside: Beside) -> Tag:
    query = of.address().partition("?")[2]
    file = f"{ROOT}catalogue/metric/{of.metric.name}.csv{f'?{query}' if query else ''}"
    return tags.p(
        tags.a("CSV", href=file, download=""),
        tags.a("The same on its page", href=f"{ROOT}{beside.address}") if beside.address else None,
        tags.a("The whole catalogue", href=f"{ROOT}catalogue"),
        id="ways",
        class_="pub-ways",
        data_part="",
    )


def _facts(lake: Lake, of: Asked) -> Tag:
    metric = of.metric
    tables: Sequence[TagChild] = [
        tags.a(name, href=f"{ROOT}catalogue/{name}") for name in known.tables(metric)
    ]
    counts = metric.words.share if metric.words.denominator else metric.words.numerator
    facts: Sequence[tuple[str, TagChild]] = (
        ("Formula", tags.code(metric.formula)),
        ("Counts", counts),
        ("Unit", metric.unit),
        ("Which way is good", metric.which_way),
        ("Target", metric.written(metric.target) if metric.target is not None else "none declared"),
        ("Mind", metric.caveats),
        ("Owner", metric.owner),
        ("Tables", tags.span(*(part for one in tables for part in (one, " ")))),
        ("Asked for", times_asked(lake, "metric", metric.name)),
        ("Can be asked by", ", ".join(known.dimensions(metric))),
        (
            "In code",
            tags.code(f'measure(lake, ["{metric.name}"], by=["{of.by or of.time or ""}"])'),
        ),
    )
    return tags.dl(
        *(part for word, said in facts for part in (tags.dt(word), tags.dd(said))),
        class_="pub-facts",
    )
