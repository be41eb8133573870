"""What changed: of each snapshot against the one before, of one year against another, and as feeds.

/changes?snapshot=...  or  /changes?from=2023-24&to=2024-25;  /changes.atom, and for an area and an
indicator /changes.atom?indicator=HYP008&area=icb:QOP&measure=net
"""

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlencode

import polars as pl
from htmltools import Tag, TagChild, tags
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from app.draw import words
from app.pages.feed import Entry, atom
from app.pages.plain import plain
from engine import Lake, LakeError, Question, answer, changes, open_lake
from engine.errors import NoSnapshot
from engine.lake import snapshot_ids
from engine.reconcile import reconcile
from engine.rollup import LEVELS
from engine.tables.published import PARTS

SHOWN = 200
PEOPLE = {"gone": "Practices no longer there", "new": "New practices", "renamed": "Renamed"} | {
    "pcn": "Moved to another network",
    "sub_icb": "Moved to another sub-ICB location",
    "icb": "Moved to another board",
}


def changes_page(request: Request) -> HTMLResponse:
    """The page; what the address asks for and cannot be had is said in a sentence."""
    asked = request.query_params
    try:
        live = open_lake(snapshot=_known(asked.get("snapshot")))
    except NoSnapshot as error:
        return plain("What changed", tags.h1("What changed"), tags.p(f"{error.what}."), status=503)
    before, years = _before(live), live.years
    later = asked.get("to") if asked.get("to") in years[1:] else (years[-1] if years else "")
    earlier = asked.get("from") if asked.get("from") in years else _year_before(years, later)
    return plain(
        "What changed",
        tags.h1("What changed"),
        tags.p(
            "That a practice is no longer there means that the later publication does not have it;"
            " why, the publication does not say. ",
            tags.a("Follow these changes (Atom)", href="changes.atom"),
        ),
        *_snapshot(before, live),
        *(_years(live, earlier, later) if earlier and later else ()),
        *_against_the_publisher(live),
        tags.h2("Every snapshot that is kept"),
        tags.ul(
            *(
                tags.li(tags.a(name, href=f"changes?{urlencode({'snapshot': name})}"))
                for name in snapshot_ids()
            )
        ),
    )


def changes_feed(request: Request) -> Response:
    """An entry a snapshot; or, for an indicator and an area, an entry a published year."""
    base, query = str(request.base_url), request.url.query
    itself = "changes.atom" + (f"?{query}" if query else "")
    try:
        lake = open_lake()
        if "indicator" in request.query_params:
            title, entries = _followed(lake, dict(request.query_params))
        else:
            title, entries = "Care Atlas: what changed", [_entry(name) for name in snapshot_ids()]
    except LakeError as error:
        return plain(
            "No such feed", tags.h1("There is no such feed"), tags.p(str(error)), status=404
        )
    return atom(title, entries, base=base, itself=itself)


def _snapshot(before: Lake | None, live: Lake) -> Iterator[TagChild]:
    yield tags.h2(f"Snapshot of {words.day(live.manifest['sealed_at'])}")
    if before is None:
        yield tags.p("The snapshot before it is not kept: everything in it counts as new.")
    new = changes.releases(before, live)
    if not new:
        yield tags.p("No release is new: the same files, read again.")
    yield tags.ul(*(tags.li(said) for said in _by_source(new)))
    for year, (was, now) in changes.coverage_lost(before, live).items():
        yield tags.p(f"{year}: {now:,} practices have a place on the map; before it were {was:,}.")
    for year in changes.rewritten(before, live, "percent_achieved") if before else ():
        yield from _reissued(changes.figures(before, live, year).collect(), year)


def _years(lake: Lake, earlier: str, later: str) -> Iterator[TagChild]:
    yield tags.h2(f"From {earlier} to {later}")
    yield _chooser(lake.years, earlier, later)
    moved = changes.practices(lake, earlier, lake, later).collect()
    for what, title in PEOPLE.items():
        yield from _people(moved.filter(pl.col("what") == what), title)
    codes = changes.indicators(lake, earlier, lake, later).collect()
    for what, title in (("gone", "Indicators no longer published"), ("new", "New indicators")):
        rows = codes.filter(pl.col("what") == what)
        yield tags.h3(f"{title}: {rows.height}")
        yield tags.ul(
            *(tags.li(f"{code}: {said}") for code, said, _ in rows.head(SHOWN).iter_rows())
        )


