"""House rules, read from the code itself: which way imports point, what the engine never does, and
that every declaration says what it is for. A rule that has to be broken is a change of the design.
"""

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, get_args

import pytest

from app.atlas.pages.receipt import HEADINGS, HOLDS
from engine.atlas.metrics.qof_measures import MEASURES
from engine.atlas.receipt import HELD_IN
from engine.metric import AnyMetric, Better, Metric
from engine.table import Table
from engine.unit import Format
from engine.wings import METRICS, TABLES
from refresh.source import Source
from refresh.wings import SOURCES, WINGS

ROOT = Path(__file__).parents[1]
PACKAGES = ("app", "engine", "refresh")
LONGEST_FILE, LONGEST_FUNCTION = 400, 60
ROOMS = ("extract", "validate", "store")
WALK = ("pipeline", "staging", "build", "operate")
# What brings the wings of a package together: the only files of its core that may know them.
REGISTRIES = {"app/wings.py", "engine/__init__.py", "engine/wings.py", "refresh/wings.py"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
NETWORK = ("httpx", "requests", "urllib.request", "urllib3", "socket", "aiohttp", "ssl")
CLOCK = {"now", "today", "utcnow", "time", "monotonic", "perf_counter", "sleep"}
READS = {"scan_parquet", "read_text"}
WRITES = re.compile(
    r"""open\(.*['"][rbt]*[wax+][bt+]*['"] | \.(?:write|sink)_\w+\( | \.(?:unlink|mkdir|touch)\(
    | \b(?:os|shutil)\.(?:replace|rename|remove|unlink|rmdir|mkdir|makedirs|rmtree|copy\w*)\(""",
    re.VERBOSE,
)
# A path below the data folder, put together by hand.
BY_HAND = re.compile(
    r"""(?:layout|data|root)\w*\s/\s["'] | \.(?:raw|staged|tables)\s/ | ["']lake["']\s/""",
    re.VERBOSE,
)
MACHINE = re.compile(r"(?<![\w.~/:])/(?:home|root|work|mnt|Users)/\S*|\b[A-Z]:\\\S*")


def sources_of(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def breaking(rule: Callable[[Path], Any], paths: list[Path]) -> dict[str, Any]:
    """What breaks a rule, by file; a rule gives what is wrong, and nothing where all is well."""
    found = {path.relative_to(ROOT).as_posix(): rule(path) for path in paths}
    return {name: wrong for name, wrong in found.items() if wrong}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """All of a file's syntax, walked once for all rules."""
    return tuple(ast.walk(tree(path)))


@cache
def imports(path: Path) -> frozenset[str]:
    """Every module, and every name in it, that a file imports, as dotted names."""
    return frozenset(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    package = path.relative_to(ROOT).parent.parts
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*above, *filter(None, [node.module])))
            yield from (f"{module}.{alias.name}" for alias in node.names)


def reaches(path: Path, *modules: str) -> set[str]:
    """What a file imports of these modules."""
    return {n for n in imports(path) if any(f"{n}.".startswith(f"{m}.") for m in modules)}


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in nodes(path) if isinstance(node, ast.Call))


def called(path: Path) -> set[str]:
    """The last word of whatever a file calls: `collect` of `lf.collect()`."""
    functions = (call.func for call in calls(path))
    return {f.attr if isinstance(f, ast.Attribute) else getattr(f, "id", "") for f in functions}


# Which way imports point


def test_the_engine_knows_neither_of_the_others():
    assert breaking(lambda path: reaches(path, "app", "refresh"), sources_of("engine")) == {}


def test_the_refresh_does_not_know_the_app():
    assert breaking(lambda path: reaches(path, "app"), sources_of("refresh")) == {}


def test_the_app_reaches_the_refresh_through_lifecycle_only():
    door = "refresh.operate.lifecycle"

    def beside_the_door(path: Path) -> set[str]:
        return {n for n in reaches(path, "refresh") if not f"{n}.".startswith(f"{door}.")}

    assert breaking(beside_the_door, sources_of("app")) == {}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_knows_neither_the_others_nor_the_walk(room: str):
    others = [f"refresh.{other}" for other in (*ROOMS, *WALK) if other != room]
    assert breaking(lambda path: reaches(path, *others), sources_of(f"refresh/{room}")) == {}


# Core and wings


