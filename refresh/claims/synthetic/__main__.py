"""Write an invented feed into a folder: `python -m refresh.claims.synthetic FOLDER --scale 1`."""

import argparse
import shutil
import sys
from datetime import datetime, timedelta
from pathlib import Path

from refresh.claims.synthetic.feed import BATCHES, Size, write_feed


def main(arguments: list[str]) -> int:
    """Write the feed and say what was written; 2 where the folder holds something already."""
    given = _parser().parse_args(arguments)
    folder: Path = given.folder
    if folder.exists() and any(folder.iterdir()):
        print(f"{folder} is not empty: name a new folder", file=sys.stderr)
        return 2
    size = Size.scaled(given.scale)
    if given.claims:
        size = Size(size.members, given.claims)
    first, last = BATCHES[0].replace(month=1, day=1), BATCHES[-1]
    step = given.claims_every
    days = (
        [first + timedelta(days=d) for d in range(step, (last - first).days, step)] if step else []
    )
    for what in write_feed(
        folder, seed=given.seed, size=size, claim_days=[*days, last] if step else None
    ):
        print(what, flush=True)
    if given.plain:
        _name_plainly(folder)
    print(f"written to {folder}, seed {given.seed}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m refresh.claims.synthetic", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--scale", type=float, default=1.0, help="1: 10,000 members, 200,000 claims"
    )
    parser.add_argument(
        "--claims", type=int, help="claims a year, where not 50,000 times the scale"
    )
    parser.add_argument("--claims-every", type=int, help="days between two files of claims")
    now = int(f"{datetime.now():%Y%m%d%H%M}")
    parser.add_argument("--seed", type=int, default=now, help="by default the time of the run")
    parser.add_argument(
        "--plain",
        action="store_true",
        help="copies of the last batch without a date in their names",
    )
    return parser


def _name_plainly(folder: Path) -> None:
    """The last batch once more under names that stay the same: `latest/claims.csv`."""
    (folder / "__about" / "latest").mkdir()
    for path in folder.glob(f"*_{BATCHES[-1]:%Y%m%d}2359_*.csv"):
        entity = path.name.partition("_")[0]
        shutil.copy2(path, folder / "__about" / "latest" / f"{entity}.csv")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
