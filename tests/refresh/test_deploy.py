"""A deployment, from the command to what the server was sent, against a stand-in of Connect."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import Lake, open_lake
from engine.errors import NoSnapshot
from engine.lake import snapshot_ids
from refresh.operate.deploy import ROOT, content, gather, target
from tests.refresh.connect import KEY, Connect, connect
from tests.refresh.deploying import checkout, deploy, register
from tests.refresh.mirrors import lay_out, members, packed, refresh, zip_of


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Connect]:
    (tmp_path / "bundles").mkdir()
    with connect(tmp_path / "bundles") as running:
        yield running


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return checkout(tmp_path / "project")


@pytest.fixture
def real(lake: Lake, tmp_path: Path) -> Path:
    """A lake that says that it is real."""
    shutil.copytree(lake.layout.root / "lake", tmp_path / "data" / "lake")
    manifest = tmp_path / "data" / "lake" / "snapshots" / f"{lake.id}.json"
    said = json.loads(manifest.read_text(encoding="utf-8"))
    for thing in (said, *said["tables"].values(), *said["releases"]):
        thing["demonstration"] = False
    manifest.write_text(json.dumps(said), encoding="utf-8")
    return tmp_path / "data"


def by_environment(server: Connect) -> dict[str, str]:
    """What CI has: the platform's secrets, and those of the other platform, which are empty."""
    shinyapps = dict.fromkeys(("SHINYAPPS_ACCOUNT", "SHINYAPPS_TOKEN", "SHINYAPPS_SECRET"), "")
    return {"CONNECT_SERVER": server.address, "CONNECT_API_KEY": KEY, **shinyapps}


def test_a_deployment_makes_content_then_updates_it_and_one_that_does_not_start_is_not_live(
    server: Connect, project: Path, real: Path
):
    assert register(project, server).returncode == 0
    first = deploy(project, real)
    assert first.returncode == 0, first.stderr
    second = deploy(project, real)
    assert second.returncode == 0, second.stderr
    [only] = server.content.values()
    assert only["title"] == "Care Atlas" and only["environment"] == {"CARE_ATLAS_REFRESH": "off"}
    assert (len(only["bundles"]), only["active"]) == (2, "2")
    server.starts = False
    third = deploy(project, real)
    assert third.returncode == 1 and "the content's log says why" in third.stderr
    [only] = server.content.values()
    assert (len(only["bundles"]), only["active"]) == (3, "2")


def test_a_machine_that_remembers_nothing_updates_the_content_that_it_is_told(
    server: Connect, project: Path, real: Path
):
    assert deploy(project, real, "--new", **by_environment(server)).returncode == 0
    shutil.rmtree(project / "rsconnect-python")
    told = deploy(project, real, **by_environment(server))
    assert told.returncode == 1 and "it is not said which content to update" in told.stderr
    [guid] = server.content
    again = deploy(project, real, CARE_ATLAS_APP_ID=guid, **by_environment(server))
    assert again.returncode == 0, again.stderr
    assert list(server.content) == [guid] and server.content[guid]["active"] == "2"


def test_invented_data_is_published_only_where_that_is_asked_for(
    server: Connect, project: Path, lake: Lake
):
    done = deploy(project, lake.layout.root, "--new", **by_environment(server))
    assert done.returncode == 1 and "ARGS=--demonstration" in done.stderr
    assert server.asked == []


def test_a_server_that_nobody_registered_is_told_with_how_to(project: Path, real: Path):
    done = deploy(project, real)
    assert done.returncode == 1
    assert "no server of that name is registered" in done.stderr
    assert "rsconnect server add --name care-atlas" in done.stderr


def test_without_a_lake_it_is_said_how_to_make_one(server: Connect, project: Path, tmp_path: Path):
    done = deploy(project, tmp_path / "none", "--new", **by_environment(server))
    assert done.returncode == 1 and "python -m refresh run" in done.stderr
    assert server.asked == []


def test_a_bundle_over_the_servers_limit_is_told_with_its_size(
    server: Connect, project: Path, real: Path
):
    server.largest = 1000
    done = deploy(project, real, "--new", **by_environment(server))
    assert done.returncode == 1
    assert "larger than this server allows" in done.stderr and "MB before packing" in done.stderr


def test_a_wrong_key_is_told(server: Connect, project: Path, real: Path):
    wrong = by_environment(server) | {"CONNECT_API_KEY": "another"}
    done = deploy(project, real, "--new", **wrong)
    assert done.returncode == 1 and "401, 403: the key" in done.stderr
    assert server.content == {}


def test_the_key_is_in_no_argument_that_other_users_of_a_machine_can_see():
    environment = {"SHINYAPPS_ACCOUNT": "us", "SHINYAPPS_TOKEN": "T", "SHINYAPPS_SECRET": "S"}
    assert target({"server": "care-atlas"}, environment) == ["--account", "us"]
    by_key = {"CONNECT_SERVER": "https://connect.example", "CONNECT_API_KEY": KEY}
    assert KEY not in target({"server": "care-atlas"}, by_key)


def test_new_content_is_made_where_it_is_asked_for_whatever_is_remembered():
    assert content(ROOT, {"CARE_ATLAS_APP_ID": "1"}, new=True) == ["--new"]


def test_a_container_holds_what_a_bundle_holds():
    containerfile = (ROOT / ".ci" / "Containerfile").read_text(encoding="utf-8")
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8")
    included = json.loads((ROOT / "rsconnect.json").read_text(encoding="utf-8"))["include"]
    assert sorted(re.findall(r"^COPY (\S+)", containerfile, re.M)) == sorted(included)
    assert sorted(re.findall(r"^!(\S+)", ignored, re.M)) == sorted(included)


def test_of_many_snapshots_only_the_live_one_is_sent(root: Path, tmp_path: Path):
    lay_out(root / "mirror", {zip_of("2023-24"): packed(members("2023-24", 2))})
    assert refresh(root / "mirror", root / "data").is_new
    live, sent = open_lake(root / "data"), tmp_path / "sent"
    gather({"include": []}, sent, root=ROOT, live=live)
    there = open_lake(sent / "data")
    beside = {there.layout.current, there.layout.snapshots / f"{live.id}.json"}
    assert there.id == live.id and len(snapshot_ids(root / "data")) == 2
    assert {path for path in sent.rglob("*") if path.is_file()} == {*there.paths, *beside}


def test_a_lake_that_is_swept_while_it_is_gathered_is_not_sent(root: Path, tmp_path: Path):
    live = open_lake(root / "data")
    live.paths[0].unlink()
    with pytest.raises(NoSnapshot, match=live.paths[0].name):
        gather({"include": []}, tmp_path / "sent", root=ROOT, live=live)
