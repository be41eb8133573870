"""What `make deploy` sends, started as a server starts it: alone, where nothing can be written."""

import hashlib
import json
import stat
from pathlib import Path
from urllib.request import urlopen

import pytest

from engine import Lake
from tests.app.serving import served
from tests.refresh.connect import KEY, connect
from tests.refresh.deploying import checkout, deploy, unpacked


@pytest.fixture(scope="module")
def bundle(lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that a server was sent, unpacked."""
    folder = tmp_path_factory.mktemp("deployment")
    with connect(folder) as server:
        by_key = {"CONNECT_SERVER": server.address, "CONNECT_API_KEY": KEY}
        project, data = checkout(folder / "project"), lake.layout.root
        done = deploy(project, data, "--new", "--demonstration", **by_key)
        assert done.returncode == 0, done.stderr
        [content] = server.content.values()
    return unpacked(folder / content["bundles"][0], folder / "sent")


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_bundle_has_the_app_and_its_lake_and_nothing_else(bundle: Path, lake: Lake):
    files = set(contents(bundle))
    assert {"app/main.py", "data/lake/CURRENT"} <= files
    assert {f"data/{path.relative_to(lake.layout.root)}" for path in lake.paths} <= files
    beside = {"manifest.json", "pyproject.toml", "requirements.txt"}
    assert {name.partition("/")[0] for name in files} == {
        "app",
        "engine",
        "refresh",
        "data",
    } | beside
    assert {name.split("/")[1] for name in files if name.startswith("data/")} == {"lake"}
    assert not [name for name in files if KEY.encode() in (bundle / name).read_bytes()]
    manifest = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["metadata"] == {"appmode": "python-shiny", "entrypoint": "app.main:app"}
    assert manifest["environment"]["python"]["requires"] == ">=3.11"


def test_the_manifest_names_every_file_by_its_checksum(bundle: Path):
    manifest = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
    said = {name: file["checksum"] for name, file in manifest["files"].items()}
    assert said == {
        name: hashlib.md5((bundle / name).read_bytes()).hexdigest()
        for name in contents(bundle)
        if name != "manifest.json"
    }


def test_the_bundle_starts_by_itself_and_writes_nothing(bundle: Path):
    before = contents(bundle)
    for path in bundle.rglob("*"):
        path.chmod(path.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
    entry = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))["metadata"]
    settings = {"PYTHONDONTWRITEBYTECODE": "1", "CARE_ATLAS_REFRESH": "off", "CARE_ATLAS_DATA": ""}
    with served(bundle / "data", entry["entrypoint"], root=bundle, **settings) as address:
        page = urlopen(address).read().decode()
    assert "<title>Care Atlas</title>" in page and "No data has been loaded" not in page
    assert contents(bundle) == before
