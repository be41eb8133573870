"""The order in which recipes are walked: each after those whose tables it is made of. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from engine.errors import LakeError
from engine.table_rules import BetweenRule
from refresh.recipe import Asked, Built, Input, Recipe


class BadRecipe(LakeError):
    """A recipe that cannot be walked: a mistake in a declaration, told at start."""


def in_order(recipes: Sequence[Recipe]) -> list[Recipe]:
    """The recipes, each after those whose tables it is made of.

    Raises: BadRecipe where they need each other in a circle, or one needs a table nobody makes.
    """
    makers: dict[str, list[int]] = {}
    for at, recipe in enumerate(recipes):
        for table in recipe.tables:
            makers.setdefault(table.name, []).append(at)
    needs = {at: _needed(recipe.of) for at, recipe in enumerate(recipes)}
    for at, names in needs.items():
        if unknown := sorted(names - makers.keys()):
            raise BadRecipe(
                f"no recipe makes `{unknown[0]}`",
                where=f"recipe of {recipes[at].name}",
                found=", ".join(unknown),
                expected=", ".join(sorted(makers)),
                next="add a recipe that makes it, or name another input",
            )
    # By number, not by table: several recipes make partitions of one.
    graph = {
        at: {m for name in needs[at] | _held_against(recipe) for m in makers.get(name, [])} - {at}
        for at, recipe in enumerate(recipes)
    }
    try:
        return [recipes[at] for at in _as_declared(TopologicalSorter(graph))]
    except CycleError as error:
        circle = " <- ".join(recipes[at].name for at in error.args[1])
        raise BadRecipe(
            "recipes need each other in a circle",
            where=circle,
            next="make one of these tables of something else",
        ) from error


def _held_against(recipe: Recipe) -> set[str]:
    """The tables that what it makes is held against: those are made first."""
    return {
        other
        for table in recipe.tables
        for rule in table.rules
        if isinstance(rule, BetweenRule)
        for other in rule.others
    }


def _as_declared(sorter: TopologicalSorter[int]) -> Iterator[int]:
    """In the order of their declaration, as far as it can be: so findings stay in one order."""
    sorter.prepare()
    # A sorter gives whatever is ready in any order; the smallest number first is the same every
    # time.
    ready: list[int] = []
    while sorter.is_active():
        ready = sorted([*ready, *sorter.get_ready()])
        first = ready.pop(0)
        yield first
        sorter.done(first)


def _needed(of: Mapping[str, Input]) -> set[str]:
    found: set[str] = set()
    for given in of.values():
        if isinstance(given, Built):
            found.add(given.table.name)
        elif isinstance(given, Asked):
            found |= _needed(given.of)
    return found
