"""Invented names for practices, networks and streets; nobody's in particular.

Pure: a random generator goes in, text comes out. Real practices are called such
things; that one of these is called the same as a real one is an accident.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

_FIRST = (
    *("Oak", "Ash", "Elm", "Beech", "Birch", "Hazel", "Holly", "Maple", "Rowan", "Willow", "Thorn"),
    *("Mill", "Brook", "Park", "Kings", "Queens", "Bridge", "Church", "Castle", "Abbey", "Minster"),
    *("North", "South", "East", "West", "Green", "White", "Red", "Stone", "Lime", "Marsh", "Moor"),
    *("High", "Long", "Broad", "Fair", "Wood", "Heath", "Lark", "Swan", "Fern", "Rose", "Spring"),
)
_SECOND = (
    *("field", "worth", "bury", "ford", "lea", "side", "gate", "bourne", "hill", "croft", "mead"),
    *("dale", "bank", "stead", "combe", "hurst", "water", "view", "way", "wick", "grove", "well"),
)
_KINDS = (
    *("Surgery", "Surgery", "Surgery", "Medical Centre", "Medical Centre", "Medical Practice"),
    *("Health Centre", "Health Centre", "Group Practice", "Family Practice", "Medical Group"),
    *("Practice", "Primary Care Centre", "Partnership"),
)
_SURNAMES = (
    *("Ainscough", "Bellwood", "Chowdhry", "Dunmore", "Eastham", "Farrant", "Ghoshal", "Hallam"),
    *("Iqbal", "Jardine", "Kirkbride", "Lovelock", "Mottram", "Nadkarni", "Okonjo", "Pemberley"),
    *("Quennell", "Rajan", "Stanhope", "Thackray", "Underhay", "Vasanth", "Wetherell", "Yarwood"),
    *("Zaman", "Abara", "Bostock", "Corrigan", "Devlin", "Emery", "Fothergill", "Gunning"),
)
_STREETS = (
    *("Station", "Church", "Mill", "Park", "London", "Victoria", "Manor", "Chapel", "School"),
    *("Market", "Albert", "Queens", "Kings", "Abbey", "Bridge", "Castle", "Grange", "Priory"),
)
_WAYS = ("Road", "Road", "Road", "Street", "Street", "Lane", "Avenue", "Way", "Close")
_QUARTERS = (
    *("", " Central", " North", " South", " East", " West", " Rural", " Gateway", " Riverside"),
    *(" Park", " Valley", " Hills", " Heath", " Garden", " Market", " Station", " Abbey"),
)
_ALLIANCES = ("Health", "Care", "Alliance", "Network", "Partners", "Together", "Collaborative")


def practice_names(rng: np.random.Generator, towns: pl.Series) -> pl.Series:
    """A name for each practice, in the ways practices are named; `towns` says where each is.

    Some hold what a careless reader trips over: commas, ampersands, apostrophes, brackets.
    """
    n = len(towns)
    words = pl.DataFrame({"style": rng.random(n), "town": towns}).with_columns(
        first=_pick(rng, _FIRST, n),
        second=_pick(rng, _SECOND, n),
        kind=_pick(rng, _KINDS, n),
        initial=_pick(rng, "ABCDEGHJKLMNPRST", n),
        surname=_pick(rng, _SURNAMES, n),
        partner=_pick(rng, _SURNAMES, n),
        street=_pick(rng, _STREETS, n),
        way=_pick(rng, _WAYS, n),
    )
    style = pl.col("style")
    named = (
        pl.when(style < 0.62)
        .then(pl.format("{}{} {}", "first", "second", "kind"))
        .when(style < 0.78)
        .then(pl.format("{} {} {}", "street", "way", "kind"))
        .when(style < 0.86)
        .then(pl.format("The {} {}", "town", "kind"))
        .when(style < 0.91)
        .then(pl.format("Dr {} {}'s Practice", "initial", "surname"))
        .when(style < 0.95)
        .then(pl.format("Dr {} {} & Partners", "initial", "surname"))
        .when(style < 0.97)
        .then(pl.format("Drs {}, {} & Partners", "surname", "partner"))
        .otherwise(pl.format("{}{} {} ({})", "first", "second", "kind", "town"))
    )
    return words.select(named).to_series()


def network_names(rng: np.random.Generator, towns: pl.Series) -> pl.Series:
    """A name for each primary care network, about half after its town, half after nothing.

    Those after a town get a quarter of it each, so that no two of them are called the same.
    """
    n = len(towns)
    words = pl.DataFrame({"invented": rng.random(n) < 0.45, "town": towns}).with_columns(
        first=_pick(rng, _FIRST, n),
        second=_pick(rng, _SECOND, n),
        alliance=_pick(rng, _ALLIANCES, n),
        nth=pl.int_range(pl.len()).over("town", "invented"),
    )
    quarter = pl.col("nth").replace_strict(
        dict(enumerate(_QUARTERS)), default=pl.format(" {}", pl.col("nth") + 1)
    )
    invented = pl.format("{}{} {} PCN", "first", "second", "alliance")
    return words.select(
        pl.when("invented").then(invented).otherwise(pl.format("{}{} PCN", "town", quarter))
    ).to_series()


def street_addresses(rng: np.random.Generator, n: int) -> pl.Series:
    """A number and a street, `n` times."""
    words = pl.DataFrame({"number": rng.integers(1, 200, n)}).with_columns(
        street=_pick(rng, _STREETS, n), way=_pick(rng, _WAYS, n)
    )
    return words.select(pl.format("{} {} {}", "number", "street", "way")).to_series()


def _pick(rng: np.random.Generator, words: Sequence[str], n: int) -> pl.Series:
    return pl.Series(list(words)).gather(rng.integers(0, len(words), n))
