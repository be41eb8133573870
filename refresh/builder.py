"""Which table is made of what: the lake's recipe, read from top to bottom.

Part of the walk: staged editions go through folds into a draft. A file whose contract, recipe and
inputs are those of the last snapshot is kept; only what changed is made again.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import polars as pl

from engine.atlas.reconcile import compare
from engine.atlas.rollup import LEVELS
from engine.wings import table
from refresh.atlas import area_scores, boundary_tables, context_makers, lake_checks, qof_tables
from refresh.atlas.locate import Places
from refresh.atlas.sources import places, qof_totals
from refresh.extract.geocode import tidy_postcode
from refresh.finding import Finding, failed
from refresh.fingerprint import RECIPE
from refresh.progress import Progress
from refresh.store import fold
from refresh.store.fold import Edition
from refresh.store.seal import Draft
from refresh.validate.check import check


@dataclass
class Kitchen:
    """The editions on hand and the draft being filled.

    editions  by part name: what is staged, oldest first
    marks     the hash of each edition's staged file, by (part, period, revision)
    locate    postcodes -> places
    """

    draft: Draft
    editions: dict[str, list[Edition]]
    marks: dict[tuple[str, str, int], str]
    locate: Callable[[pl.Series], Places]
    progress: Progress
    findings: list[Finding] = field(default_factory=list)
    _hashes: dict[tuple[str, str | None], str] = field(default_factory=dict)
    _frames: dict[tuple[str, str | None], pl.LazyFrame] = field(default_factory=dict)

    def edition(self, part: str, period: str) -> Edition | None:
        """The newest revision of a part for one period."""
        best = fold.newest_revisions(self.editions.get(part, []))
        return next((e for e in best if e.period == period), None)

    def mark(self, part: str, period: str | None = None) -> str:
        """What stands for a part's editions (of one period, or all) in an inputs' hash."""
        best = fold.newest_revisions(self.editions.get(part, []))
        said = [self.marks[part, e.period, e.revision] for e in best if period in (None, e.period)]
        return f"{part}:{','.join(said)}"

    def made(self, name: str, partition: str | None = None) -> str:
        """What stands for a table made before in an inputs' hash."""
        return f"{name}:{self._hashes.get((name, partition), '')}"

    def get(self, name: str, partition: str | None = None) -> pl.LazyFrame:
        """A table made before; empty where it was not."""
        return self._frames.get((name, partition), table(name).empty())

    def put(
        self,
        name: str,
        make: Callable[[], pl.LazyFrame],
        *,
        inputs: Sequence[str],
        partition: str | None = None,
        of: Edition | None = None,
    ) -> None:
        """Make a table (or one partition) unless the last snapshot has it for these inputs.

        Takes:  `of`, the release whose files its findings name, where it is made of one.
        """
        self.progress.beat()
        contract = table(name)
        said = "\n".join([RECIPE, contract.fingerprint, *inputs])
        digest = hashlib.sha256(said.encode()).hexdigest()
        file = self.draft.kept(name, partition, digest)
        where = f"table {name} {partition or ''}".strip()
        if file is not None:
            self.findings += (f for f in self.draft.found_before if _is_of(f, where))
        else:
            rows = make().collect()
            verdicts = check(rows, contract, where=f"{where} (of {of.where})" if of else where)
            self.findings += verdicts
            if failed(verdicts):
                file = self.draft.last(name, partition)
            else:
                file = self.draft.write(contract, rows, partition=partition, inputs=digest)
        if file is None:
            return
        self.draft.keep(contract, file)
        self._hashes[name, partition] = file["sha256"]
        path = self.draft.layout.root / "lake" / file["path"]
        self._frames[name, partition] = pl.scan_parquet(path, glob=False)


def build(kitchen: Kitchen) -> dict[str, Any]:
    """Fill the draft with every table that the editions allow; the facts for its manifest."""
    years = sorted(
        {
            e.period
            for part in ("achievement", "prevalence", "practice_geography")
            for e in kitchen.editions.get(part, [])
        }
    )
    steps = 2 * len(years) + 3
    _organisation_data(kitchen)
    kitchen.progress.step("organisations", 1, steps)
    for done, year in enumerate(years, 2):
        kitchen.progress.step(f"tables of {year}", done, steps)
        _numbers(kitchen, year)
    kitchen.progress.step("places", len(years) + 2, steps)
    _places(kitchen, years)
    _mappings(kitchen)
    _boundaries(kitchen, years)
    for done, year in enumerate(years, len(years) + 3):
        kitchen.progress.step(f"areas of {year}", done, steps)
        _organisations(kitchen, year)
    _indicators(kitchen, years)
    _context(kitchen, years)
    kitchen.progress.step("tables", steps, steps)
    return _whole(kitchen, years)


