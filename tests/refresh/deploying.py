"""`python -m refresh.operate.deploy` as people and CI run it: from a checkout, as a process."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from tests.folders import HALF_WRITTEN
from tests.refresh.connect import KEY, Connect

ROOT = Path(__file__).parents[2]
OURS = ("app", "engine", "refresh", "pyproject.toml", "requirements.txt", "rsconnect.json")
SCHEDULED = ROOT / "refresh" / "operate" / "scheduled.qmd"
FOREIGN = ("CARE_ATLAS_", "CONNECT_", "SHINYAPPS_", "RSCLOUD_", "XDG_CONFIG_HOME")


def checkout(folder: Path) -> Path:
    """The project in a folder, with what lies about in one and must not be sent."""
    for name in OURS:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=HALF_WRITTEN)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    for name in (".env", "app/.env", "notes/key.txt", "tests/test_one.py", ".git/config"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(f"CONNECT_API_KEY={KEY}\n", encoding="utf-8")
    return folder


def deploy(
    folder: Path, data: Path, *arguments: str, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Deploy from a checkout; what is registered is beside it, never this machine's."""
    return _run(
        folder, ["-m", "refresh.operate.deploy", *arguments], CARE_ATLAS_DATA=str(data), **settings
    )


def scheduled(folder: Path, data: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the cells of the scheduled document, in order, in the folder that Quarto runs them in."""
    cells = re.findall(r"^```\{python\}\n(.*?)^```$", SCHEDULED.read_text("utf-8"), re.S | re.M)
    return _run(folder, ["-c", "\n".join(cells)], CARE_ATLAS_DATA=str(data), **settings)


def register(folder: Path, server: Connect) -> subprocess.CompletedProcess[str]:
    """Register a server once, by the name that rsconnect.json has, as the README says."""
    at = ["--server", server.address, "--api-key", KEY]
    return _run(folder, ["-m", "rsconnect.main", "server", "add", "--name", "care-atlas", *at])


def unpacked(bundle: Path, into: Path) -> Path:
    """The files of a bundle, as the server unpacks them."""
    with tarfile.open(bundle) as tar:
        tar.extractall(into, filter="data")
    return into


def _run(folder: Path, what: list[str], **settings: str) -> subprocess.CompletedProcess[str]:
    ours = {n: v for n, v in os.environ.items() if not n.startswith(FOREIGN)}
    home = folder.with_name(f"{folder.name}-home")
    home.mkdir(exist_ok=True)
    return subprocess.run(
        [sys.executable, *what],
        cwd=folder,
        env=ours | {"HOME": str(home), **settings},
        capture_output=True,
        text=True,
        check=False,
    )
