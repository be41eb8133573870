"""Every rule finds nearly all faults of its kind, and raises few alarms beside them."""

import pytest

from tests.engine.claims.injected import RULES, Score, scores
from tests.engine.claims.invented import payer


@pytest.fixture(scope="module")
def found() -> dict[str, Score]:
    return scores(payer(seed=7, claims=12_000, providers=48).tables)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_finds_what_was_put_in_and_little_else(rule: str, found: dict[str, Score]):
    score = found[rule]
    assert score.wanted >= 2
    assert score.recall >= 0.9 and score.precision >= 0.9
    # Of 12,000 clean claims and 48 providers.
    assert score.on_clean <= 6