def _organisation_data(k: Kitchen) -> None:
    for name in ("practice", "pcn", "pcn_member"):
        if k.editions.get(name):
            k.put(name, partial(_folded, k, name), inputs=[k.mark(name)])


def _folded(k: Kitchen, name: str) -> pl.LazyFrame:
    contract = table(name)
    return fold.folded(k.editions[name], contract).sort(contract.sort)


def _numbers(k: Kitchen, year: str) -> None:
    """The facts of one year, and where its practices belonged."""
    if edition := k.edition("achievement", year):
        k.put(
            "percent_achieved",
            lambda: qof_tables.percent_achieved(edition.rows, year=year),
            inputs=[k.mark("achievement", year)],
            partition=year,
            of=edition,
        )
    if registers := k.edition("prevalence", year):
        k.put(
            "prevalence",
            lambda: qof_tables.prevalence(registers.rows, year=year),
            inputs=[k.mark("prevalence", year)],
            partition=year,
            of=registers,
        )
    mapping = k.edition("practice_geography", year)
    k.put(
        "practice_geography",
        lambda: qof_tables.practice_geography(
            mapping.rows if mapping else None,
            prevalence=k.get("prevalence", year),
            percent_achieved=k.get("percent_achieved", year),
            practice=k.get("practice"),
            year=year,
        ),
        inputs=[
            k.mark("practice_geography", year),
            k.made("prevalence", year),
            k.made("percent_achieved", year),
            k.made("practice"),
        ],
        partition=year,
    )


def _places(k: Kitchen, years: list[str]) -> None:
    seen = [k.get("practice_geography", year).select("practice_code") for year in years]
    if not seen:
        return
    now = (
        k.get("practice")
        .group_by("practice_code")
        .agg(pl.col("postcode").sort_by("valid_from").last())
    )
    wanted = (
        pl.concat(seen)
        .unique()
        .join(now, on="practice_code", how="left")
        .with_columns(tidy_postcode(pl.col("postcode")))
        .collect()
    )
    found = k.locate(wanted["postcode"])
    known = {"located": found.located.lazy(), "ready": found.ready.lazy()}
    k.findings += (*found.findings, *places.withheld(wanted.lazy(), **known))
    rows = pl.concat([found.located, found.ready], how="diagonal")
    k.put(
        "practice_coordinates",
        lambda: places.practice_coordinates(wanted.lazy(), **known),
        inputs=[
            str(wanted.sort("practice_code").hash_rows().sum()),
            str(rows.hash_rows().sum()),
            str(rows.height),
        ],
    )


def _mappings(k: Kitchen) -> None:
    """Where practices belonged in each month: the newest is applied to every year on request."""
    for edition in fold.newest_revisions(k.editions.get("practice_mapping", [])):
        k.put(
            "practice_mapping",
            partial(qof_tables.practice_mapping, edition.rows, period=edition.period),
            inputs=[k.mark("practice_mapping", edition.period)],
            partition=edition.period,
            of=edition,
        )


def _boundaries(k: Kitchen, years: list[str]) -> None:
    """Published boundaries, and which board each is by a mapping that is not older than they are.

    QOF maps practices as they stood when its year ended.
    """
    months = sorted(e.period for e in fold.newest_revisions(k.editions.get("practice_mapping", [])))
    ends = {f"20{year[-2:]}-03": ("practice_geography", year) for year in years}
    mapped = ends | {month: ("practice_mapping", month) for month in months}
    for edition in fold.newest_revisions(k.editions.get("area_boundary", [])):
        year = edition.period
        told = [mapped[month] for month in sorted(mapped) if month >= year]
        k.put(
            "area_boundary",
            partial(boundary_tables.area_boundary, edition.rows, year=year),
            inputs=[k.mark("area_boundary", year)],
            partition=year,
            of=edition,
        )
        k.put(
            "icb_boundary",
            partial(
                boundary_tables.icb_boundary,
                k.get("area_boundary", year),
                coordinates=k.get("practice_coordinates"),
                mappings={period: k.get(name, period) for name, period in told},
                year=year,
            ),
            inputs=[
                k.made(*at) for at in (("area_boundary", year), ("practice_coordinates",), *told)
            ],
            partition=year,
        )
        k.findings += boundary_tables.unused(k.get("icb_boundary", year).collect(), edition.where)


