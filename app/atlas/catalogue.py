"""What can be chosen: indicators by condition, years, measures, areas. Pure: frames to choices."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from app.atlas.row import Row
from engine.atlas.area import Area
from engine.atlas.metrics.qof_measures import MEASURES
from engine.period import years_since

# The first of these that the newest year has is what a visitor sees first.
OPENING = ("HYP008", "HYP003", "COPD010", "DM020", "AF007", "HYP")


@dataclass(frozen=True, eq=False)
class Catalogue:
    """The indicator table of one snapshot, as the page needs it.

    rows  one row an indicator (or register) and year that has numbers
    """

    rows: pl.DataFrame

    @cached_property
    def by_code(self) -> dict[str, list[Row]]:
        """The years of each code, oldest first."""
        ordered = self.rows.sort("year").to_dicts()
        codes: dict[str, list[Row]] = {}
        for row in ordered:
            codes.setdefault(row["indicator_code"], []).append(row)
        return codes

    def in_year(self, code: str, year: str) -> Row | None:
        """The row of a code in a year; None where nothing was published."""
        return next((r for r in self.by_code.get(code, []) if r["year"] == year), None)

    def years_of(self, code: str) -> list[str]:
        return [row["year"] for row in self.by_code.get(code, [])]

    @cached_property
    def years(self) -> frozenset[str]:
        """The years of which anything is loaded."""
        return frozenset(self.rows["year"])

    @cached_property
    def _years_of_kind(self) -> dict[str, frozenset[str]]:
        rows = self.rows.group_by("kind").agg(pl.col("year").unique())
        return {kind: frozenset(years) for kind, years in rows.rows()}

    def loaded(self, code: str) -> frozenset[str]:
        """The years of which anything of a code's kind is loaded: indicators, or registers.

        A year may have come with its registers only: it says nothing of any indicator.
        """
        rows = self.by_code.get(code)
        return self._years_of_kind[rows[-1]["kind"]] if rows else self.years

    def _until(self, code: str, last: str) -> str:
        """When a code ended, where that is known; else to when it is loaded."""
        newest = max(self.years)
        if last == newest:
            return ""
        # Of the year after nothing is loaded: nobody here knows whether it has the code.
        is_known = next(iter(years_since(last, newest)), "") in self.loaded(code)
        return f" ({'last:' if is_known else 'loaded to'} {last})"

    def measures_of(self, code: str) -> dict[str, str]:
        """The measures that a code has in any year, in the order of their declaration."""
        rows = self.by_code.get(code, [])
        said = {metric: metric.exists for metric in MEASURES.values()}
        return {
            metric.name: metric.label
            for metric, (column, value) in said.items()
            if any(row[column] == value for row in rows)
        }

    @cached_property
    def indicators(self) -> dict[str, dict[str, str]]:
        """Every code with its plain words, under its condition, for the select."""
        groups: dict[str, dict[str, str]] = {}
        for code, rows in sorted(
            self.by_code.items(),
            key=lambda item: in_order(item[1][-1], max(self.loaded(item[0]))),
        ):
            last = rows[-1]
            until = self._until(code, last["year"])
            groups.setdefault(last["group_name"], {})[code] = (
                f"{code} · {last['description']}{until}"
            )
        return groups

    @cached_property
    def opening(self) -> tuple[str, str]:
        """The indicator and the year to show first: the newest year that has shares of patients."""
        # A year may have points or registers, and no share yet.
        shares = self.rows.filter(pl.col("has_fraction"))
        rows = shares if shares.height else self.rows
        year = max(rows["year"], default="")
        there = set(rows.filter(pl.col("year") == year)["indicator_code"])
        # Of a lake that has none of them, any indicator will do: the first by its code.
        return next((code for code in OPENING if code in there), min(there, default="")), year


def areas(
    organisations: pl.DataFrame, own: Mapping[str, str] | None = None
) -> dict[str, dict[str, str]]:
    """Regions, boards and sub-ICB locations of a year, for the Area select.

    Takes:  organisations of those levels: `level`, `organisation_code`, `organisation_name`; a
            group of the reader's own, if there is one: its area and what it is called.
    """
    groups: dict[str, dict[str, str]] = {"England": {"all": "All of England", **(own or {})}}
    names = {"region": "Regions", "icb": "Integrated care boards", "sub_icb": "Sub-ICB locations"}
    for level, title in names.items():
        rows = organisations.filter(pl.col("level") == level).sort("organisation_name")
        groups[title] = {
            str(Area(level, (code,))): name or code
            for code, name in rows.select("organisation_code", "organisation_name").rows()
        }
    return groups


def in_order(row: Row, newest: str = "") -> tuple[str, bool, bool, str]:
    """By condition: what the newest year still has, shares of patients first; its register; then
    what is retired. So whoever types a condition and presses Enter has its first indicator."""
    is_retired = row["year"] < newest
    return row["group_name"], is_retired, row["kind"] == "register", row["indicator_code"]
