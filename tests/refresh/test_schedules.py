"""What is printed for schedulers is what they read, and each entry calls what there is."""

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from refresh.__main__ import _parser, main
from refresh.operate.repeating import INTERRUPTED, repeated
from refresh.operate.schedules import TASKS, WRITERS, written

ODD = "/srv/care atlas"
CALLS = [call for task in TASKS for call in task.calls]


@pytest.mark.parametrize("call", CALLS)
def test_every_call_is_one_that_the_command_line_takes(call: str):
    assert callable(_parser().parse_args(call.split()).verb)


@pytest.mark.parametrize("kind", WRITERS)
def test_every_scheduler_is_given_every_call(kind: str):
    text = written(kind, folder=ODD, python=f"{ODD}/.venv/bin/python")  # type: ignore[arg-type]
    for call in CALLS:
        assert call in text


def test_a_line_of_cron_runs_all_its_calls_in_a_folder_with_a_blank(tmp_path: Path):
    folder = tmp_path / "care atlas"
    folder.mkdir()
    python = folder / "python"
    python.write_text('#!/bin/sh\npwd >> said\necho "$@" >> said\nexit 1\n')
    python.chmod(0o755)
    lines = written("cron", folder=str(folder), python=str(python)).splitlines()
    (weekly,) = [line for line in lines if "maintain weekly" in line]
    fields, command = weekly.split("  ", 1)
    assert fields.split() == ["7", "6", "*", "*", "1"]
    subprocess.run(["sh", "-c", command], check=False)
    said = (folder / "said").read_text(encoding="utf-8").splitlines()
    # The calls after one that failed are made all the same.
    assert said[1::2] == [f"-m refresh {call}" for call in TASKS[2].calls]
    assert set(said[::2]) == {str(folder)}


def test_every_calendar_of_systemd_is_one():
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd here")
    for task in TASKS:
        subprocess.run(["systemd-analyze", "calendar", task.calendar], check=True)


def test_the_workflow_is_yaml_with_a_step_a_schedule():
    said = YAML(typ="safe").load(written("github", folder="", python=""))
    crons = [entry["cron"] for entry in said["on"]["schedule"]]
    assert crons == [task.cron for task in TASKS]
    steps = [step for step in said["jobs"]["care-atlas"]["steps"] if "name" in step]
    for task, step in zip(TASKS, steps, strict=True):
        assert f"'{task.cron}'" in step["if"] and task.calls[-1] in step["run"]


def test_windows_parts_its_words_as_cmd_does():
    lines = written("windows", folder=r"C:\care atlas", python=r"C:\py\python.exe").split("\r\n")
    created = [line for line in lines if line.startswith("schtasks")]
    assert len(created) == len(TASKS)
    for line in created:
        words = shlex.split(line.replace("\\", "\\\\").replace('\\\\"', '\\"'))
        (run,) = [words[at + 1] for at, word in enumerate(words) if word == "/TR"]
        assert run.startswith('cmd /c cd /d "C:\\care atlas" && (')


def test_the_verb_prints_this_folder_and_this_python(capsys: pytest.CaptureFixture[str]):
    assert main(["schedule"]) == 0
    said = capsys.readouterr().out
    assert str(Path.cwd()) in said and sys.executable in said


# run --every


class Clock:
    """A clock that goes on as it is told; the third wait is interrupted."""

    def __init__(self, *took: float) -> None:
        self.now, self.took, self.waits = 0.0, list(took), [0.0][:0]
        self.ran = 0

    def call(self) -> int:
        self.now += self.took[self.ran]
        self.ran += 1
        if self.ran == 2:
            raise ZeroDivisionError("a run that nobody foresaw")
        return 1 if self.ran == 3 else 0

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds
        if len(self.waits) == 3:
            raise KeyboardInterrupt


def test_runs_follow_each_other_whatever_came_of_them_until_one_is_stopped():
    clock, said = Clock(600, 5000, 30, 600), [""][:0]
    code = repeated(
        clock.call, every=3600, clock=lambda: clock.now, sleep=clock.sleep, say=said.append
    )
    assert code == INTERRUPTED and clock.ran == 4
    # Ten minutes of an hour, then one that took longer than an hour, then half a minute.
    assert clock.waits == [3000, 3570, 3000]
    assert any("ZeroDivisionError" in line for line in said)
    assert sum("ended with 1" in line for line in said) == 2


def test_a_run_that_is_stopped_ends_it():
    said = [""][:0]
    assert repeated(lambda: INTERRUPTED, every=60, sleep=lambda _: None, say=said.append) == 130
    assert said == []


@pytest.mark.parametrize("text", ["0h", "6", "h", "1w", "-1h", "99999h"])
def test_what_is_no_stretch_of_time_is_a_wrong_call(text: str):
    with pytest.raises(SystemExit) as wrong:
        main(["run", "--every", text])
    assert wrong.value.code == 2
