"""What a manifest says of where tables come from: by the recipes, through whatever lies between."""

import polars as pl

from engine.table import Column, Table
from refresh.atlas.wing import ATLAS
from refresh.provenance import fed_by, made_of
from refresh.recipe import made, recipe, staged


def table(name: str) -> Table:
    return Table(
        name=name,
        grain="row",
        meaning="Rows.",
        key=("code",),
        columns=(Column("code", pl.String, "Code"),),
        owner="tests",
    )


def test_a_table_made_of_a_table_is_made_of_its_sources():
    sources = {source.code: source for source in ATLAS.sources}
    one, two = table("one"), table("two")
    recipes = [
        recipe(two, by=lambda one: one, one=made(one), also=staged(table("pcn"), "newest")),
        recipe(one, by=lambda rows: rows, rows=staged(table("achievement"), "every")),
    ]
    assert made_of(recipes, sources) == {"two": ["ods_networks", "qof"], "one": ["qof"]}


def test_a_table_says_what_it_is_made_of_directly():
    sources = {source.code: source for source in ATLAS.sources}
    one, two = table("one"), table("two")
    recipes = [
        recipe(two, by=lambda one: one, one=made(one), also=staged(table("pcn"), "newest")),
        recipe(one, by=lambda rows: rows, rows=staged(table("achievement"), "every")),
    ]
    assert fed_by(recipes, sources) == {
        "two": {"parts": {"pcn": ["ods_networks"]}, "tables": ["one"]},
        "one": {"parts": {"achievement": ["qof"]}, "tables": []},
    }


def test_the_sealed_manifest_says_it(lake):
    said = lake.manifest["made_of"]
    assert set(said) == set(lake.manifest["tables"])
    assert said["percent_achieved"] == ["qof"] and said["practice_mapping"] == ["registrations"]
    # The list says whether a practice was open; the year's own files where it lay.
    assert said["practice_geography"] == ["ods_practices", "qof"]
