"""The areas of the operations pages, and the line that leads from each to the others."""

from collections.abc import Iterator

from htmltools import Tag, tags

from app.publications.alert_badge import badge
from app.wing import Link
from engine.access import may, who_asks

OPERATIONS, ALERTS = "operations", "alerts"
AREAS: tuple[Link, ...] = (
    Link("Load health", OPERATIONS),
    Link("Freshness", f"{OPERATIONS}/freshness"),
    Link("Storage", f"{OPERATIONS}/storage"),
    Link("Schema", f"{OPERATIONS}/schema"),
    Link("Reviews", f"{OPERATIONS}/reviews"),
    Link("Loads", f"{OPERATIONS}/loads"),
    Link("Add a publication", f"{OPERATIONS}/add"),
    Link("Alerts", ALERTS),
    Link("Evidence", "evidence"),
    Link("Runbooks", "runbooks"),
)
"""An area's words, and its address below the front of the house."""
AUDIT = f"{OPERATIONS}/audit"
_ELSEWHERE = (
    Link("Catalogue", "catalogue"),
    Link("the source", f"{OPERATIONS}/source"),
    Link("Orphans", f"{OPERATIONS}/orphans"),
)
_OF_DBAS = (Link("Audit", AUDIT),)


def areas(here: str, *, root: str = "", beside: dict[str, str] | None = None) -> Tag:
    """The line of areas that stands under the heading of each of their pages.

    Takes: the address of the one that is shown, as `AREAS` has it; the way from the page to the
           front of the house (`../`); what stands beside an area's words, by its address: "3 open";
           beside Alerts stands how many critical ones nobody has.
    """
    said = {ALERTS: badge(), **(beside or {})}
    return tags.nav(
        *(
            tags.a(
                area.words,
                tags.small(f" {said[area.address]}") if said.get(area.address) else None,
                href=f"{root}{area.address}",
                aria_current="page" if area.address == here else None,
            )
            for area in (*AREAS, *(_OF_DBAS if _is_dba() else ()))
        ),
        id="areas",
        class_="publications-areas",
        aria_label="Operations",
        data_part="",
    )


def pages() -> Iterator[tuple[str, str]]:
    """The words and address of each page that who looks is led to."""
    for page in (*AREAS, _ELSEWHERE[0], *(_OF_DBAS if _is_dba() else ())):
        yield page.words, page.address


def area_called(address: str) -> str:
    """The words of the page at an address below the front of the house, an area or the catalogue.

    >>> area_called("operations/reviews"), area_called("operations/loads?source=beds")
    ('Reviews', 'Loads')
    """
    plain = address.partition("?")[0]
    return next(page.words for page in (*AREAS, *_ELSEWHERE) if page.address == plain)


def _is_dba() -> bool:
    """Whether who looks at the page may read what everybody did."""
    reader = who_asks()
    return reader is not None and may(reader, "administer")
