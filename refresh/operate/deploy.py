"""Deploy the app with its lake, by rsconnect.json: `python -m refresh.operate.deploy`.

rsconnect-python reads no file of that name, and sends whatever lies in a folder. So what is sent
is gathered first: the parts of the project that rsconnect.json names, and the lake from wherever
it is. Keys are in no file of the project: they are registered once with `rsconnect server add`, or
in the environment.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from engine.errors import LakeError
from engine.lake import Lake, Layout, data_folder, open_lake

ROOT = Path(__file__).parents[2]
CLOUD = "connect-cloud"
RECORDS = "rsconnect-python"  # rsconnect's own: which content a folder was last deployed to
DEPLOYED = "deployed"  # in the data folder: the snapshot that was last taken, and where
_NEXT = (
    "read what rsconnect says above. 401, 403: the key. 404: CARE_ATLAS_APP_ID names content that"
    " is gone; --new makes another. 413: the server takes no bundle of this size; its administrator"
    " sets how much. A start that failed: the content's log says why; Connect keeps the one before"
)


class NotDeployed(LakeError):
    """What keeps an app from being sent, or from being taken."""


def main(arguments: list[str] | None = None) -> int:
    """Deploy; 0, or 1 and what to do next."""
    given = _parser().parse_args(arguments)
    try:
        deploy(ROOT, data_folder(), **vars(given))
    except LakeError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


def deploy(root: Path, data: Path, *, demonstration: bool, new: bool, if_new: bool) -> None:
    """Send the app of a checkout with the lake of a data folder to where rsconnect.json says.

    Takes:  whether invented data may be published; whether to make new content although there is
            some; whether to send nothing where the snapshot is there already. The environment:
            CONNECT_SERVER and CONNECT_API_KEY, or SHINYAPPS_ACCOUNT, SHINYAPPS_TOKEN and
            SHINYAPPS_SECRET, in place of a registered server; CARE_ATLAS_APP_ID, the content to
            update where no earlier deployment is remembered.
    Raises: NotDeployed; NoSnapshot where there is no lake.
    """
    # CI gives a secret that nobody set as an empty one.
    environment = {name: value for name, value in os.environ.items() if value}
    settings = json.loads((root / "rsconnect.json").read_text(encoding="utf-8"))
    to = target(settings, environment) + content(root, environment, new=new)
    lake = open_lake(data)
    # With the target: the same snapshot may still be missing on another server.
    mark = f"{lake.id} {' '.join(to)}"
    deployed = data / DEPLOYED
    if if_new and deployed.is_file() and deployed.read_text(encoding="utf-8") == mark:
        print(f"Nothing new: {lake.id} is deployed.")
        return
    if lake.is_demonstration and not demonstration:
        raise NotDeployed(
            "the lake holds a demonstration: invented practices under a public address",
            where=str(data),
            next="python -m refresh run, for real data; or, if it is meant:"
            " make deploy ARGS=--demonstration",
        )
    # A copy, so that what is sent is whole though a refresh or an editor goes on beside it.
    with TemporaryDirectory() as folder:
        sent = Path(folder) / "care-atlas-app"  # rsconnect names its record after the folder
        gather(settings, sent, root=root, live=lake)
        _move_records(root, sent)
        sizes = [path.stat().st_size for path in sent.rglob("*") if path.is_file()]
        said = f"{len(sizes)} files, {sum(sizes) / 1e6:.0f} MB before packing, snapshot {lake.id}"
        print(said, flush=True)
        # By its command line, which is documented; its Python functions change between versions.
        done = subprocess.run(command(settings, sent, to), env=environment, check=False)
        _move_records(sent, root)
    if done.returncode:
        raise NotDeployed("rsconnect did not finish", found=said, next=_NEXT)
    deployed.write_text(mark, encoding="utf-8")


def gather(settings: Mapping[str, Any], into: Path, *, root: Path, live: Lake) -> None:
    """Copy what is deployed into a folder: the parts named, and the lake as its `data`.

    Takes:  rsconnect.json as read; the checkout; the lake, whose other snapshots, raw and staged
            files, ledger and last run stay where they are.
    Raises: NoSnapshot where maintenance meanwhile swept one of its files away.
    """
    unseen = shutil.ignore_patterns("__pycache__", ".*")
    for name in settings["include"]:
        if (root / name).is_dir():
            shutil.copytree(root / name, into / name, ignore=unseen)
        else:
            shutil.copy(root / name, into / name)
    here, there = live.layout, Layout(into / "data")
    for path in (here.manifest(live.id), *live.paths):
        final = there.root / path.relative_to(here.root)
        final.parent.mkdir(parents=True, exist_ok=True)
        # Swept away between opening and copying; `open_lake` below names what is missing.
        with suppress(FileNotFoundError):
            shutil.copy2(path, final)
    there.current.write_text(live.id, encoding="utf-8")
    open_lake(there.root)  # says so where one was not there any more


def target(settings: Mapping[str, Any], environment: Mapping[str, str]) -> list[str]:
    """Where to deploy to, as rsconnect's options: the environment's server, else the one named.

    >>> target({"server": "care-atlas"}, {"CONNECT_SERVER": "https://connect.example"})
    ['--server', 'https://connect.example']
    >>> target({"server": CLOUD}, {})
    ['--connect-cloud']
    """
    if settings["server"] == CLOUD:
        return ["--connect-cloud"]
    if "CONNECT_SERVER" in environment:
        return ["--server", environment["CONNECT_SERVER"]]
    if "SHINYAPPS_TOKEN" in environment:
        return ["--account", environment.get("SHINYAPPS_ACCOUNT", "")]
    known = _registered()
    if settings["server"] not in known:
        raise NotDeployed(
            "no server of that name is registered",
            where=f"rsconnect.json: {settings['server']}",
            found=", ".join(known) or "none registered",
            next=f"rsconnect server add --name {settings['server']}, with --server and --api-key"
            " for Connect, or --account, --token and --secret for shinyapps.io",
        )
    return ["--name", settings["server"]]


def content(root: Path, environment: Mapping[str, str], *, new: bool) -> list[str]:
    """Which content to update, as rsconnect's options; none where rsconnect remembers, or makes it.

    Raises: NotDeployed on a machine that remembers nothing, such as CI: each run would make more.
    """
    if new:
        return ["--new"]
    if "CARE_ATLAS_APP_ID" in environment:
        return ["--app-id", environment["CARE_ATLAS_APP_ID"]]
    is_passing = {"CONNECT_SERVER", "SHINYAPPS_TOKEN", "CONNECT_CLOUD_CLIENT_ID"} & set(environment)
    if is_passing and not any((root / RECORDS).glob("*.json")):
        raise NotDeployed(
            "it is not said which content to update",
            expected="CARE_ATLAS_APP_ID, the content's GUID (Connect) or number (shinyapps.io)",
            next="the first time: make deploy ARGS=--new; then set CARE_ATLAS_APP_ID to what it"
            f" wrote in {RECORDS}/",
        )
    return []


def command(settings: Mapping[str, Any], sent: Path, to: list[str]) -> list[str]:
    """The rsconnect command that sends a folder.

    Takes:  rsconnect.json as read: title, entrypoint, environment; where to, as its options.
    """
    said = [sys.executable, "-m", "rsconnect.main", "deploy", "shiny", str(sent), *to]
    said += ["--title", settings["title"], "--entrypoint", settings["entrypoint"]]
    for name, value in settings["environment"].items():
        said += ["--environment", f"{name}={value}"]
    return said


def _registered() -> list[str]:
    """The names that `rsconnect server add` gave."""
    try:
        from rsconnect.metadata import ServerStore  # only who deploys has it
    except ImportError as error:
        raise NotDeployed(
            "rsconnect-python is not here", next="make deploy, which installs it"
        ) from error
    return [server["name"] for server in ServerStore().get_all_servers()]


def _move_records(here: Path, there: Path) -> None:
    """Let rsconnect remember, in a folder that lasts, which content it deployed to."""
    if (here / RECORDS).is_dir():
        shutil.copytree(here / RECORDS, there / RECORDS, dirs_exist_ok=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m refresh.operate.deploy", description="Deploys the app with its lake."
    )
    parser.add_argument(
        "--demonstration",
        action="store_true",
        help="publish invented data, if that is what there is",
    )
    parser.add_argument("--new", action="store_true", help="make new content; update none")
    parser.add_argument(
        "--if-new", action="store_true", help="send nothing where the live snapshot was sent before"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
