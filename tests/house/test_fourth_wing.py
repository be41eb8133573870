"""A wing is declarations: a tiny fourth one joins by its folders and one line a package.

The house is copied, the folders of `libraries` are laid into it and its name is added to each
package's registry; nothing else is touched. What the core then does with it is looked at from
outside: the command line, Python, the page, the API. If another file had to know it, this fails.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.app.serving import served
from tests.folders import HALF_WRITTEN
from tests.test_house import PACKAGES, ROOT

WING = Path(__file__).parent / "libraries"
HEADER = "LIBRARY_CODE,LIBRARY_NAME,LOANS,COST_PENCE\n"


def returned(*lines: str) -> str:
    """A return of twelve libraries, of which the first are as given."""
    rest = [f"L{i:03d},Library {i},100,5000" for i in range(len(lines) + 1, 13)]
    return HEADER + "\n".join([*lines, *rest]) + "\n"


def join(registry: Path) -> None:
    """The one line: where the wing is from, and its name among the others."""
    package, text = registry.parent.name, registry.read_text(encoding="utf-8")
    line = f"from {package}.atlas.wing import ATLAS\n"
    assert text.count(line) == 1 and len(re.findall(r"\(ATLAS,", text)) == 1
    text = text.replace(line, f"{line}from {package}.libraries.wing import LIBRARIES\n")
    named = re.sub(r"\(ATLAS,\s*", "(ATLAS, LIBRARIES, ", text)
    registry.write_text(named, encoding="utf-8")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code with the wing in it."""
    root = tmp_path_factory.mktemp("house")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, root / package, ignore=HALF_WRITTEN)
        shutil.copytree(WING / package, root / package / "libraries", ignore=HALF_WRITTEN)
        join(root / package / "wings.py")
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, root)
    shutil.copytree(ROOT / "tests", root / "tests", ignore=HALF_WRITTEN)
    return root


def python(house: Path, *arguments: str, code: int = 0) -> str:
    """What a Python process in that house says."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=house,
        env=os.environ | {"PYTHONPATH": str(house)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def demonstration(house: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration of all wings; not to be written to."""
    data = tmp_path_factory.mktemp("demonstration") / "data"
    python(house, "-m", "refresh", "demo", "--scale", "0.02", "--quiet", "--data", str(data))
    return data


