"""The guard of free SQL: one reading statement over the catalogue's datasets, or a refusal. Pure.

A list of what is allowed, never of what is forbidden: of the parsed tree every node has to be of a
kind that is named here, every table a plain name of the catalogue, every function a named one. What
runs is written anew from that tree, so a comment, or what another parser might read out of the
text, never reaches the engine. How long it may run, and with how much memory, is the worker's.
"""

import logging
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from engine.errors import BadQuestion

# What it warns of, it then fails to parse as what we allow; the refusal says it better.
logging.getLogger("sqlglot").setLevel(logging.CRITICAL)

DIALECT = "duckdb"
"""Of the dialects that the parser knows, the one whose words the engine (Polars) reads best."""
LONGEST = 10_000
DEEPEST = 40
MOST_NODES = 2_000
MOST_TABLES = 8

STATEMENTS = (exp.Select, exp.Union, exp.Intersect, exp.Except)
CLAUSES = frozenset(
    "Select Union Intersect Except With CTE Subquery From Join Where Group Having Order Ordered"
    " Limit Offset Distinct Qualify Alias TableAlias Table Column Star Identifier Literal Boolean"
    " Null Paren Tuple Interval Var DataType DataTypeParam Window WindowSpec Filter".split()
)
OPERATORS = frozenset(
    "And Or Not EQ NEQ GT GTE LT LTE Is In Between Like ILike Exists Add Sub Mul Div IntDiv Mod Neg"
    " DPipe NullSafeEQ NullSafeNEQ Case If".split()
)
FUNCTIONS = frozenset(
    "Count Sum Avg Min Max Median Stddev StddevSamp StddevPop Variance VariancePop PercentileCont"
    " PercentileDisc Corr CovarSamp CovarPop First Last GroupConcat RowNumber Rank DenseRank Lag"
    " Lead Cast TryCast Coalesce Nullif Greatest Least Abs Ceil Floor Round Sqrt Pow Exp Ln Log"
    " Sign Upper Lower Length Left Right Trim Concat ConcatWs Substring Replace StrPosition"
    " StartsWith EndsWith SplitPart Extract Year Month Day Quarter TimestampTrunc DateTrunc"
    " TimeToStr".split()
)
ALLOWED = CLAUSES | OPERATORS | FUNCTIONS
# The parser knows no kind for these, though the engine has them.
NAMED_FUNCTIONS = frozenset({"date_part"})
_TABLE_PARTS = {"this", "alias", "joins"}


@dataclass(frozen=True)
class Guarded:
    """A statement that may run.

    sql       it, written anew
    datasets  the datasets it reads
    """

    sql: str
    datasets: tuple[str, ...]


def guarded(text: str, datasets: Collection[str]) -> Guarded:
    """The statement of a text, if it may run over these datasets.

    Raises: BadQuestion for anything but one statement that only reads them.

    >>> guarded("select count(*) from PCN -- all", ["pcn"])
    Guarded(sql='SELECT COUNT(*) FROM "pcn"', datasets=('pcn',))
    """
    statement = _parsed(text)
    _only_what_is_allowed(statement)
    own = _named_here(statement, datasets)
    known = {name.lower(): name for name in datasets}
    read = list(dict.fromkeys(_tables(statement, known, own)))
    if not read:
        raise _refused("it reads no dataset", found="no FROM", next="name one: list_datasets")
    return Guarded(statement.sql(dialect=DIALECT, comments=False), tuple(read))


def _parsed(text: str) -> exp.Expr:
    if len(text) > LONGEST:
        raise _refused("it is too long", found=f"{len(text):,} characters", expected=f"{LONGEST:,}")
    # Before the parser, which takes a call of its own for each of them.
    if max(text.count(mark) for mark in "([{") > 400 or _depth(text) > DEEPEST:
        raise _refused("it is nested too deeply", expected=f"at most {DEEPEST} brackets deep")
    try:
        statements = [one for one in sqlglot.parse(text, read=DIALECT) if one is not None]
    except (SqlglotError, RecursionError) as error:
        said = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise _refused("it cannot be read as SQL", found=said) from error
    if len(statements) != 1:
        raise _refused("there must be one statement", found=str(len(statements)), expected="1")
    if not isinstance(statements[0], STATEMENTS):
        raise _refused(
            "only a SELECT may run here",
            found=_kind(statements[0]),
            expected="SELECT, with UNION, INTERSECT, EXCEPT or WITH",
        )
    return statements[0]


