"""The builder: recipes in, a draft out. Small tables of trees, made by hand."""

import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from engine import Lake, open_lake
from engine.lake import Layout
from engine.rules import NotNull
from engine.table import Column, Table
from engine.table_rules import References
from refresh.builder import Builder
from refresh.finding import Finding, failed
from refresh.pantry import Pantry
from refresh.progress import Progress
from refresh.recipe import (
    THIS,
    Answers,
    Asked,
    Fact,
    Recipe,
    each,
    load_mode_of,
    made,
    recipe,
    staged,
    values_of,
)
from refresh.recipe_order import BadRecipe, in_order
from refresh.store.fold import Edition, as_folded
from refresh.store.seal import Draft


def table(name: str, *columns: str, partition: str | None = None, **dtypes: Any) -> Table:
    """A contract of text columns, the first of which is its key."""
    return Table(
        name,
        "a row",
        "For tests.",
        key=columns[:1],
        columns=tuple(
            Column(c, dtypes.get(c, pl.String), c, rules=(NotNull(),) if c == columns[0] else ())
            for c in columns
        ),
        owner="nobody",
        sort=columns[:1],
        partition=partition,
    )


TREE = table("tree", "code", "name")
TREES = table("trees", "code", "name", "year", partition="year")
COUNTED = table("counted", "year", "trees", trees=pl.Int64)
FELLED = table("felled", "code", "name")
STANDING = table("standing", "code", "name")
CUT = table("cut", "code", "name", "cut_on", partition="cut_year", cut_on=pl.Date)


def edition(period: str, **columns: list[Any]) -> Edition:
    return Edition(period, 1, pl.LazyFrame(columns), where=f"{period}.csv")


def pantry(invented: frozenset[str] = frozenset(), **parts: list[Edition]) -> Pantry:
    """What is staged; an edition's mark is what its rows say."""
    marks = {
        (part, e.period, e.revision): str(e.rows.collect().rows())
        for part, editions in parts.items()
        for e in editions
    }
    return Pantry(parts, marks, invented)


