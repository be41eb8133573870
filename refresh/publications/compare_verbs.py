"""`compare`: what differs between two or more of what was drafted, loaded or published."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from engine.errors import BadQuestion
from engine.lake import Layout, data_folder
from refresh.publications.evidence_verbs import say

if TYPE_CHECKING:
    from refresh.publications.comparing import Comparison
    from refresh.publications.manifest import Manifest


def compare_options(parser: argparse.ArgumentParser) -> None:
    """What `compare` asks."""
    parser.add_argument(
        "side",
        nargs="+",
        help="two or more: a manifest, MANIFEST@PERIOD, SOURCE@PERIOD, a data file",
    )
    parser.add_argument(
        "--fiscal-boundary", action="store_true", help="what April has to do with it"
    )
    parser.add_argument("--json", action="store_true", help="as JSON")


def compare(given: argparse.Namespace) -> int:
    """What differs; 2 where somebody who reads the earlier cannot read the later."""
    from refresh.publications.comparing import as_json
    from refresh.publications.comparing import compare as between
    from refresh.publications.sides import side_of, values_of

    if len(given.side) < 2:
        raise BadQuestion("two are compared", found=given.side[0], next="name another beside it")
    layout = Layout(data_folder(given.data))
    sides = [side_of(text, layout) for text in given.side]
    pairs = list(zip(sides, sides[1:], strict=False))
    compared = [
        between(one.manifest, two.manifest, values=values_of(one, two)) for one, two in pairs
    ]
    fiscal = (
        _fiscal([(side.period, side.manifest) for side in sides]) if given.fiscal_boundary else {}
    )
    if given.json:
        print(json.dumps({"comparisons": [as_json(one) for one in compared], **fiscal}, indent=1))
    else:
        for one in compared:
            _tell_comparison(one, fiscal=bool(fiscal))
        _tell_fiscal(fiscal)
    return 2 if any(one.breaking for one in compared) else 0


def _fiscal(periods: "list[tuple[str, Manifest]]") -> dict[str, Any]:
    from refresh.publications.fiscal import alerts, course, expectation

    if not all(period for period, _ in periods):
        raise BadQuestion(
            "a boundary is between periods, and a manifest's files say none",
            expected="files with a `period`, or MANIFEST@2025-04",
        )
    found = course(periods)
    steps = [
        {
            "before": step.before,
            "after": step.after,
            "crosses_april": step.crosses_april,
            "expected": expectation(step.before, step.after).level,
            "added": len(step.added),
            "removed": len(step.removed),
            "share": round(step.share, 4),
            "band": step.comparison.fiscal_band,
            "alerts": alerts(step, found.kind),
        }
        for step in found.steps
    ]
    return {"class": found.kind, "reason": found.reason, "steps": steps}


def _tell_fiscal(fiscal: dict[str, Any]) -> None:
    for step in fiscal.get("steps", ()):
        say(
            f"{step['before']} to {step['after']}: {step['added']} came, {step['removed']} went"
            f" ({step['share']:.0%}); expected: {step['expected']}"
        )
        for severity, words in step["alerts"]:
            say(f"  {severity}: {words}")
    if fiscal:
        say(f"{fiscal['class']}: {fiscal['reason']}")


def _tell_comparison(one: "Comparison", *, fiscal: bool) -> None:
    say(
        f"{one.before} beside {one.after}: {one.verdict}, {one.consistency:.0%} of the sources stay"
    )
    if fiscal:
        say(f"across the boundary: {one.fiscal_band}")
    for code in one.added:
        say(f"+ source {code}")
    for change in one.changes:
        for name in change.added:
            say(f"+ {change.code}.{name}")
        for label in change.relabelled:
            say(f"  {change.code}.{label[0]}: published as `{label[2]}`, was `{label[1]}`")
        for pair in change.renamed:
            say(f"~ {change.code}.{pair.before} -> {pair.after}: {pair.evidence}")
        for retyped in change.retyped:
            say(f"~ {change.code}.{retyped.name}: {retyped.before} -> {retyped.after}")
    for words in one.breaking:
        say(f"breaking: {words}")
