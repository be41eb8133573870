"""The five feeds of a payer: what their files are called, and of which day a batch is.

A feed has no page: files come through a mirror. A batch's day is that in its file's name, else that
of the folder it lies in, else the day on which the file was last written.
"""

import re

from engine.claims.tables.fields import OWNER
from engine.period import UNDATED, Calendar, Period
from refresh.claims.shapes import (
    CLAIMS,
    ENROLLMENTS,
    MEMBERS,
    PLANS,
    PROVIDERS,
    Entity,
    shape_of,
)
from refresh.source import Link, Part, Source

_LARGEST = 64 << 30  # bytes of a file: read a piece at a time, it is no question of memory
_DAY = r"(?P<{0}>20\d\d-?[01]\d-?[0-3]\d)"
# Synthea calls files as a feed does, and they are none: see synthea.py.
_NO_FEED = re.compile(r"/synthea[^/]*/", re.IGNORECASE)
_IN_A_PATH = re.compile(r"(?<!\d)(20\d\d)-?([01]\d)-?([0-3]\d)(?!\d)")


def _pattern(*names: str) -> str:
    """File names of a feed.

    `claims.csv`, `claims_202601312359.csv` (with `_s7` for the seed of an invented one),
    `2026-01-31_claims.csv`, `batch2_2026-01-31_claims.csv`.
    """
    before = rf"(?:batch_?\d+[_-])?(?:{_DAY.format('before')}[_-])?"
    after = rf"(?:[_-]{_DAY.format('after')}(?:[T_-]?\d{{4}}(?:\d\d)?)?)?(?:[_-][a-z]?\d+)*"
    return rf"^{before}(?:{'|'.join(names)}){after}\.(?:csv|txt|parquet)$"


def day_of(name: re.Match[str], link: Link) -> str | None:
    """The day of a batch, as text.

    Takes:  the match of a file's name; the link, whose folder or date of writing says it otherwise.
    Gives:  `undated` where nobody says any; None for a bare name, which says nothing of itself, and
            for a file that is no feed's.
    """
    if _NO_FEED.search(link.url):
        return None
    said = name.groupdict()
    text = said.get("before") or said.get("after")
    folder = link.url.rpartition("/")[0]
    named = [_IN_A_PATH.fullmatch(text)] if text else [*_IN_A_PATH.finditer(folder)]
    for match in reversed(named):
        if match and (day := _as_day("-".join(match.groups()))):
            return day
    if "://" not in link.url:
        return None
    return link.dated.isoformat() if link.dated else UNDATED


def _as_day(text: str) -> str | None:
    try:
        return str(Period.parse(text, "day"))
    except LookupError:
        return None


def _feed(name: str, what: str, entity: Entity, *names: str, known_by: tuple[str, ...]) -> Source:
    files = (_pattern(*names),)
    return Source(
        code=f"claims_{name}",
        name=f"Claims feed: {what}",
        publisher="The payer",
        pages=(),
        files=files,
        parts=(
            Part(
                entity.table.name,
                members=files,
                known_by=(known_by,),
                shape=shape_of(entity),
                required=True,
                numbered=("file_row", "file_rows"),
            ),
        ),
        period=day_of,
        calendar=Calendar("month", after_days=31, grace_days=31),
        largest=_LARGEST,
        owner=OWNER,
        domain="Claims",
        purpose=f"{what[0].upper()}{what[1:]}, for what care costs and whom it reaches.",
        licence="The payer's own; the demonstration is invented",
    )


FEEDS = (
    _feed(
        "members",
        "members and what is known of them",
        MEMBERS,
        "members?",
        known_by=("MEMBER_ID", "DOB", "CLINICAL_SEGMENT"),
    ),
    _feed(
        "plans",
        "plans of each year and what they ask",
        PLANS,
        "plans?",
        known_by=("PLAN_ID", "EFFECTIVE_YEAR", "METAL_TIER"),
    ),
    _feed(
        "providers",
        "providers and their specialties",
        PROVIDERS,
        "providers?",
        known_by=("PROVIDER_ID", "NPI", "SPECIALTY"),
    ),
    _feed(
        "enrollments",
        "spans of cover",
        ENROLLMENTS,
        "enroll?ments?",
        "eligibility",
        known_by=("ENROLLMENT_ID", "MEMBER_ID", "START_DATE"),
    ),
    _feed(
        "claims",
        "claims as they are billed and settled",
        CLAIMS,
        "claims?",
        known_by=("CLAIM_ID", "MEMBER_ID", "SERVICE_DATE"),
    ),
)
