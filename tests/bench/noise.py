"""How quiet the machine was: a fixed piece of work, timed now and then while others may run."""

import time

from tests.bench.figures import Figure, p95

WORK = range(150_000)  # a few milliseconds
TIMES = 8


def fixed_work() -> list[float]:
    """Milliseconds that the same piece of work takes, some times over."""
    return [_once() for _ in range(TIMES)]


def disturbance(times: list[float]) -> Figure:
    """1 is a machine that nobody else uses; at 2, one run in twenty took twice the best."""
    return Figure("the machine: a fixed loop, p95 over best", "x", p95(times) / min(times))


def _once() -> float:
    start = time.perf_counter()
    sum(WORK)
    return 1000 * (time.perf_counter() - start)
