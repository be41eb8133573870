"""The tabs of the claims page: views of one question, each with rows and columns of its own."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tab:
    """One tab: what it opens with, by name; of several the first that the snapshot has.

    metrics  what it opens with
    by       the dimension of its rows
    columns  metrics that stand beside the one asked for
    why      what it is for, in a sentence
    """

    name: str
    label: str
    metrics: tuple[str, ...]
    by: tuple[str, ...]
    columns: tuple[str, ...]
    why: str


TABS: tuple[Tab, ...] = (
    Tab(
        "cost",
        "Cost",
        ("pmpm_paid",),
        ("metal_tier",),
        ("member_months", "paid", "allowed"),
        "Where the money goes, and why that changed.",
    ),
    Tab(
        "plans",
        "Plans",
        ("pmpm_paid",),
        ("plan_id", "metal_tier"),
        ("medical_loss_ratio", "member_months", "premium", "paid", "approval_rate"),
        "Which plans earn what they cost.",
    ),
    Tab(
        "providers",
        "Providers",
        ("paid",),
        ("provider_id", "provider_specialty"),
        ("claims", "claim_members", "payment_ratio", "approval_rate", "days_to_pay_median"),
        "Who is paid, for how many, and how much of what is asked.",
    ),
    Tab(
        "diagnoses",
        "Diagnoses",
        ("paid",),
        ("diagnosis_code",),
        ("claims", "claim_members", "allowed", "payment_ratio"),
        "What people are treated for, and what that costs.",
    ),
    Tab(
        "network",
        "Network",
        ("oon_share",),
        ("provider_specialty",),
        ("allowed", "claims", "claim_providers", "claim_members"),
        "What leaves the network.",
    ),
    Tab(
        "trends",
        "Trends",
        ("pmpm_paid",),
        (),
        ("claims", "paid", "member_months"),
        "One metric through the months, against the year before.",
    ),
)
TAB = {tab.name: tab for tab in TABS}