@cache
def wings() -> list[str]:
    """The folders of the packages that declare a wing."""
    return sorted(
        {path.parent.name for package in PACKAGES for path in ROOT.glob(f"{package}/*/wing.py")}
    )


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def wing_of(path: Path) -> str | None:
    """The wing whose folder a file lies in; None for the core."""
    _, folder, *_ = path.relative_to(ROOT).parts
    return folder if folder in wings() else None


def of_wings(path: Path, *but: str) -> set[str]:
    """What a file imports of any package's wings, but for those named."""
    others = [wing for wing in wings() if wing not in but]
    return reaches(path, *(f"{package}.{wing}" for package in PACKAGES for wing in others))


def test_there_is_a_wing():
    assert "atlas" in wings()


def test_the_core_knows_no_wing_but_in_its_registry():
    core = [path for path in sources_of(*PACKAGES) if not wing_of(path)]
    assert breaking(of_wings, [path for path in core if name_of(path) not in REGISTRIES]) == {}


def test_no_wing_knows_another():
    inside = [path for path in sources_of(*PACKAGES) if wing_of(path)]
    assert breaking(lambda path: of_wings(path, wing_of(path)), inside) == {}


@pytest.mark.parametrize("wing", wings())
def test_a_wing_joins_a_package_by_its_declaration_alone(wing: str):
    for package in PACKAGES:
        if (ROOT / package / wing / "wing.py").is_file():
            joined = reaches(ROOT / package / "wings.py", f"{package}.{wing}")
            assert joined == {f"{package}.{wing}.wing.{wing.upper()}"}


def module(name: str) -> Path:
    """The file of ours that holds a dotted name."""
    there = ROOT.joinpath(*name.split("."))
    for path in (there.with_suffix(".py"), there / "__init__.py"):
        if path.is_file():
            return path
    return module(name.rpartition(".")[0])


def room(path: Path) -> str:
    """The folder of a file; the file itself where it lies flat, in a package or a wing."""
    is_flat = len(path.relative_to(ROOT).parts) == (3 if wing_of(path) else 2)
    return name_of(path if is_flat else path.parent)


def rooms() -> dict[str, set[str]]:
    """Which rooms each room imports; through a registry a wing is reached, and that is no arrow."""
    graph: dict[str, set[str]] = {}
    for path in sources_of(*PACKAGES):
        ours = (name for name in imports(path) if name.partition(".")[0] in PACKAGES)
        reached = {there for name in ours if name_of(there := module(name)) not in REGISTRIES}
        if name_of(path) not in REGISTRIES:
            graph.setdefault(room(path), set()).update(room(there) for there in reached)
    return {one: others - {one} for one, others in graph.items()}


def test_no_circle_of_folders():
    TopologicalSorter(rooms()).prepare()  # CycleError names the circle


def test_the_order_of_effects_is_said_in_one_place():
    def magic(path: Path) -> list[str]:
        given = (
            word.value for call in calls(path) for word in call.keywords if word.arg == "priority"
        )
        return [ast.unparse(value) for value in given if not isinstance(value, ast.Attribute)]

    assert breaking(magic, sources_of("app")) == {}


# What is pure


def pure() -> list[Path]:
    of_atlas = (ROOT / "refresh" / "atlas" / name for name in ("locate.py", "watch_verbs.py"))
    effects = {*of_atlas, *sources_of("refresh/atlas/synthetic")}
    fold = ROOT / "refresh" / "store" / "fold.py"
    wing = [path for path in sources_of("refresh/atlas") if path not in effects]
    return [*sources_of("engine", "refresh/validate"), *wing, fold]


def test_pure_code_has_no_network_and_no_clock():
    def wrong(path: Path) -> set[str]:
        attributes = (c.func.attr for c in calls(path) if isinstance(c.func, ast.Attribute))
        return reaches(path, *NETWORK, "subprocess", "time") | set(attributes) & CLOCK

    assert breaking(wrong, pure()) == {}


def test_pure_code_writes_nothing():
    def wrong(path: Path) -> list[str]:
        return [said for said in map(ast.unparse, calls(path)) if WRITES.search(said)]

    assert breaking(wrong, pure()) == {}


def test_the_engine_collects_nothing_and_reads_through_scan_parquet_only():
    def wrong(path: Path) -> set[str]:
        reading = {name for name in called(path) if name.startswith(("read_", "scan_"))}
        return reading - READS | called(path) & {"collect", "collect_async", "collect_batches"}

    assert breaking(wrong, sources_of("engine")) == {}


