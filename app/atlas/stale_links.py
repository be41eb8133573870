"""What a link asks for that the year on show does not have: closed practices, vanished networks.

Such a link still opens; what is missing is said in a sentence, with when it was last published and
the way there. An area that is missing gives way to England, as a retired indicator to another.
"""

from dataclasses import replace

from htmltools import Tag, TagList, tags

from app.atlas import frames
from app.atlas.drawing import links
from app.atlas.drawing.words import LEVEL_WORDS
from app.atlas.view import GEOGRAPHIES, View
from engine.atlas.area import Area
from engine.atlas.years import qof_years
from engine.lake import Lake

LONGEST_CODE = 20
NOT_KEPT = "The link is pinned to a snapshot that is not kept any more; the newest is shown."


def settle_the_area(lake: Lake, view: View) -> tuple[View, list[TagList]]:
    """The view without an area that its year does not have, and a sentence that says so."""
    area = Area.parse(view.area)
    level, code = area.level, area.code
    if level not in LEVEL_WORDS or code in _codes(lake, view.year, level, view.geography):
        return view, []
    ways = _ways(lake, view, level, code=code)
    said = _said(view, level, code=code, ways=ways)
    return replace(view, area=""), [TagList(said, " England is shown instead.")]


def notes_on_missing(lake: Lake, view: View) -> list[TagList]:
    """A sentence for the selected organisation, where the year has none such."""
    level, code = view.level, view.selected
    if not code or code in _codes(lake, view.year, level, view.geography):
        return []
    ways = _ways(lake, view, level, code=code)
    if any(code in _codes(lake, year, level) for year in qof_years(lake)):
        name = f"{code}’s own page"
        # Its page has all its years, also those in which this view does not know it.
        ways = [*ways, tags.a(name, href=links.organisation(level, code))]
    return [TagList(_said(view, level, code=code, ways=ways), " Choose another organisation.")]


def _said(view: View, level: str, *, code: str, ways: list[Tag]) -> TagList:
    one, short = LEVEL_WORDS[level][0], code[:LONGEST_CODE]
    if not ways:
        return TagList(
            f"No {one} has the code {short} in {view.year}, nor in any other year loaded."
        )
    what = f"{one[0].upper()}{one[1:]} {short} is not in {view.year}"
    if view.geography != "published":
        what += f", {GEOGRAPHIES[view.geography].lower()}"
    there = (part for way in ways for part in (", ", way))
    return TagList(f"{what}. See it: ", *list(there)[1:], ".")


def _ways(lake: Lake, view: View, level: str, *, code: str) -> list[Tag]:
    """Links to the same view where it is: under the other boundaries, in its last year."""
    found = []
    for geography, words in GEOGRAPHIES.items():
        if geography != view.geography and code in _codes(lake, view.year, level, geography):
            href = replace(view, geography=geography).address()
            found.append(tags.a(f"with boundaries “{words}”", href=href))
    was = [year for year in qof_years(lake) if code in _codes(lake, year, level)]
    # Under its own year's boundaries, which are the ones that knew it.
    if was and view.year not in was:
        href = replace(view, year=was[-1], geography="published").address()
        found.append(tags.a(f"last published for {was[-1]}", href=href))
    return found


def _codes(lake: Lake, year: str, level: str, geography: str = "published") -> set[str]:
    return set(frames.organisations(lake, year, level, geography)["organisation_code"])
