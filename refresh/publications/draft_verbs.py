"""`manifest draft | validate | schema`: what a steward does before anything is loaded."""

import argparse
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlparse

from engine.errors import PublisherUnreachable
from refresh.finding import Finding, failed
from refresh.publications.evidence_verbs import enrich, enrich_options
from refresh.publications.manifest import Manifest

TIMEOUT = 10.0


def manifest_options(parser: argparse.ArgumentParser) -> None:
    """What `manifest` asks."""
    verbs = parser.add_subparsers(required=True, metavar="WHAT", dest="what")
    drafting = verbs.add_parser("draft", help="look at files and write down what is seen")
    drafting.add_argument("file", nargs="+", help="a file, a folder, or an address")
    drafting.add_argument("-o", "--output", type=Path, help="where to write it (else: printed)")
    drafting.add_argument("--name", default="", help="what to call the publication")
    drafting.set_defaults(manifest_verb=draft)
    checking = verbs.add_parser("validate", help="whether a manifest holds together")
    checking.add_argument("manifest", type=Path)
    checking.add_argument("--check-urls", action="store_true", help="ask for each file")
    checking.add_argument("--strict", action="store_true", help="warn of what could be better")
    checking.add_argument("--json", action="store_true", help="as JSON")
    checking.set_defaults(manifest_verb=validate)
    enriching = verbs.add_parser("enrich", help="take over what a reference manifest says")
    enrich_options(enriching)
    enriching.set_defaults(manifest_verb=enrich)
    exported = verbs.add_parser("schema", help="the JSON Schema of a manifest, for editors")
    exported.add_argument("-o", "--output", type=Path, help="where to write it (else: printed)")
    exported.set_defaults(manifest_verb=schema)


def manifest(given: argparse.Namespace) -> int:
    """Draft, validate, or say what a manifest may hold."""
    call: Callable[[argparse.Namespace], int] = given.manifest_verb
    return call(given)


def draft(given: argparse.Namespace) -> int:
    """Look at files and write a manifest of them."""
    from refresh.publications import looking
    from refresh.publications.manifest_file import text_of, write

    with tempfile.TemporaryDirectory() as folder:
        brought = [_brought(each, Path(folder)) for each in given.file]
        drafted = looking.draft([path for path, _ in brought], name=given.name)
        _with_addresses(drafted, {str(path): url for path, url in brought if url})
    if given.output is None:
        print(text_of(drafted), end="")
        return 0
    write(given.output, drafted)
    enabled = [of for of in drafted.sources if of.enabled]
    disabled = len(drafted.sources) - len(enabled)
    tables = f"{len(enabled)} table{'' if len(enabled) == 1 else 's'}"
    print(f"{given.output}: {tables}{f', {disabled} left out' if disabled else ''}")
    for of in drafted.sources:
        period = ", ".join(sorted({file.period for file in of.files if file.period}))
        state = f"{len(of.columns)} columns, {of.grain or 'no'} grain" if of.enabled else "disabled"
        print(f"  {of.code}: {state}{', ' + period if period else ''}")
    if undated := [of.code for of in enabled if not all(file.period for file in of.files)]:
        print(f"Write `period` beside the files of {', '.join(undated)}: nothing in them says it.")
    print(
        f"Look at it, mend it, then try it: python -m refresh load {given.output} --test --profile"
    )
    return 0


def validate(given: argparse.Namespace) -> int:
    """Whether a manifest holds together; with `--check-urls`, whether its files answer."""
    from refresh.publications.checking import check, check_files
    from refresh.publications.manifest_file import read

    where = str(given.manifest)
    declared = read(given.manifest)
    findings = check(declared, where=where, strict=given.strict)
    if given.check_urls:
        findings += check_files(declared, _asked(given.manifest.parent), where=where)
    return _print(findings, where, as_json=given.json)


def schema(given: argparse.Namespace) -> int:
    """Print the JSON Schema of a manifest."""
    from refresh.publications.manifest_file import schema as exported

    if given.output is None:
        print(exported())
    else:
        given.output.write_text(exported() + "\n", encoding="utf-8")
    return 0


def _brought(given: str, folder: Path) -> tuple[Path, str]:
    """A file as it lies here; what has an address is fetched."""
    if not given.startswith(("http://", "https://")):
        return Path(given), ""
    from refresh.extract import fetch

    name = Path(urlparse(given).path).name or "file"
    with fetch.open_client() as client:
        answer = client.get(given, follow_redirects=True)
    if answer.status_code != 200:
        raise PublisherUnreachable(
            f"it answered {answer.status_code}", where=given, next="try again, or mend the address"
        )
    path = folder / name
    path.write_bytes(answer.content)
    return path, given


def _with_addresses(drafted: Manifest, urls: dict[str, str]) -> None:
    for of in drafted.sources:
        for file in of.files:
            file.url = urls.get(file.url, file.url)
    drafted.manifest.source_url = urls.get(drafted.manifest.source_url, drafted.manifest.source_url)


def _asked(beside: Path) -> Callable[[str], str]:
    """Asks for an address, or looks for a file beside the manifest."""
    import httpx

    def answers(url: str) -> str:
        if not url.startswith(("http://", "https://")):
            there = (beside / url).exists() or Path(url).exists()
            return "" if there else "there is no such file"
        try:
            answer = httpx.head(url, timeout=TIMEOUT, follow_redirects=True)
            if answer.status_code in (403, 405, 501):
                # Some servers answer no HEAD, though the file is there.
                with httpx.stream("GET", url, timeout=TIMEOUT, follow_redirects=True) as stream:
                    answer = stream
            return "" if answer.status_code < 400 else f"status {answer.status_code}"
        except httpx.HTTPError as error:
            return str(error) or type(error).__name__

    return answers


def _print(findings: list[Finding], where: str, *, as_json: bool) -> int:
    if as_json:
        told = [{"status": f.status, "where": f.where, "message": f.message} for f in findings]
        print(json.dumps(told, indent=1))
    else:
        for finding in findings:
            print(finding)
        if not findings:
            print(f"{where}: all well")
    return 1 if failed(findings) else 0
