"""Examples to copy, with codes that this snapshot has: each works as it is printed (and is tested).

They show what a new program needs first: one answer, all of it in one file, a join by code, a
figure through the years within one set of boundaries, and manners towards the server.
"""

from dataclasses import asdict, dataclass, replace
from string import Template

from app.atlas import frames
from app.wing import Examples
from engine import Lake
from engine.atlas.geography import TODAY

ONE_ANSWER = (
    "curl '$api/achievement?indicator=$indicator&level=icb'",
    "curl -o icbs.csv '$api/achievement?indicator=$indicator&level=icb&format=csv'",
    "curl --etag-compare icbs.etag --etag-save icbs.etag -o icbs.csv"
    " '$api/achievement?indicator=$indicator&level=icb&format=csv'",
)
TABLE = """\
import polars as pl

icbs = pl.read_parquet("$api/achievement?indicator=$indicator&level=icb&format=parquet")
print(icbs.select("organisation_name", "value", "value_low", "value_high"))"""
BESIDE = """\
import polars as pl

api, year = "$api", "$year"
asked = f"{api}/achievement?indicator=$indicator&year={year}"
practices = pl.read_parquet(f"{asked}&format=parquet")
context = pl.read_parquet(f"{api}/context?year={year}&format=parquet")
beside = practices.join(context, on="organisation_code", how="left")
print(beside.select("organisation_code", "value", "deprivation", "list_size"))"""
YEARS = """\
import polars as pl

api, code = "$api", "$indicator"
known = pl.read_parquet(f"{api}/indicators?indicator={code}&format=parquet")
asked = f"{api}/achievement?indicator={code}&level=icb&organisation=$board"
answers = [
    pl.read_parquet(f"{asked}&geography=today&year={year}&format=parquet")
    for year in known.filter("has_fraction")["year"]
]
print(pl.concat(answers).select("year", "numerator", "denominator", "value"))"""
PAGES = """\
import time

import httpx

rows, address = [], "$api/organisations?year=$year&limit=1000"
while address:
    answer = httpx.get(address)
    if answer.status_code == 429:
        time.sleep(int(answer.headers["Retry-After"]))
        continue
    rows += answer.raise_for_status().json()["rows"]
    following = answer.links.get("next")
    address = following and answer.url.join(following["url"])
print(len(rows), "of", answer.json()["total"])"""
EXAMPLES: dict[str, tuple[str, ...]] = {
    "One answer; the same as a file; the file again, only where it has changed": ONE_ANSWER,
    "A table, with Polars (pandas reads the same addresses)": (TABLE,),
    "Every practice of a year, with its deprivation beside it": (BESIDE,),
    "One board through the years, within today's boundaries": (YEARS,),
    "Page by page, waiting when told to": (PAGES,),
}


@dataclass(frozen=True)
class Codes:
    """What the examples ask for; as it stands here, where there is no data yet."""

    indicator: str = "COPD010"
    year: str = "2021-22"
    group: str = "COPD"
    organisation: str = "A81001"
    board: str = "QOP"


def codes(lake: Lake) -> Codes:
    """The indicator that the page opens with, its register, and the first organisations by code."""
    catalogue = frames.catalogue(lake)
    indicator, year = catalogue.opening
    row = catalogue.in_year(indicator, year)
    if not row:
        return Codes()
    found = {
        "indicator": indicator,
        "year": year,
        "group": row["group_code"],
        "organisation": frames.organisations(lake, year, "practice")["organisation_code"].min(),
        "board": frames.organisations(lake, year, "icb", TODAY)["organisation_code"].min(),
    }
    return replace(Codes(), **{name: code for name, code in found.items() if code})


def examples(api: str, lake: Lake | None) -> Examples:
    """Commands and programs, by what they are for; `api` is the address that they ask."""
    values = asdict(codes(lake) if lake else Codes())
    shown = {
        words: [Template(text).substitute(values, api=api) for text in texts]
        for words, texts in EXAMPLES.items()
    }
    return Examples(shown, values)
