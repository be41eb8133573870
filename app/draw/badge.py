"""Whether what is shown is real or invented, as every page says it. Pure."""

from htmltools import Tag, tags


def badge(is_demonstration: bool, invented: str = "Demonstration data") -> Tag:
    """What the numbers are, in two words: no invented number stands where this does not say so.

    Takes: whether they are invented; what invented ones are called here.
    """
    if is_demonstration:
        return tags.strong(invented, class_="atlas-badge")
    return tags.strong("Real data", class_="atlas-badge atlas-badge-real")
