"""/whole: every indicator of a year for every practice of an area, as one file.

The plan is lazy and is read an indicator at a time, so that all of England costs little more memory
than a small area.
"""

import io
from collections.abc import Iterator

import polars as pl
from pyarrow.parquet import ParquetWriter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from app import live
from engine import open_lake
from engine.errors import LakeError
from engine.whole import whole

KINDS = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}


def whole_area(request: Request) -> Response:
    """The file; 422 with a sentence where the query names what is not there."""
    asked = request.query_params
    form = asked.get("format", "csv")
    if form not in KINDS:
        return _refused(f"There is no format {form[:20]}: say csv or parquet.")
    try:
        lake = live.pinned(asked.get("snapshot", "")) or open_lake()
        year, area = asked.get("year", "") or lake.years[-1], asked.get("area", "")
        rows = whole(lake, year, area=area, boundaries=asked.get("geography", "published"))
    except LakeError as error:
        return _refused(f"{error}")
    there = rows.select("practice_code").head(1).collect()
    if not there.height:
        return _refused(f"No practice of {year} lies in {area[:60]}.")
    place = area.partition(":")[2].partition(".")[0] or "England"
    name = f"care-atlas-{_plain(place)}-{_plain(year)}-every-indicator.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Snapshot": lake.id}
    body = _csv(rows) if form == "csv" else _parquet(rows)
    return StreamingResponse(body, media_type=KINDS[form], headers=headers)


def _csv(rows: pl.LazyFrame) -> Iterator[bytes]:
    yield rows.head(0).collect().write_csv().encode()
    for part in _by_indicator(rows):
        yield part.write_csv(include_header=False).encode()


def _parquet(rows: pl.LazyFrame) -> Iterator[bytes]:
    buffer, schema = io.BytesIO(), rows.head(0).collect().to_arrow().schema
    with ParquetWriter(buffer, schema, compression="zstd") as writer:
        for part in _by_indicator(rows):
            writer.write_table(part.to_arrow())
    yield buffer.getvalue()


def _by_indicator(rows: pl.LazyFrame) -> Iterator[pl.DataFrame]:
    """The rows in their order, an indicator at a time: a fifth of the memory of all at once."""
    codes = rows.select("indicator_code").unique(maintain_order=True).collect()
    for code in codes.to_series():
        yield rows.filter(pl.col("indicator_code") == code).collect()


def _refused(said: str) -> Response:
    return PlainTextResponse(said, 422)


def _plain(text: str) -> str:
    return "".join(letter for letter in text if letter.isalnum() or letter == "-")
