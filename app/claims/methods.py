"""How the numbers of claims are made, for the page About; and their words. Pure."""

from htmltools import TagChild, tags

GLOSSARY = {
    "PMPM": "Per member per month: an amount over the months of cover of everybody, with or without"
    " claims.",
    "Member month": "A month of one person’s cover; a part of a month counts as that share of its"
    " days.",
    "Billed, allowed, paid": "What a provider asks; what the contract allows of it; what the payer"
    " pays of that.",
    "Medical loss ratio": "What is paid for care, of the premium that was earned.",
    "Run-out": "Claims are paid weeks after the care: the newest months are not all in.",
    "Metal tier": "Bronze, Silver, Gold, Platinum: how much of the cost a plan covers, from less to"
    " more.",
    "Out of network": "Care by a provider without a contract with the plan.",
}


def methods() -> list[TagChild]:
    """The claims’ part of the page."""
    return [
        tags.h2("Claims"),
        tags.p(
            "Every figure is a metric with a formula, an owner and caveats: its name on the page"
            " opens them. A ratio is a sum over a sum, never a mean of ratios. Cover is counted by"
            " the day, with or without claims. Money is held in whole cents."
        ),
        tags.p(
            "What a diagnosis or a provider adds to a change is its own cost over everybody’s"
            " months. Months that are not all in are marked, with an estimate of what is to come"
            " (chain ladder) that is in no other number. Who is treated is a number, never a name."
        ),
    ]
