"""What counts for the builder: of a wing either what is real or what is invented."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from engine.lake import Layout
from refresh.atlas.wing import ATLAS
from refresh.pantry import pantry_of
from refresh.source import Release, StoredFile
from refresh.store.ledger import Ledger
from refresh.wing import Wings

WINGS = Wings((ATLAS,))
PARTS = {"qof": "achievement", "ods_practices": "practice"}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(Layout(tmp_path).registry_url)
    for source in ATLAS.sources:
        ledger.register(source, load_mode=WINGS.load_mode(source))
    yield ledger
    ledger.close()


def staged(ledger: Ledger, source: str, period: str, *, invented: bool) -> None:
    """A release of a source, staged well."""
    sha256 = f"{source}{period}{invented}".encode().hex().ljust(64, "0")[:64]
    file = StoredFile("a.csv", f"file:///{sha256}/a.csv", sha256, 9)
    release = Release(source, period, 0, sha256, (file,), date(2026, 5, 1), invented)
    ledger.add_release(release)
    part = {"path": "a.parquet", "rows": 1, "practices": 1, "sha256": sha256, "headers": []}
    ledger.judge(release, status="staged", parts={PARTS[source]: part}, by="tests")


def there(ledger: Ledger, root: Path) -> tuple[set[tuple[str, bool]], list[str]]:
    """The releases that count, and what is said of those that do not."""
    pantry, releases = pantry_of(WINGS, ledger, Layout(root))
    used = {(release.source, release.demonstration) for release in releases}
    return used, [finding.message for finding in pantry.waiting]


def test_what_is_real_waits_for_what_the_wing_cannot_do_without_and_says_so(
    ledger: Ledger, tmp_path: Path
):
    staged(ledger, "qof", "2024-25", invented=True)
    staged(ledger, "ods_practices", "2026-02", invented=False)
    used, (said,) = there(ledger, tmp_path)
    assert used == {("qof", True)}
    assert said.startswith("1 real releases are staged and not shown")
    assert "achievement or prevalence" in said


def test_a_demonstration_goes_whole_once_there_is_real_data_that_counts(
    ledger: Ledger, tmp_path: Path
):
    staged(ledger, "qof", "2024-25", invented=True)
    staged(ledger, "ods_practices", "2026-02", invented=True)
    staged(ledger, "qof", "2021-22", invented=False)
    assert there(ledger, tmp_path) == ({("qof", False)}, [])


def test_without_a_demonstration_whatever_is_real_counts(ledger: Ledger, tmp_path: Path):
    staged(ledger, "ods_practices", "2026-02", invented=False)
    assert there(ledger, tmp_path) == ({("ods_practices", False)}, [])
