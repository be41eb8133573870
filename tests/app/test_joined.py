"""Modules and styles of a page come as one file each, and do what they do apart."""

from graphlib import CycleError
from pathlib import Path

import pytest
from playwright.sync_api import Page
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.joined import WWW, as_one, joined_scripts, joined_styles, route

SHARED = """let calls = 0;
export const count = () => ++calls;
export function twice(x) {
  return 2 * x;
}
"""
FILES = {
    "parts/shared.js": SHARED,
    "parts/middle.js": """import { count, twice as double } from "./shared.js";

export class Middle {
  value = double(count());
}
""",
    "side.js": 'window.log.push("side");\n',
    "one.js": """import { Middle } from "./parts/middle.js";
import { count } from "./parts/shared.js";
import "./side.js";

window.log.push(new Middle().value, count());
await window.never;
window.log.push("never");
""",
    "two.js": 'const name = "two";\nwindow.log.push(name);\nthrow new Error("two alone");\n',
    "three.js": """import { count } from "./parts/shared.js";

const name = "three";
window.log.push(name, count());
""",
}


def written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.mark.browser
def test_each_runs_once_in_order_and_waits_or_fails_alone(tmp_path: Path, page: Page):
    text = as_one(("one", "two", "three"), written(tmp_path, FILES))
    page.goto("about:blank")
    page.evaluate("window.log = []; window.never = new Promise(() => {}); null")
    with page.expect_event("pageerror") as error:
        page.add_script_tag(content=text)
    assert page.evaluate("window.log") == ["side", 2, 2, "two", "three", 3]
    assert "two alone" in str(error.value)


@pytest.mark.parametrize(
    ("files", "error", "said"),
    [
        ({"a.js": 'import x from "./b.js";\n'}, ValueError, "cannot be joined"),
        ({"a.js": "export default 3;\n"}, ValueError, "cannot be joined"),
        ({"a.js": "export const a = 3;\n"}, ValueError, "exports a"),
        (
            {
                "a.js": 'import "./b.js";\n',
                "b.js": 'import "./c.js";\n',
                "c.js": 'import "./b.js";\n',
            },
            CycleError,
            "cycle",
        ),
    ],
)
def test_what_cannot_be_joined_is_said_at_the_start(
    tmp_path: Path, files: dict[str, str], error: type[Exception], said: str
):
    with pytest.raises(error, match=said):
        as_one(("a",), written(tmp_path, files))


def test_an_address_changes_with_its_content_and_no_other_is_answered():
    asks = TestClient(Starlette(routes=[route()]))
    styles, script = joined_styles(("page", "help")), joined_scripts(("first",))
    both = asks.get(f"/{styles}").text
    assert both.startswith((WWW / "page.css").read_text()) and "\n" in both
    assert both.endswith((WWW / "help.css").read_text())
    assert asks.get(f"/{script}").headers["content-type"].startswith("text/javascript")
    assert joined_styles(("page", "help")) == styles != joined_styles(("help", "page"))
    assert asks.get("/lib/joined-1.1/joined.css").status_code == 404
