"""Opinion: what a language model takes a source for. Off unless somebody names an endpoint.

Any that speaks OpenAI's protocol. Names and descriptions are sent, never a row; what comes back is
a suggestion that classifier.py never uses without being looked at.
"""

import json
import os
from collections.abc import Callable
from typing import Any

import httpx

from engine.errors import BadQuestion, PublisherUnreachable
from refresh.publications.classifier import PATTERNS, Signal, suggested
from refresh.publications.manifest import TableOf

Opinion = Callable[[TableOf, str], Signal]
"""Asked about a source, and what its publication is: what it thinks."""
URL, MODEL, KEY = (f"CARE_ATLAS_OPINION_{name}" for name in ("URL", "MODEL", "KEY"))
_SECONDS = 60.0
_MOST_COLUMNS = 60
_TASK = (
    "You classify how a statistical publication's releases follow on one another, so that they are"
    " loaded without counting anything twice. Answer with one JSON object: pattern (one of"
    f" {', '.join(PATTERNS)}), confidence (0 to 1) and reason (one sentence). cumulative_ytd: each"
    " release adds up since a start. refreshed_snapshot: each release has the whole again."
    " incremental_transactional: each release has only what is new. point_in_time_snapshot: each"
    " release is the state of one day. time_series_wide: dates are columns. event_log: a row an"
    " event. unknown: you cannot tell."
)


def opinion_asked() -> Opinion | None:
    """Whoever is asked, by the environment; None where nobody is."""
    url = os.environ.get(URL)
    if not url:
        return None
    model, key = os.environ.get(MODEL, ""), os.environ.get(KEY, "")
    return lambda source, described: ask(source, described, url=url, model=model, key=key)


def ask(source: TableOf, described: str, *, url: str, model: str = "", key: str = "") -> Signal:
    """One opinion of one source.

    Takes:  the address up to `/chat/completions`, the model's name, a key where one is needed.
    Raises: PublisherUnreachable where nobody answers, BadQuestion where the answer is none.
    """
    body = {
        "model": model,
        "temperature": 0,
        "response_format": {"type": "json_object"},
        "messages": [
            {"role": "system", "content": _TASK},
            {"role": "user", "content": json.dumps(_question(source, described))},
        ],
    }
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        answer = httpx.post(
            f"{url.rstrip('/')}/chat/completions", json=body, headers=headers, timeout=_SECONDS
        )
        answer.raise_for_status()
        told = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise PublisherUnreachable(
            "nobody gave an opinion; what the rules say holds without one",
            where=url,
            found=str(error) or type(error).__name__,
            next=f"mend {URL}, or leave --opinion out",
        ) from error
    return _signal(told)


def _question(source: TableOf, described: str) -> dict[str, Any]:
    columns = source.columns[:_MOST_COLUMNS]
    return {
        "publication": described,
        "table": source.name,
        "description": source.description,
        "grain": source.grain,
        "periods": [file.period for file in source.files[:12]],
        "columns": [
            {"name": c.original_name or c.name, "type": c.dtype, "description": c.description}
            for c in columns
        ],
    }


def _signal(told: Any) -> Signal:
    try:
        said = json.loads(told["choices"][0]["message"]["content"])
        return suggested(
            str(said["pattern"]), float(said["confidence"]), str(said.get("reason", ""))[:300]
        )
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise BadQuestion(
            "an opinion is of no use",
            expected="a JSON object with pattern, confidence and reason",
            found=str(told)[:200],
        ) from error
