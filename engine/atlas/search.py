"""Finding an organisation by name, code, network, town or postcode, from the lake alone.

A postcode is placed by the practices that have it, else by those of its district, else wider:
nothing is asked of the network, and it is near enough to say which practices are nearest.
"""

import re
from string import ascii_uppercase, digits

import polars as pl

from engine.atlas.rollup import LEVELS
from engine.atlas.years import qof_years
from engine.lake import Lake

# A whole postcode, its first half, or as much of the second as was typed: a digit and two letters.
POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][0-9A-Z]?)\s*([0-9][A-Z]{0,2})?")
# Of a practice or a network, of a sub-ICB location, of a board: no three letters of a name.
_A_CODE = re.compile(
    r"[A-Z](?=[A-Z]*[0-9])[0-9A-Z]{5}|[0-9]{2}[A-Z]|[A-Z][0-9][A-Z0-9]|Q[A-Z0-9]{2}"
)
EARTH_KM = 6371.0
MOST_WORDS = 5
ADDRESS = 0.9  # a word of an address counts for less than one of the name
_NAMES = ("organisation_name", "organisation_code")
ALIKE = 0.6  # from 0 to 1: one letter wrong in a word of five
_ORDER = {level: place for place, level in enumerate(reversed(LEVELS))}


def places(lake: Lake) -> pl.LazyFrame:
    """Everything that can be found: one row an organisation, as it was in its newest year.

    Gives:  `level`, `organisation_code`, `organisation_name`, `parent_name`, `address`, `postcode`
            (practices; null where the directory has none), `year` (the newest one it has figures
            for), `is_current` (that is the lake's newest year), `status` (of the directory;
            null above practices), `list_size`, `longitude`, `latitude`.
    """
    newest = (
        lake.scan("organisation")
        # Unallocated is no network, though it has a code and practices.
        .filter(pl.col("organisation_code") != "U")
        .sort("year")
        .group_by("level", "organisation_code", maintain_order=True)
        .last()
    )
    directory = (
        lake.scan("practice")
        .sort("valid_from")
        .group_by("practice_code", maintain_order=True)
        .last()
        .select("practice_code", "address", "postcode", "status", level=pl.lit("practice"))
    )
    return newest.join(
        directory,
        left_on=["level", "organisation_code"],
        right_on=["level", "practice_code"],
        how="left",
    ).select(
        "level",
        "organisation_code",
        "organisation_name",
        "parent_name",
        "address",
        "postcode",
        "year",
        pl.lit(qof_years(lake)[-1] if qof_years(lake) else None)
        .eq(pl.col("year"))
        .alias("is_current"),
        "status",
        "list_size",
        "longitude",
        "latitude",
    )


def find(places: pl.LazyFrame, text: str, *, most: int = 20) -> pl.LazyFrame:
    """The organisations that a text may mean, the likeliest first.

    Takes:  what `places` gives; what somebody typed.
    Gives:  its columns, and `kilometres` from the place of a postcode and `placed_by`, the part of
            it whose practices say where that is (both null otherwise): whose code it is, then
            whose name begins with it, has it at the start of a word, has it at all, or is in a
            network or a town of that name; current organisations first, then wider ones, then by
            name. Of several codes each that is known, in the order typed. For a postcode the
            nearest current practices. At most `most`.
    """
    # What stands round a code where it was copied from is no part of it.
    typed = " ".join(text.split()).lower().strip(" .,;:'\"")
    if not typed:
        return nowhere(places).head(0)
    near = POSTCODE.fullmatch(typed.upper())
    several = [] if near else codes_in(typed)
    if several:
        return nowhere(_called(places, several)).head(most)
    by_words = nowhere(_by_words(places, typed, most))
    return pl.concat([by_words, _nearest(places, near, most)]).head(most) if near else by_words


