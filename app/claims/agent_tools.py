"""The tool that the claims warehouse adds for agents: what is odd, with why."""

from typing import Annotated, Literal

import polars as pl
from pydantic import Field

from app.agent.tool import Answer, Explained, Limit, Tool
from app.claims.people import anomalies
from engine import Lake
from engine.errors import BadQuestion

TABLES = ("fact_claim", "member_month", "dim_member", "dim_plan", "dim_provider")
# Of whom a claim is: an agent is told what is odd, and asks further by claim or provider.
SHOWN = (
    *("anomaly_id", "rule", "level", "subject", "period", "score", "observed", "expected", "unit"),
    *("effect_cents", "claim_count", "explanation"),
)


def detect_claim_anomalies(
    lake: Lake,
    level: Annotated[
        Literal["", "claim", "provider", "trend"],
        Field(description="Only what is odd of one claim, of a provider, or of a trend."),
    ] = "",
    rule: Annotated[str, Field(description="Only those of one rule, such as A3.")] = "",
    limit: Limit = 20,
) -> Answer:
    """What is odd in claims, what costs most first."""
    found = anomalies(lake)
    for name, wanted in (("level", level), ("rule", rule.upper())):
        known = sorted(set(anomalies(lake)[name]))
        if wanted and wanted not in known and name == "rule":
            raise BadQuestion(
                f"no anomaly is of rule `{rule[:20]}`",
                found=rule[:20],
                expected=", ".join(known),
                next="leave `rule` out to see all of them",
            )
        found = found.filter(pl.col(name) == wanted) if wanted else found
    return Answer(
        values={"anomalies": found.height, "by_rule": dict(found["rule"].value_counts().rows())},
        rows=found.select(SHOWN),
        limit=limit,
        explains=(
            Explained("rule", "A1 to A8: see the page"),
            Explained("subject", "The claim, the provider, or the dimension and its value"),
            Explained("score", "How odd, in the rule's own measure; more is odder"),
            Explained("effect_cents", "What the difference costs the payer", "cents"),
            Explained("explanation", "Why, in a sentence"),
        ),
        tables=TABLES,
        caveats=("Odd is no proof of anything wrong: somebody has to look at the claims.",),
        address="members?tab=anomalies",
    )


TOOLS = (
    Tool(
        "detect_claim_anomalies",
        "What is odd in claims",
        "Claims, providers and trends that are odd by eight rules, what costs most first, each with"
        " what was expected and why.",
        detect_claim_anomalies,
    ),
)
