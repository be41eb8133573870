"""Deploy the app with its lake, by rsconnect.json: `python -m refresh.operate.deploy`.

rsconnect-python reads no file of that name; this turns ours into its command. The server's name
and its key are registered once with `rsconnect server add`, and are in no file of the project.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from engine.errors import LakeError
from engine.lake import current_id, data_folder

ROOT = Path(__file__).parents[2]
CLOUD = "connect-cloud"
_RSCONNECT = [sys.executable, "-m", "rsconnect.main"]


def command(settings: dict[str, Any], *, root: Path) -> list[str]:
    """The rsconnect command that sends the app with its lake.

    Takes:  rsconnect.json as read: title, entrypoint, server (a name that `rsconnect server add`
            gave, or `connect-cloud`), environment, exclude.
    """
    is_cloud = settings["server"] == CLOUD
    to = ["--connect-cloud"] if is_cloud else ["--name", settings["server"]]
    said = [*_RSCONNECT, "deploy", "shiny", str(root), *to, "--title", settings["title"]]
    for name, value in settings["environment"].items():
        said += ["--environment", f"{name}={value}"]
    return said + _what(settings)


def manifest_command(settings: dict[str, Any], *, root: Path) -> list[str]:
    """The rsconnect command that writes `manifest.json`: what a bundle holds, with checksums."""
    return [*_RSCONNECT, "write-manifest", "shiny", str(root), "--overwrite"] + _what(settings)


def _what(settings: dict[str, Any]) -> list[str]:
    left_out = [part for pattern in settings["exclude"] for part in ("--exclude", pattern)]
    return ["--entrypoint", settings["entrypoint"], *left_out]


def main() -> int:
    """Deploy; the exit code of rsconnect, or 1 where there is nothing to deploy."""
    if current_id(data_folder()) is None:
        error = LakeError(
            "there is no lake to deploy",
            where=str(data_folder()),
            next="python -m refresh run, or python -m refresh demo",
        )
        print(error, file=sys.stderr)
        return error.exit_code
    settings = json.loads((ROOT / "rsconnect.json").read_text(encoding="utf-8"))
    return subprocess.run(command(settings, root=ROOT), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
