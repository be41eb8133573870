"""/claims-list: the claims behind a view, and /claims-rows: the view itself as a file."""

import io
from collections.abc import Callable
from functools import lru_cache

import polars as pl
from htmltools import tags
from starlette.requests import Request
from starlette.responses import Response

from app.api.resource import FORMATS
from app.claims import plain_page
from app.claims.asked import METRICS, ask, dimensions_of, every_row, where
from app.claims.drawing import words
from app.claims.drawing.claims_table import claims_table
from app.claims.pages.opened import refused
from app.claims.view import View, address
from app.http.conditional import sent
from engine import Lake
from engine.claims.claims_behind import claims_behind
from engine.metric import Metric

SHOWN = 200
WRITE: dict[str, Callable[[pl.DataFrame, io.BytesIO], None]] = {
    "csv": lambda rows, to: rows.write_csv(to),
    "parquet": lambda rows, to: rows.write_parquet(to),
}


def list_page(request: Request, lake: Lake, view: View) -> Response:
    """The claims of a view, what was paid most first; `format=csv` or `parquet`: all of them."""
    form = request.query_params.get("format", "")
    if form:
        return _file(request, behind(lake, view), form, f"claims-{lake.id[-8:]}", lake)
    rows, count = first_of(lake, view)
    title = f"Claims, {view.period.words}"
    only = words.filters(lake, view)
    files = (
        tags.a(name, href=address(view, page="claims-list", format=form), download="")
        for name, form in (("All as CSV", "csv"), ("All as Parquet", "parquet"))
    )
    many = f"{count:,} claims" if count != 1 else "1 claim"
    shown = f"; the {SHOWN} of which most was paid are shown" if count > SHOWN else ""
    return plain_page.wide(
        title,
        tags.h1(title, tags.small(f" · only {only}") if only else None),
        tags.p(f"{many}{shown}. Names are masked."),
        tags.p(tags.a("Back to the view", href=address(view)), *files, class_="claims-ways"),
        claims_table(lake, rows.to_dicts(), nothing=words.nothing(view)),
    )


def rows_file(request: Request, lake: Lake, view: View) -> Response:
    """The table of a view as CSV or Parquet, with the snapshot and the months in each row."""
    of = ask(lake, view)
    rows = every_row(of).with_columns(
        from_month=pl.lit(view.period.first),
        to_month=pl.lit(view.period.last),
        against=pl.lit(words.held_against(view)),
        only=pl.lit(words.filters(lake, view)),
        snapshot=pl.lit(lake.id),
    )
    name = f"care-atlas-{view.metric}-{view.by or 'all'}-{view.period.last:%Y-%m}"
    return _file(request, rows, request.query_params.get("format", "csv"), name, lake)


@lru_cache(maxsize=64)
def first_of(lake: Lake, view: View) -> tuple[pl.DataFrame, int]:
    """The first claims of a view, and how many there are."""
    rows = behind(lake, view)
    return rows.head(SHOWN), rows.height


def behind(lake: Lake, view: View) -> pl.DataFrame:
    """All claims of a view."""
    wanted = {name for name, _ in view.only}
    of_claims = (
        metric
        for metric in METRICS.values()
        if isinstance(metric, Metric)
        and metric.table == "fact_claim"
        and wanted <= set(dimensions_of(metric))
    )
    return claims_behind(lake, next(of_claims), where(view, view.period)).collect()


def _file(request: Request, rows: pl.DataFrame, form: str, name: str, lake: Lake) -> Response:
    if form not in WRITE:
        return refused(f"There is no format “{form[:20]}”: csv or parquet.", 422)
    buffer = io.BytesIO()
    WRITE[form](rows, buffer)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.{form}"',
        "X-Snapshot": lake.id,
    }
    return sent(request, buffer.getvalue(), FORMATS[form], **headers)
