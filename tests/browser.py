"""Find a Chromium for the browser tests, or get one: python -m tests.browser.

One on PATH; else Playwright's own download; else Debian's package where we may install it. No
browser to be had is a failure with the next step, never a skip.
"""

import os
import shutil
import subprocess
import sys

from playwright.sync_api import Error, sync_playwright

# The shell has no window around its pages to draw: a visit costs a fifth less.
NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
# The popups below the address bar are pages of their own, two for each window: a sixth of what a
# test costs, for a bar that is never seen. Chromium heeds only the last list of features that it is
# given, so Playwright's own (chromiumSwitches.ts, 1.65) is here as well.
# The last one forbids a page that is not of this machine to frame the app, which here is.
UNWANTED = (
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "TcpPortRandomizationWin",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
    "LocalNetworkAccessChecks",
)
ARGUMENTS = [
    f"--disable-features={','.join(UNWANTED)}",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def on_path() -> str | None:
    """A Chromium that is installed already."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def opens(executable: str | None) -> bool:
    """Whether a browser starts: the one given, or Playwright's own."""
    with sync_playwright() as playwright:
        try:
            playwright.chromium.launch(executable_path=executable, args=ARGUMENTS).close()
        except Error:
            return False
    return True


def ensure() -> str:
    """Which browser the tests will use, installing one where none is there."""
    if (found := on_path()) and opens(found):
        return found
    if opens(None):
        return "Playwright's own Chromium"
    for command in _ways():
        print("no browser yet; trying:", " ".join(command), flush=True)
        subprocess.run(command, check=False)
        found = on_path()
        if (found and opens(found)) or opens(None):
            return found or "Playwright's own Chromium"
    sys.exit(
        "No Chromium to be had: the browser tests cannot run.\n"
        "  next: install one (apt-get install chromium, or playwright install chromium) and run"
        " make test again"
    )


def _ways() -> list[list[str]]:
    ways = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if shutil.which("apt-get"):
        sudo = [] if not hasattr(os, "geteuid") or os.geteuid() == 0 else ["sudo", "-n"]
        ways.append([*sudo, "apt-get", "update", "-qq"])
        for package in NAMES[:2]:
            ways.append([*sudo, "apt-get", "install", "-y", "-qq", package])
    return ways


if __name__ == "__main__":
    print("browser:", ensure())
