"""A window of Chromium that tests share.

Half of what a visit costs is the five megabytes of scripts that a new window has to compile; one
that had them before has not.
"""

from typing import Any

from playwright.sync_api import Browser, Error, Frame, Page

from tests.app.waiting import PATIENCE

DESKTOP = {"width": 1280, "height": 720}
LONGEST_PAST = 25  # entries of a window, which keeps fifty: tests count them


class Window:
    """A window that tests share, one after the other; to each it is a new one.

    Takes:  options of Playwright's new_context, for a window of another kind.
    """

    def __init__(self, browser: Browser, **options: Any):
        self._browser = browser
        self._options = {"viewport": DESKTOP} | options
        self._open()

    def _open(self) -> None:
        self._context = self._browser.new_context(**self._options)
        self._context.set_default_timeout(1000 * PATIENCE)
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
        try:
            if len(self._origins) > 1:  # what they stored can be cleared for the open one only
                self._renew()
            else:
                self._clear()
        except Error:  # a page that was on its way elsewhere as its test ended
            self._renew()

    def _renew(self) -> None:
        self.close()
        self._open()

    def _clear(self) -> None:
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
        page.set_viewport_size(self._options["viewport"])
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
