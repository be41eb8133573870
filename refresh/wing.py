"""Wing: what a domain adds to the refresh. A wing is declarations; the core walks them."""

import argparse
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from engine.access import Reader
from engine.errors import UnknownName
from engine.lake import Layout
from engine.vocabulary import LoadMode
from refresh.fingerprint import BUILD, text_of
from refresh.progress import Listener
from refresh.recipe import Asked, Fact, Recipe, load_mode_of
from refresh.source import Source
from refresh.store.ledger import Ledger

Demonstration = Callable[[Path, int, float, Listener], Iterator[None]]
"""Writes invented publications in the publishers' formats: folder, seed, scale, who listens. It
yields once, when what is worth a first look is written: the newest of everything."""


def _no_options(_parser: argparse.ArgumentParser) -> None:
    """What a verb asks that needs nothing but the data folder."""


@dataclass(frozen=True)
class Verb:
    """A verb that a wing adds to the command line: `python -m refresh NAME`.

    does     what it does, in a line
    call     from what was given to the exit code. It imports what it needs when it is called: no
             other verb waits for that
    options  adds what it asks beside `--data` and `--quiet`
    instead  of a verb that the core has by this name: when this one answers in its place
    """

    name: str
    does: str
    call: Callable[[argparse.Namespace], int]
    options: Callable[[argparse.ArgumentParser], None] = _no_options
    instead: Callable[[argparse.Namespace], bool] | None = None


@dataclass(frozen=True)
class Adding:
    """How a wing takes in a publication that nobody declared, a step a function, for pages.

    look        from what was given (an address, or a file's name and that it is one), the draft's
                folder and who listens: `text`, `notes`, `seen`
    understand  from a text what it says and what is wrong with it
    say         writes what was said beside a text into it
    refuses     which file of a draft may not be read from here; empty: none
    trial       loads a draft where nobody else sees it: draft's folder, data folder, who listens
    load        registers and loads it: likewise, with who says so
    """

    look: Callable[[str, bool, Path, Listener], dict[str, Any]]
    understand: Callable[[str], dict[str, Any]]
    say: Callable[[Path, Mapping[str, str]], None]
    refuses: Callable[[Path], str]
    trial: Callable[[Path, Path, Listener], list[dict[str, Any]]]
    load: Callable[[Path, Path, Reader, Listener], list[dict[str, Any]]]


@dataclass(frozen=True, eq=False)
class Wing:
    """One domain's publications, and the tables that are made of them.

    needs          staged parts of which real data must bring one before a demonstration goes
    demonstration  writes its invented publications; None where it has none. It imports what it
                   needs when it is called: no other verb waits for that
    verbs          what it adds to the command line
    after          what is done after each load, when a new snapshot may be live: it is given the
                   data folder, and raises nothing
    registered     what else is followed, by what a ledger says now: sources that nobody declares
                   in code, with the recipes of their tables
    adding         how it takes in what nobody declared; None where it does not
    load_page      tells a load, by its number or its source's code, as a page: the number, and HTML
    """

    name: str
    sources: tuple[Source, ...]
    recipes: tuple[Recipe, ...]
    facts: tuple[Fact, ...] = ()
    needs: frozenset[str] = frozenset()
    demonstration: Demonstration | None = None
    verbs: tuple[Verb, ...] = ()
    after: Callable[[Path], None] | None = None
    registered: Callable[[Ledger], "Registered"] | None = None
    adding: Adding | None = None
    load_page: Callable[[Layout, str], tuple[int, str]] | None = None

    def as_of(self, ledger: Ledger) -> "Wing":
        """The wing with what is registered in a ledger."""
        if self.registered is None:
            return self
        more = self.registered(ledger)
        if not more.sources:
            return self
        sources, recipes = (*self.sources, *more.sources), (*self.recipes, *more.recipes)
        facts = (*self.facts, *more.facts)
        return replace(self, sources=sources, recipes=recipes, facts=facts)


@dataclass(frozen=True)
class Registered:
    """What a ledger adds to a wing."""

    sources: tuple[Source, ...]
    recipes: tuple[Recipe, ...]
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True)
class Wings:
    """Several wings together, in the order in which they are refreshed."""

    wings: tuple[Wing, ...]

    def as_of(self, ledger: Ledger) -> "Wings":
        """These wings, as declared, with what is registered in a ledger."""
        wings = tuple(wing.as_of(ledger) for wing in self.wings)
        # Where nothing is registered they are the same, with all that they have worked out.
        return self if wings == self.wings else Wings(wings)

    @cached_property
    def sources(self) -> dict[str, Source]:
        """Every publication that is followed, by its code."""
        return {source.code: source for wing in self.wings for source in wing.sources}

    @cached_property
    def recipes(self) -> tuple[Recipe, ...]:
        return tuple(recipe for wing in self.wings for recipe in wing.recipes)

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        return tuple(fact for wing in self.wings for fact in wing.facts)

    @cached_property
    def asked(self) -> tuple[Asked, ...]:
        """Whoever outside is asked for something."""
        inputs = (given for recipe in self.recipes for given in recipe.of.values())
        return tuple(given for given in inputs if isinstance(given, Asked))

    @cached_property
    def signature(self) -> str:
        """Sixteen characters that change with any recipe, contract, or code they are made by."""
        of_recipes = [f for r in self.recipes for f in (r.by, r.finds) if f]
        of_others = [*(fact.by for fact in self.facts), *(asked.by for asked in self.asked)]
        tables = [table for recipe in self.recipes for table in recipe.tables]
        contracts = [f"{table.fingerprint}{table.deprecated}" for table in tables]
        # A recipe may read another part with the same function and contract.
        words = [recipe.words for recipe in self.recipes]
        words += [fact.words for fact in self.facts]
        said = [text_of(*BUILD, *of_recipes, *of_others), *contracts, *words]
        return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]

    def named(self, codes: tuple[str, ...]) -> list[Source]:
        """These sources, or all of them where none is named.

        Raises: UnknownName, with the names there are.
        """
        for code in codes:
            if code not in self.sources:
                raise UnknownName(
                    f"no source is called `{code}`", found=code, expected=", ".join(self.sources)
                )
        return [source for source in self.sources.values() if not codes or source.code in codes]

    def load_mode(self, source: Source) -> LoadMode:
        """The word by which a source's releases become tables: what its first part's recipe says.

        Gives: append, replace, upsert or history; empty where no recipe reads any of its parts.
        """
        words = (load_mode_of(self.recipes, part.name) for part in source.parts)
        return next((word for word in words if word), "")
