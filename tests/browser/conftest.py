"""A Chromium that may talk to nobody but the book, with the bundled font as its Chinese one."""

import contextlib
import functools
import http.server
import shutil
import threading
from pathlib import Path

import pytest

from helpers.press.render import render
from tiny_book import write_run

ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serve files without a line for each."""

    def log_message(self, *args):
        pass


@contextlib.contextmanager
def served(folder):
    """Serve a folder to this machine; yield its address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def pages(tmp_path_factory):
    """The folder of the tiny book's pages."""
    out = tmp_path_factory.mktemp("book")
    render("tiny", *write_run(out, simulated=True), out)
    return out / "html"


@pytest.fixture(scope="session")
def address(pages):
    """Where the tiny book is served."""
    with served(pages) as where:
        yield where


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """The system's Chromium, or a skip that says so."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        pytest.skip("no chromium on this machine (install the system package `chromium` to run the browser tests)")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    fonts = tmp_path_factory.mktemp("xdg")
    shutil.copytree(ROOT / "src/helpers/figures/fonts", fonts / "fonts")
    with pytest.MonkeyPatch.context() as patch, playwright.sync_playwright() as driver:
        patch.setenv("XDG_DATA_HOME", str(fonts))
        browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser):
    """Open a page at any address, and keep what it asked for, which scripts failed and what its policy stopped."""
    seen, contexts = {"foreign": [], "errors": [], "stopped": []}, []

    def open_(address, name, width=1280, scheme="light"):
        def answer(route):
            if route.request.url.startswith((address, "data:", "blob:")):
                route.continue_()
            else:
                seen["foreign"].append(route.request.url)
                route.abort()

        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, is_mobile=width < 500
        )
        contexts.append(context)
        context.route("**/*", answer)
        page = context.new_page()
        page.on("pageerror", lambda error: seen["errors"].append(str(error)))
        page.on("console", lambda line: seen["stopped"].append(line.text) if "Security Policy" in line.text else None)
        page.goto(address + name)
        return page

    yield open_, seen
    for context in contexts:
        context.close()


@pytest.fixture
def open_page(visit, address):
    """Open a page of the book; fail on a request to another host, on a script error, on what the policy stops."""
    open_, seen = visit
    yield functools.partial(open_, address)
    assert seen == {"foreign": [], "errors": [], "stopped": []}
