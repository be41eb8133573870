"""Classifier: by which load mode the releases of a source become its table, and how sure that is.

Signals come from the names of columns (whole words), from descriptions, and from the releases
themselves (evidence.py); each speaks for one of seven patterns, and each pattern has its mode. A
wrong `append` counts twice in silence, a wrong `replace` is seen and mended: doubt replaces.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

import msgspec

from engine.errors import BadQuestion
from refresh.publications.evidence import MANY, Evidence
from refresh.publications.header_words import date_of_header, has_phrase, tokens
from refresh.publications.manifest import Mode, TableOf

Pattern = Literal[
    "time_series_wide",
    "cumulative_ytd",
    "refreshed_snapshot",
    "incremental_transactional",
    "point_in_time_snapshot",
    "event_log",
    "unknown",
]
PATTERNS: tuple[Pattern, ...] = get_args(Pattern)
MODES: dict[Pattern, Mode] = {
    "time_series_wide": "replace",
    "cumulative_ytd": "replace",
    "refreshed_snapshot": "replace",
    "incremental_transactional": "append",
    "point_in_time_snapshot": "append",
    "event_log": "append",
    "unknown": "replace",
}
Origin = Literal["releases", "columns", "description", "opinion"]
Band = Literal["trust", "log", "review", "confirm"]
"""What a confidence allows: use it; use and log; use and have it looked at; replace, and ask."""

_WIDE_COLUMNS, _WIDE_DATES = 6, 3
# A column is counted among these by whole words, side by side.
_COLUMN_PHRASES: tuple[tuple[Pattern, float, str], ...] = (
    ("event_log", 0.90, "event timestamp|occurred at|logged at|event time|event datetime"),
    (
        "cumulative_ytd",
        0.85,
        "ytd|year to date|cumulative|running total|accumulated|total since|fytd|cumulatively",
    ),
    (
        "point_in_time_snapshot",
        0.80,
        "as of|as at|snapshot|end of period|closing|position as at|census|extract date"
        "|snapshot date|at period end|month end|effective date of extract",
    ),
    (
        "incremental_transactional",
        0.75,
        "during period|during the period|in period|in the period|this month|period only|in month"
        "|current period|transaction|transactions|individual|record|new",
    ),
    ("refreshed_snapshot", 0.75, "latest|most recent|current"),
)
_DESCRIPTION_PHRASES: tuple[tuple[Pattern, float, str], ...] = (
    (
        "cumulative_ytd",
        0.75,
        "ytd|year to date|cumulative|running total|accumulated|total since|since the start of",
    ),
    (
        "point_in_time_snapshot",
        0.70,
        "as of|as at|snapshot|end of period|closing position|position as at|at the end of"
        "|census|on the last day|on the first of",
    ),
    (
        "incremental_transactional",
        0.65,
        "during the period|during the month|during the quarter|in the period|this month"
        "|period only|transactions|transaction level|record level|individual level|each month",
    ),
    (
        "refreshed_snapshot",
        0.65,
        "latest|most recent|reference data|directory|lookup|look up|current list|re issued"
        "|revised back series|replaces all",
    ),
)
# `New data` says of a row that it was not there before, `new code` what something is called now.
_NOT_NEW = frozenset("data code codes name names id area format style note notes old".split())
# What a number counts: what happened in a time, or what was there at a moment.
_FLOWS = frozenset(
    "attendances admissions appointments discharges referrals spells episodes payments paid"
    " treated breaches lost delayed extractions procedures contacts activity reporting births"
    " deaths seen starters leavers readmissions prescriptions items claims completed days"
    " absence".split()
)
_STOCKS = frozenset(
    "registered register list beds capacity occupancy occupied headcount fte staff census"
    " caseload population patients extract waiting open available".split()
)


@dataclass(frozen=True)
class Signal:
    """One reason for one pattern: where it was seen, how much it weighs, and in words what."""

    pattern: Pattern
    confidence: float
    origin: Origin
    words: str

    def __str__(self) -> str:
        return f"{self.origin}: {self.words} ({self.pattern} {self.confidence:.2f})"


@dataclass(frozen=True)
class Judgement:
    """What a source's releases are taken for."""

    pattern: Pattern
    confidence: float
    reason: str
    signals: tuple[Signal, ...]
    is_only_opinion: bool = False

    @property
    def mode(self) -> Mode:
        """The mode to load by: the pattern's own, but `replace` where it is too little sure."""
        return "replace" if self.band == "confirm" else MODES[self.pattern]

    @property
    def band(self) -> Band:
        """What its confidence allows."""
        return band(min(self.confidence, 0.79) if self.is_only_opinion else self.confidence)


