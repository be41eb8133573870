"""The claims warehouse in the refresh: its sources, recipes and invented claims."""

from collections.abc import Iterator
from pathlib import Path

from refresh.claims import sandbox_verb
from refresh.claims.recipe import RECIPES
from refresh.claims.sources import FEEDS
from refresh.progress import Listener
from refresh.wing import Verb, Wing

_SHARE = 0.2  # of the feed's own size: 40,000 claims are built in some seconds


def _invent(folder: Path, seed: int, scale: float, tell: Listener) -> Iterator[None]:
    from refresh.claims.synthetic.feed import Size, write_feed

    # The atlas is what is looked at first; claims follow with its older years.
    yield
    words = write_feed(folder / "claims", seed=seed, size=Size.scaled(_SHARE * scale))
    for done, what in enumerate(words):
        tell(f"inventing {what}", done, 4)


CLAIMS = Wing(
    name="claims",
    sources=FEEDS,
    recipes=RECIPES,
    needs=frozenset({"claims_raw", "enrollments_raw"}),
    demonstration=_invent,
    verbs=(
        Verb(
            "sandbox",
            "tables of one's own, beside the lake",
            sandbox_verb.sandbox,
            sandbox_verb.options,
        ),
    ),
)