def codes_in(text: str) -> list[str]:
    """The codes of a text that is nothing but codes, two or more; of any other none.

    >>> codes_in("a81001, A82002;a81001"), codes_in("16c qop"), codes_in("abbey road")
    (['A81001', 'A82002'], ['16C', 'QOP'], [])
    """
    words = re.findall(r"[^\s,;|/+]+", text.upper())
    are_codes = all(_A_CODE.fullmatch(word) for word in words)
    several = list(dict.fromkeys(words))
    return several if are_codes and len(several) > 1 else []


def nowhere(places: pl.LazyFrame) -> pl.LazyFrame:
    """The rows with what `find` adds to them, where no postcode was asked for."""
    none = {"kilometres": pl.lit(None, pl.Float64), "placed_by": pl.lit(None, pl.String)}
    return places.with_columns(**none)


def near(places: pl.LazyFrame, text: str, *, most: int = 20) -> pl.LazyFrame:
    """The organisations whose names are spelt much like a text, for when `find` finds none.

    Takes:  what `places` gives; what somebody typed.
    Gives:  its columns, with those of `find` (null): those that have, in name or address, a word
            like each that was typed of three letters or more; the likeliest first, then current
            and wider ones, then by name. Two words are alike by the pairs of letters they share.

    >>> names = ["Stockton Surgery", "Abbey Road", None]
    >>> somewhere = pl.LazyFrame({"level": "practice", "organisation_code": ["A", "B", "C"],
    ...     "organisation_name": names, "address": None, "is_current": True},
    ...     schema_overrides={"address": pl.String})
    >>> [near(somewhere, text).collect()["organisation_code"].to_list()
    ...     for text in ("Stocton", "Abby Road", "Abby Street")]
    [['A'], ['B'], []]
    """
    typed = re.findall(r"\w{3,}", text.lower())[:MOST_WORDS]
    if not typed:
        return nowhere(places).head(0)
    key = ["level", "organisation_code"]
    named = places.filter(pl.col("level") != "england")
    words = pl.concat(
        named.select(*key, pl.lit(weight).alias("weight"), word=_words_of(column))
        .explode("word", empty_as_null=True)
        .drop_nulls("word")
        for column, weight in (("organisation_name", 1.0), ("address", ADDRESS))
    )
    likes = [f"like_{i}" for i in range(len(typed))]
    alike = (
        # Each word once: 7,000 names share a few thousand words, and likeness is what costs.
        words.select("word")
        .unique()
        .with_columns(_likeness(word).alias(name) for name, word in zip(likes, typed, strict=True))
        .filter(pl.max_horizontal(likes) >= ALIKE)
    )
    scored = (
        words.join(alike, on="word").group_by(key).agg((pl.col(likes) * pl.col("weight")).max())
    )
    good = scored.filter(pl.min_horizontal(likes) >= ALIKE * ADDRESS).select(
        *key, likely=pl.mean_horizontal(likes)
    )
    width = pl.col("level").replace_strict(_ORDER, return_dtype=pl.Int8)
    order = (-pl.col("likely"), ~pl.col("is_current"), width, *map(pl.col, _NAMES))
    return nowhere(places.join(good, on=key).sort(order).drop("likely").head(most))


def _words_of(column: str) -> pl.Expr:
    return pl.col(column).str.to_lowercase().str.extract_all(r"\w{3,}")


def _likeness(typed: str) -> pl.Expr:
    """Dice's coefficient of the pairs of letters of `word` and of a typed word, ends included."""
    # The ends count as letters, so that a first letter that is right weighs more.
    ended = f" {typed} "
    pairs = {ended[i : i + 2] for i in range(len(ended) - 1)}
    word = " " + pl.col("word") + " "
    shared = pl.sum_horizontal(word.str.contains(pair, literal=True) for pair in pairs)
    return 2 * shared / (len(pairs) + pl.col("word").str.len_chars() + 1)


