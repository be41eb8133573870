"""Whose numbers they are: the finest level of organisation that the rows of a table are of."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from refresh.publications.looking.columns import tokens

LOOKED_AT = 10  # columns, from the left
SAMPLED = 50
LEAST = 3
NOT_ENTITIES = frozenset(
    "UNKNOWN OTHER N/A NA - * SUPPRESSED ALL TOTAL NULL NONE . .. : UNALLOCATED U".split()
)


@dataclass(frozen=True)
class Entity:
    """A level of organisation, how its codes look, and how much that tells."""

    grain: str
    codes: str
    priority: int


# A PCN's code looks like a practice's, so it goes first. Five characters of R are mostly a trust's
# site; three that begin with two figures are sub-ICB locations still, and CCGs in older files.
ENTITIES = (
    Entity("pcn", r"U\d{5}", 110),
    Entity("practice", r"[A-HJ-NPV-WY]\d{5}", 100),
    Entity("trust", r"[RTN](?=[A-Z]*\d|[A-Z]{2}$)[A-Z0-9]{2}", 100),
    Entity("site", r"[RTN](?=[A-Z]*\d)[A-Z0-9]{4}", 95),
    Entity("icb", r"Q[A-Z0-9]{2}|E54\d{6}", 100),
    Entity("local_authority", r"E(?:0[6-9]|10)\d{6}|\d{2}[A-Z]{2}", 90),
    Entity("sub_icb", r"\d{2}[A-Z]|E38\d{6}", 85),
    Entity("region", r"Y\d{2}|E40\d{6}|E12\d{6}|E39\d{6}", 50),
    Entity("national", r"E92\d{6}|ENG", 10),
)
_PATTERNS = tuple((entity, re.compile(entity.codes)) for entity in ENTITIES)
# What the Organisation Data Service gives to anything new: it tells nothing of the level.
_NEW = re.compile(r"[A-Z]\d[A-Z]\d[A-Z]")
BESIDE = 0.2  # the share of another level's codes from which rows are of several
BLANK = 0.1

# From the finest to the coarsest: a table of several is of the finest, or mixed.
FINEST = (
    "practice",
    "site",
    "trust",
    "pcn",
    "sub_icb",
    "icb",
    "local_authority",
    "region",
    "national",
)
NAMES: Mapping[str, str] = {
    "trust": r"\bNHS (?:FOUNDATION )?TRUST\b|\bHOSPITALS? (?:NHS )?TRUST\b",
    "icb": r"\bINTEGRATED CARE BOARD\b|\bICB\b",
    "sub_icb": r"\bCCG\b|\bSUB[- ]ICB\b|\bCLINICAL COMMISSIONING GROUP\b",
    "local_authority": r"\bBOROUGH\b|\b(?:COUNTY|CITY|DISTRICT) COUNCIL\b|\bUA\b",
    "pcn": r"\bPCN\b|\bPRIMARY CARE NETWORK\b",
    "practice": r"\bSURGERY\b|\bMEDICAL (?:CENTRE|PRACTICE)\b|\bHEALTH CENTRE\b",
    "region": r"^(?:NHS ENGLAND )?(?:NORTH EAST|NORTH WEST|SOUTH EAST|SOUTH WEST|EAST MIDLANDS|"
    r"WEST MIDLANDS|EAST OF ENGLAND|MIDLANDS|LONDON|YORKSHIRE AND THE HUMBER|"
    r"NORTH EAST AND YORKSHIRE)$|^(?:NORTH|SOUTH|MIDLANDS)\b.* OF ENGLAND$",
}
_NAMES = {grain: re.compile(words) for grain, words in NAMES.items()}
_NATIONAL = re.compile(r"ENGLAND|NATIONAL|TOTAL|UNITED KINGDOM|UK|WALES|SCOTLAND|GREAT BRITAIN")
_CODED = frozenset(
    "code org organisation provider la geography area ons icb ccg stp ics practice trust pcn region"
    " commissioner site cd ods".split()
)
# What a header calls its organisations, where their codes tell nothing.
_HEADERS: tuple[tuple[str, frozenset[str]], ...] = (
    ("practice", frozenset({"practice"})),
    ("pcn", frozenset({"pcn"})),
    ("site", frozenset({"site"})),
    ("trust", frozenset({"trust", "provider"})),
    ("sub_icb", frozenset({"ccg", "sicbl"})),
    ("icb", frozenset({"icb", "stp", "ics"})),
    ("local_authority", frozenset({"la", "utla", "ltla", "lad", "authority", "authorities"})),
    ("region", frozenset({"region", "regions"})),
)
_NAMING = frozenset({"code", "name", "cd", "nm"})
# What a column of levels says on each row.
_LEVELS: tuple[tuple[str, str], ...] = (
    ("national", r"england|national|country"),
    ("region", r"(?:commissioning |nhs(?:e| england) )?region"),
    ("icb", r"icb|ics|stp|system|integrated care (?:board|system)|icb of .*"),
    ("sub_icb", r"ccg|sub.icb.*|clinical commissioning group"),
    ("trust", r"provider|trust|organisation"),
    ("practice", r"(?:gp )?practice|gp"),
    ("pcn", r"pcn|primary care network"),
    ("local_authority", r"la|utla|local authority|upper tier.*"),
)
_IS_LEVEL = tuple((level, re.compile(words, re.IGNORECASE)) for level, words in _LEVELS)
_NO_LEVEL = frozenset("sha at team former".split())
_MEASURES = frozenset(
    "count rate percent percentage number waiting patients total value numerator"
    " denominator".split()
)


@dataclass(frozen=True)
class Grain:
    """The level, the column that says it, and why."""

    grain: str
    column: str = ""
    reason: str = ""


def grain_of(
    rows: pl.DataFrame, numeric: Sequence[str] = (), *, about: Sequence[str] = ()
) -> Grain:
    """The finest level of organisation of a table's rows; `mixed` where several are stacked.

    Takes:  its rows as text; its columns of numbers, which are never of organisations; what stands
            above it.

    >>> grain_of(pl.DataFrame({"Org Code": ["U12345", "U54321", "U00001"]})).grain
    'pcn'
    """
    columns = [name for name in rows.columns if name not in numeric]
    columns = [name for name in columns if not _MEASURES & set(tokens(name))][:LOOKED_AT]
    for name in columns:
        if len(levels := _level_words(rows[name])) > 1:
            return Grain(
                "mixed", name, f"`{name}` says of which level a row is: {', '.join(levels)}"
            )
    columns = [name for name in columns if not _NO_LEVEL & set(tokens(name))]
    counted = [(name, *_levels(rows[name])) for name in columns]
    for is_named, least in ((True, 0.3), (False, 0.5)):
        chosen = [
            (grain, name, levels)
            for name, levels, sampled in counted
            if not is_named or _CODED & set(tokens(name))
            for grain, count in levels.items()
            if count >= min(LEAST, sampled) and count >= least * sampled
        ]
        chosen += [
            (g, name, Counter({g: 1}))
            for name in columns
            if is_named and (g := _by_header(rows[name]))
        ]
        if chosen:
            return _finest(rows, chosen)
    return _by_names(rows, columns, about)


def _level_words(column: pl.Series) -> list[str]:
    """The levels that a column names, where it says of each row of which it is."""
    values = column.drop_nulls().unique()
    if not 1 < values.len() <= 60:
        return []
    texts = [str(value) for value in values]
    return sorted({level for text in texts for level, words in _IS_LEVEL if words.fullmatch(text)})


def _by_header(column: pl.Series) -> str:
    """The level that a header names, of a column with more than one value."""
    words = tokens(column.name)
    if not words or column.n_unique() < 3:
        return ""
    is_naming = bool(_NAMING & set(words))
    return next(
        (g for g, named in _HEADERS if named & set(words) and (is_naming or words[-1] in named)), ""
    )


def _levels(column: pl.Series) -> tuple[Counter[str], int]:
    """How many of a column's values are codes of which level, and how many were looked at."""
    values = column.drop_nulls().str.strip_chars()
    values = values.filter(~values.str.to_uppercase().is_in(list(NOT_ENTITIES)))
    # Of stacked levels every one is to be seen, and the top is only the coarsest.
    step = max(1, values.len() // (SAMPLED * 4))
    sample = values.gather_every(step).head(SAMPLED * 4).to_list()
    told = [code for code in sample if not _NEW.fullmatch(code)]
    return Counter(level for level in map(_level, told) if level), len(told)


def _level(code: str) -> str:
    return next((entity.grain for entity, codes in _PATTERNS if codes.fullmatch(code)), "")


def _finest(rows: pl.DataFrame, chosen: list[tuple[str, str, Counter[str]]]) -> Grain:
    """The finest of the columns' levels; mixed where its column has several side by side."""
    grain, column, levels = min(chosen, key=lambda one: FINEST.index(one[0]))
    total = levels.total()
    beside = {
        level
        for level, count in levels.items()
        if count >= 2 and count >= BESIDE * total and level not in (grain, "national")
    }
    if grain == "site" and not levels["trust"] and not beside:
        return Grain("site", column, f"`{column}` has codes of sites")
    if beside or grain == "site":
        kinds = ", ".join(sorted({grain, *(level for level in levels if levels[level] > 1)}))
        return Grain("mixed", column, f"`{column}` has codes of several levels: {kinds}")
    if share := _blank(rows, column):
        return Grain("mixed", column, f"`{column}` is blank in {share:.0%} of the rows")
    return Grain(grain, column, f"`{column}` has codes or names of that level")


def _blank(rows: pl.DataFrame, column: str) -> float:
    """The share of rows without a code of the finest level, where they are more than a few."""
    share = rows[column].null_count() / max(1, rows.height)
    return share if share > BLANK else 0.0


def _by_names(rows: pl.DataFrame, columns: Sequence[str], about: Sequence[str]) -> Grain:
    found: list[tuple[str, str, Counter[str]]] = []
    for name in columns:
        values = [str(v).upper().strip() for v in rows[name].drop_nulls().unique().sort()]
        values = [value for value in values if value not in NOT_ENTITIES][:400]
        levels = Counter(g for v in values for g, words in _NAMES.items() if words.search(v))
        for grain, count in levels.items():
            if count >= LEAST and count >= 0.3 * len(values):
                found.append((grain, name, levels))
    if found:
        grain, column, levels = min(found, key=lambda one: FINEST.index(one[0]))
        others = {g for g, count in levels.items() if count >= LEAST and g != grain}
        if others:
            kinds = ", ".join(sorted({grain, *others}))
            return Grain("mixed", column, f"names in `{column}` are of several levels: {kinds}")
        return Grain(grain, column, f"names in `{column}` are of that level")
    for name in columns:
        values = [str(v).upper().strip() for v in rows[name].drop_nulls().unique()]
        if any(_NATIONAL.fullmatch(value) for value in values):
            return Grain("national", name, f"`{name}` names the country")
    if any(re.search(r"\bengland\b|\bnational\b", words, re.IGNORECASE) for words in about):
        return Grain("national", "", "what stands above it names the country")
    return Grain("none", "", "no column names an organisation")
