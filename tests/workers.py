"""Two workers share the suite: how many there are, who runs which test, and what they share.

A file's tests stay with one worker, so that its fixtures are made once. Those that open Chromium
come after all others, in each worker: Playwright keeps an event loop running from the first on.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock
from xdist.scheduler import LoadScopeScheduling

LONGEST_MAKING = 900  # seconds that a worker waits for what another makes
MOST = 2  # a page in Chromium keeps about one core busy, and its server half of another
GOLDEN = "tests/golden/"
# Files of a minute and more in Chromium begin first: begun last, one worker waits for the other.
LONGEST = (
    "tests/app/test_accessible.py",
    "tests/app/test_ways_out.py",
    "tests/app/publications/test_operations_browser.py",
)


class ByFile(LoadScopeScheduling):
    """Hands out files in the order in which they were collected, the next to whoever is free."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if file.startswith(GOLDEN):
            return GOLDEN  # a worker alone reads all that the publishers have published
        return f"{file} in Chromium" if opens_chromium(nodeid) else file


def opens_chromium(nodeid: str) -> bool:
    """Whether a test is given `page` or `browser`, whose parameter is then in its name."""
    return re.search(r"[\[-]chromium[]-]", nodeid) is not None


def turn(item: pytest.Item) -> tuple[bool, bool]:
    """By what tests are sorted: in Chromium last, and the longest of those before the others."""
    if item.get_closest_marker("browser") is None:
        return False, False
    return True, not item.nodeid.startswith(LONGEST)


def must_come_last(item: pytest.Item) -> None:
    """Fail a test that would open Chromium among the plain ones, or looks as if it would.

    It is said as the test starts: of an error at collection a worker tells its run nothing.
    """
    opens, is_marked = opens_chromium(item.nodeid), item.get_closest_marker("browser") is not None
    if opens and not is_marked:
        pytest.fail(f"{item.nodeid}: mark it `browser`, or call no parameter `page`")
    if "playwright" in item.fixturenames and not opens:
        pytest.fail(f"{item.nodeid}: ask for `page` or `browser`, not `playwright`")


def how_many(config: pytest.Config) -> int:
    """Workers for a run of everything; none where somebody names the tests, to look into them."""
    names_tests = config.args_source is not pytest.Config.ArgsSource.TESTPATHS
    return 0 if names_tests else min(MOST, os.cpu_count() or 1)


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that the first worker makes, with `make`, and every worker of this run reads."""
    own = factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / name
    with FileLock(f"{folder}.lock", timeout=LONGEST_MAKING):
        if not (done := folder.with_suffix(".done")).exists():
            make(folder)
            done.touch()
    return folder
