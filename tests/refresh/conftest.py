"""What tests may use: a pocket England, refreshed once, and copies of it; databases of a ledger."""

import shutil
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from tests.refresh import postgres
from tests.refresh.mirrors import england, lay_out, refresh

YEARS = ("2022-23", "2023-24")


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pocket England, refreshed once: `mirror` and `data`; not to be written to."""
    root = tmp_path_factory.mktemp("original")
    lay_out(root / "mirror", england(YEARS))
    assert refresh(root / "mirror", root / "data").exit_code == 0
    return root


@pytest.fixture
def root(original: Path, tmp_path: Path) -> Path:
    """A copy to do things to."""
    return Path(shutil.copytree(original, tmp_path / "root"))


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a PostgreSQL that runs as long as the tests do."""
    programs = postgres.binaries()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed here (Debian: apt-get install postgresql)")
    with postgres.serving(programs) as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Gives the address of an empty database at each call, of each kind that we promise."""
    if request.param == "postgresql":
        return partial(postgres.schema, request.getfixturevalue("server"))
    numbers = count(1)
    return lambda: f"sqlite:///{tmp_path / f'registry-{next(numbers)}.sqlite'}"


@pytest.fixture
def url(database: Callable[[], str]) -> str:
    """The address of one empty database for a ledger."""
    return database()
