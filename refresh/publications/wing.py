"""Publications under management in the refresh: the verbs that draft, load and retire them."""

from engine.lake import Layout
from refresh.publications.adding import ADDING
from refresh.publications.registered import registered
from refresh.publications.verbs import VERBS
from refresh.wing import Wing


def _load_page(layout: Layout, asked: str) -> tuple[int, str]:
    # It draws and profiles, which no other verb waits for.
    from refresh.publications.load_page import page_of

    return page_of(layout, asked)


PUBLICATIONS = Wing(
    name="publications",
    sources=(),
    recipes=(),
    verbs=VERBS,
    registered=registered,
    load_page=_load_page,
    adding=ADDING,
)
