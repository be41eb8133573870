"""What was said of an anomaly, and the form to say more. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from htmltools import Tag, tags

WORDS = {
    "confirmed": "Confirm: this is wrong",
    "dismissed": "Dismiss: this is as it should be",
    "open": "Open again",
}


def history(said: Sequence[Mapping[str, Any]]) -> Tag:
    """Every verdict with who gave it and why, the last one first."""
    if not said:
        return tags.p("Nobody has said anything yet: it is open.")
    return tags.ul(
        *(
            tags.li(
                tags.strong(row["verdict"]),
                f" by {row['decided_by']}, {row['decided_at']:%-d %B %Y}: {row['reason']}",
            )
            for row in reversed(said)
        )
    )


def form(anomaly: str, refused: str, *, by: str) -> Tag:
    """The form; a verdict has the name of who gives it and a reason, and stays in the ledger."""
    return tags.form(
        tags.p(f"Not taken: {refused}.", role="alert", class_="atlas-note") if refused else None,
        tags.input(type="hidden", name="of", value=anomaly),
        tags.div(
            _field("reason", f"Why, {by}?"),
            class_="claims-asked",
        ),
        tags.div(
            *(
                tags.button(words, type="submit", name="verdict", value=word)
                for word, words in WORDS.items()
            ),
            class_="claims-asked",
        ),
        method="post",
        action="anomaly-verdict",
        class_="claims-form claims-verdict",
        aria_label="Give a verdict",
    )


def _field(name: str, label: str) -> Tag:
    place = f"say_{name}"
    box = tags.input(type="text", name=name, id=place, required="", maxlength="500")
    return tags.div(tags.label(label, for_=place), box, class_="claims-choice")
