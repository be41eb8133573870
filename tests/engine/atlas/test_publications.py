"""The publishers' own pages: the same addresses as those where the refresh looks for new files."""

from engine.atlas.publications import PAGES, page_of
from refresh.wings import SOURCES


def test_a_page_is_the_one_that_the_refresh_reads():
    announced = {source.code: source.pages for source in SOURCES.values()}
    assert {code: (page,) for code, page in PAGES.items()} == {c: announced[c] for c in PAGES}


def test_what_nobody_announces_has_no_page():
    assert page_of("qof") and page_of("nothing") is None
