"""Wait for what no expectation of Playwright's can be asked for; never for a time."""

from collections.abc import Callable
from time import monotonic

from playwright.sync_api import Locator, Page, expect

PATIENCE = 60.0  # seconds; a loaded machine is slow, not wrong


def until(holds: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Ask until something holds; what fails is what it last found."""
    ends = monotonic() + seconds
    while not holds():
        assert monotonic() < ends, "it never did"


def until_heard(page: Page, holds: Callable[[], object]) -> None:
    """Ask until something holds of what the page's events have brought here.

    Events are heard while the page is asked for something, and not between.
    """
    ends = monotonic() + PATIENCE
    while not holds():
        assert monotonic() < ends, "it never did"
        page.wait_for_function("() => new Promise(requestAnimationFrame)")


def comes(page: Page, part: Locator) -> None:
    """Open this page of text again until a part is there: it tells what was so when it was made."""

    def is_there() -> bool:
        page.reload()
        return part.count() > 0

    if part.count() == 0:
        until(is_there)
    expect(part.first).to_be_visible()
