"""Practices' deprivation from where their patients live: scores of small areas, weighted.

Pure. Areas are paired with scores of the same census only: most codes of 2011 are codes of 2021
too, so a wrong pair joins well and says nothing of it.
"""

from collections.abc import Sequence

import polars as pl

from refresh.finding import Finding
from refresh.store import fold
from refresh.store.fold import Edition

# The census whose areas each edition of the Indices of Deprivation is on.
AREAS_OF = {2010: 2001, 2015: 2011, 2019: 2011, 2025: 2021}
_KNOWN = 0.5  # of a practice's patients: of fewer, its score would be of somebody else
MICRO = 1_000_000  # scores are published to three decimals
_SCHEMA = {
    "practice_code": pl.String,
    "vintage": pl.Int32,
    "score": pl.Float64,
    "known_share": pl.Float64,
}


def weighted(patients: Sequence[Edition], indices: Sequence[Edition]) -> pl.LazyFrame:
    """The score of each practice and vintage, averaged over its patients with an area in England.

    Takes:  editions of `registered_by_lsoa` (of a practice, the newest on those areas holds) and
            of `lsoa_deprivation`.
    Gives:  practice_code, vintage, score, known_share: the share (0-1) of the practice's patients
            who count; CLOSED, EMPTY, Wales and Scotland do not. None where under half would.
    """
    if not patients:
        return pl.LazyFrame(schema=_SCHEMA)
    where = fold.append(patients)
    # By census too: a practice may be known by 2011 areas in one month and 2021 areas in the next.
    newest = where.filter(
        pl.col("period") == pl.col("period").max().over("practice_code", "lsoa_year")
    )
    made = [_of_one(newest, e) for e in fold.newest_revisions(indices)]
    return pl.concat([pl.LazyFrame(schema=_SCHEMA), *made])


def _of_one(where: pl.LazyFrame, index: Edition) -> pl.LazyFrame:
    vintage, is_known = _vintage(index), pl.col("score").is_not_null()
    right = pl.col("lsoa_year") == AREAS_OF.get(vintage, pl.col("lsoa_year"))
    scores = index.rows.filter(right).select("lsoa_code", "lsoa_year", "score")
    # Patients whose areas are of a census that this index does not have are not asked about.
    asked = where.join(scores.select("lsoa_year").unique(), on="lsoa_year", how="semi")
    counted = pl.col("patients").filter(is_known).sum()
    # In whole numbers: a sum of fractions depends on its order, and a lake is the same to the byte.
    whole = (pl.col("score") * MICRO).round().cast(pl.Int64)
    return (
        asked.filter(pl.col("patients") > 0)
        .join(scores, on=["lsoa_code", "lsoa_year"], how="left")
        .group_by("practice_code")
        .agg(
            vintage=pl.lit(vintage, pl.Int32),
            score=(whole * pl.col("patients")).sum() / counted / MICRO,
            known_share=counted / pl.col("patients").sum(),
        )
        # A score of a tenth of the patients would be that tenth's, not the practice's.
        .filter(pl.col("known_share") >= _KNOWN)
        .select(*_SCHEMA)
    )


def are_paired(patients: Sequence[Edition], indices: Sequence[Edition]) -> bool:
    """Whether any scores are on areas of a census by which patients are here too."""
    on = {_census(e) for e in indices if _census(e) == AREAS_OF.get(_vintage(e), _census(e))}
    return any(_census(e) in on for e in patients)


def unpaired(
    patients: Sequence[Edition], indices: Sequence[Edition]
) -> list[tuple[str, Edition, str]]:
    """What cannot be used because it is on areas of a census that the other half is not.

    Takes:  as for `weighted`.
    Gives:  the part's name, the edition and why, in words.
    """
    on = {_vintage(e): _census(e) for e in fold.newest_revisions(indices)}
    right = {v: census for v, census in on.items() if census == AREAS_OF.get(v, census)}
    here = ", ".join(f"IMD {v} on areas of {census}" for v, census in right.items())
    wrong = [
        (
            "lsoa_deprivation",
            e,
            f"its areas are of {_census(e)}, but IMD {_vintage(e)} is on those of"
            f" {AREAS_OF[_vintage(e)]}; its scores are not used",
        )
        for e in fold.newest_revisions(indices)
        if _vintage(e) not in right
    ]
    alone = [
        (
            "registered_by_lsoa",
            e,
            f"its areas are of {_census(e)}, for which there are no scores (here:"
            f" {here or 'none at all'}); practices have the score that Fingertips gives",
        )
        for e in fold.newest_revisions(patients)
        if _census(e) not in right.values()
    ]
    return wrong + alone


def findings(patients: Sequence[Edition], indices: Sequence[Edition]) -> list[Finding]:
    """A warning for each edition that is by small area, but of a census that the other half lacks.

    Takes:  as for `weighted`.
    """
    source_of = {
        "registered_by_lsoa": "registrations_by_lsoa",
        "lsoa_deprivation": "indices_of_deprivation",
    }
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
        for part, edition, why in unpaired(patients, indices)
    ]


def _vintage(index: Edition) -> int:
    return index.span.first_day.year


def _census(edition: Edition) -> int | None:
    newest: int | None = edition.rows.select(pl.col("lsoa_year").max()).collect().item()
    return newest
