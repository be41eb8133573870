"""Numbers as publishers write them: marks that stand for one, and notes glued on.

A mark is what stands where a number is not told: `*`, `[c]`, `n/a`. An annotated number is one with
a note on it, `£52,000 r`: it is kept as text, and no sum counts it.
"""

import re

REASONS = {
    "*": "suppressed",
    "**": "suppressed",
    "***": "suppressed",
    "****": "suppressed",
    "c": "confidential",
    "[c]": "confidential",
    "(c)": "confidential",
    "s": "suppressed",
    "[s]": "suppressed",
    "sup": "suppressed",
    "supp": "suppressed",
    "suppressed": "suppressed",
    "[suppressed]": "suppressed",
    "redacted": "suppressed",
    "#": "suppressed",
    "##": "suppressed",
    "~": "suppressed",
    "z": "not applicable",
    "[z]": "not applicable",
    "(z)": "not applicable",
    "x": "not available",
    "[x]": "not available",
    "(x)": "not available",
    ":": "not available",
    "[:]": "not available",
    ".": "not applicable",
    "..": "not available",
    "...": "not available",
    "-": "none, or not applicable",
    "--": "none, or not applicable",
    "–": "none, or not applicable",
    "—": "none, or not applicable",
    "u": "unreliable",
    "[u]": "unreliable",
    "w": "none recorded",
    "[w]": "none recorded",
    "[low]": "rounds to zero",
    "[b]": "break in series",
    "n/a": "not applicable",
    "n\\a": "not applicable",
    "na": "not available",
    "n.a.": "not applicable",
    "n.a": "not applicable",
    "n/k": "not known",
    "n/r": "not returned",
    "nr": "not returned",
    "dnr": "not returned",
    "nk": "not known",
    "nil": "none",
    "nd": "no data",
    "n/d": "no data",
    "null": "missing",
    "none": "missing",
    "nan": "missing",
    "#n/a": "an error in the workbook",
    "#div/0!": "an error in the workbook",
    "#value!": "an error in the workbook",
    "#ref!": "an error in the workbook",
    "not applicable": "not applicable",
    "not available": "not available",
    "unavailable": "not available",
    "not known": "not known",
    "unknown": "not known",
    "no data": "no data",
    "no data provided": "no data",
    "no data available": "no data",
    "not provided": "no data",
    "not supplied": "no data",
    "not submitted": "not returned",
    "not returned": "not returned",
    "no return": "not returned",
    "did not submit": "not returned",
    "missing": "missing",
    "insufficient data": "too few",
    "low numbers": "too few",
}
"""What marks mean, in lower case, where a publication does not say so itself."""

_NUMBER = r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|[-+]?\.\d+"
PLAIN = re.compile(rf"(?:[-+]?[£$€]\s?)?(?:{_NUMBER})(?:[eE][-+]?\d+)?\s?%?")
"""A whole number, one with decimals, with commas between thousands, of money or per cent."""

ANNOTATED = re.compile(
    rf"(?:[£$€]\s?)?(?:{_NUMBER})\s?%?\s?"
    r"(?:[a-zA-Z]{1,2}|[*†‡§^#~]+|\[[^\]]{1,12}\]|\([a-zA-Z]{1,3}\))"
    r"(?:\s?(?:[*†‡§]+|\[[^\]]{1,12}\]))?"
)
# Not `under 5` nor `over 85`: those are ages, and stand among other ages.
_BELOW = re.compile(
    r"[<>≤≥]=?\s?\d+(?:\.\d+)?%?|(?:fewer|less) than \d+(?:\.\d+)?%?|\d+ or (?:fewer|less)"
)
_BRACKETED = re.compile(r"\[[a-z]{1,4}\]")
_NOTED = re.compile(r"[\[(](?:see )?(?:foot)?notes? ?\d{1,2}(?:(?:,| and| &) ?\d{1,2})*[\])]")
_SIGNS = re.compile(r"[^\w\s\d,;'\"/\\()]{1,5}")


def is_number(text: str) -> bool:
    """Whether a text is a number and nothing else.

    >>> [is_number(t) for t in ("1,204", "£52,000", "0.5%", "1e-7", "65i", "00L", "0-4")]
    [True, True, True, True, False, False, False]
    """
    return PLAIN.fullmatch(text) is not None


def is_code(text: str) -> bool:
    """Whether digits are a code: zeros in front, or more of them than any count has.

    >>> is_code("007"), is_code("0300 3309444"), is_code("0"), is_code("0.5")
    (True, True, False, False)
    """
    digits = text.replace(" ", "")
    return digits.isdecimal() and ((len(digits) > 1 and digits[0] == "0") or len(digits) > 15)


def is_annotated(text: str) -> bool:
    """Whether a text is a number with a note on it.

    >>> [is_annotated(t) for t in ("65i", "£52,000 r", "100%*", "12 [note 3]", "65", "1 Day")]
    [True, True, True, True, False, False]
    """
    return ANNOTATED.fullmatch(text) is not None and not is_number(text)


def reason(text: str) -> str:
    """Why there is no number, where a text is a mark; empty where it is none.

    >>> reason("*"), reason("N.A."), reason("<5"), reason("[note 1]"), reason("Bristol")
    ('suppressed', 'not applicable', 'below or above a limit', 'as a note says', '')
    """
    lower = text.lower().strip()
    if known := REASONS.get(lower, ""):
        return known
    if _BELOW.fullmatch(lower):
        return "below or above a limit"
    if _NOTED.fullmatch(lower):
        return "as a note says"
    return "a mark" if _BRACKETED.fullmatch(lower) or _SIGNS.fullmatch(lower) else ""
