"""The rows of each resource of the atlas: values in, a collected frame out, before paging.

The numbers are the engine's. Each raises Refused (404) for what the snapshot does not have.
"""

from dataclasses import asdict
from typing import Any

import polars as pl

from app import live
from app.api.parameters import Refused
from app.api.resource import Values
from app.atlas import frames
from app.atlas.answered import ask
from app.atlas.api_fields import ANSWER, CHANGES
from app.atlas.unknown_codes import has_area, has_organisation, linked_to, nearest_indicators
from engine import Lake, Question
from engine.atlas import geography
from engine.atlas.area import Area
from engine.atlas.receipt import KeptFile, Receipt, receipt
from engine.atlas.years import qof_years
from engine.lake import current_id, snapshot_ids

DTYPES = {"string": pl.String, "integer": pl.Int64, "boolean": pl.Boolean}


def receipt_of(lake: Lake, values: Values) -> dict[str, Any]:
    """The receipt of one number, as plain values: whose, of which indicator, `values` say."""
    question = question_of(lake, values)
    _is_there(lake, values, question.year)
    return _plain(receipt(lake, question, values["organisation"].upper()))


def _plain(made: Receipt) -> dict[str, Any]:
    number, practices = pl.collect_all([made.number, made.practices])
    if not number.height:
        raise Refused(
            404,
            f"{made.organisation} is not in {made.question.area}",
            found=made.organisation,
            next="leave `area` out, or name one that it is in",
        )
    # Whether it is invented is said once, of the snapshot's table: see `snapshot` below.
    releases = [
        {name: value for name, value in release.items() if name != "demonstration"}
        | {"files": [_public(file) for file in release["files"]]}
        for release in made.evidence
    ]
    return {
        "organisation": made.organisation,
        # Bands colour a number and filters choose among many: neither is a part of this one.
        "question": {k: v for k, v in asdict(made.question).items() if k not in ("bands", "keep")},
        "number": number.drop("band", "organisation_code", "latitude", "longitude").row(
            0, named=True
        ),
        "formula": made.metric.formula,
        "unit": made.metric.unit,
        "caveats": made.metric.caveats,
        "snapshot": made.snapshot,
        "releases": releases,
        "practices": practices.to_dicts(),
    }


def _public(file: KeptFile) -> dict[str, Any]:
    """A file without the place it has on a mirror's disk: only addresses of the web are told."""
    is_web = file["url"].startswith(("https://", "http://"))
    return {**file, "url": file["url"] if is_web else None}


def achievement(lake: Lake, values: Values) -> pl.DataFrame:
    """What the page shows for the same question."""
    question = question_of(lake, values)
    _is_there(lake, values, question.year)
    answered = ask(lake, question)
    # The very words of the legend, so that page and API call a band the same.
    words = dict(enumerate(answered.band_words))
    rows = answered.here.lazy().with_columns(
        year=pl.lit(question.year),
        indicator_code=pl.lit(question.indicator),
        level=pl.lit(question.level),
        measure=pl.lit(question.measure),
        band_label=pl.col("band").replace_strict(words, default=None, return_dtype=pl.String),
    )
    boards = frames.boards(lake, question.year, question.level, question.geography).lazy()
    rows = rows.join(boards, on="organisation_code", how="left", maintain_order="left")
    columns = [column.name for column in ANSWER]
    return _only(rows.select(columns), values["organisation"]).collect()


def prevalence(lake: Lake, values: Values) -> pl.DataFrame:
    """Achievement's rows for a register, of its list."""
    asked = {**values, "indicator": values["group"], "measure": "prevalence"}
    return achievement(lake, asked)


def organisations(lake: Lake, values: Values) -> pl.DataFrame:
    """Every organisation of a level in a year."""
    year = _year(lake, values)
    _is_there(lake, values, year)
    rows = geography.organisations(lake, values["geography"], year)
    level = rows.filter(pl.col("level") == values["level"])
    return _only(level, values["organisation"]).collect()


