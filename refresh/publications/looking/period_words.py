"""What a text says of time: a file's name, a title, a heading or a cell.

A period keeps the kind it was published as, with its first and last day: a month is written
`2025-12`, a financial year `2025-26`, a financial quarter `2025-26 Q1` (April to June), a calendar
year `2025`. A range gives its end, unless it is just one quarter or one financial year.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from engine.period import MONTHS, financial_year

FINEST = ("day", "month", "quarter", "year", "calendar year")
_MONTH = "|".join(f"{name[:3].lower()}(?:{name[3:].lower()})?" for name in MONTHS) + "|sept"
_YEAR = r"(?:19|20)\d\d"
# Most cells are no period, and there are millions: this says so at once.
_MAY_BE = re.compile(
    rf"(?i)(?=.*\d\d)(?:[\d\s\-–—/.,:'_]|\[[^\]]*\]|{_MONTH}|qtr|quarter|q|fy|to|of|st|nd|rd|th|t"
    r"|until|and|through|week|commencing|ending|w/[ce]|as at|msitae)+"
)
_TO = r"\s*(?:-|–|—|/|\bto\b|\buntil\b|\band\b|\bthrough\b)+\s*"
_GAP = r"[\s\-./,']*"


@dataclass(frozen=True)
class Said:
    """A stretch of time that a text names.

    text   as it is written in a manifest
    kind   day, month, quarter, year (April to March), calendar year
    """

    text: str
    kind: str
    start: date
    end: date

    @property
    def month(self) -> "Said":
        """The month it ends in, where it is a day; itself otherwise."""
        return _month(self.end.year, self.end.month) if self.kind == "day" else self


def period_in(text: str) -> Said | None:
    """The period that a text is about; None where it names none.

    A range gives its end. Of several, a month or quarter goes before a year, and a day, which is
    mostly that of publication, comes last; of one kind the latest.

    >>> [str(p and p.text) for p in map(period_in, ("nov 2024", "q2-2526", "Jan-Sep 2025", "none"))]
    ['2024-11', '2025-26 Q2', '2025-09', 'None']
    """
    found = periods_in(text)
    order = ("month", "quarter", "year", "calendar year", "day")
    for kind in order:
        if of_kind := [said for said in found if said.kind == kind]:
            best = max(of_kind, key=lambda said: said.end)
            return best.month
    return None


def periods_in(text: str) -> list[Said]:
    """Every period that a text names, in its order; ranges as one.

    >>> [p.text for p in periods_in("April 2024 to June 2024, published 8 August 2024")]
    ['2024-25 Q1', '2024-08-08']
    """
    tidy = _tidied(text)
    placed = _placed(tidy)
    joined: list[tuple[int, int, Said]] = []
    for start, end, said in placed:
        between = tidy[joined[-1][1] : start] if joined else ""
        if joined and re.fullmatch(_TO, between) and joined[-1][2].start < said.start:
            first = joined.pop()
            said, start = _range(first[2], said), first[0]
        joined.append((start, end, said))
    return _with_bare_month(tidy, [said for _, _, said in joined])


@lru_cache(maxsize=1 << 16)
def period_of(text: str) -> Said | None:
    """The period that a text is and nothing else, but for a note in brackets.

    >>> texts = ("2002/03 [note 1]", "MAR2019", "31/08/2024", "Leeds")
    >>> [said and said.text for said in map(period_of, texts)]
    ['2002-03', '2019-03', '2024-08-31', None]
    """
    if not 4 <= len(text) <= 40 or not _MAY_BE.fullmatch(text):
        return None
    tidy = re.sub(r"\s*\[[^\]]*\]", "", _tidied(text)).strip()
    tidy = re.sub(r"^(?:fy|week (?:commencing|ending)|w/[ce]|as at|msitae)\s*-?", "", tidy).strip()
    placed = _placed(tidy)
    if not placed or len(placed) > 2:
        return None
    start, end, said = placed[0]
    if len(placed) == 2:
        between = tidy[end : placed[1][0]]
        if not re.fullmatch(_TO, between):
            return None
        said, end = _range(said, placed[1][2]), placed[1][1]
    return said if start == 0 and end == len(tidy) else None


def _tidied(text: str) -> str:
    lower = re.sub(r"%20|\+|_|\s", " ", text.lower())
    return re.sub(r"\s+", " ", lower).strip()


def _with_bare_month(text: str, found: list[Said]) -> list[Said]:
    """A month without its year, beside a financial year, is that year's: `2024-25-August`."""
    years = [said for said in found if said.kind == "year"]
    if len(years) == 1 and not any(said.kind in ("month", "quarter") for said in found):
        bare = re.findall(rf"(?<![a-z])({_MONTH})(?![a-z])", text)
        if len(bare) == 1:
            month = _number(bare[0])
            first = years[0].start.year
            return [*found, _month(first + (month < 4), month)]
        quarters = re.findall(r"(?<![a-z0-9])(?:q|quarter )([1-4])(?!\d)", text)
        if len(set(quarters)) == 1:
            return [*found, _quarter(years[0].start.year, int(quarters[0]))]
    return found


