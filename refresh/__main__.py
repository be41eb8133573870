"""The command line: `python -m refresh VERB`.

Exit 0: all good. 1: something did not load, the last good data is kept. 2: a wrong call.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

from rich.console import Console

from engine.errors import LakeError
from engine.lake import Layout, current_id, data_folder, open_lake
from refresh.extract import fetch
from refresh.extract.discover import browser, discover
from refresh.extract.partial_file import NoRoom
from refresh.operate import access_verbs, demonstrate, hosting_verbs, lifecycle, maintain, report
from refresh.operate.bar import listener
from refresh.operate.bringing import bringing
from refresh.operate.noted import noted
from refresh.operate.repeating import INTERRUPTED, repeated, seconds_of
from refresh.pipeline import run
from refresh.strangers import known_by_columns, nearest, strangers
from refresh.wing import Verb, Wing
from refresh.wings import WINGS

Call = Callable[[argparse.Namespace], int]

console = Console(stderr=False)
# After these the rules of alerts are asked; what reviews and retires sees to it itself.
_LOADING = ("run", "demo", "load")
_HOURLY = "alerts"  # what could not be told to readers is tried again with it


def main(arguments: list[str] | None = None) -> int:
    """Run one verb; the exit code. Errors that Care Atlas knows are printed without traceback."""
    given = _parser().parse_args(arguments)
    # By a name of its own: `publish` and `follow` have an `--every`, too, and stay by themselves.
    every = getattr(given, "repeat_every", None)
    return repeated(partial(_once, given), every=every) if every else _once(given)


def _once(given: argparse.Namespace) -> int:
    call: Call = given.verb
    asked = {name: value for name, value in vars(given).items() if name not in ("verb", "name")}
    try:
        layout = Layout(data_folder(given.data))
        code = noted(layout, given.name, asked, lambda: call(given))
        if given.name in _LOADING:
            lifecycle.heed(layout.root)
        if given.name in (*_LOADING, _HOURLY):
            for after in (wing.after for wing in WINGS.wings if wing.after):
                after(layout.root)
        return code
    except LakeError as error:
        return _told(error)
    except OSError as error:
        return _told(_disk(error))
    # Not an error: no traceback, and the exit code that shells give to an interrupt.
    except KeyboardInterrupt:
        Console(stderr=True).print("Stopped. What was live stays live; run again to go on.")
        return INTERRUPTED


def _told(error: LakeError) -> int:
    # Not wrapped: a path that is cut in two cannot be copied.
    Console(stderr=True, soft_wrap=True, highlight=False).print(
        str(error), style="red", markup=False
    )
    return error.exit_code


def _disk(error: OSError) -> NoRoom:
    return NoRoom(
        "the disk does not take or give what it should; what was live stays live",
        where=str(error.filename or ""),
        found=error.strerror or str(error),
        next="make room or mend the permissions, or set CARE_ATLAS_DATA to another disk, and run"
        " again",
    )


def _run(given: argparse.Namespace) -> int:
    data = data_folder(given.data)
    with (
        listener(console, quiet=given.quiet) as tell,
        bringing(data, given.source, by=lifecycle.me(data)) as said,
    ):
        outcome = run(
            tuple(given.source),
            data=data,
            mirror=given.mirror,
            offline=given.offline,
            again=given.again,
            tell=tell,
        )
        said.after = {"live": outcome.snapshot, "failed": outcome.exit_code > 0}
    report.print_outcome(console, outcome)
    return outcome.exit_code


def _demo(given: argparse.Namespace) -> int:
    data = data_folder(given.data)
    writers = [w.demonstration for w in WINGS.wings if w.demonstration and not _is_real(data, w)]
    if given.early and current_id(data) and not writers:
        Layout(data).unfinished.unlink(missing_ok=True)  # real data came before it was finished
        return 0
    if not writers:
        raise LakeError(
            "there is real data here; a demonstration would take its place",
            where=str(data),
            next="python -m refresh demo --data ANOTHER_FOLDER",
        )
    with (
        listener(console, quiet=given.quiet) as tell,
        bringing(data, (), by=lifecycle.me(data)) as said,
    ):
        if given.early:
            code = demonstrate.begin(data, seed=given.seed, scale=given.scale, tell=tell)
            if current_id(data):
                _say("The newest year is live; the others follow, and pages say how far they are.")
            return code
        outcome = demonstrate.demonstrate(
            data, writers, seed=given.seed, scale=given.scale, tell=tell
        )
        said.after = {"live": outcome.snapshot}
    report.print_outcome(console, outcome, invented=True)
    return outcome.exit_code


def _is_real(data: Path, wing: Wing) -> bool:
    """Whether a wing's live tables are made of what was published."""
    if not current_id(data):
        return False
    lake = open_lake(data)
    tables = {table.name for recipe in wing.recipes for table in recipe.tables}
    return any(lake.has(name) and not lake.is_invented(name) for name in tables)