def indicators(lake: Lake, values: Values) -> pl.DataFrame:
    """What could be measured, as the indicator table has it."""
    wanted = {
        "year": values["year"] and _year(lake, values),
        "indicator_code": (values["indicator"] or "").upper(),
        "kind": values["kind"],
    }
    rows = lake.scan("indicator")
    for name, value in wanted.items():
        rows = rows.filter(pl.col(name) == value) if value else rows
    return rows.collect()


def context(lake: Lake, values: Values) -> pl.DataFrame:
    """What surrounds each organisation of a level in a year."""
    year = _year(lake, values)
    _is_there(lake, values, year)
    rows = frames.context(lake, year, values["level"], values["geography"]).lazy()
    known = rows.filter(pl.col("organisation_code").is_not_null())
    return _only(known, values["organisation"]).collect()


def changes(lake: Lake, _values: Values) -> pl.DataFrame:
    """One row a release of each snapshot that is kept, newest snapshot first."""
    kept = (opened for name in snapshot_ids() if (opened := live.pinned(name)))
    manifests = {one.id: one.manifest for one in kept}  # newest first
    live_id = current_id()  # also where the question is pinned to an earlier one
    rows = [row for name in manifests for row in _made_of(manifests, name, live_id)]
    columns = {column.name: DTYPES[column.kind] for column in CHANGES}
    return pl.DataFrame(rows, columns)


def _made_of(manifests: dict[str, Any], name: str, live_id: str | None) -> list[dict[str, Any]]:
    """One row a release of a snapshot."""
    manifest = manifests[name]
    before = manifests.get(manifest["previous"] or "", {"releases": []})
    had = {release["sha256"] for release in before["releases"]}
    keys = ("source", "name", "period", "revision", "published_on", "sha256")
    return [
        {
            "snapshot": name,
            "sealed_at": manifest["sealed_at"],
            "previous": manifest["previous"],
            "is_live": name == live_id,
            **{key: release[key] for key in keys},
            "is_new": release["sha256"] not in had,
        }
        for release in manifest["releases"]
    ]


def question_of(lake: Lake, values: Values) -> Question:
    """A question that this snapshot has an answer to."""
    catalogue = frames.catalogue(lake)
    code, measure = values["indicator"].upper(), values["measure"]
    years = catalogue.years_of(code)
    measures = catalogue.measures_of(code)
    year = values["year"] or (years[-1] if years else "")
    for what, value, known in (
        ("indicator", code, catalogue.by_code),
        ("year", year, years),
        ("measure", measure, measures),
    ):
        if value not in known:
            of = "" if what == "indicator" else f" of {code}"
            # All of them are a help where they are few: years and measures, not 100 indicators.
            said = ", ".join(known)
            if what == "indicator":
                said = nearest_indicators(code, catalogue)
            elif what == "year":
                said += linked_to(code)
            raise Refused(404, f"no {what}{of} is `{value}`", found=value, expected=said)
    area = str(Area.parse(values["area"] or "").upper)
    has_area(lake, year, area, boundaries=values["geography"])
    return Question(
        code,
        year,
        values["level"],
        measure,
        bands=values.get("bands") or "five",
        area=area,
        geography=values["geography"],
        keep=values.get("keep") or "",
    )


def _is_there(lake: Lake, values: Values, year: str) -> None:
    code, level = (values["organisation"] or "").upper(), values["level"]
    has_organisation(lake, year, level, code, boundaries=values["geography"])


def _year(lake: Lake, values: Values) -> str:
    """The year asked for, or the newest."""
    if not qof_years(lake):
        raise Refused(404, "no year of QOF has been loaded yet", next="see /api/v1/changes")
    year = values["year"] or qof_years(lake)[-1]
    if year not in qof_years(lake):
        raise Refused(404, f"there is no {year}", found=year, expected=", ".join(qof_years(lake)))
    return year


def _only(rows: pl.LazyFrame, organisation: str | None) -> pl.LazyFrame:
    return (
        rows.filter(pl.col("organisation_code") == organisation.upper()) if organisation else rows
    )
