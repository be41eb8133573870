"""The demonstration: an England of invented practices, written as its publishers would write it.

One world is invented from a seed; each publication is a small writer over it. What is written is a
mirror, which the ordinary refresh then reads: nothing about it is special but where it came from.
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from refresh.atlas.synthetic.care import Care, newest_care, yearly_care
from refresh.atlas.synthetic.indicators import YEARS
from refresh.atlas.synthetic.mapping import MONTH, write_mapping
from refresh.atlas.synthetic.neighbourhoods import write_indices, write_patients_by_area
from refresh.atlas.synthetic.ods import DIALECTS, write_epcn, write_epraccur
from refresh.atlas.synthetic.postcodes import write_postcodes
from refresh.atlas.synthetic.qof import write_qof
from refresh.atlas.synthetic.registered import MONTHS, write_registrations
from refresh.atlas.synthetic.reported import write_networks_staff, write_survey
from refresh.atlas.synthetic.surroundings import (
    PAID,
    RATINGS,
    VINTAGES,
    write_deprivation,
    write_payments,
    write_ratings,
    write_workforce,
)
from refresh.atlas.synthetic.totals import AREAS, TOTALLED, write_totals
from refresh.atlas.synthetic.world import England, invent_england
from refresh.source import DEMONSTRATION

Progress = Callable[[str, int, int], None]
Write = Callable[[Path, England], Path]
NOTICE = "Everything in this folder is invented. Care Atlas shows it as a demonstration.\n"


def write_england(
    mirror: Path, *, seed: int = 1, scale: float = 1.0, progress: Progress | None = None
) -> list[Path]:
    """Invent England's general practices and write every publication about them.

    Takes:  the folder to write into, made if need be; files already there under the same names are
            replaced. `scale` 1.0 is about 6,300 practices, 0.02 about 130. `progress` is told what
            is being written, how much is done and of how much.
    Gives:  the files written. The same seed and scale give the same bytes.
    Raises: OSError where the folder cannot be written.
    """
    parts = write_newest_first(mirror, seed=seed, scale=scale, progress=progress)
    return [path for part in parts for path in part]


def write_newest_first(
    mirror: Path, *, seed: int = 1, scale: float = 1.0, progress: Progress | None = None
) -> Iterator[list[Path]]:
    """The same in two parts, each written when it is asked for.

    Gives:  the newest file of every publication, which make a country of their own; then what was
            published before those, and the totals, which only check.
    """
    england, tell = invent_england(seed, scale), progress or _unheard
    mirror.mkdir(parents=True, exist_ok=True)
    notice = mirror / DEMONSTRATION
    notice.write_text(NOTICE, encoding="utf-8")
    first, before = _other_publications()
    total, done = len(YEARS) + len(TOTALLED) * len(AREAS) + len(first) + len(before), 0

    def write(what: str, by: Callable[[], Path]) -> Path:
        nonlocal done
        tell(what, done, total)
        done += 1
        return by()

    def others(publications: dict[str, Write]) -> list[Path]:
        return [write(what, partial(by, mirror, england)) for what, by in publications.items()]

    def qof(care: Care) -> Path:
        return write(f"QOF {care.year}", partial(write_qof, mirror, england, care))

    def totals(care: Care) -> list[Path]:
        return [
            write(f"QOF totals {care.year}, {of}", partial(write_totals, mirror, england, care, of))
            for of in (AREAS if care.year in TOTALLED else ())
        ]

    newest = newest_care(england)
    yield [notice, qof(newest), *others(first)]
    written = [*totals(newest)]
    for care in yearly_care(england, YEARS[:-1]):
        written += [qof(care), *totals(care)]
    yield [*written, *others(before)]
    tell("all files", total, total)


def _unheard(_what: str, _done: int, _of: int) -> None:
    """Where nobody wants to know how far it is."""


def _other_publications() -> tuple[dict[str, Write], dict[str, Write]]:
    """Everything but QOF, by the name that progress shows: the newest of each, and those before."""
    publications: tuple[dict[str, Write], ...] = (
        {f"GP practices {month}": partial(write_epraccur, release=month) for month in DIALECTS},
        {"Networks": write_epcn},
        {"Postcodes": write_postcodes},
        {f"Registrations {m}": partial(write_registrations, month=m) for m in MONTHS},
        {f"Mapping {MONTH}": write_mapping},
        {f"Deprivation {v}": partial(write_deprivation, vintage=v) for v in VINTAGES},
        {"Registrations by area": write_patients_by_area},
        {"Indices of Deprivation": write_indices},
        {f"Ratings {i}": partial(write_ratings, issue=i) for i in RATINGS},
        {f"Workforce {y}": partial(write_workforce, year=y) for y in YEARS},
        {f"Staff of networks {y}": partial(write_networks_staff, year=y) for y in YEARS},
        {f"Survey {y}": partial(write_survey, year=y) for y in YEARS},
        {f"Payments {y}": partial(write_payments, year=y) for y in PAID},
    )
    newest: dict[str, Write] = {}
    before: dict[str, Write] = {}
    for editions in publications:
        *earlier, last = editions.items()
        newest |= dict([last])
        before |= dict(earlier)
    return newest, before
