"""How publishers are asked: who is asking, what is worth another attempt, how long to wait for it.

Fetch and geocode open the connections; this holds the manners they share and opens none.
"""

import os
import re
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import tenacity

from engine.errors import PublisherUnreachable
from refresh.progress import Beat, unheard

# 416: a range that is no longer there; the file is asked for from its start then.
COME_BACK = (408, 416, 425, 429)

TRY_LATER = "run again later; or download it in a browser and give its folder with --mirror"
SAY_WHO = (
    "set CARE_ATLAS_CONTACT, so that the publisher knows who asks, and run again; "
    "or download it in a browser and give its folder with --mirror"
)
LOOK_AROUND = (
    "the publisher may have moved it: see the source's page, "
    "and what `python -m refresh discover` finds"
)
ADVICE = {401: SAY_WHO, 403: SAY_WHO, 404: LOOK_AROUND, 410: LOOK_AROUND}


@dataclass(frozen=True)
class Patience:
    """How long a publisher is waited for.

    attempts  how often one address is asked
    first     seconds that the first pause lasts at most; each further one up to twice as long,
              cut by chance so that not everybody comes back at once
    longest   seconds that no pause exceeds, whatever Retry-After asks for
    total     seconds for one address, pauses and transfer together
    sleep     what pauses
    beat      hears each attempt, and that bytes come: who waits this long is not dead
    """

    attempts: int = 5
    first: float = 1
    longest: float = 60
    total: float = 1800
    sleep: Callable[[float], None] = time.sleep
    beat: Beat = unheard


PATIENT = Patience()


class Again(Exception):
    """An attempt failed in a way that another may not; `seconds` if it was said when."""

    def __init__(self, found: str, *, seconds: float | None = None):
        super().__init__(found)
        self.found, self.seconds = found, seconds


def user_agent() -> str:
    """How Care Atlas names itself: its version and whom to write to.

    Takes:  nothing but CARE_ATLAS_CONTACT; without it the project's own page is named.
    Gives:  text fit for a header.
    Raises: nothing.
    """
    file = Path(__file__).parents[2] / "pyproject.toml"
    project = tomllib.loads(file.read_text("utf-8"))["project"] if file.is_file() else {}
    pages = project.get("urls", {}).values()
    contact = os.environ.get("CARE_ATLAS_CONTACT") or next(iter(pages), "")
    named = f" (+{contact})" if contact else ""
    # A name with an accent in it would be refused as a header, and every request with it.
    return re.sub(r"[^ -~]", "", f"CareAtlas/{project.get('version', 'dev')}{named}")


def manners(patience: Patience) -> dict[str, Any]:
    """The arguments of tenacity's Retrying and AsyncRetrying that make it this patient.

    Takes:  a Patience.
    Gives:  attempts that end with the last Again, pauses of exponential backoff with full jitter
            or as long as the publisher said.
    Raises: nothing.
    """
    attempts = tenacity.stop_after_attempt(patience.attempts)
    return {
        "stop": attempts | tenacity.stop_after_delay(patience.total),
        "wait": partial(_pause, patience=patience),
        "retry": tenacity.retry_if_exception_type(Again),
        "before": lambda _state: patience.beat(),
        "reraise": True,
    }


def check(response: httpx.Response) -> None:
    """Let only a good answer pass.

    Takes:  an answer, its body not needed.
    Gives:  nothing for status 200, 203, 206, and for 304 if that was asked for.
    Raises: Again where another attempt may help (429, 5xx ...), else PublisherUnreachable.
    """
    code = response.status_code
    words = f"status {code} {response.reason_phrase}".strip()
    if code in COME_BACK or code >= 500:
        raise Again(words, seconds=_retry_after(response))
    # A 304 that nobody asked for would leave nothing to read.
    conditional = {"if-none-match", "if-modified-since"} & set(response.request.headers)
    if code not in (200, 203, 206) and not (code == 304 and conditional):
        raise unreachable(str(response.url), words, advice=ADVICE.get(code, TRY_LATER))


@contextmanager
def trouble_named(url: str) -> Iterator[None]:
    """Turn what httpx raises within a `with` into Again or PublisherUnreachable."""
    try:
        yield
    except (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.TooManyRedirects) as error:
        raise unreachable(url, str(error), advice="mend the address in the source") from error
    except (httpx.TransportError, httpx.DecodingError) as error:
        raise Again(f"{type(error).__name__} {error}".strip()) from error


def gave_up(url: str, last: Again, asking: tenacity.BaseRetrying) -> PublisherUnreachable:
    """The error for an address that was asked often enough; only to be raised."""
    found = f"{last.found} (attempt {asking.statistics['attempt_number']}, the last)"
    return unreachable(url, found, advice=TRY_LATER)


def unreachable(url: str, found: str, *, advice: str) -> PublisherUnreachable:
    """The error for an address that does not give what it should; only to be raised."""
    return PublisherUnreachable(
        "it cannot be had", where=url, expected="the file or page", found=found, next=advice
    )


def _pause(state: tenacity.RetryCallState, *, patience: Patience) -> float:
    failure = state.outcome and state.outcome.exception()
    if isinstance(failure, Again) and failure.seconds is not None:
        # As it was asked for, but not for hours: the run has other publishers to ask.
        return min(failure.seconds, patience.longest)
    backoff = tenacity.wait_random_exponential(multiplier=patience.first, max=patience.longest)
    return backoff(state)


def _retry_after(response: httpx.Response) -> float | None:
    asked = response.headers.get("retry-after", "")
    if asked.isdecimal():
        return float(asked)
    try:
        until = parsedate_to_datetime(asked)
    except ValueError:
        return None
    # A date in `-0000` is parsed without a zone.
    now = datetime.now(UTC) if until.tzinfo else datetime.now()
    return max(0.0, (until - now).total_seconds())