def _by_words(places: pl.LazyFrame, typed: str, most: int) -> pl.LazyFrame:
    name = pl.col("organisation_name").str.to_lowercase().fill_null("")
    code = pl.col("organisation_code").str.to_lowercase()
    around = pl.concat_str("parent_name", "address", separator=" ", ignore_nulls=True)
    likely = (
        pl.when(code == typed)
        .then(0)
        # Every board is called NHS something, and nobody types it.
        .when(name.str.starts_with(typed) | name.str.starts_with(f"nhs {typed}"))
        .then(1)
        .when(name.str.contains(f" {typed}", literal=True))
        .then(2)
        .when(name.str.contains(typed, literal=True))
        .then(3)
        .when(around.str.to_lowercase().str.contains(typed, literal=True))
        .then(4)
    )
    width = pl.col("level").replace_strict(_ORDER, return_dtype=pl.Int8)
    return (
        places.with_columns(likely=likely)
        .filter(pl.col("likely").is_not_null(), pl.col("level") != "england")
        .sort("likely", ~pl.col("is_current"), width, name, "organisation_code")
        .drop("likely")
        .head(most)
    )


def _called(places: pl.LazyFrame, codes: list[str]) -> pl.LazyFrame:
    """The organisations of these codes, in their order; the wider first where two share one."""
    order = {code: at for at, code in enumerate(codes)}
    width = pl.col("level").replace_strict(_ORDER, return_dtype=pl.Int8)
    code = pl.col("organisation_code")
    return places.filter(code.is_in(codes)).sort(
        code.replace_strict(order, default=len(order), return_dtype=pl.Int32), width
    )


def _nearest(places: pl.LazyFrame, postcode: re.Match[str], most: int) -> pl.LazyFrame:
    """Current practices by distance from a postcode; none where nobody is in its area."""
    practices = places.filter(
        pl.col("level") == "practice", "is_current", pl.col("latitude").is_not_null()
    )
    parts = _parts(postcode)

    def middle(name: str) -> pl.Expr:
        return pl.coalesce(pl.col(name).filter(there).mean() for there in parts.values())

    said = pl.coalesce(pl.when(there.any()).then(pl.lit(part)) for part, there in parts.items())
    return (
        practices.with_columns(
            kilometres=kilometres(middle("latitude"), middle("longitude")), placed_by=said
        )
        .filter(pl.col("kilometres").is_not_null())
        .sort("kilometres", "organisation_code")
        .head(most)
    )


def _parts(postcode: re.Match[str]) -> dict[str, pl.Expr]:
    """A postcode and what it lies in, the narrowest first, and whether a practice lies there.

    SW1A 1AA: the postcode, its sector (SW1A 1), its district (SW1A), all of SW1, the area (SW). Few
    practices have a postcode of an office, and some districts have none.
    """
    district, rest = postcode.groups()
    # Only the outward half is taken apart: SW1A is SW1 and a letter, in London alone.
    numbered = district.rstrip(ascii_uppercase)
    area = numbered.rstrip(digits)
    own = pl.col("postcode")
    whole = {f"{district} {rest}": own == f"{district} {rest}"} if len(rest or "") == 3 else {}
    sector = f"{district} {rest[0]}" if rest else ""
    within = {sector: own.str.starts_with(sector)} if sector else {}
    return (
        whole
        | within
        | {
            district: own.str.starts_with(f"{district} "),
            numbered: own.str.contains(f"^{numbered}[A-Z]? "),
            area: own.str.contains(f"^{area}[0-9]"),
        }
    )


def kilometres(latitude: pl.Expr, longitude: pl.Expr) -> pl.Expr:
    """Great-circle distance (haversine) from a place to `latitude` and `longitude` of each row.

    >>> df = pl.DataFrame({"latitude": [51.5, 53.48], "longitude": [-0.12, -2.24]})
    >>> df.select(km=kilometres(pl.lit(51.5), pl.lit(-0.12)).round(0))["km"].to_list()
    [0.0, 263.0]
    """
    north, south = pl.col("latitude").radians(), latitude.radians()
    # The haversine keeps its digits where two places are near; the law of cosines does not.
    half_lat = ((north - south) / 2).sin() ** 2
    half_lon = ((pl.col("longitude").radians() - longitude.radians()) / 2).sin() ** 2
    share = half_lat + north.cos() * south.cos() * half_lon
    return 2 * EARTH_KM * share.clip(0, 1).sqrt().arcsin()