def band(confidence: float) -> Band:
    """What a confidence allows.

    >>> [band(c) for c in (0.95, 0.949, 0.80, 0.799, 0.60, 0.599)]
    ['trust', 'log', 'log', 'review', 'review', 'confirm']
    """
    if confidence >= 0.95:
        return "trust"
    if confidence >= 0.80:
        return "log"
    return "review" if confidence >= 0.60 else "confirm"


def suggested(pattern: str, confidence: float, words: str) -> Signal:
    """A signal of what somebody else thinks: a person, a model.

    Raises: BadQuestion for a pattern that there is none of, or a confidence outside 0 to 1.
    """
    known = next((one for one in PATTERNS if one == pattern), None)
    if known is None or not 0 <= confidence <= 1:
        raise BadQuestion(
            "an opinion is of no use",
            expected=f"one of {', '.join(PATTERNS)}, and a confidence from 0 to 1",
            found=f"{pattern}, {confidence}",
        )
    return Signal(known, confidence, "opinion", words)


def classify(
    source: TableOf,
    evidence: Evidence | None = None,
    *,
    described: str = "",
    opinion: Signal | None = None,
) -> Judgement:
    """By which pattern a source is published.

    Takes:  the source with its columns; what its releases show; what else is said of it (its
            publication's name and description); what a model thinks, which is a suggestion: it
            can be used, but never without being looked at, and never against the releases.
    Gives:  the pattern with its confidence as documented, all signals, the strongest first.

    >>> from refresh.publications.manifest import ManifestColumn
    >>> columns = [ManifestColumn(name="a", original_name=f"{m}-24") for m in ("Jan", "Feb")]
    >>> classify(TableOf(code="a", name="a", table="tbl_a", columns=columns)).pattern
    'unknown'
    """
    headers = [column.original_name or column.name for column in source.columns]
    of_releases = _of_releases(evidence, headers, described) if evidence else []
    texts = (source.name, source.description, described, *(f.url for f in source.files))
    signals = [*of_releases, *_of_columns(headers), *_of_words(texts, headers)]
    if opinion:
        signals.append(opinion)
    signals.sort(key=lambda signal: -signal.confidence)
    chosen = _chosen(signals)
    if chosen is None:
        reason = "nothing says how its releases follow on one another; replacing loses nothing"
        return Judgement("unknown", 0.50, reason, tuple(signals))
    against = [s for s in signals if MODES[s.pattern] != MODES[chosen.pattern]]
    reason = chosen.words + (f"; against it: {against[0].words}" if against else "")
    return Judgement(
        chosen.pattern, chosen.confidence, reason, tuple(signals), chosen.origin == "opinion"
    )


def with_judgement(source: TableOf, judgement: Judgement) -> TableOf:
    """The source with what a judgement says of it, as its manifest has it."""
    return msgspec.structs.replace(
        source,
        load_mode=judgement.mode,
        load_mode_confidence=round(judgement.confidence, 2),
        load_mode_pattern=judgement.pattern,
        load_mode_reason=judgement.reason,
        load_mode_signals=[str(signal) for signal in judgement.signals],
    )


def _chosen(signals: list[Signal]) -> Signal | None:
    """The signal that decides; of equals the one that replaces."""

    def best(*origins: Origin, least: float = 0.0) -> Signal | None:
        of_them = [s for s in signals if s.origin in origins and s.confidence >= least]
        return max(
            of_them, key=lambda s: (s.confidence, MODES[s.pattern] == "replace"), default=None
        )

    # What shows rows to come again decides first: names that promise otherwise would count twice.
    again = best("releases", least=0.75)
    if again and MODES[again.pattern] == "replace":
        wide = best("columns", least=0.95)
        return wide or again
    return (
        best("opinion", least=0.75)
        or best("columns", least=0.75)
        or again
        or best("description", least=0.65)
        or best("releases", "columns", "description", "opinion")
    )


def _of_columns(headers: list[str]) -> list[Signal]:
    dated = [date for header in headers if (date := date_of_header(header))]
    found = []
    if len(dated) >= _WIDE_COLUMNS and len(set(dated)) >= _WIDE_DATES:
        said = f"{len(dated)} columns are dates, such as `{dated[0]}`"
        found.append(Signal("time_series_wide", 0.95, "columns", said))
    for header in headers:
        words = tokens(header)
        hit = _first_hit(_without_new_names(words), _COLUMN_PHRASES)
        if hit:
            pattern, confidence, phrase = hit
            said = f"column `{_short(header)}` says `{phrase}`"
            found.append(Signal(pattern, confidence, "columns", said))
    # Forty columns with the same word are one reason.
    return list({signal.pattern: signal for signal in reversed(found)}.values())


