"""The raw files of QOF before 2015-16, brought to the layout of those after.

2013-14 and 2014-15 have a column a measure, in three files; no age bands, and no boards: there were
none before 2016. Each function leaves the files of every later year as they are. 2012-13 and before
came as workbooks for people only.
"""

import polars as pl

_NAMES = {
    "PRACTICECODE": "PRACTICE_CODE",
    "PRACTICENAME": "PRACTICE_NAME",
    "INDICATORCODE": "INDICATOR_CODE",
    "CCGCODE": "CCG_CODE",
    "CCGNAME": "CCG_NAME",
    "REGIONCODE": "REGION_CODE",
    "REGIONNAME": "REGION_NAME",
    "INDICATOR_DESC": "INDICATOR_DESCRIPTION",
    "INDICATOR_GROUP": "INDICATOR_GROUP_CODE",
    "DISEASE_REGISTER_SIZE": "REGISTER_SIZE",
    "PRACTICE_LISTSIZE": "PRACTICE_LIST_SIZE",
}
_MEASURES = {
    "NUMERATOR": "NUMERATOR",
    "DENOMINATOR": "DENOMINATOR",
    "ACHIEVED_POINTS": "ACHIEVED_POINTS",
    "EXCEPTION_COUNT": "EXCEPTIONS",
    "REGISTER_SIZE": "REGISTER",
}
_LISTED = ("PRACTICE_CODE", "INDICATOR_GROUP_CODE", "REGISTER_SIZE", "PRACTICE_LIST_SIZE")
_SOME_AGES = "PART"  # of the list, in years that do not say which ages


def achievement(raw: pl.LazyFrame) -> pl.LazyFrame:
    """One row a measure, of a file with a column a measure; a blank one has no row."""
    # A later file that lacks its column is wrong, and for staging to complain of.
    if not {"NUMERATOR", "EXCEPTION_COUNT", "REGISTER_SIZE"} & {*_columns(raw)}:
        return raw
    named = _named(raw)
    there = {old: new for old, new in _MEASURES.items() if old in _columns(named)}
    return (
        named.select("PRACTICE_CODE", "INDICATOR_CODE", *there)
        .rename(there)
        .unpivot(index=["PRACTICE_CODE", "INDICATOR_CODE"], variable_name="MEASURE")
        .rename({"value": "VALUE"})
        .drop_nulls("VALUE")
    )


def prevalence(raw: pl.LazyFrame) -> pl.LazyFrame:
    """One row a practice and group, with a kind of list, of a file that has no kinds.

    2013-14 has heart failure twice: its register, and those of it with left ventricular
    dysfunction. A part of a register is never larger, so the larger one counts. The list of all
    ages is a practice's longest; lists were estimated, and some are fractions of a patient.
    """
    named = _named(raw)
    names = {*_columns(named)}
    if "PATIENT_LIST_TYPE" in names or not names >= {*_LISTED}:
        return raw
    size = pl.col("PRACTICE_LIST_SIZE").cast(pl.Float64, strict=False)
    register = pl.col("REGISTER_SIZE").cast(pl.Float64, strict=False)
    longest = size.max().over("PRACTICE_CODE")
    kind = pl.when(size == longest).then(pl.lit("TOTAL")).otherwise(pl.lit(_SOME_AGES))
    whole = size.round().cast(pl.Int64).cast(pl.String)
    return (
        named.with_columns(
            PATIENT_LIST_TYPE=kind,
            # What is no number is left for staging to complain of.
            PRACTICE_LIST_SIZE=pl.coalesce(whole, "PRACTICE_LIST_SIZE"),
        )
        .sort(register, descending=True, nulls_last=True, maintain_order=True)
        .unique(["PRACTICE_CODE", "INDICATOR_GROUP_CODE"], keep="first", maintain_order=True)
        .sort("PRACTICE_CODE", "INDICATOR_GROUP_CODE", maintain_order=True)
    )


def geography(raw: pl.LazyFrame) -> pl.LazyFrame:
    """A practice's commissioning group and region; boards, which there were none of, are null."""
    if not {"CCGCODE", "AREA_TEAM_CODE"} & {*_columns(raw)}:
        return raw
    named = _named(raw).rename({"REGION_CODE": "REGION_ODS_CODE"})
    none = pl.lit(None, pl.String)
    return named.with_columns(STP_CODE=none, STP_NAME=none)


def indicator(raw: pl.LazyFrame) -> pl.LazyFrame:
    """An indicator's group and words; its points are null where the file has none."""
    names = _columns(raw)
    if "INDICATOR_POINT_VALUE" in names or "INDICATOR_GROUP" not in names:
        return raw
    points = next((name for name in ("INDICATOR_POINTS", "POINTS") if name in names), None)
    value = pl.col(points) if points else pl.lit(None, pl.String)
    return _named(raw).with_columns(INDICATOR_POINT_VALUE=value)


def _named(raw: pl.LazyFrame) -> pl.LazyFrame:
    names = _columns(raw)
    return raw.rename({o: n for o, n in _NAMES.items() if o in names and n not in names})


def _columns(raw: pl.LazyFrame) -> list[str]:
    return raw.collect_schema().names()