def _only_what_is_allowed(statement: exp.Expr) -> None:
    nodes = 0
    for node in statement.walk():
        nodes += 1
        kind = type(node).__name__
        if isinstance(node, exp.Anonymous):
            if str(node.this).lower() not in NAMED_FUNCTIONS:
                raise _refused("that function may not be called", found=f"{node.this}"[:80])
        elif kind not in ALLOWED:
            is_function = isinstance(node, exp.Func)
            what = "that function may not be called" if is_function else "that may not be asked"
            raise _refused(what, found=_kind(node))
        if isinstance(node, exp.With) and node.args.get("recursive"):
            raise _refused("a WITH may not be recursive", found="WITH RECURSIVE")
        if isinstance(node, exp.Column) and (node.args.get("db") or node.args.get("catalog")):
            raise _refused("a column is named by its table at most", found=node.sql()[:80])
        if isinstance(node, exp.Select) and node.args.get("kind"):
            raise _refused("that may not be asked", found=f"SELECT AS {node.args['kind']}")
    if nodes > MOST_NODES:
        raise _refused(
            "it says too much at once", found=f"{nodes:,} parts", expected=f"{MOST_NODES:,}"
        )


def _named_here(statement: exp.Expr, datasets: Collection[str]) -> set[str]:
    """The names of its own WITH clauses: none twice, and none that is a dataset's."""
    known = {name.lower() for name in datasets}
    own: set[str] = set()
    for one in statement.find_all(exp.CTE):
        name = one.alias.lower()
        # Shadowed, a dataset's provenance would be told of what it is not.
        if not name or name in known or name in own:
            raise _refused("a WITH needs a name of its own", found=one.alias[:80])
        own.add(name)
    return own


def _tables(statement: exp.Expr, known: Mapping[str, str], own: set[str]) -> Iterator[str]:
    """The datasets that it reads, each rewritten to the name that the catalogue has."""
    tables = list(statement.find_all(exp.Table))
    if len(tables) > MOST_TABLES:
        raise _refused(
            "it joins too much", found=f"{len(tables)} tables", expected=f"{MOST_TABLES}"
        )
    for table in tables:
        said = {part for part, value in table.args.items() if value}
        name = table.this.name if isinstance(table.this, exp.Identifier) else ""
        if not name or said - _TABLE_PARTS:
            raise _refused(
                "a table is a plain name of a dataset",
                found=table.sql(dialect=DIALECT)[:80],
                expected="no function, no file, no schema or catalogue before it",
            )
        if name.lower() in own:
            continue
        if name.lower() not in known:
            raise _refused(
                f"no dataset is called `{name[:80]}`",
                found=name[:80],
                expected=", ".join(known.values()),
                next="list_datasets says what each holds",
            )
        table.set("this", exp.to_identifier(known[name.lower()], quoted=True))
        yield known[name.lower()]


def _depth(text: str) -> int:
    """How deeply brackets are nested, those in texts too: a little too strict is no harm."""
    depth = deepest = 0
    for mark in text:
        depth += (mark in "([{") - (mark in ")]}")
        deepest = max(deepest, depth)
    return deepest


def _kind(node: exp.Expr) -> str:
    return f"{type(node).__name__.upper()}: {node.sql(dialect=DIALECT)[:80]}"


def _refused(what: str, *, next: str = "", **facts: str) -> BadQuestion:  # noqa: A002
    usual = "ask with query_metric, or write one SELECT over the datasets of list_datasets"
    return BadQuestion(f"the SQL is refused: {what}", **facts, next=next or usual)
