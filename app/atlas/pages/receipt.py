"""The receipt of one number as a page: file, address, hash, published rows, formula.

/receipt?organisation=A81001&indicator=COPD010&year=2021-22&measure=net&level=practice, and `area`
and `geography` where the table has them; with format=csv its practices, as published.
"""

from collections.abc import Iterable
from datetime import date
from functools import partial
from typing import Any

import polars as pl
from htmltools import TagChild, TagList, tags
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from app.api.parameters import Refused, read
from app.api.snapshot import lake_of
from app.atlas import frames
from app.atlas.api_rows import receipt_of
from app.atlas.drawing import citation, links, words
from app.atlas.drawing.links import receipt_address
from app.atlas.pages.reconciliation import printed
from app.atlas.plain_page import plain
from app.atlas.resources import RECEIPT
from app.draw import spell
from app.draw.copies import copies
from app.draw.grid import SCROLLS, Grid, GridColumn, draw, in_order
from app.frame import no_data
from engine import Lake, Question
from engine.atlas.metrics.qof_measures import MEASURES
from engine.atlas.receipt_sql import from_csv, from_parquet
from engine.atlas.rollup import LEVELS
from engine.errors import LakeError, NoSnapshot

SHOWN = 500
HEADINGS = {
    "practice_code": "Code",
    "practice_name": "Practice",
    "register": "Register",
    "numerator": "Numerator",
    "denominator": "Denominator",
    "pcas": "PCAs",
    "points": "Points",
    "points_max": "Points possible",
    "list_type": "Age band",
    "list_size": "List",
    "adds_numerator": "Adds to the numerator",
    "adds_denominator": "Adds to the denominator",
}
HOLDS = {
    "percent_achieved": "the counts",
    "prevalence": "the counts",
    "practice_geography": "which practice belongs where",
    "practice_mapping": "which practice belongs where today",
    "indicator": "the points that could be achieved",
}
FILES = Grid(in_order("File", "Holds", "Address", "SHA-256", "Kept at"), table=SCROLLS, scope=None)


def receipt_page(request: Request) -> Response:
    """The page, or its practices as CSV; for a number that does not exist, a page that says so."""
    asked = [(name, value) for name, value in request.query_params.multi_items()]
    try:
        # Read by the API's own declaration: page and API refuse the same for the same reason.
        values = read(RECEIPT, [pair for pair in asked if pair[0] != "format"])
        lake = lake_of(values["snapshot"])
        made = receipt_of(lake, values)
    except LakeError as error:
        return _refused(error)
    if ("format", "csv") in asked:
        return _csv(made)
    question = Question(**made["question"])
    title = words.title_of(question, frames.catalogue(lake))
    taken = _copies(lake, made, title=title, base=str(request.base_url))
    beside = printed(lake, question, made["organisation"])
    return plain(f"Receipt: {title}", *_body(made, title, taken, beside))


def _csv(made: dict[str, Any]) -> Response:
    """Each practice's counts as published, with the question and the snapshot in each row."""
    said = {"organisation": made["organisation"], **made["question"]}
    said["snapshot"] = made["snapshot"]["id"]
    rows = pl.DataFrame(made["practices"], infer_schema_length=None)
    text = rows.with_columns(**{name: pl.lit(value) for name, value in said.items()}).write_csv()
    headers = {"Content-Disposition": f'attachment; filename="{_file_name(made)}"'}
    return Response(text, media_type="text/csv", headers=headers)


def _file_name(made: dict[str, Any]) -> str:
    asked = made["question"]
    parts = (made["organisation"], asked["indicator"], asked["year"], asked["measure"])
    return f"care-atlas-receipt-{'-'.join(parts)}.csv"


def _copies(lake: Lake, made: dict[str, Any], *, title: str, base: str) -> TagChild:
    """Citation, rows and queries; what they name is this snapshot, whatever comes after it."""
    question = Question(**made["question"])
    pinned = {"organisation": made["organisation"], **made["question"], "snapshot": lake.id}
    if question.geography == "published":
        pinned["geography"] = ""
    address = receipt_address(**pinned)
    whose = f"{made['number']['organisation_name'] or ''} ({made['organisation']})".strip()
    parts = f"{spell.count(made['number']['numerator'])} of"
    parts += f" {spell.count(made['number']['denominator'])}"
    said = f"{title}; {_measured(question)}; {whose}: {_value(made)}, {parts}"
    today = date.today().isoformat()
    practices = [row["practice_code"] for row in made["practices"]]
    here = {"organisation": made["organisation"], "practices": practices}
    return copies(
        citation=citation.citation(
            lake.manifest, said, year=question.year, today=today, link=base + address
        ),
        csv=f"{address}&format=csv",
        sql=[
            (
                "SQL, from the Parquet files of the snapshot (DuckDB, in the data folder)",
                from_parquet(lake, question, **here),
            ),
            (
                "SQL, from this receipt’s CSV (DuckDB, where it was downloaded)",
                from_csv(question.measure, _file_name(made)),
            ),
        ],
    )


