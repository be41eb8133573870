"""/claims-metric: where a view's number comes from: formula, definition, owner, caveats, files."""

from htmltools import TagChild, tags
from starlette.requests import Request
from starlette.responses import Response

from app.claims import labels, plain_page
from app.claims.asked import Answered, ask, dimensions_of
from app.claims.drawing import words
from app.claims.view import View, address
from app.draw import spell
from app.draw.grid import NUMBER, SCROLLS, Grid, GridColumn, draw
from engine import Lake
from engine.manifest import FileEntry
from engine.metric import Metric

FILES: Grid[tuple[str, FileEntry]] = Grid(
    (
        GridColumn("Table", lambda row: row[0], names_row=True),
        GridColumn("Part", lambda row: row[1]["partition"] or "whole"),
        GridColumn("Rows", lambda row: spell.count(row[1]["rows"]), cells=NUMBER, head=NUMBER),
        GridColumn("File", lambda row: tags.code(row[1]["path"])),
    ),
    table=SCROLLS,
)


def metric_page(_request: Request, lake: Lake, view: View) -> Response:
    """The receipt of a view's number."""
    of = ask(lake, view)
    title = f"{of.metric.label}: {of.metric.written(of.whole[of.metric.name])}"
    return plain_page.text(title, *_body(of))


def _body(of: Answered) -> list[TagChild]:
    metric, only = of.metric, words.filters(of.lake, of.view)
    told_by = [labels.of_dimension(name) for name in dimensions_of(metric)]
    facts = (
        ("What it is for", metric.why),
        ("Formula", tags.code(metric.formula)),
        ("Unit", metric.unit),
        ("Which way is good", metric.which_way),
        ("Mind", metric.caveats),
        ("Owner", metric.owner),
        ("Can be told by", ", ".join(told_by)),
        ("In code", tags.code(f'measure(lake, ["{metric.name}"], by=["{of.view.by}"])')),
    )
    sealed = spell.day(of.lake.manifest["sealed_at"])
    return [
        tags.h1(f"{metric.label}: {metric.written(of.whole[metric.name])}"),
        tags.p(words.sentence(of), f" Only {only}." if only else None),
        tags.dl(*(part for word, text in facts for part in (tags.dt(word), tags.dd(text)))),
        tags.h2("Where it comes from"),
        tags.p(f"Snapshot {of.lake.id}, sealed {sealed}. Its files, named by their content:"),
        draw(FILES, [(name, file) for name in _tables(metric) for file in of.lake.files(name)]),
        tags.p(
            tags.a("The claims behind it", href=address(of.view, page="claims-list")),
            tags.a("Back to the view", href=address(of.view)),
            class_="claims-ways",
        ),
    ]


def _tables(metric: object) -> list[str]:
    """The tables that a metric is made of."""
    if not isinstance(metric, Metric):
        return ["fact_claim", "member_month"]
    return list(dict.fromkeys([metric.table, *(_tables(metric.over) if metric.over else ())]))
