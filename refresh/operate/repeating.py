"""Repeating: a program that runs for long does the same again and again, whatever came of it."""

import re
import time
import traceback
from argparse import ArgumentTypeError
from collections.abc import Callable

from rich.console import Console

INTERRUPTED = 130
"""What a call ends with that was stopped by hand, as shells have it."""
_UNITS = {"m": 60, "h": 3600, "d": 86_400}
_DURATION = re.compile(r"(?P<number>\d{1,4})(?P<unit>[mhd])")


def seconds_of(text: str) -> int:
    """How long `6h`, `30m` or `1d` is, in seconds; for argparse.

    Raises: ArgumentTypeError for what is no such stretch of time, or none at all.

    >>> seconds_of("6h"), seconds_of("30m"), seconds_of("1d")
    (21600, 1800, 86400)
    """
    found = _DURATION.fullmatch(text)
    if found is None or not int(found["number"]):
        raise ArgumentTypeError(f"`{text}` is no stretch of time such as 30m, 6h or 1d")
    return int(found["number"]) * _UNITS[found["unit"]]


def repeated(
    call: Callable[[], int],
    *,
    every: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    say: Callable[[str], None] | None = None,
) -> int:
    """Call something every so many seconds until somebody stops it.

    Takes:  what to call, which gives an exit code; seconds from one beginning to the next; a clock
            that only ever grows; who waits, and who is told. One that took longer than that is
            followed by the next at once, and none is made up for.
    Gives:  130, once it is stopped. A call that fails is told, and does not end it.
    """
    say = say or _to_stderr
    try:
        while True:
            begun = clock()
            if _called(call, say) == INTERRUPTED:
                return INTERRUPTED
            rest = begun + every - clock()
            if rest > 0:
                say(f"The next run begins in {rest / 60:.0f} minutes; Ctrl-C ends this.")
                sleep(rest)
    except KeyboardInterrupt:
        say("Stopped.")
        return INTERRUPTED


def _called(call: Callable[[], int], say: Callable[[str], None]) -> int:
    try:
        code = call()
    # Whatever it is: the next run may go well, and nobody is there to start it again.
    except Exception:
        say(traceback.format_exc())
        code = 1
    if code and code != INTERRUPTED:
        say(f"This run ended with {code}; what was live stays live.")
    return code


def _to_stderr(line: str) -> None:
    Console(stderr=True, soft_wrap=True, highlight=False).print(line, markup=False)
