"""Columns that several contracts of claims share, and how columns of a kind are declared."""

import polars as pl

from engine.rules import Between, NotNull
from engine.table import Column

OWNER = "Claims team"
CENTS = "cents"

MEMBER_ID = Column("member_id", pl.String, "Member, as the payer numbers people", required=False)
PLAN_ID = Column("plan_id", pl.String, "Plan, as the payer numbers it", required=False)
PROVIDER_ID = Column(
    "provider_id", pl.String, "Provider, as the payer numbers them", required=False
)
VALID_FROM = Column(
    "valid_from",
    pl.Date,
    "First day of the version; a key's first version begins on 1900-01-01, so that older facts"
    " find it",
    derived=True,
    rules=(NotNull(),),
)
VALID_TO = Column(
    "valid_to",
    pl.Date,
    "Day on which it ended, not in it any more; 9999-12-31: current",
    derived=True,
    rules=(NotNull(),),
)
IS_CURRENT = Column("is_current", pl.Boolean, "Whether it is the key's version now", derived=True)
LOAD_ID = Column("load_id", pl.String, "Batch that said so: entity, day and revision", derived=True)


def text(name: str, meaning: str, *aka: str) -> Column:
    """A column of text that a file may lack."""
    return Column(name, pl.String, meaning, aka=aka, required=False)


def whole(name: str, meaning: str, unit: str, *aka: str) -> Column:
    """A column of whole numbers that a file may lack."""
    return Column(name, pl.Int64, meaning, unit, aka=aka, required=False)


def cents(name: str, meaning: str) -> Column:
    """An amount in whole cents. Staging makes it of dollars: half a cent goes away from zero."""
    return Column(name, pl.Int64, meaning, CENTS, required=False)


def flag(name: str, meaning: str, *aka: str) -> Column:
    """Yes or no; null where nothing was said."""
    return Column(name, pl.Boolean, meaning, aka=aka, required=False)


def day(name: str, meaning: str) -> Column:
    """A calendar day, as it was where it happened: an offset beside it changes nothing."""
    return Column(name, pl.Date, meaning, required=False)


def surrogate(name: str, of: str, *, required: bool = False) -> Column:
    """The number of one version: the same key and first day give the same number in every build.

    Takes:  what it numbers, in words; whether it is always given.
    """
    return Column(
        name,
        pl.Int64,
        f"Number of the version of the {of}; the same in every build",
        "number",
        derived=True,
        rules=(NotNull(),) if required else (),
    )


def always(column: Column, *rules: Between) -> Column:
    """The same column where it is always given."""
    return Column(
        column.name,
        column.dtype,
        column.meaning,
        column.unit,
        column.aka,
        derived=column.derived,
        rules=(NotNull(), *rules),
    )
