"""Schedules: what is to be run when, as one list, and written as each scheduler wants it. Pure.

What is printed is complete: it is put where the first lines of it say, and nothing is to be filled
in but what those lines name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["cron", "systemd", "windows", "github", "connect"]
_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")


@dataclass(frozen=True)
class Task:
    """One thing to be run.

    name    what it is called; does: what it does, in words
    calls   verbs of `python -m refresh`, one after the other, whatever came of those before
    minute, hour  when (in UTC where the scheduler knows no other); None: every hour
    weekday 0 is Sunday; None: any; day: of the month; months: those of the year
    """

    name: str
    does: str
    calls: tuple[str, ...]
    minute: int
    hour: int | None = None
    weekday: int | None = None
    day: int | None = None
    months: tuple[int, ...] = ()

    @property
    def cron(self) -> str:
        """Its five fields.

        >>> TASKS[0].cron, TASKS[2].cron, TASKS[4].cron
        ('17 5 * * *', '7 6 * * 1', '47 6 1 1,4,7,10 *')
        """
        fields = (self.minute, self.hour, self.day, self.months or None, self.weekday)
        return " ".join("*" if f is None else _listed(f) for f in fields)

    @property
    def calendar(self) -> str:
        """The same as systemd has it.

        >>> TASKS[2].calendar, TASKS[4].calendar
        ('Mon *-*-* 06:07:00', '*-01,04,07,10-01 06:47:00')
        """
        day = f"{_DAYS[self.weekday][:3]} " if self.weekday is not None else ""
        months = ",".join(f"{month:02d}" for month in self.months) or "*"
        of_month = f"{self.day:02d}" if self.day else "*"
        hour = "*" if self.hour is None else f"{self.hour:02d}"
        return f"{day}*-{months}-{of_month} {hour}:{self.minute:02d}:00"


TASKS: tuple[Task, ...] = (
    Task("refresh", "brings every publication up to date", ("run --quiet",), 17, 5),
    Task("alerts", "asks the rules, and delivers what is due", ("alerts --evaluate",), 37),
    Task(
        "weekly",
        "measures the goals, and keeps the lake well",
        ("evidence collect weekly", "evidence report weekly", "maintain weekly"),
        7,
        6,
        weekday=1,
    ),
    Task(
        "monthly",
        "archives what is past its grace, looks ahead, and reads the golden datasets",
        ("maintain monthly --execute",),
        27,
        6,
        day=1,
    ),
    Task(
        "quarterly",
        "checks the audit trail, archives old events, and reviews the targets",
        ("evidence report quarterly", "maintain quarterly --execute"),
        47,
        6,
        day=1,
        months=(1, 4, 7, 10),
    ),
)
"""All that is to be run by the clock. Minutes that many others choose are left to them."""


def written(kind: Kind, *, folder: str, python: str) -> str:
    """The entries for one scheduler.

    Takes:  which; the folder of the program and the Python of its environment, as they are on the
            machine that runs it.
    """
    return WRITERS[kind](folder, python)


def _listed(field: int | tuple[int, ...]) -> str:
    return ",".join(map(str, field)) if isinstance(field, tuple) else str(field)


def _cron(folder: str, python: str) -> str:
    lines = ["# Care Atlas: lines for `crontab -e` of whoever owns the data folder."]
    for task in TASKS:
        runs = "; ".join(f"'{python}' -m refresh {call}" for call in task.calls)
        lines += [f"# {task.name}: {task.does}", f"{task.cron}  cd '{folder}' && {{ {runs}; }}"]
    return "\n".join([*lines, ""])


def _systemd(folder: str, python: str) -> str:
    parts = [
        "# Care Atlas: each part is a file of /etc/systemd/system under the name above it. Then:",
        "#   systemctl daemon-reload && systemctl enable --now "
        + " ".join(f"care-atlas-{task.name}.timer" for task in TASKS),
        "# Settings are lines of /etc/care-atlas.conf, NAME=value.",
    ]
    for task in TASKS:
        # A dash: what one call ends with does not keep the next from being made.
        runs = "\n".join(f"ExecStart=-{python} -m refresh {call}" for call in task.calls)
        parts.append(
            f"""
# care-atlas-{task.name}.service
[Unit]
Description=Care Atlas {task.does}
After=network-online.target

[Service]
Type=oneshot
User=atlas
WorkingDirectory={folder}
EnvironmentFile=-/etc/care-atlas.conf
{runs}

