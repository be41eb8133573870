"""The series of this process: requests, questions, sessions, flushes. Each costs microseconds.

In a registry of our own, so that nobody else's series are told. No label has a value that a visitor
chooses. Several processes each count their own; with PROMETHEUS_MULTIPROC_DIR they are added up.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.multiprocess import MultiProcessCollector

from app.monitoring.spans import span
from engine.errors import LakeError

PROCESS = CollectorRegistry()
# About what people and budgets tell apart: 100 ms a list, 500 ms a question, 2 s a hard one.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)

REQUEST_SECONDS = Histogram(
    "care_atlas_request_seconds",
    "Time to the end of an answer over HTTP, by address without its parameters.",
    ("route", "method", "status"),
    buckets=BUCKETS,
    registry=PROCESS,
)
QUESTION_SECONDS = Histogram(
    "care_atlas_question_seconds",
    "Time to answer a question that was not answered before: by who asks (a wing, or agents) and"
    " what (map, or the tool).",
    ("asker", "kind"),
    buckets=BUCKETS,
    registry=PROCESS,
)
QUESTIONS_REFUSED = Counter(
    "care_atlas_questions_refused",
    "Questions that could not be answered as they were put.",
    ("asker", "kind"),
    registry=PROCESS,
)
QUESTIONS_BROKEN = Counter(
    "care_atlas_questions_broken",
    "Questions that ended in a fault of ours.",
    ("asker", "kind"),
    registry=PROCESS,
)
SESSIONS = Gauge(
    "care_atlas_sessions",
    "Pages with a session that are open now.",
    registry=PROCESS,
    multiprocess_mode="livesum",
)
SESSIONS_OPENED = Counter(
    "care_atlas_sessions_opened", "Pages with a session ever opened.", registry=PROCESS
)
FLUSHES = Counter(
    "care_atlas_flushes",
    "Rounds of reactions, by what a session had in them: written to it, or passed over.",
    ("outcome",),
    registry=PROCESS,
)
WRITTEN, PASSED_OVER = FLUSHES.labels("written"), FLUSHES.labels("passed over")
if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
    # Memory and processor time are each process's own and cannot be added up from files.
    ProcessCollector(registry=PROCESS)


def of_processes() -> CollectorRegistry:
    """The registry to tell: this process's, or all processes' where they share a folder."""
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return PROCESS
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]  # the library's, untyped
    return together


@contextmanager
def question_answered(asker: str, kind: str) -> Iterator[None]:
    """Time a question, from here to the end of the block, and count how it ends.

    Takes:  names that are declared, never what somebody typed: each is a series of its own.
    """
    start = perf_counter()
    try:
        with span(f"{asker} {kind}"):
            yield
    except LakeError:
        QUESTIONS_REFUSED.labels(asker, kind).inc()
        raise
    except Exception:
        QUESTIONS_BROKEN.labels(asker, kind).inc()
        raise
    finally:
        QUESTION_SECONDS.labels(asker, kind).observe(perf_counter() - start)
