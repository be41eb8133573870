"""What a run says of itself: each new word at once, and that it is alive while it says nothing."""

from pathlib import Path
from threading import Event, current_thread
from threading import enumerate as enumerate_threads

import pytest

from engine.lake import read_progress
from refresh.extract.patience import Patience
from refresh.pipeline import run
from refresh.progress import Progress, lasting
from tests.refresh.mirrors import lay_out, members, packed, zip_of
from tests.refresh.publisher import Publisher

QUICK = Patience(attempts=2, first=0, longest=0, total=20)


class Clock:
    """Seconds that pass only when a test says so."""

    def __init__(self):
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def progress(tmp_path: Path, clock: Clock) -> Progress:
    return Progress(tmp_path / "refresh.json", clock=clock)


def test_new_words_are_written_however_soon_they_come(tmp_path: Path, progress: Progress):
    progress.step("looking for QOF", 0, 17)
    progress.step("fetching big.zip", 0, 1)
    assert read_progress(tmp_path)["step"] == "fetching big.zip"


def test_the_same_words_are_written_five_times_a_second_at_most(
    tmp_path: Path, progress: Progress, clock: Clock
):
    for done in range(5):
        progress.step("reading", done, 9)
    assert read_progress(tmp_path)["done"] == 0
    clock.seconds += 0.2
    progress.step("reading", 5, 9)
    assert read_progress(tmp_path)["done"] == 5


def test_a_step_that_takes_long_is_heard_every_few_seconds(
    tmp_path: Path, progress: Progress, clock: Clock
):
    progress.step("fetching big.zip", 0, 1)
    (tmp_path / "refresh.json").unlink()
    progress.beat()
    assert read_progress(tmp_path) is None, "a thousand chunks a second are no thousand files"
    clock.seconds += 5
    progress.beat()
    said = read_progress(tmp_path)
    assert (said["state"], said["step"]) == ("running", "fetching big.zip")


def test_who_looks_while_a_file_is_fetched_reads_its_name(root: Path):
    during = []

    def look(exchange) -> None:
        during.append(read_progress(root / "data")["step"])
        exchange.reply(200, exchange.content())

    lay_out(root / "mirror", {zip_of("2023-24"): packed(members("2023-24", 2))})
    with Publisher(root / "mirror") as publisher:
        publisher.fault(r"QOF2324\.zip", look)
        assert run(data=root / "data", mirror=publisher.url, patience=QUICK).is_new
    assert during == ["fetching QOF2324.zip"]


def test_what_lasts_is_heard_of_while_it_lasts_and_not_after():
    heard, beats = Event(), []

    def beat() -> None:
        beats.append(current_thread().name)
        heard.set()

    with lasting(beat, every=0.001):
        assert heard.wait(10)
    told = len(beats)
    assert told and current_thread().name not in beats
    with lasting(beat, every=3600):
        pass
    assert len(beats) == told


def test_a_parse_that_fails_ends_its_beat():
    with pytest.raises(ValueError), lasting(lambda: None, every=0.001):
        raise ValueError
    assert not [thread for thread in enumerate_threads() if "go_on" in thread.name]
