"""Feeds: an entry a snapshot; or one figure, of an indicator in an area, an entry a year.

/changes.atom, and /changes.atom?indicator=HYP008&area=icb:QOP&measure=net
"""

from datetime import datetime
from urllib.parse import urlencode

import polars as pl
from htmltools import tags
from starlette.requests import Request
from starlette.responses import Response

from app import live
from app.atlas.drawing import links, words
from app.atlas.drawing.citation import release_of
from app.atlas.plain_page import plain
from app.atlas.row import Row
from app.draw import spell
from app.http.atom import Entry, atom
from engine import Lake, LakeError, Question, answer, open_lake
from engine.atlas import snapshot_diff
from engine.atlas.area import Area
from engine.atlas.metrics.qof_measures import USUAL_MEASURE
from engine.atlas.rollup import ENGLAND
from engine.atlas.years import qof_years
from engine.errors import NoSnapshot
from engine.lake import snapshot_ids


def changes_feed(request: Request) -> Response:
    """An entry a snapshot; or, for an indicator and an area, an entry a published year."""
    base, query = str(request.base_url), request.url.query
    itself = "changes.atom" + (f"?{query}" if query else "")
    try:
        lake = open_lake()
        if "indicator" in request.query_params:
            title, entries = followed(lake, dict(request.query_params))
        else:
            title = "Care Atlas: what changed"
            entries = [_entry(kept) for name in snapshot_ids() if (kept := live.pinned(name))]
    except NoSnapshot as error:  # it says where on our disk nothing is: not for strangers
        return _no_feed(error.what, 503)
    except LakeError as error:
        return _no_feed(str(error))
    if not entries:  # a reader would follow a misspelt code for ever
        return _no_feed(
            "No year has a figure of it: see that the indicator and the area are right."
        )
    return atom(title, entries, base=base, itself=itself)


def _no_feed(said: str, status: int = 404) -> Response:
    return plain("No such feed", tags.h1("There is no such feed"), tags.p(said), status=status)


def _release(release: Row) -> str:
    when = spell.day(release["published_on"])
    return (
        f"{release['name']}, {release['period']}: {release['what']}"
        f"{', published ' + when if when else ''} (revision {release['revision']})"
    )


def _entry(lake: Lake) -> Entry:
    new = snapshot_diff.releases(snapshot_before(lake), lake)
    said = "; ".join(_release(release) for release in new) or "The same files, read again."
    return Entry(
        key=f"snapshot:{lake.id}",
        title=f"Snapshot of {spell.day(lake.manifest['sealed_at'])}: {len(new)} new releases",
        updated=lake.manifest["sealed_at"],
        summary=said[:2000],
        link=f"changes?{urlencode({'snapshot': lake.id})}",
    )


def followed(lake: Lake, asked: dict[str, str]) -> tuple[str, list[Entry]]:
    """An indicator's figure for an area, an entry a year; England where no area is named."""
    indicator, measure = asked["indicator"].upper(), asked.get("measure") or USUAL_MEASURE
    area = Area.parse(asked.get("area", "")).upper
    entries = []
    for year in qof_years(lake):
        question = Question(indicator, year, level=area.level or "england", measure=measure)
        own = pl.col("organisation_code") == (area.code or ENGLAND)
        rows = answer(lake, question).filter(own, pl.col("value").is_not_null()).collect()
        entries += [_figure(lake, question, row, str(area)) for row in rows.to_dicts()]
    where = entries[-1].title.split(":")[0] if entries else f"{indicator}, {area.code or 'England'}"
    # The newest first, as readers of feeds expect it.
    return f"Care Atlas: {where}", entries[::-1]


def _figure(lake: Lake, question: Question, row: Row, area: str) -> Entry:
    indicator, year = question.indicator, question.year
    name = words.short(row["organisation_name"]) or row["organisation_code"]
    release = release_of(lake.manifest, year)
    sha256, published = (release["sha256"], release["published_on"]) if release else ("", None)
    measure = links.measure_in_link(question.measure)
    view = {"indicator": indicator, "year": year, "area": area, "measure": measure}
    whose = ":".join(filter(None, (indicator, area or "england", measure)))
    parts = f"{spell.count(row['numerator'])} of {spell.count(row['denominator'])}"
    span = spell.span(row["value_low"], row["value_high"])
    return Entry(
        # A revision has other bytes, so another hash: readers take it for a new entry.
        key=f"{whose}:{year}:{sha256[:12]}",
        title=f"{indicator}, {name}: {spell.percent(row['value'])} in {year}",
        updated=_instant(published) or lake.manifest["sealed_at"],
        summary=f"{parts}{f', 95 % interval {span}' if span else ''}."
        + (" Demonstration: invented numbers." if lake.is_invented(*words.TABLES) else ""),
        link="?" + urlencode({k: v for k, v in view.items() if v}, safe=":"),
    )


def _instant(day: str | None) -> str:
    return f"{datetime.fromisoformat(day).date().isoformat()}T00:00:00Z" if day else ""


def snapshot_before(lake: Lake) -> Lake | None:
    """The snapshot that was live before this one; None where it is not kept."""
    return live.pinned(lake.manifest.get("previous") or "")
