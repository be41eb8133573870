"""What a link asks for that the year on show does not have: closed practices, vanished networks.

Such a link still opens; what is missing is said in a sentence, with when it was last published.
"""

from app import live
from app.controls import View
from app.draw.words import LEVEL_WORDS
from engine.lake import Lake

LONGEST_CODE = 20


def gone(lake: Lake, view: View) -> list[str]:
    """A sentence for the area and for the selected organisation, where the year has none such."""
    level, _, code = view.area.partition(":")
    asked = [(level, code)] if level in LEVEL_WORDS else []
    asked += [(view.level, view.selected)] if view.selected else []
    return [
        _said(lake, view, level, code=code)
        for level, code in asked
        if code not in _codes(lake, view.year, level, view.geography)
    ]


def _said(lake: Lake, view: View, level: str, *, code: str) -> str:
    one = LEVEL_WORDS[level][0]
    was = [year for year in lake.years if code in _codes(lake, year, level)]
    last = f"it was last published for {was[-1]}" if was else "nor in any other year loaded"
    what = f"{one[0].upper()}{one[1:]} {code[:LONGEST_CODE]}"
    return f"{what} is not in {view.year}: {last}. Choose another year, area or organisation."


def _codes(lake: Lake, year: str, level: str, geography: str = "published") -> set[str]:
    return set(live.organisations(lake, year, level, geography)["organisation_code"])
