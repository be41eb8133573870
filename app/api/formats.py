"""Rows as bytes: JSON, CSV, Parquet or Arrow, as the query or the Accept header asks. Pure."""

import io
import json
from collections.abc import Callable
from typing import Any

import polars as pl

from app.api.parameters import Refused
from app.api.resource import FORMATS

ANY = {"*/*": "json", "application/*": "json", "text/*": "csv"}


def format_of(asked: str | None, accept: str) -> str:
    """The format that is asked for by name, else the best that the Accept header allows.

    Raises: Refused (406) where it allows none of ours.

    >>> format_of(None, "text/csv;q=0.5, application/json"), format_of("arrow", "text/html")
    ('json', 'arrow')
    """
    if asked:
        return asked
    ours = {kind: name for name, kind in FORMATS.items()} | ANY
    for kind in _by_preference(accept or "*/*"):
        if kind in ours:
            return ours[kind]
    raise Refused(
        406,
        "there is no such format",
        where="the Accept header",
        found=accept[:80],
        expected=", ".join(FORMATS.values()),
        next="or say format=csv in the query",
    )


def encode(form: str, rows: pl.DataFrame, about: dict[str, Any]) -> bytes:
    """A page of rows in a format; JSON also says what it is a page of."""
    return _ENCODERS[form](rows, about)


def _by_preference(accept: str) -> list[str]:
    """The kinds of an Accept header, the most wanted first, those not wanted at all left out."""
    wanted: list[tuple[float, str]] = []
    for part in accept.split(","):
        kind, *options = (piece.strip().lower() for piece in part.split(";"))
        quality = next((o.removeprefix("q=") for o in options if o.startswith("q=")), "1")
        try:
            weight = float(quality)
        except ValueError:
            # A weight that is no number wants nothing; the rest of the header still counts.
            weight = 0.0
        if weight > 0:
            wanted.append((-weight, kind))
    # Stable: of equally wanted ones the first that was said.
    return [kind for _, kind in sorted(wanted, key=lambda pair: pair[0])]


def _json(rows: pl.DataFrame, about: dict[str, Any]) -> bytes:
    opening = json.dumps(about, ensure_ascii=False).removesuffix("}")
    return f'{opening}, "rows": {rows.write_json()}}}'.encode()


def _csv(rows: pl.DataFrame, _about: dict[str, Any]) -> bytes:
    return rows.write_csv().encode()


def _parquet(rows: pl.DataFrame, _about: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    rows.write_parquet(buffer)
    return buffer.getvalue()


def _arrow(rows: pl.DataFrame, _about: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    rows.write_ipc(buffer)
    return buffer.getvalue()


_ENCODERS: dict[str, Callable[[pl.DataFrame, dict[str, Any]], bytes]] = {
    "json": _json,
    "csv": _csv,
    "parquet": _parquet,
    "arrow": _arrow,
}