class Shop:
    """A lake built again and again from other recipes; `made` counts the calls of its makers."""

    def __init__(self, root: Path):
        self.root, self.made, self.findings = root, [], []

    def maker(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same maker, counted; it is known by this module's text."""

        def counted(**inputs: Any) -> Any:
            self.made.append(function.__name__)
            return function(**inputs)

        return counted

    def build(
        self,
        recipes: list[Recipe],
        given: Pantry,
        facts: tuple[Fact, ...] = (),
        ask: Callable[[Asked, Mapping[str, Any]], Answers] = lambda asked, inputs: Answers({}),
    ) -> Lake:
        self.made.clear()
        draft = Draft(Layout(self.root))
        progress = Progress(Layout(self.root).progress)
        builder = Builder(recipes, draft=draft, pantry=given, ask=ask, progress=progress)
        builder.build()
        told = builder.facts(facts)
        self.findings = builder.findings
        kept = [vars(f) for f in builder.findings if f.status != "pass"]
        draft.seal(inputs="", releases=[], findings=kept, **told)
        return open_lake(self.root)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def names(lake: Lake, name: str, partition: str | None = None) -> list[str]:
    return lake.scan(name, partition).collect()["name"].to_list()


def of_year(rows: pl.LazyFrame, year: str) -> pl.LazyFrame:
    return rows.with_columns(year=pl.lit(year))


ASH = edition("2025-26", code=["A"], name=["Ash"])
OAK = edition("2026-27", code=["A", "B"], name=["Oak", "Elm"])


# What is made


def test_a_partition_is_made_of_its_own_period_and_kept_while_that_is_the_same(shop: Shop):
    recipes = [
        recipe(TREES, shop.maker(of_year), per=each(TREE), rows=staged(TREE, "same"), year=THIS)
    ]
    lake = shop.build(recipes, pantry(tree=[ASH, OAK]))
    assert names(lake, "trees", "2025-26") == ["Ash"]
    assert names(lake, "trees", "2026-27") == ["Oak", "Elm"]
    corrected = edition("2026-27", code=["A"], name=["Oak!"])
    lake = shop.build(recipes, pantry(tree=[ASH, corrected]))
    assert shop.made == ["of_year"], "the other year was kept"
    assert names(lake, "trees") == ["Ash", "Oak!"]


@pytest.mark.parametrize(
    ("take", "expected", "word"),
    [
        ("newest", ["Oak", "Elm"], "replace"),
        ("upsert", ["Oak", "Elm"], "upsert"),
        ("append", ["Ash", "Oak", "Elm"], "append"),
    ],
)
def test_the_word_of_an_input_folds_its_releases(shop: Shop, take: Any, expected: list, word: str):
    recipes = (recipe(TREE, as_folded, rows=staged(TREE, take)),)
    if take == "append":  # two rows of one key: the contract refuses them
        shop.build(list(recipes), pantry(tree=[ASH, OAK]))
        assert [f.check for f in failed(shop.findings)] == ["one row a key"]
    else:
        assert names(shop.build(list(recipes), pantry(tree=[ASH, OAK])), "tree") == expected
    assert load_mode_of(recipes, "tree") == word


@pytest.mark.parametrize(
    ("take", "expected"),
    [
        ("every", ["Oak", "Elm", "Fir"]),
        ("revisions", ["Ash", "Oak", "Elm", "Fir"]),
        # Its files are not those that were issued before: it adds to them.
        ("batches", ["Ash", "Oak", "Elm", "Fir"]),
    ],
)
def test_what_was_issued_again_is_given_to_who_asks_for_every_revision(
    shop: Shop, take: Any, expected: list
):
    rows = pl.LazyFrame({"code": ["B", "C"], "name": ["Oak", "Elm"]})
    again = Edition("2025-26", 2, rows, where="more.csv")
    later = edition("2026-27", code=["D"], name=["Fir"])

    def all_of(those: list[Edition]) -> pl.LazyFrame:
        return pl.concat(e.rows for e in those)

    recipes = [recipe(TREE, all_of, those=staged(TREE, take))]
    lake = shop.build(recipes, pantry(tree=[ASH, again, later]))
    assert names(lake, "tree") == expected


def test_one_maker_may_make_several_tables(shop: Shop):
    def parted(rows: pl.LazyFrame) -> tuple[pl.LazyFrame, pl.LazyFrame]:
        return rows.filter(pl.col("code") == "A"), rows.filter(pl.col("code") != "A")

    both = recipe((FELLED, STANDING), shop.maker(parted), rows=staged(TREE, "newest"))
    lake = shop.build([both], pantry(tree=[OAK]))
    assert (names(lake, "felled"), names(lake, "standing")) == (["Oak"], ["Elm"])
    assert shop.made == ["parted"], "once for both"
    shop.build([both], pantry(tree=[OAK]))
    assert shop.made == []


def test_a_table_is_made_of_made_ones_whatever_the_order_of_the_recipes(shop: Shop):
    def counted(years: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
        return pl.concat(
            lf.select(year=pl.lit(year), trees=pl.len().cast(pl.Int64))
            for year, lf in years.items()
        )

    trees = recipe(TREES, of_year, per=each(TREE), rows=staged(TREE, "same"), year=THIS)
    lake = shop.build(
        [recipe(COUNTED, counted, years=made(TREES, every=True)), trees],
        pantry(tree=[ASH, OAK]),
    )
    assert lake.scan("counted").collect().rows() == [("2025-26", 1), ("2026-27", 2)]


def test_what_a_recipe_cannot_do_without_and_what_it_can(shop: Shop):
    def either(one: pl.LazyFrame | None, other: pl.LazyFrame | None) -> pl.LazyFrame:
        return pl.concat(lf for lf in (one, other) if lf is not None)

    def recipes(*, optional: bool) -> list[Recipe]:
        return [
            recipe(
                TREE,
                either,
                one=staged(TREE, "newest", optional=True),
                other=staged(FELLED, "newest", optional=optional),
            )
        ]

    assert not shop.build(recipes(optional=False), pantry(tree=[ASH])).has("tree")
    assert names(shop.build(recipes(optional=True), pantry(tree=[ASH])), "tree") == ["Ash"]
    assert not shop.build(recipes(optional=True), pantry()).has("tree"), "neither is there"


def test_a_table_that_nothing_is_there_for_is_known_all_the_same(shop: Shop):
    lake = shop.build([recipe(TREE, as_folded, rows=staged(TREE, "newest"))], pantry())
    assert lake.scan("tree").collect_schema() == TREE.schema
    assert lake.scan("tree").collect().is_empty()


def test_a_maker_may_find_that_there_is_nothing_to_make(shop: Shop):
    nothing = recipe(TREE, lambda rows: None, rows=staged(TREE, "newest"))
    assert not shop.build([nothing], pantry(tree=[ASH])).has("tree")
    assert shop.findings == []


# What is made by value


def cut(days: Mapping[str, date]) -> dict[str, list[Any]]:
    return {"code": [*days], "name": [*days], "cut_on": [*days.values()]}


BY_YEAR = recipe(
    CUT, as_folded, per=values_of(CUT, pl.col("cut_on").dt.year()), rows=staged(CUT, "upsert")
)


def test_a_partition_a_value_takes_its_rows_from_every_release_that_has_some(shop: Shop):
    first = edition("2026-01", **cut({"A": date(2025, 5, 1), "B": date(2026, 1, 9)}))
    later = edition("2026-02", **cut({"C": date(2025, 6, 1)}))
    lake = shop.build([BY_YEAR], pantry(cut=[first, later]))
    assert lake.partitions("cut") == {"2025", "2026"}
    assert names(lake, "cut", "2025") == ["A", "C"]
    assert names(lake, "cut", "2026") == ["B"]


def test_a_batch_makes_anew_only_the_values_that_it_has_rows_of(shop: Shop):
    counted = recipe(
        CUT,
        shop.maker(as_folded),
        per=values_of(CUT, pl.col("cut_on").dt.year()),
        rows=staged(CUT, "upsert"),
    )
    first = edition("2026-01", **cut({"A": date(2025, 5, 1), "B": date(2026, 1, 9)}))
    lake = shop.build([counted], pantry(cut=[first]))
    was = {f["partition"]: f["sha256"] for f in lake.files("cut")}
    late = edition("2026-02", code=["A"], name=["Again"], cut_on=[date(2025, 5, 1)])
    lake = shop.build([counted], pantry(cut=[first, late]))
    assert len(shop.made) == 1 and names(lake, "cut", "2025") == ["Again"]
    now = {f["partition"]: f["sha256"] for f in lake.files("cut")}
    assert now["2026"] == was["2026"] and now["2025"] != was["2025"]


def test_an_issue_that_is_replaced_has_no_rows_in_any_partition(shop: Shop):
    """The same file once more, without its row of 2026: the older issue makes no such year."""
    rows = {"of": staged(CUT, "batches")}

    def all_of(of: list[Edition]) -> pl.LazyFrame:
        return pl.concat(e.rows for e in of)

    by_year = recipe(CUT, all_of, per=values_of(CUT, pl.col("cut_on").dt.year()), **rows)
    first = edition("2026-01", **cut({"A": date(2025, 5, 1), "B": date(2026, 1, 9)}))
    again = replace(edition("2026-01", **cut({"A": date(2025, 5, 1)})), revision=2)
    assert shop.build([by_year], pantry(cut=[first, again])).partitions("cut") == {"2025"}


def test_a_row_that_lies_in_several_partitions_makes_each(shop: Shop):
    years = pl.int_ranges(pl.col("cut_on").dt.year() - 1, pl.col("cut_on").dt.year() + 1)

    def of_year(cut: pl.LazyFrame, *, year: str) -> pl.LazyFrame:
        return cut.with_columns(code=pl.lit(year), name=pl.lit(year), year=pl.lit(year))

    recipes = [
        recipe(FELLED, lambda rows: rows, rows=staged(CUT, "upsert")),
        recipe(TREES, of_year, per=values_of(CUT, years), cut=made(FELLED), year=THIS),
    ]
    lake = shop.build(recipes, pantry(cut=[edition("2026-01", **cut({"A": date(2026, 5, 1)}))]))
    assert lake.partitions("trees") == {"2025", "2026"}


# What fails


def broken(rows: pl.LazyFrame) -> pl.LazyFrame:
    raise ZeroDivisionError("no tree by that name\nand a second line")


def test_an_exception_in_one_recipe_leaves_every_other_table_live(shop: Shop):
    good = [
        recipe(TREE, as_folded, rows=staged(TREE, "newest")),
        recipe(FELLED, as_folded, rows=staged(TREE, "newest")),
        recipe(STANDING, as_folded, rows=made(FELLED)),
    ]
    shop.build(good, pantry(tree=[ASH]))
    bad = [good[0], recipe(FELLED, broken, rows=staged(TREE, "newest")), good[2]]
    lake = shop.build(bad, pantry(tree=[OAK]))
    assert names(lake, "tree") == ["Oak", "Elm"], "another table is new"
    assert names(lake, "felled") == ["Ash"], "its own last file is kept"
    assert names(lake, "standing") == ["Ash"], "and serves what is made of it"
    (told,) = failed(shop.findings)
    assert (
        told.where == "table felled" and "ZeroDivisionError: no tree by that name" in told.message
    )
    assert "second line" not in told.message and "last good file" in told.next_step
    lake = shop.build(good, pantry(tree=[OAK]))
    assert names(lake, "standing") == ["Oak", "Elm"] and failed(shop.findings) == []


def test_a_plan_that_breaks_when_it_is_collected_is_no_different(shop: Shop):
    absent = recipe(TREE, lambda rows: rows.select("height"), rows=staged(TREE, "newest"))
    lake = shop.build([absent], pantry(tree=[ASH]))
    assert not lake.has("tree") and "ColumnNotFoundError" in failed(shop.findings)[0].message


def test_a_disk_that_takes_no_more_stops_the_build(shop: Shop):
    def full(rows: pl.LazyFrame) -> pl.LazyFrame:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        shop.build([recipe(TREE, full, rows=staged(TREE, "newest"))], pantry(tree=[ASH]))


def test_what_breaks_the_contract_keeps_the_last_file(shop: Shop):
    recipes = [recipe(TREE, as_folded, rows=staged(TREE, "newest"))]
    shop.build(recipes, pantry(tree=[ASH]))
    nameless = edition("2027-28", code=[None], name=["?"])
    assert names(shop.build(recipes, pantry(tree=[ASH, nameless])), "tree") == ["Ash"]
    assert failed(shop.findings)


def test_sums_that_cannot_be_made_anew_are_not_served_with_newer_rows(shop: Shop):
    """Where the maker fails, and where its rows break the contract: no file stays behind."""
    tree = recipe(TREE, as_folded, rows=staged(TREE, "newest"))
    sums = partial(recipe, FELLED, rows=made(TREE), keeps_last=False)
    assert names(shop.build([tree, sums(as_folded)], pantry(tree=[ASH])), "felled") == ["Ash"]
    for large in (False, True):
        spoilt = sums(lambda rows: rows.with_columns(code=pl.lit(None, pl.String)), large=large)
        for bad in (sums(broken), spoilt):
            shop.build([tree, sums(as_folded)], pantry(tree=[ASH]))
            lake = shop.build([tree, bad], pantry(tree=[OAK]))
            assert names(lake, "tree") == ["Oak", "Elm"] and not lake.has("felled")
            assert failed(shop.findings)


def test_what_was_found_of_a_kept_file_is_told_again_and_so_are_checks_across_rows(shop: Shop):
    def found(made: Mapping[str, pl.LazyFrame], where: str) -> list[Finding]:
        height = made["trees"].collect().height
        return [Finding("warn", "quality", "few trees", where, f"{height} trees")]

    recipes = [
        recipe(TREES, of_year, per=each(TREE), finds=found, rows=staged(TREE, "same"), year=THIS)
    ]
    for _ in range(2):
        shop.build(recipes, pantry(tree=[ASH, OAK]))
        told = [(f.where, f.message) for f in shop.findings if f.check == "few trees"]
        assert told == [("2025-26.csv", "1 trees"), ("2026-27.csv", "2 trees")]


ORDER = replace(
    table("order", "number", "code"), rules=(References(("code",), "tree", severity="fail"),)
)


def test_what_a_table_must_be_to_another_is_judged_at_each_build_after_that_one(shop: Shop):
    recipes = [
        recipe(ORDER, as_folded, rows=staged(ORDER, "newest")),
        recipe(TREE, as_folded, rows=staged(TREE, "newest")),
    ]
    one = edition("2025-26", number=["1"], code=["A"])
    both = edition("2026-27", number=["1", "2"], code=["A", "B"])
    lake = shop.build(recipes, pantry(order=[one], tree=[ASH]))
    assert failed(shop.findings) == [] and lake.scan("order").collect().height == 1
    lake = shop.build(recipes, pantry(order=[both], tree=[ASH]))
    assert [f.where for f in failed(shop.findings)] == ["table order"], "no tree is called B"
    assert lake.scan("order").collect().height == 1, "the last good file is kept"
    lake = shop.build(recipes, pantry(order=[both], tree=[OAK]))
    assert failed(shop.findings) == [] and lake.scan("order").collect().height == 2
    shop.build(recipes, pantry(order=[both], tree=[ASH]))
    assert len(failed(shop.findings)) == 1, "the order was kept and its tree felled"


# What is declared wrongly


def test_recipes_that_need_each_other_are_refused_at_start():
    circle = [
        recipe(FELLED, as_folded, rows=made(STANDING)),
        recipe(STANDING, as_folded, rows=made(FELLED)),
    ]
    with pytest.raises(BadRecipe, match="in a circle") as told:
        in_order(circle)
    assert "felled" in told.value.where and "standing" in told.value.where


def test_an_input_that_nobody_makes_is_refused_at_start():
    with pytest.raises(BadRecipe, match="no recipe makes `felled`") as told:
        in_order([recipe(STANDING, as_folded, rows=made(FELLED))])
    assert told.value.where == "recipe of standing"


# What is asked, and what is known at the end


def test_somebody_outside_is_asked_once_and_the_answer_is_an_input(shop: Shop):
    calls: list[list[str]] = []

    def heights(world: Any, *, rows: pl.LazyFrame) -> Answers:
        raise NotImplementedError  # the test answers

    def ask(asked: Asked, inputs: Mapping[str, Any]) -> Answers:
        calls.append(inputs["rows"].collect()["code"].to_list())
        finding = Finding("warn", "quality", "asked", "outside", "half an answer")
        return Answers({"known": pl.DataFrame({"code": ["A"], "name": [said.name]})}, (finding,))

    said = SimpleNamespace(name="Tall")
    question = Asked("heights", heights, {"rows": staged(TREE, "newest")})
    tall = shop.maker(lambda answers: answers.frames["known"].lazy())
    recipes = [recipe(t, tall, answers=question) for t in (FELLED, STANDING)]
    lake = shop.build(recipes, pantry(tree=[ASH]), ask=ask)
    assert calls == [["A"]] and names(lake, "felled") == names(lake, "standing") == ["Tall"]
    assert [f.check for f in shop.findings].count("asked") == 1
    shop.build(recipes, pantry(tree=[ASH]), ask=ask)
    assert shop.made == [], "the same answer keeps the file"
    said.name = "Taller"
    assert names(shop.build(recipes, pantry(tree=[ASH]), ask=ask), "felled") == ["Taller"]


def test_a_fact_is_known_of_what_was_made_and_of_nothing_too(shop: Shop):
    def counted(trees: Mapping[str, pl.LazyFrame]) -> tuple[Any, list[Finding]]:
        return {year: lf.collect().height for year, lf in trees.items()}, []

    facts = (Fact("forest", counted, {"trees": made(TREES, every=True)}),)
    recipes = [recipe(TREES, of_year, per=each(TREE), rows=staged(TREE, "same"), year=THIS)]
    lake = shop.build(recipes, pantry(tree=[ASH, OAK]), facts)
    assert lake.manifest["forest"] == {"2025-26": 1, "2026-27": 2}
    assert shop.build(recipes, pantry(), facts).manifest["forest"] == {}


# What is invented


def test_a_table_is_invented_where_anything_that_it_is_made_of_is(shop: Shop):
    recipes = [
        recipe(TREE, as_folded, rows=staged(TREE, "newest")),
        recipe(FELLED, as_folded, rows=made(TREE)),
        recipe(STANDING, as_folded, rows=staged(STANDING, "newest")),
    ]
    given = pantry(frozenset({"tree"}), tree=[ASH], standing=[OAK])
    for _ in range(2):  # made, then kept
        lake = shop.build(recipes, given)
        assert lake.is_invented("tree") and lake.is_invented("felled")
        assert not lake.is_invented("standing")


# What is large


def test_a_large_table_is_streamed_and_is_the_same_as_a_small_one(shop: Shop):
    def grown(rows: pl.LazyFrame) -> pl.LazyFrame:
        return rows.sort("code", descending=True)

    small = recipe(FELLED, grown, rows=staged(TREE, "newest"))
    large = recipe(STANDING, grown, rows=staged(TREE, "newest"), large=True)
    lake = shop.build([small, large], pantry(tree=[OAK]))
    assert lake.scan("felled").collect().equals(lake.scan("standing").collect())
    assert names(lake, "standing") == ["Oak", "Elm"], "in the contract's order"
    again = shop.build([small, large], pantry(tree=[OAK]))
    assert again.files("standing") == lake.files("standing")


def test_a_large_table_that_breaks_its_contract_leaves_no_file_behind(shop: Shop):
    large = recipe(TREE, as_folded, rows=staged(TREE, "newest"), large=True)
    shop.build([large], pantry(tree=[ASH]))
    nameless = edition("2027-28", code=[None], name=["?"])
    lake = shop.build([large], pantry(tree=[ASH, nameless]))
    assert names(lake, "tree") == ["Ash"] and failed(shop.findings)
    assert [p.name for p in (shop.root / "lake" / "tables" / "tree").iterdir()] == [
        Path(lake.files("tree")[0]["path"]).name
    ]


TEN_MILLION = 10_000_000
STREAMED = f"""
import sys
from pathlib import Path
import polars as pl
from tests.refresh.test_builder import MANY, Shop, pantry
from refresh.recipe import recipe, staged
from refresh.recipe_order import BadRecipe, in_order
from refresh.store.fold import Edition, as_folded

root = Path(sys.argv[1])
source = root / "many.parquet"
rows = pl.LazyFrame({{"id": pl.int_range({TEN_MILLION}, eager=True)}}).select(
    id=pl.format("C{{}}", pl.col("id").cast(pl.String).str.zfill(9)),
    cents=(pl.col("id") * 7919) % 1_000_003,
)
rows.sink_parquet(source)
part = pantry()
part.editions["many"] = [Edition("2026-01", 1, pl.scan_parquet(source))]
part.marks["many", "2026-01", 1] = "m"
shop = Shop(root / "data")
lake = shop.build([recipe(MANY, as_folded, rows=staged(MANY, "newest"), large=True)], part)
told = lake.scan("many").select(pl.len(), pl.col("cents").sum()).collect(engine="streaming").row(0)
# Not getrusage: what a process takes over of its parent's peak is counted there, too.
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(*told, peak.split()[1])
"""
MANY = table("many", "id", "cents", cents=pl.Int64)


def test_ten_million_rows_are_written_within_two_gigabytes(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-c", STREAMED, str(tmp_path)], capture_output=True, text=True, check=True
    )
    height, cents, kilobytes = map(int, done.stdout.split())
    # Each of 0 .. 1,000,002 comes up nine times in whole rounds, and the rest by the same rule.
    rest = TEN_MILLION - 9 * 1_000_003
    by_hand = 9 * (1_000_002 * 1_000_003 // 2) + sum(i * 7919 % 1_000_003 for i in range(rest))
    assert (height, cents) == (TEN_MILLION, by_hand)
    assert kilobytes < 2_000_000


def test_a_recipe_by_values_says_the_same_at_every_start():
    """Where an expression lies in memory is no part of what is made."""
    years, again, others = (
        recipe(CUT, as_folded, per=values_of(CUT, by), rows=staged(CUT, "upsert")).words
        for by in (
            pl.col("cut_on").dt.year(),
            pl.col("cut_on").dt.year(),
            pl.col("cut_on").dt.month(),
        )
    )
    assert years == again != others
