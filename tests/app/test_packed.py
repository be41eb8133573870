"""Files that never change are packed once: whoever comes later gets the same, from memory."""

import re
import tempfile
from pathlib import Path

import pytest
import shiny
from htmltools import _core
from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient

from app.leftovers import find_packages_once
from app.packed import Packed

TEXT = "let many = 'words';\n" * 500
PATHS = re.compile(r"/lib/")
UNPACKED = {"accept-encoding": "identity"}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "a.js").write_text(TEXT)
    return tmp_path


def visitor(files: Path, most: int = 1_000_000) -> TestClient:
    at = StaticFiles(directory=files)
    app = Starlette(routes=[Mount("/lib", at), Mount("/else", at)])
    app.add_middleware(GZipMiddleware, minimum_size=500)
    app.add_middleware(Packed, paths=PATHS, most=most)
    return TestClient(app)


def test_the_second_visit_has_the_same_without_the_file(files: Path):
    visits = visitor(files)
    first = visits.get("/lib/a.js")
    (files / "a.js").unlink()
    second = visits.get("/lib/a.js")
    assert second.text == first.text == TEXT
    assert second.headers["content-encoding"] == "gzip"
    assert second.headers["content-type"] == first.headers["content-type"]
    assert int(second.headers["content-length"]) < len(TEXT) / 10
    assert "accept-encoding" in second.headers["vary"].lower()


def test_who_unpacks_nothing_or_asks_for_a_part_gets_that(files: Path):
    visits = visitor(files)
    etag = visits.get("/lib/a.js").headers["etag"]
    plain = visits.get("/lib/a.js", headers=UNPACKED)
    assert plain.text == TEXT and "content-encoding" not in plain.headers
    assert visits.get("/lib/a.js", headers={"if-none-match": etag}).status_code == 304
    assert visits.get("/lib/a.js", headers={"range": "bytes=4-7"} | UNPACKED).text == "many"
    assert not visits.head("/lib/a.js").content


def test_what_is_not_there_may_come(files: Path):
    visits = visitor(files)
    assert visits.get("/lib/b.js").status_code == 404
    (files / "b.js").write_text("now")
    assert visits.get("/lib/b.js").text == "now"


def test_other_addresses_are_never_kept(files: Path):
    visits = visitor(files)
    visits.get("/else/a.js")
    (files / "a.js").write_text("changed")
    assert visits.get("/else/a.js").text == "changed"


def test_only_so_much_is_kept(files: Path):
    visits = visitor(files, most=50)
    assert visits.get("/lib/a.js").text == TEXT
    (files / "a.js").write_text("changed")
    assert visits.get("/lib/a.js").text == "changed"


def test_no_folder_is_made_for_a_page(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(_core, "package_dir", _core.package_dir)  # so that it is put back
    find_packages_once()
    first = _core.package_dir("shiny")
    monkeypatch.setattr(tempfile, "tempdir", "/there/is/no/such/folder")
    assert _core.package_dir("shiny") == first == str(Path(shiny.__file__).parent)
