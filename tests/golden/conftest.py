"""What every golden test may use: the published files in ../shared/real, refreshed once."""

from pathlib import Path

import pytest

from engine import Lake, open_lake
from refresh.pipeline import Outcome, run

REAL = Path(__file__).parents[3] / "shared" / "real"


@pytest.fixture(scope="session")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """What a refresh from the published files said; the lake is in `real`."""
    if not REAL.is_dir():
        pytest.skip("../shared/real is not beside the project")
    return run(data=tmp_path_factory.getbasetemp() / "published", mirror=str(REAL))


@pytest.fixture(scope="session")
def real(outcome: Outcome, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The lake of the published files; not to be written to."""
    assert outcome.exit_code == 0
    return open_lake(tmp_path_factory.getbasetemp() / "published")
