"""A feed whose ledger lies in SQLite or, where a test asks for both, on a PostgreSQL server too."""

from pathlib import Path

import pytest

from tests.refresh import postgres
from tests.refresh.publications.feeds import Feed


@pytest.fixture
def feed(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Feed:
    """A registered feed, nothing loaded yet."""
    if getattr(request, "param", "sqlite") == "postgresql":
        server = request.getfixturevalue("server")
        monkeypatch.setenv("CARE_ATLAS_REGISTRY", postgres.schema(server))
    feed = Feed(tmp_path)
    feed.register()
    return feed