# care-atlas-{task.name}.timer
[Unit]
Description=Care Atlas {task.does}

[Timer]
OnCalendar={task.calendar}
Persistent=true

[Install]
WantedBy=timers.target"""
        )
    return "\n".join([*parts, ""])


def _windows(folder: str, python: str) -> str:
    lines = [
        "REM Care Atlas: a batch file, run once as whoever owns the data folder.",
        "REM Times are this machine's own.",
    ]
    for task in TASKS:
        runs = " & ".join(f'\\"{python}\\" -m refresh {call}' for call in task.calls)
        if task.hour is None:
            when = f"/SC HOURLY /ST 00:{task.minute:02d}"
        else:
            when = f"/ST {task.hour:02d}:{task.minute:02d}"
            if task.weekday is not None:
                when = f"/SC WEEKLY /D {_DAYS[task.weekday][:3].upper()} {when}"
            elif task.day is not None:
                names = ("JAN,APR,JUL,OCT") if task.months else "*"
                when = f"/SC MONTHLY /D {task.day} /M {names} {when}"
            else:
                when = f"/SC DAILY {when}"
        lines += [
            f"REM {task.name}: {task.does}",
            f'schtasks /Create /F /TN "Care Atlas {task.name}" {when}'
            f' /TR "cmd /c cd /d \\"{folder}\\" && ({runs})"',
        ]
    return "\r\n".join([*lines, ""])


def _github(_folder: str, _python: str) -> str:
    crons = "\n".join(f'    - cron: "{task.cron}"  # {task.name}' for task in TASKS)
    steps = "\n".join(
        f"      - if: ${{{{ !cancelled() && github.event.schedule == '{task.cron}' }}}}\n"
        f"        name: {task.name}, {task.does}\n"
        f"        run: |\n"
        + "\n".join(f"          .venv/bin/python -m refresh {call} || bad=1" for call in task.calls)
        + "\n          exit ${bad:-0}"
        for task in TASKS
    )
    return f"""# Care Atlas: .github/workflows/care-atlas.yml. The data folder is kept in the cache.
# The refresh that deploys is .github/workflows/refresh.yml: have one of the two.
name: care-atlas
on:
  schedule:
{crons}
permissions: {{}}
concurrency: care-atlas
jobs:
  care-atlas:
    runs-on: ubuntu-24.04
    timeout-minutes: 120
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@1af3b93b6815bc44a9784bd300feb67ff0d1eeb3  # v6.0.0
        with:
          persist-credentials: false
      - uses: actions/setup-python@e797f83bcb11b83ae66e0230d6156d7c80228e7c  # v6.0.0
        with:
          python-version: "3.13"
      - uses: actions/cache/restore@9255dc7a253b0ccc959486e2bca901246202afeb  # v5.0.1
        with:
          path: data
          key: data-${{{{ github.run_id }}}}
          restore-keys: data-
      - run: make setup
{steps}
      - if: ${{{{ !cancelled() }}}}
        uses: actions/cache/save@9255dc7a253b0ccc959486e2bca901246202afeb  # v5.0.1
        with:
          path: data
          key: data-${{{{ github.run_id }}}}-${{{{ github.run_attempt }}}}
"""


def _connect(_folder: str, _python: str) -> str:
    """A Quarto document a task: Connect schedules documents, and no applications."""
    parts = []
    for task in TASKS:
        calls = "\n".join(f'    "{call}",' for call in task.calls)
        parts.append(
            f"""<!-- care-atlas-{task.name}.qmd, from the next line on: deployed as
refresh/operate/scheduled.qmd says of itself, with the schedule {task.cron} -->
---
title: "Care Atlas: {task.name}"
format: html
jupyter: python3
execute:
  echo: false
---

It {task.does}.

```{{python}}
import subprocess
import sys

wrong = []
for call in (
{calls}
):
    command = [sys.executable, "-m", "refresh", *call.split()]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    print(done.stdout, done.stderr)
    wrong += [call] * (done.returncode != 0)
if wrong:
    raise RuntimeError(f"see above: {{', '.join(wrong)}}")
```
"""
        )
    return "\n".join(parts)


WRITERS: Mapping[Kind, Callable[[str, str], str]] = {
    "cron": _cron,
    "systemd": _systemd,
    "windows": _windows,
    "github": _github,
    "connect": _connect,
}
