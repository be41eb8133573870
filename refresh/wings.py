"""Every publication that is followed, in the order in which they are refreshed."""

from engine.errors import UnknownName
from refresh.atlas.sources import (
    boundaries,
    cqc,
    deprivation,
    networks,
    ods,
    payments,
    places,
    qof,
    qof_totals,
    registrations,
    small_areas,
    survey,
    workforce,
)
from refresh.source import Source

SOURCES: dict[str, Source] = {
    source.code: source
    for source in (
        *(ods.PRACTICES, ods.NETWORKS, places.DIRECTORY, places.READY, qof.SOURCE),
        qof_totals.SOURCE,
        boundaries.SOURCE,
        *(
            registrations.SOURCE,
            small_areas.PATIENTS,
            small_areas.INDICES,
            deprivation.SOURCE,
            cqc.SOURCE,
        ),
        *(workforce.SOURCE, workforce.BY_YEAR, networks.SOURCE, survey.SOURCE, payments.SOURCE),
    )
}


def named(codes: tuple[str, ...]) -> list[Source]:
    """These sources, or all of them where none is named.

    Raises: UnknownName, with the names there are.
    """
    for code in codes:
        if code not in SOURCES:
            raise UnknownName(
                f"no source is called `{code}`", found=code, expected=", ".join(SOURCES)
            )
    return [source for source in SOURCES.values() if not codes or source.code in codes]
