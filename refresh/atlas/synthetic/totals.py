"""The workbooks of totals beside QOF: the same patients, added up by area as a publisher would.

The sums are made here from the numbers drawn, not from the files: what the lake adds up from those
has to come to the same.
"""

from pathlib import Path

import numpy as np
import polars as pl

from refresh.atlas.synthetic.care import Care
from refresh.atlas.synthetic.indicators import groups, indicators
from refresh.atlas.synthetic.parcel import write_sheets
from refresh.atlas.synthetic.qof import geography
from refresh.atlas.synthetic.world import England

TOTALLED = ("2023-24", "2024-25", "2025-26")
AREAS = {"sicbl": ("Sub ICB Loc", "location"), "nat-reg": ("Region", "region")}
_ABSENT = ":"
_BANNERS = 10  # rows that a title and what stands over the header take
_INDICATOR_COLUMNS = (
    "Achievement Score",
    "Numerator",
    "Denominator",
    "Underlying Achievement net of PCAs (%)",
    "PCAs",
    "PCA Rate (%)",
    "Denominator plus PCAs",
    "Patients receiving Intervention (%)",
)

Cells = list[str | float | None]
Sums = dict[tuple[str, str], float]


def write_totals(mirror: Path, england: England, care: Care, areas: str) -> Path:
    """Write one year's totals of one kind of area.

    Takes:  the mirror's folder, the world, the year's numbers drawn from it, one of AREAS.
    Gives:  the file written, `qof/<year>/qof-<year>-<areas>-ach-prev-pca.xlsx`.
    """
    title, level = AREAS[areas]
    practices = geography(england, care)
    named = practices.select(f"{level}_code", f"{level}_ons", f"{level}_name")
    sheets: dict[str, list[Cells]] = {
        "Title sheet": [["Quality and Outcomes Framework"], [care.year]]
    }
    sheets |= _sheets(title, named, care, with_england=areas == "nat-reg")
    tag = care.year[2:4] + care.year[5:]
    return write_sheets(mirror / "qof" / care.year / f"qof-{tag}-{areas}-ach-prev-pca.xlsx", sheets)


def _sheets(
    title: str, areas: pl.DataFrame, care: Care, *, with_england: bool
) -> dict[str, list[Cells]]:
    """A sheet a group: a row an area, England first where it is asked for."""
    names = areas.unique().sort(areas.columns[0]).rows()
    codes = areas.to_series().to_list()
    rows = [(who, np.array([code == who[0] for code in codes])) for who in names]
    if with_england:
        rows.insert(0, (("ENG", "E92000001", "England"), np.ones(len(codes), dtype=bool)))
    sums = [_sums(care, inside) for _, inside in rows]
    sheets: dict[str, list[Cells]] = {}
    for group in groups():
        own = [
            i.code
            for i in indicators(care.year)
            if i.group.code == group and (i.code, "NUMERATOR") in care.cells
        ]
        if group in care.registers or own:
            banners, header = _header(title, care, group, own)
            body: list[Cells] = [
                [*who, *_prevalence(care, group, inside), *_achieved(summed, own)]
                for (who, inside), summed in zip(rows, sums, strict=True)
            ]
            above: list[Cells] = [[None] for _ in range(_BANNERS)]
            sheets[group] = [*above, banners, header, *body]
    return sheets


def _header(title: str, care: Care, group: str, own: list[str]) -> tuple[Cells, Cells]:
    """What stands over a sheet's rows: the year and the indicators, then the columns' names."""
    blocks = [
        ("Return to Contents", [f"{title} {what}" for what in ("ODS code", "ONS code", "name")])
    ]
    if group in care.registers:
        blocks.append(
            (care.year, ["Number of practices", "List size", "Register", "Prevalence (%)"])
        )
    blocks += [(code, list(_INDICATOR_COLUMNS)) for code in own]
    banners: Cells = [
        cell for over, names in blocks for cell in (over, *([None] * (len(names) - 1)))
    ]
    return banners, [name for _, names in blocks for name in names]


def _prevalence(care: Care, group: str, inside: np.ndarray) -> Cells:
    if group not in care.registers:
        return []
    register = int(care.registers[group][inside].sum())
    listed = int(care.lists[groups()[group].list_type(care.year)][inside].sum())
    return [int(inside.sum()), listed, register, 100 * register / max(listed, 1)]


def _achieved(summed: Sums, own: list[str]) -> Cells:
    cells: Cells = []
    for code in own:
        met, of, adjusted, points = (
            summed.get((code, measure))
            for measure in ("NUMERATOR", "DENOMINATOR", "PCAS", "ACHIEVED_POINTS")
        )
        everyone = None if of is None else of + (adjusted or 0)
        numbers = (
            *(points, met, of, _percent(met, of)),
            *(adjusted, _percent(adjusted, everyone), everyone, _percent(met, everyone)),
        )
        cells += [_ABSENT if number is None else number for number in numbers]
    return cells


def _sums(care: Care, inside: np.ndarray) -> Sums:
    """Every number that there is, added up over these practices; nothing where nobody has it."""
    # A row a number: a sum of fractions hangs on the order in which memory has them.
    values = np.ascontiguousarray(care.values[inside].T)
    there = ~np.isnan(values).all(axis=1)
    added = np.nansum(values, axis=1)
    return {
        cell: float(number)
        for cell, number, is_there in zip(care.cells, added, there, strict=True)
        if is_there
    }


def _percent(part: float | None, of: float | None) -> float | None:
    return 100 * part / of if part is not None and of else None
