"""What every test of whole runs may use: a pocket England, refreshed once, and copies of it."""

import shutil
from pathlib import Path

import pytest

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
