"""The bundle that `make deploy` sends: what is in it, and that it starts where nothing can be
written, with nothing beside it.
"""

import hashlib
import json
import shutil
import stat
import subprocess
from pathlib import Path
from urllib.request import urlopen

import pytest

from engine import Lake
from refresh.operate.deploy import CLOUD, command, manifest_command
from tests.app.serving import ROOT, served

SETTINGS = json.loads((ROOT / "rsconnect.json").read_text(encoding="utf-8"))
TOP = ("app", "engine", "refresh", "tests", "requirements.txt", "rsconnect.json", "README.md")


@pytest.fixture(scope="module")
def bundle(lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the manifest, alone in a folder."""
    checkout, alone = tmp_path_factory.mktemp("checkout"), tmp_path_factory.mktemp("bundle")
    ignored = shutil.ignore_patterns("__pycache__")
    for name in TOP:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, checkout / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, checkout / name)
    shutil.copytree(lake.layout.root, checkout / "data")
    done = subprocess.run(
        manifest_command(SETTINGS, root=checkout), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    shutil.copy(checkout / "manifest.json", alone)
    for name in manifest(alone)["files"]:
        (alone / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(checkout / name, alone / name)
    return alone


def manifest(folder: Path) -> dict:
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_bundle_has_the_app_and_its_lake_and_no_raw_files_or_tests(bundle: Path, lake: Lake):
    files = set(manifest(bundle)["files"])
    assert {"app/main.py", "requirements.txt", "data/lake/CURRENT"} <= files
    assert {f"data/{path.relative_to(lake.layout.root)}" for path in lake.paths} <= files
    assert not [name for name in files if name.startswith(("tests/", "data/raw", "data/staged"))]
    assert manifest(bundle)["metadata"] == {"appmode": "python-shiny", "entrypoint": "app.main:app"}


def test_the_bundle_starts_by_itself_and_writes_nothing(bundle: Path, lake: Lake):
    before = contents(bundle)
    for path in bundle.rglob("*"):
        path.chmod(path.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
    settings = {"PYTHONDONTWRITEBYTECODE": "1", "CARE_ATLAS_REFRESH": "off"}
    with served(bundle / "data", root=bundle, **settings) as address:
        page = urlopen(address).read().decode()
    assert "<title>Care Atlas</title>" in page and "No data has been loaded" not in page
    assert contents(bundle) == before


@pytest.mark.parametrize(
    ("server", "to"), [("care-atlas", ["--name", "care-atlas"]), (CLOUD, ["--connect-cloud"])]
)
def test_one_word_chooses_where_it_is_deployed_to(server: str, to: list[str]):
    said = command(SETTINGS | {"server": server}, root=ROOT)
    assert said[said.index("shiny") + 2 :][: len(to)] == to
