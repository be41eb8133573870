"""Whom care can be for: diagnoses that only some sex or age can have, as expressions.

Codes are ICD-10-CM or ICD-11: a second letter tells the latter, for the former has a digit there.
"""

import polars as pl

PREGNANCY = r"^(?:O[0-9]|Z3[3-7]|Z3A|J[AB][0-9])"
NEWBORN = r"^(?:P[0-9]|Z38|K[A-D][0-9])"
MALE_ORGANS = r"^(?:C6[0-3]|N4[0-9]|N5[01]|2C8[0-4]|GA9)"
OLDEST = 120
FERTILE = (10, 60)


def age_on(day: pl.Expr, born: pl.Expr) -> pl.Expr:
    """Full years of age on a day; somebody born on 29 February is older from 1 March on.

    >>> from datetime import date
    >>> on = [date(2020, 2, 29), date(2020, 3, 1)]
    >>> df = pl.DataFrame({"born": [date(2000, 3, 1)] * 2, "on": on})
    >>> df.select(age=age_on(pl.col("on"), pl.col("born")))["age"].to_list()
    [19, 20]
    """
    today, birthday = (d.dt.month().cast(pl.Int32) * 100 + d.dt.day() for d in (day, born))
    return day.dt.year() - born.dt.year() - (today < birthday).cast(pl.Int32)


def suits_sex(diagnosis: pl.Expr, gender: pl.Expr) -> pl.Expr:
    """Whether a person of this sex can have the diagnosis; null where either is unknown.

    Takes:  a diagnosis code; F, M or O. For `O` everything is possible.
    """
    is_wrong = (diagnosis.str.contains(PREGNANCY) & (gender == "M")) | (
        diagnosis.str.contains(MALE_ORGANS) & (gender == "F")
    )
    return ~is_wrong


def suits_age(diagnosis: pl.Expr, age: pl.Expr) -> pl.Expr:
    """Whether a person of this age, in full years, can have the diagnosis.

    A newborn's diagnosis is for the first year of life, one of pregnancy from 10 to 60.
    """
    is_newborn, is_pregnancy = diagnosis.str.contains(NEWBORN), diagnosis.str.contains(PREGNANCY)
    return ~((is_newborn & (age > 0)) | (is_pregnancy & ~age.is_between(*FERTILE)))
