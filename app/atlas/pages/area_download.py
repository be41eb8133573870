"""/whole: every indicator of a year for every practice of an area, as one file.

The plan is lazy and is read an indicator at a time, so that all of England costs little more memory
than a small area. CSV is sent as it is made. Parquet is a tenth of it and is whole before it is
sent: it is kept for a while, for readers who come back for ranges of it.
"""

import io
from collections.abc import Iterator
from functools import lru_cache

import polars as pl
from pyarrow.parquet import ParquetWriter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from app import live
from app.api.resource import FORMATS
from app.atlas.drawing.links import file_name
from app.atlas.view import GEOGRAPHIES
from app.http.conditional import sent
from engine import Lake, open_lake
from engine.atlas.area import Area
from engine.atlas.area_extract import area_extract
from engine.atlas.years import qof_years
from engine.errors import BadQuestion, LakeError, NoSnapshot

KINDS = {name: FORMATS[name] for name in ("csv", "parquet")}


def whole_area(request: Request) -> Response:
    """The file; a sentence where the query names what is not there."""
    asked = request.query_params
    form, area = asked.get("format", "csv"), asked.get("area", "")
    boundaries = asked.get("geography", "published")
    try:
        _is_known(form, KINDS, "format")
        _is_known(boundaries, GEOGRAPHIES, "geography")
        named = asked.get("snapshot", "")
        lake = live.pinned(named) if named else open_lake()
        if lake is None:  # another one's figures under this address would be no citation
            return PlainTextResponse("That snapshot is not kept any more: see changes.", 404)
        year = asked.get("year", "") or max(qof_years(lake), default="")
        rows = area_extract(lake, year, area=area, boundaries=boundaries)
    except NoSnapshot as error:  # it says where on our disk nothing is: not for strangers
        return PlainTextResponse(error.what, 503)
    except LakeError as error:
        return PlainTextResponse(f"{error}", 422)
    # Before the first byte is sent: later there is no status left to refuse with.
    if not rows.select("practice_code").head(1).collect().height:
        return PlainTextResponse(f"No practice of {year} lies in {area[:60]}.", 422)
    first, *_ = Area.parse(area).codes or ("England",)
    name = file_name("care-atlas", first, year, "every-indicator")
    disposition = f'attachment; filename="{name}.{form}"'
    headers = {"Content-Disposition": disposition, "X-Snapshot": lake.id}
    if form == "parquet":
        return sent(request, _parquet(lake, year, area, boundaries), KINDS[form], **headers)
    body = iter(()) if request.method == "HEAD" else _csv(rows)
    return StreamingResponse(body, media_type=KINDS[form], headers=headers)


def _is_known(said: str, known: dict[str, str], what: str) -> None:
    if said not in known:
        raise BadQuestion(f"there is no such {what}", expected=", ".join(known), found=said[:20])


def _csv(rows: pl.LazyFrame) -> Iterator[bytes]:
    # Once, before the parts, which have no head of their own.
    yield rows.head(0).collect().write_csv().encode()
    for part in _by_indicator(rows):
        yield part.write_csv(include_header=False).encode()


@lru_cache(maxsize=2)  # 10 MB each at most; a sealed snapshot's never goes stale
def _parquet(lake: Lake, year: str, area: str, boundaries: str) -> bytes:
    rows = area_extract(lake, year, area=area, boundaries=boundaries)
    buffer, schema = io.BytesIO(), rows.head(0).collect().to_arrow().schema
    with ParquetWriter(buffer, schema, compression="zstd") as writer:
        for part in _by_indicator(rows):
            writer.write_table(part.to_arrow())
    return buffer.getvalue()


def _by_indicator(rows: pl.LazyFrame) -> Iterator[pl.DataFrame]:
    """The rows in their order, an indicator at a time: a fifth of the memory of all at once."""
    codes = rows.select("indicator_code").unique(maintain_order=True).collect()
    # By the codes in the order of the rows, so that the parts in a row are the whole.
    for code in codes.to_series():
        yield rows.filter(pl.col("indicator_code") == code).collect()
