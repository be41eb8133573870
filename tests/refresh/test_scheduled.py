"""The document that Connect runs on a schedule: its cells, as Quarto runs them."""

from pathlib import Path

from tests.refresh.connect import KEY, connect
from tests.refresh.deploying import checkout, scheduled
from tests.refresh.mirrors import england, lay_out


def test_it_deploys_a_snapshot_once_and_tries_again_what_failed(tmp_path: Path):
    project, data = checkout(tmp_path / "project"), tmp_path / "data"
    real = lay_out(tmp_path / "mirror", england())
    (tmp_path / "bundles").mkdir()
    with connect(tmp_path / "bundles") as server:
        guid = server.create("care_atlas")
        settings = {
            "CONNECT_SERVER": server.address,
            "CONNECT_API_KEY": KEY,
            "CARE_ATLAS_APP_ID": guid,
            "CARE_ATLAS_MIRROR": str(real),
        }
        server.starts = False
        refused = scheduled(project, data, **settings)
        assert "A new snapshot is live" in refused.stdout
        assert refused.returncode != 0 and "was not deployed: see above" in refused.stderr
        server.starts = True
        again = scheduled(project, data, **settings)
        assert again.returncode == 0, again.stdout + again.stderr
        assert "Nothing new. Snapshot" in again.stdout and "Real data" in again.stdout
        assert (len(server.content[guid]["bundles"]), server.content[guid]["active"]) == (2, "2")
        third = scheduled(project, data, **settings)
        assert third.returncode == 0 and "is deployed" in third.stdout
        assert len(server.content[guid]["bundles"]) == 2


def test_a_run_that_finds_nothing_deploys_nothing_and_fails(tmp_path: Path):
    project = checkout(tmp_path / "project")
    with connect(tmp_path) as server:
        settings = {
            "CONNECT_SERVER": server.address,
            "CONNECT_API_KEY": KEY,
            "CARE_ATLAS_APP_ID": server.create("care_atlas"),
            "CARE_ATLAS_MIRROR": str(tmp_path / "none"),
        }
        done = scheduled(project, tmp_path / "data", **settings)
        assert done.returncode != 0 and server.asked == []