def _of_words(texts: Iterable[str], headers: list[str]) -> list[Signal]:
    found = []
    for text in texts:
        hit = _first_hit(tokens(text), _DESCRIPTION_PHRASES)
        if hit:
            pattern, confidence, phrase = hit
            words = f"`{_short(text)}` says `{phrase}`"
            found.append(Signal(pattern, confidence, "description", words))
    if not found and (counted := _counted(headers, texts)):
        found.append(Signal(counted[0], 0.65, "description", counted[1]))
    return found


def _of_releases(evidence: Evidence, headers: list[str], described: str) -> list[Signal]:
    """What the releases themselves speak for."""
    found = [*_of_two(evidence), *_of_dates(evidence, headers, described)]
    if evidence.is_by_event and not _comes_again(evidence):
        words = "each row has a moment of its own, to the minute"
        found.append(Signal("event_log", 0.90, "releases", words))
    elif evidence.is_by_record and not _comes_again(evidence):
        words = "each row has an identifier of its own"
        found.append(Signal("incremental_transactional", 0.75, "releases", words))
    return found


def _of_two(evidence: Evidence) -> list[Signal]:
    """What a release shows beside the one before."""
    found = []
    if evidence.growing is not None and evidence.growing >= 0.98:
        words = f"{evidence.growing:.0%} of the keys have no number less than in the release before"
        found.append(Signal("cumulative_ytd", 0.85, "releases", words))
    if _comes_again(evidence):
        words = f"{evidence.repeated:.0%} of the rows stood in the release before, word for word"
        found.append(Signal("refreshed_snapshot", 0.85, "releases", words))
    return found


def _of_dates(evidence: Evidence, headers: list[str], described: str) -> list[Signal]:
    """What the dates of the rows speak for."""
    if evidence.is_stamped or (not evidence.dates and (evidence.shared_keys or 0) >= 0.5):
        if _comes_again(evidence):
            return []
        when = (
            f"all rows are of one date (`{evidence.dates}`)"
            if evidence.dates
            else f"{evidence.shared_keys:.0%} of the keys come again with other numbers"
        )
        pattern, why = _counted(headers, [described]) or ("point_in_time_snapshot", "")
        confidence = (0.80 if pattern == "point_in_time_snapshot" else 0.75) if why else 0.70
        words = f"{when}; {why}" if why else when
        return [Signal(pattern, confidence, "releases", words)]
    is_many = evidence.distinct >= 3 and not (evidence.is_by_record or evidence.is_by_event)
    # Three dates that the release before lacked are three new ones: weeks of another month.
    if is_many and (evidence.shared_dates is None or evidence.shared_dates > 0):
        words = f"one release has {evidence.distinct} dates (`{evidence.dates}`)"
        if evidence.shared_dates is not None:
            words += f", {evidence.shared_dates:.0%} of which the release before had"
        return [Signal("refreshed_snapshot", 0.75, "releases", words)]
    if is_many:
        words = f"{evidence.distinct} dates (`{evidence.dates}`), none in the release before"
        return [Signal("incremental_transactional", 0.75, "releases", words)]
    return []


def _comes_again(evidence: Evidence) -> bool:
    return evidence.repeated is not None and evidence.repeated >= MANY


def _counted(headers: Iterable[str], texts: Iterable[str]) -> tuple[Pattern, str] | None:
    """Whether what is counted happened in a time or was there at a moment; None where unclear."""
    words = [word for header in (*headers, *texts) for word in tokens(header)]
    flows, stocks = ([w for w in words if w in kind] for kind in (_FLOWS, _STOCKS))
    if len(flows) > len(stocks):
        return "incremental_transactional", f"what is counted happened in a time (`{flows[0]}`)"
    if len(stocks) > len(flows):
        return "point_in_time_snapshot", f"what is counted was there at a moment (`{stocks[0]}`)"
    return None


def _without_new_names(words: tuple[str, ...]) -> tuple[str, ...]:
    behind = (*words[1:], "data")
    return tuple(
        word
        for word, after in zip(words, behind, strict=True)
        if word != "new" or after not in _NOT_NEW
    )


def _first_hit(
    words: tuple[str, ...], phrases: tuple[tuple[Pattern, float, str], ...]
) -> tuple[Pattern, float, str] | None:
    hits = (
        (pattern, confidence, phrase)
        for pattern, confidence, listed in phrases
        for phrase in listed.split("|")
        if has_phrase(words, phrase.split())
    )
    return next(hits, None)


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
