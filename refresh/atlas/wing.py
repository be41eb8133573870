"""The practice atlas in the refresh: its publications, in the order in which they are refreshed."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from refresh.atlas.recipe import FACTS, RECIPES
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
from refresh.progress import Listener
from refresh.wing import Verb, Wing


def _invent(folder: Path, seed: int, scale: float, tell: Listener) -> Iterator[None]:
    # numpy and a spreadsheet writer: nothing but the demonstration needs them.
    from refresh.atlas.synthetic.england import write_newest_first

    for _ in write_newest_first(folder, seed=seed, scale=scale, progress=tell):
        yield


def _watch(given: argparse.Namespace) -> int:
    from refresh.atlas.watch_verbs import watch

    return watch(given, of=_codes())


def _watch_options(parser: argparse.ArgumentParser) -> None:
    from refresh.atlas.watch_verbs import watch_options

    watch_options(parser)


def _tell_readers(data: Path) -> None:
    from refresh.atlas.watch_verbs import after_a_seal

    after_a_seal(data, of=_codes())


def _codes() -> set[str]:
    return {source.code for source in ATLAS.sources}


ATLAS = Wing(
    name="atlas",
    sources=(
        *(ods.PRACTICES, ods.NETWORKS, places.DIRECTORY, places.READY, qof.SOURCE),
        *(qof_totals.SOURCE, boundaries.SOURCE, registrations.SOURCE),
        *(small_areas.PATIENTS, small_areas.INDICES, deprivation.SOURCE, cqc.SOURCE),
        *(workforce.SOURCE, workforce.BY_YEAR, networks.SOURCE, survey.SOURCE, payments.SOURCE),
    ),
    recipes=RECIPES,
    facts=FACTS,
    needs=frozenset({"achievement", "prevalence"}),
    demonstration=_invent,
    verbs=(Verb("watch", "who follows areas by e-mail", _watch, _watch_options),),
    after=_tell_readers,
)