def test_only_the_lake_scans():
    scanning = [p.name for p in sources_of("engine", "app") if "scan_parquet" in called(p)]
    assert scanning == ["lake.py"]


def test_a_year_is_read_in_one_place():
    """The first four characters of a period are its year in engine/period.py only."""

    def wrong(path: Path) -> list[str]:
        slices = (n for n in nodes(path) if isinstance(n, ast.Subscript))
        return [s for s in map(ast.unparse, slices) if re.search(r"(year|period)\w*\[:4\]$", s)]

    assert breaking(wrong, sources_of(*PACKAGES)) == {}


def test_an_area_is_read_in_one_place():
    """What stands before and after its colon is engine/atlas/area.py's to say."""

    def wrong(path: Path) -> list[str]:
        said = map(ast.unparse, calls(path))
        return [s for s in said if re.search(r"area\w*(\)|\])?\.(r?partition|split)\(':'", s)]

    assert breaking(wrong, sources_of("engine", "app")) == {}


def test_only_the_lake_knows_how_data_lies():
    """Whoever builds a path of the data folder by hand would have to move with it."""

    def paths(path: Path) -> list[str]:
        lines = path.read_text(encoding="utf-8").splitlines()
        return [line for line in lines if BY_HAND.search(line)]

    ours = [p for p in sources_of(*PACKAGES) if p.name not in ("layout.py", "deploy.py")]
    assert breaking(paths, ours) == {}


# Every declaration is complete (columns: tests/engine/test_table.py)


@pytest.mark.parametrize("metric", MEASURES.values(), ids=MEASURES)
def test_every_metric_says_what_it_is_and_why(metric):
    assert metric.label and metric.formula and metric.why and metric.caveats and metric.owner
    assert metric.unit in {"percent", "percent of points"}
    assert metric.table in TABLES and metric.code in TABLES[metric.table].schema
    assert metric.better in {"higher", "lower", "neither"}


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_every_metric_says_in_words_what_it_is(metric: AnyMetric):
    words = metric.words
    assert metric.label and metric.formula and metric.why and metric.caveats and metric.owner
    assert words.numerator and words.nobody and words.enough and words.size
    assert getattr(metric, "interval", False) or words.no_interval
    assert metric.format in get_args(Format) and metric.better in get_args(Better)


OF_A_TABLE = {name: metric for name, metric in METRICS.items() if isinstance(metric, Metric)}


@pytest.mark.parametrize("metric", OF_A_TABLE.values(), ids=OF_A_TABLE)
def test_every_metric_of_a_table_says_its_parts_in_sql_and_by_what_it_can_be_asked(metric: Metric):
    parts = 1 if metric.denominator is None else 2
    assert all(metric.sql[:parts]) and set(metric.shows) <= known_columns(metric)
    for dimension in metric.dimensions:
        there = TABLES[dimension.table or metric.table].schema
        assert dimension.column.meta.root_names() and set(dimension.on) <= set(there)
        assert set(dimension.column.meta.root_names()) <= set(there)


@pytest.mark.parametrize("measure", MEASURES.values(), ids=MEASURES)
def test_the_receipt_of_a_measure_knows_its_table_and_its_columns(measure):
    assert measure.table in HELD_IN and measure.table in HOLDS
    assert set(measure.shows) <= set(HEADINGS)


def known_columns(metric: Metric) -> set[str]:
    """The columns of a metric's table, and those it looks up in another."""
    looked_up = metric.lookup.columns if metric.lookup else ()
    return {*TABLES[metric.table].schema, *looked_up}


def test_nothing_branches_on_the_name_of_a_metric():
    """What is different of one measure is said by the measure."""

    def names(*nodes: ast.AST | None) -> set[str]:
        parts = [p for n in nodes for p in getattr(n, "elts", [n]) if isinstance(p, ast.Constant)]
        return {part.value for part in parts} & set(METRICS)

    def wrong(path: Path) -> list[str]:
        compared = [n for n in nodes(path) if isinstance(n, ast.Compare)]
        listed = [n for n in nodes(path) if isinstance(n, ast.Dict) and len(names(*n.keys)) > 1]
        asked = [n for n in compared if names(n.left, *n.comparators)]
        return [ast.unparse(node) for node in (*asked, *listed)]

    assert breaking(wrong, sources_of("engine", "app")) == {}


