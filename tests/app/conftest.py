"""A running app on the small demonstration lake, and the browser that looks at it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from engine import Lake
from tests.app.serving import served
from tests.app.waiting import PATIENCE
from tests.app.window import Window
from tests.browser import ARGUMENTS, on_path

expect.set_options(timeout=1000 * PATIENCE)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict:
    """Chromium on PATH where there is one; else Playwright's own."""
    found = on_path()
    return {"args": ARGUMENTS} | ({"executable_path": found} if found else {})


@pytest.fixture(scope="session")
def atlas(lake: Lake) -> Iterator[str]:
    """The address of the app on the demonstration lake."""
    with served(lake.layout.root) as address:
        yield address


@pytest.fixture(scope="session")
def shared_window(browser: Browser) -> Iterator[Window]:
    window = Window(browser)
    yield window
    window.close()


@pytest.fixture
def page(shared_window: Window) -> Iterator[Page]:
    """pytest-playwright's page, in the window of the worker.

    What cannot be taken back of it (add_init_script) is for `new_page`.
    """
    yield shared_window.page()
    shared_window.forget()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Page]:
    """A page in a window of its own."""
    page = browser.new_page()
    page.set_default_timeout(1000 * PATIENCE)
    yield page
    page.close()


@pytest.fixture
def open_page(page: Page, atlas: str):
    """Open the practices page with a query; fails if the page's own scripts do."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))

    def go(query: str = "") -> Page:
        page.goto(atlas + query)
        page.get_by_role("table").wait_for()
        return page

    yield go
    assert errors == []