def _range(first: Said, last: Said) -> Said:
    """From one to another: a quarter or a financial year if it is just that, else its end."""
    # `1 April to 30 June`: as good as whole months.
    start, end = first.start, last.end
    months = (end.year - start.year) * 12 + end.month - start.month + 1
    is_whole = start.day == 1 and (end + timedelta(days=1)).day == 1
    if is_whole and months == 3 and start.month in (1, 4, 7, 10):
        return _quarter(start.year - (start.month < 4), (start.month - 4) % 12 // 3 + 1)
    if is_whole and months == 12 and start.month == 4:
        return _financial(start.year)
    return last.month


Builder = Callable[[re.Match[str]], Said | None]


def _placed(text: str) -> list[tuple[int, int, Said]]:
    """Where in a text which period is named; what one pattern took no other takes again."""
    taken = list(text)
    found: list[tuple[int, int, Said]] = []
    for pattern, build in _PATTERNS:
        for match in pattern.finditer("".join(taken)):
            try:
                said = build(match)
            except ValueError:  # such as the 31st of June
                continue
            if said is not None:
                found.append((*match.span(), said))
                # A character that no pattern takes, and that ends words.
                taken[slice(*match.span())] = "|" * (match.end() - match.start())
    return sorted(found, key=lambda one: one[:2])


def _patterns() -> Iterator[tuple[re.Pattern[str], Builder]]:
    before, after = r"(?<![a-z0-9])", r"(?![a-z0-9])"

    def pattern(words: str, build: Builder) -> tuple[re.Pattern[str], Builder]:
        return re.compile(words), build

    # The order is the reading: what is longer and more exact goes first.
    yield pattern(
        rf"{before}({_YEAR})-(\d\d)-(\d\d)(?:[t ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?)?{after}", _iso
    )
    yield pattern(
        rf"{before}(\d\d?)[/.-](\d\d?)[/.-]({_YEAR})(?: \d\d:\d\d(?::\d\d)?)?{after}", _british
    )
    yield pattern(
        rf"{before}(\d\d?)(?:st|nd|rd|th)?{_GAP}(?:of )?({_MONTH}){_GAP}({_YEAR}|\d\d){after}",
        _worded,
    )
    yield pattern(rf"{before}({_MONTH}){_GAP}(\d\d?)(?:st|nd|rd|th)?, ({_YEAR}){after}", _american)
    yield pattern(
        rf"(?<![a-z])({_MONTH}){_TO}({_MONTH}){_GAP}({_YEAR}|\d\d)(?![0-9])", _months_of_a_year
    )
    year_pair = rf"({_YEAR})\s?[-/–]?\s?((?:19|20)?\d\d)"
    yield pattern(
        rf"{before}(?:fy ?)?{year_pair}{_GAP}(?:q|qtr ?|quarter ?)([1-4]){after}", _year_quarter
    )
    yield pattern(
        rf"{before}(?:q|qtr ?|quarter ?)([1-4]){_GAP}(?:fy|of)?{_GAP}{year_pair}{after}",
        _quarter_year,
    )
    yield pattern(rf"{before}(?:q|quarter )([1-4]){_GAP}(\d\d)[-/]?(\d\d){after}", _quarter_year)
    yield pattern(
        rf"{before}(?:fy)?(\d\d)[-/]?(\d\d){_GAP}(?:q|quarter )([1-4]){after}", _year_quarter
    )
    yield pattern(
        rf"{before}(?:q|quarter )([1-4]){_GAP}(?:fy)?({_YEAR}|\d\d){after}", _quarter_of_one
    )
    yield pattern(rf"{before}({_YEAR}){_GAP}(?:q|quarter )([1-4]){after}", _one_quarter)
    yield pattern(rf"(?<![a-z])({_MONTH}){_GAP}({_YEAR})(?![0-9])", _month_year)
    yield pattern(rf"(?<![a-z])({_MONTH}){_GAP}(\d\d)(?![0-9])", _month_year)
    yield pattern(rf"(?<![0-9])({_YEAR}){_GAP}({_MONTH})(?![a-z])", _year_month)
    yield pattern(rf"{before}(?:fy)?({_YEAR})\s?[-/–]\s?((?:19|20)?\d\d){after}", _pair)
    yield pattern(rf"(?<![0-9])({_YEAR}) (\d\d){after}", _pair)
    yield pattern(rf"{before}({_YEAR}) ({_YEAR}){after}", _pair)
    yield pattern(rf"(?<![0-9])({_YEAR})[-/ ](0[1-9]|1[0-2]){after}", _year_month)
    yield pattern(rf"(?<![0-9])({_YEAR})(\d\d)(\d\d)(?![0-9])", _iso)
    yield pattern(rf"(?<![0-9])({_YEAR})(0[1-9]|1[0-2])(?![0-9])", _year_month)
    yield pattern(rf"(?<![0-9])({_YEAR})(\d\d)(?![0-9])", _pair)
    yield pattern(rf"(?<![0-9])(0[1-9]|1[0-2])[-/]?({_YEAR})(?![0-9])", _month_year)
    yield pattern(r"(?<![a-z0-9-])(\d\d)[-/](\d\d)(?![0-9])", _short_pair)
    yield pattern(r"(?<![0-9])(\d\d)(\d\d)(?![0-9])", _glued_pair)
    yield pattern(rf"(?<![0-9])({_YEAR})(?![0-9])", _calendar)


def _iso(match: re.Match[str]) -> Said:
    return _day(date(int(match[1]), int(match[2]), int(match[3])))


def _british(match: re.Match[str]) -> Said:
    return _day(date(int(match[3]), int(match[2]), int(match[1])))


def _worded(match: re.Match[str]) -> Said:
    return _day(date(_full(match[3]), _number(match[2]), int(match[1])))


def _american(match: re.Match[str]) -> Said:
    return _day(date(int(match[3]), _number(match[1]), int(match[2])))


def _months_of_a_year(match: re.Match[str]) -> Said:
    first, last, year = _number(match[1]), _number(match[2]), _full(match[3])
    return _range(_month(year - (first > last), first), _month(year, last))


def _year_quarter(match: re.Match[str]) -> Said | None:
    return _quarter(_full(match[1]), int(match[3])) if _follows(match[1], match[2]) else None


def _quarter_year(match: re.Match[str]) -> Said | None:
    return _quarter(_full(match[2]), int(match[1])) if _follows(match[2], match[3]) else None


def _quarter_of_one(match: re.Match[str]) -> Said:
    return _quarter(_full(match[2]), int(match[1]))


def _one_quarter(match: re.Match[str]) -> Said:
    return _quarter(_full(match[1]), int(match[2]))


def _month_year(match: re.Match[str]) -> Said:
    return _month(_full(match[2]), _number(match[1]))


def _year_month(match: re.Match[str]) -> Said:
    return _month(int(match[1]), _number(match[2]))


def _pair(match: re.Match[str]) -> Said | None:
    """Two years that follow each other; `2024-11`, which do not, is left for the month."""
    return _financial(int(match[1])) if _follows(match[1], match[2]) else None


def _short_pair(match: re.Match[str]) -> Said | None:
    return _financial(_full(match[1])) if _follows(match[1], match[2]) else None


def _glued_pair(match: re.Match[str]) -> Said | None:
    # `2021` is a year to everybody but to whoever named that file.
    is_year = match[1] in ("19", "20")
    return None if is_year or int(match[1]) > 60 else _short_pair(match)


def _calendar(match: re.Match[str]) -> Said:
    year = int(match[1])
    return Said(str(year), "calendar year", date(year, 1, 1), date(year, 12, 31))


def _day(day: date) -> Said:
    return Said(day.isoformat(), "day", day, day)


def _month(year: int, month: int) -> Said:
    last = date(year, month, monthrange(year, month)[1])
    return Said(f"{year}-{month:02d}", "month", date(year, month, 1), last)


def _quarter(first_year: int, quarter: int) -> Said:
    """A quarter of a financial year: the first begins in April."""
    month = (3 * quarter) % 12 + 1
    start = date(first_year + (quarter == 4), month, 1)
    end = date(start.year, month + 2, monthrange(start.year, month + 2)[1])
    return Said(f"{financial_year(first_year)} Q{quarter}", "quarter", start, end)


def _financial(first_year: int) -> Said:
    start, end = date(first_year, 4, 1), date(first_year + 1, 3, 31)
    return Said(financial_year(first_year), "year", start, end)


def _number(month: str) -> int:
    """A month's number, from its name, its first letters, or figures."""
    if month.isdecimal():
        return int(month)
    return [name[:3].lower() for name in MONTHS].index(month[:3]) + 1


def _full(year: str) -> int:
    return int(year) if len(year) == 4 else 2000 + int(year)


def _follows(first: str, second: str) -> bool:
    """Whether a year comes right after another, with or without their centuries."""
    if len(second) == 4:
        return _full(second) == _full(first) + 1
    return int(second) == (_full(first) + 1) % 100


_PATTERNS = tuple(_patterns())