def _organisations(k: Kitchen, year: str) -> None:
    k.put(
        "organisation",
        lambda: qof_tables.organisation(
            k.get("practice_geography", year),
            coordinates=k.get("practice_coordinates"),
            year=year,
        ),
        inputs=[k.made("practice_geography", year), k.made("practice_coordinates"), *LEVELS],
        partition=year,
    )


def _indicators(k: Kitchen, years: list[str]) -> None:
    if not years:
        return
    mappings = {e.period: e.rows for e in fold.newest_revisions(k.editions.get("indicator", []))}

    def every(name: str) -> pl.LazyFrame:
        return pl.concat(k.get(name, year) for year in years)

    k.put(
        "indicator",
        lambda: qof_tables.indicator(
            mappings, achieved=every("percent_achieved"), prevalence=every("prevalence")
        ),
        inputs=[
            k.mark("indicator"),
            *(k.made(name, year) for year in years for name in ("percent_achieved", "prevalence")),
        ],
    )


def _context(k: Kitchen, years: list[str]) -> None:
    """Everything known of practices beside QOF, a measure at a time, from the parts it needs."""
    by_area = ("registered_by_lsoa", "lsoa_deprivation")
    k.findings += _unpaired(k, *by_area)
    if not area_scores.are_paired(*(k.editions.get(part, []) for part in by_area)):
        by_area = ()
    lists = {year: k.get("practice_geography", year) for year in years}
    every = {year: k.get("prevalence", year) for year in years}
    registers = {year: lf for year, lf in every.items() if context_makers.has_registers(lf)}
    for measure, parts, made in (
        ("list_size", ("registered", "registered_by_age"), {"practice_geography": lists}),
        ("aged_65_and_over", ("registered_by_age",), {}),
        ("deprivation", ("deprivation_score", *by_area), {}),
        ("deprivation_decile", ("deprivation_score", *by_area), {}),
        ("cqc_rating", ("cqc_rating",), {}),
        ("cqc_good_or_outstanding", ("cqc_rating",), {}),
        ("gps_per_10_000", ("gp_workforce", "gp_workforce_by_year"), {}),
        ("network_staff_per_10_000", ("network_staff",), {}),
        ("survey_good_overall", ("patient_survey",), {}),
        ("registers_per_100", (), {"prevalence": registers, "practice_geography": lists}),
        ("payments_per_patient", ("practice_payments",), {}),
    ):
        editions = [k.editions.get(part, []) for part in parts]
        if any(editions) or (made and all(made.values())):
            k.put(
                "practice_context",
                partial(getattr(context_makers, measure), *editions, *made.values()),
                inputs=[*map(k.mark, parts)]
                + [k.made(name, year) for name in made for year in years],
                partition=measure,
            )


def _unpaired(k: Kitchen, patients: str, indices: str) -> list[Finding]:
    """What is by small area but of a census that the other half is not: a warning each."""
    source_of = {patients: "registrations_by_lsoa", indices: "indices_of_deprivation"}
    parts = {part: k.editions.get(part, []) for part in source_of}
    return [
        Finding(
            "warn",
            "reconciliation",
            "areas and scores are of one census",
            edition.where or part,
            why,
            column="lsoa_code",
            next_step="put that census's file of scores (File 7 of the Indices of Deprivation), or"
            " of patients by LSOA, in the mirror",
        ).of(source_of[part], edition.period)
        for part, edition, why in area_scores.unpaired(parts[patients], parts[indices])
    ]


def _is_of(finding: Finding, where: str) -> bool:
    return finding.where == where or finding.where.startswith(f"{where} (of ")


def _whole(k: Kitchen, years: list[str]) -> dict[str, Any]:
    """What is known only once every table is made, for the manifest: places, printed totals."""
    names = ("practice_geography", "percent_achieved", "prevalence")
    compared = {}
    for year in years:
        if edition := k.edition("published_total", year):
            k.put(
                "published_total",
                partial(qof_totals.published_total, edition.rows, year=year),
                inputs=[k.mark("published_total", year)],
                partition=year,
                of=edition,
            )
            ours = {name: k.get(name, year) for name in names}
            compared[year] = compare(k.get("published_total", year), **ours)
    coverage, unplaced = lake_checks.coverage({year: k.get("organisation", year) for year in years})
    reconciled, unequal = lake_checks.totals(compared)
    k.findings += unplaced + unequal
    return {"coverage": coverage, "reconciled": reconciled}