def _refused(error: LakeError) -> HTMLResponse:
    if isinstance(error, NoSnapshot):
        return no_data()
    said = f"Expected: {error.expected}." if error.expected else ""
    return plain(
        "No such receipt",
        tags.h1("There is no receipt for this"),
        tags.p(f"{error.what[:1].upper()}{error.what[1:]}. {said}"),
        tags.p(tags.a("Choose a number on the map", href="./")),
        status=error.status if isinstance(error, Refused) else 404,
    )


def _body(
    made: dict[str, Any], title: str, taken: TagChild, beside: Iterable[TagChild]
) -> list[TagChild]:
    question, number = made["question"], made["number"]
    json_address = "api/v1/" + receipt_address(organisation=made["organisation"], **question)
    return [
        tags.h1(f"{number['organisation_name'] or made['organisation']}: {_value(made)}"),
        tags.p(f"{title}. {_measured(Question(**question))}."),
        tags.p(f"{made['organisation']}, {LEVELS[question['level']]}. ", *_ways(made)),
        tags.h2("How it is worked out"),
        tags.p(tags.code(made["formula"])),
        tags.p(_sum(number), f" 95 % interval (Wilson): {_interval(number)}."),
        tags.p(made["caveats"]),
        *beside,
        tags.h2("Where it comes from"),
        *(part for release in made["releases"] for part in _release(release, made["snapshot"])),
        tags.p(
            f"Snapshot {made['snapshot']['id']}, sealed {spell.day(made['snapshot']['sealed_at'])}."
        ),
        tags.h2("Take it away"),
        taken,
        tags.script(src="copying.js", type="module"),
        tags.h2("What each practice gave"),
        *_practices(made["practices"]),
        tags.p(tags.a("This receipt as JSON", href=json_address)),
    ]


def _measured(question: Question) -> str:
    """The indicator's code and measure, and of which practices, as they stand in a sentence."""
    said = f"{question.indicator}, {MEASURES[question.measure].label.lower()}"
    said += f", only practices of {question.area}" if question.area else ""
    return said + (", today’s boundaries" if question.geography == "today" else "")


def _ways(made: dict[str, Any]) -> list[TagChild]:
    """Where the number is shown: its own page, and the map."""
    question, code = made["question"], made["organisation"]
    if question["level"] == "england":
        return []
    shown = {name: question[name] for name in ("indicator", "year", "level", "measure", "area")}
    if question["geography"] == "today":
        shown["geography"] = "today"
    on_map = links.on_the_map(**shown, selected=code, tab="one")
    own = links.organisation(question["level"], code)
    return [tags.a("All its indicators", href=own), " · ", tags.a("On the map", href=on_map)]


def _value(made: dict[str, Any]) -> str:
    number = made["number"]
    if number["numerator"] is None or number["denominator"] is None:
        return "nothing was reported"
    nobody = words.NOBODY[made["question"]["measure"]]
    return nobody if number["value"] is None else spell.percent(number["value"])


def _sum(number: dict[str, Any]) -> str:
    top, below = spell.count(number["numerator"]), spell.count(number["denominator"])
    return f"{top} / {below} = {spell.percent(number['value'])}."


def _interval(number: dict[str, Any]) -> str:
    return spell.span(number["value_low"], number["value_high"]) or "none"


def _release(release: dict[str, Any], snapshot: dict[str, Any]) -> list[TagChild]:
    invented = " Demonstration: every number is invented." * snapshot["demonstration"]
    when = spell.day(release["published_on"])
    return [
        tags.p(
            f"{release['name']} {release['period']}, {release['publisher']},"
            f" {'published ' + when if when else 'day of publication not given'},"
            f" revision {release['revision']}.{invented}",
            # Of an invented file the publisher's page has nothing to say.
            None
            if snapshot["demonstration"] or not release["page"]
            else TagList(" ", tags.a("The publisher’s page", href=release["page"])),
        ),
        draw(FILES, (_file(file, release["holds"]) for file in release["files"])),
    ]


def _file(file: dict[str, Any], holds: dict[str, Any]) -> tuple[TagChild, ...]:
    held = [HOLDS[table] for table, where in holds.items() if file["name"] in where["files"]]
    url = file["url"]
    return (
        file["name"],
        ", ".join(held) or "nothing of this number",
        tags.a(url, href=url) if url else "from a mirror",
        tags.code(file["sha256"], style="display:block;min-width:17em;overflow-wrap:anywhere"),
        tags.span(file["path"], style="display:block;min-width:12em;overflow-wrap:anywhere")
        if file["is_kept"]
        else "not kept",
    )


def _practices(rows: list[dict[str, Any]]) -> list[TagChild]:
    columns = [GridColumn(HEADINGS[name], partial(_cell, name)) for row in rows[:1] for name in row]
    nothing = "No practice belongs to it in this year."
    more = f"The first {SHOWN} of {len(rows):,}; all are in the JSON." if len(rows) > SHOWN else ""
    said = "As published; a dash: not given. The last two columns are what the formula takes. "
    return [
        tags.p(said, more) if rows else None,
        draw(Grid(columns, table=SCROLLS, scope=None, nothing=nothing), rows[:SHOWN]),
    ]


def _cell(name: str, row: dict[str, Any]) -> str:
    value = row[name]
    return value if isinstance(value, str) else spell.count(value)
