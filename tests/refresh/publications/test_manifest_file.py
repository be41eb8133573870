"""Manifests as files: what a steward wrote stays, and an error says where it is."""

import json
from pathlib import Path

import pytest

from engine.errors import BadDeclaration, UnknownName
from refresh.publications.checking import check
from refresh.publications.manifest_file import parse, read, schema, text_of, write

TEXT = """\
# kept by the analysis team
manifest:
  name: Beds  # as on the landing page
sources:
  - code: beds
    name: Beds by trust
    table: tbl_beds
    files:
      - {url: beds.csv, period: "2025-26 Q1"}
    columns:
      - {name: org_code, original_name: Org Code, position: 1}
      # the average over the quarter
      - {name: beds, original_name: Beds, position: 2, dtype: float64, marks: {"-": none}}
"""


def test_comments_survive_a_rewrite(tmp_path: Path):
    path = tmp_path / "m.yaml"
    path.write_text(TEXT, encoding="utf-8")
    manifest = read(path)
    manifest.sources[0].grain = "trust"
    manifest.sources[0].columns[1].unit = "beds"
    write(path, manifest)
    text = path.read_text(encoding="utf-8")
    for comment in ("# kept by", "# as on the landing page", "# the average"):
        assert comment in text
    again = read(path)
    assert again.sources[0].grain == "trust" and again.sources[0].columns[1].unit == "beds"


def test_what_is_written_is_what_is_read():
    manifest = parse(TEXT, "m.yaml")
    assert parse(text_of(manifest), "m.yaml") == manifest


@pytest.mark.parametrize(
    "wrong,right,line,field",
    [
        ("code: beds", "code: 9beds", 5, "sources[0].code"),
        ("dtype: float64", "dtype: money", 13, "sources[0].columns[1].dtype"),
        ("    table: tbl_beds\n", "    tabel: tbl_beds\n", 5, "sources[0]"),
        ('period: "2025-26 Q1"', "period: 2025", 9, "sources[0].files[0].period"),
    ],
)
def test_an_error_names_the_line_and_the_field(wrong: str, right: str, line: int, field: str):
    with pytest.raises(BadDeclaration) as caught:
        parse(TEXT.replace(wrong, right), "m.yaml")
    assert caught.value.where == f"m.yaml, line {line}"
    assert caught.value.found == field


def test_what_is_no_yaml_says_in_which_line():
    with pytest.raises(BadDeclaration, match="m.yaml, line 3"):
        parse("manifest:\n  name: [a\n", "m.yaml")


def test_the_schema_is_json_schema_and_knows_every_word():
    exported = json.loads(schema())
    assert {"TableOf", "Layout", "ManifestColumn"} <= set(exported["$defs"])
    assert exported["$defs"]["ManifestColumn"]["additionalProperties"] is False


def test_rules_that_need_no_file():
    manifest = parse(TEXT, "m.yaml")
    assert check(manifest, where="m.yaml", strict=True) == []
    manifest.sources.append(manifest.sources[0])
    manifest.sources[0].key = ["nobody"]
    messages = " ".join(finding.message for finding in check(manifest, where="m.yaml"))
    assert "`beds` is the code of 2 sources" in messages and "`nobody`" in messages


def test_strict_warns_of_codes_that_say_nothing():
    manifest = parse(TEXT.replace("code: beds", "code: table_1"), "m.yaml")
    (finding,) = check(manifest, where="m.yaml", strict=True)
    assert finding.status == "warn"


def test_a_text_that_grows_by_its_aliases_is_refused():
    """Nine lines that name a thousand million cells."""
    lines = ["manifest: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"k{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    with pytest.raises(BadDeclaration, match="alias"):
        parse("\n".join(lines), "m.yaml")


def test_a_manifest_that_is_not_there_is_said_to_be_missing(tmp_path: Path):
    with pytest.raises(UnknownName, match="no such manifest") as missing:
        read(tmp_path / "beds.yaml")
    assert "manifest draft" in missing.value.next
