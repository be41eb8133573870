"""What a manifest says of what a lake was made of, and when more of it should come. Pure."""

from collections.abc import Iterable, Mapping

from engine.manifest import FeedEntry, ReleaseEntry, SourceEntry
from refresh.recipe import Built, Input, Recipe, Staged, inputs_of
from refresh.source import Release, Source


def described(sources: Mapping[str, Source], releases: Iterable[Release]) -> list[ReleaseEntry]:
    """Each release with its publisher and files, as plain values."""
    return [
        {
            "source": release.source,
            "name": sources[release.source].name,
            "publisher": sources[release.source].publisher,
            "period": release.period,
            "revision": release.revision,
            "sha256": release.sha256,
            "published_on": release.published_on.isoformat() if release.published_on else None,
            "demonstration": release.demonstration,
            "files": [
                {"name": f.name, "url": f.url, "sha256": f.sha256, "size": f.size}
                for f in release.files
            ],
        }
        for release in releases
    ]


def followed(sources: Mapping[str, Source], releases: Iterable[Release]) -> dict[str, SourceEntry]:
    """By source, its newest period among these releases and its calendar, as plain values.

    Gives:  every source; `newest` is None for one of which nothing was loaded, `demonstration`
            is said of those whose releases are invented. What is late by them is engine.period's
            to say.
    """
    periods: dict[str, set[str]] = {code: set() for code in sources}
    invented = set()
    for release in releases:
        periods[release.source].add(release.period)
        invented |= {release.source} if release.demonstration else set()
    return {
        code: _followed(source, periods[code], is_invented=code in invented)
        for code, source in sources.items()
    }


def _followed(source: Source, periods: set[str], *, is_invented: bool) -> SourceEntry:
    entry: SourceEntry = {
        "newest": max(periods, key=_in_time, default=None),
        "calendar": {
            "every": source.calendar.every,
            "after_days": source.calendar.after_days,
            "grace_days": source.calendar.grace_days,
        },
        "demonstration": is_invented,
    }
    if source.is_registered:  # what wings declare is everybody's
        entry["domain"] = source.domain
    return entry


def made_of(recipes: Iterable[Recipe], sources: Mapping[str, Source]) -> dict[str, list[str]]:
    """By table, the codes of the sources that it is made of, through whatever tables lie between.

    Gives:  every table of the recipes; a table that several recipes make has what any of them
            takes. Which of a source's releases count is the snapshot's to say.
    """
    inputs = _by_table(recipes)
    bringing = _bringing(sources)

    def sources_of(given: Input) -> set[str]:
        if isinstance(given, Staged):
            return {*bringing.get(given.part, ())}
        if isinstance(given, Built):
            return {code for one in inputs.get(given.table.name, []) for code in sources_of(one)}
        return set()

    return {
        name: sorted({code for one in given for code in sources_of(one)})
        for name, given in inputs.items()
    }


def fed_by(recipes: Iterable[Recipe], sources: Mapping[str, Source]) -> dict[str, FeedEntry]:
    """By table, what it is made of directly: staged parts, with who brings them, and tables."""
    bringing = _bringing(sources)
    return {
        name: {
            "parts": {
                one.part: bringing.get(one.part, []) for one in given if isinstance(one, Staged)
            },
            "tables": sorted({one.table.name for one in given if isinstance(one, Built)} - {name}),
        }
        for name, given in _by_table(recipes).items()
    }


def _by_table(recipes: Iterable[Recipe]) -> dict[str, list[Input]]:
    """The inputs of each table, with those of what is asked for."""
    inputs: dict[str, list[Input]] = {}
    for recipe in recipes:
        for table in recipe.tables:
            inputs.setdefault(table.name, []).extend(inputs_of(recipe.of))
    return inputs


def _bringing(sources: Mapping[str, Source]) -> dict[str, list[str]]:
    """By staged part, the sources that bring it."""
    found: dict[str, list[str]] = {}
    for code, source in sources.items():
        for part in source.parts:
            found.setdefault(part.name, []).append(code)
    return found


def _in_time(period: str) -> tuple[bool, str]:
    """Sorts periods, those without a date (`undated`) first: nobody knows how old they are."""
    # False sorts before true.
    return period[:1].isdecimal(), period
