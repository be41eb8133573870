"""The verb `sandbox`: what is asked on the command line, and what is said.

What each action does lies in refresh/operate/sandbox.py.
"""

import argparse
import getpass
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import BadQuestion

if TYPE_CHECKING:
    from refresh.operate.sandbox import Kept

_HELP = "python -m refresh sandbox --help"
ACTIONS = ("list", "keep", "pin", "drop", "hand-over", "wipe")


def options(parser: argparse.ArgumentParser) -> None:
    """What `sandbox` asks."""
    parser.add_argument("action", choices=ACTIONS)
    parser.add_argument("table", nargs="?", help="name of the table; not for list and wipe")
    path = "keep: a CSV or Parquet file; hand-over: a folder for the CSV file"
    parser.add_argument("path", nargs="?", type=Path, help=path)
    parser.add_argument(
        "--user", default=getpass.getuser().lower(), help="whose (who is logged in)"
    )
    parser.add_argument("--dry-run", action="store_true", help="wipe: only say what would go")


def sandbox(given: argparse.Namespace) -> int:
    """Do one action, and say what came of it.

    Raises: BadQuestion where the action lacks its table or path; UnknownName; SandboxFull;
            NotAllowed for another's area, or for the wipe of all, where one is no dba.
    """
    from engine.lake import data_folder

    data, user, table = data_folder(given.data), given.user, given.table
    if table is None and given.action not in ("list", "wipe"):
        raise BadQuestion(f"`{given.action}` needs a table", next=_HELP)
    if given.path is None and given.action in ("keep", "hand-over"):
        raise BadQuestion(f"`{given.action}` needs a path", next=_HELP)
    if given.action == "list" or given.dry_run:
        _do(given, data, user, table)
        return 0
    from refresh.operate.acting import me
    from refresh.operate.auditing import audited

    by = me(data)
    is_own = given.action != "wipe" and user == by.name.lower()
    of = "every area" if given.action == "wipe" else f"{user}: {table}"
    with audited(data, by, "sandbox" if is_own else "administer", object=f"sandbox, {of}") as said:
        said.after = {"action": given.action}
        _do(given, data, user, table)
    return 0


def _do(given: argparse.Namespace, data: Path, user: str, table: str) -> None:
    import polars as pl

    from refresh.operate import sandbox as area

    path, today = given.path, date.today()
    if given.action == "list":
        _say(area.listed(data, user))
        for one in area.tried(data):
            print(f"{one.name}  {one.rows:,} rows  {one.size:,} bytes  tried by load --test")
    elif given.action == "keep":
        is_parquet = path.suffix == ".parquet"
        rows = pl.scan_parquet(path, glob=False) if is_parquet else pl.scan_csv(path, glob=False)
        _say([area.keep(data, user, table, rows, today=today)])
    elif given.action == "pin":
        _say([area.pin(data, user, table, today=today)])
    elif given.action == "drop":
        area.drop(data, user, table)
    elif given.action == "hand-over":
        print(area.hand_over(data, user, table, path))
        print("  next: draft its manifest, then register it: README, Publications")
    else:
        going = area.leaving(data, on=today) if given.dry_run else area.wipe(data, today=today)
        for whose, tables in going.items():
            print(f"{whose}: {', '.join(one.name for one in tables)}")


def _say(tables: "Iterable[Kept]") -> None:
    for one in tables:
        until = f"{'pinned until' if one.is_pinned else 'goes after'} {one.until}"
        print(f"{one.name}  {one.rows:,} rows  {one.size:,} bytes  {until}")
