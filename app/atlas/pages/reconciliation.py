"""Our sums beside the totals that the publisher printed: all of a lake, and those of one number."""

from collections.abc import Iterator

import polars as pl
from htmltools import TagChild, tags

from app.draw import spell
from app.draw.grid import SCROLLS, Grid, draw, in_order
from engine import Lake, Question
from engine.atlas.reconcile import reconcile
from engine.atlas.rollup import LEVELS
from engine.atlas.tables.published_contracts import AREAS, PARTS

SHOWN = 200
WHERE = "published_total"
TALLY = Grid(
    in_order(
        *("Year", "Areas", "Totals printed", "Compared", "Equal to ours", "Not equal"), numbers=4
    ),
    table=SCROLLS,
)
UNEQUAL = Grid(in_order("Area", "Code", "Of", "What", "Printed", "Ours", numbers=2), table=SCROLLS)
PRINTED = Grid(in_order("What", "Printed", "Ours", numbers=2), table=SCROLLS)


def against_the_publisher(lake: Lake) -> Iterator[TagChild]:
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
    yield draw(
        TALLY,
        (
            (year, LEVELS[row["level"]], *(spell.count(row[name]) for name in names))
            for year, row in rows
        ),
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
    yield draw(
        UNEQUAL,
        (
            (LEVELS[level], organisation, code, PARTS[part], *map(spell.count, numbers))
            for level, organisation, code, part, *numbers in rows.head(SHOWN).iter_rows()
        ),
    )
    if rows.height > SHOWN:
        yield tags.p(f"The first {SHOWN} are shown.")


def printed(lake: Lake, question: Question, organisation: str) -> Iterator[TagChild]:
    """What the publisher printed of one number, beside ours; nothing where it printed none.

    Printed totals are of all practices of an area, as mapped in their own year.
    """
    is_alike = question.geography == "published" and not question.area
    if not is_alike or question.level not in AREAS or question.year not in lake.partitions(WHERE):
        return
    same = pl.col("level") == question.level, pl.col("organisation_code") == organisation
    rows = reconcile(lake, question.year).filter(*same, pl.col("code") == question.indicator)
    found = rows.filter(pl.col("ours").is_not_null()).collect()
    if not found.height:
        return
    yield tags.h2("What the publisher printed")
    if (found["printed"] == found["ours"]).all():
        yield tags.p("The same as ours, to the patient.")
    else:
        elsewhere = tags.a("all that differ", href="changes#reconciled")
        yield tags.p("Not what practices add up to here; see ", elsewhere, ".")
    parts = found.select("part", "printed", "ours").iter_rows()
    yield draw(PRINTED, ((PARTS[part], *map(spell.count, both)) for part, *both in parts))