@pytest.fixture(scope="module")
def data(house: Path, demonstration: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration, and two real returns of libraries beside it."""
    root = tmp_path_factory.mktemp("lake")
    data, mirror = Path(shutil.copytree(demonstration, root / "data")), root / "mirror"
    mirror.mkdir()
    first = returned("L001,Ash Road,300,60000", "L002,Elm Street,100,45000")
    later = returned("L001,Ash Road Library,400,60000", "L002,Elm Street,150,45000")
    (mirror / "library_returns_2026_05.csv").write_text(first, encoding="utf-8")
    (mirror / "library_returns_2026_06.csv").write_text(later, encoding="utf-8")
    asked = ("library_returns", "--mirror", str(mirror), "--data", str(data), "--quiet")
    python(house, "-m", "refresh", "run", *asked)
    return data


@pytest.fixture(scope="module")
def address(house: Path, data: Path) -> Iterator[str]:
    with served(data, root=house) as address:
        yield address


Ask = Callable[[Path, str], Any]
ANSWERING = """
import json, sys
from engine import measure, open_lake
for line in sys.stdin:
    data, code = json.loads(line)
    print(json.dumps(eval(code, globals() | {"lake": open_lake(data)}), default=str), flush=True)
"""


@pytest.fixture(scope="module")
def ask(house: Path) -> Iterator[Ask]:
    """Gives what an expression over `lake` is, as JSON has it; one process says all."""
    with subprocess.Popen(
        [sys.executable, "-c", ANSWERING],
        cwd=house,
        env=os.environ | {"PYTHONPATH": str(house)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:

        def asked(data: Path, code: str) -> Any:
            print(json.dumps([str(data), code]), file=process.stdin, flush=True)
            return json.loads(process.stdout.readline())

        yield asked
        process.stdin.close()


def test_the_house_still_holds_with_it(house: Path):
    """Its own rules: which way imports point, and that every declaration is complete."""
    options = ("-p", "no:cacheprovider", "-q", "-n", "0")
    said = python(house, "-m", "pytest", *options, "tests/test_house.py")
    assert " passed" in said


def test_its_demonstration_comes_with_the_others(ask: Ask, demonstration: Path):
    found = ask(demonstration, "[lake.scan('library').collect().height, lake.is_demonstration]")
    assert found == [12, True]


def test_one_recipe_makes_two_tables_and_another_a_history(ask: Ask, data: Path):
    names = ask(data, "lake.scan('library').filter(library_code='L001').collect().rows()")
    assert names == [
        ["L001", "Ash Road", "2026-05-01", "2026-06-01"],
        ["L001", "Ash Road Library", "2026-06-01", "9999-12-31"],
    ]
    for table in ("library_loans", "library_costs"):
        assert ask(data, f"sorted(lake.partitions({table!r}))") == ["2026-05", "2026-06"]


def test_real_returns_stand_beside_invented_practices(ask: Ask, data: Path):
    tables = ("library", "library_costs", "percent_achieved")
    asked = f"[lake.is_invented(name) for name in {tables}]"
    assert ask(data, asked) == [False, False, True]


def test_its_money_is_asked_by_what_it_shares(ask: Ask, data: Path):
    """By hand: 600.00 over 300 loans, 600.00 over 400; the name is the one of the day."""
    asked = (
        "measure(lake, ['cost_per_loan'], by=['library_name'],"
        " where={'library_code': 'L001'}).collect().rows()"
    )
    with_names = ask(data, asked.replace("by=['library_name']", "by=['period']"))
    assert with_names == [["2026-05", 200.0], ["2026-06", 150.0]]


def test_its_page_says_the_numbers_and_that_they_are_not_invented(address: str):
    said = httpx.get(address + "libraries").text
    assert "L001, 2026-05: £2.00 a loan" in said and "L002, 2026-06: £3.00 a loan" in said
    footer = said.partition("atlas-footer")[2].lower()
    assert "demonstration" not in footer
    about = httpx.get(address + "changes").text
    assert "demonstration" in about.partition("atlas-footer")[2].lower(), "practices are"


def test_every_page_leads_to_it(address: str):
    for page in ("", "about", "api/v1", "changes", "libraries"):
        assert 'href="libraries"' in httpx.get(address + page).text.replace(
            "../libraries", "libraries"
        )


def test_the_api_serves_and_describes_its_resource(address: str):
    rows = httpx.get(address + "api/v1/library-costs").json()["rows"]
    assert {"period": "2026-05", "library_code": "L002", "cost_per_loan": 450.0}.items() <= (
        rows[1].items()
    )
    paths = httpx.get(address + "api/v1/openapi.json").json()["paths"]
    assert "/library-costs" in paths
    assert "What a loan costs, by library and month." in httpx.get(address + "api/v1").text


def test_a_word_in_its_maker_makes_nothing_of_the_atlas_again(
    house: Path, data: Path, ask: Ask, tmp_path: Path
):
    """In another copy, so that the others go on with this one."""
    code, lake = Path(shutil.copytree(house, tmp_path / "house")), tmp_path / "data"
    shutil.copytree(data, lake)
    inputs = "{(n + str(f['partition'])): f['inputs'] for n in lake.manifest['tables']"
    asked = f"{inputs} for f in lake.files(n)}}"
    before = ask(lake, asked)
    maker = code / "refresh" / "libraries" / "recipe.py"
    text = maker.read_text(encoding="utf-8")
    maker.write_text(text.replace("Two tables of one return", "Two tables of a return"), "utf-8")
    python(code, "-m", "refresh", "run", "--offline", "--quiet", "--data", str(lake))
    after = ask(lake, asked)
    assert {name for name in after if after[name] != before[name]} == {
        f"library_{table}2026-0{month}" for table in ("loans", "costs") for month in (5, 6)
    }


def test_an_exception_in_its_maker_leaves_every_other_table_live(
    house: Path, data: Path, ask: Ask, tmp_path: Path
):
    code, lake = Path(shutil.copytree(house, tmp_path / "house")), tmp_path / "data"
    shutil.copytree(data, lake)
    maker = code / "refresh" / "libraries" / "recipe.py"
    text = maker.read_text(encoding="utf-8")
    maker.write_text(text.replace("return dated, dated", "return dated / 0"), "utf-8")
    done = ("-m", "refresh", "run", "--offline", "--quiet", "--data", str(lake))
    said = python(code, *done, code=1)
    assert "table library_loans" in said and "TypeError" in said
    rows = "[lake.scan(n).collect().height > 0 for n in ('library_costs', 'percent_achieved')]"
    assert ask(lake, rows) == [True, True]