def _status(given: argparse.Namespace) -> int:
    said = report.status(data_folder(given.data), today=date.today())
    if given.json:
        print(json.dumps(said, indent=1))
    else:
        report.print_status(console, said)
    return 0


def _discover(given: argparse.Namespace) -> int:
    with fetch.open_client() as client:
        browse = browser(lambda url: fetch.open_page(url, client=client), mirror=given.mirror)
        everybody = [*WINGS.sources.values()]
        unknown = strangers(browse(given.mirror), everybody) if given.mirror else []
        also = known_by_columns(unknown, everybody)
        for source in WINGS.named(tuple(given.source)):
            offers = discover(source, mirror=given.mirror, browse=browse, today=date.today())
            for offer in (*offers, *also.get(source.code, ())):
                period = offer.period or "(as its rows say)"
                _say(f"{source.code} {period} {offer.link.url}")
    taken = {offer.link.url for offers in also.values() for offer in offers}
    for link in unknown:
        if link.url not in taken:
            _say(f"nobody's: {link.name} ({nearest(link, everybody)})")
    return 0


def _say(line: str) -> None:
    console.print(line, soft_wrap=True, markup=False)


def _rollback(given: argparse.Namespace) -> int:
    data = data_folder(given.data)
    live = lifecycle.rollback(data, given.snapshot, by=lifecycle.me(data))
    console.print(f"Live again: {live}. To take the newer releases back: refresh run --again")
    return 0


def _maintain(given: argparse.Namespace) -> int:
    data = data_folder(given.data)
    if given.dry_run:
        swept = maintain.maintain(data, keep=given.keep, dry_run=True)
    else:
        swept = maintain.swept(data, by=lifecycle.me(data), keep=given.keep)
    report.print_swept(console, swept, data=data, dry_run=given.dry_run)
    return 0


def _count(text: str) -> int:
    """A whole number that is not negative, for argparse."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text} is no number of snapshots")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m refresh", description="Keeps the lake up to date with the publications."
    )
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, does: str, call: Call) -> argparse.ArgumentParser:
        added = verbs.add_parser(name, help=does, description=does)
        added.add_argument("--data", type=Path, help="data folder (CARE_ATLAS_DATA, else data)")
        added.add_argument("--quiet", action="store_true", help="no progress bar")
        added.set_defaults(verb=call, name=name)
        return added

    bring = verb("run", "bring every source, or those named, up to date", _run)
    bring.add_argument("source", nargs="*", help="codes of sources; all where none is given")
    bring.add_argument(
        "--mirror",
        default=os.environ.get("CARE_ATLAS_MIRROR"),
        help="a folder, or a local address, of files as published (CARE_ATLAS_MIRROR)",
    )
    bring.add_argument("--offline", action="store_true", help="build again from what is stored")
    bring.add_argument(
        "--again", action="store_true", help="use releases that a rollback set aside"
    )
    bring.add_argument(
        "--every",
        dest="repeat_every",
        type=seconds_of,
        metavar="6h",
        help="again and again, so far apart, until Ctrl-C (30m, 6h, 1d)",
    )
    demo = verb("demo", "write synthetic publications and refresh from them", _demo)
    demo.add_argument("--scale", type=float, default=1.0, help="1 is all of England")
    demo.add_argument("--seed", type=int, default=1, help="the same seed gives the same bytes")
    demo.add_argument(
        "--early",
        action="store_true",
        help="come back once the newest year is live; a process of its own does the others",
    )
    state = verb("status", "every source, release, row count and finding", _status)
    state.add_argument("--json", action="store_true", help="as JSON")
    offers = verb("discover", "list the files that publishers, or a mirror, offer", _discover)
    offers.add_argument("source", nargs="*", help="codes of sources; all where none is given")
    offers.add_argument("--mirror", help="a folder, or a local address, of files as published")
    back = verb("rollback", "serve an earlier snapshot again", _rollback)
    back.add_argument("snapshot", nargs="?", help="its id; the one before where none is given")
    sweep = verb("maintain", "delete old snapshots, and files that no other needs", _maintain)
    sweep.add_argument(
        "--keep",
        type=_count,
        default=maintain.KEPT,
        help=f"how many of the newest stay, beside the live one ({maintain.KEPT})",
    )
    sweep.add_argument("--dry-run", action="store_true", help="only say what would go")
    for own in (
        *access_verbs.VERBS,
        *hosting_verbs.VERBS,
        *(own for wing in WINGS.wings for own in wing.verbs),
    ):
        if own.instead is None:
            own.options(verb(own.name, own.does, own.call))
            continue
        ours = verbs.choices[own.name]
        own.options(ours)
        ours.set_defaults(verb=partial(_either, own, ours.get_default("verb")))
    return parser


def _either(own: Verb, ours: Call, given: argparse.Namespace) -> int:
    """A verb of the core, or a wing's of the same name where it says so."""
    is_own = own.instead is not None and own.instead(given)
    return own.call(given) if is_own else ours(given)


if __name__ == "__main__":
    if sys.platform != "win32":
        os.nice(5)  # whoever reads a page on the same machine comes first
    sys.exit(main())
