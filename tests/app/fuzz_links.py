"""Throws links at the page: python -m tests.app.fuzz_links 100000 (or fewer), on a lake of its own.

Every field of a link, with names that mean something, names that did, and hostile text. A link
must open: the view it becomes can be asked, its own address opens the same view again without a
word, and whatever was not as asked is said in a sentence.
"""

import os
import random
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import fields
from html.parser import HTMLParser
from pathlib import Path
from time import perf_counter
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request

from app.atlas import frames
from app.atlas.answered import ask
from app.atlas.catalogue import Catalogue
from app.atlas.controls import read
from app.atlas.drawing.words import why_empty
from app.atlas.pages import practices
from app.atlas.pages.compare import compare_page
from app.atlas.view import COMPARED_AS, GEOGRAPHIES, ROWS, SORTS, TABS, TARGETS, View
from engine.atlas.metrics.context_filters import KEEP
from engine.atlas.metrics.context_measures import CONTEXT
from engine.atlas.metrics.qof_measures import MEASURES
from engine.atlas.rollup import LEVELS
from engine.bands import LABELS
from engine.lake import Lake, open_lake
from refresh.atlas.synthetic.england import write_england
from refresh.pipeline import run

HOSTILE = (
    "",
    " ",
    "null",
    "-1",
    "1e309",
    "nan",
    "0" * 400,
    "x" * 4_000,
    "\x00",
    "A8\x001",
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "</textarea><img src=x onerror=alert(1)>",
    "../../etc/passwd",
    "%00%ff",
    "{{7*7}}",
    "مستشفى",
    "\u202egnp.exe",
    "👩🏽‍⚕️🏥",
    "\ud7ff\uffff",
    "é\u0301" * 50,
    "a,b,,c,",
    ":::",
    "group:",
    "group:A81001.ZZZ.👩",
    "group:" + ".".join(f"A8{i:04}" for i in range(600)),
)


def links(number: int, catalogue: Catalogue, *, seed: int = 7) -> Iterator[dict[str, str]]:
    """So many links, always the same: fields left out, sensible, of another time, hostile."""
    chance = random.Random(seed)
    sensible = _sensible(catalogue)
    for _ in range(number):
        link = {}
        for name in (*(f.name for f in fields(View)), "nonsense"):
            kind = chance.random()
            if kind < 0.5:
                link[name] = chance.choice(sensible.get(name, [""]))
            elif kind < 0.62:
                link[name] = chance.choice(HOSTILE)
            elif kind < 0.68:
                link[name] = _garbled(chance, chance.choice(sensible.get(name, ["x"])))
        yield link


def wrong_with(link: dict[str, str], catalogue: Catalogue) -> str:
    """What is wrong with how a link is read; nothing where all is well."""
    view, notes = read(link, catalogue)
    if view.year not in catalogue.years_of(view.indicator):
        return "the view is of a year that is not there"
    if not all(note.strip().endswith(".") for note in notes):
        return f"a note is no sentence: {notes}"
    code = link.get("indicator", "").strip().upper()
    if code and code != view.indicator and not notes:
        return "another indicator is shown without a word"
    _ = view.question, view.dots, view.hidden
    own = parse_qsl(view.address().removeprefix("?"), keep_blank_values=True)
    again, told = read(dict(own), catalogue)
    if again != view:
        return f"its own address opens another view: {again} for {view}"
    said = " ".join(notes)
    return "" if all(note in said for note in told) else f"its own address is told off: {told}"


def wrong_with_page(link: dict[str, str]) -> str:
    """What is wrong with the page of a link: it must have its controls, and no text as markup."""
    seen = _Tags()
    seen.feed(str(practices.page(link)))
    if "practices" not in seen.ids:
        return "the page has no place for the map"
    if len(seen.ids) != len(set(seen.ids)):
        return f"ids are there twice: {[i for i in seen.ids if seen.ids.count(i) > 1]}"
    return "the link's text became markup" if seen.hostile else ""


def wrong_with_answer(link: dict[str, str], lake: Lake, catalogue: Catalogue) -> str:
    """What is wrong with the answer: rows, or a sentence why there are none."""
    view, _ = read(link, catalogue)
    rows = ask(lake, view.question).here
    said = why_empty(view.question, view.indicator, view.find)
    return "" if rows.height or said.strip().endswith(".") else "nothing is shown, nor said"


