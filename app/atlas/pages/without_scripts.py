"""Who reads without scripts: the table stands in the page, and a form asks for another.

Hidden where a script may run; what needs one is hidden where none may (app/www/page.css).
"""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from htmltools import HTML, Tag, TagChild, TagList, tags

from app.atlas.catalogue import Catalogue
from app.atlas.controls import INPUTS
from app.atlas.drawing import links
from app.atlas.pages.controls_column import LEVEL_CHOICES
from app.atlas.view import View
from engine.lake import Lake

Offers = Mapping[str, object]
"""Words by value; or, by a group's name, the same of each of its own."""


def without_scripts(lake: Lake, catalogue: Catalogue, view: View, told: Sequence[str]) -> Tag:
    """What stands where the map is drawn with scripts: a form of the question, and ways out.

    Takes: what is wrong with the link as sentences of HTML; a session says them by itself.
    """
    asked = {"indicator": view.indicator, "year": view.year, "level": view.level}
    asked |= {"area": view.area} if view.area else {}
    # All of them: another indicator may have other years, and which is known only once asked.
    years = {year: year for year in sorted(catalogue.years, reverse=True)}
    whole = urlencode(asked | {"format": "csv"})
    return tags.noscript(
        tags.div(
            *(tags.p(HTML(sentence), class_="atlas-note") for sentence in told),
            tags.p(
                "The map is drawn by scripts, which may not run here. The table has all that it"
                " says; so have the other pages."
            ),
            tags.form(
                _select("indicator", "Indicator", catalogue.indicators, view.indicator),
                _select("year", "Year", years, view.year),
                _select("level", "Level", LEVEL_CHOICES, view.level),
                _select("area", "Area", INPUTS["area"].offers(lake, view), view.area),
                tags.button("Show", type="submit"),
                method="get",
                action="./",
                aria_label="What to show",
            ),
            tags.p(
                tags.a("All of it as CSV", href=f"api/v1/achievement?{whole}"),
                *_brief(view),
                " · ",
                tags.a("Search", href="search"),
            ),
            class_="atlas-unscripted",
        )
    )


def _brief(view: View) -> list[TagChild]:
    if not view.area:
        return []
    asked = {"area": view.area, "indicator": view.indicator, "year": view.year}
    return [" · ", tags.a("Area brief", href=links.brief(**asked))]


def _select(name: str, label: str, offers: Offers, selected: str) -> Tag:
    return tags.label(label, tags.select(*_options(offers, selected), name=name))


def _options(offers: Offers, selected: str) -> TagList:
    drawn = TagList()
    for value, words in offers.items():
        if isinstance(words, Mapping):
            drawn.append(tags.optgroup(*_options(words, selected), label=value))
        else:
            chosen = "" if value == selected else None
            drawn.append(tags.option(str(words), value=value, selected=chosen))
    return drawn
