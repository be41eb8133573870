"""Addresses of the other pages, relative to the page of practices. Pure."""

import re
from urllib.parse import urlencode

from engine import Question
from engine.atlas.metrics.qof_measures import USUAL_MEASURE


def organisation(level: str, code: str, *, root: str = "") -> str:
    """An organisation's own page.

    >>> organisation("sub_icb", "91Q")
    'sub-icb/91Q'
    """
    return f"{root}{level.replace('_', '-')}/{code}"


def receipt(question: Question, level: str, code: str, *, area: str = "", root: str = "") -> str:
    """The receipt of one organisation's number; of those of its practices that lie in an area.

    >>> receipt(Question("HYP", "2022-23", "practice", "prevalence"), "icb", "QOP")
    'receipt?organisation=QOP&indicator=HYP&year=2022-23&level=icb&measure=prevalence'
    """
    return root + receipt_address(
        organisation=code,
        indicator=question.indicator,
        year=question.year,
        level=level,
        measure=question.measure,
        area=area,
        # Left out where it is the usual, so that one number has one address.
        geography="" if question.geography == "published" else question.geography,
    )


def receipt_address(**asked: str) -> str:
    """The address of a receipt, as the receipt's page and the API read it.

    >>> receipt_address(organisation="QOP", indicator="HYP", year="2022-23", level="icb", area="")
    'receipt?organisation=QOP&indicator=HYP&year=2022-23&level=icb'
    """
    return "receipt?" + _query(asked)


def file_name(*parts: str) -> str:
    """A name for a download that every header and every disk can carry; empty parts are left out.

    >>> file_name("care-atlas-brief", "group:Ω.A81001", "", "2025-26")
    'care-atlas-brief-group-A81001-2025-26'
    """
    # Headers are Latin-1 and disks have their own wishes: letters, digits and dashes suit all.
    return re.sub(r"[^A-Za-z0-9]+", "-", "-".join(filter(None, parts)))[:120].strip("-")


def on_the_map(root: str = "", **asked: str) -> str:
    """The page of practices in a state, of which what is empty is left out."""
    return f"{root or './'}?{_query(asked)}"


def brief(root: str = "", **asked: str) -> str:
    """The brief of an area.

    >>> brief("../", area="icb:QOP", year="2025-26")
    '../brief?area=icb:QOP&year=2025-26'
    """
    return f"{root}brief?{_query(asked)}"


def measure_in_link(measure: str) -> str:
    """A measure as a link has it: the usual one is left out.

    >>> measure_in_link("net"), measure_in_link("pri")
    ('', 'pri')
    """
    return "" if measure == USUAL_MEASURE else measure


def _query(asked: dict[str, str]) -> str:
    return urlencode({name: value for name, value in asked.items() if value}, safe=":")
