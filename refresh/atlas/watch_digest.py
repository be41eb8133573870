"""What a digest of the readers' watch says of the atlas: new releases, breaks in series, and what
of an area, a group or a practice moved beyond chance. Pure: from two snapshots to words."""

from collections.abc import Collection, Iterator, Sequence

import polars as pl

from engine.address import front
from engine.atlas.area import Area
from engine.atlas.compare_figures import KEYS, figures, side_by_side
from engine.atlas.compare_years import changes_of
from engine.atlas.geography import practices
from engine.atlas.moved import BY_CHANCE
from engine.atlas.years import qof_years
from engine.lake import Lake
from engine.manifest import ReleaseEntry
from engine.period import Period
from refresh.operate.readers_watch import News, Releases, key_of

SHOWN = 12
_FIGURES = "percent_achieved"


def news(before: Lake | None, known: Releases, live: Lake, *, of: Collection[str]) -> News | None:
    """What is new in the live snapshot.

    Takes:  the snapshot that somebody knows of, where it is kept, and its releases; the live one;
            the codes of the sources that matter.
    Gives:  None where no release is new and none was issued again.
    """
    new = [
        release
        for release in live.manifest["releases"]
        if release["source"] in of and known.get(key_of(release)) != release["sha256"]
    ]
    if not new:
        return None
    years = _years(before, live)
    lines = ["What is new since you were last written to:", *_by_source(new, known)]
    for year in years:
        # Of a year that is issued again the correction is told, not a change since the year before.
        if before is None or year not in before.partitions(_FIGURES):
            lines += _breaks(live, year)
    lines += ["", f"All that changed: {front()}changes"]
    if live.is_invented(_FIGURES):
        lines.insert(0, "Demonstration: the numbers below are invented.\n")
    many = f"{len(new)} new release{'' if len(new) == 1 else 's'}"
    names = _names(live, years)

    def said(topic: str) -> Sequence[str]:
        return [*_of_topic(before, live, years, Area.parse(topic), names)]

    return News(f"{many}, and what they say of what you follow", lines, said)


def _years(before: Lake | None, live: Lake) -> list[str]:
    """The years whose figures are new, or were issued again; of a snapshot that is not kept any
    more nobody knows, and the newest is told."""
    every = qof_years(live)
    if before is None:
        return list(every[-1:])
    was = {f["partition"]: f["sha256"] for f in before.files(_FIGURES)}
    now = {f["partition"]: f["sha256"] for f in live.files(_FIGURES)}
    return [year for year in every if year in now and now[year] != was.get(year)]


def _by_source(new: Sequence[ReleaseEntry], known: Releases) -> Iterator[str]:
    """A line a source: its periods, and which of them are corrections."""
    told: dict[str, list[str]] = {}
    for release in new:
        again = " (issued again)" if key_of(release) in known else ""
        told.setdefault(release["name"], []).append(release["period"] + again)
    for name, periods in told.items():
        yield f"* {name}: {', '.join(periods)}"


def _breaks(live: Lake, year: str) -> Iterator[str]:
    """The indicators whose series breaks in a year."""
    rows = (
        live.scan("indicator")
        .filter(pl.col("year") == year, pl.col("breaks_series").fill_null(False))
        .select("indicator_code", pl.col("break_reason").fill_null("no reason is published"))
        .unique("indicator_code")
        .sort("indicator_code")
        .collect()
        .rows()
    )
    if rows:
        yield ""
        yield f"Series that break in {year}, so that no change is told of them:"
        yield from (f"* {code}: {reason}" for code, reason in rows[:SHOWN])
        yield from [f"* and {len(rows) - SHOWN} more"] if len(rows) > SHOWN else []


def _of_topic(
    before: Lake | None, live: Lake, years: Sequence[str], area: Area, names: dict[str, str]
) -> Iterator[str]:
    if not years:
        yield "No figure of it is new."
    own = area.holds if area.level else pl.lit(True)
    for year in years:
        if before is not None and year in before.partitions(_FIGURES):
            yield from _corrected(before, live, year, own, names)
        else:
            yield from _moved(live, year, own, names)
    if area.level and not area.is_group:
        yield f"Its page: {front()}{area.level.replace('_', '-')}/{area.code}"
    else:
        yield f"On the map: {front()}?area={area}" if area.level else f"On the map: {front()}"


def _moved(live: Lake, year: str, own: pl.Expr, names: dict[str, str]) -> Iterator[str]:
    """What changed since the year before by more than chance explains."""
    earlier = str(Period.parse(year, "year").previous)
    if earlier not in live.partitions(_FIGURES):
        yield f"{year} is there; {earlier}, the year before, is not loaded: no change is told."
        return
    rows = changes_of(live, year, earlier, own).drop_nulls("moved").collect()
    moved = rows.filter(pl.col("moved") != "similar").sort(
        pl.col("change").abs(), *KEYS, descending=[True, False, False]
    )
    rose = moved.filter(pl.col("moved") == "rose").height
    yield (
        f"{year} against {earlier}: of {rows.height} figures {rose} rose and {moved.height - rose}"
        f" fell beyond chance; by chance alone {rows.height * BY_CHANCE:.0f} would."
    )
    for row in moved.head(SHOWN).to_dicts():
        span = f"95 % interval {row['change_low']:+.1f} to {row['change_high']:+.1f}"
        now = row["value_before"] + row["change"]
        yield (
            f"* {_called(row, names)}: {row['value_before']:.1f} % to {now:.1f} %,"
            f" {row['change']:+.1f} points ({span})"
        )
    yield from [f"* and {moved.height - SHOWN} more"] if moved.height > SHOWN else []


def _corrected(
    before: Lake, live: Lake, year: str, own: pl.Expr, names: dict[str, str]
) -> Iterator[str]:
    """Which figures of a year that was there already are others now."""
    was, now = (
        figures(lake, year, practices(lake, "published", year).filter(own))
        for lake in (before, live)
    )
    parts = ("numerator", "denominator")
    differs = [pl.col(f"{p}_before").ne_missing(pl.col(f"{p}_after")) for p in parts]
    rows = side_by_side(now, was).filter(pl.any_horizontal(differs)).sort(KEYS).collect()
    yield f"{year} was issued again: {rows.height} of its figures are others now."
    for row in rows.head(SHOWN).to_dicts():
        then, after = (_share(row, when) for when in ("before", "after"))
        yield f"* {_called(row, names)}: was {then}, is {after}"
    yield from [f"* and {rows.height - SHOWN} more"] if rows.height > SHOWN else []


def _share(row: dict[str, object], when: str) -> str:
    value = row[f"value_{when}"]
    if value is None:
        return "not published"
    counted = f"{row[f'numerator_{when}']:,} of {row[f'denominator_{when}']:,}"
    return f"{value:.1f} % ({counted})"


def _called(row: dict[str, object], names: dict[str, str]) -> str:
    code = str(row["indicator_code"])
    what = ", prevalence" if row["measure"] == "prevalence" else ""
    return f"{code} ({names[code]}{what})" if code in names else f"{code}{what}"


def _names(live: Lake, years: Sequence[str]) -> dict[str, str]:
    """What each indicator is about, by its code: the newest word of these years."""
    rows = (
        live.scan("indicator")
        .filter(pl.col("year").is_in(list(years)), pl.col("group_name").is_not_null())
        .sort("year")
        .select("indicator_code", "group_name")
        .collect()
    )
    return dict(rows.iter_rows())
