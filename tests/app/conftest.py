"""A running app on the small demonstration lake, and the browser that looks at it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from engine import Lake
from tests.app.serving import served
from tests.browser import ARGUMENTS, on_path

expect.set_options(timeout=20_000)  # a busy machine is slow, not wrong


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


LONGEST_PAST = 25  # entries of a window, which keeps fifty: tests count them


class Window:
    """A window that all tests of a worker share, one after the other.

    Half of what a visit costs is the five megabytes of scripts that a new window has to compile;
    one that had them before has not. To a test it is a new one.
    """

    def __init__(self, browser: Browser):
        self._browser = browser
        self._open()

    def _open(self) -> None:
        self._context = self._browser.new_context()
        self._pages: list[Page] = []
        self._origins: set[str] = set()

    def page(self) -> Page:
        """The page, as if it had just been opened."""
        if not self._pages or self._pages[0].is_closed():
            self._pages = [self._context.new_page()]
            self._pages[0].on("framenavigated", self._remember)
        return self._pages[0]

    def _remember(self, frame: Frame) -> None:
        if frame.url.startswith("http"):
            self._origins.add("/".join(frame.url.split("/")[:3]))

    def forget(self) -> None:
        """Leave nothing behind of the test that had it."""
        if len(self._origins) > 1:  # what they stored can be cleared for the one that is open only
            self.close()
            return self._open()
        self._origins.clear()
        page = self.page()
        for other in self._context.pages:
            if other is not page:
                other.close()
        page.unroute_all()
        if page.url.startswith("http"):
            page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
        page.goto("about:blank")
        if page.evaluate("history.length") > LONGEST_PAST:
            page.close()
            page = self.page()
        self._context.clear_cookies()
        self._context.clear_permissions()
        page.set_viewport_size({"width": 1280, "height": 720})
        page.emulate_media(
            media="null",
            color_scheme="light",
            reduced_motion="no-preference",
            forced_colors="none",
            contrast="no-preference",
        )
        page.mouse.move(0, 0)

    def close(self) -> None:
        self._context.close()


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
