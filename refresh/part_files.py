"""Which of a release's files carry a part: one of each name, the newest, as many as there must be.

Part of the walk: what is chosen here is read and staged in staging.py.
"""

import hashlib
import re
from collections.abc import Callable, Sequence

import polars as pl

from engine.vocabulary import Verdict
from refresh.extract.read import Member, find_members, start_of
from refresh.finding import Finding
from refresh.named import month_in
from refresh.source import Part

_IS_MONTH = re.compile(r"\d{4}-\d\d")
_VERSION = re.compile(r"[\s_-]?v(\d+)(?=\.[a-z]+$)", re.IGNORECASE)


def members_of(part: Part, everything: list[Member], others: Sequence[Part]) -> list[Member]:
    """The members that carry a part: by their names, else by columns that only this part has.

    Takes:  the members of a release; all its parts: what another takes by name is not looked into.
    """
    named = find_members(everything, part.members)
    if named or not part.known_by:
        return named
    strange = [m for m in everything if not any(find_members([m], p.members) for p in others)]
    return [member for member in strange if are_of(columns_of(member, [part]), part)]


def columns_of(member: Member, parts: Sequence[Part]) -> set[str]:
    """The columns of a member that is text, by its first rows; none of any other.

    Takes:  the parts that it may be: their header may stand below titles.
    """

    def knows(names: Sequence[str]) -> bool:
        return any(are_of({*names}, part) for part in parts)

    first = start_of(member, knows=knows)
    return set() if first is None else set(first.columns)


def are_of(columns: set[str], part: Part) -> bool:
    """Whether there are columns among these that only this part has."""
    return any(columns.issuperset(names) for names in part.known_by)


def fits(part: Part, names: Sequence[str]) -> bool:
    """Whether columns of these names, shaped as the part's source does, are what its table needs.

    Takes:  names as `tidy` makes them: of a record that may be a header, of a sheet that may be it.
    """
    needed = [column for column in part.contract.staged.columns if column.required]

    def are_enough(there: set[str]) -> bool:
        return all(not there.isdisjoint(column.published_as) for column in needed)

    if part.shape is None or are_enough({*names}):
        return are_enough({*names})
    empty = pl.LazyFrame(schema=dict.fromkeys(names, pl.String))
    try:
        return are_enough({*part.shape(empty).collect_schema().names()})
    except pl.exceptions.PolarsError:
        return False


def of_this_period(
    candidates: list[Member], period: str, where: str
) -> tuple[list[Member], list[Finding]]:
    """Of files that are called for different months, those of the month that the release is of.

    Publishers put the month before, or a year's months, into one zip. Where all are called for
    another month, all stay, and that is told.
    """
    months = {member: month_in(member.known_as) for member in candidates}
    mine = [member for member in candidates if months[member] in (period, None)]
    if len(mine) == len(candidates) or not _IS_MONTH.fullmatch(period):
        return candidates, []
    others = [member for member in candidates if member not in mine]
    told = ", ".join(f"{member.name} (of {months[member]})" for member in others[:6])
    if mine:
        said = f"{len(others)} files are of other months and are left out: {told}"
        return mine, [_months(said, "pass", period, told, where)]
    said = f"the release is of {period}, and what is in it is called for another month: {told}"
    return candidates, [_months(said, "warn", period, told, where)]


def _months(said: str, status: Verdict, period: str, told: str, where: str) -> Finding:
    return Finding(
        status,
        "metadata",
        "files of this period",
        where,
        said,
        column="(file names)",
        expected=period,
        observed=told,
        next_step="look whether the publisher issued the month before once more; if so, remove"
        " this file from the mirror"
        if status == "warn"
        else "",
    )


def one_of_each(
    candidates: list[Member], are_alike: Callable[[list[Member]], bool]
) -> tuple[list[Member], list[Finding]]:
    """Of files that differ in their version only (`_v2`), the newest; of one name, only one.

    Two files of one name that say the same are one; where they differ, nobody can tell which holds.

    Takes:  `are_alike`, asked of files of one name whose bytes differ: whether the same rows come
            of them, as of one with its columns in another order.
    """
    best: dict[str, list[Member]] = {}
    # Versions rising, so that a newer one always meets its elders and sends them away.
    for member in sorted(candidates, key=_version):
        # Without version and case: `Achievement_v2.csv` replaces `ACHIEVEMENT.csv`.
        rivals = best.setdefault(_VERSION.sub("", member.known_as).lower(), [])
        if rivals and _version(rivals[0]) < _version(member):
            rivals.clear()
        rivals.append(member)
    chosen = sorted((rivals[0] for rivals in best.values()), key=lambda member: member.name)
    doubtful = [rivals for rivals in best.values() if not _agree(rivals) and not are_alike(rivals)]
    return chosen, [_in_two_minds(rivals) for rivals in doubtful]


def where_of(chosen: list[Member]) -> str:
    """Where to look for a part, for messages: its first files by name."""
    return ", ".join([*(m.where for m in chosen[:1]), *(m.name for m in chosen[1:8])])


def count_members(part: Part, chosen: list[Member], where: str) -> list[Finding]:
    """A failure where there are more or fewer files than the part must have."""
    which = next(
        (i for i, p in enumerate(part.members) if re.search(p, chosen[0].known_as, re.IGNORECASE)),
        len(part.expected),  # known by its columns: then there is one
    )
    wanted = part.expected[which] if which < len(part.expected) else None
    if wanted is None or wanted == len(chosen):
        return []
    return [
        Finding(
            "fail",
            "schema",
            "files of this part",
            where,
            f"{len(chosen)} of {wanted} files of `{part.name}` are here",
            column="(file names)",
            expected=f"{wanted} files",
            observed=", ".join(member.name for member in chosen),
            next_step="fetch the release again, or add the missing files to the mirror; a part of"
            " England would pass for all of it",
        )
    ]


def missing_part(part: Part, everything: list[Member], release: str) -> Finding:
    """That a release has no file of a part, which is worse where the part is required."""
    others = "nothing of it is used" if part.required else "its other parts are used"
    return Finding(
        "fail" if part.required else "warn",
        "schema",
        "parts of the release",
        f"{release}: part `{part.name}`",
        f"the release has no file of `{part.name}`; {others}",
        column="(file names)",
        expected=part.members[0],
        observed=names_of(everything),
        next_step="nothing, if the publisher left it out; else add the file to the mirror and run"
        " again",
    )


def names_of(everything: list[Member]) -> str:
    """The names of what is there, as far as anybody reads them."""
    return ", ".join(member.name for member in everything[:12]) or "no readable file"


def _version(member: Member) -> int:
    return int((_VERSION.search(member.known_as) or [0, 1])[1])


def _agree(rivals: list[Member]) -> bool:
    if len(rivals) == 1:
        return True
    said = set()
    for member in rivals:
        with member.open() as file:
            # By content: a zip that holds one file twice does not contradict itself.
            said.add(hashlib.sha256(file.read()).digest())
    return len(said) == 1


def _in_two_minds(rivals: list[Member]) -> Finding:
    return Finding(
        "fail",
        "schema",
        "files of this part",
        "; ".join("/".join((member.container, *member.steps)) for member in rivals),
        f"{len(rivals)} files are called {rivals[0].name} and do not say the same",
        column="(file names)",
        expected="one file of a name",
        observed=f"{len(rivals)} that differ",
        next_step="keep only the newer one in the mirror and run again; until then what was there"
        " before is used",
    )