@pytest.mark.parametrize("name", MEASURES)
def test_a_metric_is_known_by_its_own_name(name: str):
    assert MEASURES[name].name == name


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_every_source_says_whose_it_is_and_what_for(source: Source):
    assert source.name and source.publisher and source.owner and source.licence
    assert source.purpose.endswith(".")
    assert WINGS.load_mode(source) in {"replace", "append", "upsert", "history"}
    assert source.files and source.parts and source.calendar.after_days >= 0
    assert all(page.startswith("https://") for page in source.pages)
    assert SOURCES[source.code] is source


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_every_part_of_a_source_is_a_declared_table(source: Source):
    for part in source.parts:
        assert part.name in TABLES
        assert part.members and len(part.expected) <= len(part.members)
        assert all(re.compile(pattern) for pattern in (*part.members, *source.files))


@pytest.mark.parametrize("of", TABLES.values(), ids=TABLES)
def test_every_table_says_what_a_row_is_and_whose_it_is(of: Table):
    assert of.grain and of.meaning.endswith(".") and of.owner
    for column in of.columns:
        assert column.meaning and (column.unit or not column.dtype.is_numeric()), column.name


# What the code looks like


def test_every_file_says_what_it_holds():
    def wrong(path: Path) -> bool:
        return bool(tree(path).body) and not ast.get_docstring(tree(path))

    assert breaking(wrong, sources_of(*PACKAGES)) == {}


def test_every_public_function_says_what_it_does():
    def wrong(path: Path) -> list[str]:
        public = [n for n in tree(path).body if isinstance(n, FUNCTIONS) and n.name[0] != "_"]
        return [node.name for node in public if not ast.get_docstring(node)]

    assert breaking(wrong, sources_of("engine", "refresh")) == {}


def is_declaration(path: Path) -> bool:
    """Whether most of a file is values given to names, at the top of the module."""
    if path.suffix != ".py":
        return False
    body = tree(path).body
    given = [n for n in body if isinstance(n, ast.Assign | ast.AnnAssign)]
    lines = sum(n.end_lineno - n.lineno + 1 for n in given)
    return lines > body[-1].end_lineno / 2


def test_no_file_is_too_long_to_read():
    ours = [p for f in PACKAGES for s in ("py", "js", "css") for p in (ROOT / f).rglob(f"*.{s}")]

    def too_long(path: Path) -> int:
        lines = len(path.read_text(encoding="utf-8").splitlines())
        return 0 if lines <= LONGEST_FILE or is_declaration(path) else lines

    assert breaking(too_long, ours) == {}


def own_lines(function: ast.AST) -> int:
    """Lines of a function without its docstring and the functions within it."""
    inner = [n for n in ast.walk(function) if isinstance(n, FUNCTIONS) and n is not function]
    within = {line for n in inner for line in range(n.lineno, n.end_lineno + 1)}
    if ast.get_docstring(function):
        within |= set(range(function.body[0].lineno, function.body[0].end_lineno + 1))
    return len(set(range(function.lineno, function.end_lineno + 1)) - within)


def test_no_function_is_too_long_to_read():
    def too_long(path: Path) -> dict[str, int]:
        functions = [n for n in nodes(path) if isinstance(n, FUNCTIONS)]
        return {f.name: own_lines(f) for f in functions if own_lines(f) > LONGEST_FUNCTION}

    assert breaking(too_long, sources_of(*PACKAGES)) == {}


def test_no_file_is_called_by_what_it_is_not():
    vague = re.compile(r"^(utils?|helpers?|common|manager|service|base|misc|.*_v\d|.*_old)$")
    assert [p for p in sources_of(*PACKAGES) if vague.match(p.stem)] == []


# The README


@cache
def readme() -> str:
    path = ROOT / "README.md"
    assert path.is_file(), "README.md is missing: it tells new users how to start"
    return path.read_text(encoding="utf-8")


def verbs() -> list[str]:
    """The verbs of `python -m refresh`, from its own parser."""
    from refresh.__main__ import _parser

    choices = (action.choices for action in _parser()._actions if action.choices)
    return [verb for some in choices for verb in some]


def test_every_verb_of_the_command_line_is_in_the_readme():
    assert "run" in verbs()
    assert [verb for verb in verbs() if f"refresh {verb}" not in readme()] == []


def test_no_path_of_any_machine_is_named():
    def machine_paths(path: Path) -> list[str]:
        return MACHINE.findall(path.read_text(encoding="utf-8"))

    readme()
    assert breaking(machine_paths, [*sources_of(*PACKAGES), ROOT / "README.md"]) == {}
