"""The help beside a control: a button, and the words that it opens. Pure: words in, tags out.

app/www/help.js only puts an opened popover beside its button; opening, closing and Escape are the
browser's own.
"""

from collections.abc import Mapping
from typing import NamedTuple

from htmltools import Tag, tags


class Help(NamedTuple):
    """What a control does, in a sentence or two, and the words that it needs explained."""

    of: str
    said: str
    words: tuple[str, ...] = ()


def button(name: str, told: Help, *, glossary: Mapping[str, str]) -> tuple[Tag, Tag]:
    """The "?" and the words that it opens.

    Takes: the control's name; its help; what the words mean that the help needs explained.
    """
    place = f"help_{name}"
    # Focus goes to the words, so that they are heard; Escape brings it back to the button.
    return (
        tags.button(
            "?",
            type="button",
            class_="help-button",
            aria_label=f"Help on {told.of}",
            popovertarget=place,
        ),
        tags.div(
            tags.p(told.said),
            tags.dl(*(part for w in told.words for part in (tags.dt(w), tags.dd(glossary[w]))))
            if told.words
            else None,
            id=place,
            class_="help-words",
            role="note",
            aria_label=f"On {told.of}",
            tabindex="-1",
            popover="",
            autofocus="",
        ),
    )