def _chooser(years: tuple[str, ...], earlier: str, later: str) -> Tag:
    def choice(name: str, label: str, now: str) -> Tag:
        options = (tags.option(y, value=y, selected="" if y == now else None) for y in years)
        return tags.label(f"{label} ", tags.select(*options, name=name))

    return tags.form(
        choice("from", "From", earlier),
        " ",
        choice("to", "to", later),
        " ",
        tags.button("Show", type="submit"),
        method="get",
        action="changes",
    )


def _people(rows: pl.DataFrame, title: str) -> Iterator[TagChild]:
    yield tags.h3(f"{title}: {rows.height:,}")
    if not rows.height:
        return
    body = (
        tags.tr(tags.td(code), tags.td(name or ""), tags.td(was or "–"), tags.td(now or "–"))
        for code, name, _, was, now in rows.head(SHOWN).iter_rows()
    )
    head = tags.tr(*(tags.th(said, scope="col") for said in ("Code", "Practice", "Was", "Now")))
    more = f"The first {SHOWN} are shown." if rows.height > SHOWN else None
    yield tags.details(
        tags.summary("List", tags.span(f" of {title.lower()}", class_="visually-hidden")),
        tags.table(tags.thead(head), tags.tbody(*body), tabindex="0"),  # it scrolls on a phone
        tags.p(more) if more else None,
    )


def _reissued(rows: pl.DataFrame, year: str) -> Iterator[TagChild]:
    if not rows.height:
        return
    yield tags.h3(f"Figures of {year} issued again: {rows.height} indicators")
    body = (
        tags.tr(*(tags.td(cell if isinstance(cell, str) else words.count(cell)) for cell in row))
        for row in rows.head(SHOWN).iter_rows()
    )
    head = ("Indicator", "Practices that differ", "Was", "of", "Now", "of")
    yield tags.table(
        tags.thead(tags.tr(*(tags.th(said, scope="col") for said in head))),
        tags.tbody(*body),
        tabindex="0",
    )


def _against_the_publisher(lake: Lake) -> Iterator[TagChild]:
    """How far our sums are the printed ones, and each total that is not."""
    tallied = lake.manifest.get("reconciled") or {}
    yield tags.h2("Against the publisher’s own totals", id="reconciled")
    if not tallied:
        yield tags.p(
            "No workbook of the publisher’s totals (qof-2425-sicbl-ach-prev-pca.xlsx and the like)"
            " is in this snapshot, so ours are held against none."
        )
        return
    yield tags.p(
        "Beside each release the publisher prints what areas come to. Ours are added up from"
        " practices, by that year’s published mapping, and held against every figure printed:"
        " registers, lists, practices counted, patients achieved and eligible, care adjustments."
    )
    rows = [(year, row) for year in sorted(tallied, reverse=True) for row in tallied[year]]
    names = ("printed", "compared", "equal", "differ")
    body = (
        tags.tr(
            tags.td(year),
            tags.td(LEVELS[row["level"]]),
            *(tags.td(words.count(row[name]), class_="number") for name in names),
        )
        for year, row in rows
    )
    head = ("Year", "Areas", "Totals printed", "Compared", "Equal to ours", "Not equal")
    yield tags.table(
        tags.thead(tags.tr(*(tags.th(said, scope="col") for said in head))),
        tags.tbody(*body),
        tabindex="0",
    )
    if any(row["compared"] < row["printed"] for _, row in rows):
        yield tags.p(
            "A total that is not compared is of figures that this snapshot has for no practice."
        )
    for year in sorted({year for year, row in rows if row["differ"]}, reverse=True):
        yield from _unequal(lake, year)