def wrong_with_comparison(one: str, other: str, **asked: str) -> str:
    """What is wrong with the page that holds two against each other: a page, or one to go to."""
    said = {"one": one, "other": other, **asked}
    query = urlencode(said, errors="replace").encode()
    made = compare_page(Request({"type": "http", "query_string": query, "headers": []}))
    if made.status_code == 302:
        return "" if made.headers["location"].startswith("compare?") else "it leads elsewhere"
    if "csv" in made.headers["content-type"]:
        return ""
    seen = _Tags()
    seen.feed(bytes(made.body).decode())
    if made.status_code not in (200, 404, 422):
        return f"the comparison is answered with {made.status_code}"
    return "the comparison's text became markup" if seen.hostile else ""


class _Tags(HTMLParser):
    """Ids, and whether an element came out of a link's own text."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.hostile = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        self.ids += [said["id"]] if said.get("id") else []
        self.hostile |= tag == "img" or "onerror" in said


def _sensible(catalogue: Catalogue) -> dict[str, list[str]]:
    """Values that mean something, or once did."""
    years = sorted({row["year"] for rows in catalogue.by_code.values() for row in rows})
    areas = ["", "region:Y56", "icb:QOP", "pcn:U12345", "sub_icb:02M", "practice:A81001", "icb:ZZZ"]
    bands = [*LABELS, "usual", "custom:50,70", "custom:90,10", "custom:nan", "custom:0,1e-9,100"]
    return {
        "indicator": [*catalogue.by_code, "CHD007", "XYZ999", "copd010"],
        "year": [*years, "2004-05", "2031-32"],
        "level": list(LEVELS),
        "measure": list(MEASURES),
        "bands": bands,
        "area": [*areas, "group:A81001.A81002", "england:E", "group:a81001 a81002"],
        "hide": ["", "0", "0,1,none,unreported", "99"],
        "selected": ["A81001", "y00001", "U12345"],
        "sort": [*SORTS, "-value", "-name", "-change", "deprivation"],
        "find": ["", "surgery", "(", "["],
        "rows": list(ROWS),
        "geography": list(GEOGRAPHIES),
        "keep": [*KEEP, ",".join(list(KEEP)[:3])],
        "colour": ["", *CONTEXT],
        "size": ["", *CONTEXT],
        "columns": ["", ",".join(CONTEXT), "deprivation"],
        "against": ["", *years],
        "compare_as": list(COMPARED_AS),
        "across": list(CONTEXT),
        "tab": list(TABS),
        "like": ["", "none", "list_size,deprivation"],
        "target": [*TARGETS, "80", "0", "100.0001", "7.5e1"],
        "snapshot": ["", "2019-01-01T00-00-00-deadbeef"],
    }


def _wrong_with_two_of(link: dict[str, str]) -> str:
    """A comparison of whatever stands in a link's place of an area and of what is selected."""
    sides = link.get("area", ""), link.get("selected", "") or link.get("find", "")
    rest = {name: link[name] for name in ("year", "geography", "snapshot") if name in link}
    return wrong_with_comparison(*sides, **rest)


def _garbled(chance: random.Random, text: str) -> str:
    """A value with a character too many, too few, or in the wrong place."""
    place = chance.randrange(len(text) + 1)
    return text[:place] + chance.choice(["", "\u200f", "%", "é", "\n", "\x00"]) + text[place + 1 :]


def main(number: int) -> int:
    """Throws so many links; the page of each tenth, the answer of each hundredth."""
    with tempfile.TemporaryDirectory() as folder:
        data, mirror = Path(folder) / "data", Path(folder) / "mirror"
        write_england(mirror, seed=1, scale=0.02)
        run(data=data, mirror=str(mirror), demonstration=True)
        os.environ["CARE_ATLAS_DATA"] = str(data)  # as the page finds it
        lake = open_lake()
        catalogue = Catalogue(frames.indicators(lake))
        found, started = 0, perf_counter()
        for nth, link in enumerate(links(number, catalogue)):
            wrong = wrong_with(link, catalogue)
            wrong = wrong or (wrong_with_page(link) if nth % 10 == 0 else "")
            wrong = wrong or (wrong_with_answer(link, lake, catalogue) if nth % 100 == 0 else "")
            wrong = wrong or (_wrong_with_two_of(link) if nth % 10 == 0 else "")
            if wrong:
                found += 1
                print(f"link {nth}: {wrong}\n  {link}", flush=True)
        print(f"{number:,} links in {perf_counter() - started:.0f} s: {found} wrong")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3_000))
