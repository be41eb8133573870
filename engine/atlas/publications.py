"""Where each publication stands on its publisher's own site, for whoever wants to read it there.

A file from a mirror has no address of its own; its publication always has one.
"""

_STATISTICS = "https://digital.nhs.uk/data-and-information/publications/statistical/"

# As the refresh looks for new releases; tests/engine/atlas/test_publications.py holds them equal.
PAGES: dict[str, str] = {
    "qof": (
        f"{_STATISTICS}quality-and-outcomes-framework-achievement-prevalence-and-exceptions-data"
    ),
    "registrations": f"{_STATISTICS}patients-registered-at-a-gp-practice",
}


def page_of(source: str) -> str | None:
    """The address of a publication's series; None where none is known.

    >>> page_of("registrations").rpartition("/")[2], page_of("a list of one's own")
    ('patients-registered-at-a-gp-practice', None)
    """
    return PAGES.get(source)