def _unequal(lake: Lake, year: str) -> Iterator[TagChild]:
    rows = reconcile(lake, year).filter(pl.col("printed") != pl.col("ours")).collect()
    yield tags.h3(f"Totals of {year} that are not ours: {rows.height:,}")
    body = (
        tags.tr(
            *(tags.td(cell) for cell in (LEVELS[level], organisation, code, PARTS[part])),
            *(tags.td(words.count(number), class_="number") for number in (printed, ours)),
        )
        for level, organisation, code, part, printed, ours in rows.head(SHOWN).iter_rows()
    )
    head = ("Area", "Code", "Of", "What", "Printed", "Ours")
    yield tags.table(
        tags.thead(tags.tr(*(tags.th(said, scope="col") for said in head))),
        tags.tbody(*body),
        tabindex="0",
    )
    if rows.height > SHOWN:
        yield tags.p(f"The first {SHOWN} are shown.")


def _by_source(releases: list[dict]) -> list[str]:
    """A line a source and what came of it: its periods, with the day where it is known."""
    lines: dict[tuple[str, str], list[str]] = {}
    for release in releases:
        when = words.day(release["published_on"])
        again = f"revision {release['revision']}" if release["revision"] > 1 else ""
        beside = ", ".join(filter(None, (when and f"published {when}", again)))
        period = release["period"] + (f" ({beside})" if beside else "")
        lines.setdefault((release["name"], release["what"]), []).append(period)
    return [f"{name}, {what}: {', '.join(periods)}" for (name, what), periods in lines.items()]


def _release(release: dict) -> str:
    when = words.day(release["published_on"])
    return (
        f"{release['name']}, {release['period']}: {release['what']}"
        f"{', published ' + when if when else ''} (revision {release['revision']})"
    )


def _entry(name: str) -> Entry:
    lake = open_lake(snapshot=name)
    new = changes.releases(_before(lake), lake)
    said = "; ".join(_release(release) for release in new) or "The same files, read again."
    return Entry(
        key=f"snapshot:{name}",
        title=f"Snapshot of {words.day(lake.manifest['sealed_at'])}: {len(new)} new releases",
        updated=lake.manifest["sealed_at"],
        summary=said[:2000],
        link=f"changes?{urlencode({'snapshot': name})}",
    )


def _followed(lake: Lake, asked: dict[str, str]) -> tuple[str, list[Entry]]:
    """An indicator's figure for an area, an entry a year; England where no area is named."""
    indicator, measure = asked["indicator"].upper(), asked.get("measure", "net")
    level, _, code = asked.get("area", "england:ENG").partition(":")
    entries = []
    for year in lake.years:
        rows = answer(lake, Question(indicator, year, level=level, measure=measure)).collect()
        found = rows.filter(pl.col("organisation_code") == code, pl.col("value").is_not_null())
        entries += [_figure(lake, row, asked, year) for row in found.to_dicts()]
    where = entries[-1].title.split(":")[0] if entries else f"{indicator}, {code}"
    return f"Care Atlas: {where}", entries[::-1]


def _figure(lake: Lake, row: dict, asked: dict[str, str], year: str) -> Entry:
    indicator, value = asked["indicator"].upper(), words.percent(row["value"])
    name = words.short(row["organisation_name"]) or row["organisation_code"]
    release = next(
        r for r in lake.manifest["releases"] if r["source"] == "qof" and r["period"] == year
    )
    view = {"indicator": indicator, "year": year, "area": asked.get("area", "")}
    parts = f"{words.count(row['numerator'])} of {words.count(row['denominator'])}"
    span = words.span(row["value_low"], row["value_high"])
    return Entry(
        key=f"{indicator}:{asked.get('area', 'england')}:{year}:{release['sha256'][:12]}",
        title=f"{indicator}, {name}: {value} in {year}",
        updated=_instant(release["published_on"]) or lake.manifest["sealed_at"],
        summary=f"{parts}{f', 95 % interval {span}' if span else ''}."
        + (" Demonstration: invented numbers." if lake.is_demonstration else ""),
        link="?" + urlencode({k: v for k, v in view.items() if v}, safe=":"),
    )


def _instant(day: str | None) -> str:
    return f"{datetime.fromisoformat(day).date().isoformat()}T00:00:00Z" if day else ""


def _before(lake: Lake) -> Lake | None:
    try:
        name = lake.manifest.get("previous")
        return open_lake(snapshot=name) if name else None
    except NoSnapshot:
        return None  # pruned since


def _known(name: str | None) -> str | None:
    return name if name in snapshot_ids() else None


def _year_before(years: tuple[str, ...], later: str) -> str:
    return years[years.index(later) - 1] if later in years[1:] else ""
