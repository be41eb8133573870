"""Canonical: which source of another period a drafted one is, and what it takes over from there.

Two drafts of two periods name the same feed anew. A fingerprint of the published headers says which
source it is; names, descriptions and modes then come from the reference manifest, which a person
has mended, and are never made up twice. Pure.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from engine.period import Period
from refresh.publications.header_words import date_of_header
from refresh.publications.manifest import Manifest, ManifestColumn, TableOf

MATCHES = 0.80
AUTOMATIC = 0.95
Method = Literal["exact", "fingerprint", "manual"]


@dataclass(frozen=True)
class Fingerprint:
    """The headers of a table, in small letters and sorted: what it is known by."""

    column_names: tuple[str, ...]
    signature_hash: str

    @property
    def column_count(self) -> int:
        """How many columns there are."""
        return len(self.column_names)


@dataclass(frozen=True)
class Mapping:
    """A drafted source, and the one of the reference that it is.

    confidence   likeness of the headers, 0 to 1
    needs_review whether somebody should look before names are taken over
    """

    generated_code: str
    period: str
    canonical_code: str
    match_confidence: float
    match_method: Method

    @property
    def needs_review(self) -> bool:
        """Whether it is too little sure to be used by itself."""
        return self.match_method == "fingerprint" and self.match_confidence < AUTOMATIC


def fingerprint(source: TableOf) -> Fingerprint:
    """What a source is known by. Columns that are dates do not count: they move each month.

    >>> columns = [ManifestColumn(name="b", original_name=" Org  Code"), ManifestColumn(name="a")]
    >>> fingerprint(TableOf(code="x", name="x", table="x", columns=columns)).column_names
    ('a', 'org code')
    """
    headers = (column.original_name or column.name for column in source.columns)
    names = tuple(sorted(" ".join(h.lower().split()) for h in headers if not date_of_header(h)))
    # MD5 as the registry that we took over has it; it names, and protects nothing.
    return Fingerprint(
        names, hashlib.md5("|".join(names).encode(), usedforsecurity=False).hexdigest()
    )


def likeness(one: Fingerprint, other: Fingerprint) -> float:
    """Headers that both have, of those that either has (Jaccard), 0 to 1; 0 without any."""
    these, those = set(one.column_names), set(other.column_names)
    return len(these & those) / len(these | those) if these | those else 0.0


def matched(
    draft: Manifest, reference: Manifest, *, least: float = MATCHES, period: str = ""
) -> list[Mapping]:
    """Which source of the reference each drafted one is; those that are none of them are left out.

    The same code with headers alike enough goes first, then the likeliest pair, and so on: each
    source of the reference is taken once.
    """
    sides = [{s.code: fingerprint(s) for s in m.sources} for m in (draft, reference)]
    pairs = [
        (likeness(one, two), mine == theirs, one == two, mine, theirs)
        for mine, one in sides[0].items()
        for theirs, two in sides[1].items()
    ]
    pairs.sort(key=lambda pair: (-pair[1], -pair[0], pair[3], pair[4]))
    found: dict[str, Mapping] = {}
    for share, _, is_same, mine, theirs in pairs:
        if share < least or mine in found:
            continue
        if any(theirs == mapping.canonical_code for mapping in found.values()):
            continue
        when = period or next(
            (f.period for s in draft.sources if s.code == mine for f in s.files), ""
        )
        method: Method = "exact" if is_same else "fingerprint"
        found[mine] = Mapping(mine, when, theirs, round(share, 4), method)
    return [found[source.code] for source in draft.sources if source.code in found]


def enriched(
    draft: Manifest,
    reference: Manifest,
    *,
    least: float = MATCHES,
    pinned: Sequence[Mapping] = (),
) -> tuple[Manifest, list[Mapping]]:
    """A draft with the codes, names, descriptions, keys, modes and metrics of a reference.

    Takes:  a new period's draft; the manifest of the period that it follows, which a person has
            mended; pairs that a person has settled.
    Gives:  the draft with its own files, layout and new columns, and everything else of the
            reference; the pairs, of which those under 0.95 take over codes only once looked at.
    """
    pairs = list(pinned)
    settled = {pair.generated_code for pair in pairs}
    pairs += [p for p in matched(draft, reference, least=least) if p.generated_code not in settled]
    known = {source.code: source for source in reference.sources}
    by_code = {p.generated_code: known[p.canonical_code] for p in pairs if not p.needs_review}
    sources = [_taken_over(s, by_code[s.code]) if s.code in by_code else s for s in draft.sources]
    said = reference.manifest
    head = msgspec.structs.replace(
        draft.manifest,
        **{
            name: getattr(draft.manifest, name) or getattr(said, name)
            for name in ("publication", "description", "publisher", "licence", "domain", "owner")
        },
        purpose=draft.manifest.purpose or said.purpose,
        cadence=draft.manifest.cadence or said.cadence,
    )
    return Manifest(manifest=head, sources=sources), pairs


def reference_period(period: str, known: Sequence[str]) -> str | None:
    """The period whose manifest a new one follows: April of its financial year, else the last.

    Takes:  months as text, `2025-11`; those of which there is a manifest.

    >>> reference_period("2025-11", ["2025-03", "2025-04", "2025-10"])
    '2025-04'
    >>> reference_period("2025-04", ["2025-02", "2025-03"]), reference_period("2025-04", [])
    ('2025-03', None)
    """
    day = Period.parse(period, "month").first_day
    april = str(Period.holding(Period.holding(day, "year").first_day, "month"))
    if april != period and april in known:
        return april
    return max((other for other in known if other < period), default=None)


def _taken_over(draft: TableOf, known: TableOf) -> TableOf:
    """A drafted source with what the reference says of it; files and layout stay its own."""
    by_header = {_header(column): column for column in known.columns}
    columns = [
        _column(column, by_header[_header(column)]) if _header(column) in by_header else column
        for column in draft.columns
    ]
    names = {column.name for column in columns}
    return msgspec.structs.replace(
        draft,
        code=known.code,
        name=known.name,
        table=known.table,
        enabled=known.enabled,
        description=known.description or draft.description,
        columns=columns,
        key=[name for name in known.key if name in names] or draft.key,
        load_mode=known.load_mode,
        load_mode_confidence=known.load_mode_confidence,
        load_mode_pattern=known.load_mode_pattern,
        load_mode_reason=known.load_mode_reason,
        load_mode_signals=known.load_mode_signals,
        expected_min_rows=known.expected_min_rows,
        metrics=known.metrics,
    )


def _column(draft: ManifestColumn, known: ManifestColumn) -> ManifestColumn:
    # Where it stands and how it is written is this file's; what it is called and means is not.
    return msgspec.structs.replace(
        known,
        original_name=draft.original_name,
        position=draft.position,
        dtype=draft.dtype,
        format=draft.format,
        marks=known.marks | draft.marks,
    )


def _header(column: ManifestColumn) -> str:
    return " ".join((column.original_name or column.name).lower().split())
